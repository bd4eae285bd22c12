// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

namespace filigree::ui {

/// Debiased exponential mean over unevenly spaced points, with its half-life in units of x:
///   s_i = sum_{j <= i} w_j 2^(-(x_i - x_j)/h) y_j / sum_{j <= i} w_j 2^(-(x_i - x_j)/h).
/// It starts at the first value, leaves a constant series as it is to the last bit, and does not depend on
/// how densely the series was sampled.
class ExponentialMean {
  public:
    explicit ExponentialMean(double halfLife) : halfLife_(halfLife) {}

    /// The mean with this point in it. x must not fall (a smaller one counts as equal). A value that is not
    /// finite is left out: the mean stays as it was.
    double add(double x, double y, double weight = 1);

  private:
    double halfLife_;
    double weights_ = 0;
    double mean_ = 0;
    double x_ = 0;
};

/// The mean at each point. halfLife <= 0: the values themselves.
std::vector<double> smooth(std::span<const double> x, std::span<const double> y, double halfLife);

}  // namespace filigree::ui
