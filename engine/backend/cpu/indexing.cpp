// SPDX-License-Identifier: Apache-2.0
#include "backend/indexing.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/memory_order.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

/// Indices as contiguous I64, each checked to lie in 0 … size-1.
Tensor checkedIndices(const char* operation, const Tensor& index, Index size) {
    if (index.dtype() != DType::I32 && index.dtype() != DType::I64) failType(operation, index.dtype());
    Tensor wide = index.to(DType::I64).contiguous();
    for (const Index value : std::as_const(wide).values<Index>())
        if (value < 0 || value >= size)
            throw Error(ErrorKind::Run, std::string(operation) + ": index " + std::to_string(value) +
                                            " does not exist in an axis of size " + std::to_string(size));
    return wide;
}

void requireSameButAxis(const char* operation, const Shape& a, Shape b, int axis) {
    const Shape original = b;
    if (a.rank() == b.rank()) b[axis] = a[axis];
    if (!(a == b))
        throw Error(ErrorKind::Run,
                    std::string(operation) + ": the shapes differ in more than axis " + std::to_string(axis),
                    a.text() + " and " + original.text());
}

/// Around an axis other than the batch, batch-tiled memory is as good as contiguous: a tile after the other,
/// as many neighbours in one step as there are images in a tile.
bool keepsTiles(const Tensor& x, int axis) {
    return x.tile() > 0 && axis > 0;
}

cpu::AxisView viewOf(const Tensor& x, int axis) {
    cpu::AxisView view(x.shape(), axis);
    if (!keepsTiles(x, axis)) return view;
    const Index tile = x.tile();
    view.outer = view.outer / std::max<Index>(1, x.dim(0)) * ((x.dim(0) + tile - 1) / tile);
    view.inner *= tile;
    return view;
}

}  // namespace

Tensor indexSelect(const Tensor& x, int axis, const Tensor& ids) {
    const int along = x.shape().axis(axis);
    if (ids.rank() != 1)
        throw Error(ErrorKind::Run, "indexSelect needs ids of one axis", "ids " + ids.shape().text());
    if (DeviceKernels* const device = kernelsOf(x)) return device->indexSelect(x, along, ids);
    const Tensor checked = checkedIndices("indexSelect", ids, x.dim(along));
    const bool tiled = keepsTiles(x, along);
    const Tensor source = tiled ? x : x.contiguous();
    const cpu::AxisView view = viewOf(source, along);
    Shape shape = x.shape();
    shape[along] = ids.dim(0);
    Tensor result = tiled ? Tensor::batchTiled(shape, x.tile(), x.dtype()) : Tensor::empty(shape, x.dtype());
    const Index count = ids.dim(0);
    dispatchFloating(x.dtype(), "indexSelect", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        const Index* const id = checked.data<Index>();
        parallelFor(0, view.outer * count, cpu::grainOf(view.inner), [&](Index first, Index last) {
            for (Index row = first; row < last; ++row)
                std::copy_n(from + (row / count * view.size + id[row % count]) * view.inner, view.inner,
                            to + row * view.inner);
        });
    });
    return result;
}

Tensor indexAdd(const Shape& shape, int axis, const Tensor& ids, const Tensor& source) {
    const int along = shape.axis(axis);
    requireSameButAxis("indexAdd", shape, source.shape(), along);
    if (!(ids.shape() == Shape{source.dim(along)}))
        throw Error(ErrorKind::Run, "indexAdd needs one id per slice",
                    "ids " + ids.shape().text() + ", source " + source.shape().text());
    if (DeviceKernels* const device = kernelsOf(source)) return device->indexAdd(shape, along, ids, source);
    const Tensor checked = checkedIndices("indexAdd", ids, shape[along]);
    const bool tiled = keepsTiles(source, along);
    const Tensor terms = tiled ? source : source.contiguous();
    const Index count = source.dim(along);
    Tensor result = Tensor::zeros(shape, source.dtype());
    if (tiled) result = result.tiled(source.tile());
    const cpu::AxisView view = viewOf(result, along);
    dispatchFloating(source.dtype(), "indexAdd", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = terms.data<T>();
        T* const to = result.data<T>();
        const Index* const id = checked.data<Index>();
        // Each thread owns rows of the result and reads all ids, so that the order of the terms is always the
        // same.
        const Index grain =
            cpu::grainOf(view.inner * std::max<Index>(1, count / std::max<Index>(1, view.size)));
        parallelFor(0, view.outer * view.size, grain, [&](Index first, Index last) {
            for (Index o = view.size == 0 ? 0 : first / view.size; o * view.size < last; ++o) {
                const Index begin = std::max(first - o * view.size, Index{0});
                const Index end = std::min(last - o * view.size, view.size);
                for (Index e = 0; e < count; ++e) {
                    if (id[e] < begin || id[e] >= end) continue;
                    const T* const term = from + (o * count + e) * view.inner;
                    T* const sum = to + (o * view.size + id[e]) * view.inner;
                    for (Index j = 0; j < view.inner; ++j) sum[j] += term[j];
                }
            }
        });
    });
    return result;
}

Tensor gather(const Tensor& x, int axis, const Tensor& index) {
    const int along = x.shape().axis(axis);
    requireSameButAxis("gather", x.shape(), index.shape(), along);
    if (DeviceKernels* const device = kernelsOf(x)) return device->gather(x, along, index);
    const Tensor checked = checkedIndices("gather", index, x.dim(along));
    const Tensor source = x.contiguous();
    const cpu::AxisView view(x.shape(), along);
    const Index count = index.dim(along);
    Tensor result = Tensor::empty(index.shape(), x.dtype());
    dispatchFloating(x.dtype(), "gather", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        const Index* const id = checked.data<Index>();
        parallelFor(0, view.outer * count, cpu::grainOf(view.inner), [&](Index first, Index last) {
            for (Index row = first; row < last; ++row)
                for (Index j = 0; j < view.inner; ++j)
                    to[row * view.inner + j] =
                        from[(row / count * view.size + id[row * view.inner + j]) * view.inner + j];
        });
    });
    return result;
}

Tensor scatterAdd(const Shape& shape, int axis, const Tensor& index, const Tensor& source) {
    const int along = shape.axis(axis);
    requireSameButAxis("scatterAdd", shape, source.shape(), along);
    if (!(index.shape() == source.shape()))
        throw Error(ErrorKind::Run, "scatterAdd needs one index per element",
                    "index " + index.shape().text() + ", source " + source.shape().text());
    if (DeviceKernels* const device = kernelsOf(source))
        return device->scatterAdd(shape, along, index, source);
    const Tensor checked = checkedIndices("scatterAdd", index, shape[along]);
    const Tensor terms = source.contiguous();
    const cpu::AxisView view(shape, along);
    const Index count = source.dim(along);
    Tensor result = Tensor::zeros(shape, source.dtype());
    dispatchFloating(source.dtype(), "scatterAdd", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = terms.data<T>();
        T* const to = result.data<T>();
        const Index* const id = checked.data<Index>();
        // Lines along the axis never meet each other, so each thread owns some of them.
        parallelFor(0, view.outer * view.inner, cpu::grainOf(count), [&](Index first, Index last) {
            for (Index line = first; line < last; ++line) {
                const Index o = line / view.inner, j = line % view.inner;
                for (Index e = 0; e < count; ++e) {
                    const Index place = (o * count + e) * view.inner + j;
                    to[(o * view.size + id[place]) * view.inner + j] += from[place];
                }
            }
        });
    });
    return result;
}

Tensor segmentCount(const Tensor& ids, std::int64_t count, DType type) {
    const Tensor checked = checkedIndices("segment", ids, count);
    std::vector<Index> members(static_cast<std::size_t>(count));
    for (const Index id : checked.values<Index>()) ++members[static_cast<std::size_t>(id)];
    return Tensor::from(members, {count}).to(type);
}

SegmentMaximum segmentMax(const Tensor& x, const Tensor& ids, std::int64_t count) {
    if (DeviceKernels* const device = kernelsOf(x)) {
        device->fallBack("segmentMax");
        SegmentMaximum found = segmentMax(x.host(), ids.host(), count);
        return {found.value.to(x.device()), found.index};
    }
    if (x.rank() != 2 || !(ids.shape() == Shape{x.dim(0)}))
        throw Error(ErrorKind::Run, "segmentMax needs rows [E, D] and ids [E]",
                    "rows " + x.shape().text() + ", ids " + ids.shape().text());
    const Tensor checked = checkedIndices("segmentMax", ids, count);
    const Tensor source = x.contiguous();
    const Index rows = x.dim(0), width = x.dim(1);
    SegmentMaximum result{Tensor::zeros({count, width}, x.dtype()),
                          Tensor::empty({count, width}, DType::I64)};
    result.index.fill(-1);
    dispatchFloating(x.dtype(), "segmentMax", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = source.data<T>();
        T* const value = result.value.data<T>();
        Index* const index = result.index.data<Index>();
        const Index* const id = checked.data<Index>();
        const Index grain = cpu::grainOf(width * std::max<Index>(1, rows / std::max<Index>(1, count)));
        parallelFor(0, count, grain, [&](Index first, Index last) {
            for (Index e = 0; e < rows; ++e) {
                if (id[e] < first || id[e] >= last) continue;
                const T* const row = from + e * width;
                T* const best = value + id[e] * width;
                Index* const place = index + id[e] * width;
                for (Index j = 0; j < width; ++j) {
                    if (place[j] >= 0 && !(row[j] > best[j])) continue;
                    best[j] = row[j];
                    place[j] = e;
                }
            }
        });
    });
    return result;
}

}  // namespace filigree::backend
