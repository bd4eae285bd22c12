// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/sparse_linear.h"

#include <vector>

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t productCode[] = {
#include "shaders/compute/sparse_linear.comp.inc"
};
constexpr std::uint32_t gradientCode[] = {
#include "shaders/compute/sparse_linear_gradient.comp.inc"
};
const Shader forwardShader{"SpMM", productCode, 7};
const Shader transposedShader{"SpMM transposed", productCode, 7};
const Shader gradientShader{"SDDMM", gradientCode, 5};

/// Groups of 32 edges that a work group takes: as many as its shared memory holds, at most 4.
std::uint32_t gradientBlocks(const Device& device) {
    return device.limits().maxComputeSharedMemorySize >= 4 * 32 * 35 * 4 ? 4 : 2;
}

/// Invocations along the batch, rows of a work group, and samples per invocation, in units of one or four.
struct Lanes {
    std::uint32_t lanes, rows, vectors, unit;
    std::uint64_t samples() const { return std::uint64_t{lanes} * vectors * unit; }
};
Lanes lanesFor(const Layout& layout) {
    // 32 lanes are a whole subgroup on most devices. More samples per lane spare reads of the non-zeros.
    if (layout.padded() >= 128 && layout.tile % 4 == 0) return {32, 4, 1, 4};
    if (layout.padded() >= 64 && layout.tile % 4 == 0) return {16, 8, 1, 4};
    if (layout.padded() >= 128) return {32, 4, 4, 1};
    if (layout.padded() >= 64) return {32, 4, 2, 1};
    return {32, 4, 1, 1};
}

void product(Stream& stream, const Shader& shader, const Layout& layout, std::uint64_t rows,
             std::uint64_t columns, const View& start, const View& index, const View& edge, bool indirect,
             const View& values, const View& x, const View* bias, const View& y, bool relu) {
    const std::uint64_t edges = index.count;
    requireCount(shader.name, "the weight", values, edges);
    requireCount(shader.name, "the input", x, layout.count(columns));
    requireCount(shader.name, "the result", y, layout.count(rows));
    if (bias) requireCount(shader.name, "the bias", *bias, rows);
    struct {
        std::uint32_t rows, columns, batch, tile;
    } const push{u32(rows), u32(columns), u32(layout.batch), u32(layout.tile)};
    const Lanes lanes = lanesFor(layout);
    const auto n = static_cast<double>(layout.batch);
    const double moved = 4 * (n * static_cast<double>(rows + columns) +
                              (indirect ? 3 : 2) * static_cast<double>(edges) + static_cast<double>(rows));
    stream.dispatch(
        shader, {lanes.lanes, lanes.rows, lanes.vectors, indirect, bias != nullptr, relu, lanes.unit == 4},
        {in(start), in(index), in(edge), in(values), in(x), in(bias ? *bias : values), out(y)}, push,
        {std::min(ceilDivide(rows, lanes.rows), mostGroups), ceilDivide(layout.padded(), lanes.samples()), 1},
        {moved, 2 * n * static_cast<double>(edges)});
}

}  // namespace

DevicePattern DevicePattern::make(Stream& stream, std::uint64_t rows, std::uint64_t columns,
                                  std::uint64_t edges, const std::string& name) {
    DevicePattern made;
    made.rows = rows;
    made.columns = columns;
    made.rowStart = stream.make(rows + 1, name + ".row_start");
    made.row = stream.make(edges, name + ".row");
    made.column = stream.make(edges, name + ".column");
    made.columnStart = stream.make(columns + 1, name + ".column_start");
    made.transposedRow = stream.make(edges, name + ".transposed_row");
    made.transposedEdge = stream.make(edges, name + ".transposed_edge");
    return made;
}

DevicePattern DevicePattern::upload(Stream& stream, const backend::SparsePattern& given,
                                    const std::string& name) {
    backend::ColumnLists lists;
    const backend::SparsePattern pattern = backend::withColumnLists(given, lists);
    const auto rows = static_cast<std::uint64_t>(pattern.rows);
    DevicePattern made =
        make(stream, rows, static_cast<std::uint64_t>(pattern.columns), pattern.column.size(), name);
    std::vector<std::uint32_t> row(pattern.column.size());
    for (std::uint32_t r = 0; r < rows; ++r)
        for (std::uint32_t e = pattern.rowStart[r]; e < pattern.rowStart[r + 1]; ++e) row[e] = r;
    stream.write(made.rowStart, pattern.rowStart);
    stream.write(made.row, std::span<const std::uint32_t>(row));
    stream.write(made.column, pattern.column);
    stream.write(made.columnStart, pattern.columnStart);
    stream.write(made.transposedRow, pattern.transposedRow);
    stream.write(made.transposedEdge, pattern.transposedEdge);
    return made;
}

void sparseLinear(Stream& stream, const Layout& layout, const DevicePattern& p, const View& values,
                  const View& x, const View* bias, const View& y, bool relu) {
    product(stream, forwardShader, layout, p.rows, p.columns, p.rowStart, p.column, p.column, false, values,
            x, bias, y, relu);
}

void sparseLinearInputGradient(Stream& stream, const Layout& layout, const DevicePattern& p,
                               const View& values, const View& dy, const View& dx) {
    product(stream, transposedShader, layout, p.columns, p.rows, p.columnStart, p.transposedRow,
            p.transposedEdge, true, values, dy, nullptr, dx, false);
}

void sparseLinearValueGradient(Stream& stream, const Layout& layout, const DevicePattern& p, const View& x,
                               const View& dy, const View& dw) {
    requireCount("SDDMM", "the input", x, layout.count(p.columns));
    requireCount("SDDMM", "the output gradient", dy, layout.count(p.rows));
    requireCount("SDDMM", "the result", dw, p.edges());
    struct {
        std::uint32_t edges, rows, columns, batch, tile;
    } const push{u32(p.edges()), u32(p.rows), u32(p.columns), u32(layout.batch), u32(layout.tile)};
    const auto n = static_cast<double>(layout.batch);
    const auto edges = static_cast<double>(p.edges());
    const std::uint32_t blocks = gradientBlocks(stream.device());
    const bool byFour = layout.tile % 4 == 0 && layout.batch >= 64;
    stream.dispatch(gradientShader, {blocks, byFour}, {in(p.row), in(p.column), in(dy), in(x), out(dw)}, push,
                    groupsFor(p.edges(), 32 * std::uint64_t{blocks}),
                    {4 * (n * static_cast<double>(p.rows + p.columns) + 3 * edges), 2 * n * edges});
}

}  // namespace filigree::vulkan
