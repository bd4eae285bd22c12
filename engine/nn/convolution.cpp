// SPDX-License-Identifier: Apache-2.0
#include "nn/convolution.h"

#include "base/error.h"
#include "base/profile.h"

namespace filigree::nn {
namespace {

Shape weightShape(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t groups) {
    if (in < 1 || out < 1 || kernel < 1 || groups < 1 || in % groups != 0 || out % groups != 0)
        throw Error(ErrorKind::Run,
                    "a convolution needs channels, a kernel and groups that divide the channels",
                    std::to_string(in) + " to " + std::to_string(out) + " channels, kernel " +
                        std::to_string(kernel) + ", groups " + std::to_string(groups));
    return {out, in / groups, kernel, kernel};
}

}  // namespace

Conv2d::Conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, const autograd::Conv2dOptions& options,
               bool bias)
    : options_(options),
      weight_(addParameter("weight", Tensor::zeros(weightShape(in, out, kernel, options.groups)), true)) {
    if (bias) bias_ = addParameter("bias", Tensor::zeros({out}), false);
}

autograd::Variable Conv2d::forward(const autograd::Variable& x) {
    return autograd::conv2d(x, weight_, bias_, options_);
}

std::optional<autograd::ConvolutionOperand> Conv2d::operand() const {
    if (bias_.defined()) return std::nullopt;
    return autograd::ConvolutionOperand{weight_, weight_.shape(), std::nullopt, nullptr, {}, {}};
}

void Conv2d::initializeSelf(std::uint64_t seed, const Initialization& how) {
    InitialWeights(seed, path(), weight_.shape(), how).fill(weight_.mutableValue());
    if (bias_.defined()) bias_.mutableValue().fill(0);
}

SparseConv2d::SparseConv2d(std::shared_ptr<sparse::SparseWeight> weight,
                           const autograd::Conv2dOptions& options, bool bias)
    : options_(options), weight_(std::move(weight)) {
    addSparseWeight("weight", weight_);
    const Shape& shape = weight_->denseShape();
    if (shape.rank() != 4 || options.groups != 1)
        throw Error(ErrorKind::Run, "a sparse convolution needs a weight [out, in, kh, kw] and one group",
                    weight_->name() + " " + shape.text() + ", groups " + std::to_string(options.groups));
    if (bias)
        bias_ = addParameter("bias", Tensor::zeros({shape[0]}, weight_->values().value().dtype()), false);
}

autograd::Variable SparseConv2d::forward(const autograd::Variable& x) {
    return sparse::conv2d(x, weight_, bias_, options_);
}

std::optional<autograd::ConvolutionOperand> SparseConv2d::operand() const {
    if (bias_.defined() || weight_->execution() != sparse::Execution::Sparse) return std::nullopt;
    return sparse::convolutionOperand(weight_, options_);
}

void SparseConv2d::initializeSelf(std::uint64_t seed, const Initialization& how) {
    InitialWeights(seed, path(), weight_->denseShape(), how)
        .fill(weight_->values().mutableValue(), weight_->topology().positions());
    if (bias_.defined()) bias_.mutableValue().fill(0);
}

autograd::Variable convolveAndNormalize(Module& convolution, BatchNorm& norm, const autograd::Variable& x,
                                        const autograd::Variable& added) {
    const auto together = [&](const auto& layer) {
        const auto operand = layer.operand();
        return operand ? norm.forwardWith(*operand, layer.options(), x, added) : autograd::Variable();
    };
    autograd::Variable y;
    {
        const profile::Layer scope(convolution.path());
        if (const auto* sparse = dynamic_cast<const SparseConv2d*>(&convolution))
            y = together(*sparse);
        else if (const auto* dense = dynamic_cast<const Conv2d*>(&convolution))
            y = together(*dense);
        if (y.defined()) return y;
        y = convolution.forward(x);
    }
    const profile::Layer scope(norm.path());
    return norm.forward(y, added);
}

}  // namespace filigree::nn
