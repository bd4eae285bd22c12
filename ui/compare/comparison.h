// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <optional>
#include <vector>

#include "ui/browser/run_table.h"

/// Runs, or groups of runs that differ in their seed only, side by side: what was set and what came out.
namespace filigree::ui {

/// One column: a run, or all runs of a group.
struct Compared {
    QString title;
    std::vector<RowPointer> runs;  ///< never empty
};

struct ComparisonCell {
    QString text;    ///< four digits; "0.93 ± 0.004 (n 5)" for a group
    QString exact;   ///< all digits, for tool tip and copy
    QString delta;   ///< against the baseline, with sign; empty for the baseline, for texts, and where equal
    int better = 0;  ///< of a metric: 1 better than the baseline, -1 worse, 0 equal, or neither good nor bad
    bool differs = false;  ///< from the baseline
};

struct ComparisonLine {
    enum class Kind { Section, Config, Metric } kind = Kind::Config;
    QString title;
    std::vector<ComparisonCell> cells;  ///< one a column; none for a section
};

struct ComparisonOptions {
    std::size_t baseline = 0;
    bool onlyDifferences = true;
};

/// Sections "Configuration", "Last values" and "Best values". With groups, a delta is the mean difference of
/// runs with equal seeds and its 95 % interval where at least two seeds are in both, else the difference of
/// the means.
std::vector<ComparisonLine> compare(const RunTable& table, const std::vector<Compared>& columns,
                                    const ComparisonOptions& options);

/// 1 if more of a metric is better, -1 if less is, 0 if it is neither good nor bad (a density, a learning
/// rate).
int direction(const std::string& metric);

/// Metrics that a run of these has: what a run is judged by comes first, what tells about single layers last.
QStringList metricsByRank(const RunTable& table, const std::vector<RowPointer>& runs);

/// One column a run, in the given order.
std::vector<Compared> singleRuns(const std::vector<RowPointer>& runs);
/// Runs that are equal but for the seed in one column, in the order of their first runs.
std::vector<Compared> groupedBySeed(const RunTable& table, const std::vector<RowPointer>& runs);

}  // namespace filigree::ui
