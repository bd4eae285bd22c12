// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/convolution.h"

namespace filigree::backend::cpu {

// Dense convolution of one group on batch-tiled f32 images, as direct sums: a pixel of a tile is a whole
// vector, so kernel size, stride and padding cost nothing but what they are, and no memory order has to be
// changed between layers. Results are batch-tiled. Bits do not depend on the number of threads.

/// `bias` may be undefined.
Tensor convolveDirectly(const Tensor& x, const Tensor& weight, const Tensor& bias, const Shape& yShape,
                        const Conv2dOptions& options);
Tensor inputGradientDirectly(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                             const Conv2dOptions& options);
Tensor weightGradientDirectly(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                              const Conv2dOptions& options);

}  // namespace filigree::backend::cpu
