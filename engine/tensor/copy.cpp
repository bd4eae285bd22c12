// SPDX-License-Identifier: Apache-2.0
#include "tensor/copy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/parallel.h"
#include "base/profile.h"
#include "tensor/dispatch.h"

namespace filigree {
namespace {

/// Nested loops over the elements of two arrays that lie in memory with strides. Neighbouring loops that step
/// through both arrays like one are merged.
class CopyLoops {
  public:
    void append(std::int64_t size, std::int64_t strideTo, std::int64_t strideFrom) {
        if (size == 1) return;
        if (rank_ > 0) {
            Loop& last = loops_[rank_ - 1];
            if (last.to == size * strideTo && last.from == size * strideFrom) {
                last = {last.size * size, strideTo, strideFrom};
                return;
            }
        }
        loops_[rank_++] = {size, strideTo, strideFrom};
    }

    template <typename To, typename From>
    void run(To* to, const From* from) const {
        constexpr std::int64_t rowsEach = 16;
        const Loop inner = rank_ > 0 ? loops_[rank_ - 1] : Loop{1, 1, 1};
        if (rank_ <= 1) {
            parallelFor(0, inner.size, grain, [&](std::int64_t first, std::int64_t last) {
                row(to + first * inner.to, inner.to, from + first * inner.from, inner.from, last - first);
            });
            return;
        }
        const Loop outer = loops_[rank_ - 2];
        std::int64_t planes = 1;
        for (std::size_t i = 0; i + 2 < rank_; ++i) planes *= loops_[i].size;
        const std::int64_t strips = (outer.size + rowsEach - 1) / rowsEach;
        const std::int64_t elementsEach = std::min(rowsEach, outer.size) * inner.size;
        const std::int64_t strideGrain =
            std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, elementsEach));
        parallelFor(0, planes * strips, strideGrain, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t task = first; task < last; ++task) {
                const std::int64_t begin = task % strips * rowsEach;
                const std::int64_t rows = std::min(rowsEach, outer.size - begin);
                std::int64_t offsetTo = begin * outer.to, offsetFrom = begin * outer.from;
                std::int64_t left = task / strips;
                for (std::size_t i = rank_ - 2; i-- > 0; left /= loops_[i].size) {
                    offsetTo += left % loops_[i].size * loops_[i].to;
                    offsetFrom += left % loops_[i].size * loops_[i].from;
                }
                strip(to + offsetTo, from + offsetFrom, rows, outer, inner);
            }
        });
    }

  private:
    static constexpr std::int64_t grain = 32768;

    struct Loop {
        std::int64_t size = 1, to = 0, from = 0;
    };

    template <typename To, typename From>
    static void row(To* to, std::int64_t strideTo, const From* from, std::int64_t strideFrom,
                    std::int64_t count) {
        if (strideTo == 1 && strideFrom == 1) {
            for (std::int64_t i = 0; i < count; ++i) to[i] = convertElement<To>(from[i]);
        } else {
            for (std::int64_t i = 0; i < count; ++i)
                to[i * strideTo] = convertElement<To>(from[i * strideFrom]);
        }
    }

    /// A few rows, in blocks that stay in the first-level cache when one side is stored across them (a
    /// transpose).
    template <typename To, typename From>
    static void strip(To* to, const From* from, std::int64_t rows, const Loop& outer, const Loop& inner) {
        const bool plain = inner.to == 1 && inner.from == 1;
        const std::int64_t width = plain ? inner.size : 64;
        for (std::int64_t begin = 0; begin < inner.size; begin += width) {
            const std::int64_t count = std::min(width, inner.size - begin);
            for (std::int64_t r = 0; r < rows; ++r)
                row(to + r * outer.to + begin * inner.to, inner.to,
                    from + r * outer.from + begin * inner.from, inner.from, count);
        }
    }

    std::size_t rank_ = 0;
    std::array<Loop, Shape::maximumRank + 1> loops_{};  // a batch axis that is cut into tiles counts twice
};

/// Where `count` samples from `first` on lie in memory: in whole tiles (tiles > 0 with the given width) or in
/// one piece.
struct BatchSteps {
    std::int64_t offset, tile, sample, rest;
};

BatchSteps stepsOf(const Tensor& x, std::int64_t first, std::int64_t width, std::int64_t perSample) {
    if (x.tile() == 0) return {first * x.strides()[0], width * x.strides()[0], x.strides()[0], 1};
    return {first / width * perSample * width, perSample * width, 1, width};
}

}  // namespace

void copyElements(Tensor& to, const Tensor& from) {
    if (to.elements() == 0) return;
    const profile::Operation timed("copy", 0, static_cast<double>(to.bytes() + from.bytes()));
    const bool sameMemory =
        to.tile() == from.tile() && (to.tile() != 0 || (to.isContiguous() && from.isContiguous()));
    if (sameMemory && to.dtype() == from.dtype()) {
        std::memmove(to.raw(), from.raw(),
                     static_cast<std::size_t>(to.paddedElements()) * sizeOf(to.dtype()));
        return;
    }
    const Shape& shape = to.shape();
    if (to.tile() != 0 && from.tile() != 0 && to.tile() != from.tile())
        return copyElements(to, from.strided());

    const auto run = [&](const CopyLoops& loops, std::int64_t offsetTo, std::int64_t offsetFrom) {
        dispatch(to.dtype(), [&](auto zeroTo) {
            dispatch(from.dtype(), [&](auto zeroFrom) {
                loops.run(to.data<decltype(zeroTo)>() + offsetTo,
                          from.data<decltype(zeroFrom)>() + offsetFrom);
            });
        });
    };
    const std::int64_t width = std::max(to.tile(), from.tile());
    if (width == 0) {
        CopyLoops loops;
        for (int i = 0; i < shape.rank(); ++i) loops.append(shape[i], to.strides()[i], from.strides()[i]);
        run(loops, 0, 0);
        return;
    }
    // Batch-tiled memory is strided memory with the batch axis in two: tiles and lanes. The last tile may be
    // partly used.
    const std::int64_t batch = shape[0], perSample = to.elements() / batch, whole = batch / width;
    const auto piece = [&](std::int64_t firstSample, std::int64_t tiles, std::int64_t lanes) {
        if (tiles == 0 || lanes == 0) return;
        const BatchSteps stepsTo = stepsOf(to, firstSample, width, perSample);
        const BatchSteps stepsFrom = stepsOf(from, firstSample, width, perSample);
        CopyLoops loops;
        loops.append(tiles, stepsTo.tile, stepsFrom.tile);
        loops.append(lanes, stepsTo.sample, stepsFrom.sample);
        const auto step = [](const Tensor& x, const Shape& plain, const BatchSteps& steps, int axis) {
            return x.tile() == 0 ? x.strides()[axis] : plain[axis] * steps.rest;
        };
        const Shape plain = shape.rowMajorStrides();
        for (int i = 1; i < shape.rank(); ++i)
            loops.append(shape[i], step(to, plain, stepsTo, i), step(from, plain, stepsFrom, i));
        run(loops, stepsTo.offset, stepsFrom.offset);
    };
    piece(0, whole, width);
    piece(whole * width, 1, batch % width);
}

}  // namespace filigree
