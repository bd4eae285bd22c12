// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QString>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/query.h"
#include "ui/browser/column.h"
#include "ui/browser/run_table.h"

/// Which runs the table shows, in which order and groups: computed on a worker from values alone.
namespace filigree::ui {

enum class Scope { Current, Archived, Bin };

/// What lines are grouped by.
struct Grouping {
    enum class Kind { None, WithoutSeed, ByColumn } kind = Kind::None;
    Column column;  ///< for ByColumn: Method, Preset, Seed, State or a Config key
    bool operator==(const Grouping&) const = default;
    QString toString() const;
    static Grouping fromString(const QString& text);
};

/// Values of a metric at a step, by run.
using MetricAtValues = std::map<std::pair<std::string, qint64>, std::shared_ptr<const QHash<RunKey, double>>>;

struct ArrangeRequest {
    std::shared_ptr<const RunTable> table;
    store::Query query;
    Scope scope = Scope::Current;
    Column sortColumn{ColumnKind::Age, {}};
    bool descending = true;
    bool runningFirst = false;
    Grouping grouping;
    QSet<QString> collapsed;  ///< labels of groups
    MetricAtValues metricAt;
    double now = 0;
};

/// Mean and standard deviation (n - 1) over those runs that have a finite value.
struct Spread {
    std::size_t n = 0;
    double mean = 0;
    double sd = 0;  ///< NaN for fewer than two
};
Spread spreadOf(const std::vector<double>& values);

struct Group {
    QString label;
    std::vector<RowPointer> runs;
    bool collapsed = false;
};

struct Line {
    RowPointer row;  ///< null: the header of `group`
    int group = -1;
};

struct Arrangement {
    std::shared_ptr<const RunTable> table;
    std::vector<Line> lines;
    std::vector<Group> groups;
    std::vector<std::size_t> differing;  ///< numbers of keys whose values differ among the shown runs
    std::size_t shown = 0;               ///< runs that the query lets through, collapsed ones too
    std::size_t current = 0, archived = 0, binned = 0;
};

Arrangement arrange(const ArrangeRequest& request);

/// Numbers of keys that have at least two values among `rows`: the group sparsity first, then by name. That a
/// run of another method does not have a key at all is no difference, unless `missingCounts`.
std::vector<std::size_t> differingKeys(const RunTable& table, const std::vector<RowPointer>& rows,
                                       bool missingCounts = false);

}  // namespace filigree::ui
