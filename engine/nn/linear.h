// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/module.h"

namespace filigree::nn {

/// y = x W^T + b; x [N, …, in], y [N, …, out]. Parameters weight [out, in] and bias [out].
class Linear final : public Module {
  public:
    Linear(std::int64_t in, std::int64_t out, bool bias = true);
    autograd::Variable forward(const autograd::Variable& x) override;

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    autograd::Variable weight_;
    autograd::Variable bias_;
};

/// y = x W^T + b over the non-zeros of W, and max(0, y) if `rectified`; x [N, in], y [N, out]. Parameters
/// weight (one value per edge) and bias [out].
class SparseLinear final : public Module {
  public:
    /// The weight has the dense shape [out, in]; throws Error (Run) otherwise.
    explicit SparseLinear(std::shared_ptr<sparse::SparseWeight> weight, bool bias = true,
                          bool rectified = false);
    autograd::Variable forward(const autograd::Variable& x) override;

  protected:
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    std::shared_ptr<sparse::SparseWeight> weight_;
    autograd::Variable bias_;
    bool rectified_;
};

}  // namespace filigree::nn
