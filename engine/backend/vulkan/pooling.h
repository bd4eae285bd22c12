// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/convolution.h"

namespace filigree::vulkan {

// As backend/pooling.h defines them; `shape.outputs` is `shape.channels`. Maxima are exact, averages have an
// error against f64 of 1.2e-7 (kernel size) times the sum of magnitudes.

void maxPool(Stream& stream, const WindowShape& shape, const View& x, const View& y);
/// Each gradient goes to the first maximum of its window, found again from x.
void maxPoolGradient(Stream& stream, const WindowShape& shape, const View& x, const View& dy, const View& dx);
void averagePool(Stream& stream, const WindowShape& shape, const View& x, const View& y);
void averagePoolGradient(Stream& stream, const WindowShape& shape, const View& dy, const View& dx);

}  // namespace filigree::vulkan
