// SPDX-License-Identifier: Apache-2.0
// Included by one .cpp file per instruction set; see image_kernels.h for what each function computes.
// Nothing here may instantiate inline code of other headers: the linker could keep a copy made for a newer
// processor.

#include "backend/cpu/image_kernels.h"
#include "backend/cpu/image_normalization_impl.h"
#include "backend/cpu/vec.h"

namespace filigree::backend::FILIGREE_ISA {
namespace {

constexpr int W = Vec::width;

constexpr int V = imageTile / W;  ///< vectors per pixel
static_assert(imageTile % W == 0);

// Accumulators live in registers: 32 of them with AVX-512 (and NEON, in pairs), else 16.
#if defined(__AVX512F__)
constexpr int sparsePixels = 16, sparseWidth = 8;
constexpr bool narrowInRegisters = true;  // room for 12 pixels of x beside those of its gradient
constexpr int narrowPixels = 14, narrowWidth = 7;
constexpr int denseSums = 24, denseWidth = 8;
constexpr int correlateChannels = 4, correlateTaps = 6;
#else
constexpr int sparsePixels = 6, sparseWidth = 3;
constexpr bool narrowInRegisters = false;
constexpr int narrowPixels = 6, narrowWidth = 3;
constexpr int denseSums = 12 / V, denseWidth = 3;
constexpr int correlateChannels = 3, correlateTaps = 4;
#endif

/// body.template operator()<I>() for I = 0 … N-1, one after another without a loop: arrays indexed by I alone
/// become registers.
template <int N, typename Body>
inline void each(Body&& body) {
    if constexpr (N > 0) {
        each<N - 1>(body);
        body.template operator()<N - 1>();
    }
}

constexpr int smaller(int a, int b) {
    return a < b ? a : b;
}
/// Channels of a dense block that is P pixels wide.
constexpr int channelsFor(int P) {
    return smaller(8, denseSums / P);
}

/// Calls body.template operator()<N>() with N = count, 1 … most.
template <int most, typename Body>
void withCount(std::int64_t count, Body&& body) {
    if constexpr (most > 1)
        if (count < most) return withCount<most - 1>(count, static_cast<Body&&>(body));
    body.template operator()<most>();
}

/// Calls body.template operator()<S>() with S = pixels per step where that is 1 or 2, else 0.
template <typename Body>
void withStep(std::int64_t floats, Body&& body) {
    if (floats == imageTile) return body.template operator()<1>();
    if (floats == 2 * imageTile) return body.template operator()<2>();
    body.template operator()<0>();
}

/// Floats from a pixel to its neighbour: known where S is.
template <int S>
constexpr std::int64_t stepOf(std::int64_t floats) {
    if constexpr (S > 0) return S * imageTile;
    return floats;
}

/// Cuts [0, width) into as few parts of nearly one length, `most` at most, as it takes: body(first, length).
template <typename Body>
void forEachPart(std::int64_t width, std::int64_t most, Body&& body) {
    const std::int64_t parts = (width + most - 1) / most;
    for (std::int64_t i = 0; i < parts; ++i) {
        const std::int64_t first = width * i / parts;
        body(first, width * (i + 1) / parts - first);
    }
}

/// body.template operator()<R, C>(row, column) for blocks of R x C pixels, at most `pixels` and `columns`
/// wide, that cover the walk.
template <int pixels, int columns, typename Body>
void forEachBlock(const ImageWalk& walk, Body&& body) {
    forEachPart(walk.width, columns, [&](std::int64_t column, std::int64_t width) {
        withCount<columns>(width, [&]<int C>() {
            constexpr int most = smaller(4, pixels / C);
            forEachPart(walk.height, most, [&](std::int64_t row, std::int64_t height) {
                withCount<most>(height, [&]<int R>() { body.template operator()<R, C>(row, column); });
            });
        });
    });
}

/// A block of R x C pixels: where it starts and the steps to its neighbours.
struct Place {
    float* start;
    std::int64_t row, column;
};

/// Sums of a block that wait for the next connections, one after another.
template <int C>
Place waiting(float* scratch) {
    return {scratch, C * imageTile, imageTile};
}

/// Vectors of a row of a block.
template <int C>
constexpr int rowVectors = C* V;

template <int R, int C, int S>
void gatherBlock(std::uint32_t first, std::uint32_t last, const std::uint32_t* offset, const float* weight,
                 const float* x, const ImageWalk& walk, const float* before, float start, Place to) {
    constexpr int N = rowVectors<C>;
    const std::int64_t step = stepOf<S>(walk.sourceColumn), line = walk.sourceRow;
    Vec sum[R * N];
    if (before)
        each<R * N>([&]<int I>() { sum[I] = Vec::load(before + I * W); });
    else
        each<R * N>([&]<int I>() { sum[I] = Vec::broadcast(start); });
    for (std::uint32_t k = first; k < last; ++k) {
        const Vec w = Vec::broadcast(weight[k]);
        const float* const in = x + offset[k];
        each<R * N>([&]<int I>() {
            constexpr int r = I / N, i = I % N;
            sum[I] = fma(w, Vec::load(in + r * line + i / V * step + i % V * W), sum[I]);
        });
    }
    each<R * N>([&]<int I>() {
        constexpr int r = I / N, i = I % N;
        sum[I].store(to.start + r * to.row + i / V * to.column + i % V * W);
    });
}

void sparseGather(const ImageConnections& k, const float* bias, const float* x, float* y, std::int64_t plane,
                  const ImageWalk& walk, float* scratch, std::int64_t first, std::int64_t last) {
    const auto blocks = [&]<int S>(std::int64_t from, std::int64_t to) {
        forEachBlock<sparsePixels, sparseWidth>(
            walk, [&]<int R, int C>(std::int64_t row, std::int64_t column) {
                const float* const source = x + row * walk.sourceRow + column * walk.sourceColumn;
                float* const target = y + row * walk.targetRow + column * walk.targetColumn;
                for (std::int64_t b = 0; b < k.blocks; ++b) {
                    const std::uint32_t* const bounds = k.bounds + b * k.stride;
                    float* kept = scratch;
                    for (std::int64_t o = from; o < to; ++o, kept += R * C * imageTile)
                        gatherBlock<R, C, S>(
                            bounds[o], bounds[o + 1], k.offset, k.weight, source, walk,
                            b > 0 ? kept : nullptr, bias ? bias[o] : 0.0F,
                            b + 1 < k.blocks ? waiting<C>(kept)
                                             : Place{target + o * plane, walk.targetRow, walk.targetColumn});
                }
            });
    };
    withStep(walk.sourceColumn, [&]<int S>() {
        // So few connections that channels share little of what they read: then each plane is written from
        // beginning to end.
        if (k.blocks == 1)
            for (std::int64_t o = first; o < last; ++o) blocks.template operator()<S>(o, o + 1);
        else
            blocks.template operator()<S>(first, last);
    });
}

template <int R, int C, int S, bool NeedsInput, bool pixelsInRegisters>
void gradientBlock(std::uint32_t first, std::uint32_t last, const std::uint32_t* offset, const float* weight,
                   const float* dy, const ImageWalk& walk, const float* x, const float* before, Place to,
                   float* lanes) {
    // The target of the walk is dx and x, its source is dy, whose pixels are neighbours.
    constexpr int N = rowVectors<C>, chains = smaller(2, R * N);
    const std::int64_t step = stepOf<S>(walk.targetColumn), line = walk.sourceRow,
                       targetLine = walk.targetRow;
    Vec sum[R * N];
    if (NeedsInput && before)
        each<R * N>([&]<int I>() { sum[I] = Vec::load(before + I * W); });
    else
        each<R * N>([&]<int I>() { sum[I] = Vec::broadcast(0.0F); });
    const auto pixel = [&]<int I>() {
        constexpr int r = I / N, i = I % N;
        return Vec::load(x + r * targetLine + i / V * step + i % V * W);
    };
    Vec pixels[R * N];
    if constexpr (pixelsInRegisters)
        each<R * N>([&]<int I>() { pixels[I] = held(pixel.template operator()<I>()); });
    for (std::uint32_t k = first; k < last; ++k, lanes += W) {
        const Vec w = Vec::broadcast(weight[k]);
        const float* const in = dy + offset[k];
        Vec dot[2];
        dot[0] = Vec::load(lanes);
        dot[1] = Vec::broadcast(0.0F);
        each<R * N>([&]<int I>() {
            constexpr int r = I / N, i = I % N;
            const Vec g = held(Vec::load(in + r * line + i * W));
            if constexpr (NeedsInput) sum[I] = fma(w, g, sum[I]);
            if constexpr (pixelsInRegisters)
                dot[I % chains] = fma(g, pixels[I], dot[I % chains]);
            else
                dot[I % chains] = fma(g, pixel.template operator()<I>(), dot[I % chains]);
        });
        (dot[0] + dot[1]).store(lanes);
    }
    if constexpr (NeedsInput)
        each<R * N>([&]<int I>() {
            constexpr int r = I / N, i = I % N;
            sum[I].store(to.start + r * to.row + i / V * to.column + i % V * W);
        });
}

template <bool NeedsInput, int pixels, int columns, bool pixelsInRegisters>
void gradientPlanes(const ImageConnections& k, const float* dy, const float* x, float* dx, float* lanes,
                    std::int64_t plane, const ImageWalk& walk, float* scratch, std::int64_t first,
                    std::int64_t last) {
    const auto blocks = [&]<int S>(std::int64_t from, std::int64_t end, float* sumsFrom) {
        forEachBlock<pixels, columns>(walk, [&]<int R, int C>(std::int64_t row, std::int64_t column) {
            const float* const source = dy + row * walk.sourceRow + column * walk.sourceColumn;
            const std::int64_t target = row * walk.targetRow + column * walk.targetColumn;
            float* sums = sumsFrom;
            for (std::int64_t b = 0; b < k.blocks; ++b) {
                const std::uint32_t* const bounds = k.bounds + b * k.stride;
                float* kept = scratch;
                for (std::int64_t c = from; c < end; ++c, kept += R * C * imageTile) {
                    Place to = waiting<C>(kept);
                    if (NeedsInput && b + 1 == k.blocks)
                        to = {dx + c * plane + target, walk.targetRow, walk.targetColumn};
                    gradientBlock<R, C, S, NeedsInput, pixelsInRegisters>(
                        bounds[c], bounds[c + 1], k.offset, k.weight, source, walk, x + c * plane + target,
                        b > 0 ? kept : nullptr, to, sums);
                    sums += static_cast<std::int64_t>(bounds[c + 1] - bounds[c]) * W;
                }
            }
        });
    };
    withStep(walk.targetColumn, [&]<int S>() {
        // As in sparseGather.
        if (k.blocks == 1)
            for (std::int64_t c = first; c < last; ++c)
                blocks.template operator()<S>(
                    c, c + 1, lanes + static_cast<std::int64_t>(k.bounds[c] - k.bounds[first]) * W);
        else
            blocks.template operator()<S>(first, last, lanes);
    });
}

template <bool NeedsInput>
void gradientsOf(const ImageConnections& k, const float* dy, const float* x, float* dx, float* lanes,
                 std::int64_t plane, const ImageWalk& walk, float* scratch, std::int64_t first,
                 std::int64_t last) {
    // Blocks of 16 pixels make fewer visits to each connection; where they do not fit the width, smaller ones
    // whose pixels stay in registers are faster.
    if (narrowInRegisters && (walk.width == 4 || walk.width % sparseWidth == 0))
        gradientPlanes<NeedsInput, sparsePixels, sparseWidth, false>(k, dy, x, dx, lanes, plane, walk,
                                                                     scratch, first, last);
    else
        gradientPlanes<NeedsInput, narrowPixels, narrowWidth, narrowInRegisters>(k, dy, x, dx, lanes, plane,
                                                                                 walk, scratch, first, last);
}

void sparseGradients(const ImageConnections& k, const float* dy, const float* x, float* dx, float* lanes,
                     std::int64_t plane, const ImageWalk& walk, float* scratch, std::int64_t first,
                     std::int64_t last) {
    if (dx)
        gradientsOf<true>(k, dy, x, dx, lanes, plane, walk, scratch, first, last);
    else
        gradientsOf<false>(k, dy, x, dx, lanes, plane, walk, scratch, first, last);
}

/// O channels x P neighbouring pixels.
template <int O, int P, int S>
void denseBlock(std::int64_t taps, const std::uint32_t* offset, const float* weight, const float* bias,
                const float* x, const ImageWalk& walk, float* y, std::int64_t plane) {
    constexpr int N = P * V;
    const std::int64_t step = stepOf<S>(walk.sourceColumn), column = walk.targetColumn;
    Vec sum[O * N];
    each<O * N>([&]<int I>() { sum[I] = Vec::broadcast(bias ? bias[I / N] : 0.0F); });
    for (std::int64_t k = 0; k < taps; ++k) {
        const float* const in = x + offset[k];
        Vec w[O];
        each<O>([&]<int I>() { w[I] = Vec::broadcast(weight[I * taps + k]); });
        each<N>([&]<int I>() {
            const Vec value = held(Vec::load(in + I / V * step + I % V * W));
            each<O>([&]<int J>() { sum[J * N + I] = fma(w[J], value, sum[J * N + I]); });
        });
    }
    each<O * N>([&]<int I>() { sum[I].store(y + I / N * plane + I % N / V * column + I % V * W); });
}

void denseGather(std::int64_t taps, const std::uint32_t* offset, const float* weight, const float* bias,
                 const float* x, float* y, std::int64_t plane, const ImageWalk& walk, bool weightsStay,
                 std::int64_t first, std::int64_t last) {
    const auto rows = [&](std::int64_t top, std::int64_t bottom, std::int64_t from, std::int64_t to) {
        forEachPart(walk.width, denseWidth, [&](std::int64_t column, std::int64_t width) {
            withStep(walk.sourceColumn, [&]<int S>() {
                withCount<denseWidth>(width, [&]<int P>() {
                    constexpr int O = channelsFor(P);
                    std::int64_t o = from;
                    const auto block = [&]<int N>() {
                        for (std::int64_t row = top; row < bottom; ++row)
                            denseBlock<N, P, S>(
                                taps, offset, weight + o * taps, bias ? bias + o : nullptr,
                                x + row * walk.sourceRow + column * walk.sourceColumn, walk,
                                y + o * plane + row * walk.targetRow + column * walk.targetColumn, plane);
                    };
                    for (; o + O <= to; o += O) block.template operator()<O>();
                    // What is left in one block: each channel more shares what is read.
                    if constexpr (O > 1)
                        if (o < to) withCount<O - 1>(to - o, block);
                });
            });
        });
    };
    if (!weightsStay) {
        for (std::int64_t row = 0; row < walk.height; ++row) rows(row, row + 1, first, last);
        return;
    }
    constexpr std::int64_t channels = 24;  // a multiple of every block's
    for (std::int64_t o = first; o < last; o += channels)
        rows(0, walk.height, o, o + channels < last ? o + channels : last);
}

/// O channels x K taps over the rows top … bottom-1.
template <int O, int K, int S>
void correlateBlock(const std::uint32_t* offset, const float* x, const float* dy, float* lanes,
                    std::int64_t taps, std::int64_t plane, const ImageWalk& walk, std::int64_t top,
                    std::int64_t bottom) {
    const std::int64_t step = stepOf<S>(walk.sourceColumn);
    Vec sum[O * K];
    each<O * K>([&]<int I>() { sum[I] = Vec::load(lanes + (I / K * taps + I % K) * W); });
    for (std::int64_t row = top; row < bottom; ++row) {
        const float* g = dy + row * walk.targetRow;
        const float* in = x + row * walk.sourceRow;
        for (std::int64_t p = 0; p < walk.width; ++p, g += imageTile, in += step)
            for (int v = 0; v < V; ++v) {
                Vec gradient[O];
                each<O>([&]<int I>() { gradient[I] = Vec::load(g + I * plane + v * W); });
                each<K>([&]<int J>() {
                    const Vec value = held(Vec::load(in + offset[J] + v * W));
                    each<O>([&]<int I>() { sum[I * K + J] = fma(gradient[I], value, sum[I * K + J]); });
                });
            }
    }
    each<O * K>([&]<int I>() { sum[I].store(lanes + (I / K * taps + I % K) * W); });
}

void denseCorrelate(std::int64_t taps, const std::uint32_t* offset, const float* x, const float* dy,
                    float* lanes, std::int64_t plane, const ImageWalk& walk, std::int64_t first,
                    std::int64_t last) {
    // So many rows that their gradients stay in the first-level cache while the taps pass by.
    const std::int64_t rowBytes = correlateChannels * walk.width * imageTile * 4;
    const std::int64_t rowsEach = rowBytes >= 16384 ? 1 : 16384 / rowBytes;
    withStep(walk.sourceColumn, [&]<int S>() {
        for (std::int64_t top = 0; top < walk.height; top += rowsEach) {
            const std::int64_t bottom = top + rowsEach < walk.height ? top + rowsEach : walk.height;
            forEachPart(last - first, correlateChannels, [&](std::int64_t channel, std::int64_t channels) {
                const float* const g = dy + (first + channel) * plane;
                float* const sums = lanes + channel * taps * W;
                withCount<correlateChannels>(channels, [&]<int O>() {
                    forEachPart(taps, correlateTaps, [&](std::int64_t k, std::int64_t count) {
                        withCount<correlateTaps>(count, [&]<int K>() {
                            correlateBlock<O, K, S>(offset + k, x, g, sums + k * W, taps, plane, walk, top,
                                                    bottom);
                        });
                    });
                });
            });
        }
    });
}

void reduceLanes(const float* lanes, std::int64_t count, float* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = Vec::load(lanes + i * W).sum();
}

double multiplyAdds(std::int64_t rounds, float* sink) {
    constexpr int chains = 12;  // more than latency times throughput on every processor of today
    Vec sum[chains];
    for (int c = 0; c < chains; ++c) sum[c] = Vec::broadcast(static_cast<float>(c));
    const Vec a = Vec::broadcast(sink[0]), b = Vec::broadcast(sink[1]);
    for (std::int64_t round = 0; round < rounds; ++round)
        for (int c = 0; c < chains; ++c) sum[c] = fma(sum[c], a, b);
    for (int c = 0; c < chains; ++c) sum[c].store(sink + c % 2 * W);
    return static_cast<double>(rounds) * chains * W;
}

float stream(const float* from, std::int64_t count) {
    constexpr int lanes = 64 / W;
    Vec sum[lanes];
    for (Vec& s : sum) s = Vec::broadcast(0.0F);
    for (std::int64_t i = 0; i + 64 <= count; i += 64)
        for (int k = 0; k < lanes; ++k) sum[k] = sum[k] + Vec::load(from + i + k * W);
    float total = 0;
    for (const Vec& s : sum) total += s.sum();
    return total;
}

}  // namespace

extern const ImageKernels imageKernels{FILIGREE_ISA_NAME,
                                       sparseGather,
                                       sparseGradients,
                                       denseGather,
                                       denseCorrelate,
                                       sparsePixels* imageTile,
                                       W,
                                       reduceLanes,
                                       24,
                                       planeSums,
                                       planeSquares,
                                       normalizePlane,
                                       normalizeAndPoolPlane,
                                       windowExtremes,
                                       gradientSums,
                                       pooledGradientSums,
                                       windowGradientSums,
                                       gradientPlane,
                                       windowGradientPlane,
                                       multiplyAdds,
                                       stream};

}  // namespace filigree::backend::FILIGREE_ISA
