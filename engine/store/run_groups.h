// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/statistics.h"
#include "store/run_selection.h"

/// Runs that differ in nothing but their seed belong together: mean and spread of a metric over such groups,
/// as a list or as a table over two keys.
namespace filigree::store {

/// Runs of one row and column.
struct GroupCell {
    std::vector<std::int64_t> runs;  ///< those that have the metric
    Spread spread;
};

/// Another figure of the same runs, of each row.
struct BesideColumn {
    std::string metric;
    std::vector<Spread> spreads;
};

struct GroupTable {
    std::string metric;
    std::vector<std::string> rowKeys;  ///< the keys that name a row
    std::vector<std::vector<std::string>>
        rows;                          ///< their values; numbers ascending, words in the order of the runs
    std::string columnKey;             ///< empty: one column
    std::vector<std::string> columns;  ///< {""} without a column key
    std::vector<std::vector<GroupCell>> cells;  ///< [row][column]
    std::vector<BesideColumn> beside;           ///< only without a column key
    /// Keys that differ between runs of one cell, beside the seed: such a mean compares unlike things.
    std::vector<std::string> mixedKeys;
};

/// Keys: "method", "preset", "name", "seed", or one of the configuration (its last word is enough where only
/// one key ends with it). No row keys: every key in which the runs differ, so that each row is one
/// configuration. Seeds and what decides no result ([run], [checkpoint], [record]) never tell groups apart
/// unless asked for. Throws Error (Usage) for a key that no run has.
GroupTable groupRuns(const std::vector<SelectedRun>& runs, const std::string& metric,
                     const std::unordered_map<std::int64_t, double>& values,
                     const std::vector<std::string>& rowKeys, const std::string& columnKey);

/// Adds a column with the mean of what else is known of each row's runs, such as their time or operations.
/// Runs without it do not count. Throws Error (Usage) for a table with a column key.
void addBeside(GroupTable& table, const std::string& metric,
               const std::unordered_map<std::int64_t, double>& values);

enum class SpreadForm { None, Deviation, Interval95 };
struct NumberForm {
    int digits = 2;
    bool percent = false;  ///< times 100
    SpreadForm spread = SpreadForm::Deviation;
};

/// "93.12 ± 0.20 (5)" in each cell, its number of runs only where it is not the same everywhere. What stands
/// beside has four digits and is a mean alone.
std::string toMarkdown(const GroupTable& table, const NumberForm& form);
/// A tabular with booktabs rules, to be included in a document.
std::string toLatex(const GroupTable& table, const NumberForm& form);
/// A line per cell with all digits: the keys, runs, mean, sd, ci95.
std::string toCsv(const GroupTable& table);

}  // namespace filigree::store
