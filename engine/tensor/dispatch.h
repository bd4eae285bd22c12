// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "tensor/tensor.h"

namespace filigree {

/// Calls body(T{}) with the C++ type of any dtype.
template <typename Body>
auto dispatch(DType type, Body&& body) {
    switch (type) {
        case DType::F32:
            return body(float{});
        case DType::F64:
            return body(double{});
        case DType::I32:
            return body(std::int32_t{});
        case DType::I64:
            return body(std::int64_t{});
        case DType::U8:
            break;
    }
    return body(std::uint8_t{});
}

}  // namespace filigree
