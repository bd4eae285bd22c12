// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace filigree::backend::cpu {

/// Sum of term(0) … term(count-1), terms of type T, in an order that depends on `count` alone: 16 sums side
/// by side (a vector loop), each moved into a double after 32 terms, so that the error of f32 does not grow
/// with `count`.
template <typename T, typename Term>
double blockedSum(std::int64_t count, Term&& term) {
    constexpr std::int64_t width = 16, length = 32;
    std::array<double, width> total{};
    std::int64_t i = 0;
    while (count - i >= width) {
        std::array<T, width> part{};
        const std::int64_t rows = count - i >= width * length ? length : (count - i) / width;
        for (std::int64_t row = 0; row < rows; ++row, i += width)
            for (std::int64_t k = 0; k < width; ++k) part[static_cast<std::size_t>(k)] += term(i + k);
        for (std::size_t k = 0; k < width; ++k) total[k] += static_cast<double>(part[k]);
    }
    double sum = 0;
    for (; i < count; ++i) sum += static_cast<double>(term(i));
    for (const double part : total) sum += part;
    return sum;
}

}  // namespace filigree::backend::cpu
