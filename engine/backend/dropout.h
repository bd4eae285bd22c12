// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

/// Sets each element to zero with probability p (0 … 1) and multiplies the others by 1 / (1 - p). Source:
/// Srivastava et al., JMLR 15, 2014, with inverted scaling.
///
/// Which elements fall depends only on `key` and their index (Philox), neither on memory order nor on
/// threads, so the backward pass is the same call on the gradient and no mask is stored. Keeps batch-tiled
/// memory.
Tensor dropout(const Tensor& x, double p, std::uint64_t key);

}  // namespace filigree::backend
