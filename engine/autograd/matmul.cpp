// SPDX-License-Identifier: Apache-2.0
#include "autograd/matmul.h"

#include "backend/matmul.h"
#include "backend/reduction.h"

namespace filigree::autograd {

Variable matmul(const Variable& a, const Variable& b) {
    return Variable::result(backend::matmul(a.value(), b.value()), {a, b},
                            [](const Tensor& g, std::span<Variable> inputs) {
                                Variable &left = inputs[0], &right = inputs[1];
                                if (left.needsGradient())
                                    left.accumulate(backend::matmul(g, right.value(), false, true));
                                if (right.needsGradient())
                                    right.accumulate(backend::matmul(left.value(), g, true, false));
                            });
}

Variable batchedMatmul(const Variable& a, const Variable& b) {
    return Variable::result(backend::batchedMatmul(a.value(), b.value()), {a, b},
                            [](const Tensor& g, std::span<Variable> inputs) {
                                Variable &left = inputs[0], &right = inputs[1];
                                if (left.needsGradient())
                                    left.accumulate(backend::batchedMatmul(g, right.value(), false, true));
                                if (right.needsGradient())
                                    right.accumulate(backend::batchedMatmul(left.value(), g, true, false));
                            });
}

backend::InputGradient wantedInputGradient(const Variable& input, const Tensor& kept) {
    if (!input.needsGradient()) return backend::InputGradient::None;
    const auto& place = input.rectified();
    if (!place) return backend::InputGradient::Plain;
    // The value is known to the variable, to the rectified layer, which will not look at it when it gets the
    // gradient of its only consumer, and to this one. Anybody else may still want to read it.
    const Tensor& value = input.value();
    const std::int64_t known = 2 + (kept.sharesStorageWith(value) ? 1 : 0);
    const bool isSpent =
        input.isLastUse() && place->output.sharesStorageWith(value) && value.storageUsers() == known;
    return isSpent ? backend::InputGradient::Replacing : backend::InputGradient::Rectified;
}

void accumulateInputGradient(Variable& input, Tensor gradient, Tensor sums) {
    if (const auto& place = input.rectified()) {
        place->gradient = gradient;
        place->sums = std::move(sums);
    }
    input.accumulate(std::move(gradient));
}

namespace {

/// The last layer behind sparse ones: everything stays batch-tiled.
Variable tiledLinear(const Variable& x, const Variable& weight, const Variable& bias) {
    return Variable::result(
        backend::tiledLinear(x.value(), weight.value(), bias.defined() ? bias.value() : Tensor()),
        {x, weight, bias}, [](const Tensor& arriving, std::span<Variable> in) {
            auto [gradient, biasGradient] =
                backend::linearOutputGradient(arriving, {}, in[2].needsGradient());
            auto gradients = backend::tiledLinearBackward(in[0].value(), gradient, in[1].value(),
                                                          wantedInputGradient(in[0]));
            if (in[0].needsGradient())
                accumulateInputGradient(in[0], std::move(gradients.x), std::move(gradients.xSums));
            if (in[1].needsGradient()) in[1].accumulate(std::move(gradients.weight));
            if (in[2].needsGradient()) in[2].accumulate(std::move(biasGradient));
        });
}

}  // namespace

Variable linear(const Variable& x, const Variable& weight, const Variable& bias) {
    if (backend::suitsTiledLinear(x.value(), weight.value())) return tiledLinear(x, weight, bias);
    const Tensor terms = bias.defined() ? bias.value() : Tensor();
    std::vector<Variable> inputs{x, weight};
    if (bias.defined()) inputs.push_back(bias);
    return Variable::result(
        backend::linear(x.value(), weight.value(), terms), std::move(inputs),
        [](const Tensor& g, std::span<Variable> in) {
            const auto matrixOf = [](const Tensor& t, std::int64_t columns) {
                std::int64_t rows = 1;
                for (int i = 0; i + 1 < t.rank(); ++i) rows *= t.dim(i);
                return t.rank() == 2 ? t : t.contiguous().reshape({rows, columns});
            };
            const Tensor& w = in[1].value();
            const Tensor gradient = matrixOf(g, w.dim(0));
            if (in[0].needsGradient()) in[0].accumulate(backend::matmul(gradient, w).reshape(in[0].shape()));
            if (in[1].needsGradient())
                in[1].accumulate(backend::matmul(gradient, matrixOf(in[0].value(), w.dim(1)), true, false));
            if (in.size() > 2 && in[2].needsGradient())
                in[2].accumulate(backend::sumTo(gradient, in[2].shape()));
        });
}

}  // namespace filigree::autograd
