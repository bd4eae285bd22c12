// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace filigree::backend::cpu {

// Functions that a compiler can vectorise when they stand in a loop, which it cannot do with those of the C
// library.

/// e^x within 2 units in the last place; 0, infinity and NaN where they belong. x = n log 2 + r with |r| <=
/// log(2) / 2, e^r by its minimax polynomial (Moshier, Cephes library, expf), 2^n in two factors so that
/// neither overflows.
inline float exponential(float x) {
    const float bounded = std::min(std::max(x, -104.0f), 89.0f);
    constexpr float rounder =
        12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
    const float shifted = bounded * 1.44269504088896341f + rounder;
    const float n = shifted - rounder;
    const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const float power = p * (r * r) + r + 1.0f;
    const std::int32_t exponent = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(shifted) -
                                                            std::bit_cast<std::uint32_t>(rounder));
    const std::int32_t half = exponent >> 1;
    const auto scale = [](std::int32_t e) {
        return std::bit_cast<float>((static_cast<std::uint32_t>(e) + 127u) << 23);
    };
    return power * scale(half) *
           scale(static_cast<std::int32_t>(static_cast<std::uint32_t>(exponent) -
                                           static_cast<std::uint32_t>(half)));
}
inline double exponential(double x) {
    return std::exp(x);
}

/// tanh x: for |x| < 0.625 an odd polynomial (Moshier, Cephes library, tanhf), else 1 - 2 / (e^{2 |x|} + 1).
inline float hyperbolicTangent(float x) {
    const float square = x * x;
    float p = -5.70498872745e-3f;
    p = p * square + 2.06390887954e-2f;
    p = p * square - 5.37397155531e-2f;
    p = p * square + 1.33314422036e-1f;
    p = p * square - 3.33332819422e-1f;
    const float small = p * square * x + x;
    const float magnitude = std::abs(x);
    const float large = std::copysign(1.0f - 2.0f / (exponential(2.0f * magnitude) + 1.0f), x);
    return magnitude < 0.625f ? small : large;
}
inline double hyperbolicTangent(double x) {
    return std::tanh(x);
}

/// 1 / (1 + e^-x).
template <typename T>
T logistic(T x) {
    return T{1} / (T{1} + exponential(-x));
}

}  // namespace filigree::backend::cpu
