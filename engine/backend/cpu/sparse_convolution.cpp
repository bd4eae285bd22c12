// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_convolution.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/image_planes.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;
using cpu::ImageConvolution;
using cpu::PaddedImages;
using cpu::Strip;

ImageConvolution check(const Tensor& x, const SparsePattern& pattern, const Shape& weight,
                       const Tensor& values, const Conv2dOptions& options) {
    if (options.groups != 1)
        throw Error(ErrorKind::Run, "a sparse convolution has one group",
                    std::to_string(options.groups) + " groups",
                    "use a dense convolution for grouped and depthwise layers");
    const Shape y = convolutionShape("sparseConvolution", x.shape(), weight, options);
    if (pattern.rows != weight[0] || pattern.columns != weight[1] * weight[2] * weight[3] ||
        values.rank() != 1 || values.dim(0) != pattern.edges() || values.dtype() != x.dtype())
        throw Error(ErrorKind::Run, "pattern, values and shape of a sparse convolution do not fit",
                    "weight " + weight.text() + ", values " + values.shape().text());
    return {x.shape(), weight, y, options};
}

double productsOf(const ImageConvolution& s, const SparsePattern& pattern) {
    return static_cast<double>(pattern.edges()) * static_cast<double>(s.batch * s.outHeight * s.outWidth);
}

/// Visits every product of the convolution: body(edge, index in x, index in y), both row-major.
template <typename Body>
void forEachProduct(const ImageConvolution& s, const SparsePattern& pattern, const Conv2dOptions& options,
                    Body&& body) {
    for (std::int64_t n = 0; n < s.batch; ++n)
        for (std::int64_t o = 0; o < s.outputs; ++o)
            for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(o)];
                 e < pattern.rowStart[static_cast<std::size_t>(o) + 1]; ++e) {
                const std::int64_t c = pattern.column[e] / s.kernel();
                const std::int64_t u = pattern.column[e] % s.kernel() / s.kernelWidth;
                const std::int64_t v = pattern.column[e] % s.kernelWidth;
                for (std::int64_t i = 0; i < s.outHeight; ++i)
                    for (std::int64_t j = 0; j < s.outWidth; ++j) {
                        const std::int64_t y = i * options.stride[0] + u - options.padding[0];
                        const std::int64_t x = j * options.stride[1] + v - options.padding[1];
                        if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
                        body(e, ((n * s.channels + c) * s.height + y) * s.width + x,
                             ((n * s.outputs + o) * s.outHeight + i) * s.outWidth + j);
                    }
            }
}

/// Channels of the source that a block of connections may read, so that what it reads stays in the
/// first-level cache, and every channel of the target has enough connections in a block to be worth loading
/// and storing its sums.
Index channelsPerBlock(Index sources, Index targets, Index edges, Index pixelsEach) {
    constexpr Index cachedPixels = 448, fewestEdges = 8;
    const Index cached = std::max<Index>(1, cachedPixels / pixelsEach);
    const Index worthwhile = (fewestEdges * sources * targets + edges - 1) / std::max<Index>(1, edges);
    return std::clamp<Index>(std::max(cached, worthwhile), 1, sources);
}

/// Connections listed block by block of the source, in each channel by channel of the target.
struct ConnectionList {
    ConnectionList(Index targetChannels, Index sourceChannels, Index edges, Index pixelsEach)
        : targets(targetChannels),
          channelsEach(channelsPerBlock(sourceChannels, targetChannels, edges, pixelsEach)),
          blocks((sourceChannels + channelsEach - 1) / channelsEach),
          bounds(static_cast<std::size_t>(blocks * (targets + 1)), 0) {
        offset.resize(static_cast<std::size_t>(edges));
        edge.resize(offset.size());
        weight.resize(offset.size());
    }

    Index targets, channelsEach, blocks;
    std::vector<std::uint32_t> bounds;  ///< blocks x (targets + 1)
    std::vector<std::uint32_t> offset, edge;
    std::vector<float> weight;

    ImageConnections view() const {
        return {bounds.data(), blocks, targets + 1, offset.data(), weight.data()};
    }
    std::uint32_t bound(Index block, Index target) const {
        return bounds[static_cast<std::size_t>(block * (targets + 1) + target)];
    }
    /// Connections of the targets first … last-1.
    Index count(Index first, Index last) const {
        Index total = 0;
        for (Index b = 0; b < blocks; ++b) total += bound(b, last) - bound(b, first);
        return total;
    }
    /// Fills the list from visit(add), which calls add(target, source channel, offset, edge) for every
    /// connection, those of a target in the order that they are to have within a block. Called twice: to
    /// count and to place.
    template <typename Visit>
    void fill(const float* values, Visit&& visit) {
        const auto slot = [&](Index target, Index source) {
            return static_cast<std::size_t>(source / channelsEach * (targets + 1) + target);
        };
        visit([&](Index target, Index source, std::uint32_t, std::uint32_t) {
            ++bounds[slot(target, source)];
        });
        std::uint32_t next = 0;
        for (Index b = 0; b < blocks; ++b)
            for (Index t = 0; t <= targets; ++t) {
                std::uint32_t& bound = bounds[static_cast<std::size_t>(b * (targets + 1) + t)];
                const std::uint32_t here = t < targets ? bound : 0;
                bound = next;
                next += here;
            }
        std::vector<std::uint32_t> free = bounds;
        visit([&](Index target, Index source, std::uint32_t place, std::uint32_t e) {
            const std::uint32_t k = free[slot(target, source)]++;
            offset[k] = place;
            edge[k] = e;
            weight[k] = values[e];
        });
        offset.resize(next);
        edge.resize(next);
        weight.resize(next);
    }
};

/// Pixels of one source channel that a block of target pixels reads.
Index pixelsRead(std::array<Index, 2> step, Index kernelHeight, Index kernelWidth) {
    constexpr Index rows = 2, columns = 8;
    return ((rows - 1) * step[0] + kernelHeight) * ((columns - 1) * step[1] + kernelWidth);
}

Tensor forward(const ImageConvolution& s, const Tensor& x, const SparsePattern& pattern, const Tensor& w,
               const Tensor& b) {
    const ImageKernels& kernels = imageKernels();
    const Tensor images = x.tiled(imageTile);
    const float* const from = images.data<float>();
    Tensor y = Tensor::batchTiled({s.batch, s.outputs, s.outHeight, s.outWidth}, imageTile);
    float* const to = y.data<float>();
    const auto starts = s.inputOffsets(s.inputStrip());
    ConnectionList list(s.outputs, s.channels, pattern.edges(),
                        pixelsRead(s.stride, s.kernelHeight, s.kernelWidth));
    list.fill(w.data<float>(), [&](auto&& add) {
        for (Index o = 0; o < s.outputs; ++o)
            for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(o)];
                 e < pattern.rowStart[static_cast<std::size_t>(o) + 1]; ++e)
                add(o, pattern.column[e] / s.kernel(), starts[pattern.column[e]], e);
    });
    const ImageConnections connections = list.view();
    const auto strips = s.inputStrips();
    const auto convolve = [&](Index t, const Strip& strip, const PaddedImages& input,
                              std::vector<float>& scratch, Index first, Index last) {
        const ImageWalk walk = s.forwardWalk(input);
        scratch.resize(static_cast<std::size_t>((last - first) * kernels.scratchEach));
        kernels.sparseGather(connections, b.defined() ? b.data<float>() : nullptr, input[0],
                             to + t * s.outputSize() + strip.first * walk.targetRow,
                             s.outHeight * s.outWidth * imageTile, s.within(walk, strip), scratch.data(),
                             first, last);
    };
    if (s.tiles() >= threadCount()) {
        parallelFor(0, s.tiles(), 1, [&](Index first, Index last) {
            PaddedImages input = s.inputStrip();
            std::vector<float> scratch;
            for (Index t = first; t < last; ++t)
                for (const Strip& strip : strips) {
                    input.load(0, from + t * s.inputSize(), strip.first * s.stride[0], 0, s.channels);
                    convolve(t, strip, input, scratch, 0, s.outputs);
                }
        });
        return y;
    }
    PaddedImages input = s.inputStrip();
    for (Index t = 0; t < s.tiles(); ++t)
        for (const Strip& strip : strips) {
            input.load(0, from + t * s.inputSize(), strip.first * s.stride[0], 0, s.channels);
            parallelFor(0, s.outputs, 1, [&](Index first, Index last) {
                std::vector<float> scratch;
                convolve(t, strip, input, scratch, first, last);
            });
        }
    return y;
}

/// The connections through which one phase of x reads dy, by input channel.
struct PhaseConnections {
    ImageConvolution::Phase phase;
    ConnectionList list;
};

std::vector<PhaseConnections> transposed(const ImageConvolution& s, const PaddedImages& gradient,
                                         const SparsePattern& pattern, const float* w) {
    std::vector<PhaseConnections> result;
    for (const auto& phase : s.phases(gradient)) {
        PhaseConnections part{phase, ConnectionList(s.channels, s.outputs, pattern.edges(),
                                                    pixelsRead({1, 1}, (s.kernelHeight - 1) / s.stride[0] + 1,
                                                               (s.kernelWidth - 1) / s.stride[1] + 1))};
        part.list.fill(w, [&](auto&& add) {
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

void backward(const ImageConvolution& s, const Tensor& x, const Tensor& gradient,
              const SparsePattern& pattern, const Tensor& w, bool wantsInput,
              SparseConvolutionGradients& result) {
    const ImageKernels& kernels = imageKernels();
    const Tensor images = x.tiled(imageTile), arrived = gradient.tiled(imageTile);
    const ZeroPaddedTiles dy(arrived);
    if (wantsInput) result.x = Tensor::batchTiled(x.shape(), imageTile);
    const float* const in = images.data<float>();
    float* const dx = wantsInput ? result.x.data<float>() : nullptr;
    float* const dw = result.values.data<float>();

    // The sums over lanes of a group of channels stay in the second-level cache while the pixels of all tiles
    // pass by. One group: a strip is padded when its turn comes; more: all tiles are padded before.
    constexpr Index cachedSums = Index{1} << 18;
    const Index sumsEach = std::max<Index>(1, pattern.edges() * kernels.sumLanes / s.channels);
    const Index channelsEach = std::max<Index>(1, cachedSums / sumsEach);
    const bool oneGroup = channelsEach >= s.channels;
    PaddedImages padded = oneGroup ? s.gradientStrip() : s.paddedGradient(s.tiles());
    const auto parts = transposed(s, padded, pattern, w.data<float>());
    // Pixels that nothing reads (a 1x1 kernel with stride 2 leaves out three of four) have no gradient:
    // cheaper to clear everything at once than to visit them one by one.
    const auto isRead = [](const PhaseConnections& part) { return !part.list.edge.empty(); };
    if (wantsInput && !std::all_of(parts.begin(), parts.end(), isRead)) result.x.fill(0);
    const auto load = [&](Index slot, Index t, Index top) {
        if (padded.direct()) return padded.load(slot, dy[t], top, 0, 0);
        parallelFor(0, s.outputs, 8,
                    [&](Index first, Index last) { padded.load(slot, dy[t], top, first, last); });
    };
    const auto differentiate = [&](Index t, const Strip& strip, const float* source, Index first, Index last,
                                   float* lanes, std::vector<float>& scratch) {
        scratch.resize(static_cast<std::size_t>((last - first) * kernels.scratchEach));
        for (const PhaseConnections& part : parts) {
            const ImageWalk walk = s.within(part.phase.walk, strip);
            const Index target = t * s.inputSize() + part.phase.target + strip.first * walk.targetRow;
            if (walk.height > 0 && isRead(part))
                kernels.sparseGradients(part.list.view(), source, in + target, dx ? dx + target : nullptr,
                                        lanes, s.height * s.width * imageTile, walk, scratch.data(), first,
                                        last);
            lanes += part.list.count(first, last) * kernels.sumLanes;
        }
    };
    const auto reduce = [&](Index first, Index last, const float* lanes) {
        std::vector<float> totals;
        for (const auto& [phase, list] : parts)
            for (Index block = 0; block < list.blocks; ++block) {
                const std::uint32_t begin = list.bound(block, first);
                const Index count = list.bound(block, last) - begin;
                totals.resize(static_cast<std::size_t>(count));
                kernels.reduceLanes(lanes, count, totals.data());
                for (Index i = 0; i < count; ++i)
                    dw[list.edge[static_cast<std::size_t>(begin + i)]] = totals[static_cast<std::size_t>(i)];
                lanes += count * kernels.sumLanes;
            }
    };
    const auto edgesOf = [&](Index first, Index last) {
        Index edges = 0;
        for (const PhaseConnections& part : parts) edges += part.list.count(first, last);
        return edges;
    };
    const Index grain = std::max<Index>(1, s.channels / std::max(1, threadCount()));
    if (oneGroup) {
        // Sums of each thread's channels, in the order of the ranges that parallelFor makes.
        Tensor lanes = Tensor::zeros({std::max<Index>(1, pattern.edges() * kernels.sumLanes)});
        const auto lanesOf = [&](Index first) {
            return lanes.data<float>() + edgesOf(0, first) * kernels.sumLanes;
        };
        for (Index t = 0; t < dy.count(); ++t)
            for (const Strip& strip : s.gradientStrips()) {
                load(0, t, strip.first);
                parallelFor(0, s.channels, grain, [&](Index first, Index last) {
                    std::vector<float> scratch;
                    differentiate(t, strip, padded[0], first, last, lanesOf(first), scratch);
                });
            }
        parallelFor(0, s.channels, grain,
                    [&](Index first, Index last) { reduce(first, last, lanesOf(first)); });
        return;
    }
    for (Index t = 0; t < dy.count(); ++t) load(t, t, 0);
    const Strip whole{0, s.height};
    parallelFor(0, s.channels, grain, [&](Index firstChannel, Index lastChannel) {
        std::vector<float> lanes, scratch;
        for (Index first = firstChannel; first < lastChannel; first += channelsEach) {
            const Index last = std::min(lastChannel, first + channelsEach);
            lanes.assign(static_cast<std::size_t>(edgesOf(first, last) * kernels.sumLanes), 0.0F);
            for (Index t = 0; t < dy.count(); ++t)
                differentiate(t, whole, padded[t], first, last, lanes.data(), scratch);
            reduce(first, last, lanes.data());
        }
    });
}

}  // namespace

Tensor sparseConvolution(const Tensor& x, const SparsePattern& pattern, const Shape& weightShape,
                         const Tensor& values, const Tensor& bias, const Conv2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->sparseConvolution(x, pattern, weightShape, values, bias, options);
    const ImageConvolution s = check(x, pattern, weightShape, values, options);
    const Shape shape{s.batch, s.outputs, s.outHeight, s.outWidth};
    const profile::Operation timed(
        "sparse convolution", 2 * productsOf(s, pattern),
        4.0 * static_cast<double>(x.elements() + shape.elements() + 2 * pattern.edges()));
    const Tensor w = values.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    if (b.defined() && (!(b.shape() == Shape{s.outputs}) || b.dtype() != x.dtype()))
        throw Error(ErrorKind::Run, "the bias of a sparse convolution has the wrong shape", b.shape().text());
    if (x.dtype() == DType::F64) {
        Tensor y = Tensor::zeros(shape, DType::F64);
        double* const to = y.data<double>();
        const std::int64_t plane = s.outHeight * s.outWidth;
        if (b.defined())
            for (std::int64_t i = 0; i < y.elements(); ++i) to[i] = b.data<double>()[i / plane % s.outputs];
        const Tensor in = x.contiguous();
        forEachProduct(s, pattern, options, [&](std::uint32_t e, std::int64_t from, std::int64_t at) {
            to[at] += w.data<double>()[e] * in.data<double>()[from];
        });
        return y;
    }

    return forward(s, x, pattern, w, b);
}

SparseConvolutionGradients sparseConvolutionBackward(const Tensor& x, const Tensor& gradient,
                                                     const SparsePattern& pattern, const Shape& weightShape,
                                                     const Tensor& values, const Conv2dOptions& options,
                                                     bool wantsInput) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->sparseConvolutionBackward(x, gradient, pattern, weightShape, values, options,
                                                 wantsInput);
    const ImageConvolution s = check(x, pattern, weightShape, values, options);
    if (!(gradient.shape() == Shape{s.batch, s.outputs, s.outHeight, s.outWidth}))
        throw Error(ErrorKind::Run, "the gradient of a sparse convolution has the wrong shape",
                    gradient.shape().text());
    const profile::Operation timed("sparse convolution gradient",
                                   (wantsInput ? 4 : 2) * productsOf(s, pattern),
                                   4.0 * static_cast<double>((wantsInput ? 2 : 1) * x.elements() +
                                                             gradient.elements() + 3 * pattern.edges()));
    const Tensor w = values.contiguous();
    SparseConvolutionGradients result;
    result.values = Tensor::zeros(values.shape(), x.dtype());
    if (x.dtype() == DType::F64) {
        const Tensor in = x.contiguous();
        const Tensor dy = gradient.contiguous();
        result.x = Tensor::zeros(x.shape(), DType::F64);
        forEachProduct(s, pattern, options, [&](std::uint32_t e, std::int64_t from, std::int64_t at) {
            result.values.data<double>()[e] += in.data<double>()[from] * dy.data<double>()[at];
            result.x.data<double>()[from] += w.data<double>()[e] * dy.data<double>()[at];
        });
        return result;
    }

    backward(s, x, gradient, pattern, w, wantsInput, result);
    return result;
}

}  // namespace filigree::backend
