// SPDX-License-Identifier: Apache-2.0
#include "nn/linear.h"

#include "autograd/matmul.h"
#include "base/error.h"

namespace filigree::nn {
namespace {

Shape weightShape(std::int64_t in, std::int64_t out) {
    if (in < 1 || out < 1)
        throw Error(ErrorKind::Run, "a linear layer needs inputs and outputs",
                    std::to_string(in) + " to " + std::to_string(out));
    return {out, in};
}

}  // namespace

Linear::Linear(std::int64_t in, std::int64_t out, bool bias)
    : weight_(addParameter("weight", Tensor::zeros(weightShape(in, out)), true)) {
    if (bias) bias_ = addParameter("bias", Tensor::zeros({out}), false);
}

autograd::Variable Linear::forward(const autograd::Variable& x) {
    return autograd::linear(x, weight_, bias_);
}

void Linear::initializeSelf(std::uint64_t seed, const Initialization& how) {
    InitialWeights(seed, path(), weight_.shape(), how).fill(weight_.mutableValue());
    if (bias_.defined()) bias_.mutableValue().fill(0);
}

SparseLinear::SparseLinear(std::shared_ptr<sparse::SparseWeight> weight, bool bias, bool rectified)
    : weight_(std::move(weight)), rectified_(rectified) {
    addSparseWeight("weight", weight_);
    const Shape& shape = weight_->denseShape();
    if (shape.rank() != 2)
        throw Error(ErrorKind::Run, "a sparse linear layer needs a weight [out, in]",
                    weight_->name() + " " + shape.text());
    if (bias)
        bias_ = addParameter("bias", Tensor::zeros({shape[0]}, weight_->values().value().dtype()), false);
}

autograd::Variable SparseLinear::forward(const autograd::Variable& x) {
    return sparse::linear(x, weight_, bias_, rectified_);
}

void SparseLinear::initializeSelf(std::uint64_t seed, const Initialization& how) {
    InitialWeights(seed, path(), weight_->denseShape(), how)
        .fill(weight_->values().mutableValue(), weight_->topology().positions());
    if (bias_.defined()) bias_.mutableValue().fill(0);
}

}  // namespace filigree::nn
