// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/pooling.h"
#include "nn/module.h"

namespace filigree::nn {

class MaxPool2d final : public Module {
  public:
    explicit MaxPool2d(const autograd::Pool2dOptions& options = {}) : options_(options) {}
    autograd::Variable forward(const autograd::Variable& x) override;

  private:
    autograd::Pool2dOptions options_;
};

class AveragePool2d final : public Module {
  public:
    explicit AveragePool2d(const autograd::Pool2dOptions& options = {}) : options_(options) {}
    autograd::Variable forward(const autograd::Variable& x) override;

  private:
    autograd::Pool2dOptions options_;
};

/// [N, C, H, W] to [N, C].
class GlobalAveragePool final : public Module {
  public:
    autograd::Variable forward(const autograd::Variable& x) override;
};

}  // namespace filigree::nn
