// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "nn/module.h"

namespace filigree::nn {

enum class ActivationKind { Relu, LeakyRelu, Gelu, GeluTanh, Silu, Tanh, Sigmoid, Softplus, Identity };

/// "relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "softplus", "identity".
const char* nameOf(ActivationKind kind);
/// Throws Error (Usage) listing the names.
ActivationKind activationFrom(std::string_view name);

/// The function itself, for models that need no module. LeakyRelu has slope 0.01.
autograd::Variable activate(ActivationKind kind, const autograd::Variable& x);

class Activation final : public Module {
  public:
    explicit Activation(ActivationKind kind) : kind_(kind) {}
    autograd::Variable forward(const autograd::Variable& x) override { return activate(kind_, x); }

  private:
    ActivationKind kind_;
};

}  // namespace filigree::nn
