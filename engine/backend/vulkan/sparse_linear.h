// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/sparse_pattern.h"
#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// A sparse rows x columns matrix without its values on the device: what backend::SparsePattern is on the
/// host, and the row of each edge.
struct DevicePattern {
    std::uint64_t rows = 0, columns = 0;
    Array rowStart, row, column;                       ///< rows + 1; per edge; per edge
    Array columnStart, transposedRow, transposedEdge;  ///< columns + 1; per edge; per edge

    std::uint64_t edges() const { return column.count(); }
    /// Of a layer's pattern; `name` is the layer's.
    static DevicePattern upload(Stream& stream, const backend::SparsePattern& pattern,
                                const std::string& name);
    /// Room for a pattern that a kernel will write.
    static DevicePattern make(Stream& stream, std::uint64_t rows, std::uint64_t columns, std::uint64_t edges,
                              const std::string& name);
};

// Products with a sparse weight over batch-tiled memory; cost 2 batch edges operations each. Errors against
// f64: 1.2e-7 (terms + 2) times the sum of the terms' magnitudes. Throw Error (Run) if sizes do not fit.

/// y = x W^T + b (then ReLU): x [batch, columns], values [edges], bias [rows] or null, y [batch, rows]. Lanes
/// past the batch become 0.
void sparseLinear(Stream& stream, const Layout& layout, const DevicePattern& pattern, const View& values,
                  const View& x, const View* bias, const View& y, bool relu = false);
/// dx = dy W: the transposed product.
void sparseLinearInputGradient(Stream& stream, const Layout& layout, const DevicePattern& pattern,
                               const View& values, const View& dy, const View& dx);
/// dw[e] = sum_n dy[n, row] x[n, column] at the edges alone: a sampled dense-dense product.
void sparseLinearValueGradient(Stream& stream, const Layout& layout, const DevicePattern& pattern,
                               const View& x, const View& dy, const View& dw);

}  // namespace filigree::vulkan
