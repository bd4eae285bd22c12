// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace filigree::backend {

// Sums accumulate in double over blocks of fixed size: the bits do not depend on the number of threads.

/// Sum over the given axes (negative ones count from the end; all when empty). `keepAxes` leaves axes of
/// size 1. The sum over no elements is 0. Throws Error (Run) for an axis that does not exist or appears
/// twice.
Tensor sum(const Tensor& x, std::span<const int> axes = {}, bool keepAxes = false);

/// Sums away what broadcasting from `shape` to x's shape repeated: the gradient of `broadcast`.
Tensor sumTo(const Tensor& x, const Shape& shape);

struct Maximum {
    Tensor value;  ///< dtype of x
    Tensor index;  ///< I64: first position of the maximum along the axis
};
/// Maximum along one axis (NaN if there is one). Throws Error (Run) if the axis is empty.
Maximum max(const Tensor& x, int axis, bool keepAxes = false);
/// Position of the first maximum along one axis (I64).
inline Tensor argmax(const Tensor& x, int axis, bool keepAxes = false) {
    return max(x, axis, keepAxes).index;
}

}  // namespace filigree::backend
