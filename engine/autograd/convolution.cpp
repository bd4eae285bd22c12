// SPDX-License-Identifier: Apache-2.0
#include "autograd/convolution.h"

namespace filigree::autograd {

Variable conv2d(const Variable& x, const Variable& weight, const Variable& bias,
                const Conv2dOptions& options) {
    std::vector<Variable> inputs{x, weight};
    if (bias.defined()) inputs.push_back(bias);
    const Tensor images = backend::convolutionImages(x.value(), options);
    Tensor y =
        backend::convolution(images, weight.value(), bias.defined() ? bias.value() : Tensor(), options);
    return Variable::result(
        std::move(y), std::move(inputs), [options, images](const Tensor& arriving, std::span<Variable> in) {
            const Tensor gradient = backend::convolutionImages(arriving, options);
            if (in[0].needsGradient())
                in[0].accumulate(
                    backend::convolutionInputGradient(gradient, in[1].value(), in[0].shape(), options));
            if (in[1].needsGradient())
                in[1].accumulate(
                    backend::convolutionWeightGradient(images, gradient, in[1].shape(), options));
            if (in.size() > 2 && in[2].needsGradient())
                in[2].accumulate(backend::convolutionBiasGradient(gradient));
        });
}

}  // namespace filigree::autograd
