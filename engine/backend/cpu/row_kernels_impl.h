// SPDX-License-Identifier: Apache-2.0
// Included by one .cpp file per instruction set; see row_kernels.h for what each function computes.
// Nothing here may instantiate inline code of other headers: the linker could keep a copy made for a newer
// processor.

#include <math.h>
#include <string.h>

#include "backend/cpu/row_kernels.h"
#include "backend/cpu/vec.h"

namespace filigree::backend::FILIGREE_ISA {
namespace {

constexpr int W = Vec::width;

Vec all(float x) {
    return Vec::broadcast(x);
}

/// The `count` < W floats from `from`, the rest filled up.
Vec loadPart(const float* from, std::int64_t count, float rest) {
    float lanes[W];
    for (int i = 0; i < W; ++i) lanes[i] = i < count ? from[i] : rest;
    return Vec::load(lanes);
}

void storePart(Vec x, float* to, std::int64_t count) {
    float lanes[W];
    x.store(lanes);
    for (int i = 0; i < count; ++i) to[i] = lanes[i];
}

/// to[i] = function(a[i], b[i], …), several vectors apart from one another so that they overlap.
template <typename Function, typename... From>
void map(std::int64_t n, Function&& function, float* to, const From*... from) {
    std::int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W) {
        const Vec first = function(Vec::load(from + i)...), second = function(Vec::load(from + i + W)...);
        first.store(to + i);
        second.store(to + i + W);
    }
    for (; i + W <= n; i += W) function(Vec::load(from + i)...).store(to + i);
    if (i < n) storePart(function(loadPart(from + i, n - i, 0)...), to + i, n - i);
}

/// Sum over i of term(a[i], b[i], …), where term(0, …) is 0 or `rest` stands for what follows the last.
template <typename Term, typename... From>
float sumOver(std::int64_t n, float rest, Term&& term, const From*... from) {
    Vec sums[4] = {all(0), all(0), all(0), all(0)};
    std::int64_t i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
        for (int k = 0; k < 4; ++k) sums[k] = sums[k] + term(Vec::load(from + i + k * W)...);
    for (; i + W <= n; i += W) sums[0] = sums[0] + term(Vec::load(from + i)...);
    if (i < n) sums[1] = sums[1] + term(loadPart(from + i, n - i, rest)...);
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
}

/// As sumOver in blocks of floats that are added up in double.
template <typename Term, typename... From>
double longSum(std::int64_t n, float rest, Term&& term, const From*... from) {
    constexpr std::int64_t block = 1024;
    double total = 0;
    for (std::int64_t i = 0; i < n; i += block)
        total += static_cast<double>(sumOver(n - i < block ? n - i : block, rest, term, (from + i)...));
    return total;
}

float largest(const float* x, std::int64_t n) {
    // (A NaN may be passed over here: it comes back with x - largest.)
    Vec best[2] = {all(-INFINITY), all(-INFINITY)};
    std::int64_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W)
        for (int k = 0; k < 2; ++k) best[k] = larger(best[k], Vec::load(x + i + k * W));
    float lanes[W];
    larger(best[0], best[1]).store(lanes);
    float result = lanes[0];
    for (int k = 1; k < W; ++k) result = lanes[k] > result ? lanes[k] : result;
    for (; i < n; ++i) result = x[i] > result ? x[i] : result;
    return result;
}

/// As cpu::exponential: x = n log 2 + r, e^r by its minimax polynomial (Moshier, Cephes library, expf).
Vec exponential(Vec x) {
    const Vec above = whereGreater(x, all(89.0F), all(89.0F), x);
    const Vec bounded = whereGreater(all(-104.0F), above, all(-104.0F), above);
    const Vec rounder = all(12582912.0F);  // 1.5 * 2^23: adding it leaves the nearest integer
    const Vec n = fma(bounded, all(1.44269504088896341F), rounder) - rounder;
    const Vec r = fma(n, all(2.12194440e-4F), fma(n, all(-0.693359375F), bounded));
    Vec p = all(1.9875691500e-4F);
    p = fma(p, r, all(1.3981999507e-3F));
    p = fma(p, r, all(8.3334519073e-3F));
    p = fma(p, r, all(4.1665795894e-2F));
    p = fma(p, r, all(1.6666665459e-1F));
    p = fma(p, r, all(5.0000001201e-1F));
    return scaled(fma(p, r * r, r) + all(1.0F), n);
}

/// Rows too short to fill vectors lie across them: W rows at once, entry k of each in vector k.
constexpr std::int64_t shortRow = 2 * W;

template <typename Function>
void acrossRows(const float* x, float* y, std::int64_t rows, std::int64_t n, Function&& function) {
    float lanes[shortRow * W];
    for (std::int64_t first = 0; first < rows; first += W, x += W * n, y += W * n) {
        const std::int64_t count = rows - first < W ? rows - first : W;
        for (std::int64_t k = 0; k < n; ++k)
            for (std::int64_t r = 0; r < W; ++r) lanes[k * W + r] = r < count ? x[r * n + k] : 0;
        function(lanes);
        for (std::int64_t k = 0; k < n; ++k)
            for (std::int64_t r = 0; r < count; ++r) y[r * n + k] = lanes[k * W + r];
    }
}

/// Of the n vectors.
Vec largestOf(const float* lanes, std::int64_t n) {
    Vec highest = Vec::load(lanes);
    for (std::int64_t k = 1; k < n; ++k) highest = larger(Vec::load(lanes + k * W), highest);
    return highest;
}

void softmax(const float* x, float* y, std::int64_t rows, std::int64_t n) {
    if (n <= shortRow)
        return acrossRows(x, y, rows, n, [n](float* lanes) {
            const Vec highest = largestOf(lanes, n);
            Vec total = all(0);
            for (float* v = lanes; v < lanes + n * W; v += W) {
                const Vec e = exponential(Vec::load(v) - highest);
                e.store(v);
                total = total + e;
            }
            const Vec factor = all(1) / total;
            for (float* v = lanes; v < lanes + n * W; v += W) (Vec::load(v) * factor).store(v);
        });
    for (; rows > 0; --rows, x += n, y += n) {
        const Vec highest = all(largest(x, n));
        map(
            n, [&](Vec v) { return exponential(v - highest); }, y, x);
        const Vec factor = all(1.0F / sumOver(
                                          n, 0, [](Vec v) { return v; }, y));
        map(
            n, [&](Vec v) { return v * factor; }, y, y);
    }
}

void softmaxGradient(const float* g, const float* y, float* dx, std::int64_t n) {
    const Vec dot = all(sumOver(
        n, 0, [](Vec a, Vec b) { return a * b; }, g, y));
    map(
        n, [&](Vec a, Vec b) { return b * (a - dot); }, dx, g, y);
}

void logSoftmax(const float* x, float* y, std::int64_t rows, std::int64_t n) {
    if (n <= shortRow)
        return acrossRows(x, y, rows, n, [n](float* lanes) {
            const Vec highest = largestOf(lanes, n);
            Vec total = all(0);
            for (const float* v = lanes; v < lanes + n * W; v += W)
                total = total + exponential(Vec::load(v) - highest);
            float logs[W];
            total.store(logs);
            for (float& one : logs) one = logf(one);
            const Vec logTotal = Vec::load(logs);
            for (float* v = lanes; v < lanes + n * W; v += W) ((Vec::load(v) - highest) - logTotal).store(v);
        });
    for (; rows > 0; --rows, x += n, y += n) {
        const Vec highest = all(largest(x, n));
        const float total = sumOver(
            n, -INFINITY, [&](Vec v) { return exponential(v - highest); }, x);
        const Vec logTotal = all(logf(total));
        map(
            n, [&](Vec v) { return (v - highest) - logTotal; }, y, x);
    }
}

void logSoftmaxGradient(const float* g, const float* y, float* dx, std::int64_t n) {
    const Vec total = all(sumOver(
        n, 0, [](Vec v) { return v; }, g));
    map(
        n, [&](Vec a, Vec b) { return a - exponential(b) * total; }, dx, g, y);
}

void crossEntropyGradient(const float* logp, float scale, float others, float* dx, std::int64_t n) {
    map(
        n, [&](Vec v) { return all(scale) * (exponential(v) - all(others)); }, dx, logp);
}

double sum(const float* x, std::int64_t n) {
    return longSum(
        n, 0, [](Vec v) { return v; }, x);
}

double squares(const float* x, float centre, std::int64_t n) {
    return longSum(
        n, centre, [&](Vec v) { return (v - all(centre)) * (v - all(centre)); }, x);
}

void normalize(const float* x, float mean, float inverse, const float* gamma, const float* beta, float* y,
               std::int64_t n) {
    map(
        n, [&](Vec v, Vec scale, Vec shift) { return fma((v - all(mean)) * all(inverse), scale, shift); }, y,
        x, gamma, beta);
}

void normalizeGradient(const float* x, float mean, float inverse, const float* gamma, const float* g,
                       float* dx, std::int64_t n) {
    const auto count = static_cast<double>(n);
    const auto level =
        static_cast<float>(longSum(
                               n, 0, [](Vec scale, Vec slope) { return scale * slope; }, gamma, g) /
                           count);
    const auto tilt = static_cast<float>(
        longSum(
            n, 0,
            [&](Vec v, Vec scale, Vec slope) { return scale * slope * ((v - all(mean)) * all(inverse)); }, x,
            gamma, g) /
        count);
    map(
        n,
        [&](Vec v, Vec scale, Vec slope) {
            return all(inverse) * (scale * slope - all(level) - (v - all(mean)) * all(inverse) * all(tilt));
        },
        dx, x, gamma, g);
}

void normalizeSums(const float* x, const float* mean, const float* inverse, const float* g, std::int64_t rows,
                   std::int64_t n, double* dgamma, double* dbeta) {
    for (std::int64_t i = 0; i < n; i += W) {
        const std::int64_t count = n - i < W ? n - i : W;
        Vec slopes = all(0), products = all(0);
        for (std::int64_t r = 0; r < rows; ++r) {
            const float* const in = x + r * n + i;
            const float* const arriving = g + r * n + i;
            const Vec v = count == W ? Vec::load(in) : loadPart(in, count, 0);
            const Vec slope = count == W ? Vec::load(arriving) : loadPart(arriving, count, 0);
            slopes = slopes + slope;
            products = fma(slope, (v - all(mean[r])) * all(inverse[r]), products);
        }
        float lanes[2][W];
        slopes.store(lanes[0]);
        products.store(lanes[1]);
        for (std::int64_t k = 0; k < count; ++k) {
            dbeta[i + k] += static_cast<double>(lanes[0][k]);
            dgamma[i + k] += static_cast<double>(lanes[1][k]);
        }
    }
}

void relu(const float* x, float* y, std::int64_t n) {
    map(
        n, [](Vec v) { return Vec::positivePart(v); }, y, x);
}

void reluGradient(const float* g, const float* x, float* dx, std::int64_t n) {
    map(
        n, [](Vec slope, Vec v) { return Vec::wherePositive(v, slope); }, dx, g, x);
}

/// Phi(x) and e^(-x^2 / 2). Phi(-a) = t e^(-a^2 / 2) p(t) with t = 1 / (1 + 5 a / 16); p fitted to a relative
/// error of 2e-7 for a from 0 to 14.
struct Normal {
    explicit Normal(Vec x) {
        const Vec a = larger(x, all(0) - x);
        bell = exponential(all(-0.5F) * x * x);
        const Vec t = all(1.0F) / fma(all(0.3125F), a, all(1.0F));
        Vec p = all(3.530062735e-2F);
        p = fma(p, t, all(-1.356839985e-1F));
        p = fma(p, t, all(1.401452124e-1F));
        p = fma(p, t, all(-4.319423810e-3F));
        p = fma(p, t, all(1.052894816e-1F));
        p = fma(p, t, all(1.097080782e-1F));
        p = fma(p, t, all(1.248973683e-1F));
        p = fma(p, t, all(1.246627495e-1F));
        const Vec tail = p * t * bell;
        distribution = whereGreater(x, all(0), all(1.0F) - tail, tail);
    }
    Vec distribution, bell;
};

void gelu(const float* x, float* y, std::int64_t n) {
    map(
        n, [](Vec v) { return v * Normal(v).distribution; }, y, x);
}

void geluGradient(const float* g, const float* x, float* dx, std::int64_t n) {
    map(
        n,
        [](Vec slope, Vec v) {
            const Normal normal(v);
            return slope * fma(v * all(0.398942280401432678F), normal.bell, normal.distribution);
        },
        dx, g, x);
}

// Plain choices, which the compiler makes into vectors with loads of every other float.

float largerOf(float a, float b) {
    const float ordered = a > b ? a : b;
    return a != a ? a : ordered;
}

void pairMaxima(const float* top, const float* bottom, float* y, std::int64_t n) {
    for (std::int64_t j = 0; j < n; ++j)
        y[j] = largerOf(bottom[2 * j + 1], largerOf(bottom[2 * j], largerOf(top[2 * j + 1], top[2 * j])));
}

void pairMaximaGradient(const float* top, const float* bottom, const float* g, float* dTop, float* dBottom,
                        std::int64_t n) {
    for (std::int64_t j = 0; j < n; ++j) {
        const float a = top[2 * j], b = top[2 * j + 1], c = bottom[2 * j], d = bottom[2 * j + 1];
        const float best = largerOf(d, largerOf(c, largerOf(b, a)));
        // What is left of the gradient after each of the four.
        const auto isBest = [best](float v) { return v == best || v != v; };
        const float afterA = isBest(a) ? 0.0F : g[j], afterB = isBest(b) ? 0.0F : afterA;
        const float afterC = isBest(c) ? 0.0F : afterB;
        dTop[2 * j] = isBest(a) ? g[j] : 0.0F;
        dTop[2 * j + 1] = isBest(b) ? afterA : 0.0F;
        dBottom[2 * j] = isBest(c) ? afterB : 0.0F;
        dBottom[2 * j + 1] = afterC;
    }
}

/// Nothing is fused, so that no set rounds otherwise than another.
void sgd(const SgdStep& step, float* w, float* v, const float* g, std::int64_t n) {
    const Vec rate = all(step.rate), momentum = all(step.momentum), shrink = all(step.shrink),
              pull = all(step.pull);
    const auto stepped = [&](Vec value, Vec slope, Vec& velocity) {
        const Vec pulled = slope + pull * value;
        Vec direction = pulled;
        if (v) {
            velocity = momentum * velocity + pulled;
            direction = step.nesterov ? pulled + momentum * velocity : velocity;
        }
        return shrink * value - rate * direction;
    };
    constexpr std::int64_t line = 16, ahead = 16 * line;
    std::int64_t i = 0;
    for (; i + line <= n; i += line) {
        prefetchForWriting(w + i + ahead);
        prefetch(g + i + ahead);
        if (v) prefetchForWriting(v + i + ahead);
        for (std::int64_t k = i; k < i + line; k += W) {
            Vec velocity = v ? Vec::load(v + k) : all(0);
            stepped(Vec::load(w + k), Vec::load(g + k), velocity).store(w + k);
            if (v) velocity.store(v + k);
        }
    }
    for (; i < n; i += W) {
        const std::int64_t count = n - i < W ? n - i : W;
        Vec velocity = v ? loadPart(v + i, count, 0) : all(0);
        storePart(stepped(loadPart(w + i, count, 0), loadPart(g + i, count, 0), velocity), w + i, count);
        if (v) storePart(velocity, v + i, count);
    }
}

float addToCodes(const std::uint8_t* codes, float scale, float beta, const float* g, float* sums,
                 std::int64_t n) {
    // Numbers order as the bits of their magnitudes, and what is not a number is above all.
    std::int32_t most = 0;
    for (std::int64_t i = 0; i < n; ++i) {
        const std::int32_t code = codes[i];
        const float c = static_cast<float>(code & 127);
        sums[i] = beta * ((code >= 128 ? -scale : scale) * (c * c)) + g[i];
        std::int32_t bits;
        memcpy(&bits, sums + i, sizeof bits);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    float result;
    memcpy(&result, &most, sizeof result);
    return result;
}

void encodeSums(const float* sums, float scale, std::uint32_t seed, std::uint8_t* codes, std::int64_t n) {
    constexpr float largest = 127;
    const float inverse = 1 / scale;
    for (std::int64_t i = 0; i < n; ++i) {
        // A hash of the place under the seed (the mixing constants are those of C. Wellons' lowbias32).
        std::uint32_t x = seed + static_cast<std::uint32_t>(i) * 0x9E3779B9U;
        x = (x ^ (x >> 16)) * 0x7FEB352DU;
        x = (x ^ (x >> 15)) * 0x846CA68BU;
        x ^= x >> 16;
        const float random = static_cast<float>(static_cast<std::int32_t>(x >> 8)) * 0x1.0p-24F;
        const float ratio = fabsf(sums[i]) * inverse;
        const float squares = ratio < largest * largest ? ratio : largest * largest;
        const auto lower = static_cast<std::int32_t>(sqrtf(squares));
        const float c = static_cast<float>(lower);
        const std::int32_t up = squares - c * c > random * (2 * c + 1) ? 1 : 0;
        codes[i] = static_cast<std::uint8_t>(lower + up + (sums[i] < 0 ? 128 : 0));
    }
}

void philoxWords(std::uint32_t first, std::uint32_t key0, std::uint32_t key1, std::uint32_t* words,
                 std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
        std::uint32_t a = 0, b = 0, c = first + static_cast<std::uint32_t>(i), d = 0, k0 = key0, k1 = key1;
        for (int round = 0; round < 10; ++round) {
            const std::uint64_t p = 0xD2511F53ULL * a, q = 0xCD9E8D57ULL * c;
            a = static_cast<std::uint32_t>(q >> 32) ^ b ^ k0;
            b = static_cast<std::uint32_t>(q);
            c = static_cast<std::uint32_t>(p >> 32) ^ d ^ k1;
            d = static_cast<std::uint32_t>(p);
            k0 += 0x9E3779B9U;
            k1 += 0xBB67AE85U;
        }
        words[i] = a;
    }
}

}  // namespace

extern const RowKernels rowKernels{FILIGREE_ISA_NAME,
                                   softmax,
                                   softmaxGradient,
                                   logSoftmax,
                                   logSoftmaxGradient,
                                   crossEntropyGradient,
                                   sum,
                                   squares,
                                   normalize,
                                   normalizeGradient,
                                   normalizeSums,
                                   relu,
                                   reluGradient,
                                   gelu,
                                   geluGradient,
                                   pairMaxima,
                                   pairMaximaGradient,
                                   sgd,
                                   addToCodes,
                                   encodeSums,
                                   philoxWords};

}  // namespace filigree::backend::FILIGREE_ISA
