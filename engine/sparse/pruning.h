// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/sparse_weight.h"
#include "tensor/tensor.h"

/// Which weights survive a pruning: always an exact number of them. The score decides alone: |w| for
/// magnitude pruning, others for pruning at initialisation. Among equal scores the lowest position goes first
/// (and the first layer before later ones), as in a mask round.
namespace filigree::sparse {

/// The remaining weights of one layer and their scores; the lowest score is pruned first.
struct ScoredLayer {
    Shape shape;                           ///< dense shape, [O, I] or [O, C, kh, kw]
    std::vector<std::uint32_t> positions;  ///< of the remaining weights, ascending; of a dense weight all
    std::vector<double> scores;            ///< one per remaining weight
};

/// Scores |w| of the connections of a sparse weight, or of all positions of a dense one.
ScoredLayer magnitudes(const SparseWeight& weight);
ScoredLayer magnitudes(const Tensor& dense);

/// How the number of survivors is shared among layers.
enum class PruningScope {
    Global,            ///< one threshold over all layers
    Uniform,           ///< every layer to the same density
    ErdosRenyiKernel,  ///< every layer to its density of sparse::Distribution::ErdosRenyiKernel
};

/// Surviving positions of each layer, ascending.
using Survivors = std::vector<std::vector<std::uint32_t>>;

/// The `kept` highest scores of all layers together. A layer may lose everything: see `emptyLayers`.
/// Throws Error (Run) if fewer than `kept` remain or a score is not a number.
Survivors keepGlobally(std::span<const ScoredLayer> layers, std::int64_t kept);
/// In each layer as many of the highest scores as `kept` says. Throws Error (Run) as above.
Survivors keepPerLayer(std::span<const ScoredLayer> layers, std::span<const std::int64_t> kept);

/// Survivors at a density of all positions of the layers (the pruned ones of earlier rounds included): the
/// round(density size) highest scores globally, or round(d_l size_l) in each layer. A layer with fewer
/// weights left than its share keeps them all.
Survivors keepDensity(std::span<const ScoredLayer> layers, double density, PruningScope scope);
/// Survivors when the fraction p of the remaining weights goes, over all layers or (Uniform) in each:
/// remaining - round(p remaining) stay. ErdosRenyiKernel: at the resulting density, shared by it.
Survivors pruneFraction(std::span<const ScoredLayer> layers, double fraction, PruningScope scope);

/// Indices of the layers without survivors ("layer collapse": no signal passes them).
std::vector<std::size_t> emptyLayers(const Survivors& survivors);

/// The pattern of a layer with these survivors, rows = O.
Topology survivorTopology(const Shape& shape, std::span<const std::uint32_t> survivors);

/// Prunes a sparse weight to the survivors, which must be among its connections: values of survivors stay,
/// the others leave memory. A round of the layer's history. Returns for each edge its old edge, for
/// optimisers.
std::vector<std::int64_t> prune(SparseWeight& weight, std::span<const std::uint32_t> survivors);

}  // namespace filigree::sparse
