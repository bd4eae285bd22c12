// SPDX-License-Identifier: Apache-2.0
#include "base/statistics.h"

#include <array>
#include <cmath>
#include <limits>

namespace filigree {

double studentQuantile975(std::size_t degreesOfFreedom) {
    constexpr std::array table{12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836,
                               2.446911851,  2.364624252, 2.306004135, 2.262157163, 2.228138852};
    if (degreesOfFreedom == 0) return std::numeric_limits<double>::infinity();
    if (degreesOfFreedom <= table.size()) return table[degreesOfFreedom - 1];
    // Expansion about the normal quantile (Abramowitz and Stegun 26.7.5).
    constexpr double z = 1.959963984540054;
    const auto v = static_cast<double>(degreesOfFreedom);
    const double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, z9 = z7 * z * z;
    return z + (z3 + z) / (4 * v) + (5 * z5 + 16 * z3 + 3 * z) / (96 * v * v) +
           (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * v * v * v) +
           (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * v * v * v * v);
}

Spread spreadOf(std::span<const double> values) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Spread spread{values.size(), values.empty() ? none : 0, none, none};
    const auto n = static_cast<double>(values.size());
    for (const double value : values) spread.mean += value / n;
    // One pass of refinement: exact for equal values, close to the last bit otherwise.
    double correction = 0;
    for (const double value : values) correction += value - spread.mean;
    if (!values.empty()) spread.mean += correction / n;
    if (values.size() < 2) return spread;
    double squares = 0;
    for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
    spread.deviation = std::sqrt(squares / (n - 1));
    spread.half95 = studentQuantile975(values.size() - 1) * spread.deviation / std::sqrt(n);
    return spread;
}

}  // namespace filigree
