// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

/// Zero padding on both sides of each axis; axes are (height, width).
struct Conv2dOptions {
    std::array<std::int64_t, 2> stride{1, 1};
    std::array<std::int64_t, 2> padding{0, 0};
    std::int64_t groups = 1;
};

/// Shape [N, O, H', W'] of a convolution of x [N, C, H, W] with weight [O, C / groups, kh, kw]:
/// H' = (H + 2 padding - kh) / stride + 1 rounded down. Throws Error (Run) naming `function` and the shapes
/// when ranks, channels or groups do not fit, or when the kernel is larger than the padded image.
Shape convolutionShape(const char* function, const Shape& x, const Shape& weight,
                       const Conv2dOptions& options);

/// The images in the order in memory that the functions below read: whoever calls several of them with the
/// same images converts these once. Themselves where no order is better.
Tensor convolutionImages(const Tensor& images, const Conv2dOptions& options);

/// Cross-correlation as PyTorch's conv2d:
///   y[n, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] x[n, g C/groups + c, i s - p + u, j s -
///   p + v]
/// with g the group of o. x [N, C, H, W], weight [O, C / groups, kh, kw], bias [O] or undefined. The
/// result of f32, one group and a batch of at least 8 is batch-tiled, else strided. The same bits for the
/// same number of threads.
Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options);

/// Gradient with respect to x [N, C, H, W] = xShape.
Tensor convolutionInputGradient(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                                const Conv2dOptions& options);

/// Dense gradient with respect to the weight. It needs no weight, so that growth rules of sparse weights can
/// ask for it.
Tensor convolutionWeightGradient(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                                 const Conv2dOptions& options);

/// Gradient with respect to the bias: sum of gradY [N, O, H', W'] over all axes but the channel, [O].
Tensor convolutionBiasGradient(const Tensor& gradY);

}  // namespace filigree::backend
