// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "backend/cpu/image_kernels.h"
#include "backend/normalization.h"

namespace filigree::backend::cpu {

/// True for f32 images [N, C, H, W] tiled by imageTile.
inline bool areImages(const Tensor& x) {
    return !x.onDevice() && x.rank() == 4 && x.dtype() == DType::F32 && x.tile() == imageTile;
}

/// Mean and biased variance of each channel of such images in one pass over memory: of each plane, then
/// combined pairwise.
ChannelStatistics imageStatistics(const Tensor& x);

/// Number, mean and sum of squared deviations from it of some values; those of the parts give those of the
/// whole (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983, equation 2.1).
struct Moments {
    double count = 0, mean = 0, squares = 0;
    void add(const Moments& other);
};
/// Of the first `lanes` images of pixels that lie one after another.
Moments momentsOf(const float* plane, std::int64_t pixels, std::int64_t lanes);

/// z of each channel.
std::vector<NormalizedPlane> normalizedPlanes(const ChannelStatistics& statistics, const Tensor& gamma,
                                              const Tensor& beta, double epsilon, bool relu);

/// True if x - mean follows from z well enough: the scale is not too small beside the shift.
bool givesInputBack(const NormalizedPlane& n);

/// What a batch norm was computed from: all of x, or, before a max pool, the value of each window that the
/// pool comes from (windowExtremes). With a pool, neither is needed if every channel `givesInputBack`.
struct NormalizedInput {
    const float* x = nullptr;
    const float* extremes = nullptr;
};

/// The way back of a batch norm with its tail but for the last pass, which makes dx from `planes`, x and
/// `gradient`.
struct NormalizationBackward {
    std::vector<NormalizedPlane> planes;
    Tensor gradient;  ///< of the result, or of z where something was added; batch-tiled
    Tensor added;     ///< gradient of what was added, undefined if nothing was
    Tensor gamma, beta;
};
NormalizationBackward normalizationBackward(const Shape& shape, const NormalizedInput& input,
                                            const ChannelStatistics& statistics, const Tensor& gamma,
                                            const Tensor& beta, double epsilon, const NormalizationTail& tail,
                                            bool hasAdded, const Tensor& y, const Tensor& gradY,
                                            bool statisticsOfX);

}  // namespace filigree::backend::cpu
