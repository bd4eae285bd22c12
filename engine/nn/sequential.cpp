// SPDX-License-Identifier: Apache-2.0
#include "nn/sequential.h"

#include "autograd/shape.h"
#include "nn/convolution.h"

namespace filigree::nn {

autograd::Variable Sequential::forward(const autograd::Variable& x) {
    return through(x, order_.size());
}

autograd::Variable Sequential::beforeLast(const autograd::Variable& x) {
    return through(x, order_.empty() ? 0 : order_.size() - 1);
}

autograd::Variable Sequential::through(const autograd::Variable& x, std::size_t count) {
    autograd::Variable value = x;
    for (std::size_t i = 0; i < count; ++i) {
        auto* const norm = i + 1 < count ? dynamic_cast<BatchNorm*>(order_[i + 1]) : nullptr;
        if (norm) {
            value = convolveAndNormalize(*order_[i], *norm, value);
            ++i;
        } else {
            value = call(*order_[i], value);
        }
    }
    return value;
}

autograd::Variable Flatten::forward(const autograd::Variable& x) {
    return autograd::flatten(x, 1);
}

}  // namespace filigree::nn
