// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "backend/vulkan/random.h"
#include "backend/vulkan/sparse_linear.h"
#include "backend/vulkan/top_k.h"

namespace filigree::vulkan {

/// What becomes of a position that is dropped and grown again in the same round; as in sparse/rewiring.h.
enum class Regrow { Reset, Keep, Forbid };

/// A round of dynamic sparse training: the k edges of smallest |w| go (of equals the first), as many
/// positions come.
struct RoundStep {
    std::uint64_t moved = 0;  ///< k
    Regrow regrow = Regrow::Reset;
    /// Growth by the largest |G| + bonus / (rounds + eps), of equals the lowest position: RigL with bonus 0,
    /// DST-EE with bonus = c ln t.
    float bonus = 0, eps = 1;
    /// Growth at random instead: the positions of largest random word (SET).
    const RandomStream* random = nullptr;
};

/// The drop/grow update on the device, in place: pattern, transposed pattern, values and optimiser state. The
/// number of edges stays. Workspace: 5 numbers per position of the largest layer.
class Rewiring {
  public:
    Rewiring(Stream& stream, std::uint64_t mostPositions, std::uint64_t mostEdges);

    /// `gradient`: d loss / d W at all positions [rows, columns], or null for random growth. `values` and
    /// `states` [edges] follow their edges, new ones start at 0. `rounds` (u32 per position, or null): how
    /// often each position has been active; counts this round. Throws Error (Run) if k is too large (Forbid:
    /// more than there are inactive positions) or a needed array is missing.
    void run(Stream& stream, const RoundStep& step, DevicePattern& pattern, const View* gradient,
             const View& values, std::span<const View> states, const View* rounds);

    /// After `run`: for each edge its old edge, or 2^32 - 1 where it is new.
    View sources() const { return source_; }

  private:
    Array slot_, key_, flag_, before_, source_, moved_;
    TopK select_;
};

}  // namespace filigree::vulkan
