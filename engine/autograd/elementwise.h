// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "autograd/variable.h"

namespace filigree::autograd {

// Two operands broadcast by NumPy's rule; the gradient is summed back to each operand's shape.
// Shapes that do not fit and different dtypes throw Error (Run).
Variable add(const Variable& a, const Variable& b);
Variable subtract(const Variable& a, const Variable& b);
Variable multiply(const Variable& a, const Variable& b);
Variable divide(const Variable& a, const Variable& b);

Variable negate(const Variable& x);
/// factor * x.
Variable scale(const Variable& x, double factor);
/// x + term.
Variable addScalar(const Variable& x, double term);
/// x^exponent.
Variable power(const Variable& x, double exponent);
Variable exp(const Variable& x);
Variable log(const Variable& x);
Variable sqrt(const Variable& x);
/// |x|, derivative 0 at 0.
Variable abs(const Variable& x);
Variable square(const Variable& x);
/// min(max(x, low), high), derivative 1 from low to high (both included). Throws Error (Run) if low > high.
Variable clamp(const Variable& x, double low, double high);

/// max(x, 0), derivative 0 at 0.
Variable relu(const Variable& x);
/// x for x > 0, else slope * x.
Variable leakyRelu(const Variable& x, double slope = 0.01);
/// Exact: x Phi(x). Tanh: the approximation of the same paper (Hendrycks, Gimpel, "Gaussian error linear
/// units", 2016).
enum class Gelu { Exact, Tanh };
Variable gelu(const Variable& x, Gelu form = Gelu::Exact);
/// x sigmoid(x).
Variable silu(const Variable& x);
Variable tanh(const Variable& x);
Variable sigmoid(const Variable& x);
/// log(1 + e^x).
Variable softplus(const Variable& x);
/// x^2 / (2 beta) for |x| < beta, else |x| - beta / 2 (beta > 0).
Variable huber(const Variable& x, double beta);
/// x log x, 0 at 0.
Variable xLogX(const Variable& x);

}  // namespace filigree::autograd
