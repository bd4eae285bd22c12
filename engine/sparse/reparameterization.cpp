// SPDX-License-Identifier: Apache-2.0
#include "sparse/reparameterization.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "backend/elementwise.h"

namespace filigree::sparse {
namespace {

double logistic(double s) {
    return 1 / (1 + std::exp(-s));
}

/// w where the mask is not 0, else 0.
Tensor maskedBy(const Tensor& w, const Tensor& mask) {
    if (mask.dtype() != DType::U8) return backend::multiply(w, mask);
    const Tensor in = w.contiguous();
    Tensor result = Tensor::empty(in.shape(), in.dtype());
    const std::uint8_t* const m = mask.data<std::uint8_t>();
    dispatchFloating(in.dtype(), "mask of weights", [&](auto zero) {
        using T = decltype(zero);
        const T* const v = in.data<T>();
        T* const out = result.data<T>();
        const std::int64_t count = in.elements();
        for (std::int64_t i = 0; i < count; ++i) out[i] = v[i] * static_cast<T>(m[i]);
    });
    return result;
}

}  // namespace

autograd::Variable straightThrough(const autograd::Variable& w, const Tensor& mask, double decay) {
    return autograd::Variable::result(
        maskedBy(w.value(), mask), {w}, [=](const Tensor& gradient, std::span<autograd::Variable> inputs) {
            if (decay == 0) {
                inputs[0].accumulate(gradient);
                return;
            }
            const Tensor arriving = gradient.contiguous();
            Tensor total = Tensor::empty(arriving.shape(), arriving.dtype());
            const Tensor value = inputs[0].value().contiguous();
            dispatchFloating(total.dtype(), "straight-through gradient", [&](auto zero) {
                using T = decltype(zero);
                const T* const in = arriving.data<T>();
                T* const out = total.data<T>();
                const T* const m = mask.data<T>();
                const T* const v = value.data<T>();
                const auto factor = static_cast<T>(decay);
                const std::int64_t count = total.elements();
                for (std::int64_t i = 0; i < count; ++i) out[i] = in[i] + factor * (1 - m[i]) * v[i];
            });
            inputs[0].accumulate(std::move(total));
        });
}

autograd::Variable softThreshold(const autograd::Variable& w, const autograd::Variable& s) {
    const Tensor in = w.value().contiguous();
    const double threshold = logistic(s.value().item());
    Tensor out = Tensor::zeros(in.shape(), in.dtype());
    dispatchFloating(in.dtype(), "soft threshold", [&](auto zero) {
        using T = decltype(zero);
        const T* const v = in.data<T>();
        T* const y = out.data<T>();
        const auto limit = static_cast<T>(threshold);
        // |w| - g where that is positive, with the sign of w: without branches.
        const std::int64_t count = in.elements();
        for (std::int64_t i = 0; i < count; ++i) {
            const T shrunk = std::max(std::abs(v[i]) - limit, T{0});
            y[i] = v[i] < 0 ? -shrunk : shrunk;
        }
    });
    return autograd::Variable::result(
        out, {w, s}, [=](const Tensor& arriving, std::span<autograd::Variable> inputs) {
            const Tensor gradient = arriving.contiguous();
            Tensor weightGradient = Tensor::zeros(gradient.shape(), gradient.dtype());
            double sum = 0;
            dispatchFloating(gradient.dtype(), "soft threshold gradient", [&](auto zero) {
                using T = decltype(zero);
                const T* const g = gradient.data<T>();
                const T* const y = out.data<T>();
                T* const d = weightGradient.data<T>();
                // One sum per lane, so that the loop can be vectorised; the order is fixed.
                constexpr std::int64_t lanes = 16;
                std::array<double, lanes> sums{};
                const std::int64_t count = gradient.elements();
                const auto add = [&](std::int64_t i, std::int64_t lane) {
                    d[i] = y[i] != 0 ? g[i] : T{0};
                    const T signedGradient = y[i] > 0 ? g[i] : (y[i] < 0 ? -g[i] : T{0});
                    sums[static_cast<std::size_t>(lane)] += static_cast<double>(signedGradient);
                };
                std::int64_t i = 0;
                for (; i + lanes <= count; i += lanes)
                    for (std::int64_t lane = 0; lane < lanes; ++lane) add(i + lane, lane);
                for (; i < count; ++i) add(i, 0);
                for (const double part : sums) sum += part;
            });
            inputs[0].accumulate(std::move(weightGradient));
            if (inputs[1].needsGradient())
                inputs[1].accumulate(Tensor::full(inputs[1].shape(), -threshold * (1 - threshold) * sum,
                                                  inputs[1].value().dtype()));
        });
}

}  // namespace filigree::sparse
