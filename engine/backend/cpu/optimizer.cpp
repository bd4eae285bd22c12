// SPDX-License-Identifier: Apache-2.0
#include "backend/optimizer.h"

#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "base/parallel.h"

namespace filigree::backend {
namespace {

constexpr std::int64_t grain = 16384;

void advance(const SgdFactors& f, float* w, float* v, const float* g, std::int64_t n) {
    rowKernels().sgd({.rate = static_cast<float>(f.rate),
                      .momentum = static_cast<float>(f.momentum),
                      .shrink = static_cast<float>(f.shrink),
                      .pull = static_cast<float>(f.pull),
                      .nesterov = f.nesterov},
                     w, v, g, n);
}

// What the kernel does in f32, in f64.
void advance(const SgdFactors& f, double* w, double* v, const double* g, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
        const double slope = g[i] + f.pull * w[i];
        if (v) v[i] = f.momentum * v[i] + slope;
        const double direction = !v ? slope : f.nesterov ? slope + f.momentum * v[i] : v[i];
        w[i] = f.shrink * w[i] - f.rate * direction;
    }
}

}  // namespace

void sgd(const SgdFactors& factors, Tensor& value, Tensor* momentum, const Tensor& gradient) {
    if (DeviceKernels* const device = kernelsOf(value))
        return device->sgd(factors, value, momentum, gradient);
    dispatchFloating(value.dtype(), "SGD", [&](auto zero) {
        using T = decltype(zero);
        T* const w = value.data<T>();
        T* const v = momentum ? momentum->data<T>() : nullptr;
        const T* const g = gradient.data<T>();
        parallelFor(0, value.elements(), grain, [&](std::int64_t first, std::int64_t last) {
            const FlushSubnormals flush;
            advance(factors, w + first, v ? v + first : nullptr, g + first, last - first);
        });
    });
}

}  // namespace filigree::backend
