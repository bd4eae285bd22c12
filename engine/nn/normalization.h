// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/normalization.h"
#include "nn/module.h"

namespace filigree::nn {

/// Batch normalisation of [N, channels] or [N, channels, H, W]: parameters weight (scale) and bias (shift),
/// buffers running_mean and running_var. Evaluation uses the running statistics. What follows it can be
/// computed along: a ReLU, and after that a 2 x 2 max pool.
class BatchNorm final : public Module {
  public:
    enum class Then { Nothing, Relu, ReluAndMaxPool };

    explicit BatchNorm(std::int64_t channels, Then then = Then::Nothing, double momentum = 0.1,
                       double epsilon = 1e-5);
    autograd::Variable forward(const autograd::Variable& x) override { return forward(x, {}); }
    /// `added` is added to the normalised x, before the ReLU if there is one; not with a pool.
    autograd::Variable forward(const autograd::Variable& x, const autograd::Variable& added);
    /// The same of a convolution of x, computed together with it; undefined where that is not possible.
    autograd::Variable forwardWith(const autograd::ConvolutionOperand& weight,
                                   const backend::Conv2dOptions& convolution, const autograd::Variable& x,
                                   const autograd::Variable& added);

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;
    void setStatisticsMomentumSelf(double momentum) override { momentum_ = momentum; }

  private:
    autograd::BatchNormOptions options() const;

    Then then_;
    double momentum_;
    double epsilon_;
    autograd::Variable weight_;
    autograd::Variable bias_;
    Tensor runningMean_;
    Tensor runningVariance_;
};

/// Layer normalisation over the last axes of x, of the given shape: parameters weight and bias of that shape.
class LayerNorm final : public Module {
  public:
    explicit LayerNorm(const Shape& shape, double epsilon = 1e-5);
    autograd::Variable forward(const autograd::Variable& x) override;

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    double epsilon_;
    autograd::Variable weight_;
    autograd::Variable bias_;
};

}  // namespace filigree::nn
