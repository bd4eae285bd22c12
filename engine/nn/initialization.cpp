// SPDX-License-Identifier: Apache-2.0
#include "nn/initialization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "backend/cpu/row_kernels.h"
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
    : seed_(seed), stream_("init/" + std::string(layer)), size_(denseShape.elements()) {
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

void InitialWeights::forEachAtLeast(float magnitude,
                                    const std::function<void(std::uint32_t, float)>& body) const {
    const std::array<std::uint32_t, 2> key = RandomStream(seed_, stream_).key();
    // The first of a position's two numbers limits |value|; a little lower, since floats are rounded.
    const double least = static_cast<double>(magnitude) * (1 - 1e-6);
    const double bound = std::sqrt(3.0) * deviation_;
    const double ratio = least / deviation_;
    const double mostTail = std::exp(-ratio * ratio / 2) * (1 + 1e-9);
    // Most positions of a normal layer are left after their first 32 bits.
    const double needed = std::floor((1 - mostTail) * 0x1.0p32) - 1;
    const auto firstWord = static_cast<std::uint32_t>(uniform_ || needed < 0 ? 0.0 : needed);
    constexpr std::int64_t atOnce = 512;
    std::array<std::uint32_t, atOnce> drawn{};
    for (std::int64_t position = 0; position < size_; ++position) {
        const std::int64_t offset = position % atOnce;
        if (offset == 0)
            backend::rowKernels().philoxWords(static_cast<std::uint32_t>(position), key[0], key[1],
                                              drawn.data(), std::min(atOnce, size_ - position));
        if (drawn[static_cast<std::size_t>(offset)] < firstWord) continue;
        const std::array<std::uint32_t, 4> words =
            philox({0, 0, static_cast<std::uint32_t>(position), 0}, key);
        const std::uint64_t first = (std::uint64_t{words[0]} << 32) | words[1];
        const double u = static_cast<double>(first >> 11) * 0x1.0p-53;
        if (uniform_ ? std::abs(-bound + 2 * bound * u) < least : 1 - u > mostTail) continue;
        // As at() draws it, from numbers that are there already.
        const std::uint64_t second = (std::uint64_t{words[2]} << 32) | words[3];
        const double angle = 2.0 * std::numbers::pi * (static_cast<double>(second >> 11) * 0x1.0p-53);
        const auto value = static_cast<float>(
            uniform_ ? -bound + (bound - -bound) * u
                     : deviation_ * (std::sqrt(-2.0 * std::log(1.0 - u)) * std::cos(angle)));
        if (std::abs(value) >= magnitude) body(static_cast<std::uint32_t>(position), value);
    }
}

float InitialWeights::magnitudeOfLargest(double share) const {
    if (uniform_) return static_cast<float>(std::sqrt(3.0) * deviation_ * (1 - share));
    double low = 0, high = 40;  // of a normal number of deviation 1
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (std::erfc(middle / std::sqrt(2.0)) > share ? low : high) = middle;
    }
    return static_cast<float>(low * deviation_);
}

}  // namespace filigree::nn
