// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"
#include "backend/convolution.h"

namespace filigree::autograd {

using backend::Conv2dOptions;

/// Cross-correlation y [N, O, H', W'] of x [N, C, H, W] with weight [O, C / groups, kh, kw], plus bias [O]
/// (which may be undefined); see backend/convolution.h. Throws Error (Run) naming the shapes when they do not
/// fit.
Variable conv2d(const Variable& x, const Variable& weight, const Variable& bias = {},
                const Conv2dOptions& options = {});

}  // namespace filigree::autograd
