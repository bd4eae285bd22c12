// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace filigree {

/// 97.5 % quantile of Student's t distribution, better than 1e-4; infinite for 0 degrees of freedom.
double studentQuantile975(std::size_t degreesOfFreedom);

/// Mean and spread of repeated measurements (mostly seeds).
struct Spread {
    std::size_t count = 0;
    double mean = 0;
    double deviation = 0;  ///< sample standard deviation (n - 1); NaN for fewer than two values
    double half95 =
        0;  ///< t_{0.975, n-1} deviation / sqrt(n): the 95 % interval of the mean is mean +- half95
};
/// NaN throughout without values.
Spread spreadOf(std::span<const double> values);

}  // namespace filigree
