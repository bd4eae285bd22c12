// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/initialization.h"
#include "sparse/magnitude_limit.h"
#include "tensor/shape.h"
#include "train/checkpoint.h"

namespace filigree::methods::sparse_training {

/// The weights theta of a layer that are not in Top-KAST's set B, which neither gradient nor decay changes.
///
/// What was never in B still has its initial value, which can be drawn anew: only what was is stored, and
/// initial values large enough to enter B before long. These are the positions of |theta_0| >= a floor, which
/// falls with the smallest |theta| of B; below it, nothing was in B. Memory: one bit per position of the
/// layer, and 3 bytes per value stored (its sign and how far its bits lie below the largest: what waits is
/// hardly smaller than what is in B), 4 more for those of less than half of that. Nothing is rounded.
class WaitingWeights {
  public:
    /// All of theta waits. `layer`: its name, whose initial values those are.
    WaitingWeights(std::uint64_t seed, const std::string& layer, const Shape& shape);

    /// What B becomes. Positions ascending.
    struct Choice {
        std::vector<std::uint32_t> positions;
        std::vector<std::int64_t> sources;    ///< of each its edge before, or -1
        std::vector<std::uint32_t> leaving;   ///< edges before
        std::vector<std::uint32_t> entering;  ///< edges
        std::vector<float> entered;           ///< theta of these
    };
    /// The `count` largest |theta| of B, whose theta is given, and of what waits; of equals the lowest
    /// position is left out first. What enters and leaves is exchanged. Throws Error (Run) if a theta is not
    /// a number.
    Choice choose(const std::vector<std::uint32_t>& members, std::span<const float> theta,
                  std::int64_t count);

    /// theta at a position that waits.
    float at(std::uint32_t position) const;
    /// Positions that are stored.
    std::int64_t stored() const { return stored_; }
    std::int64_t bytes() const;
    void save(train::Checkpoint& checkpoint, const std::string& name) const;
    void load(const train::Checkpoint& checkpoint, const std::string& name);

  private:
    std::vector<std::uint32_t> positions() const;
    std::vector<float> values() const;
    void store(const std::vector<std::uint32_t>& positions, const std::vector<float>& values);
    /// Where the `count` largest of all end, after what is needed to tell is stored.
    sparse::MagnitudeLimit findLimit(const std::vector<std::uint32_t>& members, std::span<const float> theta,
                                     std::int64_t count);
    void lowerFloor(std::int32_t bits, const std::vector<std::uint32_t>& members);

    nn::InitialWeights initial_;
    std::int64_t size_;
    /// |theta_0| that is stored where it waits, as bits; sparse::magnitudeBits.
    std::int32_t floor_;
    std::int64_t stored_ = 0;
    std::vector<std::uint64_t> stores_;  ///< one bit per position
    std::vector<std::uint8_t> codes_;
    std::int32_t top_ = 0;       ///< largest |value| that is stored, as bits
    std::vector<float> others_;  ///< values that lie further below, in order
};

}  // namespace filigree::methods::sparse_training
