// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"

namespace filigree::autograd {

/// a[m, k] b[k, n] -> [m, n].
Variable matmul(const Variable& a, const Variable& b);
/// a[B, m, k] b[B, k, n] -> [B, m, n].
Variable batchedMatmul(const Variable& a, const Variable& b);
/// x[N.., in] weight[out, in]^T + bias[out] -> [N.., out]; `bias` may be undefined.
Variable linear(const Variable& x, const Variable& weight, const Variable& bias = {});

}  // namespace filigree::autograd
