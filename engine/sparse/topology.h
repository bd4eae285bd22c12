// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "backend/sparse_pattern.h"

namespace filigree::sparse {

/// Which positions of a rows x columns weight are active: a sorted pattern, with its transpose index where
/// that is wanted. The pattern never changes.
///
/// A position is a flat index row * columns + column; an *edge* is the rank of an active position (its place
/// in the sorted pattern and in the array of values). Memory: 12 bytes per edge plus 4 bytes per row and
/// column; 4 per edge without the lists by column.
class Topology {
  public:
    /// Rows: for patterns whose edges nothing visits column by column, or that have a schedule for that.
    /// Where columns start is known in any case.
    enum class Lists { RowsAndColumns, Rows };

    Topology() = default;
    /// `active`: strictly ascending flat indices. Throws Error (Run) if they are not, or if rows * columns >=
    /// 2^32.
    Topology(std::int64_t rows, std::int64_t columns, std::span<const std::uint32_t> active,
             Lists lists = Lists::RowsAndColumns);
    /// The same pattern with these lists.
    Topology with(Lists lists) const;
    bool hasColumnLists() const { return pattern().hasColumnLists(); }
    /// For whoever has put them into a schedule.
    void dropColumnLists();

    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }
    /// Number of positions, rows * columns.
    std::int64_t size() const { return rows_ * columns_; }
    /// Number of edges.
    std::int64_t edges() const { return static_cast<std::int64_t>(column_.size()); }
    double density() const {
        return size() ? static_cast<double>(edges()) / static_cast<double>(size()) : 0.0;
    }

    std::uint32_t position(std::int64_t edge) const;
    /// The edge at a position, if it is active. O(log of the row's length).
    std::optional<std::int64_t> edgeAt(std::uint32_t position) const;
    bool contains(std::uint32_t position) const { return edgeAt(position).has_value(); }
    /// All active positions, ascending.
    std::vector<std::uint32_t> positions() const;

    std::int64_t inDegree(std::int64_t row) const;
    std::int64_t outDegree(std::int64_t column) const;
    std::int64_t bytes() const;

    /// What kernels read.
    backend::SparsePattern pattern() const;
    /// What devices made of this pattern; copies of the topology share it.
    backend::PatternCopies& copies() const { return *copies_; }

    friend bool operator==(const Topology& a, const Topology& b) {
        return a.rows_ == b.rows_ && a.columns_ == b.columns_ && a.rowStart_ == b.rowStart_ &&
               a.column_ == b.column_;
    }

  private:
    void list(Lists lists);

    std::int64_t rows_ = 0;
    std::int64_t columns_ = 0;
    std::vector<std::uint32_t> rowStart_{0};
    std::vector<std::uint32_t> column_;
    std::vector<std::uint32_t> columnStart_{0};
    std::vector<std::uint32_t> transposedRow_;
    std::vector<std::uint32_t> transposedEdge_;
    std::shared_ptr<backend::PatternCopies> copies_ = std::make_shared<backend::PatternCopies>();
};

/// For each edge of `after`: its edge in `before`, or -1 where the position was not active. Same sizes
/// required.
std::vector<std::int64_t> edgeSources(const Topology& before, const Topology& after);

}  // namespace filigree::sparse
