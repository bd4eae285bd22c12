// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/image_normalization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/memory_order.h"
#include "backend/cpu/tile_copy.h"
#include "backend/elementwise.h"
#include "backend/pooling.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;
using Lanes = std::array<float, imageTile>;

/// Planes of a channel, tile by tile.
struct Images {
    explicit Images(const Shape& x)
        : batch(x[0]),
          channels(x[1]),
          height(x[2]),
          width(x[3]),
          pixels(height * width),
          tiles((batch + imageTile - 1) / imageTile) {}
    Index batch, channels, height, width, pixels, tiles;

    Index plane(Index tile, Index channel) const { return (tile * channels + channel) * pixels * imageTile; }
    Index lanes(Index tile) const { return std::min<Index>(imageTile, batch - tile * imageTile); }
    double sum(const Lanes& lanesOfTile, Index tile) const {
        double total = 0;
        for (Index i = 0; i < lanes(tile); ++i)
            total += static_cast<double>(lanesOfTile[static_cast<std::size_t>(i)]);
        return total;
    }
};

std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

Shape pooled(const Shape& x) {
    return {x[0], x[1], x[2] / 2, x[3] / 2};
}

void check(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma, const Tensor& beta,
           const NormalizationTail& tail, const Tensor& added) {
    const auto fail = [&](const std::string& message) {
        throw Error(ErrorKind::Run, "batchNorm: " + message, "input " + x.shape().text());
    };
    if (added.defined() && !(added.shape() == x.shape() && added.dtype() == x.dtype()))
        fail("what is added must have shape and type of the input");
    if (tail.maxPool && (!tail.relu || added.defined()))
        fail("a pool follows a ReLU to which nothing was added");
    if (tail.maxPool && (x.rank() != 4 || x.dim(2) < 2 || x.dim(3) < 2))
        fail("the image is too small to pool");
    const Shape channels{x.rank() < 2 ? 0 : x.dim(1)};
    for (const Tensor* vector : {&gamma, &beta, &statistics.mean, &statistics.variance})
        if (!(vector->shape() == channels))
            throw Error(ErrorKind::Run, "batchNorm: needs one value per channel",
                        vector->shape().text() + " for input " + x.shape().text());
    if (gamma.dtype() != x.dtype() || beta.dtype() != x.dtype()) fail("the operands hold different types");
}

/// The pre-activation of the general case.
Tensor preActivation(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                     const Tensor& beta, double epsilon, const Tensor& added) {
    Tensor z = batchNorm(x, statistics, gamma, beta, epsilon);
    return added.defined() ? add(z, added) : z;
}

/// Sums of dz and of dz (x - mean) for each channel; writes dz where something was added.
struct Sums {
    std::vector<double> plain, product;
};

Sums sumsOf(const Images& s, const std::vector<NormalizedPlane>& planes, const NormalizationTail& tail,
            const cpu::NormalizedInput& input, const float* y, const float* g, float* dz) {
    const ImageKernels& kernels = imageKernels();
    const Index outPixels = tail.maxPool ? (s.height / 2) * (s.width / 2) : s.pixels;
    Sums sums{std::vector<double>(at(s.channels)), std::vector<double>(at(s.channels))};
    parallelFor(0, s.channels, cpu::grainOf(s.batch * s.pixels), [&](Index first, Index last) {
        Lanes plain{}, product{};
        for (Index c = first; c < last; ++c) {
            const NormalizedPlane& n = planes[at(c)];
            const bool fromResult = tail.maxPool && cpu::givesInputBack(n);
            for (Index t = 0; t < s.tiles; ++t) {
                const Index in = s.plane(t, c), out = (t * s.channels + c) * outPixels * imageTile;
                if (!tail.maxPool)
                    kernels.gradientSums(n, input.x + in, dz && tail.relu ? y + in : nullptr, g + in,
                                         dz ? dz + in : nullptr, s.pixels, plain.data(), product.data());
                else if (fromResult)
                    kernels.pooledGradientSums(y + out, g + out, outPixels, plain.data(), product.data());
                else if (input.extremes)
                    kernels.gradientSums(n, input.extremes + out, nullptr, g + out, nullptr, outPixels,
                                         plain.data(), product.data());
                else
                    kernels.windowGradientSums(n, input.x + in, g + out, s.height, s.width, plain.data(),
                                               product.data());
                sums.plain[at(c)] += s.sum(plain, t);
                sums.product[at(c)] += s.sum(product, t);
            }
            if (fromResult)
                sums.product[at(c)] =
                    (sums.product[at(c)] - static_cast<double>(n.shift) * sums.plain[at(c)]) /
                    static_cast<double>(n.scale);
        }
    });
    return sums;
}

Tensor vectorOf(const std::vector<double>& values, DType type) {
    return Tensor::from(values, {static_cast<Index>(values.size())}).to(type);
}

TailGradient imageGradient(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                           const Tensor& beta, double epsilon, const NormalizationTail& tail,
                           const Tensor& added, const Tensor& y, const Tensor& gradY, bool statisticsOfX) {
    const ImageKernels& kernels = imageKernels();
    const Images s(x.shape());
    const float* const in = x.data<float>();
    const cpu::NormalizationBackward back =
        cpu::normalizationBackward(x.shape(), {in, nullptr}, statistics, gamma, beta, epsilon, tail,
                                   added.defined(), y, gradY, statisticsOfX);
    const float* const g = back.gradient.data<float>();
    TailGradient gradient{{Tensor::batchTiled(x.shape(), imageTile), back.gamma, back.beta}, back.added};
    float* const to = gradient.norm.x.data<float>();
    const Index outPixels = (s.height / 2) * (s.width / 2), line = s.width * imageTile;
    parallelFor(0, s.tiles * s.channels, cpu::grainOf(s.pixels * imageTile), [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            const NormalizedPlane& n = back.planes[at(i % s.channels)];
            const Index place = i * s.pixels * imageTile;
            if (tail.maxPool)
                kernels.windowGradientPlane(n, in + place, g + i * outPixels * imageTile, to + place, line,
                                            s.height, s.width);
            else
                kernels.gradientPlane(n, in + place, g + place, to + place, s.pixels);
        }
    });
    cpu::clearPadding<float>(gradient.norm.x);
    return gradient;
}

}  // namespace

std::vector<NormalizedPlane> cpu::normalizedPlanes(const ChannelStatistics& statistics, const Tensor& gamma,
                                                   const Tensor& beta, double epsilon, bool relu) {
    const auto means = statistics.mean.toDoubles(), variances = statistics.variance.toDoubles();
    const auto scales = gamma.toDoubles(), shifts = beta.toDoubles();
    std::vector<NormalizedPlane> planes;
    for (std::size_t c = 0; c < means.size(); ++c) {
        const auto inverse = static_cast<float>(1 / std::sqrt(variances[c] + epsilon));
        planes.push_back({.mean = static_cast<float>(means[c]),
                          .scale = static_cast<float>(scales[c]) * inverse,
                          .shift = static_cast<float>(shifts[c]),
                          .relu = relu});
    }
    return planes;
}

bool cpu::givesInputBack(const NormalizedPlane& n) {
    return std::abs(n.shift) <= 64 * std::abs(n.scale) && n.scale != 0;
}

cpu::NormalizationBackward cpu::normalizationBackward(const Shape& shape, const NormalizedInput& input,
                                                      const ChannelStatistics& statistics,
                                                      const Tensor& gamma, const Tensor& beta, double epsilon,
                                                      const NormalizationTail& tail, bool hasAdded,
                                                      const Tensor& y, const Tensor& gradY,
                                                      bool statisticsOfX) {
    const Images s(shape);
    const Tensor result = cpu::inTiles(y, imageTile);
    NormalizationBackward back{normalizedPlanes(statistics, gamma, beta, epsilon, tail.relu),
                               cpu::inTiles(gradY, imageTile),
                               {},
                               {},
                               {}};
    auto& planes = back.planes;
    // With ReLU, what is added has a gradient of its own; without, it is what arrived.
    if (hasAdded) back.added = tail.relu ? Tensor::batchTiled(shape, imageTile) : back.gradient;
    float* const dz = hasAdded && tail.relu ? back.added.data<float>() : nullptr;
    const Sums sums = sumsOf(s, planes, tail, input, std::as_const(result).data<float>(),
                             std::as_const(back.gradient).data<float>(), dz);
    if (dz) {
        back.gradient = back.added;
        for (NormalizedPlane& n : planes) n.relu = false;
    }

    const auto count = static_cast<double>(s.batch * s.pixels);
    const auto variances = statistics.variance.toDoubles();
    std::vector<double> products(planes.size());
    for (std::size_t c = 0; c < planes.size(); ++c) {
        const double inverse = 1 / std::sqrt(variances[c] + epsilon);
        products[c] = sums.product[c] * inverse;
        planes[c].slope = planes[c].scale;
        if (!statisticsOfX) continue;
        const auto slope = static_cast<double>(planes[c].slope);
        planes[c].tilt = static_cast<float>(-slope * products[c] / count * inverse);
        planes[c].level = static_cast<float>(-slope * sums.plain[c] / count);
    }
    back.gamma = vectorOf(products, DType::F32);
    back.beta = vectorOf(sums.plain, DType::F32);
    return back;
}

void cpu::Moments::add(const Moments& other) {
    if (other.count == 0) return;
    const double total = count + other.count, step = other.mean - mean;
    squares += other.squares + step * step * count * other.count / total;
    mean += step * other.count / total;
    count = total;
}

cpu::Moments cpu::momentsOf(const float* plane, Index pixels, Index lanes) {
    const ImageKernels& kernels = imageKernels();
    Lanes sums{};
    const auto total = [&] {
        // In four chains: there are two such sums for every small plane.
        std::array<double, 4> part{};
        std::fill(sums.begin() + lanes, sums.end(), 0.0F);
        for (std::size_t i = 0; i < sums.size(); i += 4)
            for (std::size_t k = 0; k < 4; ++k) part[k] += static_cast<double>(sums[i + k]);
        return (part[0] + part[1]) + (part[2] + part[3]);
    };
    const auto count = static_cast<double>(lanes * pixels);
    kernels.planeSums(plane, pixels, sums.data());
    const double mean = total() / count;
    // Around the rounded mean, then corrected to the exact one.
    const auto centre = static_cast<float>(mean);
    kernels.planeSquares(plane, pixels, centre, sums.data());
    const double miss = mean - static_cast<double>(centre);
    return {count, mean, total() - count * miss * miss};
}

ChannelStatistics cpu::imageStatistics(const Tensor& x) {
    const Images s(x.shape());
    const float* const from = x.data<float>();
    ChannelStatistics statistics{Tensor::empty({s.channels}, DType::F64),
                                 Tensor::empty({s.channels}, DType::F64)};
    double* const means = statistics.mean.data<double>();
    double* const variances = statistics.variance.data<double>();
    parallelFor(0, s.channels, grainOf(s.batch * s.pixels), [&](Index first, Index last) {
        for (Index c = first; c < last; ++c) {
            Moments all;
            for (Index t = 0; t < s.tiles; ++t)
                all.add(momentsOf(from + s.plane(t, c), s.pixels, s.lanes(t)));
            means[c] = all.mean;
            variances[c] = std::max(0.0, all.squares / all.count);
        }
    });
    return statistics;
}

Tensor batchNorm(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                 const Tensor& beta, double epsilon, const NormalizationTail& tail, const Tensor& added) {
    check(x, statistics, gamma, beta, tail, added);
    const Shape shape = tail.maxPool ? pooled(x.shape()) : x.shape();
    const double extra = added.defined() ? cpu::bytesOf(added) : 0;
    const profile::Operation timed(
        tail.maxPool ? "batch norm, ReLU, pool"
        : tail.relu  ? "batch norm, ReLU"
                     : "batch norm",
        4.0 * static_cast<double>(x.elements()),
        cpu::bytesOf(x) + extra +
            static_cast<double>(shape.elements()) * static_cast<double>(sizeOf(x.dtype())));
    if (!cpu::areImages(x)) {
        Tensor y = preActivation(x, statistics, gamma, beta, epsilon, added);
        if (tail.relu) y = apply(Unary::Relu, y);
        return tail.maxPool ? maxPool2d(y, {}) : y;
    }
    const ImageKernels& kernels = imageKernels();
    const Images s(x.shape());
    const auto planes = cpu::normalizedPlanes(statistics, gamma, beta, epsilon, tail.relu);
    const Tensor other = added.defined() ? cpu::inTiles(added, imageTile) : added;
    Tensor y = Tensor::batchTiled(shape, imageTile);
    const float* const in = x.data<float>();
    const float* const term = other.defined() ? other.data<float>() : nullptr;
    float* const to = y.data<float>();
    const Index outPixels = shape[2] * shape[3];
    parallelFor(0, s.tiles * s.channels, cpu::grainOf(s.pixels * imageTile), [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            const NormalizedPlane& n = planes[at(i % s.channels)];
            const Index place = i * s.pixels * imageTile;
            if (tail.maxPool)
                kernels.normalizeAndPoolPlane(n, in + place, to + i * outPixels * imageTile, s.height,
                                              s.width);
            else
                kernels.normalizePlane(n, in + place, term ? term + place : nullptr, to + place, s.pixels);
        }
    });
    cpu::clearPadding<float>(y);
    return y;
}

TailGradient batchNormGradient(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                               const Tensor& beta, double epsilon, const NormalizationTail& tail,
                               const Tensor& added, const Tensor& y, const Tensor& gradY,
                               bool statisticsOfX) {
    check(x, statistics, gamma, beta, tail, added);
    const Shape shape = tail.maxPool ? pooled(x.shape()) : x.shape();
    if (!(gradY.shape() == shape && y.shape() == shape) || gradY.dtype() != x.dtype())
        throw Error(ErrorKind::Run, "batchNormGradient: the gradient does not have the shape of the result",
                    gradY.shape().text() + " instead of " + shape.text());
    const profile::Operation timed(tail.maxPool ? "batch norm, ReLU, pool gradient"
                                   : tail.relu  ? "batch norm, ReLU gradient"
                                                : "batch norm gradient",
                                   10.0 * static_cast<double>(x.elements()),
                                   cpu::bytesOf(x, x, gradY) + (added.defined() ? cpu::bytesOf(added) : 0));
    if (cpu::areImages(x))
        return imageGradient(x, statistics, gamma, beta, epsilon, tail, added, y, gradY, statisticsOfX);
    TailGradient gradient;
    Tensor g = gradY;
    if (tail.relu) {
        const Tensor z = preActivation(x, statistics, gamma, beta, epsilon, added);
        const Tensor active = apply(Unary::Relu, z);
        if (tail.maxPool) g = maxPool2dGradient(active, g, {});
        g = applyDerivative(Unary::Relu, g, z, active);
    }
    if (added.defined()) gradient.added = g;
    gradient.norm = batchNormGradient(x, statistics, gamma, g, epsilon, statisticsOfX);
    return gradient;
}

}  // namespace filigree::backend
