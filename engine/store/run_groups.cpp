// SPDX-License-Identifier: Apache-2.0
#include "store/run_groups.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "base/error.h"
#include "store/export_csv.h"

namespace filigree::store {
namespace {

const std::vector<std::string> ownFields{"method", "preset", "name", "seed"};

bool decidesNothing(const std::string& key) {
    return key.starts_with("run.") || key.starts_with("checkpoint.") || key.starts_with("record.");
}

std::string valueOf(const SelectedRun& run, const std::string& key) {
    if (key == "method") return run.info.method;
    if (key == "preset") return run.info.preset;
    if (key == "name") return run.info.name;
    if (key == "seed") return std::to_string(run.info.seed);
    const auto found = run.config.find(key);
    return found == run.config.end() ? std::string("-") : toText(found->second);
}

std::set<std::string> keysOf(const std::vector<SelectedRun>& runs) {
    std::set<std::string> keys;
    for (const SelectedRun& run : runs)
        for (const auto& [key, value] : run.config) keys.insert(key);
    return keys;
}

std::string wholeKey(const std::string& key, const std::set<std::string>& keys) {
    if (keys.contains(key) || std::find(ownFields.begin(), ownFields.end(), key) != ownFields.end())
        return key;
    std::vector<std::string> ending;
    for (const std::string& one : keys)
        if (one.ends_with("." + key)) ending.push_back(one);
    if (ending.size() == 1) return ending.front();
    std::string advice;
    for (const std::string& one : ending) advice += (advice.empty() ? "say which: " : ", ") + one;
    throw Error(ErrorKind::Usage,
                ending.empty() ? "none of the runs has the key \"" + key + "\""
                               : "several keys end with \"" + key + "\"",
                {},
                advice.empty() ? "method, preset, name, seed and the keys of the configurations can be used"
                               : advice);
}

/// Keys other than `except` in which the runs differ; the seed is none of them.
std::vector<std::string> differingKeys(const std::vector<const SelectedRun*>& runs,
                                       const std::set<std::string>& keys,
                                       const std::vector<std::string>& except) {
    std::vector<std::string> differing;
    const auto consider = [&](const std::string& key) {
        if (std::find(except.begin(), except.end(), key) != except.end()) return;
        for (const SelectedRun* run : runs)
            if (valueOf(*run, key) != valueOf(*runs.front(), key)) {
                differing.push_back(key);
                return;
            }
    };
    consider("method");
    for (const std::string& key : keys)
        if (!decidesNothing(key)) consider(key);
    return differing;
}

bool readNumber(const std::string& text, double& value) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc() && end == text.data() + text.size();
}

/// Numbers before words, ascending; words stay in their order.
bool before(const std::string& a, const std::string& b) {
    double x = 0, y = 0;
    const bool first = readNumber(a, x), second = readNumber(b, y);
    if (first != second) return first;
    return first && x < y;
}

template <typename Value>
std::size_t placeOf(std::vector<Value>& list, const Value& value) {
    const auto found = std::find(list.begin(), list.end(), value);
    if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
    list.push_back(value);
    return list.size() - 1;
}

std::string number(double value, const NumberForm& form) {
    if (std::isnan(value)) return "-";
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", form.digits, form.percent ? 100 * value : value);
    return buffer;
}

bool countsDiffer(const GroupTable& table) {
    std::set<std::size_t> counts;
    for (const auto& row : table.cells)
        for (const GroupCell& cell : row)
            if (!cell.runs.empty()) counts.insert(cell.runs.size());
    return counts.size() > 1;
}

std::string cellText(const GroupCell& cell, const NumberForm& form, bool withCount, const char* plusMinus) {
    if (cell.runs.empty()) return "";
    std::string text = number(cell.spread.mean, form);
    const double spread = form.spread == SpreadForm::Interval95 ? cell.spread.half95 : cell.spread.deviation;
    if (form.spread != SpreadForm::None && !std::isnan(spread))
        text += std::string(plusMinus) + number(spread, form);
    if (withCount) text += " (" + std::to_string(cell.runs.size()) + ")";
    return text;
}

std::string escaped(const std::string& text, std::string_view special) {
    std::string result;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

/// Heading and rows of texts, as both kinds of table for people show them.
std::vector<std::vector<std::string>> texts(const GroupTable& table, const NumberForm& form,
                                            const char* plusMinus) {
    const bool withCount = countsDiffer(table);
    std::vector<std::vector<std::string>> lines{table.rowKeys};
    for (const std::string& column : table.columns)
        lines.front().push_back(table.columnKey.empty() ? table.metric : table.columnKey + " " + column);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
        lines.push_back(table.rows[r]);
        for (const GroupCell& cell : table.cells[r])
            lines.back().push_back(cellText(cell, form, withCount, plusMinus));
    }
    for (const BesideColumn& column : table.beside) {
        lines.front().push_back(column.metric);
        for (std::size_t r = 0; r < table.rows.size(); ++r) {
            char buffer[64];
            std::snprintf(buffer, sizeof buffer, "%.4g", column.spreads[r].mean);
            lines[r + 1].emplace_back(std::isnan(column.spreads[r].mean) ? "-" : buffer);
        }
    }
    return lines;
}

}  // namespace

GroupTable groupRuns(const std::vector<SelectedRun>& runs, const std::string& metric,
                     const std::unordered_map<std::int64_t, double>& values,
                     const std::vector<std::string>& rowKeys, const std::string& columnKey) {
    GroupTable table;
    table.metric = metric;
    std::vector<const SelectedRun*> measured;
    for (const SelectedRun& run : runs)
        if (values.contains(run.info.id)) measured.push_back(&run);
    const std::set<std::string> keys = keysOf(runs);
    if (!columnKey.empty()) table.columnKey = wholeKey(columnKey, keys);
    for (const std::string& key : rowKeys) table.rowKeys.push_back(wholeKey(key, keys));
    if (rowKeys.empty() && !measured.empty())
        table.rowKeys = differingKeys(measured, keys, {table.columnKey});

    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> columns;
    std::map<std::pair<std::size_t, std::size_t>, std::vector<const SelectedRun*>> groups;
    for (const SelectedRun* run : measured) {
        std::vector<std::string> row;
        for (const std::string& key : table.rowKeys) row.push_back(valueOf(*run, key));
        const std::string column = columnKey.empty() ? std::string() : valueOf(*run, table.columnKey);
        groups[{placeOf(rows, row), placeOf(columns, column)}].push_back(run);
    }
    table.rows = rows;
    table.columns = columns;
    std::stable_sort(table.rows.begin(), table.rows.end(), [](const auto& a, const auto& b) {
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a[i] != b[i]) return before(a[i], b[i]);
        return false;
    });
    std::stable_sort(table.columns.begin(), table.columns.end(), before);

    std::vector<std::string> told = table.rowKeys;
    told.push_back(table.columnKey);
    table.cells.assign(table.rows.size(), std::vector<GroupCell>(table.columns.size()));
    for (const auto& [place, members] : groups) {
        GroupCell& cell =
            table
                .cells[placeOf(table.rows, rows[place.first])][placeOf(table.columns, columns[place.second])];
        std::vector<double> measuredValues;
        for (const SelectedRun* run : members) {
            cell.runs.push_back(run->info.id);
            measuredValues.push_back(values.at(run->info.id));
        }
        cell.spread = spreadOf(measuredValues);
        for (const std::string& key : differingKeys(members, keys, told)) placeOf(table.mixedKeys, key);
    }
    return table;
}

void addBeside(GroupTable& table, const std::string& metric,
               const std::unordered_map<std::int64_t, double>& values) {
    if (!table.columnKey.empty())
        throw Error(ErrorKind::Usage, "a table over two keys has room for one figure", metric,
                    "leave out the column key, or ask for each figure by itself");
    BesideColumn column{metric, {}};
    for (const auto& row : table.cells) {
        std::vector<double> known;
        for (const std::int64_t run : row.front().runs)
            if (const auto found = values.find(run); found != values.end()) known.push_back(found->second);
        column.spreads.push_back(spreadOf(known));
    }
    table.beside.push_back(std::move(column));
}

std::string toMarkdown(const GroupTable& table, const NumberForm& form) {
    const auto lines = texts(table, form, " ± ");
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        text += "|";
        for (const std::string& cell : lines[i]) text += " " + escaped(cell, "|") + " |";
        text += "\n";
        if (i > 0) continue;
        text += "|";
        for (std::size_t c = 0; c < lines[0].size(); ++c)
            text += c < table.rowKeys.size() ? " --- |" : " ---: |";
        text += "\n";
    }
    return text;
}

std::string toLatex(const GroupTable& table, const NumberForm& form) {
    const auto lines = texts(table, form, " \\pm ");
    std::string text = "\\begin{tabular}{" + std::string(table.rowKeys.size(), 'l') +
                       std::string(table.columns.size() + table.beside.size(), 'r') + "}\n\\toprule\n";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        for (std::size_t c = 0; c < lines[i].size(); ++c) {
            const bool isNumber = i > 0 && c >= table.rowKeys.size() && !lines[i][c].empty();
            text += (c ? " & " : "") + (isNumber ? "$" + lines[i][c] + "$" : escaped(lines[i][c], "&%$#_{}"));
        }
        text += " \\\\\n";
        if (i == 0) text += "\\midrule\n";
    }
    return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string toCsv(const GroupTable& table) {
    std::string text;
    for (const std::string& key : table.rowKeys) text += csvField(key) + ",";
    if (!table.columnKey.empty()) text += csvField(table.columnKey) + ",";
    text += "metric,runs,mean,sd,ci95\r\n";
    const auto line = [&](std::size_t r, std::size_t c, const std::string& metric, std::size_t runs,
                          const Spread& spread) {
        for (const std::string& value : table.rows[r]) text += csvField(value) + ",";
        if (!table.columnKey.empty()) text += csvField(table.columns[c]) + ",";
        text += csvField(metric) + "," + std::to_string(runs);
        for (const double value : {spread.mean, spread.deviation, spread.half95})
            text += "," + (std::isnan(value) ? std::string() : csvNumber(value));
        text += "\r\n";
    };
    for (std::size_t r = 0; r < table.rows.size(); ++r)
        for (std::size_t c = 0; c < table.columns.size(); ++c) {
            const GroupCell& cell = table.cells[r][c];
            if (cell.runs.empty()) continue;
            line(r, c, table.metric, cell.runs.size(), cell.spread);
            for (const BesideColumn& column : table.beside)
                line(r, c, column.metric, column.spreads[r].count, column.spreads[r]);
        }
    return text;
}

}  // namespace filigree::store
