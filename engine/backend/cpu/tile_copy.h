// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend::cpu {

/// x.tiled(tile), which copies f32 faster: rows are transposed in registers, tiles of whole vectors are copied vector
/// by vector. Lanes past the batch are finite.
Tensor inTiles(const Tensor& x, int tile);

}  // namespace filigree::backend::cpu
