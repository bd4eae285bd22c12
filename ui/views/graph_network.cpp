// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "ui/views/connectivity.h"

namespace filigree::ui {
namespace {

constexpr float noPath = -1;

/// Units that a weight reads if each stands for one channel or one column.
std::int64_t inputsOf(const record::Mask& mask) {
    return mask.kernel.size() == 3 ? mask.kernel[0] : mask.columns;
}

/// How many units the layer reads if it follows `before`; none if it does not.
std::optional<std::int64_t> joined(const record::Mask& before, const record::Mask& mask) {
    if (inputsOf(mask) == before.rows) return before.rows;
    const bool flattened = before.kernel.size() == 3 && mask.kernel.empty() && before.rows > 0 &&
                           mask.columns % before.rows == 0;
    return flattened ? std::optional(before.rows) : std::nullopt;
}

void sortBySource(GraphLayer& layer, std::int64_t sources) {
    layer.outStart.assign(static_cast<std::size_t>(sources) + 1, 0);
    for (const std::uint32_t source : layer.source) ++layer.outStart[source + 1];
    std::partial_sum(layer.outStart.begin(), layer.outStart.end(), layer.outStart.begin());
    std::vector<std::uint32_t> next(layer.outStart.begin(), layer.outStart.end() - 1);
    layer.outEdge.resize(layer.edges());
    for (std::size_t e = 0; e < layer.edges(); ++e)
        layer.outEdge[next[layer.source[e]]++] = static_cast<std::uint32_t>(e);
}

GraphLayer makeLayer(const WeighedMask& given, std::int64_t sources) {
    const record::Mask& mask = given.mask;
    if (mask.columns <= 0 || mask.rows <= 0 || sources <= 0 || mask.columns % sources != 0)
        throw Error(ErrorKind::Data,
                    fmt::format("{} columns cannot be shared out to {} units", mask.columns, sources),
                    "layer \"" + mask.layer + "\"");
    GraphLayer layer;
    layer.name = mask.layer;
    layer.group = mask.columns / sources;
    layer.connections = static_cast<std::int64_t>(mask.active.size());
    layer.positions = mask.rows * mask.columns;
    layer.weighed = !given.weights.empty() && given.weights.size() == mask.active.size();
    layer.start.assign(static_cast<std::size_t>(mask.rows) + 1, 0);
    const auto columns = static_cast<std::uint64_t>(mask.columns);
    const auto group = static_cast<std::uint64_t>(layer.group);
    std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
    std::vector<double> squares;
    for (std::size_t i = 0; i < mask.active.size(); ++i) {
        const std::uint64_t row = mask.active[i] / columns;
        const std::uint64_t source = mask.active[i] % columns / group;
        const std::uint64_t edge = row * columns + source;
        if (edge != last) {
            ++layer.start[row + 1];
            layer.source.push_back(static_cast<std::uint32_t>(source));
            layer.count.push_back(0);
            squares.push_back(0);
            last = edge;
        }
        ++layer.count.back();
        if (!layer.weighed) continue;
        const float weight = given.weights[i];
        if (!std::isnan(weight)) squares.back() += static_cast<double>(weight) * static_cast<double>(weight);
        if (layer.group == 1) layer.value.push_back(weight);
    }
    std::partial_sum(layer.start.begin(), layer.start.end(), layer.start.begin());
    layer.strength.resize(layer.edges());
    for (std::size_t e = 0; e < layer.edges(); ++e)
        layer.strength[e] =
            layer.weighed ? static_cast<float>(std::sqrt(squares[e])) : static_cast<float>(layer.count[e]);
    sortBySource(layer, sources);
    return layer;
}

void countDegrees(NetworkGraph& graph) {
    for (const GraphLayer& layer : graph.layers) {
        GraphColumn& from = graph.columns[layer.from];
        GraphColumn& to = graph.columns[layer.to];
        from.outDegree.assign(static_cast<std::size_t>(from.nodes), 0);
        to.inDegree.assign(static_cast<std::size_t>(to.nodes), 0);
        for (std::size_t target = 0; target < to.inDegree.size(); ++target)
            for (std::uint32_t e = layer.start[target]; e < layer.start[target + 1]; ++e) {
                from.outDegree[layer.source[e]] += layer.count[e];
                to.inDegree[target] += layer.count[e];
            }
    }
}

/// Makes the largest 1, so that products over many layers stay in range.
void rescale(std::vector<float>& column) {
    const float most = *std::max_element(column.begin(), column.end());
    if (!(most > 0)) return;
    for (float& each : column)
        if (each > 0) each /= most;
}

void addPath(float& to, float weight) {
    to = std::max(to, 0.0F) + weight;
}

}  // namespace

std::uint32_t GraphLayer::targetOf(std::size_t edge) const {
    return static_cast<std::uint32_t>(
        std::upper_bound(start.begin(), start.end(), static_cast<std::uint32_t>(edge)) - start.begin() - 1);
}

std::int64_t NetworkGraph::connections() const {
    std::int64_t sum = 0;
    for (const GraphLayer& layer : layers) sum += layer.connections;
    return sum;
}

NetworkGraph::Dead NetworkGraph::dead() const {
    Dead result;
    for (const GraphColumn& column : columns)
        for (std::uint32_t node = 0; node < column.nodes; ++node) {
            if (column.lacksIncoming(node)) ++result.noIncoming;
            if (column.lacksOutgoing(node)) ++(column.layerIn ? result.noOutgoing : result.unusedInputs);
        }
    return result;
}

NetworkGraph makeGraph(const std::vector<WeighedMask>& layers) {
    NetworkGraph graph;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const record::Mask& mask = layers[l].mask;
        std::optional<std::int64_t> sources;
        if (l > 0) sources = joined(layers[l - 1].mask, mask);
        if (!sources) {
            sources = inputsOf(mask);
            graph.columns.push_back({"input", *sources, !mask.kernel.empty(), {}, {}, {}, {}});
        }
        GraphLayer layer = makeLayer(layers[l], *sources);
        layer.from = graph.columns.size() - 1;
        layer.to = graph.columns.size();
        graph.columns.back().layerOut = l;
        graph.columns.push_back({mask.layer, mask.rows, !mask.kernel.empty(), l, {}, {}, {}});
        graph.layers.push_back(std::move(layer));
    }
    countDegrees(graph);
    return graph;
}

NetworkGraph loadGraph(const store::Reader& reader, std::int64_t run, std::int64_t step) {
    std::vector<WeighedMask> layers;
    std::int64_t newest = 0;
    for (const store::MaskLayer& each : reader.maskLayers(run)) {
        auto mask = reader.mask(run, each.layer, step);
        if (!mask) continue;
        newest = std::max(newest, mask->step);
        const Connectivity pattern = makeConnectivity(mask->record, mask->step);
        std::vector<float> weights = recordedValues(reader, run, pattern, "weight", step);
        layers.push_back({std::move(mask->record), std::move(weights)});
    }
    if (layers.empty()) {
        findLayer(reader, run, {});  // says what to do if the run recorded no pattern at all
        throw Error(ErrorKind::Usage, fmt::format("no layer has a pattern at step {}", step), "",
                    "choose a later step");
    }
    NetworkGraph graph = makeGraph(layers);
    graph.run = run;
    graph.runName = reader.run(run).name;
    if (graph.runName.empty()) graph.runName = fmt::format("run {}", run);
    graph.step = newest;
    return graph;
}

GraphPaths pathsThrough(const NetworkGraph& graph, const GraphNode& node) {
    GraphPaths paths;
    for (const GraphColumn& column : graph.columns) {
        paths.into.emplace_back(static_cast<std::size_t>(column.nodes), noPath);
        paths.from.emplace_back(static_cast<std::size_t>(column.nodes), noPath);
    }
    paths.into[node.column][node.index] = paths.from[node.column][node.index] = 1;
    // Layers stand in the order of their columns.
    for (const GraphLayer& layer : graph.layers) {
        if (layer.from < node.column) continue;
        const std::vector<float>& sources = paths.from[layer.from];
        std::vector<float>& targets = paths.from[layer.to];
        for (std::size_t target = 0; target < targets.size(); ++target)
            for (std::uint32_t e = layer.start[target]; e < layer.start[target + 1]; ++e)
                if (sources[layer.source[e]] >= 0)
                    addPath(targets[target], sources[layer.source[e]] * layer.strength[e]);
        rescale(targets);
    }
    for (auto layer = graph.layers.rbegin(); layer != graph.layers.rend(); ++layer) {
        if (layer->to > node.column) continue;
        std::vector<float>& sources = paths.into[layer->from];
        const std::vector<float>& targets = paths.into[layer->to];
        for (std::size_t target = 0; target < targets.size(); ++target) {
            if (targets[target] < 0) continue;
            for (std::uint32_t e = layer->start[target]; e < layer->start[target + 1]; ++e)
                addPath(sources[layer->source[e]], targets[target] * layer->strength[e]);
        }
        rescale(sources);
    }
    return paths;
}

}  // namespace filigree::ui
