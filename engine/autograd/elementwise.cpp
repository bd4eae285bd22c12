// SPDX-License-Identifier: Apache-2.0
#include "autograd/elementwise.h"

#include <string>

#include "backend/elementwise.h"
#include "backend/reduction.h"
#include "base/error.h"

namespace filigree::autograd {

using backend::Unary;

Variable add(const Variable& a, const Variable& b) {
    return Variable::result(backend::add(a.value(), b.value()), {a, b},
                            [](const Tensor& g, std::span<Variable> inputs) {
                                for (Variable& input : inputs)
                                    if (input.needsGradient())
                                        input.accumulate(backend::sumTo(g, input.shape()));
                            });
}

Variable subtract(const Variable& a, const Variable& b) {
    return Variable::result(
        backend::subtract(a.value(), b.value()), {a, b}, [](const Tensor& g, std::span<Variable> inputs) {
            Variable &left = inputs[0], &right = inputs[1];
            if (left.needsGradient()) left.accumulate(backend::sumTo(g, left.shape()));
            if (right.needsGradient())
                right.accumulate(backend::apply(Unary::Scale, backend::sumTo(g, right.shape()), -1));
        });
}

Variable multiply(const Variable& a, const Variable& b) {
    return Variable::result(
        backend::multiply(a.value(), b.value()), {a, b}, [](const Tensor& g, std::span<Variable> inputs) {
            Variable &left = inputs[0], &right = inputs[1];
            if (left.needsGradient())
                left.accumulate(backend::sumTo(backend::multiply(g, right.value()), left.shape()));
            if (right.needsGradient())
                right.accumulate(backend::sumTo(backend::multiply(g, left.value()), right.shape()));
        });
}

Variable divide(const Variable& a, const Variable& b) {
    Tensor quotient = backend::divide(a.value(), b.value());
    return Variable::result(quotient, {a, b}, [quotient](const Tensor& g, std::span<Variable> inputs) {
        Variable &left = inputs[0], &right = inputs[1];
        const Tensor overRight = backend::divide(g, right.value());
        if (left.needsGradient()) left.accumulate(backend::sumTo(overRight, left.shape()));
        if (right.needsGradient())
            right.accumulate(backend::apply(
                Unary::Scale, backend::sumTo(backend::multiply(overRight, quotient), right.shape()), -1));
    });
}

namespace {

Variable unary(Unary function, const Variable& x, double a = 0, double b = 0) {
    Tensor y = backend::apply(function, x.value(), a, b);
    return Variable::result(y, {x}, [=](const Tensor& g, std::span<Variable> inputs) {
        inputs[0].accumulate(backend::applyDerivative(function, g, inputs[0].value(), y, a, b));
    });
}

}  // namespace

Variable scale(const Variable& x, double factor) {
    return Variable::result(backend::apply(Unary::Scale, x.value(), factor), {x},
                            [factor](const Tensor& g, std::span<Variable> inputs) {
                                inputs[0].accumulate(backend::apply(Unary::Scale, g, factor));
                            });
}

Variable addScalar(const Variable& x, double term) {
    return Variable::result(backend::apply(Unary::AddScalar, x.value(), term), {x},
                            [](const Tensor& g, std::span<Variable> inputs) { inputs[0].accumulate(g); });
}

Variable negate(const Variable& x) {
    return scale(x, -1);
}
Variable power(const Variable& x, double exponent) {
    return unary(Unary::Power, x, exponent);
}
Variable exp(const Variable& x) {
    return unary(Unary::Exp, x);
}
Variable log(const Variable& x) {
    return unary(Unary::Log, x);
}
Variable sqrt(const Variable& x) {
    return unary(Unary::Sqrt, x);
}
Variable abs(const Variable& x) {
    return unary(Unary::Abs, x);
}
Variable square(const Variable& x) {
    return unary(Unary::Square, x);
}
Variable relu(const Variable& x) {
    return unary(Unary::Relu, x);
}
Variable leakyRelu(const Variable& x, double slope) {
    return unary(Unary::LeakyRelu, x, slope);
}
Variable gelu(const Variable& x, Gelu form) {
    return unary(form == Gelu::Exact ? Unary::GeluErf : Unary::GeluTanh, x);
}
Variable silu(const Variable& x) {
    return unary(Unary::Silu, x);
}
Variable tanh(const Variable& x) {
    return unary(Unary::Tanh, x);
}
Variable sigmoid(const Variable& x) {
    return unary(Unary::Sigmoid, x);
}
Variable softplus(const Variable& x) {
    return unary(Unary::Softplus, x);
}
Variable xLogX(const Variable& x) {
    return unary(Unary::XLogX, x);
}

Variable clamp(const Variable& x, double low, double high) {
    if (!(low <= high))
        throw Error(ErrorKind::Run,
                    "clamp needs low <= high, not " + std::to_string(low) + " and " + std::to_string(high));
    return unary(Unary::Clamp, x, low, high);
}

Variable huber(const Variable& x, double beta) {
    if (!(beta > 0)) throw Error(ErrorKind::Run, "huber needs beta > 0, not " + std::to_string(beta));
    return unary(Unary::SmoothL1, x, beta);
}

}  // namespace filigree::autograd
