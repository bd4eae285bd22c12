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
/// falls with the smallest |theta| of B; below it, nothing was in B. Memory: 4 bytes of value and 1 (or
/// more, where they lie far apart) of position each. The choice has the bits of one among all of theta.
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
    std::int64_t stored() const { return static_cast<std::int64_t>(values_.size()); }
    std::int64_t bytes() const;
    void save(train::Checkpoint& checkpoint, const std::string& name) const;
    void load(const train::Checkpoint& checkpoint, const std::string& name);

  private:
    /// Appends to positions coded as steps of 0 ... 254, 255 meaning 255 and no position.
    void append(std::uint32_t position, float value);
    std::vector<std::uint32_t> positions() const;
    /// Where the `count` largest of all end, after what is needed to tell is stored.
    sparse::MagnitudeLimit findLimit(const std::vector<std::uint32_t>& members, std::span<const float> theta,
                                     std::int64_t count);
    void lowerFloor(std::int32_t bits, const std::vector<std::uint32_t>& members);
    void storeAll(const std::vector<std::uint32_t>& positions, const std::vector<float>& values);

    nn::InitialWeights initial_;
    std::int64_t size_;
    /// |theta_0| that is stored where it waits, as bits; sparse::magnitudeBits.
    std::int32_t floor_;
    std::vector<std::uint8_t> steps_;
    std::uint32_t next_ = 0;  ///< where the next step starts
    std::vector<float> values_;
};

}  // namespace filigree::methods::sparse_training
