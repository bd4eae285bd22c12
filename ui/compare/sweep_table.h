// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <vector>

#include "ui/charts/scale.h"
#include "ui/charts/ticks.h"
#include "ui/compare/comparison.h"

/// The runs of a sweep as points in the space of what was varied and what came out.
namespace filigree::ui {

/// One dimension: a key of the configuration, a metric, or how long a run took.
struct SweepAxis {
    enum class Kind { Config, Metric, Time } kind = Kind::Config;
    QString title;
    /// Of each entry; for texts the place in `categories`; NaN where there is none, or where the runs of a
    /// group differ.
    std::vector<double> values;
    std::vector<double> deviations;   ///< of a metric over the runs of a group (n - 1); NaN for single runs
    std::vector<QString> categories;  ///< sorted; empty for numbers
    ScaleMap scale;  ///< logarithmic where positive numbers lie more than a factor of 30 apart
    double least = 0, greatest = 0;  ///< of `values`, deviations included

    /// 0 at the least value, 1 at the greatest, 0.5 if there is but one; NaN for NaN.
    double position(double value) const;
    QString text(double value) const;  ///< four digits
    struct Tick {
        double position = 0;
        QString text;
    };
    /// Each value where there are at most ten, else round numbers, about `wanted`.
    std::vector<Tick> ticks(int wanted) const;
};

struct SweepTable {
    std::vector<Compared> entries;
    std::vector<SweepAxis> axes;                   ///< keys that differ, then metrics in the order asked for
    std::size_t find(const QString& title) const;  ///< place among `axes`; their number if there is none
};

enum class MetricValue { Best, Last };

/// What stands among the metrics for the seconds that a run took, pauses not counted.
QString timeTitle();

/// `entries` are runs or groups over seeds (where the seed is no axis). Metrics that no run has are left out.
SweepTable sweepOf(const RunTable& table, std::vector<Compared> entries, const QStringList& metrics,
                   MetricValue value);

/// Ranges of positions that a person marked on some axes; an entry passes if it lies in all of them.
class SweepFilter {
  public:
    struct Range {
        QString axis;
        double from = 0, to = 1;
        bool operator==(const Range&) const = default;
    };
    /// Replaces the axis's range; one shorter than a hundredth takes it away.
    void set(const QString& axis, double from, double to);
    void clear() { ranges_.clear(); }
    const Range* find(const QString& axis) const;
    const std::vector<Range>& ranges() const { return ranges_; }
    bool passes(const SweepTable& table, std::size_t entry) const;

  private:
    std::vector<Range> ranges_;
};

/// 1 if more of what an axis shows is better, -1 if less is: what a metric is judged by, time, memory,
/// operations, density and sparsity. 0 for all others.
int betterSide(const SweepAxis& axis);
/// The entries that pass and that no other one beats: at least as good on both axes and better on one. In the
/// order of x; of entries equal on both all. Empty where one of the axes is neither good nor bad.
std::vector<std::size_t> paretoFront(const SweepTable& table, const SweepFilter& filter, std::size_t x,
                                     std::size_t y);

/// The values as a table of texts with all digits, below a line of titles: name, number of runs, a column an
/// axis, one more for each metric's deviation where there are groups. Only what passes the filter.
std::vector<QStringList> sweepRows(const SweepTable& table, const SweepFilter& filter);

}  // namespace filigree::ui
