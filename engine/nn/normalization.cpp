// SPDX-License-Identifier: Apache-2.0
#include "nn/normalization.h"

namespace filigree::nn {

BatchNorm::BatchNorm(std::int64_t channels, Then then, double momentum, double epsilon)
    : then_(then),
      momentum_(momentum),
      epsilon_(epsilon),
      weight_(addParameter("weight", Tensor::full({channels}, 1), false)),
      bias_(addParameter("bias", Tensor::zeros({channels}), false)),
      runningMean_(addBuffer("running_mean", Tensor::zeros({channels}))),
      runningVariance_(addBuffer("running_var", Tensor::full({channels}, 1))) {}

autograd::BatchNormOptions BatchNorm::options() const {
    return {.training = training(),
            .momentum = momentum_,
            .epsilon = epsilon_,
            .relu = then_ != Then::Nothing,
            .maxPool = then_ == Then::ReluAndMaxPool};
}

autograd::Variable BatchNorm::forward(const autograd::Variable& x, const autograd::Variable& added) {
    return autograd::batchNorm(x, weight_, bias_, runningMean_, runningVariance_, options(), added);
}

autograd::Variable BatchNorm::forwardWith(const autograd::ConvolutionOperand& weight,
                                          const backend::Conv2dOptions& convolution,
                                          const autograd::Variable& x, const autograd::Variable& added) {
    return autograd::convolutionBatchNorm(x, weight, convolution, weight_, bias_, runningMean_,
                                          runningVariance_, options(), added);
}

void BatchNorm::initializeSelf(std::uint64_t, const Initialization&) {
    weight_.mutableValue().fill(1);
    bias_.mutableValue().fill(0);
    runningMean_.fill(0);
    runningVariance_.fill(1);
}

LayerNorm::LayerNorm(const Shape& shape, double epsilon)
    : epsilon_(epsilon),
      weight_(addParameter("weight", Tensor::full(shape, 1), false)),
      bias_(addParameter("bias", Tensor::zeros(shape), false)) {}

autograd::Variable LayerNorm::forward(const autograd::Variable& x) {
    return autograd::layerNorm(x, weight_, bias_, epsilon_);
}

void LayerNorm::initializeSelf(std::uint64_t, const Initialization&) {
    weight_.mutableValue().fill(1);
    bias_.mutableValue().fill(0);
}

}  // namespace filigree::nn
