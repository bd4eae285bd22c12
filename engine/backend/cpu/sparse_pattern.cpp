// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_pattern.h"

namespace filigree::backend {

ColumnLists listByColumn(std::int64_t columns, std::span<const std::uint32_t> rowStart,
                         std::span<const std::uint32_t> column) {
    ColumnLists lists;
    lists.start.assign(static_cast<std::size_t>(columns) + 1, 0);
    lists.row.resize(column.size());
    lists.edge.resize(column.size());
    for (const std::uint32_t c : column) ++lists.start[c + 1];
    for (std::size_t c = 1; c < lists.start.size(); ++c) lists.start[c] += lists.start[c - 1];
    std::vector<std::uint32_t> next(lists.start.begin(), lists.start.end() - 1);
    for (std::size_t r = 0; r + 1 < rowStart.size(); ++r)
        for (std::uint32_t e = rowStart[r]; e < rowStart[r + 1]; ++e) {
            const std::uint32_t place = next[column[e]]++;
            lists.row[place] = static_cast<std::uint32_t>(r);
            lists.edge[place] = e;
        }
    return lists;
}

SparsePattern withColumnLists(const SparsePattern& pattern, ColumnLists& room) {
    if (pattern.hasColumnLists()) return pattern;
    room = listByColumn(pattern.columns, pattern.rowStart, pattern.column);
    SparsePattern result = pattern;
    result.columnStart = room.start;
    result.transposedRow = room.row;
    result.transposedEdge = room.edge;
    return result;
}

}  // namespace filigree::backend
