// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/matmul.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/matmul.comp.inc"
};
const Shader shader{"matmul", code, 4};

struct Push {
    std::uint32_t m, n, k, parts;
    std::uint32_t aRow, aColumn, bRow, bColumn;
    std::uint32_t cRow, aBatch, bBatch, cBatch;
    std::uint32_t aPart, bPart;
    float alpha, beta;
    std::uint32_t aFirst, bFirst, cFirst;
};

/// Block of C per work group and per invocation.
struct Tile {
    std::uint32_t m, n, k, perM, perN;
    std::uint32_t threads() const { return m / perM * (n / perN); }
};

/// Small products get small blocks, so that enough work groups are at work.
Tile tileFor(const Gemm& shape) {
    const std::uint64_t large = ceilDivide(shape.m, 64) * ceilDivide(shape.n, 64) * shape.batches;
    if (large >= 64) return {64, 64, 16, 4, 4};
    return {32, 32, 16, 2, 2};
}

std::uint64_t reach(std::uint64_t rows, std::uint64_t columns, const Strides& strides) {
    return rows && columns ? (rows - 1) * strides.row + (columns - 1) * strides.column + 1 : 0;
}

}  // namespace

void gemm(Stream& stream, const Gemm& s, const View& a, const View& b, const View* bias, const View& c) {
    const bool empty = s.m == 0 || s.n == 0 || s.batches == 0;
    if (empty) return;
    const auto fits = [&](const View& view, std::uint64_t first, std::uint64_t one, std::uint64_t batch,
                          std::uint64_t part) {
        return one == 0 || s.parts == 0 ||
               first + one + (s.batches - 1) * batch + (s.parts - 1) * part <= view.count;
    };
    if (!fits(a, s.aFirst, reach(s.m, s.k, s.a), s.aBatch, s.aPart) ||
        !fits(b, s.bFirst, reach(s.k, s.n, s.b), s.bBatch, s.bPart) ||
        s.cFirst + (s.batches - 1) * s.cBatch + reach(s.m, s.n, {s.cRow, 1}) > c.count ||
        (bias && bias->count != s.m))
        throw Error(ErrorKind::Run, "the arrays of a matrix product are too small",
                    std::to_string(s.m) + " x " + std::to_string(s.k) + " by " + std::to_string(s.k) + " x " +
                        std::to_string(s.n));
    const Tile tile = tileFor(s);
    const Push push{u32(s.m),        u32(s.n),      u32(s.k),        u32(s.parts), u32(s.a.row),
                    u32(s.a.column), u32(s.b.row),  u32(s.b.column), u32(s.cRow),  u32(s.aBatch),
                    u32(s.bBatch),   u32(s.cBatch), u32(s.aPart),    u32(s.bPart), s.alpha,
                    s.beta,          u32(s.aFirst), u32(s.bFirst),   u32(s.cFirst)};
    const double m = static_cast<double>(s.m), n = static_cast<double>(s.n),
                 k = static_cast<double>(s.k * s.parts), batches = static_cast<double>(s.batches);
    const Binding result = s.beta == 0.0F ? out(c) : inOut(c);
    stream.dispatch(shader,
                    {tile.threads(), tile.m, tile.n, tile.k, tile.perM, tile.perN, s.a.column == 1,
                     s.b.column != 1, bias != nullptr, s.relu},
                    {in(a), in(b), in(bias ? *bias : b), result}, push,
                    {ceilDivide(s.n, tile.n), ceilDivide(s.m, tile.m), s.batches},
                    {4 * batches * (m * k + k * n + m * n), 2 * batches * m * n * k});
}

void linear(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs, const View& x,
            const View& weight, const View* bias, const View& y, bool relu) {
    Gemm shape;
    shape.m = outputs;
    shape.k = inputs;
    shape.a = {inputs, 1};
    shape.relu = relu;
    shape.n = layout.tile;
    shape.b = {layout.tile, 1};
    shape.cRow = layout.tile;
    shape.batches = layout.tiles();
    shape.bBatch = inputs * layout.tile;
    shape.cBatch = outputs * layout.tile;
    gemm(stream, shape, weight, x, bias, y);
}

void linearInputGradient(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs,
                         const View& dy, const View& weight, const View& dx) {
    Gemm shape;
    shape.m = inputs;
    shape.n = layout.tile;
    shape.k = outputs;
    shape.a = {1, inputs};
    shape.b = {layout.tile, 1};
    shape.cRow = layout.tile;
    shape.batches = layout.tiles();
    shape.bBatch = outputs * layout.tile;
    shape.cBatch = inputs * layout.tile;
    gemm(stream, shape, weight, dy, nullptr, dx);
}

void linearWeightGradient(Stream& stream, const Layout& layout, std::uint64_t inputs, std::uint64_t outputs,
                          const View& x, const View& dy, const View& dw) {
    Gemm shape;
    shape.m = outputs;
    shape.n = inputs;
    shape.k = layout.tile;
    shape.a = {layout.tile, 1};
    shape.b = {1, layout.tile};
    shape.cRow = inputs;
    shape.parts = layout.tiles();
    shape.aPart = outputs * layout.tile;
    shape.bPart = inputs * layout.tile;
    gemm(stream, shape, dy, x, nullptr, dw);
}

}  // namespace filigree::vulkan
