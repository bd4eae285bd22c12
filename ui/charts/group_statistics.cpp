// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/group_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/statistics.h"

namespace filigree::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

GroupPoint statisticsOf(double x, std::span<const double> values, Band band) {
    GroupPoint point;
    point.x = x;
    point.n = values.size();
    const auto n = static_cast<double>(values.size());
    for (const double value : values) point.mean += (value - point.mean) / n;
    // One pass of refinement: exact for equal values, close to the last bit otherwise.
    double correction = 0;
    for (const double value : values) correction += value - point.mean;
    point.mean += correction / n;
    if (band == Band::None) {
        point.low = point.high = point.mean;
        return point;
    }
    if (band == Band::MinMax) {
        const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
        point.low = *least;
        point.high = *greatest;
        return point;
    }
    if (values.size() < 2) {
        point.low = point.high = nan;
        return point;
    }
    double squares = 0;
    for (const double value : values) squares += (value - point.mean) * (value - point.mean);
    double spread = std::sqrt(squares / (n - 1));
    if (band != Band::Deviation) spread /= std::sqrt(n);
    if (band == Band::Interval95) spread *= studentQuantile975(values.size() - 1);
    point.low = point.mean - spread;
    point.high = point.mean + spread;
    return point;
}

}  // namespace

double studentQuantile975(std::size_t degreesOfFreedom) {
    return filigree::studentQuantile975(degreesOfFreedom);
}

std::vector<double> commonGrid(std::span<const CurvePoints> curves, std::size_t most) {
    std::vector<double> all;
    for (const CurvePoints& curve : curves) all.insert(all.end(), curve.x.begin(), curve.x.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.size() <= most || most < 2) return all;
    std::vector<double> chosen;
    for (std::size_t i = 0; i < most; ++i) chosen.push_back(all[i * (all.size() - 1) / (most - 1)]);
    return chosen;
}

double interpolate(const CurvePoints& curve, double x) {
    const auto after = std::lower_bound(curve.x.begin(), curve.x.end(), x);
    if (after == curve.x.end()) return nan;
    const auto i = static_cast<std::size_t>(after - curve.x.begin());
    if (*after == x) return std::isfinite(curve.y[i]) ? curve.y[i] : nan;
    if (i == 0) return nan;
    const double share = (x - curve.x[i - 1]) / (curve.x[i] - curve.x[i - 1]);
    const double value = curve.y[i - 1] + share * (curve.y[i] - curve.y[i - 1]);
    return std::isfinite(value) ? value : nan;
}

std::vector<GroupPoint> groupStatistics(std::span<const CurvePoints> curves, std::span<const double> grid,
                                        Band band) {
    std::vector<GroupPoint> points;
    std::vector<double> values;
    for (const double x : grid) {
        values.clear();
        for (const CurvePoints& curve : curves)
            if (const double value = interpolate(curve, x); std::isfinite(value)) values.push_back(value);
        if (!values.empty()) points.push_back(statisticsOf(x, values, band));
    }
    return points;
}

}  // namespace filigree::ui
