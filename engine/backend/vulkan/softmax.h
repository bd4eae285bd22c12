// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

// Functions of backend/softmax.h along the middle axis of [outer][length][inner]. Absolute error against f64:
// 1e-6 times 1 + the largest |x| (the logarithm), 1e-6 (the others, of gradients of size 1).
struct AxisShape {
    std::uint64_t outer = 1, length = 0, inner = 1;
};
void softmax(Stream& stream, const AxisShape& shape, const View& x, const View& y);
void softmaxBackward(Stream& stream, const AxisShape& shape, const View& gradient, const View& y,
                     const View& dx);
void logSoftmax(Stream& stream, const AxisShape& shape, const View& x, const View& y);
void logSoftmaxBackward(Stream& stream, const AxisShape& shape, const View& gradient, const View& y,
                        const View& dx);

}  // namespace filigree::vulkan
