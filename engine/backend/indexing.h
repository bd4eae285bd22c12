// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace filigree::backend {

// Indices are I32 or I64; one outside its axis throws Error (Run) with the index and the size. Sums add in
// ascending order of the source index whatever the number of threads.

/// The slices `ids` (1-D) of x along one axis: x [.., A, ..] -> [.., ids, ..].
Tensor indexSelect(const Tensor& x, int axis, const Tensor& ids);
/// Zeros of `shape` to which slice e of `source` along the axis is added at ids[e]: the gradient of
/// indexSelect.
Tensor indexAdd(const Shape& shape, int axis, const Tensor& ids, const Tensor& source);

/// result[.., i, ..] = x[.., index[.., i, ..], ..] along one axis; the shapes agree in all other axes.
Tensor gather(const Tensor& x, int axis, const Tensor& index);
/// Zeros of `shape` with result[.., index[.., i, ..], ..] += source[.., i, ..].
Tensor scatterAdd(const Shape& shape, int axis, const Tensor& index, const Tensor& source);

/// Number of ids equal to 0 … count-1, in the floating dtype given.
Tensor segmentCount(const Tensor& ids, std::int64_t count, DType type);

struct SegmentMaximum {
    Tensor value;  ///< [count, D], 0 for an empty segment
    Tensor index;  ///< I64 [count, D]: the row that gave the value (the first of equals), -1 for an empty
                   ///< segment
};
/// Maximum of the rows of x[E, D] that share a segment id[E].
SegmentMaximum segmentMax(const Tensor& x, const Tensor& ids, std::int64_t count);

}  // namespace filigree::backend
