// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "backend/sparse_pattern.h"
#include "tensor/tensor.h"

namespace filigree::backend {

/// result[i] = values[source[i]], 0 where source[i] is -1: what lies on connections after they were
/// rearranged. Throws Error (Run) for sources outside of values.
Tensor rearrange(const Tensor& values, std::span<const std::int64_t> source);

/// Zeros of `shape`, the dense shape of the pattern's matrix, with values[e] at the position of edge e.
Tensor scatterEdges(const Tensor& values, const SparsePattern& pattern, const Shape& shape);
/// The numbers of a dense tensor at the edges of a pattern, [edges].
Tensor gatherEdges(const Tensor& dense, const SparsePattern& pattern);

/// A drop/grow round that a device does in place: the `moved` edges of smallest |w| go (of equals the first),
/// and the as many positions of largest |G| + bonus / (rounds + eps) come (of equals the first), among those
/// that are inactive then.
struct EdgeRoundRequest {
    SparsePattern pattern;
    std::int64_t moved = 0;
    bool keepsRegrown = false;    ///< a position that goes and comes again keeps weight and optimiser state
    bool forbidsRegrown = false;  ///< it cannot come again
    double bonus = 0, eps = 1;
    /// Instead of `bonus`: this times the mean |G| over the candidates.
    double bonusPerGradient = 0;
    bool fewestRoundsFirst = false;  ///< instead: fewest rounds, of equals largest |G|, of equals the first
    bool dropsByGradient = false;    ///< the edges of smallest |w G| go instead
    Tensor gradient;                 ///< d loss / d w at all positions
    Tensor values;                   ///< [edges]; changed in place
    std::vector<Tensor> states;      ///< [edges] each; changed in place
    /// Ascending positions that have ever been active and in how many rounds.
    std::span<const std::uint32_t> seen;
    std::span<const std::uint16_t> rounds;
};

/// What the host is told of it.
struct EdgeRound {
    std::vector<std::uint32_t> positions;  ///< of the new edges, ascending
    std::vector<std::int64_t> source;      ///< of each new edge, -1 where it is new
    std::vector<std::uint32_t> dropped;    ///< old edges that went, ascending
    std::shared_ptr<void> pattern;         ///< the new one on the device: for PatternCopies
    double droppedMagnitude = 0;           ///< sum of |w| over those that went
    double grownGradient = 0;              ///< sum of |G| over those that came
    double topGradient = 0;                ///< sum over as many candidates of largest |G|
    double largestGradient = 0;            ///< of a candidate
    double bonus = 0;                      ///< that was used
};

}  // namespace filigree::backend
