// SPDX-License-Identifier: Apache-2.0
#include "sparse/magnitude_limit.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::sparse {

MagnitudeLimit magnitudeLimit(std::span<const float> values, std::int64_t k) {
    if (k < 1 || k > std::ssize(values))
        throw Error(ErrorKind::Run, "there are not so many weights to choose from",
                    std::to_string(k) + " of " + std::to_string(values.size()));
    std::vector<std::int32_t> bits(values.size());
    std::transform(values.begin(), values.end(), bits.begin(), magnitudeBits);
    constexpr std::int32_t infinity = 0x7f800000;
    // Of the k largest, `above` are at least `high` and not among `bits` any more; the k-th is in [low,
    // high).
    std::int32_t low = *std::min_element(bits.begin(), bits.end());
    std::int32_t high = *std::max_element(bits.begin(), bits.end()) + 1;
    if (high > infinity + 1)
        throw Error(ErrorKind::Run, "a weight to be pruned by is not a number", {},
                    "the run has diverged: lower optimizer.lr");
    std::int64_t above = 0;
    while (high - low > 1) {
        const std::int32_t middle = low + (high - low) / 2;
        std::int32_t count = 0;
        for (const std::int32_t b : bits) count += b >= middle ? 1 : 0;
        if (above + count >= k) {
            low = middle;
        } else {
            above += count;
            high = middle;
        }
        // What is decided leaves, once that is worth a pass; what is at least `high` must, as it is counted.
        const bool shrinks = high == middle || 4 * count < std::ssize(bits);
        if (!shrinks) continue;
        std::size_t kept = 0;
        for (const std::int32_t b : bits) {
            bits[kept] = b;
            kept += b >= low && b < high ? 1 : 0;
        }
        bits.resize(kept);
    }
    return {low, above, std::count(bits.begin(), bits.end(), low)};
}

}  // namespace filigree::sparse
