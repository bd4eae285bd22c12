// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "backend/sparse_pattern.h"

namespace filigree::backend {

/// Owns the schedule of a pattern's products. Built in time proportional to edges, rows and blocks; memory 8
/// bytes per segment (under one byte per edge), 4 per row and column, 4 per column (or row) and block that
/// the backward product walks, and 8 per edge where more than 8 % are active.
class LinearSchedule {
  public:
    LinearSchedule() = default;
    explicit LinearSchedule(const SparsePattern& pattern);
    /// With column blocks of a given width, and looking for rows of the same columns or not.
    LinearSchedule(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks = true);

    /// For patterns that only the forward product goes over, with or without lists by column.
    static LinearSchedule forwardOnly(const SparsePattern& pattern);
    /// For patterns that only gradients of the weight go over, with or without lists by column.
    static LinearSchedule weightGradientOnly(const SparsePattern& pattern);

    SparseSchedule view() const {
        return {groups_, blocks_, rowsTogether_, runStart_,     segmentStart_,
                runs_,   row_,    edge_,         byRow_.view(), byColumn_.view()};
    }
    std::int64_t bytes() const;

  private:
    struct Walk {
        std::vector<std::uint32_t> order, border, other, edge;
        std::int64_t blocks = 1;
        bool isInOrder = false;
        SparseSchedule::Walk view() const { return {order, isInOrder, blocks, border, other, edge}; }
        std::size_t entries() const { return order.size() + border.size() + other.size() + edge.size(); }
    };
    void addSegments(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks);
    static Walk makeWalk(std::span<const std::uint32_t> start, std::span<const std::uint32_t> other,
                         std::span<const std::uint32_t> edge, std::int64_t others, std::int64_t tallBlock);
    static void copyEntries(Walk& walk, std::span<const std::uint32_t> start,
                            std::span<const std::uint32_t> other, std::span<const std::uint32_t> edge);
    void addBlock(const SparsePattern& pattern, std::int64_t firstRow, std::int64_t lastRow,
                  std::uint32_t endColumn, bool everyRow, std::vector<std::uint32_t>& cursor);

    std::int64_t groups_ = 0;
    std::int64_t blocks_ = 0;
    std::int64_t rowsTogether_ = 1;
    std::vector<std::uint32_t> runStart_;
    std::vector<std::uint32_t> segmentStart_;
    std::vector<SparseSchedule::Run> runs_;
    std::vector<std::uint32_t> row_;
    std::vector<std::uint32_t> edge_;
    Walk byRow_, byColumn_;
};

}  // namespace filigree::backend
