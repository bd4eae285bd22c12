// SPDX-License-Identifier: Apache-2.0
#include "nn/sequential.h"

#include "autograd/shape.h"

namespace filigree::nn {

autograd::Variable Sequential::forward(const autograd::Variable& x) {
    autograd::Variable value = x;
    for (Module* module : order_) value = call(*module, value);
    return value;
}

autograd::Variable Flatten::forward(const autograd::Variable& x) {
    return autograd::flatten(x, 1);
}

}  // namespace filigree::nn
