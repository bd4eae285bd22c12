// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_linear.h"

#include <string>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/sparse_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

void check(const Tensor& x, const SparsePattern& pattern, const Tensor& values, const Tensor& bias) {
    const bool fits = x.rank() == 2 && x.dim(1) == pattern.columns && values.rank() == 1 &&
                      values.dim(0) == pattern.edges() && x.dtype() == values.dtype() &&
                      (!bias.defined() || (bias.shape() == Shape{pattern.rows} && bias.dtype() == x.dtype()));
    if (!fits)
        throw Error(ErrorKind::Run, "the shapes of a sparse linear layer do not fit",
                    "x " + x.shape().text() + ", weight [" + std::to_string(pattern.rows) + ", " +
                        std::to_string(pattern.columns) + "] with " + std::to_string(pattern.edges()) +
                        " edges, values " + values.shape().text() +
                        (bias.defined() ? ", bias " + bias.shape().text() : ""));
}

/// Rows per part so that a part is worth waking a thread for.
std::int64_t grainFor(std::int64_t parts, std::int64_t operations) {
    constexpr std::int64_t worthwhile = 200000;
    return operations <= worthwhile ? parts : std::max<std::int64_t>(1, parts * worthwhile / operations);
}

Tensor referenceForward(const Tensor& x, const SparsePattern& p, const Tensor& values, const Tensor& bias) {
    const Tensor in = x.contiguous();
    Tensor y = Tensor::empty({x.dim(0), p.rows}, DType::F64);
    const double* const w = values.data<double>();
    for (std::int64_t n = 0; n < x.dim(0); ++n)
        for (std::int64_t i = 0; i < p.rows; ++i) {
            double sum = bias.defined() ? bias.data<double>()[i] : 0.0;
            for (std::uint32_t e = p.rowStart[static_cast<std::size_t>(i)];
                 e < p.rowStart[static_cast<std::size_t>(i) + 1]; ++e)
                sum += w[e] * in.data<double>()[n * p.columns + p.column[e]];
            y.data<double>()[n * p.rows + i] = sum;
        }
    return y;
}

SparseLinearGradients referenceBackward(const Tensor& x, const Tensor& gradient, const SparsePattern& p,
                                        const Tensor& values) {
    const Tensor in = x.contiguous();
    const Tensor dy = gradient.contiguous();
    SparseLinearGradients result{Tensor::zeros(x.shape(), DType::F64),
                                 Tensor::zeros(values.shape(), DType::F64)};
    const double* const w = values.data<double>();
    for (std::int64_t n = 0; n < x.dim(0); ++n)
        for (std::int64_t i = 0; i < p.rows; ++i) {
            const double g = dy.data<double>()[n * p.rows + i];
            for (std::uint32_t e = p.rowStart[static_cast<std::size_t>(i)];
                 e < p.rowStart[static_cast<std::size_t>(i) + 1]; ++e) {
                const std::int64_t j = n * p.columns + p.column[e];
                result.x.data<double>()[j] += w[e] * g;
                result.values.data<double>()[e] += g * in.data<double>()[j];
            }
        }
    return result;
}

}  // namespace

Tensor sparseLinear(const Tensor& x, const SparsePattern& pattern, const Tensor& values, const Tensor& bias) {
    check(x, pattern, values, bias);
    const double products = static_cast<double>(pattern.edges()) * static_cast<double>(x.dim(0));
    const profile::Operation timed(
        "sparse linear", 2 * products,
        4.0 * static_cast<double>(2 * pattern.edges() + x.dim(0) * (pattern.rows + pattern.columns)));
    if (x.dtype() == DType::F64)
        return referenceForward(x, pattern, values.contiguous(), bias.defined() ? bias.contiguous() : bias);
    const SparseKernels& kernels = sparseKernels();
    const int tile = linearTile(x.dim(0), kernels.vectorWidth);
    const Tensor in = x.tiled(tile);
    Tensor y = Tensor::batchTiled({x.dim(0), pattern.rows}, tile);
    const Tensor w = values.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    const std::int64_t tiles = (x.dim(0) + tile - 1) / tile;
    const float* const from = in.data<float>();
    float* const to = y.data<float>();
    parallelFor(0, pattern.rows, grainFor(pattern.rows, pattern.edges() * x.dim(0)),
                [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t t = 0; t < tiles; ++t)
                        kernels.multiply(pattern, w.data<float>(), b.defined() ? b.data<float>() : nullptr,
                                         from + t * pattern.columns * tile, to + t * pattern.rows * tile,
                                         tile, first, last);
                });
    return y;
}

SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                           const SparsePattern& pattern, const Tensor& values,
                                           bool wantsInput) {
    check(x, pattern, values, Tensor());
    if (!(gradient.shape() == Shape{x.dim(0), pattern.rows}))
        throw Error(ErrorKind::Run, "the gradient of a sparse linear layer has the wrong shape",
                    gradient.shape().text());
    const double products = static_cast<double>(pattern.edges()) * static_cast<double>(x.dim(0));
    const profile::Operation timed(
        "sparse linear gradient", (wantsInput ? 4 : 2) * products,
        4.0 * static_cast<double>(3 * pattern.edges() +
                                  x.dim(0) * (pattern.rows + (wantsInput ? 2 : 1) * pattern.columns)));
    if (x.dtype() == DType::F64) return referenceBackward(x, gradient, pattern, values.contiguous());
    const SparseKernels& kernels = sparseKernels();
    const int tile = linearTile(x.dim(0), kernels.vectorWidth);
    const Tensor in = x.tiled(tile);
    const Tensor dy = gradient.tiled(tile);
    const ZeroPaddedTiles out(dy);
    const Tensor w = values.contiguous();
    SparseLinearGradients result;
    result.values = Tensor::zeros(values.shape());
    if (wantsInput) result.x = Tensor::batchTiled(x.shape(), tile);
    float* const dw = result.values.data<float>();
    float* const dx = wantsInput ? result.x.data<float>() : nullptr;
    parallelFor(0, pattern.columns, grainFor(pattern.columns, 2 * pattern.edges() * x.dim(0)),
                [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t t = 0; t < out.count(); ++t) {
                        const std::int64_t place = t * pattern.columns * tile;
                        kernels.multiplyBackward(pattern, w.data<float>(), in.data<float>() + place, out[t],
                                                 dx ? dx + place : nullptr, dw, t > 0, tile, first, last);
                    }
                });
    return result;
}

Tensor featureSum(const Tensor& x) {
    if (x.rank() < 2)
        throw Error(ErrorKind::Run, "featureSum needs a batch and a feature axis", x.shape().text());
    const profile::Operation timed("bias gradient", static_cast<double>(x.elements()),
                                   static_cast<double>(x.bytes()));
    const std::int64_t batch = x.dim(0);
    const std::int64_t features = x.dim(1);
    const std::int64_t pixels = batch * features > 0 ? x.elements() / (batch * features) : 0;
    Tensor result = Tensor::zeros({features}, x.dtype());
    const Tensor in = x.tile() ? x : x.contiguous();
    dispatchFloating(x.dtype(), "featureSum", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = in.data<T>();
        T* const to = result.data<T>();
        const std::int64_t tile = in.tile() ? in.tile() : 1;
        parallelFor(0, features, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, batch * pixels)),
                    [&](std::int64_t first, std::int64_t last) {
                        for (std::int64_t f = first; f < last; ++f) {
                            double sum = 0;
                            for (std::int64_t n = 0; n < batch; n += tile) {
                                const T* row = from + (n * features + f * tile) * pixels;
                                const std::int64_t lanes = std::min(tile, batch - n);
                                for (std::int64_t p = 0; p < pixels; ++p, row += tile) {
                                    T part = 0;
                                    for (std::int64_t lane = 0; lane < lanes; ++lane) part += row[lane];
                                    sum += static_cast<double>(part);
                                }
                            }
                            to[f] = static_cast<T>(sum);
                        }
                    });
    });
    return result;
}

}  // namespace filigree::backend
