// SPDX-License-Identifier: Apache-2.0
#include "sparse/topology.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "base/error.h"

namespace filigree::sparse {

Topology::Topology(std::int64_t rows, std::int64_t columns, std::span<const std::uint32_t> active,
                   Lists lists)
    : rows_(rows), columns_(columns) {
    const std::string shape = std::to_string(rows) + " x " + std::to_string(columns);
    if (rows < 0 || columns < 0 ||
        (columns > 0 && rows > std::int64_t{std::numeric_limits<std::uint32_t>::max()} / columns))
        throw Error(ErrorKind::Run, "a sparse layer has fewer than 2^32 positions", shape);
    rowStart_.assign(static_cast<std::size_t>(rows) + 1, 0);
    column_.resize(active.size());
    std::size_t row = 0;
    std::int64_t rowBegin = 0;
    for (std::size_t e = 0; e < active.size(); ++e) {
        if (active[e] >= size() || (e > 0 && active[e] <= active[e - 1]))
            throw Error(ErrorKind::Run, "the positions of a sparse layer must be ascending and inside it",
                        "entry " + std::to_string(e) + " of a pattern of " + shape);
        // Positions ascend: walking along the rows costs less than a division each.
        for (; active[e] >= rowBegin + columns; rowBegin += columns) ++row;
        column_[e] = static_cast<std::uint32_t>(active[e] - rowBegin);
        ++rowStart_[row + 1];
    }
    for (std::size_t r = 1; r < rowStart_.size(); ++r) rowStart_[r] += rowStart_[r - 1];
    list(lists);
}

void Topology::list(Lists lists) {
    if (lists == Lists::RowsAndColumns) {
        backend::ColumnLists made = backend::listByColumn(columns_, rowStart_, column_);
        columnStart_ = std::move(made.start);
        transposedRow_ = std::move(made.row);
        transposedEdge_ = std::move(made.edge);
        return;
    }
    columnStart_.assign(static_cast<std::size_t>(columns_) + 1, 0);
    for (const std::uint32_t column : column_) ++columnStart_[column + 1];
    std::partial_sum(columnStart_.begin(), columnStart_.end(), columnStart_.begin());
}

void Topology::dropColumnLists() {
    transposedRow_ = {};
    transposedEdge_ = {};
}

Topology Topology::with(Lists lists) const {
    Topology result;
    result.rows_ = rows_;
    result.columns_ = columns_;
    result.rowStart_ = rowStart_;
    result.column_ = column_;
    result.list(lists);
    return result;
}

std::uint32_t Topology::position(std::int64_t edge) const {
    const auto after = std::upper_bound(rowStart_.begin(), rowStart_.end(), static_cast<std::uint32_t>(edge));
    const auto row = static_cast<std::uint32_t>(after - rowStart_.begin() - 1);
    return row * static_cast<std::uint32_t>(columns_) + column_[static_cast<std::size_t>(edge)];
}

std::optional<std::int64_t> Topology::edgeAt(std::uint32_t position) const {
    if (position >= size()) return std::nullopt;
    const auto row = static_cast<std::size_t>(position / columns_);
    const auto column = static_cast<std::uint32_t>(position % columns_);
    const auto first = column_.begin() + rowStart_[row];
    const auto last = column_.begin() + rowStart_[row + 1];
    const auto found = std::lower_bound(first, last, column);
    if (found == last || *found != column) return std::nullopt;
    return found - column_.begin();
}

std::vector<std::uint32_t> Topology::positions() const {
    std::vector<std::uint32_t> result(column_.size());
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows_); ++row)
        for (std::uint32_t e = rowStart_[row]; e < rowStart_[row + 1]; ++e)
            result[e] = static_cast<std::uint32_t>(row * static_cast<std::size_t>(columns_)) + column_[e];
    return result;
}

std::int64_t Topology::inDegree(std::int64_t row) const {
    const auto r = static_cast<std::size_t>(row);
    return rowStart_[r + 1] - rowStart_[r];
}

std::int64_t Topology::outDegree(std::int64_t column) const {
    const auto c = static_cast<std::size_t>(column);
    return columnStart_[c + 1] - columnStart_[c];
}

std::int64_t Topology::bytes() const {
    return static_cast<std::int64_t>(4 * (rowStart_.size() + columnStart_.size() + column_.size() +
                                          transposedRow_.size() + transposedEdge_.size()));
}

backend::SparsePattern Topology::pattern() const {
    return {rows_,        columns_,       rowStart_,       column_,
            columnStart_, transposedRow_, transposedEdge_, copies_.get()};
}

std::vector<std::int64_t> edgeSources(const Topology& before, const Topology& after) {
    if (before.rows() != after.rows() || before.columns() != after.columns())
        throw Error(ErrorKind::Run, "only patterns of equal size can be matched");
    const std::vector<std::uint32_t> old = before.positions();
    std::vector<std::int64_t> sources;
    sources.reserve(static_cast<std::size_t>(after.edges()));
    auto next = old.begin();
    for (const std::uint32_t position : after.positions()) {
        while (next != old.end() && *next < position) ++next;
        sources.push_back(next != old.end() && *next == position ? next - old.begin() : -1);
    }
    return sources;
}

}  // namespace filigree::sparse
