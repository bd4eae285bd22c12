// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_convolution.h"

#include <algorithm>
#include <string>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/image_planes.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;
using cpu::ImageConvolution;
using cpu::PaddedImages;

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

/// Where the edges of each output channel are cut, so that a part reads few enough input channels for the
/// first-level cache and is still long enough to be worth loading and storing its sums: bounds[b (O + 1) +
/// o].
struct Cuts {
    std::vector<std::uint32_t> bounds;
    Index blocks;
};

Cuts cutEdges(const ImageConvolution& s, const SparsePattern& pattern) {
    constexpr Index cachedPixels = 512, rows = 2, columns = 8;
    const Index pixelsEach =
        (rows * s.stride[0] + s.kernelHeight - 1) * (columns * s.stride[1] + s.kernelWidth - 1);
    constexpr double fewestEdges = 8;
    const double edgesPerChannel =
        static_cast<double>(pattern.edges()) / static_cast<double>(s.outputs * s.channels);
    const Index cached = std::max<Index>(1, cachedPixels / pixelsEach);
    const Index worthwhile = edgesPerChannel > 0
                                 ? static_cast<Index>(std::min(1e9, fewestEdges / edgesPerChannel)) + 1
                                 : s.channels;
    const Index channelsEach = std::min(s.channels, std::max(cached, worthwhile));
    Cuts cuts{{}, (s.channels + channelsEach - 1) / channelsEach};
    for (Index b = 0; b <= cuts.blocks; ++b)
        for (Index o = 0; o < s.outputs; ++o) {
            const auto first = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(o)];
            const auto last = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(o) + 1];
            const auto from = static_cast<std::uint32_t>(std::min(s.taps(), b * channelsEach * s.kernel()));
            cuts.bounds.push_back(
                static_cast<std::uint32_t>(std::lower_bound(first, last, from) - pattern.column.begin()));
        }
    return cuts;
}

Tensor forward(const ImageConvolution& s, const Tensor& x, const SparsePattern& pattern, const Tensor& w,
               const Tensor& b) {
    const ImageKernels& kernels = imageKernels();
    const Tensor images = x.tiled(imageTile);
    const float* const from = images.data<float>();
    Tensor y = Tensor::batchTiled({s.batch, s.outputs, s.outHeight, s.outWidth}, imageTile);
    float* const to = y.data<float>();
    const PaddedImages layout = s.paddedInput(0);
    const auto starts = s.inputOffsets(layout);
    std::vector<std::uint32_t> offset(static_cast<std::size_t>(pattern.edges()));
    for (std::size_t e = 0; e < offset.size(); ++e) offset[e] = starts[pattern.column[e]];
    const Cuts cuts = cutEdges(s, pattern);
    const ImageConnections connections{cuts.bounds.data(), cuts.blocks, s.outputs, offset.data(),
                                       w.data<float>()};
    const auto convolve = [&](Index t, const PaddedImages& input, Index first, Index last) {
        kernels.sparseGather(connections, b.defined() ? b.data<float>() : nullptr, input[0],
                             to + t * s.outputSize(), s.outHeight * s.outWidth * imageTile,
                             s.forwardWalk(input), first, last);
    };
    if (s.tiles() >= threadCount()) {
        parallelFor(0, s.tiles(), 1, [&](Index first, Index last) {
            PaddedImages input = s.paddedInput(1);
            for (Index t = first; t < last; ++t) {
                input.load(0, from + t * s.inputSize(), 0, s.channels);
                convolve(t, input, 0, s.outputs);
            }
        });
        return y;
    }
    PaddedImages input = s.paddedInput(1);
    for (Index t = 0; t < s.tiles(); ++t) {
        input.load(0, from + t * s.inputSize(), 0, s.channels);
        parallelFor(0, s.outputs, 1, [&](Index first, Index last) { convolve(t, input, first, last); });
    }
    return y;
}

/// The connections through which one phase of x is read, by input channel: for each its place in padded dy,
/// its weight and its edge.
struct PhaseConnections {
    ImageConvolution::Phase phase;
    std::vector<std::uint32_t> bounds{0};
    std::vector<std::uint32_t> offset, edge;
    std::vector<float> weight;
    ImageConnections view() const { return {bounds.data(), 1, 0, offset.data(), weight.data()}; }
    Index count(Index first, Index last) const {
        return bounds[static_cast<std::size_t>(last)] - bounds[static_cast<std::size_t>(first)];
    }
};

std::vector<PhaseConnections> transposed(const ImageConvolution& s, const PaddedImages& gradient,
                                         const SparsePattern& pattern, const float* w) {
    std::vector<PhaseConnections> result;
    for (const auto& phase : s.phases(gradient)) {
        PhaseConnections part;
        part.phase = phase;
        for (Index c = 0; c < s.channels; ++c) {
            for (Index k = 0; k < s.kernel(); ++k) {
                const Index u = k / s.kernelWidth, v = k % s.kernelWidth;
                if (!s.reads(phase, u, v)) continue;
                const auto column = static_cast<std::size_t>(c * s.kernel() + k);
                const std::uint32_t base = s.gradientOffset(phase, gradient, 0, u, v);
                for (std::uint32_t i = pattern.columnStart[column]; i < pattern.columnStart[column + 1];
                     ++i) {
                    const std::uint32_t edge = pattern.transposedEdge[i];
                    part.offset.push_back(
                        base + static_cast<std::uint32_t>(pattern.transposedRow[i] * gradient.plane()));
                    part.edge.push_back(edge);
                    part.weight.push_back(w[edge]);
                }
            }
            part.bounds.push_back(static_cast<std::uint32_t>(part.offset.size()));
        }
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
    const auto parts = transposed(s, s.paddedGradient(0), pattern, w.data<float>());

    // The sums over lanes of a group of channels stay in the second-level cache while the pixels of all tiles
    // pass by. One group: a tile is padded when its turn comes; more: all are padded before.
    constexpr Index cachedSums = Index{1} << 17;
    const Index sumsEach = std::max<Index>(1, pattern.edges() * kernels.sumLanes / s.channels);
    const Index channelsEach = std::max<Index>(1, cachedSums / sumsEach);
    const bool oneGroup = channelsEach >= s.channels;
    PaddedImages padded = s.paddedGradient(oneGroup ? 1 : s.tiles());
    const auto load = [&](Index t) {
        const float* const planes = dy[t];
        if (padded.direct()) return padded.load(oneGroup ? 0 : t, planes, 0, 0);
        parallelFor(0, s.outputs, 8,
                    [&](Index first, Index last) { padded.load(oneGroup ? 0 : t, planes, first, last); });
    };
    const auto differentiate = [&](Index t, const float* source, Index first, Index last, float* lanes) {
        for (const PhaseConnections& part : parts) {
            const Index target = t * s.inputSize() + part.phase.target;
            kernels.sparseGradients(part.view(), source, in + target, dx ? dx + target : nullptr, lanes,
                                    s.height * s.width * imageTile, part.phase.walk, first, last);
            lanes += part.count(first, last) * kernels.sumLanes;
        }
    };
    const auto reduce = [&](Index first, Index last, const float* lanes) {
        for (const PhaseConnections& part : parts) {
            const Index begin = part.bounds[static_cast<std::size_t>(first)], count = part.count(first, last);
            std::vector<float> totals(static_cast<std::size_t>(count));
            kernels.reduceLanes(lanes, count, totals.data());
            for (Index i = 0; i < count; ++i)
                dw[part.edge[static_cast<std::size_t>(begin + i)]] = totals[static_cast<std::size_t>(i)];
            lanes += count * kernels.sumLanes;
        }
    };
    const auto edgesOf = [&](Index first, Index last) {
        Index edges = 0;
        for (const PhaseConnections& part : parts) edges += part.count(first, last);
        return edges;
    };
    const Index grain = std::max<Index>(1, s.channels / std::max(1, threadCount()));
    if (oneGroup) {
        // Sums of each thread's channels, in the order of the ranges that parallelFor makes.
        Tensor lanes = Tensor::zeros({std::max<Index>(1, pattern.edges() * kernels.sumLanes)});
        const auto lanesOf = [&](Index first) {
            return lanes.data<float>() + edgesOf(0, first) * kernels.sumLanes;
        };
        for (Index t = 0; t < dy.count(); ++t) {
            load(t);
            parallelFor(0, s.channels, grain, [&](Index first, Index last) {
                differentiate(t, padded[0], first, last, lanesOf(first));
            });
        }
        parallelFor(0, s.channels, grain,
                    [&](Index first, Index last) { reduce(first, last, lanesOf(first)); });
        return;
    }
    for (Index t = 0; t < dy.count(); ++t) load(t);
    parallelFor(0, s.channels, grain, [&](Index firstChannel, Index lastChannel) {
        std::vector<float> lanes;
        for (Index first = firstChannel; first < lastChannel; first += channelsEach) {
            const Index last = std::min(lastChannel, first + channelsEach);
            lanes.assign(static_cast<std::size_t>(edgesOf(first, last) * kernels.sumLanes), 0.0F);
            for (Index t = 0; t < dy.count(); ++t) differentiate(t, padded[t], first, last, lanes.data());
            reduce(first, last, lanes.data());
        }
    });
}

}  // namespace

Tensor sparseConvolution(const Tensor& x, const SparsePattern& pattern, const Shape& weightShape,
                         const Tensor& values, const Tensor& bias, const Conv2dOptions& options) {
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
