// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"
#include "backend/pooling.h"

namespace filigree::autograd {

using backend::Pool2dOptions;

// Pooling over the last two axes of x [N, C, H, W]; sizes round down. A batch-tiled x gives a batch-tiled
// result. All throw Error (Run) naming the shapes when the window does not fit.

/// Maximum of each window; the gradient goes to the first maximum in row-major order.
Variable maxPool2d(const Variable& x, const Pool2dOptions& options = {});

/// Mean of each window, padding zeros included.
Variable averagePool2d(const Variable& x, const Pool2dOptions& options = {});

/// Mean over height and width, [N, C].
Variable globalAveragePool2d(const Variable& x);

}  // namespace filigree::autograd
