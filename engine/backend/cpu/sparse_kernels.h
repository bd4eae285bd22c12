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

inline constexpr std::int64_t maximumDenseOutputs = 32;

/// One batch tile of a linear layer: features follow each other every `tile` lanes, of which the first
/// `vectors` vectors hold samples. Either tile = vectors * vectorWidth, or tile = 64.
struct TileLanes {
    int tile = 0;
    int vectors = 0;
};

/// The edges of a block of rows column by column as a kernel walks them: those of column i are the entries
/// start[i] … start[i + 1] - 1. An entry holds an edge in its low edgeBits bits and the edge's row above
/// them, counted from the first ones of the block. Columns are visited in the given order.
struct EdgeWalk {
    const std::uint32_t* order;
    const std::uint32_t* start;
    const std::uint32_t* entries;
    int edgeBits;
    std::uint32_t firstRow, firstEdge;
    std::uint32_t edges;  ///< of all blocks
    /// Whether it goes from each column to the next, and so also from entry to entry. Tells what to fetch
    /// ahead.
    bool isInOrder;
};

/// The inner loops of sparse layers, compiled once for each instruction set and chosen when the program
/// starts. All work on batch-tiled memory: `x` is [features][tile] for each tile.
struct SparseKernels {
    const char* name;
    int vectorWidth;
    /// Tiles of 64 lanes whose gradients the registers hold at once, 1 or 2.
    int tilesAtOnce;

    /// y[i] = bias[i] + sum over the edges e of row i of w[e] x[column[e]], and max(0, that) with `relu`, for
    /// the rows of one group of the schedule in several tiles, which follow each other after xStride and
    /// yStride floats; the last one has `lastVectors`. Block by block for all tiles, so that weights and
    /// columns are read from memory once. `bias` may be null.
    void (*multiply)(const SparsePattern& pattern, const SparseSchedule& schedule, std::int64_t group,
                     const float* w, const float* bias, bool relu, const float* x, float* y,
                     std::int64_t tiles, std::int64_t xStride, std::int64_t yStride, int tile,
                     int lastVectors);

    /// dw[e] = <dy[row of e], x[column of e]>, summed over the tiles, for part `part` of `parts` of the
    /// segments in each block of one group of the schedule; tiles as above.
    void (*multiplyValueGradient)(const SparsePattern& pattern, const SparseSchedule& schedule,
                                  std::int64_t group, std::int64_t part, std::int64_t parts, const float* dy,
                                  const float* x, float* dw, std::int64_t tiles, std::int64_t dyStride,
                                  std::int64_t xStride, int tile, int lastVectors);

    /// For the columns at places first … last-1 of the walk's order, with held = x and other = dy:
    /// dw[edge] (+)= <held[i], other[o]>, summed over the tiles, and dx[i] = sum of w[edge] other[o]. `dx`
    /// may be `held`, unless the walk has several blocks. With `sums` (x came out of a rectifier), dx[i] is 0
    /// where x[i] is not positive, and sums[i] += the sum of dx[i]. Tiles follow each other after
    /// `heldStride` and `otherStride` floats; the last one has `lastVectors`. At most tilesAtOnce tiles, more
    /// than one only of 64 lanes. With `continues`, dx already holds the sums over other edges.
    void (*multiplyBackward)(const EdgeWalk& walk, const float* w, const float* held, const float* other,
                             float* dx, double* sums, float* dw, bool continues, bool accumulate,
                             std::int64_t tiles, std::int64_t heldStride, std::int64_t otherStride, int tile,
                             int lastVectors, std::int64_t first, std::int64_t last);

    /// out[f] = gradient[f] where y[f] > 0, else 0 (all of it if `y` is null), with 0 in the lanes past
    /// `used`, and sums[f] += the sum of that, for features first … last-1 of one tile. `out` may be null or
    /// the gradient.
    void (*maskGradient)(const float* gradient, const float* y, float* out, double* sums, int tile, int used,
                         std::int64_t first, std::int64_t last);

    /// x[f][n] = rows[n * stride + f] for `used` samples and the features first … last-1; 0 in lanes past
    /// `used`.
    void (*toTile)(const float* rows, std::int64_t stride, float* x, int tile, int used, std::int64_t first,
                   std::int64_t last);

    /// The dense products of a layer with few outputs: y[o] = bias[o] + sum_j w[o][j] x[j], rectified with
    /// `relu`.
    void (*multiplyDense)(const float* w, const float* bias, bool relu, const float* x, float* y,
                          TileLanes lanes, std::int64_t outputs, std::int64_t inputs);
    /// For inputs first … last-1: dx[j] = sum_o w[o][j] dy[o] (unless null), rectified and summed with `sums`
    /// as above, and dw[o][j] (+)= <dy[o], x[j]>. At most maximumDenseOutputs outputs; tiles as above, one
    /// after the other.
    void (*multiplyDenseBackward)(const float* w, const float* x, const float* dy, float* dx, double* sums,
                                  float* dw, bool accumulate, std::int64_t tiles, int tile, int lastVectors,
                                  std::int64_t outputs, std::int64_t inputs, std::int64_t first,
                                  std::int64_t last);

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
