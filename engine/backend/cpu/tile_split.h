// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/parallel.h"
#include "tensor/tensor.h"

namespace filigree::backend::cpu {

/// Whether several threads can take whole tiles of a batch each, all about as many. What a thread computes
/// for its samples in one layer then lies in its own caches for the next.
inline bool tilesSuitThreads(std::int64_t tiles) {
    const std::int64_t threads = threadCount();
    return threads > 1 && tiles >= threads && (tiles % threads == 0 || tiles >= 4 * threads);
}

/// Calls body(thread, first, last, sums) for the tiles first … last-1 of each thread, 0 being the first, and
/// adds the `count` sums of all threads up in their order. `sums` has those of the first; the others' are
/// not set before.
template <typename Body>
void sumOverTiles(std::int64_t tiles, std::int64_t count, float* sums, Body&& body) {
    const std::int64_t threads = threadCount();
    Tensor memory = Tensor::empty({(threads - 1) * count});
    float* const more = memory.data<float>();
    parallelFor(0, threads, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t thread = first; thread < last; ++thread)
            body(thread, tiles * thread / threads, tiles * (thread + 1) / threads,
                 thread == 0 ? sums : more + (thread - 1) * count);
    });
    parallelFor(0, count, 8192, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t other = 0; other + 1 < threads; ++other)
            for (std::int64_t i = first; i < last; ++i) sums[i] += more[other * count + i];
    });
}

}  // namespace filigree::backend::cpu
