// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/parallel.h"
#include "tensor/tensor.h"

namespace filigree::backend::cpu {

/// Elements below which a part of a loop is not worth a thread.
inline constexpr std::int64_t elementGrain = 16384;

/// Iterations of a loop whose body touches `elementsEach` that make a part worth a thread.
inline std::int64_t grainOf(std::int64_t elementsEach) {
    return std::max<std::int64_t>(1, elementGrain / std::max<std::int64_t>(1, elementsEach));
}

/// Sets the lanes past the batch of batch-tiled memory to zero, so that what a function made of them cannot
/// become infinite or NaN further on. Does nothing for other memory.
template <typename T>
void clearPadding(Tensor& x) {
    const std::int64_t tile = x.tile();
    if (tile == 0 || x.elements() == 0) return;
    const std::int64_t used = x.dim(0) % tile;
    if (used == 0) return;
    const std::int64_t rest = x.elements() / x.dim(0);
    T* const last = x.data<T>() + (x.dim(0) / tile) * rest * tile;
    for (std::int64_t r = 0; r < rest; ++r) std::fill(last + r * tile + used, last + (r + 1) * tile, T{});
}

/// Bytes of some operands and results together, for a profile.
template <typename... Tensors>
double bytesOf(const Tensors&... tensors) {
    return static_cast<double>((tensors.bytes() + ... + 0));
}

/// A tensor as [outer, size, inner] around one axis, in contiguous memory.
struct AxisView {
    AxisView(const Shape& shape, int axis) : size(shape[axis]) {
        for (int i = 0; i < axis; ++i) outer *= shape[i];
        for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
    }
    std::int64_t outer = 1, size, inner = 1;
};

}  // namespace filigree::backend::cpu
