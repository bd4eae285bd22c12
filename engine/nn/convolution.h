// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/convolution.h"
#include "nn/module.h"
#include "nn/normalization.h"

namespace filigree::nn {

/// Convolution of images [N, in, H, W]. Parameters weight [out, in / groups, kernel, kernel] and bias [out].
class Conv2d final : public Module {
  public:
    Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel,
           const autograd::Conv2dOptions& options = {}, bool bias = true);
    autograd::Variable forward(const autograd::Variable& x) override;
    const autograd::Conv2dOptions& options() const { return options_; }
    /// The weight for a batch norm that computes along; none if there is a bias.
    std::optional<autograd::ConvolutionOperand> operand() const;

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    autograd::Conv2dOptions options_;
    autograd::Variable weight_;
    autograd::Variable bias_;
};

/// Convolution over the non-zeros of the weight. Parameters weight (one value per edge) and bias [out].
class SparseConv2d final : public Module {
  public:
    /// The weight has the dense shape [out, in, kh, kw]; throws Error (Run) otherwise, and for groups other
    /// than 1.
    explicit SparseConv2d(std::shared_ptr<sparse::SparseWeight> weight,
                          const autograd::Conv2dOptions& options = {}, bool bias = true);
    autograd::Variable forward(const autograd::Variable& x) override;
    const autograd::Conv2dOptions& options() const { return options_; }
    /// The weight for a batch norm that computes along; none if there is a bias or the layer multiplies
    /// densely.
    std::optional<autograd::ConvolutionOperand> operand() const;

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    autograd::Conv2dOptions options_;
    std::shared_ptr<sparse::SparseWeight> weight_;
    autograd::Variable bias_;
};

/// norm(convolution(x) + added before its ReLU), computed together where that is faster. `convolution` may be
/// any module.
autograd::Variable convolveAndNormalize(Module& convolution, BatchNorm& norm, const autograd::Variable& x,
                                        const autograd::Variable& added = {});

}  // namespace filigree::nn
