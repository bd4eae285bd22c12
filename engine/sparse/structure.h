// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sparse/pruning.h"
#include "sparse/rewiring.h"

/// Structured patterns. A layer is seen as its matrix rows x columns, [O, I] or [O, C kh kw].
namespace filigree::sparse {

/// Tiles of rows x columns connections that exist or do not exist as a whole.
struct BlockShape {
    std::int64_t rows = 1;
    std::int64_t columns = 1;
    std::int64_t area() const { return rows * columns; }
    /// True if the tiles cover a layer's matrix exactly.
    bool fits(const Shape& layer) const;
};

/// The layer of the tiles: shape [O / rows, columns of the matrix / columns], one score per tile: the sum
/// over it. The positions must be whole tiles.
ScoredLayer blockScores(const ScoredLayer& layer, const BlockShape& block);
/// Positions of the connections of tiles (ascending tile indices), ascending.
std::vector<std::uint32_t> expandBlocks(const Shape& layer, const BlockShape& block,
                                        std::span<const std::uint32_t> tiles);

/// planRound with tiles in the place of connections: |w|, drop scores and |G| of a tile are sums over it, N
/// and age those that all its connections share. Counts in `options` and in the statistics are in
/// connections.
RoundPlan planBlockRound(const SparseWeight& weight, const BlockShape& block, const GrowthRule& rule,
                         const RoundOptions& options, const DenseGradient& gradient, std::int64_t step,
                         RandomStream& random);

/// planRound for each row of the weight's matrix by itself: a unit grows as many inputs as it drops, so that
/// each keeps its fan-in (Lasby et al., "Dynamic sparse training with structured sparsity", ICLR 2024,
/// without its ablation of units). k = floor(f fan-in); a rule's mean over candidates is that of the row.
/// Throws Error (Run) for rounds whose numbers are given for the layer.
RoundPlan planFanInRound(const SparseWeight& weight, const GrowthRule& rule, const RoundOptions& options,
                         const DenseGradient& gradient, std::int64_t step, RandomStream& random);

/// N of every M consecutive inputs (linear) or input channels at one kernel place (convolution).
struct NOfM {
    std::int64_t n = 2;
    std::int64_t m = 4;
    double density() const { return static_cast<double>(n) / static_cast<double>(m); }
    /// True if the inputs or input channels are a multiple of M.
    bool fits(const Shape& layer) const;
};

/// The N highest scores of each group of a layer with all its positions, ascending positions. Among equal
/// scores the lowest position goes first. Throws Error (Run) if the layer does not fit or is not full.
std::vector<std::uint32_t> keepNOfM(const ScoredLayer& layer, const NOfM& pattern);
/// The same choice by the magnitudes of a layer with all its connections, as a mask [edges] of 0 and 1 in the
/// type of its values: for methods that choose at every step. O(positions), some nanoseconds each at most. A
/// value that is not a number counts as the largest.
Tensor maskNOfM(const SparseWeight& weight, const NOfM& pattern);

}  // namespace filigree::sparse
