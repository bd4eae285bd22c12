// SPDX-License-Identifier: Apache-2.0
#include "sparse/pruning.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/error.h"
#include "sparse/distribution.h"

namespace filigree::sparse {
namespace {

ScoredLayer scored(const Shape& shape, std::vector<std::uint32_t> positions, std::vector<double> weights) {
    for (double& w : weights) w = std::abs(w);
    return {shape, std::move(positions), std::move(weights)};
}

std::int64_t remaining(const ScoredLayer& layer) {
    return static_cast<std::int64_t>(layer.positions.size());
}

std::int64_t totalSize(std::span<const ScoredLayer> layers) {
    std::int64_t size = 0;
    for (const ScoredLayer& layer : layers) size += layer.shape.elements();
    return size;
}

std::int64_t totalRemaining(std::span<const ScoredLayer> layers) {
    std::int64_t count = 0;
    for (const ScoredLayer& layer : layers) count += remaining(layer);
    return count;
}

std::vector<std::int64_t> shares(std::span<const ScoredLayer> layers, double density,
                                 Distribution distribution) {
    std::vector<Shape> shapes;
    for (const ScoredLayer& layer : layers) shapes.push_back(layer.shape);
    const std::vector<double> densities = layerDensities(shapes, density, distribution);
    std::vector<std::int64_t> counts;
    for (std::size_t l = 0; l < layers.size(); ++l)
        counts.push_back(std::min(activeCount(shapes[l], densities[l]), remaining(layers[l])));
    return counts;
}

}  // namespace

ScoredLayer magnitudes(const SparseWeight& weight) {
    return scored(weight.denseShape(), weight.topology().positions(), weight.values().value().toDoubles());
}

ScoredLayer magnitudes(const Tensor& dense) {
    std::vector<std::uint32_t> positions(static_cast<std::size_t>(dense.elements()));
    std::iota(positions.begin(), positions.end(), 0U);
    return scored(dense.shape(), std::move(positions), dense.toDoubles());
}

Survivors keepGlobally(std::span<const ScoredLayer> layers, std::int64_t kept) {
    const std::int64_t left = totalRemaining(layers);
    if (kept < 0 || kept > left)
        throw Error(ErrorKind::Run, "pruning cannot keep more weights than there are",
                    std::to_string(kept) + " of " + std::to_string(left));
    std::vector<double> all;
    all.reserve(static_cast<std::size_t>(left));
    for (const ScoredLayer& layer : layers) {
        for (const double score : layer.scores)
            if (std::isnan(score))
                throw Error(ErrorKind::Run, "a weight to be pruned by is not a number",
                            "layer of shape " + layer.shape.text(),
                            "the run has diverged: lower optimizer.lr");
        all.insert(all.end(), layer.scores.begin(), layer.scores.end());
    }
    Survivors survivors(layers.size());
    const std::int64_t pruned = left - kept;
    if (pruned == left) return survivors;
    // The limit is the lowest score that stays; of those equal to it the first `equal` go.
    const auto limitAt = all.begin() + static_cast<std::ptrdiff_t>(pruned);
    std::nth_element(all.begin(), limitAt, all.end());
    const double limit = *limitAt;
    std::int64_t equal = pruned - std::count_if(all.begin(), limitAt, [&](double s) { return s < limit; });
    for (std::size_t l = 0; l < layers.size(); ++l)
        for (std::size_t e = 0; e < layers[l].scores.size(); ++e) {
            const double score = layers[l].scores[e];
            if (score > limit || (score == limit && equal-- <= 0))
                survivors[l].push_back(layers[l].positions[e]);
        }
    return survivors;
}

Survivors keepPerLayer(std::span<const ScoredLayer> layers, std::span<const std::int64_t> kept) {
    Survivors survivors;
    for (std::size_t l = 0; l < layers.size(); ++l)
        survivors.push_back(std::move(keepGlobally(layers.subspan(l, 1), kept[l]).front()));
    return survivors;
}

Survivors keepDensity(std::span<const ScoredLayer> layers, double density, PruningScope scope) {
    if (scope == PruningScope::Global)
        return keepGlobally(layers, std::min(std::llround(density * static_cast<double>(totalSize(layers))),
                                             static_cast<long long>(totalRemaining(layers))));
    return keepPerLayer(layers, shares(layers, density,
                                       scope == PruningScope::Uniform ? Distribution::Uniform
                                                                      : Distribution::ErdosRenyiKernel));
}

Survivors pruneFraction(std::span<const ScoredLayer> layers, double fraction, PruningScope scope) {
    const auto left = [&](std::int64_t count) {
        return count - static_cast<std::int64_t>(std::llround(fraction * static_cast<double>(count)));
    };
    const std::int64_t total = left(totalRemaining(layers));
    if (scope == PruningScope::Global) return keepGlobally(layers, total);
    if (scope == PruningScope::ErdosRenyiKernel)
        return keepDensity(layers, static_cast<double>(total) / static_cast<double>(totalSize(layers)),
                           scope);
    std::vector<std::int64_t> counts;
    for (const ScoredLayer& layer : layers) counts.push_back(left(remaining(layer)));
    return keepPerLayer(layers, counts);
}

std::vector<std::size_t> emptyLayers(const Survivors& survivors) {
    std::vector<std::size_t> empty;
    for (std::size_t l = 0; l < survivors.size(); ++l)
        if (survivors[l].empty()) empty.push_back(l);
    return empty;
}

Topology survivorTopology(const Shape& shape, std::span<const std::uint32_t> survivors) {
    return {shape[0], shape.elements() / shape[0], survivors};
}

std::vector<std::int64_t> prune(SparseWeight& weight, std::span<const std::uint32_t> survivors) {
    std::vector<std::int64_t> sources = weight.rewire(survivorTopology(weight.denseShape(), survivors));
    if (std::find(sources.begin(), sources.end(), -1) != sources.end())
        throw Error(ErrorKind::Run, "pruning was told to keep a connection that does not exist",
                    "layer '" + weight.name() + "'");
    return sources;
}

}  // namespace filigree::sparse
