// SPDX-License-Identifier: Apache-2.0
#include "nn/pooling.h"

namespace filigree::nn {

autograd::Variable MaxPool2d::forward(const autograd::Variable& x) {
    return autograd::maxPool2d(x, options_);
}

autograd::Variable AveragePool2d::forward(const autograd::Variable& x) {
    return autograd::averagePool2d(x, options_);
}

autograd::Variable GlobalAveragePool::forward(const autograd::Variable& x) {
    return autograd::globalAveragePool2d(x);
}

}  // namespace filigree::nn
