// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend {

/// a + b with broadcasting. Same dtype; a result of two tensors in the same memory order keeps that order.
Tensor add(const Tensor& a, const Tensor& b);

}  // namespace filigree::backend
