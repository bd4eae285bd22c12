// SPDX-License-Identifier: Apache-2.0
#include "backend/pooling.h"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <vector>

#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

// Both memory orders are arrays of planes [planes][height][width][lanes]: contiguous memory has a plane per
// sample and channel and one lane, batch-tiled memory a plane per tile and channel and a lane per sample of
// the tile. Every loop runs over the lanes innermost.

struct Planes {
    Index count, height, width, lanes;
    Index size() const { return height * width * lanes; }
};

Planes planesOf(const Shape& shape, int tile) {
    const Index lanes = std::max(1, tile);
    return {(shape[0] + lanes - 1) / lanes * shape[1], shape[2], shape[3], lanes};
}

Tensor like(const Shape& shape, const Tensor& order) {
    return order.tile() != 0 ? Tensor::batchTiled(shape, order.tile(), order.dtype())
                             : Tensor::empty(shape, order.dtype());
}

/// In one of the two orders that the kernels read.
Tensor readable(const Tensor& x) {
    return x.tile() != 0 ? x : x.contiguous();
}
Tensor inOrderOf(const Tensor& x, const Tensor& order) {
    return order.tile() != 0 ? x.tiled(order.tile()) : x.contiguous();
}

/// body(lanes) with a compile-time 1 for contiguous memory and 16 for what sparse convolutions produce.
template <typename Body>
void withLanes(Index lanes, Body&& body) {
    if (lanes == 1)
        body(std::integral_constant<Index, 1>{});
    else if (lanes == 16)
        body(std::integral_constant<Index, 16>{});
    else
        body(lanes);
}

// NaN is the largest number. Two plain choices each, where an "or" would cost the vectoriser its grip.
template <typename T>
T larger(T a, T b) {
    const T ordered = a > b ? a : b;
    return a != a ? a : ordered;
}
/// `yes` where a is b or NaN.
template <typename T>
T ifSame(T a, T b, T yes, T no) {
    const T ordered = a == b ? yes : no;
    return a != a ? yes : ordered;
}

/// A number per lane; where their count is known, an array of its own that cannot overlap anything and so
/// lives in registers.
template <typename T, typename Count>
struct Lanes {
    explicit Lanes(Count) {}
    std::array<T, static_cast<std::size_t>(Count::value)> values;
    T* data() { return values.data(); }
    T& operator[](Index l) { return values[static_cast<std::size_t>(l)]; }
};
template <typename T>
struct Lanes<T, Index> {
    explicit Lanes(Index count) : values(static_cast<std::size_t>(count)) {}
    std::vector<T> values;
    T* data() { return values.data(); }
    T& operator[](Index l) { return values[static_cast<std::size_t>(l)]; }
};

/// The part of a window that lies inside the image: rows top … bottom-1, columns left … right-1.
struct Window {
    Index top, bottom, left, right;
};

Window windowAt(const Pool2dOptions& o, const Planes& in, Index i, Index j) {
    const Index top = i * o.stride[0] - o.padding[0], left = j * o.stride[1] - o.padding[1];
    return {std::max<Index>(top, 0), std::min(top + o.kernel[0], in.height), std::max<Index>(left, 0),
            std::min(left + o.kernel[1], in.width)};
}

/// Calls body(offset of the input plane, offset of the output element, window) for each output of the planes
/// first … last-1.
template <typename Body>
void forEachWindow(const Pool2dOptions& options, const Planes& in, const Planes& out, Index first, Index last,
                   Body&& body) {
    for (Index p = first; p < last; ++p)
        for (Index i = 0; i < out.height; ++i)
            for (Index j = 0; j < out.width; ++j)
                body(p * in.size(), p * out.size() + (i * out.width + j) * out.lanes,
                     windowAt(options, in, i, j));
}

/// Whether the pool takes disjoint 2 x 2 windows of contiguous images of floats: then rows have kernels of
/// their own.
bool hasPairs(const Pool2dOptions& o, const Planes& in, DType type) {
    const std::array<Index, 2> two{2, 2}, none{0, 0};
    return o.kernel == two && o.stride == two && o.padding == none && in.lanes == 1 && type == DType::F32;
}

void requireGradient(const char* function, const Tensor& gradY, const Shape& expected) {
    if (!(gradY.shape() == expected))
        throw Error(ErrorKind::Run,
                    std::string(function) + ": the gradient does not have the shape of the result",
                    gradY.shape().text() + " instead of " + expected.text());
}

void requireImages(const char* function, const Shape& x) {
    if (x.rank() != 4 || x[2] < 1 || x[3] < 1)
        throw Error(ErrorKind::Run, std::string(function) + ": needs images [N, C, H, W]",
                    "input " + x.text());
}

}  // namespace

Shape poolShape(const char* function, const Shape& x, const Pool2dOptions& options) {
    requireImages(function, x);
    Shape y{x[0], x[1], 0, 0};
    for (int axis = 0; axis < 2; ++axis) {
        const auto a = static_cast<std::size_t>(axis);
        const Index kernel = options.kernel[a], stride = options.stride[a], padding = options.padding[a];
        constexpr Index most = Index{1} << 31;
        if (kernel < 1 || kernel > most || stride < 1 || stride > most || padding < 0 ||
            padding > kernel / 2 || x[2 + axis] + 2 * padding < kernel)
            throw Error(
                ErrorKind::Run, std::string(function) + ": the window does not fit",
                "input " + x.text() + ", kernel " + std::to_string(kernel) + ", stride " +
                    std::to_string(stride) + ", padding " + std::to_string(padding),
                "the padding may be half the kernel at most, the kernel as large as the padded image");
        y[2 + axis] = (x[2 + axis] + 2 * padding - kernel) / stride + 1;
    }
    return y;
}

Tensor maxPool2d(const Tensor& x, const Pool2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->maxPool2d(x, options);
    const profile::Operation timed("max pool", static_cast<double>(x.elements()), cpu::bytesOf(x));
    const Tensor source = readable(x);
    Tensor y = like(poolShape("maxPool2d", x.shape(), options), source);
    const Planes in = planesOf(x.shape(), source.tile()), out = planesOf(y.shape(), source.tile());
    if (hasPairs(options, in, x.dtype())) {
        const float* const from = source.data<float>();
        float* const to = y.data<float>();
        parallelFor(0, in.count * out.height, cpu::grainOf(2 * in.width), [&](Index first, Index last) {
            for (Index i = first; i < last; ++i) {
                const float* const top = from + i / out.height * in.size() + i % out.height * 2 * in.width;
                rowKernels().pairMaxima(top, top + in.width, to + i * out.width, out.width);
            }
        });
        return y;
    }
    dispatchFloating(x.dtype(), "maxPool2d", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = y.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                Lanes<T, decltype(lanes)> best(lanes);
                forEachWindow(options, in, out, first, last, [&](Index plane, Index at, const Window& w) {
                    std::copy_n(from + plane + (w.top * in.width + w.left) * lanes, static_cast<Index>(lanes),
                                best.data());
                    for (Index row = w.top; row < w.bottom; ++row)
                        for (Index column = w.left; column < w.right; ++column) {
                            const T* const value = from + plane + (row * in.width + column) * lanes;
                            for (Index l = 0; l < lanes; ++l) best[l] = larger(value[l], best[l]);
                        }
                    std::copy_n(best.data(), static_cast<Index>(lanes), to + at);
                });
            });
        });
    });
    return y;
}

Tensor maxPool2dGradient(const Tensor& x, const Tensor& gradY, const Pool2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->maxPool2dGradient(x, gradY, options);
    const Shape shape = poolShape("maxPool2dGradient", x.shape(), options);
    requireGradient("maxPool2dGradient", gradY, shape);
    const profile::Operation timed("max pool gradient", static_cast<double>(x.elements()),
                                   cpu::bytesOf(x, gradY, x));
    const Tensor source = readable(x);
    const Tensor arrived = inOrderOf(gradY, source);
    Tensor gradX = like(x.shape(), source);
    const Planes in = planesOf(x.shape(), source.tile()), out = planesOf(shape, source.tile());
    if (hasPairs(options, in, x.dtype())) {
        const float* const from = source.data<float>();
        const float* const g = arrived.data<float>();
        float* const to = gradX.data<float>();
        parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
            for (Index p = first; p < last; ++p) {
                const float* const image = from + p * in.size();
                float* const gradient = to + p * in.size();
                // An odd last row or column belongs to no window.
                if (in.height % 2 != 0 || in.width % 2 != 0) std::fill_n(gradient, in.size(), 0.0F);
                for (Index i = 0; i < out.height; ++i) {
                    const Index top = 2 * i * in.width, bottom = top + in.width;
                    rowKernels().pairMaximaGradient(image + top, image + bottom,
                                                    g + (p * out.height + i) * out.width, gradient + top,
                                                    gradient + bottom, out.width);
                }
            }
        });
        return gradX;
    }
    dispatchFloating(x.dtype(), "maxPool2dGradient", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        const T* const g = arrived.data<T>();
        T* const to = gradX.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                std::fill(to + first * in.size(), to + last * in.size(), T{0});
                Lanes<T, decltype(lanes)> best(lanes);
                Lanes<T, decltype(lanes)> left(lanes);
                forEachWindow(options, in, out, first, last, [&](Index plane, Index at, const Window& w) {
                    std::copy_n(from + plane + (w.top * in.width + w.left) * lanes, static_cast<Index>(lanes),
                                best.data());
                    const auto forEachPixel = [&](auto&& visit) {
                        for (Index row = w.top; row < w.bottom; ++row)
                            for (Index column = w.left; column < w.right; ++column)
                                visit(plane + (row * in.width + column) * lanes);
                    };
                    forEachPixel([&](Index pixel) {
                        const T* const value = from + pixel;
                        for (Index l = 0; l < lanes; ++l) best[l] = larger(value[l], best[l]);
                    });
                    // What arrived goes to the first pixel that holds the maximum; then there is nothing left
                    // of it.
                    std::copy_n(g + at, static_cast<Index>(lanes), left.data());
                    forEachPixel([&](Index pixel) {
                        const T* const value = from + pixel;
                        T* const sum = to + pixel;
                        for (Index l = 0; l < lanes; ++l) {
                            const T taken = ifSame(value[l], best[l], left[l], T{0});
                            left[l] = ifSame(value[l], best[l], T{0}, left[l]);
                            sum[l] += taken;
                        }
                    });
                });
            });
        });
    });
    return gradX;
}

Tensor averagePool2d(const Tensor& x, const Pool2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->averagePool2d(x, options);
    const profile::Operation timed("average pool", static_cast<double>(x.elements()), cpu::bytesOf(x));
    const Tensor source = readable(x);
    Tensor y = like(poolShape("averagePool2d", x.shape(), options), source);
    const Planes in = planesOf(x.shape(), source.tile()), out = planesOf(y.shape(), source.tile());
    dispatchFloating(x.dtype(), "averagePool2d", [&](auto zero) {
        using T = decltype(zero);
        const T share = T{1} / static_cast<T>(options.kernel[0] * options.kernel[1]);
        const T* const from = source.data<T>();
        T* const to = y.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                forEachWindow(options, in, out, first, last, [&](Index plane, Index at, const Window& w) {
                    T* const sum = to + at;
                    std::fill_n(sum, static_cast<Index>(lanes), T{0});
                    for (Index row = w.top; row < w.bottom; ++row)
                        for (Index column = w.left; column < w.right; ++column) {
                            const T* const value = from + plane + (row * in.width + column) * lanes;
                            for (Index l = 0; l < lanes; ++l) sum[l] += value[l];
                        }
                    for (Index l = 0; l < lanes; ++l) sum[l] *= share;
                });
            });
        });
    });
    return y;
}

Tensor averagePool2dGradient(const Tensor& gradY, const Shape& xShape, const Pool2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(gradY))
        return device->averagePool2dGradient(gradY, xShape, options);
    const Shape shape = poolShape("averagePool2dGradient", xShape, options);
    requireGradient("averagePool2dGradient", gradY, shape);
    const Tensor arrived = readable(gradY);
    Tensor gradX = like(xShape, arrived);
    const Planes in = planesOf(xShape, arrived.tile()), out = planesOf(shape, arrived.tile());
    dispatchFloating(gradY.dtype(), "averagePool2dGradient", [&](auto zero) {
        using T = decltype(zero);
        const T share = T{1} / static_cast<T>(options.kernel[0] * options.kernel[1]);
        const T* const g = arrived.data<T>();
        T* const to = gradX.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                std::fill(to + first * in.size(), to + last * in.size(), T{0});
                forEachWindow(options, in, out, first, last, [&](Index plane, Index at, const Window& w) {
                    for (Index row = w.top; row < w.bottom; ++row)
                        for (Index column = w.left; column < w.right; ++column) {
                            T* const sum = to + plane + (row * in.width + column) * lanes;
                            for (Index l = 0; l < lanes; ++l) sum[l] += share * g[at + l];
                        }
                });
            });
        });
    });
    return gradX;
}

Tensor globalAveragePool2d(const Tensor& x) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->globalAveragePool2d(x);
    requireImages("globalAveragePool2d", x.shape());
    const profile::Operation timed("global average pool", static_cast<double>(x.elements()), cpu::bytesOf(x));
    const Tensor source = readable(x);
    Tensor y = like({x.dim(0), x.dim(1)}, source);
    const Planes in = planesOf(x.shape(), source.tile());
    dispatchFloating(x.dtype(), "globalAveragePool2d", [&](auto zero) {
        using T = decltype(zero);
        const double share = 1.0 / static_cast<double>(in.height * in.width);
        const T* const from = source.data<T>();
        T* const to = y.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                // Rows in the type of the values, the sum of rows in double.
                std::vector<T> rowOf(static_cast<std::size_t>(lanes));
                std::vector<double> totalOf(static_cast<std::size_t>(lanes));
                T* const sum = rowOf.data();
                double* const total = totalOf.data();
                for (Index p = first; p < last; ++p) {
                    std::fill_n(total, static_cast<Index>(lanes), 0.0);
                    for (Index row = 0; row < in.height; ++row) {
                        std::fill_n(sum, static_cast<Index>(lanes), T{0});
                        for (Index column = 0; column < in.width; ++column) {
                            const T* const value = from + p * in.size() + (row * in.width + column) * lanes;
                            for (Index l = 0; l < lanes; ++l) sum[l] += value[l];
                        }
                        for (Index l = 0; l < lanes; ++l) total[l] += static_cast<double>(sum[l]);
                    }
                    for (Index l = 0; l < lanes; ++l) to[p * lanes + l] = static_cast<T>(total[l] * share);
                }
            });
        });
    });
    return y;
}

Tensor globalAveragePool2dGradient(const Tensor& gradY, const Shape& xShape) {
    if (DeviceKernels* const device = kernelsOf(gradY))
        return device->globalAveragePool2dGradient(gradY, xShape);
    requireImages("globalAveragePool2dGradient", xShape);
    requireGradient("globalAveragePool2dGradient", gradY, {xShape[0], xShape[1]});
    const Tensor arrived = readable(gradY);
    Tensor gradX = like(xShape, arrived);
    const Planes in = planesOf(xShape, arrived.tile());
    dispatchFloating(gradY.dtype(), "globalAveragePool2dGradient", [&](auto zero) {
        using T = decltype(zero);
        const T share = T{1} / static_cast<T>(in.height * in.width);
        const T* const g = arrived.data<T>();
        T* const to = gradX.data<T>();
        withLanes(in.lanes, [&](auto lanes) {
            parallelFor(0, in.count, cpu::grainOf(in.size()), [&](Index first, Index last) {
                for (Index p = first; p < last; ++p)
                    for (Index place = 0; place < in.height * in.width; ++place) {
                        T* const value = to + p * in.size() + place * lanes;
                        for (Index l = 0; l < lanes; ++l) value[l] = share * g[p * lanes + l];
                    }
            });
        });
    });
    return gradX;
}

}  // namespace filigree::backend
