// SPDX-License-Identifier: Apache-2.0
#include "nn/channel_gate.h"

#include <cmath>

#include "autograd/elementwise.h"
#include "autograd/shape.h"
#include "base/error.h"
#include "base/random.h"

namespace filigree::nn {
namespace {

Shape gateShape(std::int64_t channels) {
    if (channels < 1) throw Error(ErrorKind::Run, "a gate needs channels, not " + std::to_string(channels));
    return {channels};
}

/// 1 where the score is at least (or, strictly, above) a bound, else 0.
Tensor atLeast(const Tensor& scores, double bound, bool strictly) {
    Tensor result = Tensor::zeros(scores.shape(), scores.dtype());
    dispatchFloating(scores.dtype(), "gate", [&](auto zero) {
        using T = decltype(zero);
        const T* const s = scores.data<T>();
        T* const to = result.data<T>();
        for (std::int64_t i = 0; i < scores.elements(); ++i)
            to[i] = static_cast<double>(s[i]) > bound || (!strictly && static_cast<double>(s[i]) == bound);
    });
    return result;
}

}  // namespace

ChannelGate::ChannelGate(std::int64_t channels, const GateOptions& options)
    : options_(options), weight_(addParameter("gate", Tensor::zeros(gateShape(channels)), false)) {
    if (!(options.temperature > 0)) throw Error(ErrorKind::Run, "the temperature of a gate must be above 0");
    weight_.setNeedsGradient(!options.frozen);
}

autograd::Variable ChannelGate::scores() const {
    return autograd::sigmoid(options_.temperature == 1 ? weight_
                                                       : autograd::scale(weight_, 1 / options_.temperature));
}

std::vector<double> ChannelGate::values() const {
    std::vector<double> values = weight_.value().toDoubles();
    for (double& value : values) value = 1 / (1 + std::exp(-value / options_.temperature));
    return values;
}

std::vector<bool> ChannelGate::open() const {
    std::vector<bool> open;
    for (const double s : scores().value().toDoubles())
        open.push_back(!(s < threshold_) && (!options_.straightThrough || s > 0.5));
    return open;
}

std::vector<double> ChannelGate::factors() const {
    std::vector<double> factors = values();
    const std::vector<bool> passes = open();
    for (std::size_t c = 0; c < factors.size(); ++c)
        factors[c] = !passes[c] ? 0 : options_.straightThrough ? 1 : factors[c];
    return factors;
}

void ChannelGate::setLogit(std::int64_t channel, double value) {
    Tensor& w = weight_.mutableValue();
    dispatchFloating(w.dtype(), "gate", [&](auto zero) {
        using T = decltype(zero);
        w.data<T>()[channel] = static_cast<T>(value * options_.temperature);
    });
}

autograd::Variable ChannelGate::forward(const autograd::Variable& x) {
    const int rank = x.shape().rank();
    const std::int64_t channels = weight_.dim(0);
    if (rank < 2 || rank > 4 || x.dim(rank == 3 ? 2 : 1) != channels)
        throw Error(ErrorKind::Run, "a gate does not fit what it is to weigh",
                    path() + ": gate " + weight_.shape().text() + ", values " + x.shape().text());
    if (observer_) observer_(x.value());
    autograd::Variable s = scores();
    if (options_.straightThrough) {
        const Tensor hard = atLeast(s.value(), 0.5, true);
        s = autograd::add(s, autograd::subtract(autograd::Variable(hard), s.detach()));
    }
    if (!training() && threshold_ > 0)
        s = autograd::multiply(s, autograd::Variable(atLeast(scores().value(), threshold_, false)));
    if (rank == 4) s = autograd::reshape(s, {channels, 1, 1});
    return autograd::multiply(x, s);
}

void ChannelGate::initializeSelf(std::uint64_t seed, const Initialization&) {
    Tensor& w = weight_.mutableValue();
    const auto channels = static_cast<double>(w.elements());
    const double deviation = options_.start == GateStart::Half     ? 0
                             : options_.start == GateStart::Xavier ? std::sqrt(2 / (1 + channels))
                                                                   : std::sqrt(2 / channels);
    RandomStream random(seed, "init/" + path());
    dispatchFloating(w.dtype(), "gate", [&](auto zero) {
        using T = decltype(zero);
        for (T& value : w.values<T>()) value = static_cast<T>(deviation * random.normal());
    });
}

bool isGate(std::string_view parameter) {
    return parameter == "gate" || parameter.ends_with(".gate");
}

}  // namespace filigree::nn
