// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>
#include <string>
#include <vector>

#include "ui/browser/run_table.h"

namespace filigree::ui {

enum class ColumnKind {
    State,
    Name,
    Id,
    Store,
    Method,
    Preset,
    Seed,
    Config,  ///< of a key
    Last,    ///< of a metric
    Best,    ///< of a metric
    Spark,   ///< of a metric
    Progress,
    Duration,
    Age,
    Tags,
    Note,
    Host
};

/// A column of the run table. `name` is the key or metric where the kind needs one.
struct Column {
    ColumnKind kind = ColumnKind::Name;
    std::string name;
    bool operator==(const Column&) const = default;

    /// For the session: "name", "config:sparsity.density", "best:test/acc".
    QString toString() const;
    static std::optional<Column> fromString(const QString& text);

    QString title() const;  ///< in the header
    QString help() const;   ///< tool tip of the header
    bool isNumeric() const;
    int defaultWidth() const;
};

/// A value to sort and to group by; numbers before texts, nothing always last.
struct SortValue {
    enum class Kind { Number, Text, None } kind = Kind::None;
    double number = 0;
    std::string_view text;  ///< lives as long as the row
};
/// `key` is the number of the column's key or metric in the row's table.
SortValue sortValue(const Column& column, const RunRow& row, std::size_t number);

/// What the cell shows; short (four digits) or exact (for copying). Age is relative to `now` or a date.
QString cellText(const Column& column, const RunRow& row, std::size_t number, double now);
QString exactText(const Column& column, const RunRow& row, std::size_t number);

/// The number of the column's key or metric in a table; npos if it has none or needs none.
std::size_t numberOf(const Column& column, const RunTable& table);

}  // namespace filigree::ui
