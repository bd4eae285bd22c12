// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "autograd/variable.h"

namespace filigree::autograd {

// Indices are I32 or I64 tensors; one outside its axis throws Error (Run).

/// Rows of weight[V, D]: ids [..] -> [.., D].
Variable embedding(const Variable& weight, const Tensor& ids);
/// result[.., i, ..] = x[.., index[.., i, ..], ..] along one axis; the shapes agree in all other axes.
Variable gather(const Variable& x, int axis, const Tensor& index);
/// The slices ids[E] of one axis.
Variable indexSelect(const Variable& x, int axis, const Tensor& ids);
/// Zeros of `shape` with result[.., index[.., i, ..], ..] += source[.., i, ..].
Variable scatterAdd(const Shape& shape, int axis, const Tensor& index, const Variable& source);

// Rows of x[E, D] that share a segment id (0 … count-1, in any order) -> [count, D]; an empty segment gives
// 0.
Variable segmentSum(const Variable& x, const Tensor& ids, std::int64_t count);
Variable segmentMean(const Variable& x, const Tensor& ids, std::int64_t count);
/// The gradient goes to the first of equal maxima.
Variable segmentMax(const Variable& x, const Tensor& ids, std::int64_t count);

}  // namespace filigree::autograd
