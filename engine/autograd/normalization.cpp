// SPDX-License-Identifier: Apache-2.0
#include "autograd/normalization.h"

#include <string>

#include "backend/elementwise.h"
#include "backend/normalization.h"
#include "backend/sparse_convolution.h"
#include "base/error.h"

namespace filigree::autograd {
namespace {

void requireRunning(const char* what, const Tensor& running, const Shape& x) {
    if (!running.defined() || !running.isFloating() || x.rank() < 2 || !(running.shape() == Shape{x[1]}) ||
        !running.isContiguous())
        throw Error(ErrorKind::Run, std::string("batchNorm: ") + what + " must have one value per channel",
                    (running.defined() ? running.shape().text() : std::string("undefined")) + " for input " +
                        x.text());
}

/// running <- (1 - momentum) running + momentum factor batch, in place.
void follow(Tensor& running, const Tensor& batch, double momentum, double factor) {
    if (running.onDevice()) {
        using backend::Unary;
        running.copyFrom(backend::add(backend::apply(Unary::Scale, running, 1 - momentum),
                                      backend::apply(Unary::Scale, batch, momentum * factor)));
        return;
    }
    const std::vector<double> target = batch.toDoubles();
    dispatchFloating(running.dtype(), "batchNorm", [&](auto zero) {
        using T = decltype(zero);
        T* const values = running.data<T>();
        for (std::size_t c = 0; c < target.size(); ++c)
            values[c] = static_cast<T>((1 - momentum) * static_cast<double>(values[c]) +
                                       momentum * factor * target[c]);
    });
}

/// Both running statistics towards those of a batch with `count` values per channel.
void follow(Tensor& mean, Tensor& variance, const backend::ChannelStatistics& batch, std::int64_t count,
            double momentum) {
    follow(mean, batch.mean, momentum, 1);
    const auto n = static_cast<double>(count);
    follow(variance, batch.variance, momentum, n / (n - 1));
}

}  // namespace

Variable batchNorm(const Variable& x, const Variable& gamma, const Variable& beta, Tensor& runningMean,
                   Tensor& runningVariance, const BatchNormOptions& options, const Variable& added) {
    requireRunning("the running mean", runningMean, x.shape());
    requireRunning("the running variance", runningVariance, x.shape());
    const std::int64_t count = x.dim(1) == 0 ? 0 : x.value().elements() / x.dim(1);
    if (options.training && count < 2)
        throw Error(ErrorKind::Run, "batchNorm: training needs more than one value per channel",
                    "input " + x.shape().text(), "use a larger batch or drop the last incomplete one");
    const backend::ChannelStatistics statistics =
        options.training         ? backend::channelStatistics(x.value())
        : runningMean.onDevice() ? backend::ChannelStatistics{runningMean.clone(), runningVariance.clone()}
                                 : backend::ChannelStatistics{runningMean.to(DType::F64).clone(),
                                                              runningVariance.to(DType::F64).clone()};
    const backend::NormalizationTail tail{options.relu, options.maxPool};
    const Tensor term = added.defined() ? added.value() : Tensor();
    Tensor y =
        backend::batchNorm(x.value(), statistics, gamma.value(), beta.value(), options.epsilon, tail, term);
    if (options.training) follow(runningMean, runningVariance, statistics, count, options.momentum);
    std::vector<Variable> inputs{x, gamma, beta};
    if (added.defined()) inputs.push_back(added);
    const Tensor kept = y;
    return Variable::result(
        std::move(y), std::move(inputs),
        [statistics, options, tail, kept](const Tensor& gradient, std::span<Variable> in) {
            const backend::TailGradient g = backend::batchNormGradient(
                in[0].value(), statistics, in[1].value(), in[2].value(), options.epsilon, tail,
                in.size() > 3 ? in[3].value() : Tensor(), kept, gradient, options.training);
            if (in[0].needsGradient()) in[0].accumulate(g.norm.x);
            if (in[1].needsGradient()) in[1].accumulate(g.norm.gamma);
            if (in[2].needsGradient()) in[2].accumulate(g.norm.beta);
            if (in.size() > 3 && in[3].needsGradient()) in[3].accumulate(g.added);
        });
}

Variable convolutionBatchNorm(const Variable& x, const ConvolutionOperand& weight,
                              const backend::Conv2dOptions& convolution, const Variable& gamma,
                              const Variable& beta, Tensor& runningMean, Tensor& runningVariance,
                              const BatchNormOptions& options, const Variable& added) {
    const backend::NormalizationTail tail{options.relu, options.maxPool};
    backend::ConvolutionWeight operand{weight.shape, weight.values.value(), weight.pattern, {}, {}};
    if (weight.forward) {
        operand.forward = weight.forward->pattern;
        operand.forwardValues = weight.forward->values;
    }
    if (!options.training ||
        !backend::canNormalizeConvolution(x.value(), operand, convolution, tail, x.needsGradient()))
        return {};
    const Shape full = backend::convolutionShape("conv2d", x.shape(), weight.shape, convolution);
    requireRunning("the running mean", runningMean, full);
    requireRunning("the running variance", runningVariance, full);
    backend::NormalizedConvolution result =
        backend::normalizedConvolution(x.value(), operand, convolution, gamma.value(), beta.value(),
                                       options.epsilon, tail, added.defined() ? added.value() : Tensor());
    follow(runningMean, runningVariance, result.statistics, full.elements() / full[1], options.momentum);
    std::vector<Variable> inputs{x, weight.values, gamma, beta};
    if (added.defined()) inputs.push_back(added);
    Tensor y = result.y;
    return Variable::result(
        std::move(y), std::move(inputs),
        [operand, convolution, epsilon = options.epsilon, tail, result = std::move(result),
         owner = weight.owner, forward = weight.forward,
         observe = weight.observe](const Tensor& gradient, std::span<Variable> in) {
            const Tensor &image = in[0].value(), &scale = in[2].value(), &shift = in[3].value();
            if (observe)
                observe(image, [&] {
                    const Tensor convolved =
                        result.convolved.defined()
                            ? result.convolved
                            : backend::sparseConvolution(image, *operand.pattern, operand.shape,
                                                         operand.values, {}, convolution);
                    return backend::batchNormGradient(convolved, result.statistics, scale, shift, epsilon,
                                                      tail, in.size() > 4 ? in[4].value() : Tensor(),
                                                      result.y, gradient, true)
                        .norm.x;
                });
            backend::NormalizedConvolutionGradients g = backend::normalizedConvolutionBackward(
                image, operand, convolution, scale, shift, epsilon, tail, in.size() > 4, result, gradient,
                in[0].needsGradient());
            if (in[0].needsGradient()) in[0].accumulate(std::move(g.x));
            if (in[1].needsGradient()) in[1].accumulate(std::move(g.values));
            if (in[2].needsGradient()) in[2].accumulate(std::move(g.gamma));
            if (in[3].needsGradient()) in[3].accumulate(std::move(g.beta));
            if (in.size() > 4 && in[4].needsGradient()) in[4].accumulate(std::move(g.added));
        });
}

Variable layerNorm(const Variable& x, const Variable& gamma, const Variable& beta, double epsilon) {
    return Variable::result(backend::layerNorm(x.value(), gamma.value(), beta.value(), epsilon),
                            {x, gamma, beta}, [epsilon](const Tensor& gradient, std::span<Variable> in) {
                                const backend::NormalizationGradient g = backend::layerNormGradient(
                                    in[0].value(), in[1].value(), gradient, epsilon);
                                if (in[0].needsGradient()) in[0].accumulate(g.x);
                                if (in[1].needsGradient()) in[1].accumulate(g.gamma);
                                if (in[2].needsGradient()) in[2].accumulate(g.beta);
                            });
}

}  // namespace filigree::autograd
