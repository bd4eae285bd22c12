// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

/// A window over the last two axes (height, width), with zero (average) or ignored (maximum) padding.
struct Pool2dOptions {
    std::array<std::int64_t, 2> kernel{2, 2};
    std::array<std::int64_t, 2> stride{2, 2};
    std::array<std::int64_t, 2> padding{0, 0};
};

/// Shape [N, C, H', W'] with H' = (H + 2 padding - kernel) / stride + 1 rounded down. Throws Error (Run)
/// naming `function` when x is not of rank 4, the window does not fit or the padding exceeds half the kernel.
Shape poolShape(const char* function, const Shape& x, const Pool2dOptions& options);

// All results keep the memory order of their first argument if it is batch-tiled and are contiguous
// otherwise.

/// Maximum over each window of x [N, C, H, W]. NaN wins.
Tensor maxPool2d(const Tensor& x, const Pool2dOptions& options);
/// Each gradient goes to the first maximum of its window in row-major order, recomputed from x.
Tensor maxPool2dGradient(const Tensor& x, const Tensor& gradY, const Pool2dOptions& options);

/// Sum over each window divided by the size of the kernel, padding included.
Tensor averagePool2d(const Tensor& x, const Pool2dOptions& options);
Tensor averagePool2dGradient(const Tensor& gradY, const Shape& xShape, const Pool2dOptions& options);

/// Mean over height and width: x [N, C, H, W] to [N, C].
Tensor globalAveragePool2d(const Tensor& x);
Tensor globalAveragePool2dGradient(const Tensor& gradY, const Shape& xShape);

}  // namespace filigree::backend
