// SPDX-License-Identifier: Apache-2.0
#include "backend/reduction.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/memory_order.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;
using Mask = std::array<bool, Shape::maximumRank>;

Mask maskOf(const Shape& shape, std::span<const int> axes) {
    Mask mask{};
    if (axes.empty()) mask.fill(true);
    for (const int axis : axes) {
        if (std::exchange(mask[static_cast<std::size_t>(shape.axis(axis))], true))
            throw Error(ErrorKind::Run, "axis " + std::to_string(axis) + " is given twice to a reduction",
                        "a tensor of shape " + shape.text());
    }
    return mask;
}

/// x as [outer, size, inner] summed over the middle, to [outer, inner] in double. Blocks of the middle have a
/// fixed length, their sums are added in ascending order.
template <typename T>
std::vector<double> sumMiddle(const T* x, Index outer, Index size, Index inner) {
    constexpr Index columnsEach = 512;
    const Index rowsEach = std::max<Index>(32, 8192 / inner);
    const Index blocks = std::max<Index>(1, (size + rowsEach - 1) / rowsEach);
    const Index chunks = (inner + columnsEach - 1) / columnsEach;
    std::vector<double> partial(static_cast<std::size_t>(outer * blocks * inner));
    const Index elementsEach = std::min(size, rowsEach) * std::min(inner, columnsEach);
    parallelFor(0, outer * blocks * chunks, cpu::grainOf(elementsEach), [&](Index first, Index last) {
        std::array<double, columnsEach> sums;
        for (Index task = first; task < last; ++task) {
            const Index o = task / (blocks * chunks), blockIndex = task / chunks % blocks,
                        chunk = task % chunks;
            const Index rowBegin = blockIndex * rowsEach, rowEnd = std::min(size, rowBegin + rowsEach);
            const Index begin = chunk * columnsEach, width = std::min(inner - begin, columnsEach);
            const T* const from = x + (o * size + rowBegin) * inner + begin;
            double* const to = partial.data() + (o * blocks + blockIndex) * inner + begin;
            if (inner == 1) {
                double lanes[8] = {};
                const Index count = rowEnd - rowBegin;
                Index i = 0;
                for (; i + 8 <= count; i += 8)
                    for (Index lane = 0; lane < 8; ++lane) lanes[lane] += static_cast<double>(from[i + lane]);
                for (; i < count; ++i) lanes[0] += static_cast<double>(from[i]);
                *to = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
                      ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
                continue;
            }
            std::fill_n(sums.begin(), width, 0.0);
            for (Index row = 0; row < rowEnd - rowBegin; ++row) {
                const T* const values = from + row * inner;
                for (Index j = 0; j < width; ++j)
                    sums[static_cast<std::size_t>(j)] += static_cast<double>(values[j]);
            }
            std::copy_n(sums.begin(), width, to);
        }
    });
    if (blocks == 1) return partial;
    std::vector<double> result(static_cast<std::size_t>(outer * inner));
    for (Index o = 0; o < outer; ++o)
        for (Index blockIndex = 0; blockIndex < blocks; ++blockIndex)
            for (Index j = 0; j < inner; ++j)
                result[static_cast<std::size_t>(o * inner + j)] +=
                    partial[static_cast<std::size_t>((o * blocks + blockIndex) * inner + j)];
    return result;
}

/// Batch-tiled [tiles, rest, lanes] summed over the lanes that hold samples, to [tiles, rest] in double.
template <typename T>
std::vector<double> sumLanes(const Tensor& x, Index tiles, Index rest) {
    const Index tile = x.tile(), batch = x.dim(0);
    std::vector<double> result(static_cast<std::size_t>(tiles * rest));
    const T* const from = x.data<T>();
    parallelFor(0, tiles * rest, cpu::grainOf(tile), [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            const T* const lanes = from + i * tile;
            const Index used = std::min(tile, batch - i / rest * tile);
            double sums[8] = {};
            Index lane = 0;
            for (; lane + 8 <= used; lane += 8)
                for (Index j = 0; j < 8; ++j) sums[j] += static_cast<double>(lanes[lane + j]);
            for (; lane < used; ++lane) sums[0] += static_cast<double>(lanes[lane]);
            result[static_cast<std::size_t>(i)] =
                ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
        }
    });
    return result;
}

/// Sums each run of neighbouring axes of the mask, the last run first, so that nothing has to be moved in
/// memory.
template <typename T>
Tensor sumMasked(const Tensor& x, Mask mask, const Shape& resultShape) {
    Tensor result = Tensor::empty(resultShape, x.dtype());
    T* const to = result.data<T>();
    if (x.elements() == 0) {
        std::fill_n(to, result.elements(), T{});
        return result;
    }
    Shape sizes = x.shape();
    std::vector<double> sums;
    Tensor plain;
    if (x.tile() != 0 && mask[0]) {
        sizes[0] = (x.dim(0) + x.tile() - 1) / x.tile();
        sums = sumLanes<T>(x, sizes[0], x.elements() / x.dim(0));
    } else {
        plain = x.contiguous();
    }
    const auto isSummed = [&](int axis) { return mask[static_cast<std::size_t>(axis)]; };
    for (int end = sizes.rank(); end > 0;) {
        if (!isSummed(end - 1)) {
            --end;
            continue;
        }
        int begin = end;
        Index outer = 1, size = 1, inner = 1;
        while (begin > 0 && isSummed(begin - 1)) size *= sizes[--begin];
        for (int axis = 0; axis < begin; ++axis) outer *= sizes[axis];
        for (int axis = end; axis < sizes.rank(); ++axis) inner *= sizes[axis];
        if (plain.defined())
            sums = sumMiddle(std::as_const(plain).data<T>(), outer, size, inner);
        else
            sums = sumMiddle(std::as_const(sums).data(), outer, size, inner);
        plain = Tensor();
        for (int axis = begin; axis < end; ++axis) sizes[axis] = 1;
        end = begin;
    }
    if (plain.defined())
        std::copy_n(std::as_const(plain).data<T>(), result.elements(), to);
    else
        std::transform(sums.begin(), sums.end(), to, [](double value) { return static_cast<T>(value); });
    return result;
}

}  // namespace

Tensor sum(const Tensor& x, std::span<const int> axes, bool keepAxes) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->sum(x, axes, keepAxes);
    const Mask mask = maskOf(x.shape(), axes);
    Shape shape;
    for (int i = 0; i < x.rank(); ++i) {
        if (!mask[static_cast<std::size_t>(i)])
            shape.append(x.dim(i));
        else if (keepAxes)
            shape.append(1);
    }
    return dispatchFloating(x.dtype(), "sum",
                            [&](auto zero) { return sumMasked<decltype(zero)>(x, mask, shape); });
}

Tensor sumTo(const Tensor& x, const Shape& shape) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->sumTo(x, shape);
    const profile::Operation timed("sum", static_cast<double>(x.elements()), cpu::bytesOf(x));
    if (x.shape() == shape) return x;
    if (!(broadcast(x.shape(), shape) == x.shape()))
        throw Error(ErrorKind::Run, "the shape of a sum does not broadcast to that of its terms",
                    shape.text() + " and " + x.shape().text());
    const int offset = x.rank() - shape.rank();
    Mask mask{};
    for (int i = 0; i < x.rank(); ++i)
        mask[static_cast<std::size_t>(i)] = i < offset || (shape[i - offset] == 1 && x.dim(i) != 1);
    return dispatchFloating(x.dtype(), "sumTo",
                            [&](auto zero) { return sumMasked<decltype(zero)>(x, mask, shape); });
}

Maximum max(const Tensor& x, int axis, bool keepAxes) {
    if (DeviceKernels* const device = kernelsOf(x)) {
        device->fallBack("max");
        Maximum found = max(x.host(), axis, keepAxes);
        return {found.value.to(x.device()), found.index};
    }
    const int along = x.shape().axis(axis);
    const cpu::AxisView view(x.shape(), along);
    if (view.size == 0)
        throw Error(ErrorKind::Run, "an empty axis has no maximum", "a tensor of shape " + x.shape().text());
    Shape shape;
    for (int i = 0; i < x.rank(); ++i) {
        if (i != along)
            shape.append(x.dim(i));
        else if (keepAxes)
            shape.append(1);
    }
    Maximum result{Tensor::empty(shape, x.dtype()), Tensor::empty(shape, DType::I64)};
    const Tensor source = x.contiguous();
    dispatchFloating(x.dtype(), "max", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const value = result.value.data<T>();
        Index* const index = result.index.data<Index>();
        parallelFor(0, view.outer, cpu::grainOf(view.size * view.inner), [&](Index first, Index last) {
            for (Index o = first; o < last; ++o) {
                const T* const rows = from + o * view.size * view.inner;
                T* const best = value + o * view.inner;
                Index* const place = index + o * view.inner;
                std::copy_n(rows, view.inner, best);
                std::fill_n(place, view.inner, Index{0});
                for (Index i = 1; i < view.size; ++i) {
                    const T* const row = rows + i * view.inner;
                    for (Index j = 0; j < view.inner; ++j) {
                        if (!(row[j] > best[j] || (std::isnan(row[j]) && !std::isnan(best[j])))) continue;
                        best[j] = row[j];
                        place[j] = i;
                    }
                }
            }
        });
    });
    return result;
}

}  // namespace filigree::backend
