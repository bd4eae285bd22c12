// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// Where the elements of op(A) (or op(B)) lie: element (i, j) at i row + j column.
struct Strides {
    std::uint64_t row, column;
};

/// C = alpha op(A) op(B) + beta C, for `batches` pairs, each a sum over `parts` pairs. op(A) is m x k, op(B)
/// k x n, C row-major with rows `cRow` apart. C is not read when beta is 0.
struct Gemm {
    std::uint64_t m = 0, n = 0, k = 0;
    Strides a{}, b{};
    std::uint64_t cRow = 0;
    std::uint64_t batches = 1, aBatch = 0, bBatch = 0, cBatch = 0;
    std::uint64_t parts = 1, aPart = 0, bPart = 0;
    float alpha = 1, beta = 0;
    std::uint64_t aFirst = 0, bFirst = 0, cFirst = 0;  ///< where the first matrices begin in their arrays
    bool relu = false;                                 ///< of the result, after the bias
};

/// Error against f64: 1.2e-7 (k parts + 2) times the sum of |a| |b|. `bias` (one number per row of C) may be
/// null. Where C has few elements, several work groups share a sum, whose parts are added in order. Throws
/// Error (Run) if the arrays are too small.
void gemm(Stream& stream, const Gemm& shape, const View& a, const View& b, const View* bias, const View& c);

// A dense layer over batch-tiled memory.

/// y[n][o] = sum_i w[o][i] x[n][i] (+ b[o], then ReLU).
void linear(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs, const View& x,
            const View& weight, const View* bias, const View& y, bool relu = false);
/// dx[n][i] = sum_o w[o][i] dy[n][o].
void linearInputGradient(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs,
                         const View& dy, const View& weight, const View& dx);
/// dw[o][i] = sum_n dy[n][o] x[n][i]. Lanes past the batch must be 0 in dy and finite in x.
void linearWeightGradient(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs,
                          const View& x, const View& dy, const View& dw);

}  // namespace filigree::vulkan
