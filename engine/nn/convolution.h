// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/convolution.h"
#include "nn/module.h"

namespace filigree::nn {

/// Convolution of images [N, in, H, W]. Parameters weight [out, in / groups, kernel, kernel] and bias [out].
class Conv2d final : public Module {
  public:
    Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel,
           const autograd::Conv2dOptions& options = {}, bool bias = true);
    autograd::Variable forward(const autograd::Variable& x) override;

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

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    autograd::Conv2dOptions options_;
    std::shared_ptr<sparse::SparseWeight> weight_;
    autograd::Variable bias_;
};

}  // namespace filigree::nn
