// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"
#include "backend/sparse_linear.h"

namespace filigree::autograd {

/// a[m, k] b[k, n] -> [m, n].
Variable matmul(const Variable& a, const Variable& b);
/// a[B, m, k] b[B, k, n] -> [B, m, n].
Variable batchedMatmul(const Variable& a, const Variable& b);
/// x[N.., in] weight[out, in]^T + bias[out] -> [N.., out]; `bias` may be undefined.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});

/// How a linear layer's backward should treat the gradient of an input, and where it goes: for layers that
/// follow a rectified one, with what that one needs. `kept`: the layer's own copy of the input's value, if it
/// has one.
backend::InputGradient wantedInputGradient(const Variable& input, const Tensor& kept = {});
void accumulateInputGradient(Variable& input, Tensor gradient, Tensor sums);

}  // namespace filigree::autograd
