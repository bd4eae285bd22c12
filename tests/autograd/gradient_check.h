// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "autograd/variable.h"
#include "tensor/tensor.h"

namespace filigree::tests {

/// A differentiable function of several tensors.
using Function = std::function<autograd::Variable(std::span<const autograd::Variable>)>;

/// Uniform numbers in [low, high), the same for the same seed.
Tensor randomTensor(const Shape& shape, std::uint64_t seed, double low = -1, double high = 1,
                    DType type = DType::F64);

/// The same values in every memory order: contiguous; strided with gaps and axes out of order; batch-tiled
/// (width 4).
std::vector<Tensor> memoryOrders(const Tensor& x);

/// Largest |analytic - numeric| over the inputs, relative to max(1, largest |numeric| of that input), for the
/// scalar <f(inputs), random>. Numeric: fourth-order central differences with the given step. Inputs are f64.
double gradientError(const Function& function, const std::vector<Tensor>& inputs, double step = 1e-3);

/// Gradients of <f(inputs), projection>; an input that gets none has an undefined tensor.
std::vector<Tensor> gradientsOf(const Function& function, const std::vector<Tensor>& inputs,
                                const Tensor& projection);

/// Largest |a - b|, infinity for different shapes or any NaN.
double largestDifference(const Tensor& a, const Tensor& b);

/// Checks gradients in f64 in all memory orders, that values and gradients in all memory orders agree to
/// 1e-12, and that f32 agrees with f64 within `f32Bound` (relative to max(1, largest value)), for values and
/// gradients. Returns "" or what failed: QCOMPARE(checkFunction(…), std::string()).
std::string checkFunction(const Function& function, const std::vector<Tensor>& inputs, double bound = 1e-7,
                          double f32Bound = 1e-5);

/// True if the call throws Error with kind Run whose message or place contains every given text.
bool throwsRunError(const std::function<void()>& call, const std::vector<std::string>& texts);

}  // namespace filigree::tests

namespace QTest {

/// Lets QCOMPARE say what a check found.
template <>
inline char* toString(const std::string& text) {
    return qstrdup(text.c_str());
}

}  // namespace QTest
