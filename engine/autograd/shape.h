// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "autograd/variable.h"
#include "backend/shape.h"

namespace filigree::autograd {

using backend::Padding2d;

/// Same elements in another shape; one size may be -1.
Variable reshape(const Variable& x, const Shape& shape);
/// Axes in a new order.
Variable permute(const Variable& x, const std::vector<int>& order);
/// Swaps two axes.
Variable transpose(const Variable& x, int a, int b);
/// Elements first … last-1 (every step-th) of one axis.
Variable slice(const Variable& x, int axis, std::int64_t first, std::int64_t last, std::int64_t step = 1);
/// Joins along an existing axis.
Variable concatenate(const std::vector<Variable>& parts, int axis);
/// Joins tensors of the same shape along a new axis.
Variable stack(const std::vector<Variable>& parts, int axis);
/// Repeats axes of size 1.
Variable expand(const Variable& x, const Shape& shape);
/// Joins all axes from `fromAxis` on: [N, C, H, W] -> [N, C H W].
Variable flatten(const Variable& x, int fromAxis = 1);
/// Zeros around the last two axes.
Variable pad2d(const Variable& x, const Padding2d& padding);

}  // namespace filigree::autograd
