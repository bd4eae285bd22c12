// SPDX-License-Identifier: Apache-2.0
#include "backend/normalization.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "backend/cpu/blocked_sum.h"
#include "backend/cpu/image_normalization.h"
#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

[[noreturn]] void fail(const char* function, const std::string& message, const std::string& where) {
    throw Error(ErrorKind::Run, std::string(function) + ": " + message, where);
}

/// In one of the two orders that the kernels read.
Tensor readable(const Tensor& x) {
    return x.tile() != 0 ? x : x.contiguous();
}
Tensor inOrderOf(const Tensor& x, const Tensor& order) {
    return order.tile() != 0 ? x.tiled(order.tile()) : x.contiguous();
}

/// Where the values of a channel lie, in both memory orders: blocks (samples or batch tiles) of channels of
/// runs.
struct Layout {
    Index blocks, channels, run;
    Index lanes = 1;      ///< width of the batch tile
    Index lastLanes = 1;  ///< lanes of the last block that hold samples
    Index perChannel;     ///< values of a channel, padding lanes excluded

    bool byColumns() const { return run == 1; }  // contiguous [N, C]: channels, not samples, are neighbours
};

Layout layoutOf(const char* function, const Tensor& x) {
    if (x.rank() != 2 && x.rank() != 4)
        fail(function, "needs [N, C] or [N, C, H, W]", "input " + x.shape().text());
    const Index batch = x.dim(0), places = x.rank() == 4 ? x.dim(2) * x.dim(3) : 1;
    Layout layout{batch, x.dim(1), places, 1, 1, batch * places};
    if (const Index tile = x.tile(); tile != 0) {
        layout.blocks = (batch + tile - 1) / tile;
        layout.run = places * tile;
        layout.lanes = tile;
        layout.lastLanes = batch - (layout.blocks - 1) * tile;
    }
    return layout;
}

/// For each channel the sum of term(index, channel) over the indices of its values in memory.
template <typename T, typename Term>
std::vector<double> channelSums(const Layout& s, Term&& term) {
    std::vector<double> sums(static_cast<std::size_t>(s.channels), 0.0);
    parallelFor(0, s.channels, cpu::grainOf(s.blocks * s.run), [&](Index first, Index last) {
        if (s.byColumns()) {
            for (Index n = 0; n < s.blocks; ++n)
                for (Index c = first; c < last; ++c)
                    sums[static_cast<std::size_t>(c)] += static_cast<double>(term(n * s.channels + c, c));
            return;
        }
        for (Index c = first; c < last; ++c) {
            double sum = 0;
            for (Index b = 0; b < s.blocks; ++b) {
                const Index begin = (b * s.channels + c) * s.run;
                if (b + 1 < s.blocks || s.lastLanes == s.lanes) {
                    sum += cpu::blockedSum<T>(s.run, [&](Index i) { return term(begin + i, c); });
                } else {
                    for (Index row = begin; row < begin + s.run; row += s.lanes)
                        sum += cpu::blockedSum<T>(s.lastLanes, [&](Index i) { return term(row + i, c); });
                }
            }
            sums[static_cast<std::size_t>(c)] = sum;
        }
    });
    return sums;
}

/// to[index] = value(index, channel) everywhere, padding lanes included.
template <typename T, typename Value>
void fillChannels(const Layout& s, T* to, Value&& value) {
    if (s.byColumns()) {
        parallelFor(0, s.blocks, cpu::grainOf(s.channels), [&](Index first, Index last) {
            for (Index n = first; n < last; ++n)
                for (Index c = 0; c < s.channels; ++c) to[n * s.channels + c] = value(n * s.channels + c, c);
        });
        return;
    }
    parallelFor(0, s.blocks * s.channels, cpu::grainOf(s.run), [&](Index first, Index last) {
        for (Index plane = first; plane < last; ++plane) {
            const Index c = plane % s.channels;
            for (Index i = plane * s.run; i < (plane + 1) * s.run; ++i) to[i] = value(i, c);
        }
    });
}

void requireVector(const char* function, const char* what, const Tensor& vector, const Tensor& x) {
    if (!(vector.shape() == Shape{x.dim(1)}))
        fail(function, std::string(what) + " must have one value per channel",
             vector.shape().text() + " for input " + x.shape().text());
}

void requireType(const char* function, const Tensor& a, const Tensor& x) {
    if (a.dtype() != x.dtype())
        fail(function, "the operands hold different types",
             std::string(nameOf(a.dtype())) + " and " + nameOf(x.dtype()));
}

/// Numbers per channel in the type of the values.
template <typename T>
std::vector<T> perChannel(const Tensor& numbers) {
    const std::vector<double> wide = numbers.toDoubles();
    return std::vector<T>(wide.begin(), wide.end());
}

template <typename T>
std::vector<T> inverseDeviations(const ChannelStatistics& statistics, double epsilon) {
    std::vector<T> inverse;
    for (const double variance : statistics.variance.toDoubles())
        inverse.push_back(static_cast<T>(1 / std::sqrt(variance + epsilon)));
    return inverse;
}

Tensor vectorOf(const std::vector<double>& values, DType type) {
    return Tensor::from(values, {static_cast<Index>(values.size())}).to(type);
}

constexpr std::size_t at(Index i) {
    return static_cast<std::size_t>(i);
}

}  // namespace

ChannelStatistics channelStatistics(const Tensor& x) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->channelStatistics(x);
    const profile::Operation timed("batch norm statistics", 4.0 * static_cast<double>(x.elements()),
                                   cpu::bytesOf(x));
    const Tensor source = readable(x);
    const Layout layout = layoutOf("channelStatistics", source);
    if (layout.perChannel < 1) fail("channelStatistics", "there are no values", "input " + x.shape().text());
    if (cpu::areImages(source)) return cpu::imageStatistics(source);
    const auto count = static_cast<double>(layout.perChannel);
    return dispatchFloating(x.dtype(), "channelStatistics", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        std::vector<double> means = channelSums<T>(layout, [from](Index i, Index) { return from[i]; });
        for (double& mean : means) mean /= count;
        const std::vector<T> centre(means.begin(), means.end());
        std::vector<double> variances =
            channelSums<T>(layout, [from, middle = centre.data()](Index i, Index c) {
                const T offset = from[i] - middle[c];
                return offset * offset;
            });
        for (double& variance : variances) variance /= count;
        return ChannelStatistics{vectorOf(means, DType::F64), vectorOf(variances, DType::F64)};
    });
}

Tensor batchNorm(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                 const Tensor& beta, double epsilon) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->batchNorm(x, statistics, gamma, beta, epsilon);
    const profile::Operation timed("batch norm", 3.0 * static_cast<double>(x.elements()), cpu::bytesOf(x, x));
    const Tensor source = readable(x);
    const Layout layout = layoutOf("batchNorm", source);
    for (const Tensor* vector : {&gamma, &beta}) {
        requireVector("batchNorm", vector == &gamma ? "gamma" : "beta", *vector, x);
        requireType("batchNorm", *vector, x);
    }
    requireVector("batchNorm", "the mean", statistics.mean, x);
    requireVector("batchNorm", "the variance", statistics.variance, x);
    Tensor y = source.tile() != 0 ? Tensor::batchTiled(x.shape(), source.tile(), x.dtype())
                                  : Tensor::empty(x.shape(), x.dtype());
    dispatchFloating(x.dtype(), "batchNorm", [&](auto zero) {
        using T = decltype(zero);
        const std::vector<T> means = perChannel<T>(statistics.mean), shifts = perChannel<T>(beta);
        std::vector<T> scales = perChannel<T>(gamma);
        const std::vector<T> inverse = inverseDeviations<T>(statistics, epsilon);
        for (std::size_t c = 0; c < scales.size(); ++c) scales[c] *= inverse[c];
        fillChannels(
            layout, y.data<T>(),
            [from = source.data<T>(), mean = means.data(), scale = scales.data(), shift = shifts.data()](
                Index i, Index c) { return (from[i] - mean[c]) * scale[c] + shift[c]; });
        cpu::clearPadding<T>(y);
    });
    return y;
}

NormalizationGradient batchNormGradient(const Tensor& x, const ChannelStatistics& statistics,
                                        const Tensor& gamma, const Tensor& gradY, double epsilon,
                                        bool statisticsOfX) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->batchNormGradient(x, statistics, gamma, gradY, epsilon, statisticsOfX);
    const profile::Operation timed("batch norm gradient", 8.0 * static_cast<double>(x.elements()),
                                   cpu::bytesOf(x, gradY, x));
    const Tensor source = readable(x);
    const Layout layout = layoutOf("batchNormGradient", source);
    if (!(gradY.shape() == x.shape()))
        fail("batchNormGradient", "the gradient does not have the shape of the input",
             gradY.shape().text() + " for input " + x.shape().text());
    requireVector("batchNormGradient", "gamma", gamma, x);
    requireType("batchNormGradient", gamma, x);
    requireType("batchNormGradient", gradY, x);
    const Tensor arrived = inOrderOf(gradY, source);
    Tensor gradX = source.tile() != 0 ? Tensor::batchTiled(x.shape(), source.tile(), x.dtype())
                                      : Tensor::empty(x.shape(), x.dtype());
    return dispatchFloating(x.dtype(), "batchNormGradient", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        const T* const g = arrived.data<T>();
        const std::vector<T> means = perChannel<T>(statistics.mean),
                             inverse = inverseDeviations<T>(statistics, epsilon);
        const std::vector<double> slopes = channelSums<T>(layout, [g](Index i, Index) { return g[i]; });
        std::vector<double> products = channelSums<T>(
            layout, [g, from, mean = means.data()](Index i, Index c) { return g[i] * (from[i] - mean[c]); });
        for (std::size_t c = 0; c < products.size(); ++c) products[c] *= static_cast<double>(inverse[c]);

        // With s = gamma / deviation and z the normalised x: s (g - mean(g) - z mean(g z)), the means being
        // over the channel; constant statistics leave s g.
        std::vector<T> scales = perChannel<T>(gamma), constant(scales.size(), T{0}),
                       linear(scales.size(), T{0});
        const double count = statisticsOfX ? static_cast<double>(layout.perChannel) : 1;
        for (std::size_t c = 0; c < scales.size(); ++c) {
            scales[c] *= inverse[c];
            if (!statisticsOfX) continue;
            constant[c] = static_cast<T>(slopes[c] / count);
            linear[c] = static_cast<T>(products[c] / count * static_cast<double>(inverse[c]));
        }
        fillChannels(layout, gradX.data<T>(),
                     [from, g, mean = means.data(), scale = scales.data(), level = constant.data(),
                      tilt = linear.data()](Index i, Index c) {
                         return scale[c] * (g[i] - level[c] - (from[i] - mean[c]) * tilt[c]);
                     });
        cpu::clearPadding<T>(gradX);
        return NormalizationGradient{gradX, vectorOf(products, x.dtype()), vectorOf(slopes, x.dtype())};
    });
}

namespace {

/// Rows of a layer normalisation and the values in each.
struct Rows {
    Index count, size;
};

Rows rowsOf(const char* function, const Tensor& x, const Tensor& gamma) {
    const int outer = x.rank() - gamma.rank();
    bool fits = gamma.rank() >= 1 && outer >= 0 && gamma.elements() > 0;
    for (int axis = 0; fits && axis < gamma.rank(); ++axis) fits = gamma.dim(axis) == x.dim(outer + axis);
    if (!fits)
        fail(function, "gamma must have the shape of the last axes of the input",
             "gamma " + gamma.shape().text() + ", input " + x.shape().text());
    requireType(function, gamma, x);
    return {x.elements() / gamma.elements(), gamma.elements()};
}

/// Mean and 1 / deviation of one row.
template <typename T>
struct RowStatistics {
    RowStatistics(const T* row, Index size, double epsilon) {
        const auto count = static_cast<double>(size);
        mean = static_cast<T>(sum(row, size) / count);
        inverse = static_cast<T>(1 / std::sqrt(squares(row, mean, size) / count + epsilon));
    }
    T mean, inverse;

  private:
    static double sum(const float* row, Index size) { return rowKernels().sum(row, size); }
    static double squares(const float* row, float centre, Index size) {
        return rowKernels().squares(row, centre, size);
    }
    static double sum(const double* row, Index size) { return std::accumulate(row, row + size, 0.0); }
    static double squares(const double* row, double centre, Index size) {
        return std::accumulate(row, row + size, 0.0, [centre](double total, double x) {
            return total + (x - centre) * (x - centre);
        });
    }
};

void normalizeRow(const float* x, const RowStatistics<float>& s, const float* gamma, const float* beta,
                  float* y, Index size) {
    rowKernels().normalize(x, s.mean, s.inverse, gamma, beta, y, size);
}
void normalizeRow(const double* x, const RowStatistics<double>& s, const double* gamma, const double* beta,
                  double* y, Index size) {
    for (Index i = 0; i < size; ++i) y[i] = (x[i] - s.mean) * s.inverse * gamma[i] + beta[i];
}

// With h = gamma g and z the normalised x: (h - mean(h) - z mean(h z)) / deviation.
void normalizeRowGradient(const float* x, const RowStatistics<float>& s, const float* gamma, const float* g,
                          float* dx, Index size) {
    rowKernels().normalizeGradient(x, s.mean, s.inverse, gamma, g, dx, size);
}
void normalizeRowGradient(const double* x, const RowStatistics<double>& s, const double* gamma,
                          const double* g, double* dx, Index size) {
    const auto z = [&](Index i) { return (x[i] - s.mean) * s.inverse; };
    double level = 0, tilt = 0;
    for (Index i = 0; i < size; ++i) {
        level += gamma[i] * g[i] / static_cast<double>(size);
        tilt += gamma[i] * g[i] * z(i) / static_cast<double>(size);
    }
    for (Index i = 0; i < size; ++i) dx[i] = s.inverse * (gamma[i] * g[i] - level - z(i) * tilt);
}

/// Adds the sums over the rows of the gradients of gamma and beta.
void addRowSums(const float* x, const float* mean, const float* inverse, const float* g, const Rows& rows,
                double* gamma, double* beta) {
    rowKernels().normalizeSums(x, mean, inverse, g, rows.count, rows.size, gamma, beta);
}
void addRowSums(const double* x, const double* mean, const double* inverse, const double* g, const Rows& rows,
                double* gamma, double* beta) {
    for (Index r = 0; r < rows.count; ++r)
        for (Index i = 0; i < rows.size; ++i) {
            const double slope = g[r * rows.size + i];
            gamma[i] += slope * (x[r * rows.size + i] - mean[r]) * inverse[r];
            beta[i] += slope;
        }
}

}  // namespace

Tensor layerNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->layerNorm(x, gamma, beta, epsilon);
    const Rows rows = rowsOf("layerNorm", x, gamma);
    if (!(beta.shape() == gamma.shape()))
        fail("layerNorm", "beta must have the shape of gamma",
             "gamma " + gamma.shape().text() + ", beta " + beta.shape().text());
    requireType("layerNorm", beta, x);
    const Tensor source = x.contiguous(), scales = gamma.contiguous(), shifts = beta.contiguous();
    Tensor y = Tensor::empty(x.shape(), x.dtype());
    dispatchFloating(x.dtype(), "layerNorm", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        const T* const scale = scales.data<T>();
        const T* const shift = shifts.data<T>();
        T* const to = y.data<T>();
        parallelFor(0, rows.count, cpu::grainOf(rows.size), [&](Index first, Index last) {
            for (Index r = first; r < last; ++r) {
                const T* const row = from + r * rows.size;
                const RowStatistics<T> s(row, rows.size, epsilon);
                normalizeRow(row, s, scale, shift, to + r * rows.size, rows.size);
            }
        });
    });
    return y;
}

NormalizationGradient layerNormGradient(const Tensor& x, const Tensor& gamma, const Tensor& gradY,
                                        double epsilon) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->layerNormGradient(x, gamma, gradY, epsilon);
    const Rows rows = rowsOf("layerNormGradient", x, gamma);
    if (!(gradY.shape() == x.shape()))
        fail("layerNormGradient", "the gradient does not have the shape of the input",
             gradY.shape().text() + " for input " + x.shape().text());
    requireType("layerNormGradient", gradY, x);
    const Tensor source = x.contiguous(), scales = gamma.contiguous(), arrived = gradY.contiguous();
    Tensor gradX = Tensor::empty(x.shape(), x.dtype());
    return dispatchFloating(x.dtype(), "layerNormGradient", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        const T* const scale = scales.data<T>();
        const T* const g = arrived.data<T>();
        T* const to = gradX.data<T>();
        // Block by block of rows, whose values are then still near; the sums over blocks are added in their
        // order, however many threads there are.
        constexpr Index block = 64;
        const Index blocks = (rows.count + block - 1) / block;
        std::vector<double> sums(at(2 * blocks * rows.size), 0.0);
        parallelFor(0, blocks, cpu::grainOf(block * rows.size), [&](Index first, Index last) {
            std::array<T, at(block)> means, inverse;
            for (Index b = first; b < last; ++b) {
                const Index start = b * block, count = std::min(block, rows.count - start);
                const Index place = start * rows.size;
                for (Index r = 0; r < count; ++r) {
                    const Index row = place + r * rows.size;
                    const RowStatistics<T> s(from + row, rows.size, epsilon);
                    means[at(r)] = s.mean;
                    inverse[at(r)] = s.inverse;
                    normalizeRowGradient(from + row, s, scale, g + row, to + row, rows.size);
                }
                double* const gammaPart = sums.data() + 2 * b * rows.size;
                addRowSums(from + place, means.data(), inverse.data(), g + place, {count, rows.size},
                           gammaPart, gammaPart + rows.size);
            }
        });
        std::vector<double> gammaSums(at(rows.size), 0.0), betaSums(at(rows.size), 0.0);
        for (Index b = 0; b < blocks; ++b)
            for (Index i = 0; i < rows.size; ++i) {
                gammaSums[at(i)] += sums[at(2 * b * rows.size + i)];
                betaSums[at(i)] += sums[at((2 * b + 1) * rows.size + i)];
            }
        return NormalizationGradient{gradX, vectorOf(gammaSums, x.dtype()).reshape(gamma.shape()),
                                     vectorOf(betaSums, x.dtype()).reshape(gamma.shape())};
    });
}

}  // namespace filigree::backend
