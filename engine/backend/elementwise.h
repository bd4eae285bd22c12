// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tensor/tensor.h"

namespace filigree::backend {

// Element-wise kernels on f32 and f64. Operands of one call have the same dtype, else Error (Run).
// A result keeps the batch-tiled memory of its operands (lanes past the batch are zero), else it is
// contiguous.

/// Functions of two elements.
enum class Binary { Add, Subtract, Multiply, Divide };

/// function(a, b) with broadcasting. Batch-tiled memory is kept when both have the same shape and tile, and
/// when one is batch-tiled with the shape of the result and the other does not vary along the batch (a bias
/// per channel).
Tensor apply(Binary function, const Tensor& a, const Tensor& b);

inline Tensor add(const Tensor& a, const Tensor& b) {
    return apply(Binary::Add, a, b);
}
/// sum = sum + term, of one shape: in place where nobody else sees the memory of `sum`.
void addTo(Tensor& sum, const Tensor& term);
inline Tensor subtract(const Tensor& a, const Tensor& b) {
    return apply(Binary::Subtract, a, b);
}
inline Tensor multiply(const Tensor& a, const Tensor& b) {
    return apply(Binary::Multiply, a, b);
}
inline Tensor divide(const Tensor& a, const Tensor& b) {
    return apply(Binary::Divide, a, b);
}

/// Functions of one element x with up to two constants a and b.
enum class Unary {
    Scale,      ///< a x
    AddScalar,  ///< x + a
    Power,      ///< x^a
    Exp,
    Log,
    Sqrt,
    Abs,  ///< derivative 0 at 0
    Square,
    Relu,      ///< max(x, 0), derivative 0 at 0
    GeluErf,   ///< x (1 + erf(x / sqrt 2)) / 2. Source: Hendrycks, Gimpel 2016
    GeluTanh,  ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Source: same
    Silu,      ///< x sigmoid(x)
    Tanh,
    Sigmoid,
    Softplus,   ///< log(1 + e^x), evaluated without overflow
    LeakyRelu,  ///< x for x > 0, else a x
    Clamp,      ///< min(max(x, a), b); derivative 1 for a <= x <= b
    SmoothL1,   ///< x^2 / (2 a) for |x| < a, else |x| - a / 2
    XLogX,      ///< x log x, 0 at 0
};

/// function(x), element by element.
Tensor apply(Unary function, const Tensor& x, double a = 0, double b = 0);

/// gradient * function'(x), where y = apply(function, x, a, b) saves evaluating the function again.
Tensor applyDerivative(Unary function, const Tensor& gradient, const Tensor& x, const Tensor& y, double a = 0,
                       double b = 0);

}  // namespace filigree::backend
