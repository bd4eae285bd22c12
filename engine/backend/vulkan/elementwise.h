// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/elementwise.h"
#include "backend/vulkan/stream.h"

namespace filigree::vulkan {

// Functions of backend/elementwise.h over arrays of f32. Error against f64, relative to the largest term of
// the formula: 2e-6 (GELU, tanh, power), 1e-6 (others); exp, log as the driver has them (Vulkan: 3 + 2 |x|
// units in the last place).

/// y = function(x, a, b); `y` may be `x`.
void apply(Stream& stream, backend::Unary function, const View& x, const View& y, float a = 0, float b = 0);
/// dx = gradient function'(x), y = function(x); `dx` may be `gradient`. For ReLU `y` alone decides, so that
/// `x` may be `y`.
void applyDerivative(Stream& stream, backend::Unary function, const View& gradient, const View& x,
                     const View& y, const View& dx, float a = 0, float b = 0);
/// c[i] = a[i] op b[i / inner % period]; `c` may be `a`. A bias per feature of batch-tiled memory has inner =
/// tile and period = features. Throws Error (Run) if b does not have `period` numbers.
void apply(Stream& stream, backend::Binary function, const View& a, const View& b, const View& c,
           std::uint64_t inner, std::uint64_t period);
/// Two arrays of one shape.
void apply(Stream& stream, backend::Binary function, const View& a, const View& b, const View& c);

}  // namespace filigree::vulkan
