// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend {

// The maximum is subtracted first, so no finite input overflows.

/// exp(x_i) / sum_j exp(x_j) along one axis.
Tensor softmax(const Tensor& x, int axis);
/// y (g - sum_j g_j y_j) with y = softmax(x): the gradient with respect to x.
Tensor softmaxBackward(const Tensor& gradient, const Tensor& y, int axis);

/// x_i - log sum_j exp(x_j) along one axis.
Tensor logSoftmax(const Tensor& x, int axis);
/// g - exp(y) sum_j g_j with y = logSoftmax(x): the gradient with respect to x.
Tensor logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis);

}  // namespace filigree::backend
