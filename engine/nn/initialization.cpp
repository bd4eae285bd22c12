// SPDX-License-Identifier: Apache-2.0
#include "nn/initialization.h"

#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"

namespace filigree::nn {
namespace {

constexpr std::int64_t grain = 1024;

}  // namespace

Fan fanOf(const Shape& weight) {
    if (weight.rank() != 2 && weight.rank() != 4)
        throw Error(ErrorKind::Run, "fans are defined for weights [out, in] and [out, in, kh, kw]",
                    weight.text());
    const std::int64_t places = weight.rank() == 4 ? weight[2] * weight[3] : 1;
    return {weight[1] * places, weight[0] * places};
}

InitialWeights::InitialWeights(std::uint64_t seed, std::string_view layer, const Shape& denseShape,
                               const Initialization& how)
    : seed_(seed), stream_("init/" + std::string(layer)) {
    const Fan fan = fanOf(denseShape);
    if (fan.in < 1 || fan.out < 1)
        throw Error(ErrorKind::Run, "a weight without inputs or outputs has no initial values",
                    std::string(layer) + " " + denseShape.text());
    if (!std::isfinite(how.gain) || how.gain < 0)
        throw Error(ErrorKind::Run, "the gain must be a number of at least 0", std::string(layer));
    const bool he = how.distribution == Distribution::HeNormal || how.distribution == Distribution::HeUniform;
    uniform_ = how.distribution == Distribution::HeUniform || how.distribution == Distribution::XavierUniform;
    const double gain = how.gain > 0 ? how.gain : he ? std::sqrt(2.0) : 1.0;
    const auto in = static_cast<double>(fan.in), out = static_cast<double>(fan.out);
    deviation_ = gain / std::sqrt(he ? in : (in + out) / 2);
}

double InitialWeights::at(std::int64_t position) const {
    RandomStream random(seed_, stream_, static_cast<std::uint64_t>(position));
    const double bound = std::sqrt(3.0) * deviation_;
    return uniform_ ? random.uniform(-bound, bound) : deviation_ * random.normal();
}

void InitialWeights::fill(Tensor& weight) const {
    dispatchFloating(weight.dtype(), "initialisation", [&](auto zero) {
        using T = decltype(zero);
        const std::span<T> values = weight.values<T>();
        parallelFor(0, weight.elements(), grain, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t i = first; i < last; ++i)
                values[static_cast<std::size_t>(i)] = static_cast<T>(at(i));
        });
    });
}

void InitialWeights::fill(Tensor& values, std::span<const std::uint32_t> positions) const {
    if (values.elements() != static_cast<std::int64_t>(positions.size()))
        throw Error(ErrorKind::Run, "a sparse weight does not have one value per position", stream_,
                    std::to_string(values.elements()) + " values, " + std::to_string(positions.size()) +
                        " positions");
    dispatchFloating(values.dtype(), "initialisation", [&](auto zero) {
        using T = decltype(zero);
        const std::span<T> to = values.values<T>();
        parallelFor(0, values.elements(), grain, [&](std::int64_t first, std::int64_t last) {
            for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(last); ++i)
                to[i] = static_cast<T>(at(positions[i]));
        });
    });
}

}  // namespace filigree::nn
