// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

namespace filigree::ui {
namespace {

constexpr std::uint32_t mostBins = 24;
constexpr double widestSpacing = 1.0 / 24;  ///< so that few nodes stay together
constexpr double bundling = 0.85;           ///< how far an edge goes from its own way into its bundle

/// Spreads equals evenly over a layer, the same at every step.
std::uint32_t scrambled(std::uint32_t source, std::uint32_t target) {
    std::uint32_t hash = source * 0x9E3779B1U ^ (target + 0x7F4A7C15U) * 0x85EBCA77U;
    hash ^= hash >> 15;
    return hash * 0x2C1B3C6DU;
}

struct Candidate {
    std::uint32_t edge = 0;
    float rank = 0;
    std::uint32_t tie = 0;
};

bool stronger(const Candidate& a, const Candidate& b) {
    return a.rank != b.rank ? a.rank > b.rank : a.tie != b.tie ? a.tie < b.tie : a.edge < b.edge;
}

std::vector<Candidate> candidatesOf(const NetworkGraph& graph, const GraphLayer& layer,
                                    const std::optional<GraphNode>& node,
                                    const std::optional<GraphPaths>& paths) {
    std::vector<Candidate> found;
    if (!node) found.reserve(layer.edges());
    const bool beyond = node && layer.from >= node->column;
    const bool before = node && layer.to <= node->column;
    const auto targets = static_cast<std::uint32_t>(graph.columns[layer.to].nodes);
    for (std::uint32_t target = 0; target < targets; ++target)
        for (std::uint32_t e = layer.start[target]; e < layer.start[target + 1]; ++e) {
            float rank = layer.strength[e];
            if (beyond)
                rank *= paths->from[layer.from][layer.source[e]];
            else if (before)
                rank *= paths->into[layer.to][target];
            const bool onPath = beyond   ? paths->from[layer.from][layer.source[e]] >= 0
                                : before ? paths->into[layer.to][target] >= 0
                                         : !node;
            if (onPath) found.push_back({e, rank, scrambled(layer.source[e], target)});
        }
    return found;
}

/// An even share of the budget for each, and what is left over to those that want more.
std::vector<std::size_t> shares(const std::vector<std::size_t>& wanted, std::size_t budget) {
    std::vector<std::size_t> order(wanted.size()), given(wanted.size(), 0);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
    for (std::size_t i = 0; i < order.size(); ++i) {
        given[order[i]] = std::min(wanted[order[i]], budget / (order.size() - i));
        budget -= given[order[i]];
    }
    return given;
}

/// Adds `amount` spread evenly over top … bottom of a column of pixels.
void addBand(float* first, std::size_t stride, int height, double top, double bottom, double amount) {
    top = std::clamp(top, 0.0, static_cast<double>(height));
    bottom = std::clamp(bottom, 0.0, static_cast<double>(height));
    // A band narrower than a pixel is one pixel.
    if (bottom - top < 1) {
        const double middle = std::clamp((top + bottom) / 2, 0.5, height - 0.5);
        top = middle - 0.5;
        bottom = middle + 0.5;
    }
    const double each = amount / (bottom - top);
    const int end = std::min(height, static_cast<int>(std::ceil(bottom)));
    for (int y = static_cast<int>(top); y < end; ++y) {
        const double covered = std::min(bottom, y + 1.0) - std::max(top, static_cast<double>(y));
        first[static_cast<std::size_t>(y) * stride] += static_cast<float>(each * covered);
    }
}

}  // namespace

GraphShape::GraphShape(const NetworkGraph& graph) {
    const std::size_t count = graph.columns.size();
    for (std::size_t c = 0; c < count; ++c) {
        const auto nodes = std::max(1.0, static_cast<double>(graph.columns[c].nodes));
        x_.push_back(count > 1 ? static_cast<double>(c) / static_cast<double>(count - 1) : 0.5);
        nodes_.push_back(nodes);
        spacing_.push_back(std::min(widestSpacing, 1 / nodes));
        bins_.push_back(static_cast<std::uint32_t>(std::min<double>(mostBins, nodes)));
    }
}

double GraphShape::y(std::size_t column, double index) const {
    return 0.5 + (index + 0.5 - nodes_[column] / 2) * spacing_[column];
}

double GraphShape::indexAt(std::size_t column, double y) const {
    return (y - 0.5) / spacing_[column] + nodes_[column] / 2 - 0.5;
}

std::uint32_t GraphShape::binOf(const GraphNode& node) const {
    return static_cast<std::uint32_t>(static_cast<double>(node.index) * bins_[node.column] /
                                      nodes_[node.column]);
}

double GraphShape::binHeight(std::size_t column) const {
    return nodes_[column] * spacing_[column] / bins_[column];
}

double GraphShape::binCentre(std::size_t column, std::uint32_t bin) const {
    return 0.5 + (bin + 0.5 - bins_[column] / 2.0) * binHeight(column);
}

std::array<double, 4> bundleWeights(double t) {
    // The Bezier curve of GraphShape::course: from the source, past two thirds and one third of the line
    // between the bundles' ends.
    const double s = 1 - t;
    const double first = 3 * s * s * t, second = 3 * s * t * t;
    const double near = bundling * 2 / 3, far = bundling / 3;
    return {s * s * s + (1 - bundling) * first, near * first + far * second, far * first + near * second,
            t * t * t + (1 - bundling) * second};
}

std::array<float, 4> GraphShape::course(const GraphNode& source, const GraphNode& target) const {
    const double a = y(source), d = y(target);
    const double b = binCentre(source.column, binOf(source)), c = binCentre(target.column, binOf(target));
    return {static_cast<float>(a), static_cast<float>((1 - bundling) * a + bundling * (2 * b + c) / 3),
            static_cast<float>((1 - bundling) * d + bundling * (b + 2 * c) / 3), static_cast<float>(d)};
}

std::vector<float> densityOfRest(const GraphShape& shape, const GraphLayer& layer,
                                 const std::vector<float>& rest, int width, int height) {
    const auto stride = static_cast<std::size_t>(width);
    std::vector<float> density(stride * static_cast<std::size_t>(height), 0);
    const double sourceHeight = shape.binHeight(layer.from), targetHeight = shape.binHeight(layer.to);
    for (int x = 0; x < width; ++x) {
        const auto w = bundleWeights((x + 0.5) / width);
        const double half = (w[0] * sourceHeight + w[3] * targetHeight) / 2;
        for (std::uint32_t from = 0; from < shape.bins(layer.from); ++from)
            for (std::uint32_t to = 0; to < shape.bins(layer.to); ++to) {
                const float amount = rest[std::size_t{from} * shape.bins(layer.to) + to];
                if (amount == 0) continue;
                const double middle = (w[0] + w[1]) * shape.binCentre(layer.from, from) +
                                      (w[2] + w[3]) * shape.binCentre(layer.to, to);
                addBand(density.data() + x, stride, height, (middle - half) * height,
                        (middle + half) * height, static_cast<double>(amount));
            }
    }
    return density;
}

std::size_t GraphEdges::drawn() const {
    std::size_t sum = 0;
    for (const Layer& layer : layers) sum += layer.drawn.size();
    return sum;
}

GraphEdges chooseEdges(const NetworkGraph& graph, const GraphShape& shape, std::size_t budget,
                       const std::optional<GraphNode>& node) {
    GraphEdges result;
    result.budget = budget;
    result.node = node;
    if (node) result.paths = pathsThrough(graph, *node);
    std::vector<std::vector<Candidate>> candidates;
    std::vector<std::size_t> wanted;
    for (const GraphLayer& layer : graph.layers) {
        candidates.push_back(candidatesOf(graph, layer, node, result.paths));
        wanted.push_back(candidates.back().size());
    }
    const std::vector<std::size_t> given = shares(wanted, budget);
    for (std::size_t l = 0; l < graph.layers.size(); ++l) {
        const GraphLayer& layer = graph.layers[l];
        std::vector<Candidate>& all = candidates[l];
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(given[l]);
        if (end != all.end()) std::nth_element(all.begin(), end, all.end(), stronger);
        std::sort(all.begin(), end, stronger);
        GraphEdges::Layer chosen;
        chosen.candidates = static_cast<std::int64_t>(all.size());
        for (auto each = end; each != all.begin();) {
            --each;
            chosen.drawn.push_back(each->edge);
            chosen.strongest = std::max(chosen.strongest, layer.strength[each->edge]);
        }
        chosen.rest.assign(std::size_t{shape.bins(layer.from)} * shape.bins(layer.to), 0);
        for (auto each = end; each != all.end(); ++each) {
            const std::size_t from = shape.binOf({layer.from, layer.source[each->edge]});
            const std::size_t to = shape.binOf({layer.to, layer.targetOf(each->edge)});
            chosen.rest[from * shape.bins(layer.to) + to] += static_cast<float>(layer.count[each->edge]);
            chosen.restConnections += layer.count[each->edge];
        }
        if (chosen.restConnections > 0) {
            chosen.density =
                densityOfRest(shape, layer, chosen.rest, GraphEdges::densityWidth, GraphEdges::densityHeight);
            const float most = *std::max_element(chosen.density.begin(), chosen.density.end());
            for (float& each : chosen.density) each = std::sqrt(each / most);
        }
        result.layers.push_back(std::move(chosen));
    }
    return result;
}

std::string graphCsv(const NetworkGraph& graph, const GraphEdges& edges) {
    std::string text = "layer,source,target,connections,strength,weight\n";
    for (std::size_t l = 0; l < graph.layers.size(); ++l) {
        const GraphLayer& layer = graph.layers[l];
        const std::vector<std::uint32_t>& drawn = edges.layers[l].drawn;
        for (auto e = drawn.rbegin(); e != drawn.rend(); ++e) {
            fmt::format_to(std::back_inserter(text), "{},{},{},{},{},", layer.name, layer.source[*e],
                           layer.targetOf(*e), layer.count[*e], layer.strength[*e]);
            if (!layer.value.empty() && !std::isnan(layer.value[*e]))
                fmt::format_to(std::back_inserter(text), "{}", layer.value[*e]);
            text += '\n';
        }
    }
    return text;
}

}  // namespace filigree::ui
