// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "backend/convolution.h"
#include "backend/normalization.h"
#include "backend/sparse_pattern.h"

namespace filigree::backend {

/// The weight of a convolution [O, C, kh, kw] of one group: all of it, or one value per edge of a pattern O x
/// (C kh kw).
struct ConvolutionWeight {
    Shape shape;
    Tensor values;
    std::optional<SparsePattern> pattern;
    /// Edges that the forward product goes over, if not all, the values of the others being 0. Rows alone are
    /// read. The result has the same bits.
    std::optional<SparsePattern> forward;
    Tensor forwardValues;
};

/// A convolution and the batch norm behind it (training: statistics of the batch), computed together. Where
/// connections are few, the result of the convolution is never kept: its statistics and what a max pool
/// leaves of it are taken while a strip of it lies in the cache, and the way back computes the strip anew.
struct NormalizedConvolution {
    Tensor y;  ///< pool(relu(batchNorm(convolution(x)) + added)) as `tail` says, batch-tiled
    ChannelStatistics statistics;
    Tensor convolved;  ///< convolution(x), unless it is cheaper to compute it again
    Tensor extremes;   ///< of the windows of a pool, where y does not tell
    Tensor images;     ///< x in tiles of 16
};

/// True if the two functions below do it: f32, a batch of at least 8 images, one group, a sparse weight, or a
/// dense one with few taps whose input needs no gradient. For all else call the single functions.
bool canNormalizeConvolution(const Tensor& x, const ConvolutionWeight& weight, const Conv2dOptions& options,
                             const NormalizationTail& tail, bool wantsInputGradient);

/// x [N, C, H, W] in any memory order, gamma and beta [O], `added` of the shape of the convolution's result
/// or undefined. The bits do not depend on the number of threads.
NormalizedConvolution normalizedConvolution(const Tensor& x, const ConvolutionWeight& weight,
                                            const Conv2dOptions& options, const Tensor& gamma,
                                            const Tensor& beta, double epsilon, const NormalizationTail& tail,
                                            const Tensor& added);

struct NormalizedConvolutionGradients {
    Tensor x;       ///< undefined if not wanted
    Tensor values;  ///< of the shape of the weight's values
    Tensor gamma, beta;
    Tensor added;  ///< undefined if nothing was added
};
/// Gradients, `result` being what normalizedConvolution returned for the same arguments. The bits do not
/// depend on the number of threads.
NormalizedConvolutionGradients normalizedConvolutionBackward(
    const Tensor& x, const ConvolutionWeight& weight, const Conv2dOptions& options, const Tensor& gamma,
    const Tensor& beta, double epsilon, const NormalizationTail& tail, bool hasAdded,
    const NormalizedConvolution& result, const Tensor& gradY, bool wantsInput);

}  // namespace filigree::backend
