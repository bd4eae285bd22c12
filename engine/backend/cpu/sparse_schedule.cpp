// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_schedule.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "backend/cpu/sparse_kernels.h"

namespace filigree::backend {
namespace {

/// Rows of a group: enough groups for many threads, enough rows that lengths repeat and that the block of x,
/// which every group reads anew, is used often.
constexpr std::int64_t rowsPerGroup = 256;

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
    byRow_ = makeWalk(pattern.rowStart, pattern.column, {}, pattern.columns, 0);
    byColumn_ =
        makeWalk(pattern.columnStart, pattern.transposedRow, pattern.transposedEdge, pattern.rows, 1024);
}

LinearSchedule LinearSchedule::forwardOnly(const SparsePattern& pattern) {
    LinearSchedule schedule;
    schedule.addSegments(pattern, chooseBlockWidth(pattern), true);
    return schedule;
}

LinearSchedule LinearSchedule::weightGradientOnly(const SparsePattern& pattern) {
    LinearSchedule schedule;
    schedule.byRow_ = makeWalk(pattern.rowStart, pattern.column, {}, pattern.columns, 0);
    return schedule;
}

void LinearSchedule::addSegments(const SparsePattern& pattern, std::int64_t blockWidth, bool seeksBlocks) {
    groups_ = std::max<std::int64_t>(1, (pattern.rows + rowsPerGroup - 1) / rowsPerGroup);
    blocks_ = std::max<std::int64_t>(1, (pattern.columns + blockWidth - 1) / blockWidth);
    rowsTogether_ = seeksBlocks && hasEqualFours(pattern) ? 4 : 1;
    runStart_.push_back(0);
    segmentStart_.push_back(0);
    std::vector<std::uint32_t> cursor(pattern.rowStart.begin(),
                                      pattern.rowStart.end() - (pattern.rowStart.empty() ? 0 : 1));
    for (std::int64_t group = 0; group < groups_; ++group) {
        const std::int64_t firstRow = group * rowsPerGroup;
        const std::int64_t lastRow = std::min(pattern.rows, firstRow + rowsPerGroup);
        for (std::int64_t block = 0; block < blocks_; ++block)
            addBlock(pattern, firstRow, lastRow,
                     static_cast<std::uint32_t>(std::min(pattern.columns, (block + 1) * blockWidth)),
                     block == 0 || block + 1 == blocks_, cursor);
    }
    row_.shrink_to_fit();
    edge_.shrink_to_fit();
    runs_.shrink_to_fit();
}

void LinearSchedule::copyEntries(Walk& walk, std::span<const std::uint32_t> start,
                                 std::span<const std::uint32_t> other, std::span<const std::uint32_t> edge) {
    const std::size_t items = start.size() - 1;
    std::vector<std::uint32_t> first{0};
    first.reserve(static_cast<std::size_t>(walk.blocks) * items + 1);
    walk.other.reserve(other.size());
    walk.edge.reserve(edge.size());
    for (std::size_t block = 0; block < static_cast<std::size_t>(walk.blocks); ++block)
        for (std::size_t item = 0; item < items; ++item) {
            const bool isLast = block + 1 == static_cast<std::size_t>(walk.blocks);
            const std::size_t begin = block == 0 ? start[item] : walk.border[(block - 1) * items + item];
            const std::size_t end = isLast ? start[item + 1] : walk.border[block * items + item];
            const auto copy = [&](std::vector<std::uint32_t>& to, std::span<const std::uint32_t> from) {
                const auto part = from.subspan(begin, end - begin);
                to.insert(to.end(), part.begin(), part.end());
            };
            copy(walk.other, other);
            copy(walk.edge, edge);
            first.push_back(static_cast<std::uint32_t>(walk.other.size()));
        }
    walk.border = std::move(first);
}

/// `edge`, if not empty, is the edge of each entry: dense patterns then get copies of both lists.
/// `other`: the item of the other side, of which there are `others`, that each entry belongs to.
/// `tallBlock`: block for many others in a sparse or large pattern, whose weights, gradients and activations
/// would not stay in the second-level cache; 0: none.
LinearSchedule::Walk LinearSchedule::makeWalk(std::span<const std::uint32_t> start,
                                              std::span<const std::uint32_t> other,
                                              std::span<const std::uint32_t> edge, std::int64_t others,
                                              std::int64_t tallBlock) {
    const std::size_t items = start.empty() ? 0 : start.size() - 1;
    const double positions = static_cast<double>(items) * static_cast<double>(others);
    const double density = positions > 0 ? static_cast<double>(other.size()) / positions : 0;
    // Activations of two tiles take 512 bytes for each of the others: 64 of them lie in the first-level cache
    // beside the lines of weights and gradients that neighbouring items share. Each block reads and writes
    // the gradient of an item once more, so it needs ten entries or so. (Measured with bench_sparse_linear.)
    constexpr double dense = 0.3, copied = 0.08, inOrder = 0.03;
    // Where edges are not walked one after another, the weights and gradients of more than these leave the
    // second-level cache; neighbouring items share their lines, so these are walked in order.
    constexpr std::size_t cachedEdges = 600000;
    const bool large = tallBlock != 0 && other.size() > cachedEdges;
    Walk walk;
    walk.isInOrder = density >= inOrder || large;
    const std::int64_t width = density >= dense             ? 64
                               : density >= copied          ? 128
                               : large || density < inOrder ? tallBlock
                                                            : 256;
    if (!walk.isInOrder) {
        walk.order = orderByLength(start);
    } else {
        walk.order.resize(items);
        std::iota(walk.order.begin(), walk.order.end(), 0U);
    }
    if (width == 0 || others < 2 * width) return walk;
    walk.blocks = (others + width - 1) / width;
    walk.border.resize(static_cast<std::size_t>(walk.blocks - 1) * items);
    for (std::size_t item = 0; item < items; ++item) {
        std::uint32_t entry = start[item];
        for (std::int64_t block = 1; block < walk.blocks; ++block) {
            while (entry < start[item + 1] && other[entry] < block * width) ++entry;
            walk.border[static_cast<std::size_t>(block - 1) * items + item] = entry;
        }
    }
    if (density >= copied && !edge.empty()) copyEntries(walk, start, other, edge);
    return walk;
}

/// Appends the segments that end before `endColumn`. The first block visits every row to start it and the
/// last one to rectify it; the others leave out empty segments. `cursor`: first edge of each row that no
/// block has yet.
void LinearSchedule::addBlock(const SparsePattern& pattern, std::int64_t firstRow, std::int64_t lastRow,
                              std::uint32_t endColumn, bool everyRow, std::vector<std::uint32_t>& cursor) {
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
    }
    runStart_.push_back(static_cast<std::uint32_t>(runs_.size()));
    segmentStart_.push_back(static_cast<std::uint32_t>(row_.size()));
}

std::int64_t LinearSchedule::bytes() const {
    return static_cast<std::int64_t>(4 * (runStart_.size() + segmentStart_.size() + row_.size() +
                                          edge_.size() + byRow_.entries() + byColumn_.entries()) +
                                     sizeof(SparseSchedule::Run) * runs_.size());
}

}  // namespace filigree::backend
