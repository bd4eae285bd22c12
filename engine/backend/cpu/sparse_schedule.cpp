// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_schedule.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "backend/cpu/sparse_kernels.h"

namespace filigree::backend {
namespace {

/// Rows of a group: enough groups for many threads, enough rows that lengths repeat and that the block of x,
/// which every group reads anew, is used often.
constexpr std::int64_t rowsPerGroup = 256;
/// In layers with so many rows, of which there are enough groups then too: x comes from beyond the
/// second-level cache.
constexpr std::int64_t manyRows = 4096, rowsPerLargeGroup = 1024;
/// Columns are counted from the first of their block.
constexpr std::int64_t widestBlock = 65536;

/// Columns per block. A feature of a tile takes 256 bytes: 128 to 256 of them lie in the first-level cache
/// with room for the rest, 2048 in the second. Blocks are worth it while a row has several edges in one,
/// since each block reads and writes y once more.
std::int64_t chooseBlockWidth(const SparsePattern& pattern) {
    const double perRow =
        static_cast<double>(pattern.edges()) / static_cast<double>(std::max<std::int64_t>(1, pattern.rows));
    // Kernels that hold two tiles share the cache between them, which pays where a row has many edges in so
    // few columns.
    if (sparseKernels().tilesAtOnce == 2 && pattern.columns > 64 &&
        perRow * 64 >= 12 * static_cast<double>(pattern.columns))
        return 64;
    for (const std::int64_t width : {128, 256, 2048}) {
        if (width >= pattern.columns) break;
        const double perSegment = perRow * static_cast<double>(width) / static_cast<double>(pattern.columns);
        if (perSegment >= 10) return width;
    }
    return std::max<std::int64_t>(1, pattern.columns);
}

/// Items 0 … n-1 with every group of them ordered by length.
std::vector<std::uint32_t> orderByLength(std::span<const std::uint32_t> start) {
    std::vector<std::uint32_t> order(start.empty() ? 0 : start.size() - 1);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
    constexpr auto group = static_cast<std::size_t>(SparseSchedule::orderGroup);
    for (std::size_t first = 0; first < order.size(); first += group)
        std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(first),
                         order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), first + group)),
                         [&](std::uint32_t a, std::uint32_t b) {
                             return start[a + 1] - start[a] < start[b + 1] - start[b];
                         });
    return order;
}

/// Whether each aligned four rows have the same columns; ends at the first that have not.
bool hasEqualFours(const SparsePattern& pattern) {
    if (pattern.rows == 0 || pattern.rows % 4 != 0 || pattern.edges() == 0) return false;
    const auto columns = [&](std::size_t row) {
        return pattern.column.subspan(pattern.rowStart[row],
                                      pattern.rowStart[row + 1] - pattern.rowStart[row]);
    };
    for (std::size_t row = 0; row < static_cast<std::size_t>(pattern.rows); ++row) {
        const auto first = columns(row / 4 * 4), own = columns(row);
        if (!std::equal(first.begin(), first.end(), own.begin(), own.end())) return false;
    }
    return true;
}

}  // namespace

LinearSchedule::LinearSchedule(const SparsePattern& pattern)
    : LinearSchedule(pattern, chooseBlockWidth(pattern)) {}

LinearSchedule::LinearSchedule(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks) {
    addSegments(pattern, blockWidth, seeksBlocks);
    byColumn_ = walkByColumn(pattern);
}

LinearSchedule LinearSchedule::byRowsOnly(const SparsePattern& pattern) {
    LinearSchedule schedule;
    schedule.addSegments(pattern, chooseBlockWidth(pattern), true);
    return schedule;
}

void LinearSchedule::addSegments(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks) {
    const std::int64_t groupRows = pattern.rows >= manyRows ? rowsPerLargeGroup : rowsPerGroup;
    groups_ = std::max<std::int64_t>(1, (pattern.rows + groupRows - 1) / groupRows);
    blockWidth_ = std::min(blockWidth, widestBlock);
    blocks_ = std::max<std::int64_t>(1, (pattern.columns + blockWidth_ - 1) / blockWidth_);
    rowsTogether_ = seeksBlocks && hasEqualFours(pattern) ? 4 : 1;
    runStart_.push_back(0);
    segmentStart_.push_back(0);
    columnStart_.push_back(0);
    std::vector<std::uint32_t> cursor(pattern.rowStart.begin(),
                                      pattern.rowStart.end() - (pattern.rowStart.empty() ? 0 : 1));
    for (std::int64_t group = 0; group < groups_; ++group) {
        const std::int64_t firstRow = group * groupRows;
        const std::int64_t lastRow = std::min(pattern.rows, firstRow + groupRows);
        for (std::int64_t block = 0; block < blocks_; ++block)
            addBlock(pattern, firstRow, lastRow, block, cursor);
    }
    column_.shrink_to_fit();
    row_.shrink_to_fit();
    edge_.shrink_to_fit();
    runs_.shrink_to_fit();
}

/// Cuts the rows into blocks of walk.width, or fewer where rows and edges of a block need more than the 32
/// bits of an entry together, and lists the entries.
void LinearSchedule::addEntries(Walk& walk, const SparsePattern& pattern) {
    const auto firstEdgeOf = [&](std::int64_t row) {
        return pattern.rowStart[static_cast<std::size_t>(std::min(pattern.rows, row))];
    };
    const auto mostEdges = [&] {
        std::uint32_t most = 0;
        for (std::int64_t row = 0; row < pattern.rows; row += walk.width)
            most = std::max(most, firstEdgeOf(row + walk.width) - firstEdgeOf(row));
        return most;
    };
    for (;; walk.width = (walk.width + 1) / 2) {
        const auto rowBits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(walk.width - 1)));
        walk.edgeBits = 32 - std::max(1, rowBits);
        if (walk.width == 1 || mostEdges() <= 1U << walk.edgeBits) break;
    }
    walk.blocks = std::max<std::int64_t>(1, (pattern.rows + walk.width - 1) / walk.width);
    const auto items = static_cast<std::size_t>(pattern.columns);
    walk.border.reserve(static_cast<std::size_t>(walk.blocks) * items + 1);
    walk.entries.reserve(pattern.column.size());
    walk.border.push_back(0);
    std::vector<std::uint32_t> next(pattern.columnStart.begin(), pattern.columnStart.end() - 1);
    for (std::int64_t block = 0; block < walk.blocks; ++block) {
        const auto firstRow = static_cast<std::uint32_t>(block * walk.width);
        const auto endRow = firstRow + static_cast<std::uint32_t>(walk.width);
        const std::uint32_t firstEdge = firstEdgeOf(firstRow);
        for (std::size_t item = 0; item < items; ++item) {
            for (std::uint32_t& k = next[item];
                 k < pattern.columnStart[item + 1] && pattern.transposedRow[k] < endRow; ++k)
                walk.entries.push_back((pattern.transposedRow[k] - firstRow) << walk.edgeBits |
                                       (pattern.transposedEdge[k] - firstEdge));
            walk.border.push_back(static_cast<std::uint32_t>(walk.entries.size()));
        }
    }
}

LinearSchedule::Walk LinearSchedule::walkByColumn(const SparsePattern& given) {
    ColumnLists lists;
    const SparsePattern pattern = withColumnLists(given, lists);
    const auto items = static_cast<std::size_t>(pattern.columns);
    const double positions = static_cast<double>(pattern.columns) * static_cast<double>(pattern.rows);
    const double density = positions > 0 ? static_cast<double>(pattern.edges()) / positions : 0;
    // Activations of two tiles take 512 bytes for each row: 64 of them lie in the first-level cache beside
    // the lines of weights and gradients that neighbouring columns share. Each block reads and writes the
    // gradient of a column once more, so it needs ten entries or so. (Measured with bench_mlp_step.)
    constexpr double dense = 0.3, medium = 0.08;
    constexpr std::int64_t shortestBlock = 64, shortBlock = 128;
    // Where edges are not walked one after another, the weights and gradients of more than these leave the
    // second-level cache; neighbouring columns share their lines, so these are walked in order, and in blocks
    // of so many rows that their activations stay there; of more where a column would have few entries in
    // one. (Measured with bench_linear_cost.)
    constexpr std::int64_t cachedEdges = 600000, tallBlock = 1024, tallestBlock = 4096;
    constexpr double entriesEach = 8;
    Walk walk;
    walk.isInOrder = density >= medium || pattern.edges() > cachedEdges;
    walk.width = density >= dense ? shortestBlock : density >= medium ? shortBlock : tallBlock;
    while (walk.width >= tallBlock && walk.width < tallestBlock &&
           density * static_cast<double>(walk.width) < entriesEach)
        walk.width *= 2;
    if (pattern.rows < 2 * walk.width) walk.width = std::max<std::int64_t>(1, pattern.rows);
    if (!walk.isInOrder) {
        walk.order = orderByLength(pattern.columnStart);
    } else {
        walk.order.resize(items);
        std::iota(walk.order.begin(), walk.order.end(), 0U);
    }
    addEntries(walk, pattern);
    return walk;
}

/// Appends the segments of a block. The first one visits every row to start it and the last one to rectify
/// it; the others leave out empty segments. `cursor`: first edge of each row that no block has yet.
void LinearSchedule::addBlock(const SparsePattern& pattern, std::int64_t firstRow, std::int64_t lastRow,
                              std::int64_t block, std::vector<std::uint32_t>& cursor) {
    const auto firstColumn = static_cast<std::uint32_t>(block * blockWidth_);
    const auto endColumn = static_cast<std::uint32_t>(std::min(pattern.columns, (block + 1) * blockWidth_));
    const bool everyRow = block == 0 || block + 1 == blocks_;
    struct Segment {
        std::uint32_t length, row, edge;
    };
    std::vector<Segment> segments;
    for (std::int64_t row = firstRow; row < lastRow; row += rowsTogether_) {
        const auto r = static_cast<std::size_t>(row);
        const std::uint32_t first = cursor[r];
        const std::uint32_t end = pattern.rowStart[r + 1];
        std::uint32_t last = end;
        if (endColumn < pattern.columns)
            for (last = first; last < end && pattern.column[last] < endColumn;) ++last;
        cursor[r] = last;
        if (last > first || everyRow)
            segments.push_back({last - first, static_cast<std::uint32_t>(row), first});
    }
    std::stable_sort(segments.begin(), segments.end(),
                     [](const Segment& a, const Segment& b) { return a.length < b.length; });
    for (const Segment& segment : segments) {
        if (runs_.size() == runStart_.back() || runs_.back().length != segment.length)
            runs_.push_back({segment.length, 0});
        ++runs_.back().count;
        row_.push_back(segment.row);
        edge_.push_back(segment.edge);
        for (const std::uint32_t column : pattern.column.subspan(segment.edge, segment.length))
            column_.push_back(static_cast<std::uint16_t>(column - firstColumn));
    }
    runStart_.push_back(static_cast<std::uint32_t>(runs_.size()));
    segmentStart_.push_back(static_cast<std::uint32_t>(row_.size()));
    columnStart_.push_back(static_cast<std::uint32_t>(column_.size()));
}

std::int64_t LinearSchedule::bytes() const {
    return static_cast<std::int64_t>(2 * column_.size() +
                                     4 * (runStart_.size() + segmentStart_.size() + columnStart_.size() +
                                          row_.size() + edge_.size() + byColumn_.numbers()) +
                                     sizeof(SparseSchedule::Run) * runs_.size());
}

}  // namespace filigree::backend
