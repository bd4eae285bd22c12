// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/tile_copy.h"

#include <algorithm>

#include "backend/cpu/memory_order.h"
#include "backend/cpu/sparse_kernels.h"

namespace filigree::backend::cpu {
namespace {

using Index = std::int64_t;

Tensor fromRows(const Tensor& x, int tile, Index stride) {
    Tensor result = Tensor::batchTiled(x.shape(), tile);
    const Index batch = x.dim(0), features = x.elements() / batch, tiles = (batch + tile - 1) / tile;
    const float* const from = x.data<float>();
    float* const to = result.data<float>();
    constexpr Index strip = 64;  // features; a multiple of every vector
    const Index strips = (features + strip - 1) / strip;
    parallelFor(0, strips * tiles, grainOf(strip * tile), [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            const Index t = i / strips, f = i % strips * strip;
            sparseKernels().toTile(from + t * tile * stride, stride, to + t * features * tile, tile,
                                   static_cast<int>(std::min<Index>(tile, batch - t * tile)), f,
                                   std::min(features, f + strip));
        }
    });
    return result;
}

/// Both tiles have whole pieces.
constexpr int piece = 16;

Tensor fromTiles(const Tensor& x, int tile) {
    Tensor result = Tensor::batchTiled(x.shape(), tile);
    const Index batch = x.dim(0), features = x.elements() / batch, width = x.tile();
    const Index pieces = (batch + piece - 1) / piece;
    const float* const from = x.data<float>();
    float* const to = result.data<float>();
    const auto place = [&](Index lane, Index tileWidth) {
        return lane / tileWidth * features * tileWidth + lane % tileWidth;
    };
    parallelFor(0, pieces, grainOf(features * piece), [&](Index first, Index last) {
        for (Index p = first; p < last; ++p) {
            const float* in = from + place(p * piece, width);
            float* out = to + place(p * piece, tile);
            for (Index f = 0; f < features; ++f, in += width, out += tile) std::copy_n(in, piece, out);
        }
    });
    return result;
}

}  // namespace

Tensor inTiles(const Tensor& x, int tile) {
    const bool fast = x.dtype() == DType::F32 && x.rank() >= 2 && x.elements() > 0 && x.tile() != tile &&
                      tile % sparseKernels().vectorWidth == 0;
    if (!fast) return x.tiled(tile);
    if (x.tile() != 0) return x.tile() % piece == 0 && tile % piece == 0 ? fromTiles(x, tile) : x.tiled(tile);
    if (x.isContiguous()) return fromRows(x, tile, x.elements() / x.dim(0));
    if (x.rank() == 2 && (x.dim(1) == 1 || x.strides()[1] == 1)) return fromRows(x, tile, x.strides()[0]);
    return x.tiled(tile);
}

}  // namespace filigree::backend::cpu
