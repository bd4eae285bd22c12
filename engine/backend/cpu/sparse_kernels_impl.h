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

/// Calls body.template operator()<R, T>() with R vectors of samples in T lanes.
template <typename Body>
void withLanes(TileLanes lanes, Body&& body) {
    constexpr int whole = 64 / W;
    if (lanes.tile == lanes.vectors * W)
        return withVectors(lanes.tile, [&]<int R>() { body.template operator()<R, R * W>(); });
    if (lanes.tile != 64) failTile(lanes.tile);
    // The last tile of a batch, partly used.
    const auto partly = [&]<int R>() {
        if constexpr (R < whole) body.template operator()<R, 64>();
    };
    switch (lanes.vectors) {
        case 1:
            return partly.template operator()<1>();
        case 2:
            return partly.template operator()<2>();
        case 3:
            return partly.template operator()<3>();
        case 4:
            return partly.template operator()<4>();
        case 5:
            return partly.template operator()<5>();
        case 6:
            return partly.template operator()<6>();
        case 7:
            return partly.template operator()<7>();
        default:
            failTile(lanes.vectors * W);
    }
}

/// Calls body.template operator()<R, 64>() for two tiles of 64 lanes, the second with `lastVectors`.
template <typename Body>
void withTwoTiles(int lastVectors, [[maybe_unused]] Body&& body) {
    if constexpr (W == 16) switch (lastVectors) {
            case 1:
                return body.template operator()<5, 64>();
            case 2:
                return body.template operator()<6, 64>();
            case 3:
                return body.template operator()<7, 64>();
            case 4:
                return body.template operator()<8, 64>();
            default:
                break;
        }
    failTile(lastVectors * W);
}

constexpr std::size_t lineOfFloats = 16;
constexpr std::size_t segmentsAhead = 8;
constexpr std::uint32_t edgesAhead = 24;
/// So many weights and their gradients lie in the second-level cache: fetching them ahead costs more than it
/// gains.
constexpr std::uint32_t cachedEdges = 100000;
/// As many of a walk in order, whose neighbouring columns share lines of weights, come in time by themselves.
constexpr std::uint32_t cachedInOrder = 1000000;

/// C vectors of a segment of four rows with the same columns; `step` edges lie between rows.
template <int C, int T>
void multiplyFourRows(const std::uint16_t* column, const float* w, std::size_t step, std::uint32_t length,
                      const float* bias, bool starts, bool rectifies, const float* x, float* y) {
    Vec sum[4 * C];
    for (int i = 0; i < 4 * C; ++i)
        sum[i] = starts ? Vec::broadcast(bias ? bias[i / C] : 0.0F) : Vec::load(y + i / C * T + i % C * W);
    for (std::uint32_t e = 0; e < length; ++e) {
        const float* const in = x + static_cast<std::size_t>(column[e]) * T;
        Vec value[C];
        for (int c = 0; c < C; ++c) value[c] = Vec::load(in + c * W).keep();
        for (std::size_t q = 0; q < 4; ++q) {
            const Vec factor = Vec::broadcast(w[q * step + e]);
            for (std::size_t c = 0; c < C; ++c) sum[q * C + c] = fma(factor, value[c], sum[q * C + c]);
        }
    }
    for (int i = 0; i < 4 * C; ++i)
        (rectifies ? Vec::positivePart(sum[i]) : sum[i]).store(y + i / C * T + i % C * W);
}

/// All R vectors, as many at once as the registers hold.
template <int R, int T, int Begin = 0>
void multiplyFours(const std::uint16_t* column, const float* w, std::size_t step, std::uint32_t length,
                   const float* bias, bool starts, bool rectifies, const float* x, float* y) {
    constexpr int most = W == 16 ? 4 : 2;
    constexpr int count = R - Begin < most ? R - Begin : most;
    multiplyFourRows<count, T>(column, w, step, length, bias, starts, rectifies, x + Begin * W,
                               y + Begin * W);
    if constexpr (Begin + count < R)
        multiplyFours<R, T, Begin + count>(column, w, step, length, bias, starts, rectifies, x, y);
}

/// Where vector r of a feature lies when vectors of two tiles are held at once.
template <int T>
std::int64_t vectorPlace(int r, std::int64_t stride) {
    return r * W < T ? r * W : stride + r * W - T;
}

/// The segments of one group in one block, R vectors of one or two tiles of T lanes.
template <int R, int T>
void multiplySegments(const SparsePattern& pattern, const SparseSchedule& schedule, std::size_t place,
                      const float* w, const float* bias, bool starts, bool rectifies, const float* x,
                      float* y, std::int64_t xStride, std::int64_t yStride) {
    const std::size_t last = schedule.segmentStart[place + 1] - std::size_t{1};
    std::size_t segment = schedule.segmentStart[place];
    const std::uint16_t* column = schedule.column.data() + schedule.columnStart[place];
    for (std::size_t run = schedule.runStart[place]; run < schedule.runStart[place + 1]; ++run) {
        const std::uint32_t length = schedule.runs[run].length;
        const std::size_t end = segment + schedule.runs[run].count;
        for (; segment < end; ++segment, column += length) {
            const std::size_t row = schedule.row[segment];
            float* const out = y + row * T;
            // Segments jump from row to row, which no hardware foresees.
            const std::size_t ahead =
                schedule.edge[segment + segmentsAhead < last ? segment + segmentsAhead : last];
            for (std::size_t line = 0; line < length + lineOfFloats; line += lineOfFloats)
                prefetch(w + ahead + line);
            const float* const weight = w + schedule.edge[segment];
            if constexpr (R * W <= T)
                if (schedule.rowsTogether == 4) {
                    multiplyFours<R, T>(column, weight, pattern.rowStart[row + 1] - pattern.rowStart[row],
                                        length, bias ? bias + row : nullptr, starts, rectifies, x, out);
                    continue;
                }
            Vec sum[R];
            for (int r = 0; r < R; ++r)
                sum[r] = starts ? Vec::broadcast(bias ? bias[row] : 0.0F)
                                : Vec::load(out + vectorPlace<T>(r, yStride));
            for (std::uint32_t e = 0; e < length; ++e) {
                const Vec factor = Vec::broadcast(weight[e]);
                const float* const in = x + static_cast<std::size_t>(column[e]) * T;
                for (int r = 0; r < R; ++r)
                    sum[r] = fma(factor, Vec::load(in + vectorPlace<T>(r, xStride)), sum[r]);
            }
            for (int r = 0; r < R; ++r)
                (rectifies ? Vec::positivePart(sum[r]) : sum[r]).store(out + vectorPlace<T>(r, yStride));
        }
    }
}

void multiply(const SparsePattern& pattern, const SparseSchedule& schedule, std::int64_t group,
              const float* w, const float* bias, bool relu, const float* x, float* y, std::int64_t tiles,
              std::int64_t xStride, std::int64_t yStride, int tile, int lastVectors) {
    // The slices of x of two tiles fit where blocks are narrow; each weight and column is then read once.
    const bool fits = schedule.rowsTogether == 1 && pattern.columns <= 64 * schedule.blocks;
    const std::int64_t atOnce = W == 16 && tile == 64 && fits ? 2 : 1;
    for (std::int64_t block = 0; block < schedule.blocks; ++block) {
        const auto place = static_cast<std::size_t>(group * schedule.blocks + block);
        const bool rectifies = relu && block + 1 == schedule.blocks;
        for (std::int64_t t = 0; t < tiles; t += atOnce) {
            const std::int64_t count = tiles - t < atOnce ? tiles - t : atOnce;
            const auto segments = [&]<int R, int T>() {
                multiplySegments<R, T>(pattern, schedule, place, w, bias, block == 0, rectifies,
                                       x + t * xStride + block * schedule.blockWidth * tile, y + t * yStride,
                                       xStride, yStride);
            };
            const int vectors = t + count < tiles ? tile / W : lastVectors;
            if (count == 1)
                withLanes({tile, vectors}, segments);
            else
                withTwoTiles(vectors, segments);
        }
    }
}

/// Stores the gradient of one input; behind a rectifier only where the input is positive, and with its sum.
/// (Called, it would need its vectors in memory.)
template <int R, int T>
FILIGREE_INLINE void finishInput(const Vec* input, Vec* gradient, float* dx, std::int64_t stride,
                                 double* sum) {
    if (sum) {
        Vec all = Vec::broadcast(0.0F);
        for (int r = 0; r < R; ++r) {
            gradient[r] = Vec::wherePositive(input[r], gradient[r]);
            all = all + gradient[r];
        }
        *sum += static_cast<double>(all.sum());
    }
    for (int r = 0; r < R; ++r) gradient[r].store(dx + vectorPlace<T>(r, stride));
}

/// <in, held>. Two chains: the latency of one, not its throughput, would set the pace.
template <int R, int T>
Vec dotProduct(const float* in, std::int64_t stride, const Vec* held) {
    Vec even = Vec::broadcast(0.0F), odd = Vec::broadcast(0.0F);
    for (int r = 0; r < R; ++r) {
        Vec& chain = r % 2 == 0 ? even : odd;
        chain = fma(Vec::load(in + vectorPlace<T>(r, stride)), held[r], chain);
    }
    return R > 1 ? even + odd : even;
}

/// The sums of the one to three products that are left behind the fours, of four places.
template <typename Product>
FILIGREE_INLINE void sumsOfRest(std::int64_t rest, Product&& product, float* sums) {
    const Vec none = Vec::broadcast(0.0F);
    const Vec a = product(0);
    const Vec b = rest > 1 ? product(1) : none;
    const Vec c = rest > 2 ? product(2) : none;
    Vec::sums(a, b, c, none, sums);
}

/// The gradients of `length` edges that lie one after another: dw[e] (+)= <x[column[e]], held>.
template <int R, int T>
void segmentGradient(const std::uint16_t* column, std::uint32_t length, const Vec* held, const float* x,
                     std::int64_t xStride, float* dw, bool accumulate) {
    const auto product = [&](std::uint32_t e) {
        return dotProduct<R, T>(x + static_cast<std::size_t>(column[e]) * T, xStride, held);
    };
    std::uint32_t e = 0;
    float dots[4];
    for (; e + 4 <= length; e += 4) {
        const Vec a = product(e), b = product(e + 1), c = product(e + 2), d = product(e + 3);
        if (!accumulate) {
            Vec::sums(a, b, c, d, dw + e);
            continue;
        }
        Vec::sums(a, b, c, d, dots);
        for (std::uint32_t q = 0; q < 4; ++q) dw[e + q] += dots[q];
    }
    if (e == length) return;
    const std::uint32_t rest = length - e;
    sumsOfRest(
        rest, [&](std::uint32_t q) { return product(e + q); }, dots);
    for (std::uint32_t q = 0; q < rest; ++q) dw[e + q] = accumulate ? dw[e + q] + dots[q] : dots[q];
}

/// Part `part` of `parts` of the segments of one group in one block, R vectors of one or two tiles of T
/// lanes.
template <int R, int T>
void segmentGradients(const SparsePattern& pattern, const SparseSchedule& schedule, std::size_t place,
                      std::int64_t part, std::int64_t parts, const float* dy, const float* x, float* dw,
                      bool accumulate, std::int64_t dyStride, std::int64_t xStride) {
    std::size_t segment = schedule.segmentStart[place];
    const std::size_t count = schedule.segmentStart[place + 1] - segment;
    const auto border = [&](std::int64_t p) {
        return segment + count * static_cast<std::size_t>(p) / static_cast<std::size_t>(parts);
    };
    const std::size_t begin = border(part), stop = border(part + 1);
    const std::uint16_t* column = schedule.column.data() + schedule.columnStart[place];
    for (std::size_t run = schedule.runStart[place]; segment < stop; ++run) {
        const std::uint32_t length = schedule.runs[run].length;
        const std::size_t end = segment + schedule.runs[run].count;
        const std::size_t first = begin < segment ? segment : begin < end ? begin : end;
        column += (first - segment) * length;
        for (segment = first; segment < (end < stop ? end : stop); ++segment, column += length) {
            const std::size_t row = schedule.row[segment];
            const std::size_t step = pattern.rowStart[row + 1] - pattern.rowStart[row];
            for (std::size_t q = 0; q < static_cast<std::size_t>(schedule.rowsTogether); ++q) {
                Vec held[R];
                for (int r = 0; r < R; ++r)
                    held[r] = Vec::load(dy + (row + q) * T + vectorPlace<T>(r, dyStride));
                segmentGradient<R, T>(column, length, held, x, xStride,
                                      dw + schedule.edge[segment] + q * step, accumulate);
            }
        }
    }
}

void multiplyValueGradient(const SparsePattern& pattern, const SparseSchedule& schedule, std::int64_t group,
                           std::int64_t part, std::int64_t parts, const float* dy, const float* x, float* dw,
                           std::int64_t tiles, std::int64_t dyStride, std::int64_t xStride, int tile,
                           int lastVectors) {
    const std::int64_t atOnce = W == 16 && tile == 64 ? 2 : 1;
    for (std::int64_t block = 0; block < schedule.blocks; ++block)
        for (std::int64_t t = 0; t < tiles; t += atOnce) {
            const std::int64_t count = tiles - t < atOnce ? tiles - t : atOnce;
            const auto segments = [&]<int R, int T>() {
                segmentGradients<R, T>(
                    pattern, schedule, static_cast<std::size_t>(group * schedule.blocks + block), part, parts,
                    dy + t * dyStride, x + t * xStride + block * schedule.blockWidth * tile, dw, t > 0,
                    dyStride, xStride);
            };
            const int vectors = t + count < tiles ? tile / W : lastVectors;
            if (count == 1)
                withLanes({tile, vectors}, segments);
            else
                withTwoTiles(vectors, segments);
        }
}

/// What the next item will read, for walks in which places are items.
template <int R, int T>
void prefetchItem(const float* held, const float* dx, bool continues, std::int64_t heldStride,
                  std::int64_t place, std::int64_t last) {
    const std::int64_t next = place + 1 < last ? place + 1 : place;
    for (int r = 0; r < R; ++r) {
        prefetch(held + next * T + vectorPlace<T>(r, heldStride));
        if (continues) prefetch(dx + next * T + vectorPlace<T>(r, heldStride));
    }
}

/// R vectors of one or two tiles of T lanes.
template <int R, int T>
void backwardItems(const EdgeWalk& walk, const float* w, const float* held, const float* other, float* dx,
                   double* sums, float* dw, bool continues, bool accumulate, std::int64_t heldStride,
                   std::int64_t otherStride, std::int64_t first, std::int64_t last) {
    const bool fetchesAhead = !walk.isInOrder && walk.edges > cachedEdges;
    const bool fetchesLines = walk.isInOrder && walk.edges > cachedInOrder;
    other += static_cast<std::size_t>(walk.firstRow) * T;
    w += walk.firstEdge;
    dw += walk.firstEdge;
    struct Entry {
        std::size_t row, edge;
    };
    const int edgeBits = walk.edgeBits;
    const std::uint32_t edgeMask = (1U << edgeBits) - 1;
    const auto entry = [&](std::uint32_t k) {
        return Entry{walk.entries[k] >> edgeBits, walk.entries[k] & edgeMask};
    };
    for (std::int64_t place = first; place < last; ++place) {
        const std::size_t i = walk.order[place];
        if (walk.isInOrder) prefetchItem<R, T>(held, dx, continues, heldStride, place, last);
        Vec own[R], total[R];
        for (int r = 0; r < R; ++r) own[r] = Vec::load(held + i * T + vectorPlace<T>(r, heldStride));
        for (int r = 0; r < R; ++r)
            total[r] =
                continues ? Vec::load(dx + i * T + vectorPlace<T>(r, heldStride)) : Vec::broadcast(0.0F);
        const auto product = [&](const Entry& e) {
            const float* const in = other + e.row * T;
            Vec even = Vec::broadcast(0.0F), odd = Vec::broadcast(0.0F);  // two chains, as above
            const Vec weight = Vec::broadcast(w[e.edge]);
            for (int r = 0; r < R; ++r) {
                Vec value = Vec::load(in + vectorPlace<T>(r, otherStride));
                total[r] = fma(weight, value.keep(), total[r]);
                Vec& dot = r % 2 == 0 ? even : odd;
                dot = fma(value, own[r], dot);
            }
            return R > 1 ? even + odd : even;
        };
        std::uint32_t k = walk.start[i];
        const std::uint32_t end = walk.start[i + 1];
        float dots[4];
        for (; k + 4 <= end; k += 4) {
            const Entry e[4] = {entry(k), entry(k + 1), entry(k + 2), entry(k + 3)};
            if (fetchesLines)
                for (const Entry& one : e) {
                    prefetch(w + one.edge + lineOfFloats);
                    prefetch(dw + one.edge + lineOfFloats);
                }
            else if (fetchesAhead && k + edgesAhead + 4 <= walk.edges)
                for (std::uint32_t q = 0; q < 4; ++q) {
                    const std::size_t later = entry(k + edgesAhead + q).edge;
                    prefetch(w + later);
                    prefetch(dw + later);
                }
            const Vec a = product(e[0]), b = product(e[1]), c = product(e[2]), d = product(e[3]);
            Vec::sums(a, b, c, d, dots);
            for (int q = 0; q < 4; ++q) {
                float& to = dw[e[q].edge];
                to = accumulate ? to + dots[q] : dots[q];
            }
        }
        if (k < end) {
            const std::uint32_t rest = end - k;
            sumsOfRest(
                rest, [&](std::uint32_t q) { return product(entry(k + q)); }, dots);
            for (std::uint32_t q = 0; q < rest; ++q) {
                float& to = dw[entry(k + q).edge];
                to = accumulate ? to + dots[q] : dots[q];
            }
        }
        finishInput<R, T>(own, total, dx + i * T, heldStride, sums ? sums + i : nullptr);
    }
}

void multiplyBackward(const EdgeWalk& walk, const float* w, const float* held, const float* other, float* dx,
                      double* sums, float* dw, bool continues, bool accumulate, std::int64_t tiles,
                      std::int64_t heldStride, std::int64_t otherStride, int tile, int lastVectors,
                      std::int64_t first, std::int64_t last) {
    const auto run = [&]<int R, int T>() {
        backwardItems<R, T>(walk, w, held, other, dx, sums, dw, continues, accumulate, heldStride,
                            otherStride, first, last);
    };
    if (tiles == 1) return withLanes({tile, lastVectors}, run);
    if (tiles == 2 && tile == 64) return withTwoTiles(lastVectors, run);
    failTile(tile);
}

void maskGradient(const float* gradient, const float* y, float* out, double* sums, int tile, int used,
                  std::int64_t first, std::int64_t last) {
    const int whole = used / W * W;
    for (std::int64_t f = first; f < last; ++f) {
        const float* const in = gradient + f * tile;
        Vec sum = Vec::broadcast(0.0F);
        for (int n = 0; n < whole; n += W) {
            Vec g = Vec::load(in + n);
            if (y) g = Vec::wherePositive(Vec::load(y + f * tile + n), g);
            sum = sum + g;
            if (out) g.store(out + f * tile + n);
        }
        float rest = 0;
        for (int n = whole; n < used; ++n) {
            const float g = !y || y[f * tile + n] > 0 ? in[n] : 0.0F;
            rest += g;
            if (out) out[f * tile + n] = g;
        }
        if (out)
            for (int n = used; n < tile; ++n) out[f * tile + n] = 0;
        sums[f] += static_cast<double>(sum.sum() + rest);
    }
}

void toTile(const float* rows, std::int64_t stride, float* x, int tile, int used, std::int64_t first,
            std::int64_t last) {
    std::int64_t f = first;
    for (; f + W <= last; f += W)
        for (int n = 0; n < tile; n += W) {
            Vec block[W];
            for (int i = 0; i < W; ++i)
                block[i] = n + i < used ? Vec::load(rows + (n + i) * stride + f) : Vec::broadcast(0.0F);
            Vec::transpose(block);
            for (int i = 0; i < W; ++i) block[i].store(x + (f + i) * tile + n);
        }
    for (; f < last; ++f)
        for (int n = 0; n < tile; ++n) x[f * tile + n] = n < used ? rows[n * stride + f] : 0.0F;
}

/// O outputs at once: each vector of x is loaded once for all of them.
template <int O, int R, int T>
void denseOutputs(const float* w, const float* bias, bool relu, const float* x, float* y,
                  std::int64_t inputs) {
    Vec sum[O * R];
    for (int o = 0; o < O; ++o)
        for (int r = 0; r < R; ++r) sum[o * R + r] = Vec::broadcast(bias ? bias[o] : 0.0F);
    for (std::int64_t j = 0; j < inputs; ++j) {
        Vec in[R];
        for (int r = 0; r < R; ++r) in[r] = Vec::load(x + j * T + r * W).keep();
        for (int o = 0; o < O; ++o) {
            const Vec weight = Vec::broadcast(w[o * inputs + j]);
            for (int r = 0; r < R; ++r) sum[o * R + r] = fma(weight, in[r], sum[o * R + r]);
        }
    }
    for (int i = 0; i < O * R; ++i)
        (relu ? Vec::positivePart(sum[i]) : sum[i]).store(y + i / R * T + i % R * W);
}

void multiplyDense(const float* w, const float* bias, bool relu, const float* x, float* y, TileLanes lanes,
                   std::int64_t outputs, std::int64_t inputs) {
    withLanes(lanes, [&]<int R, int T>() {
        constexpr int registers = W == 16 ? 20 : 8;
        constexpr int most = registers / R > 5 ? 5 : registers / R < 1 ? 1 : registers / R;
        std::int64_t o = 0;
        const auto some = [&]<int O>() {
            for (; o + O <= outputs; o += O)
                denseOutputs<O, R, T>(w + o * inputs, bias ? bias + o : nullptr, relu, x, y + o * T, inputs);
        };
        some.template operator()<most>();
        some.template operator()<1>();
    });
}

void multiplyDenseBackward(const float* w, const float* x, const float* dy, float* dx, double* sums,
                           float* dw, bool accumulate, std::int64_t tiles, int tile, int lastVectors,
                           std::int64_t outputs, std::int64_t inputs, std::int64_t first, std::int64_t last) {
    const std::int64_t xStride = inputs * tile, dyStride = outputs * tile;
    const auto run = [&]<int R, int T>() {
        // A few columns of w and dw at a time as rows: one by one, all outputs of a column would fall into
        // the same set of the cache.
        constexpr std::int64_t strip = 16;
        float weights[strip * maximumDenseOutputs], dots[strip * maximumDenseOutputs];
        for (std::int64_t begin = first; begin < last; begin += strip) {
            const std::int64_t count = last - begin < strip ? last - begin : strip;
            for (std::int64_t o = 0; o < outputs; ++o)
                for (std::int64_t j = 0; j < count; ++j) weights[j * outputs + o] = w[o * inputs + begin + j];
            for (std::int64_t j = 0; j < count; ++j) {
                const float* const weight = weights + j * outputs;
                float* const dot = dots + j * outputs;
                Vec own[R], total[R];
                for (int r = 0; r < R; ++r)
                    own[r] = Vec::load(x + (begin + j) * T + vectorPlace<T>(r, xStride));
                for (int r = 0; r < R; ++r) total[r] = Vec::broadcast(0.0F);
                const auto product = [&](std::int64_t o) {
                    Vec even = Vec::broadcast(0.0F), odd = Vec::broadcast(0.0F);
                    const Vec factor = Vec::broadcast(weight[o]);
                    for (int r = 0; r < R; ++r) {
                        Vec value = Vec::load(dy + o * T + vectorPlace<T>(r, dyStride));
                        total[r] = fma(factor, value.keep(), total[r]);
                        Vec& chain = r % 2 == 0 ? even : odd;
                        chain = fma(value, own[r], chain);
                    }
                    return even + odd;
                };
                std::int64_t o = 0;
                for (; o + 4 <= outputs; o += 4) {
                    const Vec a = product(o), b = product(o + 1), c = product(o + 2), d = product(o + 3);
                    Vec::sums(a, b, c, d, dot + o);
                }
                if (o < outputs) {
                    float rest[4];
                    sumsOfRest(
                        outputs - o, [&](std::int64_t q) { return product(o + q); }, rest);
                    for (int q = 0; o + q < outputs; ++q) dot[o + q] = rest[q];
                }
                if (dx)
                    finishInput<R, T>(own, total, dx + (begin + j) * T, xStride,
                                      sums ? sums + begin + j : nullptr);
            }
            for (std::int64_t o = 0; o < outputs; ++o)
                for (std::int64_t j = 0; j < count; ++j) {
                    float& to = dw[o * inputs + begin + j];
                    to = accumulate ? to + dots[j * outputs + o] : dots[j * outputs + o];
                }
        }
    };
    if (tiles == 1) return withLanes({tile, lastVectors}, run);
    if (tiles == 2 && tile == 64) return withTwoTiles(lastVectors, run);
    failTile(tile);
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

extern const SparseKernels kernels{FILIGREE_ISA_NAME,     W,
                                   W == 16 ? 2 : 1,       multiply,
                                   multiplyValueGradient, multiplyBackward,
                                   maskGradient,          toTile,
                                   multiplyDense,         multiplyDenseBackward,
                                   gatherPlanes,          scatterPlanes,
                                   correlatePlanes};

}  // namespace filigree::backend::FILIGREE_ISA
