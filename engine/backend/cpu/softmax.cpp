// SPDX-License-Identifier: Apache-2.0
#include "backend/softmax.h"

#include <cmath>
#include <string>
#include <vector>

#include "backend/cpu/exponential.h"
#include "backend/cpu/memory_order.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

/// Runs rows(source…, target, count, length) on contiguous rows along `axis`; another axis is brought last
/// and back.
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
            for (std::int64_t r = begin; r < end; ++r)
                rows(x + r * length, y ? y + r * length : nullptr, to + r * length, length);
        });
    });
    return along == last ? result : result.transpose(along, last).contiguous();
}

template <typename T>
T largest(const T* x, std::int64_t length) {
    T result = x[0];
    for (std::int64_t i = 1; i < length; ++i) result = x[i] > result ? x[i] : result;
    return result;
}

/// f(0) + … + f(length-1) in eight running sums, which vectorise and lose less than one.
template <typename T, typename Term>
T sumOf(std::int64_t length, Term&& term) {
    T sums[8] = {};
    std::int64_t i = 0;
    for (; i + 8 <= length; i += 8)
        for (std::int64_t lane = 0; lane < 8; ++lane) sums[lane] += term(i + lane);
    for (; i < length; ++i) sums[0] += term(i);
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

Tensor softmax(const Tensor& x, int axis) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->softmax(x, axis);
    return alongAxis("softmax", x, nullptr, axis,
                     [](const auto* in, const auto*, auto* out, std::int64_t length) {
                         using T = std::remove_pointer_t<decltype(out)>;
                         const T highest = largest(in, length);
                         for (std::int64_t i = 0; i < length; ++i) out[i] = cpu::exponential(in[i] - highest);
                         const T factor = T{1} / sumOf<T>(length, [&](std::int64_t i) { return out[i]; });
                         for (std::int64_t i = 0; i < length; ++i) out[i] *= factor;
                     });
}

Tensor softmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    if (DeviceKernels* const device = kernelsOf(gradient)) return device->softmaxBackward(gradient, y, axis);
    return alongAxis("softmax", gradient, &y, axis,
                     [](const auto* g, const auto* p, auto* out, std::int64_t length) {
                         using T = std::remove_pointer_t<decltype(out)>;
                         const T dot = sumOf<T>(length, [&](std::int64_t i) { return g[i] * p[i]; });
                         for (std::int64_t i = 0; i < length; ++i) out[i] = p[i] * (g[i] - dot);
                     });
}

Tensor logSoftmax(const Tensor& x, int axis) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->logSoftmax(x, axis);
    return alongAxis(
        "logSoftmax", x, nullptr, axis, [](const auto* in, const auto*, auto* out, std::int64_t length) {
            using T = std::remove_pointer_t<decltype(out)>;
            const T highest = largest(in, length);
            const T total =
                sumOf<T>(length, [&](std::int64_t i) { return cpu::exponential(in[i] - highest); });
            const T logTotal = std::log(total);
            for (std::int64_t i = 0; i < length; ++i) out[i] = (in[i] - highest) - logTotal;
        });
}

Tensor logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->logSoftmaxBackward(gradient, y, axis);
    return alongAxis("logSoftmax", gradient, &y, axis,
                     [](const auto* g, const auto* logp, auto* out, std::int64_t length) {
                         using T = std::remove_pointer_t<decltype(out)>;
                         const T total = sumOf<T>(length, [&](std::int64_t i) { return g[i]; });
                         for (std::int64_t i = 0; i < length; ++i)
                             out[i] = g[i] - cpu::exponential(logp[i]) * total;
                     });
}

}  // namespace filigree::backend
