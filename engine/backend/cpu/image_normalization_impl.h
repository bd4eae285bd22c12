// SPDX-License-Identifier: Apache-2.0
// Part of image_kernels_impl.h: batch norm with what follows it, one plane of a tile at a time. Sums are kept
// lane by lane, so that lanes without an image can be left out.

#include "backend/cpu/image_kernels.h"
#include "backend/cpu/vec.h"

namespace filigree::backend::FILIGREE_ISA {
namespace {

constexpr int normVectors = imageTile / Vec::width;

/// Calls body(pixel, chain) with chain = 0 … 3 in turns.
template <typename Body>
void forEachPixel(std::int64_t pixels, Body&& body) {
    std::int64_t p = 0;
    for (; p + 4 <= pixels; p += 4) {
        body(p, 0);
        body(p + 1, 1);
        body(p + 2, 2);
        body(p + 3, 3);
    }
    for (; p < pixels; ++p) body(p, 0);
}

/// Running sums of a vector in four chains: their latency would set the pace.
struct LaneSum {
    Vec chain[4];
    LaneSum() {
        for (Vec& c : chain) c = Vec::broadcast(0.0F);
    }
    void store(float* to) const { ((chain[0] + chain[1]) + (chain[2] + chain[3])).store(to); }
};

void planeSums(const float* x, std::int64_t pixels, float* sums) {
    for (int v = 0; v < normVectors; ++v) {
        LaneSum sum;
        const float* const from = x + v * Vec::width;
        forEachPixel(pixels, [&](std::int64_t p, int c) {
            sum.chain[c] = sum.chain[c] + Vec::load(from + p * imageTile);
        });
        sum.store(sums + v * Vec::width);
    }
}

void planeSquares(const float* x, std::int64_t pixels, float centre, float* sums) {
    const Vec middle = Vec::broadcast(centre);
    for (int v = 0; v < normVectors; ++v) {
        LaneSum sum;
        const float* const from = x + v * Vec::width;
        forEachPixel(pixels, [&](std::int64_t p, int c) {
            const Vec offset = Vec::load(from + p * imageTile) - middle;
            sum.chain[c] = fma(offset, offset, sum.chain[c]);
        });
        sum.store(sums + v * Vec::width);
    }
}

struct Affine {
    Vec mean, scale, shift;
    explicit Affine(const NormalizedPlane& n)
        : mean(Vec::broadcast(n.mean)), scale(Vec::broadcast(n.scale)), shift(Vec::broadcast(n.shift)) {}
    Vec operator()(Vec x) const { return fma(x - mean, scale, shift); }
};

void normalizePlane(const NormalizedPlane& n, const float* x, const float* added, float* y,
                    std::int64_t pixels) {
    const Affine affine(n);
    const Vec zero = Vec::broadcast(0.0F);
    const auto loop = [&](auto&& finish) {
        if (added)
            for (std::int64_t i = 0; i < pixels * imageTile; i += Vec::width)
                finish(affine(Vec::load(x + i)) + Vec::load(added + i)).store(y + i);
        else
            for (std::int64_t i = 0; i < pixels * imageTile; i += Vec::width)
                finish(affine(Vec::load(x + i))).store(y + i);
    };
    if (n.relu)
        loop([&](Vec value) { return larger(zero, value); });
    else
        loop([](Vec value) { return value; });
}

void normalizeAndPoolPlane(const NormalizedPlane& n, const float* x, float* y, std::int64_t height,
                           std::int64_t width) {
    const Affine affine(n);
    const Vec zero = Vec::broadcast(0.0F);
    const std::int64_t line = width * imageTile;
    for (std::int64_t i = 0; i < height / 2; ++i)
        for (std::int64_t j = 0; j < width / 2; ++j, y += imageTile) {
            const float* const from = x + 2 * (i * line + j * imageTile);
            for (int v = 0; v < imageTile; v += Vec::width) {
                const Vec upper =
                    larger(affine(Vec::load(from + v)), affine(Vec::load(from + imageTile + v)));
                const Vec lower = larger(affine(Vec::load(from + line + v)),
                                         affine(Vec::load(from + line + imageTile + v)));
                larger(zero, larger(upper, lower)).store(y + v);
            }
        }
}

void windowExtremes(const float* x, float sign, float* y, std::int64_t height, std::int64_t width) {
    const std::int64_t line = width * imageTile;
    const auto loop = [&](auto&& chosen) {
        for (std::int64_t i = 0; i < height / 2; ++i)
            for (std::int64_t j = 0; j < width / 2; ++j, y += imageTile) {
                const float* const from = x + 2 * (i * line + j * imageTile);
                for (int v = 0; v < imageTile; v += Vec::width)
                    chosen(chosen(Vec::load(from + v), Vec::load(from + imageTile + v)),
                           chosen(Vec::load(from + line + v), Vec::load(from + line + imageTile + v)))
                        .store(y + v);
            }
    };
    if (sign > 0)
        loop([](Vec a, Vec b) { return larger(a, b); });
    else if (sign < 0)
        loop([](Vec a, Vec b) { return whereGreater(a, b, b, a); });
    else
        loop([](Vec a, Vec) { return a; });
}

/// What arrives at each of the four pixels of a window from its gradient: all of it at the first largest one.
struct PooledGradient {
    Vec part[4];
    PooledGradient(const Affine& affine, const Vec* x, Vec gradient) {
        const Vec zero = Vec::broadcast(0.0F);
        Vec value[4];
        for (int k = 0; k < 4; ++k) value[k] = affine(x[k]);
        const Vec best = larger(larger(value[0], value[1]), larger(value[2], value[3]));
        Vec left = whereGreater(best, zero, gradient, zero);
        for (int k = 0; k < 3; ++k) {
            part[k] = whereEqual(value[k], best, left, zero);
            left = whereEqual(value[k], best, zero, left);
        }
        part[3] = left;
    }
};

void loadWindow(const float* from, std::int64_t line, Vec* x) {
    x[0] = Vec::load(from);
    x[1] = Vec::load(from + imageTile);
    x[2] = Vec::load(from + line);
    x[3] = Vec::load(from + line + imageTile);
}

void gradientSums(const NormalizedPlane& n, const float* x, const float* y, const float* gradY, float* dz,
                  std::int64_t pixels, float* sums, float* products) {
    const Affine affine(n);
    const Vec zero = Vec::broadcast(0.0F);
    for (int v = 0; v < normVectors; ++v) {
        LaneSum sum, product;
        const auto loop = [&](auto&& gradientAt) {
            forEachPixel(pixels, [&](std::int64_t p, int c) {
                const std::int64_t i = p * imageTile + v * Vec::width;
                const Vec value = Vec::load(x + i);
                const Vec g = gradientAt(i, value);
                sum.chain[c] = sum.chain[c] + g;
                product.chain[c] = fma(g, value - affine.mean, product.chain[c]);
            });
        };
        if (!n.relu)
            loop([&](std::int64_t i, Vec) { return Vec::load(gradY + i); });
        else if (!y)
            loop([&](std::int64_t i, Vec value) {
                return whereGreater(affine(value), zero, Vec::load(gradY + i), zero);
            });
        else
            loop([&](std::int64_t i, Vec) {
                const Vec g = whereGreater(Vec::load(y + i), zero, Vec::load(gradY + i), zero);
                g.store(dz + i);
                return g;
            });
        sum.store(sums + v * Vec::width);
        product.store(products + v * Vec::width);
    }
}

void pooledGradientSums(const float* y, const float* gradY, std::int64_t pixels, float* sums,
                        float* products) {
    const Vec zero = Vec::broadcast(0.0F);
    for (int v = 0; v < normVectors; ++v) {
        LaneSum sum, product;
        forEachPixel(pixels, [&](std::int64_t p, int c) {
            const std::int64_t i = p * imageTile + v * Vec::width;
            const Vec value = Vec::load(y + i);
            const Vec g = whereGreater(value, zero, Vec::load(gradY + i), zero);
            sum.chain[c] = sum.chain[c] + g;
            product.chain[c] = fma(g, value, product.chain[c]);
        });
        sum.store(sums + v * Vec::width);
        product.store(products + v * Vec::width);
    }
}

void windowGradientSums(const NormalizedPlane& n, const float* x, const float* gradY, std::int64_t height,
                        std::int64_t width, float* sums, float* products) {
    const Affine affine(n);
    const std::int64_t line = width * imageTile;
    for (int v = 0; v < normVectors; ++v) {
        LaneSum sum, product;
        for (std::int64_t i = 0; i < height / 2; ++i)
            for (std::int64_t j = 0; j < width / 2; ++j) {
                Vec window[4];
                loadWindow(x + 2 * (i * line + j * imageTile) + v * Vec::width, line, window);
                const Vec g = Vec::load(gradY + (i * (width / 2) + j) * imageTile + v * Vec::width);
                const PooledGradient parts(affine, window, g);
                for (int k = 0; k < 4; ++k) {
                    sum.chain[k] = sum.chain[k] + parts.part[k];
                    product.chain[k] = fma(parts.part[k], window[k] - affine.mean, product.chain[k]);
                }
            }
        sum.store(sums + v * Vec::width);
        product.store(products + v * Vec::width);
    }
}

/// slope dz + tilt (x - mean) + level.
struct Backward {
    Vec mean, slope, tilt, level;
    explicit Backward(const NormalizedPlane& n)
        : mean(Vec::broadcast(n.mean)),
          slope(Vec::broadcast(n.slope)),
          tilt(Vec::broadcast(n.tilt)),
          level(Vec::broadcast(n.level)) {}
    Vec operator()(Vec x, Vec dz) const { return fma(slope, dz, fma(tilt, x - mean, level)); }
};

void gradientPlane(const NormalizedPlane& n, const float* x, const float* gradY, float* dx,
                   std::int64_t pixels) {
    const Affine affine(n);
    const Backward backward(n);
    const Vec zero = Vec::broadcast(0.0F);
    if (n.relu)
        for (std::int64_t i = 0; i < pixels * imageTile; i += Vec::width) {
            const Vec value = Vec::load(x + i);
            backward(value, whereGreater(affine(value), zero, Vec::load(gradY + i), zero)).store(dx + i);
        }
    else
        for (std::int64_t i = 0; i < pixels * imageTile; i += Vec::width)
            backward(Vec::load(x + i), Vec::load(gradY + i)).store(dx + i);
}

void windowGradientPlane(const NormalizedPlane& n, const float* x, const float* gradY, float* dx,
                         std::int64_t dxLine, std::int64_t height, std::int64_t width) {
    const Affine affine(n);
    const Backward backward(n);
    const Vec zero = Vec::broadcast(0.0F);
    const std::int64_t line = width * imageTile;
    for (std::int64_t i = 0; i < height / 2; ++i) {
        for (std::int64_t j = 0; j < width / 2; ++j, gradY += imageTile) {
            const std::int64_t at = 2 * (i * line + j * imageTile);
            for (int v = 0; v < imageTile; v += Vec::width) {
                Vec window[4];
                loadWindow(x + at + v, line, window);
                const PooledGradient parts(affine, window, Vec::load(gradY + v));
                float* const to = dx + 2 * (i * dxLine + j * imageTile) + v;
                backward(window[0], parts.part[0]).store(to);
                backward(window[1], parts.part[1]).store(to + imageTile);
                backward(window[2], parts.part[2]).store(to + dxLine);
                backward(window[3], parts.part[3]).store(to + dxLine + imageTile);
            }
        }
        // An odd last column, and below an odd last row, belong to no window.
        if (width % 2 != 0)
            for (std::int64_t row = 2 * i; row < 2 * i + 2; ++row)
                for (std::int64_t k = line - imageTile; k < line; k += Vec::width)
                    backward(Vec::load(x + row * line + k), zero).store(dx + row * dxLine + k);
    }
    if (height % 2 != 0)
        for (std::int64_t k = 0; k < line; k += Vec::width)
            backward(Vec::load(x + (height - 1) * line + k), zero).store(dx + (height - 1) * dxLine + k);
}

}  // namespace
}  // namespace filigree::backend::FILIGREE_ISA
