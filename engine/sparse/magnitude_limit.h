// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace filigree::sparse {

/// A whole number that orders like |value|; what is not a number is above infinity.
inline std::int32_t magnitudeBits(float value) {
    return std::bit_cast<std::int32_t>(value) & 0x7fffffff;
}

/// Where the k largest |values| end.
struct MagnitudeLimit {
    std::int32_t bits = 0;   ///< of the k-th largest
    std::int64_t above = 0;  ///< values larger than it, fewer than k
    std::int64_t equal = 0;  ///< values like it, at least k - above
};
/// 1 <= k <= values. A bisection on the bits, without branches and on ever fewer values: some nanoseconds per
/// value. Throws Error (Run) if a value is not a number or k is outside.
MagnitudeLimit magnitudeLimit(std::span<const float> values, std::int64_t k);

}  // namespace filigree::sparse
