// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/convolution.h"
#include "backend/sparse_pattern.h"

namespace filigree::backend {

/// 2-D convolution over the edges of the weight alone, `pattern` being the matrix O x (C kh kw) of
/// `weightShape` [O, C, kh, kw]. x [N, C, H, W] in any memory order, values [edges], bias [O] or undefined; y
/// [N, O, H', W'] is batch-tiled for f32. Groups must be 1. Cost: 2 N H' W' edges operations. f64 is a plain
/// reference loop.
Tensor sparseConvolution(const Tensor& x, const SparsePattern& pattern, const Shape& weightShape,
                         const Tensor& values, const Tensor& bias, const Conv2dOptions& options);

struct SparseConvolutionGradients {
    Tensor x;       ///< undefined if not wanted
    Tensor values;  ///< [edges]
};
/// The bits do not depend on the number of threads.
SparseConvolutionGradients sparseConvolutionBackward(const Tensor& x, const Tensor& gradient,
                                                     const SparsePattern& pattern, const Shape& weightShape,
                                                     const Tensor& values, const Conv2dOptions& options,
                                                     bool wantsInput);

}  // namespace filigree::backend
