// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace filigree::backend {

/// What devices make of a pattern when they first need it. It lives with the pattern that it was made of,
/// which must not change.
struct PatternCopies {
    std::shared_ptr<void> device;
};

/// A view of a sparse rows x columns matrix without its values: compressed rows, and where something visits
/// them so, the same edges column by column.
struct SparsePattern {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::span<const std::uint32_t> rowStart;  ///< rows + 1: first edge of each row
    std::span<const std::uint32_t> column;    ///< per edge
    std::span<const std::uint32_t>
        columnStart;  ///< columns + 1: first entry of each column in the two lists below, if there are any
    std::span<const std::uint32_t> transposedRow;   ///< rows of a column's edges, ascending
    std::span<const std::uint32_t> transposedEdge;  ///< edges of a column
    PatternCopies* copies = nullptr;                ///< of whoever owns the pattern; devices need it
    std::int64_t edges() const { return rowStart.empty() ? 0 : rowStart.back(); }
    bool hasColumnLists() const {
        return static_cast<std::int64_t>(columnStart.size()) == columns + 1 &&
               transposedRow.size() == column.size();
    }
};

/// The edges of a pattern column by column: what columnStart, transposedRow and transposedEdge see.
struct ColumnLists {
    std::vector<std::uint32_t> start, row, edge;
};
/// A counting sort by column. Edges are ascending, so the rows of each column come out ascending too.
ColumnLists listByColumn(std::int64_t columns, std::span<const std::uint32_t> rowStart,
                         std::span<const std::uint32_t> column);

/// The pattern with lists by column: its own, or such as are made in `room`, which must outlive it.
SparsePattern withColumnLists(const SparsePattern& pattern, ColumnLists& room);

/// The order in which the forward product of a linear layer, and the gradient of its weight where that of its
/// input is not wanted, visit the edges of a pattern.
///
/// Rows are cut into groups (the work of threads), columns into blocks whose slice of x stays in the
/// first-level cache. The edges of one row in one block, a segment, are neighbours in the pattern. Segments
/// of a group and block are ordered by length, so that runs of them have loops of equal length, which
/// processors predict.
struct SparseSchedule {
    struct Run {
        std::uint32_t length;  ///< edges of each segment
        std::uint32_t count;   ///< segments
    };
    std::int64_t groups = 0;
    std::int64_t blocks = 0;
    std::int64_t blockWidth = 0;
    /// 4 if each aligned four rows have the same columns (a block-sparse weight whose blocks have a multiple
    /// of 4 rows): a segment then stands for four rows, which share every load of x. Else 1.
    std::int64_t rowsTogether = 1;
    std::span<const std::uint32_t> runStart;      ///< groups * blocks + 1: first run
    std::span<const std::uint32_t> segmentStart;  ///< groups * blocks + 1: first segment
    std::span<const std::uint32_t> columnStart;   ///< groups * blocks + 1: first entry of `column`
    std::span<const Run> runs;
    std::span<const std::uint32_t> row;   ///< of each segment, the first of rowsTogether
    std::span<const std::uint32_t> edge;  ///< first edge of each segment
    /// Columns of each segment's edges in the order in which they are visited, counted from the first column
    /// of the block: half as many bytes to read, and one after the other.
    std::span<const std::uint16_t> column;

    /// The pattern as the backward product walks it, column by column in blocks of rows.
    struct Walk {
        /// Columns: every `orderGroup` of them by length, for the same reason; in dense or large patterns as
        /// they are, so that neighbours in memory follow each other.
        std::span<const std::uint32_t> order;
        bool isInOrder = false;
        std::int64_t blocks = 1;
        std::int64_t width = 0;  ///< rows of a block
        int edgeBits = 0;        ///< low bits of an entry, which count edges; the others count rows
        /// blocks x columns + 1: the first entry of each block and column. Empty: there is no such walk.
        std::span<const std::uint32_t> border;
        /// Block by block, so that a walk through a block reads on and on: row and edge of each entry,
        /// counted from the first ones of the block.
        std::span<const std::uint32_t> entries;
    };
    Walk byColumn;
    static constexpr std::int64_t orderGroup = 128;
};

}  // namespace filigree::backend
