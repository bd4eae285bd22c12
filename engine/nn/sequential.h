// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/module.h"

namespace filigree::nn {

/// Modules one after the other.
class Sequential final : public Module {
  public:
    /// Appends a module under a name and returns it.
    template <typename Child>
    Child& add(std::string name, std::unique_ptr<Child> child) {
        Child& reference = addChild(std::move(name), std::move(child));
        order_.push_back(&reference);
        return reference;
    }
    autograd::Variable forward(const autograd::Variable& x) override;
    /// What the last module is given; x itself for fewer than two.
    autograd::Variable beforeLast(const autograd::Variable& x);

  private:
    /// The first `count` modules.
    autograd::Variable through(const autograd::Variable& x, std::size_t count);

    std::vector<Module*> order_;
};

/// [N, a, b, …] to [N, a b …].
class Flatten final : public Module {
  public:
    autograd::Variable forward(const autograd::Variable& x) override;
};

}  // namespace filigree::nn
