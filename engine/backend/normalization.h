// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend {

/// Mean and biased variance of each channel, both f64 [C].
struct ChannelStatistics {
    Tensor mean;
    Tensor variance;
};

/// Statistics over all axes of x [N, C] or [N, C, H, W] but the channel, from sums in double over fixed
/// blocks (first the mean, then the squared deviations). Lanes that pad a batch tile do not count. Throws
/// Error (Run) without elements.
ChannelStatistics channelStatistics(const Tensor& x);

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta per channel, in the memory order of x.
/// Statistics f64 [C]; gamma and beta [C] of the type of x.
Tensor batchNorm(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                 const Tensor& beta, double epsilon);

/// What directly follows a batch norm and is computed with it in one pass.
struct NormalizationTail {
    bool relu = false;
    bool maxPool = false;  ///< 2 x 2 windows after a ReLU, rounded down; x [N, C, H, W] with H, W >= 2
};

/// y = pool(relu(batchNorm(x) + added)), each as `tail` says; `added` has the shape of x or is undefined, and
/// there is none before a pool. One pass over f32 images tiled by 16, the single functions one after another
/// for all else.
Tensor batchNorm(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                 const Tensor& beta, double epsilon, const NormalizationTail& tail, const Tensor& added);

struct NormalizationGradient {
    Tensor x;
    Tensor gamma;
    Tensor beta;
};

/// Gradients of batchNorm. If `statisticsOfX` the statistics are those of x itself (training) and its
/// gradient runs through them, else they are constants.
NormalizationGradient batchNormGradient(const Tensor& x, const ChannelStatistics& statistics,
                                        const Tensor& gamma, const Tensor& gradY, double epsilon,
                                        bool statisticsOfX);

struct TailGradient {
    NormalizationGradient norm;
    Tensor added;  ///< undefined if nothing was added
};

/// Gradients of batchNorm with a tail, y being its result.
TailGradient batchNormGradient(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                               const Tensor& beta, double epsilon, const NormalizationTail& tail,
                               const Tensor& added, const Tensor& y, const Tensor& gradY, bool statisticsOfX);

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta with mean and biased variance of each row, where a
/// row spans the last axes of x, those of gamma's shape. beta has the shape of gamma. Contiguous result.
Tensor layerNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon);
NormalizationGradient layerNormGradient(const Tensor& x, const Tensor& gamma, const Tensor& gradY,
                                        double epsilon);

}  // namespace filigree::backend
