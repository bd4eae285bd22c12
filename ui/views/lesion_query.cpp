// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/lesion_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostTerms = 200;

std::string termOf(const char* field, std::int64_t from, std::int64_t to) {
    return from == to ? fmt::format("{} = {}", field, from)
                      : fmt::format("{} >= {} and {} <= {}", field, from, field, to);
}

/// The numbers as stretches: "row >= 3 and row <= 4 or row = 9".
std::string rangesOf(const char* field, std::int64_t first, std::int64_t last,
                     const std::function<std::int64_t(std::int64_t)>& idOf) {
    std::vector<std::int64_t> ids;
    for (std::int64_t place = first; place <= last; ++place) ids.push_back(idOf(place));
    std::sort(ids.begin(), ids.end());
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges;
    for (const std::int64_t id : ids) {
        if (!ranges.empty() && ranges.back().second + 1 == id)
            ranges.back().second = id;
        else
            ranges.emplace_back(id, id);
    }
    if (ranges.size() > mostTerms)
        throw Error(ErrorKind::Usage, "too many separate rows or columns for a query",
                    fmt::format("{} of them", ranges.size()),
                    "choose fewer, or order rows and columns by index");
    std::string text;
    for (const auto& [from, to] : ranges) text += (text.empty() ? "" : " or ") + termOf(field, from, to);
    return ranges.size() > 1 ? "(" + text + ")" : text;
}

}  // namespace

std::string queryOf(const Connectivity& pattern, MatrixCell first, MatrixCell last) {
    if (first.row > last.row) std::swap(first.row, last.row);
    if (first.column > last.column) std::swap(first.column, last.column);
    return rangesOf("row", first.row, last.row, [&](std::int64_t row) { return pattern.rowId(row); }) +
           " and " + rangesOf("column", first.column, last.column, [&](std::int64_t column) {
               return pattern.columnId(column);
           });
}

}  // namespace filigree::ui
