// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "backend/sparse_pattern.h"

namespace filigree::backend {

/// Sizes of a convolution over zero-padded, batch-tiled memory; offsets and pitches are in elements.
struct PlaneWalk {
    std::int64_t height = 0;       ///< of the output
    std::int64_t width = 0;        ///< of the output
    std::int64_t rowPitch = 0;     ///< from an input row to the next one that the output reads
    std::int64_t columnPitch = 0;  ///< from an input pixel to the next one that the output reads
};

/// The inner loops of sparse layers, compiled once for each instruction set and chosen when the program
/// starts. All work on one tile: `x` is [features][tile], tile a multiple of `vectorWidth` and at most 8
/// vectors.
struct SparseKernels {
    const char* name;
    int vectorWidth;

    /// y[i] = bias[i] + sum over the edges e of row i of w[e] x[column[e]], rows first … last-1. `bias` may
    /// be null.
    void (*multiply)(const SparsePattern& pattern, const float* w, const float* bias, const float* x,
                     float* y, int tile, std::int64_t firstRow, std::int64_t lastRow);
    /// For columns first … last-1: dx[j] = sum w[e] dy[i], and dw[e] (+)= <dy[i], x[j]>. `dx` may be null
    /// (first layer).
    void (*multiplyBackward)(const SparsePattern& pattern, const float* w, const float* x, const float* dy,
                             float* dx, float* dw, bool accumulate, int tile, std::int64_t firstColumn,
                             std::int64_t lastColumn);

    /// y[o][p] = bias[o] + sum over entries k of channel o of w[k] x[offset[k] + p's place in the walk].
    /// Entries of channel o: start[o * stride] … start[(o + 1) * stride] - 1.
    void (*gatherPlanes)(const std::uint32_t* start, std::int64_t stride, const std::uint32_t* offset,
                         const float* w, const float* bias, const float* x, float* y, const PlaneWalk& walk,
                         int tile, std::int64_t firstChannel, std::int64_t lastChannel);
    /// The reverse with the walk over the target: dx[offset[k] + p] += w[k] dy[source[k]][p].
    void (*scatterPlanes)(std::uint32_t firstEntry, std::uint32_t lastEntry, const std::uint32_t* offset,
                          const std::uint32_t* source, const float* w, const float* dy, float* dx,
                          const PlaneWalk& walk, int tile);
    /// dw[e] (+)= <dy[o], x[offset[e] + …]> over the walk, for the edges of channels first … last-1.
    void (*correlatePlanes)(const std::uint32_t* start, const std::uint32_t* offset, const float* x,
                            const float* dy, float* dw, bool accumulate, const PlaneWalk& walk, int tile,
                            std::int64_t firstChannel, std::int64_t lastChannel);
};

/// The best set that this processor has, or the one that the environment variable FILIGREE_ISA names
/// (portable, avx2, avx512; unknown or unavailable names throw Error (Usage) at the first use).
const SparseKernels& sparseKernels();

[[noreturn]] void failTile(int tile);

namespace portable {
extern const SparseKernels kernels;
}
namespace avx2 {
extern const SparseKernels kernels;
}
namespace avx512 {
extern const SparseKernels kernels;
}
namespace neon {
extern const SparseKernels kernels;
}

}  // namespace filigree::backend
