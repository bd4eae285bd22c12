// SPDX-License-Identifier: Apache-2.0
#include "autograd/softmax.h"

#include "backend/softmax.h"

namespace filigree::autograd {

Variable softmax(const Variable& x, int axis) {
    Tensor y = backend::softmax(x.value(), axis);
    return Variable::result(y, {x}, [y, axis](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(backend::softmaxBackward(g, y, axis));
    });
}

Variable logSoftmax(const Variable& x, int axis) {
    Tensor y = backend::logSoftmax(x.value(), axis);
    return Variable::result(y, {x}, [y, axis](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(backend::logSoftmaxBackward(g, y, axis));
    });
}

}  // namespace filigree::autograd
