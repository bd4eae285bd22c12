// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace filigree::backend {

/// A view of a sparse rows x columns matrix without its values: compressed rows, and the same edges column by
/// column.
struct SparsePattern {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::span<const std::uint32_t> rowStart;  ///< rows + 1: first edge of each row
    std::span<const std::uint32_t> column;    ///< per edge
    std::span<const std::uint32_t>
        columnStart;  ///< columns + 1: first entry of each column in the two lists below
    std::span<const std::uint32_t> transposedRow;   ///< rows of a column's edges, ascending
    std::span<const std::uint32_t> transposedEdge;  ///< edges of a column
    std::int64_t edges() const { return static_cast<std::int64_t>(column.size()); }
};

}  // namespace filigree::backend
