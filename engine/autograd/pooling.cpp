// SPDX-License-Identifier: Apache-2.0
#include "autograd/pooling.h"

namespace filigree::autograd {

Variable maxPool2d(const Variable& x, const Pool2dOptions& options) {
    return Variable::result(
        backend::maxPool2d(x.value(), options), {x},
        [options](const Tensor& gradient, std::span<Variable> in) {
            in[0].accumulate(backend::maxPool2dGradient(in[0].value(), gradient, options));
        });
}

Variable averagePool2d(const Variable& x, const Pool2dOptions& options) {
    return Variable::result(
        backend::averagePool2d(x.value(), options), {x},
        [options](const Tensor& gradient, std::span<Variable> in) {
            in[0].accumulate(backend::averagePool2dGradient(gradient, in[0].shape(), options));
        });
}

Variable globalAveragePool2d(const Variable& x) {
    return Variable::result(
        backend::globalAveragePool2d(x.value()), {x}, [](const Tensor& gradient, std::span<Variable> in) {
            in[0].accumulate(backend::globalAveragePool2dGradient(gradient, in[0].shape()));
        });
}

}  // namespace filigree::autograd
