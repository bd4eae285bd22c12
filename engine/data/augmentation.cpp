// SPDX-License-Identifier: Apache-2.0
#include "data/augmentation.h"

#include <algorithm>

namespace filigree::data {

void augment(const Augmentation& augmentation, RandomStream& random, std::int64_t channels,
             std::int64_t height, std::int64_t width, std::span<const float> zero, std::span<float> image,
             std::vector<float>& scratch) {
    const std::int64_t pad = augmentation.padCrop;
    // All three numbers are drawn whatever is switched on, so that switching on one change leaves the other
    // as it was.
    const auto shifts = static_cast<std::uint64_t>(2 * pad + 1);
    const std::int64_t down = static_cast<std::int64_t>(random.below(shifts)) - pad;
    const std::int64_t right = static_cast<std::int64_t>(random.below(shifts)) - pad;
    const bool mirror = random.below(2) == 1 && augmentation.flip;
    if (down == 0 && right == 0 && !mirror) return;

    scratch.assign(image.begin(), image.end());
    for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t y = 0; y < height; ++y) {
            float* out = image.data() + (c * height + y) * width;
            const std::int64_t sourceRow = y + down;
            if (sourceRow < 0 || sourceRow >= height) {
                std::fill(out, out + width, zero[static_cast<std::size_t>(c)]);
                continue;
            }
            const float* in = scratch.data() + (c * height + sourceRow) * width;
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t source = (mirror ? width - 1 - x : x) + right;
                out[x] = source >= 0 && source < width ? in[source] : zero[static_cast<std::size_t>(c)];
            }
        }
}

}  // namespace filigree::data
