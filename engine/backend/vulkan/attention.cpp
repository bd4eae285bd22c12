// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/attention.h"

#include <algorithm>
#include <array>

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t forwardCode[] = {
#include "shaders/compute/attention.comp.inc"
};
constexpr std::uint32_t rowsCode[] = {
#include "shaders/compute/attention_rows.comp.inc"
};
constexpr std::uint32_t columnsCode[] = {
#include "shaders/compute/attention_columns.comp.inc"
};
constexpr std::uint32_t blocksCode[] = {
#include "shaders/compute/attention_blocks.comp.inc"
};
constexpr std::uint32_t blockRowsCode[] = {
#include "shaders/compute/attention_blocks_rows.comp.inc"
};
constexpr std::uint32_t blockColumnsCode[] = {
#include "shaders/compute/attention_blocks_columns.comp.inc"
};
const Shader blocksShader{"block attention", blocksCode, 7};
const Shader blockRowsShader{"block attention backward rows", blockRowsCode, 10};
const Shader blockColumnsShader{"block attention backward columns", blockColumnsCode, 10};
const Shader forwardShader{"attention", forwardCode, 7};
const Shader rowsShader{"attention backward rows", rowsCode, 10};
const Shader columnsShader{"attention backward columns", columnsCode, 10};

constexpr std::uint64_t mostWidth = 256;
/// Lanes of a subgroup that share a token, and tokens of a work group, where the mask is made of single keys.
constexpr std::uint32_t lanes = 8;
constexpr std::uint64_t teams = 256 / lanes;

struct Push {
    std::uint32_t rows, columns, width;
    float scale;
};
struct KeysPush {
    Push common;
    std::uint32_t window;
};

/// `block`: tokens that a row or column of the mask stands for.
Push check(const AttentionShape& shape, const DevicePattern& mask, std::uint64_t block,
           std::initializer_list<View> rows, std::initializer_list<View> columns,
           std::initializer_list<View> sums) {
    if (shape.width > mostWidth || shape.heads > mostGroups)
        throw Error(ErrorKind::Run, "sparse attention: heads are too wide or too many",
                    std::to_string(shape.heads) + " heads of width " + std::to_string(shape.width),
                    "a head has at most " + std::to_string(mostWidth) + " numbers per token");
    for (const View& view : rows)
        requireCount("sparse attention", "an array of queries", view,
                     shape.heads * block * mask.rows * shape.width);
    for (const View& view : columns)
        requireCount("sparse attention", "an array of keys", view,
                     shape.heads * block * mask.columns * shape.width);
    for (const View& view : sums)
        requireCount("sparse attention", "an array per query", view, shape.heads * block * mask.rows);
    return {u32(mask.rows), u32(mask.columns), u32(shape.width), shape.scale};
}

/// Bytes and operations with `arrays` arrays of tokens and `perEdge` operations per edge and number.
Cost costOf(const AttentionShape& shape, const DevicePattern& mask, double arrays, double perEdge,
            std::uint64_t block = 1) {
    const double heads = static_cast<double>(shape.heads), width = static_cast<double>(shape.width),
                 edges = static_cast<double>(mask.edges()), tokens = static_cast<double>(block * mask.rows);
    return {4 * (arrays * heads * tokens * width + edges),
            perEdge * heads * edges * width * static_cast<double>(block * block)};
}

/// Tokens of the other side, `across` in all, that the teams of a work group go through together: their keys
/// and values stay in a cache of 128 KiB if 16 of them stand in a row's list on average, else as many as that
/// takes.
KeysPush windowed(const Push& push, const DevicePattern& mask, std::uint64_t across) {
    const std::uint64_t kept = (128U << 10) / (8 * std::max<std::uint64_t>(push.width, 1));
    const std::uint64_t listed = 16 * mask.rows * mask.columns / std::max<std::uint64_t>(mask.edges(), 1);
    return {push,
            u32(std::clamp<std::uint64_t>(std::max(kept, listed), 1, std::max<std::uint64_t>(across, 1)))};
}

/// Constants of the kernels of single keys: vectors of a token in a lane, and whether they are whole.
std::array<std::uint32_t, 2> vectorsOf(const Stream& stream, const AttentionShape& shape) {
    if (!stream.device().exchanges(lanes))
        throw Error(ErrorKind::Device, "sparse attention needs a device whose subgroups exchange numbers",
                    stream.device().info().name, "use blocks of keys, or another device");
    return {u32(ceilDivide(shape.width, 4 * std::uint64_t{lanes})), shape.width % 4 == 0};
}

Groups groupsOf(const AttentionShape& shape, std::uint64_t tokens) {
    return {std::min(ceilDivide(tokens, teams), mostGroups), shape.heads, 1};
}

/// Tiles in the width of a token.
std::uint32_t chunksOf(const AttentionShape& shape) {
    return u32(ceilDivide(shape.width, attentionBlock));
}

}  // namespace

void sparseAttention(Stream& stream, const AttentionShape& shape, const DevicePattern& mask, const View& q,
                     const View& k, const View& v, const View& out_, const View& logSum) {
    const Push push = check(shape, mask, 1, {q, out_}, {k, v}, {logSum});
    const auto [vectors, whole] = vectorsOf(stream, shape);
    stream.dispatch(forwardShader, {vectors, whole},
                    {in(mask.rowStart), in(mask.column), in(q), in(k), in(v), out(out_), out(logSum)},
                    windowed(push, mask, mask.columns), groupsOf(shape, mask.rows),
                    costOf(shape, mask, 4, 4));
}

void sparseAttentionBackward(Stream& stream, const AttentionShape& shape, const DevicePattern& mask,
                             const View& q, const View& k, const View& v, const View& out_,
                             const View& logSum, const View& dOut, const View& dq, const View& dk,
                             const View& dv, const View& delta) {
    const Push push = check(shape, mask, 1, {q, out_, dOut, dq}, {k, v, dk, dv}, {logSum, delta});
    const auto [vectors, whole] = vectorsOf(stream, shape);
    stream.dispatch(rowsShader, {vectors, whole},
                    {in(mask.rowStart), in(mask.column), in(q), in(k), in(v), in(out_), in(logSum), in(dOut),
                     out(dq), out(delta)},
                    windowed(push, mask, mask.columns), groupsOf(shape, mask.rows),
                    costOf(shape, mask, 6, 6));
    stream.dispatch(columnsShader, {vectors, whole},
                    {in(mask.columnStart), in(mask.transposedRow), in(q), in(k), in(v), in(logSum), in(delta),
                     in(dOut), out(dk), out(dv)},
                    windowed(push, mask, mask.rows), groupsOf(shape, mask.columns),
                    costOf(shape, mask, 6, 8));
}

void blockAttention(Stream& stream, const AttentionShape& shape, const DevicePattern& blocks, const View& q,
                    const View& k, const View& v, const View& out_, const View& logSum) {
    const Push push = check(shape, blocks, attentionBlock, {q, out_}, {k, v}, {logSum});
    stream.dispatch(blocksShader, {chunksOf(shape)},
                    {in(blocks.rowStart), in(blocks.column), in(q), in(k), in(v), out(out_), out(logSum)},
                    push, {std::min(blocks.rows, mostGroups), shape.heads, 1},
                    costOf(shape, blocks, 4, 4, attentionBlock));
}

void blockAttentionBackward(Stream& stream, const AttentionShape& shape, const DevicePattern& blocks,
                            const View& q, const View& k, const View& v, const View& out_, const View& logSum,
                            const View& dOut, const View& dq, const View& dk, const View& dv,
                            const View& delta) {
    const Push push =
        check(shape, blocks, attentionBlock, {q, out_, dOut, dq}, {k, v, dk, dv}, {logSum, delta});
    stream.dispatch(blockRowsShader, {chunksOf(shape)},
                    {in(blocks.rowStart), in(blocks.column), in(q), in(k), in(v), in(out_), in(logSum),
                     in(dOut), out(dq), out(delta)},
                    push, {std::min(blocks.rows, mostGroups), shape.heads, 1},
                    costOf(shape, blocks, 6, 6, attentionBlock));
    stream.dispatch(blockColumnsShader, {chunksOf(shape)},
                    {in(blocks.columnStart), in(blocks.transposedRow), in(q), in(k), in(v), in(logSum),
                     in(delta), in(dOut), out(dk), out(dv)},
                    push, {std::min(blocks.columns, mostGroups), shape.heads, 1},
                    costOf(shape, blocks, 6, 8, attentionBlock));
}

}  // namespace filigree::vulkan
