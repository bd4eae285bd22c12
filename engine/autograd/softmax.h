// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"

namespace filigree::autograd {

/// exp(x_i) / sum_j exp(x_j) along one axis, without overflow.
Variable softmax(const Variable& x, int axis);
/// x_i - log sum_j exp(x_j) along one axis.
Variable logSoftmax(const Variable& x, int axis);

}  // namespace filigree::autograd
