// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

namespace filigree::data {

/// Random changes of a training image that keep its label.
struct Augmentation {
    int padCrop =
        0;  ///< pad this many zero pixels on each side, then cut out the original size at a random place
    bool flip = false;  ///< mirror left-right with probability 1/2

    bool enabled() const { return padCrop > 0 || flip; }
};

/// Shifts and mirrors one image [channels, height, width] in place. Three draws: row and column of the cut in
/// 0 .. 2 padCrop, then the coin for the mirror. `zero[c]` is the padding value of channel c; `scratch` is
/// resized.
void augment(const Augmentation& augmentation, RandomStream& random, std::int64_t channels,
             std::int64_t height, std::int64_t width, std::span<const float> zero, std::span<float> image,
             std::vector<float>& scratch);

}  // namespace filigree::data
