// SPDX-License-Identifier: Apache-2.0
#include "optim/clipping.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "backend/elementwise.h"
#include "backend/reduction.h"
#include "base/error.h"
#include "base/parallel.h"

namespace filigree::optim {
namespace {

// Sums run over blocks of this size, whatever the number of threads.
constexpr std::int64_t block = 8192;

double squaredNorm(const Tensor& gradient) {
    const Tensor g = gradient.contiguous();
    return dispatchFloating(g.dtype(), "gradientNorm", [&](auto zero) {
        using T = decltype(zero);
        const T* const values = g.data<T>();
        const std::int64_t count = g.elements();
        std::vector<double> partial(static_cast<std::size_t>((count + block - 1) / block));
        parallelFor(0, static_cast<std::int64_t>(partial.size()), 4,
                    [&](std::int64_t first, std::int64_t last) {
                        for (std::int64_t b = first; b < last; ++b) {
                            double sum = 0;
                            const std::int64_t end = std::min(count, (b + 1) * block);
                            for (std::int64_t i = b * block; i < end; ++i)
                                sum += static_cast<double>(values[i]) * static_cast<double>(values[i]);
                            partial[static_cast<std::size_t>(b)] = sum;
                        }
                    });
        double sum = 0;
        for (const double part : partial) sum += part;
        return sum;
    });
}

/// Replaces every gradient by change(value) of each of its values.
template <typename Change>
void replaceGradients(std::span<const autograd::Variable> variables, Change&& change) {
    for (autograd::Variable variable : variables) {
        if (!variable.gradient().defined()) continue;
        const Tensor old = variable.gradient().contiguous();
        Tensor next = Tensor::empty(old.shape(), old.dtype());
        dispatchFloating(old.dtype(), "gradient clipping", [&](auto zero) {
            using T = decltype(zero);
            const T* const from = old.data<T>();
            T* const to = next.data<T>();
            parallelFor(0, old.elements(), 2 * block, [&](std::int64_t first, std::int64_t last) {
                for (std::int64_t i = first; i < last; ++i) to[i] = change(from[i]);
            });
        });
        variable.setGradient(std::move(next));
    }
}

bool lieOnDevice(std::span<const autograd::Variable> variables) {
    return std::any_of(variables.begin(), variables.end(), [](const autograd::Variable& variable) {
        return variable.gradient().defined() && variable.gradient().onDevice();
    });
}

/// The factor min(1, maximum / (norm + 1e-6)) as a tensor: nothing waits for the device.
Tensor clippingFactor(std::span<const autograd::Variable> variables, double maximum) {
    using backend::Unary;
    Tensor total;
    for (const autograd::Variable& variable : variables) {
        if (!variable.gradient().defined()) continue;
        const Tensor squares = backend::sum(backend::apply(Unary::Square, variable.gradient()));
        total = total.defined() ? backend::add(total, squares) : squares;
    }
    const Tensor norm = backend::apply(Unary::AddScalar, backend::apply(Unary::Sqrt, total), 1e-6);
    const Tensor factor = backend::divide(Tensor::fullLike(norm, maximum), norm);
    return backend::apply(Unary::Clamp, factor, 0, 1);
}

/// Replaces every gradient by change(gradient).
template <typename Change>
void replaceOnDevice(std::span<const autograd::Variable> variables, Change&& change) {
    for (autograd::Variable variable : variables)
        if (variable.gradient().defined()) variable.setGradient(change(variable.gradient()));
}

void requirePositive(double maximum) {
    if (!(maximum > 0))
        throw Error(ErrorKind::Run,
                    "gradients are clipped to a positive size, not " + std::to_string(maximum));
}

}  // namespace

double gradientNorm(std::span<const autograd::Variable> variables) {
    double sum = 0;
    for (const autograd::Variable& variable : variables)
        if (variable.gradient().defined()) sum += squaredNorm(variable.gradient());
    return std::sqrt(sum);
}

double clipGradientNorm(std::span<const autograd::Variable> variables, double maximum) {
    requirePositive(maximum);
    if (lieOnDevice(variables)) {
        const Tensor factor = clippingFactor(variables, maximum);
        replaceOnDevice(variables, [&](const Tensor& g) { return backend::multiply(g, factor); });
        return std::numeric_limits<double>::quiet_NaN();
    }
    const double norm = gradientNorm(variables);
    if (!std::isfinite(norm))
        throw Error(ErrorKind::Run, "the norm of the gradients is not finite", {},
                    "lower the learning rate or look for the first step whose loss is not finite");
    const double factor = maximum / (norm + 1e-6);
    if (factor < 1)
        replaceGradients(variables, [factor]<typename T>(T g) { return static_cast<T>(factor) * g; });
    return norm;
}

double clipGradientValue(std::span<const autograd::Variable> variables, double maximum) {
    requirePositive(maximum);
    if (lieOnDevice(variables)) {
        replaceOnDevice(variables, [&](const Tensor& g) {
            return backend::apply(backend::Unary::Clamp, g, -maximum, maximum);
        });
        return std::numeric_limits<double>::quiet_NaN();
    }
    const double norm = gradientNorm(variables);
    replaceGradients(variables, [maximum]<typename T>(T g) {
        return std::clamp(g, static_cast<T>(-maximum), static_cast<T>(maximum));
    });
    return norm;
}

}  // namespace filigree::optim
