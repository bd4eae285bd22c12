// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <span>
#include <vector>

/// Mean and spread over the runs of a group (mostly seeds).
namespace filigree::ui {

/// What the band around a mean shows: least to greatest, mean +- standard deviation (n - 1), mean +- standard
/// error sd / sqrt(n), or mean +- t_{0.975, n-1} sd / sqrt(n).
enum class Band { None, MinMax, Deviation, StandardError, Interval95 };

/// A curve in ascending x. Values that are not finite are gaps.
struct CurvePoints {
    std::vector<double> x;
    std::vector<double> y;
};

struct GroupPoint {
    double x = 0;
    double mean = 0;
    double low = 0;  ///< NaN where a spread needs two runs and there is one
    double high = 0;
    std::size_t n = 0;  ///< runs that have a value here
};

/// 97.5 % quantile of Student's t distribution.
double studentQuantile975(std::size_t degreesOfFreedom);

/// Ascending x at which curves are compared: all of theirs if these are at most `most`, else evenly chosen
/// among them.
std::vector<double> commonGrid(std::span<const CurvePoints> curves, std::size_t most);

/// Value at x on the line between the neighbouring points; NaN outside the curve's range and in gaps.
double interpolate(const CurvePoints& curve, double x);

/// Statistics at each x of `grid` at which at least one curve has a value; nothing is extrapolated.
std::vector<GroupPoint> groupStatistics(std::span<const CurvePoints> curves, std::span<const double> grid,
                                        Band band);

}  // namespace filigree::ui
