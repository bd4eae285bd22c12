// SPDX-License-Identifier: Apache-2.0
#include "backend/elementwise.h"

#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "backend/cpu/exponential.h"
#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using cpu::exponential;
using cpu::hyperbolicTangent;
using cpu::logistic;

// ---- functions of one element: value(x) and slope(x, y) with y = value(x) ----

template <typename T>
struct ScaleFunction {
    T factor;
    T value(T x) const { return factor * x; }
    T slope(T, T) const { return factor; }
};

template <typename T>
struct AddScalarFunction {
    T term;
    T value(T x) const { return x + term; }
    T slope(T, T) const { return 1; }
};

template <typename T>
struct PowerFunction {
    T exponent;
    T value(T x) const { return std::pow(x, exponent); }
    T slope(T x, T) const { return exponent == 0 ? T{0} : exponent * std::pow(x, exponent - 1); }
};

template <typename T>
struct ExpFunction {
    T value(T x) const { return exponential(x); }
    T slope(T, T y) const { return y; }
};

template <typename T>
struct LogFunction {
    T value(T x) const { return std::log(x); }
    T slope(T x, T) const { return T{1} / x; }
};

template <typename T>
struct SqrtFunction {
    T value(T x) const { return std::sqrt(x); }
    T slope(T, T y) const { return T{0.5} / y; }
};

template <typename T>
struct AbsFunction {
    T value(T x) const { return std::abs(x); }
    T slope(T x, T) const { return static_cast<T>(x > 0) - static_cast<T>(x < 0); }
};

template <typename T>
struct SquareFunction {
    T value(T x) const { return x * x; }
    T slope(T x, T) const { return 2 * x; }
};

template <typename T>
struct ReluFunction {
    T value(T x) const { return x < 0 ? T{0} : x; }  // this way round, NaN stays NaN
    T slope(T x, T) const { return x > 0 ? T{1} : T{0}; }
};

template <typename T>
struct GeluErfFunction {
    static T normal(T x) { return T{0.5} * (T{1} + std::erf(x * (T{1} / std::numbers::sqrt2_v<T>))); }
    T value(T x) const { return x * normal(x); }
    T slope(T x, T) const {
        constexpr T density = static_cast<T>(0.39894228040143267794);  // 1 / sqrt(2 pi)
        return normal(x) + x * density * exponential(T{-0.5} * x * x);
    }
};

template <typename T>
struct GeluTanhFunction {
    static constexpr T factor = static_cast<T>(0.79788456080286535588);  // sqrt(2 / pi)
    static constexpr T cubic = static_cast<T>(0.044715);
    T value(T x) const { return T{0.5} * x * (T{1} + hyperbolicTangent(factor * (x + cubic * x * x * x))); }
    T slope(T x, T) const {
        const T t = hyperbolicTangent(factor * (x + cubic * x * x * x));
        return T{0.5} * (T{1} + t) + T{0.5} * x * (T{1} - t * t) * factor * (T{1} + 3 * cubic * x * x);
    }
};

template <typename T>
struct SiluFunction {
    T value(T x) const { return x * logistic(x); }
    T slope(T x, T) const {
        const T s = logistic(x);
        return s + x * s * (T{1} - s);
    }
};

template <typename T>
struct TanhFunction {
    T value(T x) const { return hyperbolicTangent(x); }
    T slope(T, T y) const { return T{1} - y * y; }
};

template <typename T>
struct SigmoidFunction {
    T value(T x) const { return logistic(x); }
    T slope(T, T y) const { return y * (T{1} - y); }
};

template <typename T>
struct SoftplusFunction {
    T value(T x) const { return (x < 0 ? T{0} : x) + std::log1p(exponential(-std::abs(x))); }
    T slope(T x, T) const { return logistic(x); }
};

template <typename T>
struct LeakyReluFunction {
    T below;
    T value(T x) const { return x > 0 ? x : below * x; }
    T slope(T x, T) const { return x > 0 ? T{1} : below; }
};

template <typename T>
struct ClampFunction {
    T low, high;
    T value(T x) const { return x < low ? low : x > high ? high : x; }
    T slope(T x, T) const { return x < low || x > high ? T{0} : T{1}; }
};

template <typename T>
struct SmoothL1Function {
    T beta;
    T value(T x) const {
        const T size = std::abs(x);
        return size < beta ? T{0.5} * x * x / beta : size - T{0.5} * beta;
    }
    T slope(T x, T) const { return x <= -beta ? T{-1} : x >= beta ? T{1} : x / beta; }
};

template <typename T>
struct XLogXFunction {
    T value(T x) const { return x == 0 ? T{0} : x * std::log(x); }
    T slope(T x, T) const { return std::log(x) + T{1}; }
};

/// Calls body with the function object, once per call of a kernel: the loops inside see a type, not a
/// pointer.
template <typename T, typename Body>
void withFunction(Unary function, double first, double second, Body&& body) {
    const T a = static_cast<T>(first);
    const T b = static_cast<T>(second);
    switch (function) {
        case Unary::Scale:
            return body(ScaleFunction<T>{a});
        case Unary::AddScalar:
            return body(AddScalarFunction<T>{a});
        case Unary::Power:
            return body(PowerFunction<T>{a});
        case Unary::Exp:
            return body(ExpFunction<T>{});
        case Unary::Log:
            return body(LogFunction<T>{});
        case Unary::Sqrt:
            return body(SqrtFunction<T>{});
        case Unary::Abs:
            return body(AbsFunction<T>{});
        case Unary::Square:
            return body(SquareFunction<T>{});
        case Unary::Relu:
            return body(ReluFunction<T>{});
        case Unary::GeluErf:
            return body(GeluErfFunction<T>{});
        case Unary::GeluTanh:
            return body(GeluTanhFunction<T>{});
        case Unary::Silu:
            return body(SiluFunction<T>{});
        case Unary::Tanh:
            return body(TanhFunction<T>{});
        case Unary::Sigmoid:
            return body(SigmoidFunction<T>{});
        case Unary::Softplus:
            return body(SoftplusFunction<T>{});
        case Unary::LeakyRelu:
            return body(LeakyReluFunction<T>{a});
        case Unary::Clamp:
            return body(ClampFunction<T>{a, b});
        case Unary::SmoothL1:
            return body(SmoothL1Function<T>{a});
        case Unary::XLogX:
            return body(XLogXFunction<T>{});
    }
}

/// y[i] = f(x[i]).
template <typename F, typename T>
void values(const F& f, const T* x, T* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f.value(x[i]);
}
void values(const ReluFunction<float>&, const float* x, float* y, std::int64_t n) {
    rowKernels().relu(x, y, n);
}
void values(const GeluErfFunction<float>&, const float* x, float* y, std::int64_t n) {
    rowKernels().gelu(x, y, n);
}

/// dx[i] = g[i] f'(x[i]), where y = f(x).
template <typename F, typename T>
void gradients(const F& f, const T* g, const T* x, const T* y, T* dx, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) dx[i] = g[i] * f.slope(x[i], y[i]);
}
void gradients(const ReluFunction<float>&, const float* g, const float* x, const float*, float* dx,
               std::int64_t n) {
    rowKernels().reluGradient(g, x, dx, n);
}
void gradients(const GeluErfFunction<float>&, const float* g, const float* x, const float*, float* dx,
               std::int64_t n) {
    rowKernels().geluGradient(g, x, dx, n);
}

// ---- functions of two elements with broadcasting ----

template <Binary function, typename T>
T combine(T a, T b) {
    if constexpr (function == Binary::Add) return a + b;
    if constexpr (function == Binary::Subtract) return a - b;
    if constexpr (function == Binary::Multiply) return a * b;
    if constexpr (function == Binary::Divide) return a / b;
}

/// The loops over a row-major result: sizes with the strides of both operands, neighbours merged where
/// possible.
class BroadcastLoops {
  public:
    void append(std::int64_t size, std::int64_t strideA, std::int64_t strideB) {
        if (size == 1) return;
        if (rank_ > 0) {
            const std::size_t last = static_cast<std::size_t>(rank_ - 1);
            if (strideA_[last] == size * strideA && strideB_[last] == size * strideB) {
                sizes_[last] *= size;
                strideA_[last] = strideA;
                strideB_[last] = strideB;
                return;
            }
        }
        const std::size_t next = static_cast<std::size_t>(rank_++);
        sizes_[next] = size;
        strideA_[next] = strideA;
        strideB_[next] = strideB;
    }

    template <Binary function, typename T>
    void run(const T* a, const T* b, T* result) const {
        const std::size_t last = static_cast<std::size_t>(rank_ > 0 ? rank_ - 1 : 0);
        const std::int64_t inner = rank_ > 0 ? sizes_[last] : 1;
        std::int64_t rows = 1;
        for (std::size_t i = 0; i < last; ++i) rows *= sizes_[i];
        if (rows == 1) {
            parallelFor(0, inner, cpu::elementGrain, [&](std::int64_t first, std::int64_t end) {
                row<function>(a + first * strideA_[last], strideA_[last], b + first * strideB_[last],
                              strideB_[last], result + first, end - first);
            });
            return;
        }
        parallelFor(0, rows, cpu::grainOf(inner), [&](std::int64_t first, std::int64_t end) {
            std::array<std::int64_t, maximumRank> index{};
            std::int64_t offsetA = 0, offsetB = 0;
            for (std::int64_t i = static_cast<std::int64_t>(last) - 1, left = first; i >= 0; --i) {
                const std::size_t axis = static_cast<std::size_t>(i);
                index[axis] = left % sizes_[axis];
                left /= sizes_[axis];
                offsetA += index[axis] * strideA_[axis];
                offsetB += index[axis] * strideB_[axis];
            }
            for (std::int64_t r = first; r < end; ++r) {
                row<function>(a + offsetA, strideA_[last], b + offsetB, strideB_[last], result + r * inner,
                              inner);
                for (std::size_t axis = last; axis-- > 0;) {
                    offsetA += strideA_[axis];
                    offsetB += strideB_[axis];
                    if (++index[axis] < sizes_[axis]) break;
                    offsetA -= strideA_[axis] * sizes_[axis];
                    offsetB -= strideB_[axis] * sizes_[axis];
                    index[axis] = 0;
                }
            }
        });
    }

  private:
    static constexpr std::size_t maximumRank =
        Shape::maximumRank + 1;  // the lanes of a tile are one more axis

    template <Binary function, typename T>
    static void row(const T* a, std::int64_t stepA, const T* b, std::int64_t stepB, T* result,
                    std::int64_t count) {
        if (stepA == 1 && stepB == 1) {
            for (std::int64_t i = 0; i < count; ++i) result[i] = combine<function>(a[i], b[i]);
        } else if (stepA == 1 && stepB == 0) {
            const T value = *b;
            for (std::int64_t i = 0; i < count; ++i) result[i] = combine<function>(a[i], value);
        } else if (stepA == 0 && stepB == 1) {
            const T value = *a;
            for (std::int64_t i = 0; i < count; ++i) result[i] = combine<function>(value, b[i]);
        } else {
            for (std::int64_t i = 0; i < count; ++i)
                result[i] = combine<function>(a[i * stepA], b[i * stepB]);
        }
    }

    int rank_ = 0;
    std::array<std::int64_t, maximumRank> sizes_{};
    std::array<std::int64_t, maximumRank> strideA_{};
    std::array<std::int64_t, maximumRank> strideB_{};
};

/// Strides of x along the axes of `shape` (0 where it is repeated), for strided memory.
Shape stridesOver(const Shape& shape, const Tensor& x) {
    return x.expand(shape).strides();
}

/// Strides of x in a result of memory [tiles, rest.., lanes]: the tile axis first, the lanes last.
struct TiledStrides {
    std::int64_t tiles = 0, lanes = 0;
    Shape rest;
};

TiledStrides tiledStridesOver(const Shape& shape, const Tensor& x) {
    TiledStrides result;
    const int offset = shape.rank() - x.rank();
    const std::int64_t width = x.tile() == 0 ? 1 : x.tile();
    const Shape steps = x.tile() == 0 ? x.strides() : x.shape().rowMajorStrides();
    for (int i = 1; i < shape.rank(); ++i) {
        const bool repeated = i < offset || x.shape()[i - offset] == 1;
        result.rest.append(repeated ? 0 : steps[i - offset] * width);
    }
    if (x.tile() != 0) {
        result.tiles = (x.dim(0) == 0 ? 0 : x.elements() / x.dim(0)) * width;
        result.lanes = 1;
    }
    return result;
}

bool variesAlongBatch(const Tensor& x, const Shape& shape) {
    return x.rank() == shape.rank() && x.dim(0) != 1;
}

}  // namespace

Tensor apply(Binary function, const Tensor& a, const Tensor& b) {
    if (DeviceKernels* const device = kernelsOf(a.onDevice() ? a : b)) return device->apply(function, a, b);
    if (a.dtype() != b.dtype())
        throw Error(ErrorKind::Run,
                    std::string("the two operands hold different types: ") + nameOf(a.dtype()) + " and " +
                        nameOf(b.dtype()),
                    a.shape().text() + " and " + b.shape().text());
    const Shape shape = broadcast(a.shape(), b.shape());
    const profile::Operation timed(
        "arithmetic", static_cast<double>(shape.elements()),
        static_cast<double>(a.bytes() + b.bytes()) +
            static_cast<double>(shape.elements()) * static_cast<double>(sizeOf(a.dtype())));
    const int tile = a.tile() != 0 && a.shape() == shape ? a.tile() : b.shape() == shape ? b.tile() : 0;
    Tensor result;
    Tensor left = a, right = b;
    BroadcastLoops loops;
    if (tile != 0 && shape[0] > 1) {
        for (Tensor* operand : {&left, &right})
            *operand = variesAlongBatch(*operand, shape) ? operand->tiled(tile) : operand->strided();
        result = Tensor::batchTiled(shape, tile, a.dtype());
        const TiledStrides stepsA = tiledStridesOver(shape, left);
        const TiledStrides stepsB = tiledStridesOver(shape, right);
        loops.append((shape[0] + tile - 1) / tile, stepsA.tiles, stepsB.tiles);
        for (int i = 1; i < shape.rank(); ++i) loops.append(shape[i], stepsA.rest[i - 1], stepsB.rest[i - 1]);
        loops.append(tile, stepsA.lanes, stepsB.lanes);
    } else {
        left = a.strided();
        right = b.strided();
        result = Tensor::empty(shape, a.dtype());
        const Shape stepsA = stridesOver(shape, left);
        const Shape stepsB = stridesOver(shape, right);
        for (int i = 0; i < shape.rank(); ++i) loops.append(shape[i], stepsA[i], stepsB[i]);
    }
    dispatchFloating(a.dtype(), "arithmetic", [&](auto zero) {
        using T = decltype(zero);
        if (shape.elements() == 0) return;
        const T* const x = std::as_const(left).data<T>();
        const T* const y = std::as_const(right).data<T>();
        switch (function) {
            case Binary::Add:
                loops.run<Binary::Add>(x, y, result.data<T>());
                break;
            case Binary::Subtract:
                loops.run<Binary::Subtract>(x, y, result.data<T>());
                break;
            case Binary::Multiply:
                loops.run<Binary::Multiply>(x, y, result.data<T>());
                break;
            case Binary::Divide:
                loops.run<Binary::Divide>(x, y, result.data<T>());
                break;
        }
        cpu::clearPadding<T>(result);
    });
    return result;
}

void addTo(Tensor& sum, const Tensor& term) {
    const bool sameOrder =
        sum.tile() == term.tile() && (sum.tile() != 0 || (sum.isContiguous() && term.isContiguous()));
    if (sum.onDevice() || term.onDevice() || !sum.ownsStorage() || !sameOrder ||
        sum.dtype() != term.dtype() || !(sum.shape() == term.shape())) {
        sum = add(sum, term);
        return;
    }
    const profile::Operation timed("arithmetic", static_cast<double>(sum.elements()),
                                   static_cast<double>(2 * sum.bytes() + term.bytes()));
    dispatchFloating(sum.dtype(), "arithmetic", [&](auto zero) {
        using T = decltype(zero);
        T* const to = sum.data<T>();
        const T* const from = term.data<T>();
        parallelFor(0, sum.paddedElements(), cpu::elementGrain, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t i = first; i < last; ++i) to[i] += from[i];
        });
    });
}

Tensor apply(Unary function, const Tensor& x, double a, double b) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->apply(function, x, a, b);
    const profile::Operation timed("activation", static_cast<double>(x.elements()), cpu::bytesOf(x, x));
    const Tensor source = x.tile() != 0 ? x : x.contiguous();
    Tensor result = Tensor::emptyLike(source);
    dispatchFloating(x.dtype(), "an element-wise function", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        withFunction<T>(function, a, b, [&](const auto f) {
            parallelFor(0, source.paddedElements(), cpu::elementGrain,
                        [&](std::int64_t first, std::int64_t last) {
                            values(f, from + first, to + first, last - first);
                        });
        });
        cpu::clearPadding<T>(result);
    });
    return result;
}

Tensor applyDerivative(Unary function, const Tensor& gradient, const Tensor& x, const Tensor& y, double a,
                       double b) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->applyDerivative(function, gradient, x, y, a, b);
    if (!(gradient.shape() == x.shape()) || !(y.shape() == x.shape()))
        throw Error(ErrorKind::Run, "a derivative needs gradient, input and output of one shape",
                    gradient.shape().text() + ", " + x.shape().text() + " and " + y.shape().text());
    const profile::Operation timed("activation gradient", 2.0 * static_cast<double>(x.elements()),
                                   cpu::bytesOf(gradient, x, y, x));
    // The memory order of the values wins: it is what the layers around this one use.
    const auto ordered = [&](const Tensor& t) { return x.tile() != 0 ? t.tiled(x.tile()) : t.contiguous(); };
    const Tensor source = ordered(x), output = ordered(y), arriving = ordered(gradient);
    Tensor result = Tensor::emptyLike(source);
    dispatchFloating(x.dtype(), "an element-wise function", [&](auto zero) {
        using T = decltype(zero);
        const T* const g = arriving.data<T>();
        const T* const in = source.data<T>();
        const T* const out = output.data<T>();
        T* const to = result.data<T>();
        withFunction<T>(function, a, b, [&](const auto f) {
            parallelFor(0, source.paddedElements(), cpu::elementGrain,
                        [&](std::int64_t first, std::int64_t last) {
                            gradients(f, g + first, in + first, out + first, to + first, last - first);
                        });
        });
        cpu::clearPadding<T>(result);
    });
    return result;
}

}  // namespace filigree::backend
