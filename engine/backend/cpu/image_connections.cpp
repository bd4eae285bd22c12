// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/image_connections.h"

#include <algorithm>
#include <array>

#include "backend/cpu/tile_split.h"
#include "base/parallel.h"

namespace filigree::backend::cpu {
namespace {

using Index = std::int64_t;

/// Channels of the source that a block of connections may read, so that what it reads stays in the
/// first-level cache, and every channel of the target has enough connections in a block to be worth loading
/// and storing its sums.
Index channelsPerBlock(Index sources, Index targets, Index edges, Index pixelsEach) {
    constexpr Index cachedPixels = 448, fewestEdges = 8;
    const Index cached = std::max<Index>(1, cachedPixels / pixelsEach);
    const Index worthwhile = (fewestEdges * sources * targets + edges - 1) / std::max<Index>(1, edges);
    return std::clamp<Index>(std::max(cached, worthwhile), 1, sources);
}

/// Pixels of one source channel that a block of target pixels reads.
Index pixelsRead(std::array<Index, 2> step, Index kernelHeight, Index kernelWidth) {
    constexpr Index rows = 2, columns = 8;
    return ((rows - 1) * step[0] + kernelHeight) * ((columns - 1) * step[1] + kernelWidth);
}

/// The connections through which one phase of x reads dy, by input channel.
struct PhaseConnections {
    ImageConvolution::Phase phase;
    ConnectionList list;
};

std::vector<PhaseConnections> transposed(const ImageConvolution& s, const PaddedImages& gradient,
                                         const SparsePattern& pattern, const float* values) {
    std::vector<PhaseConnections> result;
    for (const auto& phase : s.phases(gradient)) {
        PhaseConnections part{phase, ConnectionList(s.channels, s.outputs, pattern.edges(),
                                                    pixelsRead({1, 1}, (s.kernelHeight - 1) / s.stride[0] + 1,
                                                               (s.kernelWidth - 1) / s.stride[1] + 1))};
        part.list.fill(values, [&](auto&& add) {
            for (Index column = 0; column < s.taps(); ++column) {
                const Index u = column % s.kernel() / s.kernelWidth, v = column % s.kernelWidth;
                if (!s.reads(phase, u, v)) continue;
                const std::uint32_t base = s.gradientOffset(phase, gradient, 0, u, v);
                for (std::uint32_t i = pattern.columnStart[static_cast<std::size_t>(column)];
                     i < pattern.columnStart[static_cast<std::size_t>(column) + 1]; ++i)
                    add(column / s.kernel(), pattern.transposedRow[i],
                        base + static_cast<std::uint32_t>(pattern.transposedRow[i] * gradient.plane()),
                        pattern.transposedEdge[i]);
            }
        });
        result.push_back(std::move(part));
    }
    return result;
}

}  // namespace

ConnectionList::ConnectionList(Index targetChannels, Index sourceChannels, Index edges, Index pixelsEach)
    : targets_(targetChannels),
      channelsEach_(channelsPerBlock(sourceChannels, targetChannels, edges, pixelsEach)),
      blocks_((sourceChannels + channelsEach_ - 1) / channelsEach_),
      bounds_(static_cast<std::size_t>(blocks_ * (targets_ + 1)), 0) {
    offset.resize(static_cast<std::size_t>(edges));
    edge.resize(offset.size());
    weight.resize(offset.size());
}

Index ConnectionList::count(Index first, Index last) const {
    Index total = 0;
    for (Index b = 0; b < blocks_; ++b) total += bound(b, last) - bound(b, first);
    return total;
}

std::uint32_t ConnectionList::countsToBounds() {
    std::uint32_t next = 0;
    for (Index b = 0; b < blocks_; ++b)
        for (Index t = 0; t <= targets_; ++t) {
            std::uint32_t& bound = bounds_[static_cast<std::size_t>(b * (targets_ + 1) + t)];
            const std::uint32_t here = t < targets_ ? bound : 0;
            bound = next;
            next += here;
        }
    return next;
}

ConnectionList forwardConnections(const ImageConvolution& s, const PaddedImages& input,
                                  const SparsePattern& pattern, const float* values) {
    const auto starts = s.inputOffsets(input);
    ConnectionList list(s.outputs, s.channels, pattern.edges(),
                        pixelsRead(s.stride, s.kernelHeight, s.kernelWidth));
    list.fill(values, [&](auto&& add) {
        for (Index o = 0; o < s.outputs; ++o)
            for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(o)];
                 e < pattern.rowStart[static_cast<std::size_t>(o) + 1]; ++e)
                add(o, pattern.column[e] / s.kernel(), starts[pattern.column[e]], e);
    });
    return list;
}

void sparseImageGradients(const ImageConvolution& s, const Tensor& images, const SparsePattern& given,
                          const float* values, const GradientRoom& room, const MakeGradientRows& makeRows,
                          Tensor& dx, float* dw) {
    // The lists by column cost nothing beside the products of so many pixels: made here if there are none.
    ColumnLists made;
    const SparsePattern pattern = withColumnLists(given, made);
    const ImageKernels& kernels = imageKernels();
    const float* const in = images.data<float>();
    float* const to = dx.defined() ? dx.data<float>() : nullptr;

    // The sums over lanes of a group of channels stay in the second-level cache while the pixels of all tiles
    // pass by. One group: a strip is padded when its turn comes; more: all tiles are padded before.
    constexpr Index cachedSums = Index{1} << 18;
    const Index sumsEach = std::max<Index>(1, pattern.edges() * kernels.sumLanes / s.channels);
    const Index channelsEach = std::max<Index>(1, cachedSums / sumsEach);
    const bool oneGroup = channelsEach >= s.channels;
    const auto roomFor = [&](Index tiles) { return room(oneGroup ? 0 : tiles); };
    const bool splitsTiles = tilesSuitThreads(s.tiles());
    PaddedImages shared = roomFor(splitsTiles ? 1 : s.tiles());  // of the layout of all that are made here
    const auto parts = transposed(s, shared, pattern, values);
    const auto isRead = [](const PhaseConnections& part) { return !part.list.empty(); };
    const bool allRead = std::all_of(parts.begin(), parts.end(), isRead);
    // Where kernels go through all channels block of pixels by block of pixels, they would read and write
    // memory in short runs, each of which waits: the rows of some channels are staged in the second-level
    // cache.
    const bool staged = oneGroup && std::any_of(parts.begin(), parts.end(), [](const PhaseConnections& part) {
                            return part.list.blocks() > 1;
                        });
    // Pixels that nothing reads (a 1x1 kernel with stride 2 leaves out three of four) have no gradient:
    // cheaper to clear everything at once than to visit them one by one.
    if (to && !allRead && !staged) dx.fill(0);
    const Index imagePlane = s.height * s.width * imageTile, line = s.width * imageTile;
    /// Planes `plane` apart, of which x and dx begin with the strip.
    const auto differentiateRows = [&](const Strip& strip, const float* source, const float* xRows,
                                       float* dxRows, Index plane, Index first, Index last, float* lanes,
                                       std::vector<float>& scratch) {
        scratch.resize(static_cast<std::size_t>((last - first) * kernels.scratchEach));
        for (const PhaseConnections& part : parts) {
            const ImageWalk walk = s.within(part.phase.walk, strip);
            const Index target = part.phase.target - first * plane;
            if (walk.height > 0 && isRead(part))
                kernels.sparseGradients(part.list.view(), source, xRows + target,
                                        dxRows ? dxRows + target : nullptr, lanes, plane, walk,
                                        scratch.data(), first, last);
            lanes += part.list.count(first, last) * kernels.sumLanes;
        }
    };
    const auto differentiate = [&](Index t, const Strip& strip, const float* source, Index first, Index last,
                                   float* lanes, std::vector<float>& scratch) {
        const Index top = strip.first * s.stride[0];
        const Index start = t * s.inputSize() + first * imagePlane + top * line;
        if (!staged)
            return differentiateRows(strip, source, in + start, to ? to + start : nullptr, imagePlane, first,
                                     last, lanes, scratch);
        const Index size = (std::min(s.height, (strip.first + strip.rows) * s.stride[0]) - top) * line;
        Index plane = size;
        while (plane / imageTile % 8 != 3) plane += imageTile;
        Tensor stage = Tensor::empty({(to ? 2 : 1) * (last - first) * plane});
        float* const xRows = stage.data<float>();
        float* const dxRows = to ? xRows + (last - first) * plane : nullptr;
        for (Index c = 0; c < last - first; ++c)
            std::copy_n(in + start + c * imagePlane, size, xRows + c * plane);
        if (to && !allRead) std::fill_n(dxRows, (last - first) * plane, 0.0F);
        differentiateRows(strip, source, xRows, dxRows, plane, first, last, lanes, scratch);
        for (Index c = 0; to && c < last - first; ++c)
            std::copy_n(dxRows + c * plane, size, to + start + c * imagePlane);
    };
    const auto reduce = [&](Index first, Index last, const float* lanes, float* sums) {
        std::vector<float> totals;
        for (const auto& [phase, list] : parts)
            for (Index block = 0; block < list.blocks(); ++block) {
                const std::uint32_t begin = list.bound(block, first);
                const Index count = list.bound(block, last) - begin;
                totals.resize(static_cast<std::size_t>(count));
                kernels.reduceLanes(lanes, count, totals.data());
                for (Index i = 0; i < count; ++i)
                    sums[list.edge[static_cast<std::size_t>(begin + i)]] =
                        totals[static_cast<std::size_t>(i)];
                lanes += count * kernels.sumLanes;
            }
    };
    const auto edgesOf = [&](Index first, Index last) {
        Index edges = 0;
        for (const PhaseConnections& part : parts) edges += part.list.count(first, last);
        return edges;
    };
    /// The tiles firstTile … lastTile-1; spreads its work over the threads unless a thread calls it. `sums`:
    /// one per edge.
    const auto gradientsOf = [&](Index firstTile, Index lastTile, PaddedImages& padded, float* sums) {
        const GradientRows rows = makeRows();
        if (oneGroup) {
            constexpr Index stagedChannels = 16;
            const Index each =
                staged ? stagedChannels : std::max<Index>(1, s.channels / std::max(1, threadCount()));
            const Index groups = (s.channels + each - 1) / each;
            Tensor lanes = Tensor::zeros({std::max<Index>(1, pattern.edges() * kernels.sumLanes)});
            /// body(first channel, last channel, their sums) for all channels.
            const auto forEachGroup = [&](auto&& body) {
                parallelFor(0, groups, 1, [&](Index firstGroup, Index lastGroup) {
                    for (Index g = firstGroup; g < lastGroup; ++g) {
                        const Index first = g * each;
                        body(first, std::min(s.channels, first + each),
                             lanes.data<float>() + edgesOf(0, first) * kernels.sumLanes);
                    }
                });
            };
            for (Index t = firstTile; t < lastTile; ++t)
                for (const Strip& strip : s.gradientStrips()) {
                    rows(padded, 0, t, strip.first);
                    forEachGroup([&](Index first, Index last, float* lanesOfGroup) {
                        std::vector<float> scratch;
                        differentiate(t, strip, padded[0], first, last, lanesOfGroup, scratch);
                    });
                }
            forEachGroup([&](Index first, Index last, const float* lanesOfGroup) {
                reduce(first, last, lanesOfGroup, sums);
            });
            return;
        }
        const Index grain = std::max<Index>(1, s.channels / std::max(1, threadCount()));
        for (Index t = firstTile; t < lastTile; ++t) rows(padded, t - firstTile, t, 0);
        const Strip whole{0, s.height};
        parallelFor(0, s.channels, grain, [&](Index firstChannel, Index lastChannel) {
            std::vector<float> lanes, scratch;
            for (Index first = firstChannel; first < lastChannel; first += channelsEach) {
                const Index last = std::min(lastChannel, first + channelsEach);
                lanes.assign(static_cast<std::size_t>(edgesOf(first, last) * kernels.sumLanes), 0.0F);
                for (Index t = firstTile; t < lastTile; ++t)
                    differentiate(t, whole, padded[t - firstTile], first, last, lanes.data(), scratch);
                reduce(first, last, lanes.data(), sums);
            }
        });
    };
    if (!splitsTiles) return gradientsOf(0, s.tiles(), shared, dw);
    sumOverTiles(s.tiles(), pattern.edges(), dw, [&](Index, Index firstTile, Index lastTile, float* sums) {
        PaddedImages own = roomFor(lastTile - firstTile);
        std::fill_n(sums, pattern.edges(), 0.0F);  // edges that read nothing but padding stand in no list
        gradientsOf(firstTile, lastTile, own, sums);
    });
}

}  // namespace filigree::backend::cpu
