// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <limits>
#include <type_traits>

#include "tensor/tensor.h"

namespace filigree {

/// `value` as a To. A floating value that an integer cannot hold becomes the nearest one that it can; NaN
/// becomes 0.
template <typename To, typename From>
To convertElement(From value) {
    if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        using Limits = std::numeric_limits<To>;
        // The first value that is too large: a power of two, so exact in every floating type.
        constexpr From end = 2 * static_cast<From>(Limits::max() / 2 + 1);
        if (!(value < end)) return std::isnan(value) ? To{0} : Limits::max();
        return value <= static_cast<From>(Limits::lowest()) ? Limits::lowest() : static_cast<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

/// Copies the elements of `from` to the memory of `to`: same shape (checked by the caller), any dtypes and
/// memory orders. Threaded. Lanes past the batch of a batch-tiled target are not touched, except that memory
/// of the same type and order is copied as it is.
void copyElements(Tensor& to, const Tensor& from);

}  // namespace filigree
