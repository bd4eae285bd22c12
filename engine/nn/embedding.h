// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/module.h"

namespace filigree::nn {

/// One row of weight [count, width] for each id of an i32 or i64 tensor of any shape: [ids…, width].
class Embedding final : public Module {
  public:
    Embedding(std::int64_t count, std::int64_t width);
    autograd::Variable forward(const autograd::Variable& ids) override;

  protected:
    /// N(0, 1), whatever `how` says.
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    autograd::Variable weight_;
};

}  // namespace filigree::nn
