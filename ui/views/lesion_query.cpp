// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/lesion_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostTerms = 200, mostTermsOfOutline = 1000;

[[noreturn]] void tooMany(std::size_t terms) {
    throw Error(ErrorKind::Usage, "too many separate rows or columns for a query",
                fmt::format("more than {}", terms), "choose fewer, or order rows and columns by index");
}

std::string termOf(const char* field, std::int64_t from, std::int64_t to) {
    return from == to ? fmt::format("{} = {}", field, from)
                      : fmt::format("{} >= {} and {} <= {}", field, from, field, to);
}

/// First and last, both inside.
using Stretch = std::pair<std::int64_t, std::int64_t>;

/// The numbers of places as terms: "(row >= 3 and row <= 4 or row = 9)". Takes their number off `terms`.
std::string rangesOf(const char* field, const std::vector<Stretch>& places,
                     const std::function<std::int64_t(std::int64_t)>& idOf, std::size_t& terms) {
    std::vector<std::int64_t> ids;
    for (const auto& [first, last] : places)
        for (std::int64_t place = first; place <= last; ++place) ids.push_back(idOf(place));
    std::sort(ids.begin(), ids.end());
    std::vector<Stretch> ranges;
    for (const std::int64_t id : ids) {
        if (!ranges.empty() && ranges.back().second + 1 == id)
            ranges.back().second = id;
        else
            ranges.emplace_back(id, id);
    }
    terms -= std::min(terms, ranges.size());
    std::string text;
    for (const auto& [from, to] : ranges) text += (text.empty() ? "" : " or ") + termOf(field, from, to);
    return ranges.size() > 1 ? "(" + text + ")" : text;
}

std::string areaOf(const Connectivity& pattern, const Stretch& rows, const std::vector<Stretch>& columns,
                   std::size_t& terms) {
    const std::string down = rangesOf(
        "row", {rows}, [&](std::int64_t row) { return pattern.rowId(row); }, terms);
    return down + " and " +
           rangesOf(
               "column", columns, [&](std::int64_t column) { return pattern.columnId(column); }, terms);
}

/// The places of a row whose middles lie inside the outline on the line at `height`.
std::vector<Stretch> insideAt(std::span<const MatrixPoint> outline, double height, std::int64_t columns) {
    std::vector<double> crossings;
    for (std::size_t i = 0; i < outline.size(); ++i) {
        const MatrixPoint& a = outline[i];
        const MatrixPoint& b = outline[(i + 1) % outline.size()];
        // A corner on the line counts for one of its two sides.
        if ((a.row <= height) == (b.row <= height)) continue;
        crossings.push_back(a.column + (height - a.row) / (b.row - a.row) * (b.column - a.column));
    }
    std::sort(crossings.begin(), crossings.end());
    std::vector<Stretch> stretches;
    const auto end = static_cast<double>(columns);
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
        const auto first = static_cast<std::int64_t>(std::ceil(std::clamp(crossings[i] - 0.5, 0.0, end)));
        const auto last =
            static_cast<std::int64_t>(std::ceil(std::clamp(crossings[i + 1] - 0.5, 0.0, end))) - 1;
        if (first > last) continue;
        if (!stretches.empty() && stretches.back().second + 1 == first)
            stretches.back().second = last;
        else
            stretches.emplace_back(first, last);
    }
    return stretches;
}

}  // namespace

std::string queryOf(const Connectivity& pattern, MatrixCell first, MatrixCell last) {
    if (first.row > last.row) std::swap(first.row, last.row);
    if (first.column > last.column) std::swap(first.column, last.column);
    // One more than there may be: none is left if there are too many.
    std::size_t rows = mostTerms + 1, columns = mostTerms + 1;
    const std::string text =
        rangesOf(
            "row", {{first.row, last.row}}, [&](std::int64_t row) { return pattern.rowId(row); }, rows) +
        " and " +
        rangesOf(
            "column", {{first.column, last.column}},
            [&](std::int64_t column) { return pattern.columnId(column); }, columns);
    if (rows == 0 || columns == 0) tooMany(mostTerms);
    return text;
}

std::string queryOf(const Connectivity& pattern, std::span<const MatrixPoint> outline,
                    std::int64_t rowsTogether) {
    struct Part {
        Stretch rows;
        std::vector<Stretch> columns;
    };
    std::vector<Part> parts;
    for (std::int64_t row = 0; row < pattern.rows; row += rowsTogether) {
        const std::int64_t last = std::min(pattern.rows, row + rowsTogether) - 1;
        std::vector<Stretch> columns =
            insideAt(outline, static_cast<double>(row + last + 1) / 2, pattern.columns);
        if (columns.empty()) continue;
        if (!parts.empty() && parts.back().rows.second + 1 == row && parts.back().columns == columns)
            parts.back().rows.second = last;
        else
            parts.push_back({{row, last}, std::move(columns)});
    }
    if (parts.empty())
        throw Error(ErrorKind::Usage, "the outline holds no place of the matrix", {},
                    "draw around the middle of at least one");
    std::size_t terms = mostTermsOfOutline + 1;
    std::string text;
    for (const Part& part : parts) {
        const std::string area = areaOf(pattern, part.rows, part.columns, terms);
        if (terms == 0) tooMany(mostTermsOfOutline);
        text += parts.size() == 1 ? area : (text.empty() ? "(" : " or (") + area + ")";
    }
    return text;
}

}  // namespace filigree::ui
