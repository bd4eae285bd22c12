// SPDX-License-Identifier: Apache-2.0
#include "backend/dropout.h"

#include <algorithm>
#include <array>
#include <string>

#include "backend/cpu/memory_order.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

/// Four random numbers for elements 4 block … 4 block + 3 of one sample.
std::array<std::uint32_t, 4> draw(std::uint64_t key, Index sample, Index block) {
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const auto s = static_cast<std::uint64_t>(sample), b = static_cast<std::uint64_t>(block);
    return philox({low(b), high(b), low(s), high(s)}, {low(key), high(key)});
}

}  // namespace

Tensor dropout(const Tensor& x, double p, std::uint64_t key) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->dropout(x, p, key);
    if (!(p >= 0 && p <= 1))
        throw Error(ErrorKind::Run, "dropout needs a probability between 0 and 1, not " + std::to_string(p));
    // A single axis is one sample of many elements, whatever its memory order.
    const Tensor source = x.tile() != 0 && x.rank() >= 2 ? x : x.contiguous();
    Tensor result = Tensor::emptyLike(source);
    if (x.elements() == 0) return result;
    // The numbers below the bound fall; with p = 1 all do.
    const std::uint64_t bound = static_cast<std::uint64_t>(p * 4294967296.0);
    const Index samples = x.rank() >= 2 ? x.dim(0) : 1;
    const Index rest = x.elements() / samples;
    const Index width = std::max(1, source.tile());
    const Index tiles = (samples + width - 1) / width;
    const Index blocks = (rest + 3) / 4;
    dispatchFloating(x.dtype(), "dropout", [&](auto zero) {
        using T = decltype(zero);
        const T kept = p < 1 ? static_cast<T>(1 / (1 - p)) : T{};
        const T* const from = source.data<T>();
        T* const to = result.data<T>();
        parallelFor(0, tiles * blocks, cpu::grainOf(16 * width), [&](Index first, Index last) {
            for (Index task = first; task < last; ++task) {
                const Index tile = task / blocks, block = task % blocks;
                const Index base = (tile * rest + block * 4) * width;
                const Index count = std::min<Index>(4, rest - block * 4);
                for (Index lane = 0; lane < width; ++lane) {
                    const auto numbers = draw(key, tile * width + lane, block);
                    for (Index i = 0; i < count; ++i) {
                        const Index place = base + i * width + lane;
                        to[place] = numbers[static_cast<std::size_t>(i)] < bound ? T{} : from[place] * kept;
                    }
                }
            }
        });
        cpu::clearPadding<T>(result);
    });
    return result;
}

}  // namespace filigree::backend
