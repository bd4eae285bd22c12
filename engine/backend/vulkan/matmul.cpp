// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/matmul.h"

#include <algorithm>
#include <utility>

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/matmul.comp.inc"
};
constexpr std::uint32_t blocksCode[] = {
#include "shaders/compute/matmul_blocks.comp.inc"
};
constexpr std::uint32_t sumCode[] = {
#include "shaders/compute/matmul_sum.comp.inc"
};
const Shader shader{"matmul", code, 4};
const Shader blocksShader{"matmul", blocksCode, 4};
const Shader sumShader{"matmul sum", sumCode, 3};

struct Push {
    std::uint32_t m, n, k, parts;
    std::uint32_t aRow, aColumn, bRow, bColumn;
    std::uint32_t cRow, aBatch, bBatch, cBatch;
    std::uint32_t aPart, bPart;
    float alpha, beta;
    std::uint32_t aFirst, bFirst, cFirst;
    std::uint32_t tile, bTile, cTile;
    std::uint32_t splits, slices;
};
struct SumPush {
    std::uint32_t m, n, batches, splits;
    std::uint32_t cRow, cBatch, cFirst, tile, cTile;
    float alpha, beta;
};

/// Block of C per work group and per invocation, and the depth of a slice.
struct Tile {
    std::uint32_t m, n, k, perM, perN;
    std::uint32_t threads() const { return m / perM * (n / perN); }
};
/// Of matmul_blocks, and the bytes of shared memory that it needs.
constexpr Tile largest{128, 128, 8, 8, 8};
constexpr std::uint32_t largestBytes = 2 * 8 * (128 + 4 + 128 + 4) * 4;

/// How a product is divided: its blocks, and among how many work groups the sum of a block.
struct Plan {
    Tile tile;
    std::uint64_t groups, splits, slices;
};
constexpr std::uint64_t enough = 256, few = 128;  ///< work groups

/// Where m and n are small, several work groups share a sum.
Plan planWith(const Tile& tile, const Gemm& s) {
    constexpr std::uint64_t leastK = 128;
    const std::uint64_t groups = ceilDivide(s.m, tile.m) * ceilDivide(s.n, tile.n) * s.batches;
    const std::uint64_t most = std::max<std::uint64_t>(s.k * s.parts / leastK, 1);
    const std::uint64_t all = ceilDivide(s.k, tile.k) * s.parts;
    const std::uint64_t wanted = std::clamp<std::uint64_t>(enough / groups, 1, most);
    const std::uint64_t slices = std::max<std::uint64_t>(ceilDivide(all, wanted), 1);
    const std::uint64_t splits = std::max<std::uint64_t>(ceilDivide(all, slices), 1);
    return {tile, groups * splits, splits, slices};
}

/// Small products get small blocks, so that enough work groups are at work.
Plan planFor(const Gemm& s) {
    const Plan large = planWith({64, 64, 16, 4, 4}, s);
    return large.groups >= 64 && s.m > 32 && s.n > 32 ? large : planWith({32, 32, 16, 2, 2}, s);
}

bool byFour(std::initializer_list<std::uint64_t> numbers) {
    return std::all_of(numbers.begin(), numbers.end(), [](std::uint64_t one) { return one % 4 == 0; });
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
    // Batches with one A can be one product with more columns.
    Gemm one = s;
    std::uint64_t tile = s.n, bTile = 0, cTile = 0;
    if (s.batches > 1 && s.aBatch == 0) {
        bTile = std::exchange(one.bBatch, 0);
        cTile = std::exchange(one.cBatch, 0);
        one.n = s.n * std::exchange(one.batches, 1);
    }
    Plan plan = planWith(largest, one);
    const bool inBlocks = plan.groups >= few && one.m > largest.m / 2 && one.n > largest.n / 2 &&
                          stream.device().limits().maxComputeSharedMemorySize >= largestBytes;
    if (!inBlocks) {
        one = s;
        tile = s.n;
        bTile = cTile = 0;
        plan = planFor(s);
    }
    const bool aAlongK = s.a.column == 1, bAlongK = s.b.column != 1, split = plan.splits > 1;
    const bool aByFour = (aAlongK ? byFour({s.k, s.a.row}) : s.a.row == 1 && byFour({s.m, s.a.column})) &&
                         byFour({s.aBatch, s.aPart, s.aFirst});
    const bool bByFour = (!bAlongK ? byFour({s.n, s.b.row}) : s.b.row == 1 && byFour({s.k, s.b.column})) &&
                         byFour({s.bBatch, s.bPart, s.bFirst});
    const bool cByFour = byFour({s.n}) && (split || byFour({s.cRow, s.cBatch, s.cFirst}));
    Push push{u32(one.m),    u32(one.n),      u32(s.k),    u32(s.parts),  u32(s.a.row),     u32(s.a.column),
              u32(s.b.row),  u32(s.b.column), u32(s.cRow), u32(s.aBatch), u32(one.bBatch),  u32(one.cBatch),
              u32(s.aPart),  u32(s.bPart),    s.alpha,     s.beta,        u32(s.aFirst),    u32(s.bFirst),
              u32(s.cFirst), u32(tile),       u32(bTile),  u32(cTile),    u32(plan.splits), u32(plan.slices)};
    const double m = static_cast<double>(one.m), n = static_cast<double>(one.n),
                 k = static_cast<double>(s.k * s.parts), batches = static_cast<double>(one.batches);
    const Binding result = s.beta == 0.0F ? out(c) : inOut(c), terms = in(bias ? *bias : b);
    Array parts;
    if (split) {
        parts = stream.make(one.batches * plan.splits * one.m * one.n, "partial sums of a matrix product");
        push.cRow = push.n;
        push.cBatch = u32(one.m * one.n);
        push.cFirst = 0;
        push.cTile = push.tile;
        push.alpha = 1;
        push.beta = 0;
    }
    const Tile& block = plan.tile;
    const Groups groups{ceilDivide(one.n, block.n), ceilDivide(one.m, block.m), one.batches * plan.splits};
    const Cost cost{4 * batches * (m * k + k * n + m * n), 2 * batches * m * n * k};
    const bool addBias = bias && !split, relu = s.relu && !split;
    if (inBlocks)
        stream.dispatch(blocksShader,
                        {block.threads(), block.m, block.n, block.k, aAlongK, bAlongK, addBias, relu, aByFour,
                         bByFour, cByFour},
                        {in(a), in(b), terms, split ? out(parts) : result}, push, groups, cost);
    else
        stream.dispatch(shader,
                        {block.threads(), block.m, block.n, block.k, block.perM, block.perN, aAlongK, bAlongK,
                         addBias, relu},
                        {in(a), in(b), terms, split ? out(parts) : result}, push, groups, cost);
    if (!split) return;
    const SumPush sum{u32(one.m),      u32(one.n),    u32(one.batches), u32(plan.splits), u32(s.cRow),
                      u32(one.cBatch), u32(s.cFirst), u32(tile),        u32(cTile),       s.alpha,
                      s.beta};
    stream.dispatch(sumShader, {listThreads, bias != nullptr, s.relu}, {in(parts), terms, result}, sum,
                    groupsFor(one.batches * one.m * one.n),
                    {4 * batches * m * n * (static_cast<double>(plan.splits) + 1),
                     batches * m * n * static_cast<double>(plan.splits)});
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
