// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "backend/sparse_pattern.h"

namespace filigree::backend {

/// Owns the schedule of a pattern's products. Built in time proportional to edges, rows and blocks; memory 8
/// bytes per segment (under one byte per edge) and 2 per edge; and for the way back 4 per edge and 4 per
/// column and block that it walks.
class LinearSchedule {
  public:
    LinearSchedule() = default;
    /// With or without lists by column.
    explicit LinearSchedule(const SparsePattern& pattern);
    /// With column blocks of a given width, and looking for rows of the same columns or not.
    LinearSchedule(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks = true);

    /// For patterns that only the forward product and the gradient of the weight go over.
    static LinearSchedule byRowsOnly(const SparsePattern& pattern);

    SparseSchedule view() const {
        return {groups_,      blocks_, blockWidth_, rowsTogether_, runStart_, segmentStart_,
                columnStart_, runs_,   row_,        edge_,         column_,   byColumn_.view()};
    }
    /// Whether the gradient of an input can be had with it.
    bool walksColumns() const { return !byColumn_.border.empty(); }
    std::int64_t bytes() const;

  private:
    struct Walk {
        std::vector<std::uint32_t> order, border, entries;
        std::int64_t blocks = 1, width = 0;
        int edgeBits = 0;
        bool isInOrder = false;
        SparseSchedule::Walk view() const {
            return {order, isInOrder, blocks, width, edgeBits, border, entries};
        }
        std::size_t numbers() const { return order.size() + border.size() + entries.size(); }
    };
    void addSegments(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks);
    static Walk walkByColumn(const SparsePattern& pattern);
    static void addEntries(Walk& walk, const SparsePattern& pattern);
    void addBlock(const SparsePattern& pattern, std::int64_t firstRow, std::int64_t lastRow,
                  std::int64_t block, std::vector<std::uint32_t>& cursor);

    std::int64_t groups_ = 0;
    std::int64_t blocks_ = 0;
    std::int64_t blockWidth_ = 0;
    std::int64_t rowsTogether_ = 1;
    std::vector<std::uint32_t> runStart_;
    std::vector<std::uint32_t> segmentStart_;
    std::vector<std::uint32_t> columnStart_;
    std::vector<SparseSchedule::Run> runs_;
    std::vector<std::uint32_t> row_;
    std::vector<std::uint32_t> edge_;
    std::vector<std::uint16_t> column_;
    Walk byColumn_;
};

}  // namespace filigree::backend
