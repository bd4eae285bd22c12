// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/sparse_pattern.h"
#include "tensor/tensor.h"

namespace filigree::backend {

/// y = x W^T + b over the edges of W alone. x [N, columns] in any memory order, values [edges], bias [rows]
/// or undefined; y [N, rows] is batch-tiled for f32. Cost: 2 N edges operations. f64 is a plain reference
/// loop.
Tensor sparseLinear(const Tensor& x, const SparsePattern& pattern, const Tensor& values, const Tensor& bias);

struct SparseLinearGradients {
    Tensor x;       ///< [N, columns], undefined if not wanted
    Tensor values;  ///< [edges]: at the edges alone (a sampled dense-dense product)
};
/// Both gradients in one pass over the transposed pattern. The bits do not depend on the number of threads.
SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                           const SparsePattern& pattern, const Tensor& values,
                                           bool wantsInput);

/// Sum of x [N, F] or [N, F, …] over all axes but the second: the gradient of a bias, [F].
Tensor featureSum(const Tensor& x);

}  // namespace filigree::backend
