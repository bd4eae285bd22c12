// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/smoothing.h"

#include <cmath>
#include <limits>

namespace filigree::ui {

double ExponentialMean::add(double x, double y, double weight) {
    if (!std::isfinite(y)) return weights_ > 0 ? mean_ : std::numeric_limits<double>::quiet_NaN();
    if (weights_ > 0 && x > x_) weights_ *= std::exp2(-(x - x_) / halfLife_);
    x_ = x;
    weights_ += weight;
    // The same as a quotient of two sums, but exact for equal values.
    mean_ += weight / weights_ * (y - mean_);
    return mean_;
}

std::vector<double> smooth(std::span<const double> x, std::span<const double> y, double halfLife) {
    if (!(halfLife > 0)) return {y.begin(), y.end()};
    std::vector<double> result;
    result.reserve(y.size());
    ExponentialMean mean(halfLife);
    for (std::size_t i = 0; i < y.size(); ++i) result.push_back(mean.add(x[i], y[i]));
    return result;
}

}  // namespace filigree::ui
