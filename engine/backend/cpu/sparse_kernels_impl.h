// SPDX-License-Identifier: Apache-2.0
// Included by one .cpp file per instruction set; see sparse_kernels.h for what each function computes.
// Nothing here may instantiate inline code of other headers: the linker could keep a copy made for a newer
// processor.

#include "backend/cpu/sparse_kernels.h"
#include "backend/cpu/vec.h"

namespace filigree::backend::FILIGREE_ISA {
namespace {

constexpr int W = Vec::width;

/// Calls body.template operator()<R>() with R = tile / W.
template <typename Body>
void withVectors(int tile, Body&& body) {
    switch (tile % W == 0 ? tile / W : 0) {
        case 1:
            return body.template operator()<1>();
        case 2:
            return body.template operator()<2>();
        case 3:
            return body.template operator()<3>();
        case 4:
            return body.template operator()<4>();
        case 5:
            return body.template operator()<5>();
        case 6:
            return body.template operator()<6>();
        case 7:
            return body.template operator()<7>();
        case 8:
            return body.template operator()<8>();
        default:
            failTile(tile);
    }
}

template <int R>
void multiplyRows(const SparsePattern& pattern, const float* w, const float* bias, const float* x, float* y,
                  std::int64_t firstRow, std::int64_t lastRow) {
    constexpr int T = R * W;
    for (std::int64_t i = firstRow; i < lastRow; ++i) {
        const auto row = static_cast<std::size_t>(i);
        Vec sum[R];
        for (int r = 0; r < R; ++r) sum[r] = Vec::broadcast(bias ? bias[i] : 0.0F);
        const std::uint32_t last = pattern.rowStart[row + 1];
        for (std::uint32_t e = pattern.rowStart[row]; e < last; ++e) {
            const Vec weight = Vec::broadcast(w[e]);
            const float* const in = x + static_cast<std::size_t>(pattern.column[e]) * T;
            for (int r = 0; r < R; ++r) sum[r] = fma(weight, Vec::load(in + r * W), sum[r]);
        }
        for (int r = 0; r < R; ++r) sum[r].store(y + i * T + r * W);
    }
}

void multiply(const SparsePattern& pattern, const float* w, const float* bias, const float* x, float* y,
              int tile, std::int64_t firstRow, std::int64_t lastRow) {
    withVectors(tile, [&]<int R>() { multiplyRows<R>(pattern, w, bias, x, y, firstRow, lastRow); });
}

template <int R, bool NeedsInput>
void multiplyBackwardColumns(const SparsePattern& pattern, const float* w, const float* x, const float* dy,
                             float* dx, float* dw, bool accumulate, std::int64_t firstColumn,
                             std::int64_t lastColumn) {
    constexpr int T = R * W;
    for (std::int64_t j = firstColumn; j < lastColumn; ++j) {
        const auto column = static_cast<std::size_t>(j);
        const float* const in = x + j * T;
        Vec sum[R];
        for (int r = 0; r < R; ++r) sum[r] = Vec::broadcast(0.0F);
        const std::uint32_t last = pattern.columnStart[column + 1];
        for (std::uint32_t k = pattern.columnStart[column]; k < last; ++k) {
            const std::uint32_t e = pattern.transposedEdge[k];
            const float* const out = dy + static_cast<std::size_t>(pattern.transposedRow[k]) * T;
            // Two chains for the dot product: its latency, not its throughput, would set the pace.
            Vec dotA = Vec::broadcast(0.0F);
            Vec dotB = Vec::broadcast(0.0F);
            const Vec weight = Vec::broadcast(w[e]);
            for (int r = 0; r < R; ++r) {
                const Vec gradient = Vec::load(out + r * W);
                if constexpr (NeedsInput) sum[r] = fma(weight, gradient, sum[r]);
                Vec& dot = r % 2 == 0 ? dotA : dotB;
                dot = fma(gradient, Vec::load(in + r * W), dot);
            }
            const float total = (dotA + dotB).sum();
            dw[e] = accumulate ? dw[e] + total : total;
        }
        if constexpr (NeedsInput)
            for (int r = 0; r < R; ++r) sum[r].store(dx + j * T + r * W);
    }
}

void multiplyBackward(const SparsePattern& pattern, const float* w, const float* x, const float* dy,
                      float* dx, float* dw, bool accumulate, int tile, std::int64_t firstColumn,
                      std::int64_t lastColumn) {
    withVectors(tile, [&]<int R>() {
        if (dx)
            multiplyBackwardColumns<R, true>(pattern, w, x, dy, dx, dw, accumulate, firstColumn, lastColumn);
        else
            multiplyBackwardColumns<R, false>(pattern, w, x, dy, dx, dw, accumulate, firstColumn, lastColumn);
    });
}

/// P neighbouring pixels of one output row at once: P R accumulators live in registers over all entries.
template <int P, int R>
void gatherPixels(std::uint32_t first, std::uint32_t last, const std::uint32_t* offset, const float* w,
                  float start, const float* x, std::int64_t pitch, float* y) {
    Vec sum[P * R];
    for (Vec& s : sum) s = Vec::broadcast(start);
    for (std::uint32_t k = first; k < last; ++k) {
        const Vec weight = Vec::broadcast(w[k]);
        const float* const in = x + offset[k];
        for (int p = 0; p < P; ++p)
            for (int r = 0; r < R; ++r)
                sum[p * R + r] = fma(weight, Vec::load(in + p * pitch + r * W), sum[p * R + r]);
    }
    for (int i = 0; i < P * R; ++i) sum[i].store(y + i * W);
}

template <int R>
void gatherRow(std::uint32_t first, std::uint32_t last, const std::uint32_t* offset, const float* w,
               float start, const float* x, const PlaneWalk& walk, float* y) {
    constexpr int T = R * W;
    constexpr int widest = W == 16 ? 14 / R : 7 * 2 / R;
    std::int64_t p = 0;
    const auto pixels = [&]<int P>() {
        if constexpr (P >= 1)
            for (; p + P <= walk.width; p += P)
                gatherPixels<P, R>(first, last, offset, w, start, x + p * walk.columnPitch, walk.columnPitch,
                                   y + p * T);
    };
    pixels.template operator()<widest>();
    pixels.template operator()<(widest + 1) / 2>();
    pixels.template operator()<2>();
    pixels.template operator()<1>();
}

void gatherPlanes(const std::uint32_t* start, std::int64_t stride, const std::uint32_t* offset,
                  const float* w, const float* bias, const float* x, float* y, const PlaneWalk& walk,
                  int tile, std::int64_t firstChannel, std::int64_t lastChannel) {
    withVectors(tile, [&]<int R>() {
        for (std::int64_t o = firstChannel; o < lastChannel; ++o)
            for (std::int64_t row = 0; row < walk.height; ++row)
                gatherRow<R>(start[o * stride], start[(o + 1) * stride], offset, w, bias ? bias[o] : 0.0F,
                             x + row * walk.rowPitch, walk, y + (o * walk.height + row) * walk.width * tile);
    });
}

void scatterPlanes(std::uint32_t firstEntry, std::uint32_t lastEntry, const std::uint32_t* offset,
                   const std::uint32_t* source, const float* w, const float* dy, float* dx,
                   const PlaneWalk& walk, int tile) {
    for (std::uint32_t k = firstEntry; k < lastEntry; ++k) {
        const Vec weight = Vec::broadcast(w[k]);
        const float* from = dy + static_cast<std::int64_t>(source[k]) * walk.height * walk.width * tile;
        for (std::int64_t row = 0; row < walk.height; ++row)
            for (std::int64_t p = 0; p < walk.width; ++p, from += tile) {
                float* const to = dx + offset[k] + row * walk.rowPitch + p * walk.columnPitch;
                for (int r = 0; r < tile; r += W)
                    fma(weight, Vec::load(from + r), Vec::load(to + r)).store(to + r);
            }
    }
}

/// E edges of one output channel at once, so that each value of dy is loaded once for E products.
template <int E>
void correlateEdges(const std::uint32_t* offset, const float* x, const float* dy, float* dw, bool accumulate,
                    const PlaneWalk& walk, int tile) {
    Vec sum[E];
    for (Vec& s : sum) s = Vec::broadcast(0.0F);
    for (std::int64_t row = 0; row < walk.height; ++row)
        for (std::int64_t p = 0; p < walk.width; ++p, dy += tile) {
            const float* const in = x + row * walk.rowPitch + p * walk.columnPitch;
            for (int r = 0; r < tile; r += W) {
                const Vec gradient = Vec::load(dy + r);
                for (int e = 0; e < E; ++e) sum[e] = fma(gradient, Vec::load(in + offset[e] + r), sum[e]);
            }
        }
    for (int e = 0; e < E; ++e) dw[e] = accumulate ? dw[e] + sum[e].sum() : sum[e].sum();
}

void correlatePlanes(const std::uint32_t* start, const std::uint32_t* offset, const float* x, const float* dy,
                     float* dw, bool accumulate, const PlaneWalk& walk, int tile, std::int64_t firstChannel,
                     std::int64_t lastChannel) {
    for (std::int64_t o = firstChannel; o < lastChannel; ++o) {
        const float* const plane = dy + o * walk.height * walk.width * tile;
        std::uint32_t e = start[o];
        const std::uint32_t last = start[o + 1];
        for (; e + 8 <= last; e += 8) correlateEdges<8>(offset + e, x, plane, dw + e, accumulate, walk, tile);
        for (; e + 3 <= last; e += 3) correlateEdges<3>(offset + e, x, plane, dw + e, accumulate, walk, tile);
        for (; e < last; ++e) correlateEdges<1>(offset + e, x, plane, dw + e, accumulate, walk, tile);
    }
}

}  // namespace

extern const SparseKernels kernels{
    FILIGREE_ISA_NAME, W, multiply, multiplyBackward, gatherPlanes, scatterPlanes, correlatePlanes};

}  // namespace filigree::backend::FILIGREE_ISA
