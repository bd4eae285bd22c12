// SPDX-License-Identifier: Apache-2.0
#include "backend/softmax.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

/// Calls rows(source, source of `b`, target, count, length) for contiguous rows along `axis`; another axis is
/// brought last and back.
template <typename Rows>
Tensor alongAxis(const char* operation, const Tensor& a, const Tensor* b, int axis, Rows&& rows) {
    const profile::Operation timed(operation, 5.0 * static_cast<double>(a.elements()), cpu::bytesOf(a, a));
    const int along = a.shape().axis(axis);
    if (b && !(a.shape() == b->shape()))
        throw Error(ErrorKind::Run, std::string(operation) + " needs a gradient of the shape of the value",
                    a.shape().text() + " and " + b->shape().text());
    const int last = a.rank() - 1;
    const auto inRows = [&](const Tensor& x) {
        return (along == last ? x : x.transpose(along, last)).contiguous();
    };
    const Tensor first = inRows(a);
    const Tensor second = b ? inRows(*b) : Tensor();
    Tensor result = Tensor::empty(first.shape(), first.dtype());
    const std::int64_t length = first.dim(last);
    const std::int64_t count = length == 0 ? 0 : first.elements() / length;
    dispatchFloating(a.dtype(), operation, [&](auto zero) {
        using T = decltype(zero);
        const T* const x = first.data<T>();
        const T* const y = b ? second.data<T>() : nullptr;
        T* const to = result.data<T>();
        parallelFor(0, count, cpu::grainOf(4 * length), [&](std::int64_t begin, std::int64_t end) {
            rows(x + begin * length, y ? y + begin * length : nullptr, to + begin * length, end - begin,
                 length);
        });
    });
    return along == last ? result : result.transpose(along, last).contiguous();
}

// What the kernels do in f32, in f64.

double largest(const double* x, std::int64_t length) {
    return *std::max_element(x, x + length);
}

void softmaxRow(const double* x, double* y, std::int64_t length) {
    const double highest = largest(x, length);
    double total = 0;
    for (std::int64_t i = 0; i < length; ++i) total += y[i] = std::exp(x[i] - highest);
    for (std::int64_t i = 0; i < length; ++i) y[i] /= total;
}

void softmaxGradientRow(const double* g, const double* y, double* dx, std::int64_t length) {
    const double dot = std::inner_product(g, g + length, y, 0.0);
    for (std::int64_t i = 0; i < length; ++i) dx[i] = y[i] * (g[i] - dot);
}

void logSoftmaxRow(const double* x, double* y, std::int64_t length) {
    const double highest = largest(x, length);
    double total = 0;
    for (std::int64_t i = 0; i < length; ++i) total += std::exp(x[i] - highest);
    for (std::int64_t i = 0; i < length; ++i) y[i] = (x[i] - highest) - std::log(total);
}

void logSoftmaxGradientRow(const double* g, const double* y, double* dx, std::int64_t length) {
    const double total = std::accumulate(g, g + length, 0.0);
    for (std::int64_t i = 0; i < length; ++i) dx[i] = g[i] - std::exp(y[i]) * total;
}

void softmaxGradientRow(const float* g, const float* y, float* dx, std::int64_t length) {
    rowKernels().softmaxGradient(g, y, dx, length);
}
void logSoftmaxGradientRow(const float* g, const float* y, float* dx, std::int64_t length) {
    rowKernels().logSoftmaxGradient(g, y, dx, length);
}

void softmaxRows(const double* x, double* y, std::int64_t count, std::int64_t length) {
    for (std::int64_t r = 0; r < count; ++r) softmaxRow(x + r * length, y + r * length, length);
}
void logSoftmaxRows(const double* x, double* y, std::int64_t count, std::int64_t length) {
    for (std::int64_t r = 0; r < count; ++r) logSoftmaxRow(x + r * length, y + r * length, length);
}
void softmaxRows(const float* x, float* y, std::int64_t count, std::int64_t length) {
    rowKernels().softmax(x, y, count, length);
}
void logSoftmaxRows(const float* x, float* y, std::int64_t count, std::int64_t length) {
    rowKernels().logSoftmax(x, y, count, length);
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->softmax(x, axis);
    return alongAxis("softmax", x, nullptr, axis,
                     [](const auto* in, const auto*, auto* out, std::int64_t count, std::int64_t length) {
                         softmaxRows(in, out, count, length);
                     });
}

Tensor softmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    if (DeviceKernels* const device = kernelsOf(gradient)) return device->softmaxBackward(gradient, y, axis);
    return alongAxis("softmax", gradient, &y, axis,
                     [](const auto* g, const auto* p, auto* out, std::int64_t count, std::int64_t length) {
                         for (std::int64_t r = 0; r < count * length; r += length)
                             softmaxGradientRow(g + r, p + r, out + r, length);
                     });
}

Tensor logSoftmax(const Tensor& x, int axis) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->logSoftmax(x, axis);
    return alongAxis("logSoftmax", x, nullptr, axis,
                     [](const auto* in, const auto*, auto* out, std::int64_t count, std::int64_t length) {
                         logSoftmaxRows(in, out, count, length);
                     });
}

Tensor logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->logSoftmaxBackward(gradient, y, axis);
    return alongAxis("logSoftmax", gradient, &y, axis,
                     [](const auto* g, const auto* p, auto* out, std::int64_t count, std::int64_t length) {
                         for (std::int64_t r = 0; r < count * length; r += length)
                             logSoftmaxGradientRow(g + r, p + r, out + r, length);
                     });
}

}  // namespace filigree::backend
