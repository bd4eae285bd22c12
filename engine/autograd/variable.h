// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace filigree::autograd {

/// The gradient of the output of a rectified linear layer as the layer behind it may leave it for the first
/// layer's backward: 0 where the output is 0, with its sums over the batch. Counts only if it is the gradient
/// that arrives in the end (the same storage); where gradients of several consumers were added it is not.
struct RectifiedGradient {
    Tensor gradient;
    Tensor sums;
};

/// A tensor on the tape: its value, its gradient, and how it came about.
///
/// Copies share everything, so a Variable is a handle. A differentiable function computes a value and returns
/// `Variable::result(value, inputs, backward)`; `backward` receives the gradient of the loss with respect to
/// the result and calls `inputs[i].accumulate(…)` for each input that `needsGradient()`.
class Variable {
  public:
    using Backward = std::function<void(const Tensor& gradient, std::span<Variable> inputs)>;

    /// No value: defined() is false.
    Variable() = default;
    /// A leaf. Parameters have `needsGradient`, data do not.
    explicit Variable(Tensor value, bool needsGradient = false);
    /// The result of a differentiable function. If no input needs a gradient, or inside `NoGradient`, a plain
    /// leaf.
    static Variable result(Tensor value, std::vector<Variable> inputs, Backward backward);

    bool defined() const { return node_ != nullptr; }
    const Tensor& value() const;
    /// For optimisers and initialisation; must not be called between forward and backward.
    Tensor& mutableValue();
    const Shape& shape() const { return value().shape(); }
    std::int64_t dim(int axis) const { return value().dim(axis); }

    bool needsGradient() const;
    /// Freezes or thaws a leaf.
    void setNeedsGradient(bool needed);
    /// d loss / d value, undefined until `backward` has reached this variable. Only leaves keep it
    /// afterwards.
    const Tensor& gradient() const;
    void clearGradient();
    /// Replaces the gradient (gradient clipping, and rewiring, which changes the number of values).
    void setGradient(Tensor gradient);
    /// Adds to the gradient. The tensor may be shared with others: then it is never changed in place.
    /// Throws Error (Run) if its shape is not that of the value.
    void accumulate(Tensor gradient);

    /// Where consumers may leave a RectifiedGradient; null unless this is the output of a rectified linear
    /// layer.
    const std::shared_ptr<RectifiedGradient>& rectified() const;
    void setRectified(std::shared_ptr<RectifiedGradient> place);

    /// Runs the tape backwards from here with the given gradient (default: ones) and frees it.
    /// Gradients of leaves add to what they hold.
    void backward(Tensor gradient = {});

    /// The same value cut off from the tape.
    Variable detach() const { return Variable(value()); }
    /// True if both are handles of one variable.
    bool is(const Variable& other) const { return node_ == other.node_; }

  private:
    struct Node;
    std::shared_ptr<Node> node_;
};

/// While one lives, functions called by this thread record no tape (evaluation).
class NoGradient {
  public:
    NoGradient();
    ~NoGradient();
    NoGradient(const NoGradient&) = delete;
    NoGradient& operator=(const NoGradient&) = delete;
    static bool active();

  private:
    bool before_;
};

}  // namespace filigree::autograd
