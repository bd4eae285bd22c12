// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "autograd/variable.h"
#include "backend/convolution_norm.h"

namespace filigree::autograd {

struct BatchNormOptions {
    /// True: normalise with the statistics of the batch and move the running statistics towards them.
    bool training = true;
    /// running <- (1 - momentum) running + momentum batch.
    double momentum = 0.1;
    double epsilon = 1e-5;
    /// What follows and is computed along: a ReLU, and after it a 2 x 2 max pool.
    bool relu = false;
    bool maxPool = false;
};

/// Batch normalisation (Ioffe and Szegedy, ICML 2015, algorithm 1) of x [N, C] or [N, C, H, W] over all axes
/// but the channel: y = (x - mean) / sqrt(variance + epsilon) gamma + beta, all vectors [C]. The biased
/// variance normalises; the unbiased one enters `runningVariance`. The running tensors are changed in place,
/// in training only. With `added` (shape of x) the result is that of y + added, before the ReLU if there is
/// one; not together with a pool. Throws Error (Run) naming the shapes when they do not fit, and for one
/// value per channel in training.
Variable batchNorm(const Variable& x, const Variable& gamma, const Variable& beta, Tensor& runningMean,
                   Tensor& runningVariance, const BatchNormOptions& options = {}, const Variable& added = {});

/// The weight of a convolution without a bias, for the function below.
struct ConvolutionOperand {
    Variable values;  ///< [O, C, kh, kw], or one per edge of the pattern
    Shape shape;
    std::optional<backend::SparsePattern> pattern;
    std::shared_ptr<const void> owner;  ///< keeps the pattern alive
    /// If set, called in the backward pass with the convolution's input and a function that computes the
    /// gradient of its result.
    std::function<void(const Tensor& x, const std::function<Tensor()>& outputGradient)> observe;
    /// Connections that the forward product goes over, if not all: the values of the others are 0.
    struct Forward {
        backend::SparsePattern pattern;
        Tensor values;
        std::shared_ptr<const void> owner;
    };
    std::optional<Forward> forward;
};

/// batchNorm(convolution(x)) in training, computed together: see backend/convolution_norm.h. Undefined where
/// that does not cover it; then call one after the other.
Variable convolutionBatchNorm(const Variable& x, const ConvolutionOperand& weight,
                              const backend::Conv2dOptions& convolution, const Variable& gamma,
                              const Variable& beta, Tensor& runningMean, Tensor& runningVariance,
                              const BatchNormOptions& options, const Variable& added = {});

/// Layer normalisation (Ba, Kiros and Hinton, 2016) over the last axes of x, those of gamma's shape, with the
/// biased variance. beta has the shape of gamma.
Variable layerNorm(const Variable& x, const Variable& gamma, const Variable& beta, double epsilon = 1e-5);

}  // namespace filigree::autograd
