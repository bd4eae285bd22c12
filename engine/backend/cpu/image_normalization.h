// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/cpu/image_kernels.h"
#include "backend/normalization.h"

namespace filigree::backend::cpu {

/// True for f32 images [N, C, H, W] tiled by imageTile.
inline bool areImages(const Tensor& x) {
    return x.rank() == 4 && x.dtype() == DType::F32 && x.tile() == imageTile;
}

/// Mean and biased variance of each channel of such images in one pass over memory: of each plane, then
/// combined pairwise (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983,
/// equation 2.1).
ChannelStatistics imageStatistics(const Tensor& x);

}  // namespace filigree::backend::cpu
