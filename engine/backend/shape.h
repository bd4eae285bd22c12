// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "tensor/tensor.h"

namespace filigree::backend {

/// Joins tensors of the same dtype along one axis; all other sizes must agree. Throws Error (Run) naming the
/// shapes.
Tensor concatenate(std::span<const Tensor> parts, int axis);

/// Zeros around the last two axes of x [.., H, W] -> [.., top + H + bottom, left + W + right].
struct Padding2d {
    std::int64_t top = 0, bottom = 0, left = 0, right = 0;
};
Tensor pad2d(const Tensor& x, const Padding2d& padding);

}  // namespace filigree::backend
