// SPDX-License-Identifier: Apache-2.0
#include "backend/convolution_norm.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "backend/cpu/image_connections.h"
#include "backend/cpu/image_normalization.h"
#include "backend/cpu/memory_order.h"
#include "backend/cpu/tile_copy.h"
#include "backend/rewiring.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;
using cpu::ConnectionList;
using cpu::ImageConvolution;
using cpu::PaddedImages;

/// Taps of a dense kernel, and connections per output channel of a sparse one, up to which computing a value
/// again costs less than writing it to memory and reading it back.
constexpr Index fewTaps = 64, fewConnections = 24;

ImageConvolution sizesOf(const Tensor& x, const ConvolutionWeight& weight, const Conv2dOptions& options) {
    const Shape y = convolutionShape("normalizedConvolution", x.shape(), weight.shape, options);
    const bool fits = weight.pattern
                          ? weight.pattern->rows == weight.shape[0] &&
                                weight.pattern->columns == weight.shape.elements() / weight.shape[0] &&
                                weight.values.shape() == Shape{weight.pattern->edges()}
                          : weight.values.shape() == weight.shape;
    if (!fits || weight.values.dtype() != x.dtype())
        throw Error(ErrorKind::Run, "pattern, values and shape of a convolution do not fit",
                    "weight " + weight.shape.text() + ", values " + weight.values.shape().text());
    return {x.shape(), weight.shape, y, options};
}

/// The whole weight, with zeros where the pattern has no edge, of a pattern of few taps that holds half of
/// them or more: the products of a dense kernel, which share their loads, are then quicker. A first layer has
/// such a weight, since the usual distributions leave a layer of few input channels nearly dense.
std::optional<ConvolutionWeight> nearlyDense(const ConvolutionWeight& weight) {
    const Index all = weight.shape.elements();
    if (!weight.pattern || all > fewTaps * weight.shape[0] || 2 * weight.pattern->edges() < all) return {};
    return ConvolutionWeight{
        weight.shape, scatterEdges(weight.values, *weight.pattern, weight.shape), {}, {}, {}};
}

double flopsOf(const ImageConvolution& s, Index connections) {
    return 2 * static_cast<double>(connections) * static_cast<double>(s.batch * s.outHeight * s.outWidth);
}

/// Connections of the forward product.
Index forwardEdges(const ConvolutionWeight& weight) {
    return (weight.forward ? weight.forwardValues : weight.values).elements();
}

double bytesOf(const Shape& shape) {
    return 4 * static_cast<double>(shape.elements());
}

Index lanesOf(const ImageConvolution& s, Index tile) {
    return std::min<Index>(imageTile, s.batch - tile * imageTile);
}

/// Rows of the result of a convolution, computed from a padded strip of x.
class ConvolvedRows {
  public:
    ConvolvedRows(const ImageConvolution& s, const ConvolutionWeight& weight)
        : s_(s), values_((weight.forward ? weight.forwardValues : weight.values).contiguous()) {
        if (weight.pattern)
            list_.emplace(cpu::forwardConnections(
                s, layout_, weight.forward ? *weight.forward : *weight.pattern, data()));
        else
            offsets_ = s.inputOffsets(layout_);
    }

    /// Floats from a row to the next.
    Index line() const { return s_.outWidth * imageTile; }
    /// All of the rows that `input` was made for, or fewer: those of the channels first … last-1 to `to`,
    /// `plane` floats from one channel to the next.
    void compute(const PaddedImages& input, Index rows, Index first, Index last, float* to, Index plane,
                 std::vector<float>& scratch) const {
        const ImageKernels& kernels = imageKernels();
        ImageWalk walk = s_.forwardWalk(input);
        walk.height = rows;
        float* const origin = to - first * plane;
        if (list_) {
            scratch.resize(static_cast<std::size_t>((last - first) * kernels.scratchEach));
            kernels.sparseGather(list_->view(), nullptr, input[0], origin, plane, walk, scratch.data(), first,
                                 last);
        } else {
            kernels.denseGather(s_.taps(), offsets_.data(), data(), nullptr, input[0], origin, plane, walk,
                                false, first, last);
        }
    }

    /// For convolutions of few taps: offsets of the taps in a padded strip of x.
    const std::uint32_t* offsets() const { return offsets_.data(); }
    /// A strip of x that feeds so many rows; all have the measures that the connections were listed for.
    PaddedImages inputStrip() const { return s_.inputStrip(rows_); }
    Index stripRows() const { return rows_; }

    /// Floats between the planes of `rows` rows in scratch memory: not a power of two.
    Index scratchPlane(Index rows) const {
        Index plane = rows * line();
        while (plane / imageTile % 8 != 3) plane += imageTile;
        return plane;
    }
    /// Channels whose strips are computed and then used at a time. Few, so that they stay in the first-level
    /// cache, but as many as a dense kernel computes at once; more where channels share what they read of x.
    Index channelsAtOnce() const {
        constexpr Index firstLevel = 6144, secondLevel = 98304, fewest = 3;
        const Index cached = list_ && list_->blocks() > 1 ? secondLevel : firstLevel;
        return std::max(fewest, cached / scratchPlane(rows_) / fewest * fewest);
    }

  private:
    const float* data() const { return values_.data<float>(); }

    /// Even, so that windows of a pool do not cross strips. The input of a strip fits the second-level cache,
    /// a few channels of the result the first.
    static Index rowsPerStrip(const ImageConvolution& s) {
        constexpr Index cachedInput = Index{1} << 18, cachedPlane = 3072;
        const Index inputRow = s.stride[0] * s.channels * (s.width + 2 * s.padding[1]) * imageTile;
        const Index fit =
            std::max<Index>(1, std::min(cachedInput / inputRow, cachedPlane / (s.outWidth * imageTile)));
        const Index parts = (s.outHeight + fit - 1) / fit;
        const Index rows = (s.outHeight + parts - 1) / parts;
        return std::max<Index>(2, rows + rows % 2);
    }

    const ImageConvolution& s_;
    Tensor values_;
    Index rows_ = rowsPerStrip(s_);
    PaddedImages layout_ = s_.inputStrip(rows_, 0);
    std::optional<ConnectionList> list_;
    std::vector<std::uint32_t> offsets_;
};

/// What is left of the convolution when all strips have passed.
struct Kept {
    float* convolved;                   ///< or null
    float* extremes;                    ///< or null
    std::vector<float> signs;           ///< by channel: of its scale
    std::vector<cpu::Moments> moments;  ///< tile by tile of each channel
};

/// Tiles are spread over the threads, or channels where there are fewer tiles than threads.
void convolveTiles(const ImageConvolution& s, const ConvolvedRows& rows, const float* x, Kept& kept,
                   Index firstTile, Index lastTile) {
    const ImageKernels& kernels = imageKernels();
    const Index line = rows.line(), each = rows.stripRows(), outRows = s.outHeight / 2;
    const Index plane = rows.scratchPlane(each), group = rows.channelsAtOnce();
    PaddedImages input = rows.inputStrip();
    for (Index t = firstTile; t < lastTile; ++t)
        for (Index top = 0; top < s.outHeight; top += each) {
            const Index height = std::min(each, s.outHeight - top);
            input.load(0, x + t * s.inputSize(), top * s.stride[0], 0, s.channels);
            const auto finish = [&](Index o, const float* from) {
                const Index i = t * s.outputs + o;
                kept.moments[static_cast<std::size_t>(i)].add(
                    cpu::momentsOf(from, height * s.outWidth, lanesOf(s, t)));
                if (kept.extremes)
                    kernels.windowExtremes(
                        from, kept.signs[static_cast<std::size_t>(o)],
                        kept.extremes + (i * outRows + top / 2) * (s.outWidth / 2) * imageTile, height,
                        s.outWidth);
                // In long runs: the short rows that a kernel writes would each wait for memory.
                if (kept.convolved)
                    std::copy_n(from, height * line, kept.convolved + (i * s.outHeight + top) * line);
            };
            parallelFor(0, s.outputs, 8, [&](Index first, Index last) {
                std::vector<float> scratch;
                Tensor memory = Tensor::empty({group * plane});
                float* const strip = memory.data<float>();
                for (Index o = first; o < last; o += group) {
                    const Index end = std::min(last, o + group);
                    rows.compute(input, height, o, end, strip, plane, scratch);
                    for (Index c = o; c < end; ++c) finish(c, strip + (c - o) * plane);
                }
            });
        }
}

ChannelStatistics statisticsOf(const ImageConvolution& s, const std::vector<cpu::Moments>& moments) {
    ChannelStatistics statistics{Tensor::empty({s.outputs}, DType::F64),
                                 Tensor::empty({s.outputs}, DType::F64)};
    for (Index o = 0; o < s.outputs; ++o) {
        cpu::Moments all;
        for (Index t = 0; t < s.tiles(); ++t) all.add(moments[static_cast<std::size_t>(t * s.outputs + o)]);
        statistics.mean.data<double>()[o] = all.mean;
        statistics.variance.data<double>()[o] = std::max(0.0, all.squares / all.count);
    }
    return statistics;
}

/// Makes rows of the gradient of the convolution's result.
class GradientMaker {
  public:
    GradientMaker(const ImageConvolution& s, const Tensor& images, const ConvolvedRows& rows,
                  const Tensor& convolved, const NormalizationTail& tail,
                  const cpu::NormalizationBackward& back)
        : s_(s),
          x_(images.data<float>()),
          rows_(rows),
          convolved_(convolved.defined() ? convolved.data<float>() : nullptr),
          pools_(tail.maxPool),
          back_(back),
          g_(back.gradient.data<float>()) {}

    /// Rows first … last-1 of a channel, `line` floats apart; `from`: those of the convolution's result. With
    /// a pool, `first` is even, and `last` too if it is not the end.
    void channel(Index t, Index o, Index first, Index last, const float* from, float* to, Index line) const {
        const ImageKernels& kernels = imageKernels();
        const NormalizedPlane& n = back_.planes[static_cast<std::size_t>(o)];
        const Index i = t * s_.outputs + o, width = s_.outWidth;
        if (pools_) {
            kernels.windowGradientPlane(n, from,
                                        g_ + (i * (s_.outHeight / 2) + first / 2) * (width / 2) * imageTile,
                                        to, line, last - first, width);
        } else {
            const float* const g = g_ + (i * s_.outHeight + first) * rows_.line();
            if (line == rows_.line())
                kernels.gradientPlane(n, from, g, to, (last - first) * width);
            else
                for (Index r = 0; r < last - first; ++r)
                    kernels.gradientPlane(n, from + r * rows_.line(), g + r * rows_.line(), to + r * line,
                                          width);
        }
        if (const Index used = lanesOf(s_, t); used < imageTile)
            for (Index r = 0; r < last - first; ++r)
                for (Index p = 0; p < width; ++p)
                    std::fill(to + r * line + p * imageTile + used, to + r * line + (p + 1) * imageTile,
                              0.0F);
    }

    /// Rows of all channels into padded memory with a spare row on both sides.
    void padded(PaddedImages& padded, Index slot, Index t, Index top) {
        PaddedImages::Rows rows = padded.rowsFrom(top);
        parallelFor(0, s_.outputs, 8, [&](Index first, Index last) {
            for (Index o = first; o < last; ++o) padded.clearOutside(slot, top, o);
        });
        if (rows.first == rows.last) return;
        if (pools_) {
            rows.first -= rows.first % 2;
            rows.last = std::min(s_.outHeight, rows.last + rows.last % 2);
        }
        for (Index strip = rows.first; strip < rows.last; strip += rows_.stripRows())
            part(padded, slot, t, top, {strip, std::min(rows.last, strip + rows_.stripRows())});
    }

  private:
    void part(PaddedImages& padded, Index slot, Index t, Index top, PaddedImages::Rows rows) {
        const Index height = rows.last - rows.first;
        if (!convolved_) {
            if (!input_) input_.emplace(rows_.inputStrip());
            const auto load = [&](Index first, Index last) {
                input_->load(0, x_ + t * s_.inputSize(), rows.first * s_.stride[0], first, last);
            };
            if (input_->direct())
                load(0, s_.channels);
            else
                parallelFor(0, s_.channels, 8, load);
        }
        parallelFor(0, s_.outputs, 8, [&](Index first, Index last) {
            const Index line = padded.row(), plane = rows_.scratchPlane(height);
            const auto make = [&](Index o, const float* from) {
                channel(t, o, rows.first, rows.last, from, padded.writable(slot, top, o, rows.first), line);
            };
            if (convolved_) {
                for (Index o = first; o < last; ++o)
                    make(o, convolved_ + ((t * s_.outputs + o) * s_.outHeight + rows.first) * rows_.line());
                return;
            }
            const Index each = rows_.channelsAtOnce();
            std::vector<float> scratch;
            Tensor strip = Tensor::empty({each * plane});
            for (Index o = first; o < last; o += each) {
                const Index end = std::min(last, o + each);
                rows_.compute(*input_, height, o, end, strip.data<float>(), plane, scratch);
                for (Index c = o; c < end; ++c) make(c, strip.data<float>() + (c - o) * plane);
            }
        });
    }

    const ImageConvolution& s_;
    const float* x_;
    const ConvolvedRows& rows_;
    const float* convolved_;
    bool pools_;
    const cpu::NormalizationBackward& back_;
    const float* g_;
    std::optional<PaddedImages> input_;
};

/// The gradient of a dense weight of few taps. Each thread has channels of its own and goes through all
/// strips.
void denseGradient(const ImageConvolution& s, const float* x, const ConvolvedRows& rows,
                   const float* convolved, const GradientMaker& maker, float* dw) {
    const ImageKernels& kernels = imageKernels();
    const Index taps = s.taps(), each = rows.stripRows(), plane = rows.scratchPlane(each);
    const Index grain = std::max<Index>(1, (s.outputs + threadCount() - 1) / threadCount());
    const Index group = rows.channelsAtOnce();
    parallelFor(0, s.outputs, grain, [&](Index first, Index last) {
        PaddedImages input = rows.inputStrip();
        Tensor memory = Tensor::empty({group * plane});
        Tensor lanes = Tensor::zeros({(last - first) * taps * kernels.sumLanes});
        float* const strip = memory.data<float>();
        std::vector<float> scratch;
        for (Index t = 0; t < s.tiles(); ++t)
            for (Index top = 0; top < s.outHeight; top += each) {
                const Index bottom = std::min(s.outHeight, top + each);
                input.load(0, x + t * s.inputSize(), top * s.stride[0], 0, s.channels);
                ImageWalk walk = s.forwardWalk(input);
                walk.height = bottom - top;
                for (Index o = first; o < last; o += group) {
                    const Index end = std::min(last, o + group);
                    if (!convolved) rows.compute(input, bottom - top, o, end, strip, plane, scratch);
                    for (Index c = o; c < end; ++c) {
                        float* const to = strip + (c - o) * plane;
                        maker.channel(
                            t, c, top, bottom,
                            convolved ? convolved + ((t * s.outputs + c) * s.outHeight + top) * rows.line()
                                      : to,
                            to, rows.line());
                    }
                    kernels.denseCorrelate(taps, rows.offsets(), input[0], strip - o * plane,
                                           lanes.data<float>() + (o - first) * taps * kernels.sumLanes, plane,
                                           walk, o, end);
                }
            }
        kernels.reduceLanes(lanes.data<float>(), (last - first) * taps, dw + first * taps);
    });
}

}  // namespace

bool canNormalizeConvolution(const Tensor& x, const ConvolutionWeight& weight, const Conv2dOptions& options,
                             const NormalizationTail& tail, bool wantsInputGradient) {
    if (x.onDevice() || x.dtype() != DType::F32 || x.rank() != 4 || x.dim(0) < imageTile / 2 ||
        options.groups != 1)
        return false;
    if (!weight.pattern && (wantsInputGradient || weight.shape.elements() / weight.shape[0] > fewTaps))
        return false;
    const Shape y = convolutionShape("normalizedConvolution", x.shape(), weight.shape, options);
    return y.elements() > 0 && (!tail.maxPool || (y[2] >= 2 && y[3] >= 2));
}

NormalizedConvolution normalizedConvolution(const Tensor& x, const ConvolutionWeight& weight,
                                            const Conv2dOptions& options, const Tensor& gamma,
                                            const Tensor& beta, double epsilon, const NormalizationTail& tail,
                                            const Tensor& added) {
    const ImageConvolution s = sizesOf(x, weight, options);
    if (const auto whole = nearlyDense(weight))
        return normalizedConvolution(x, *whole, options, gamma, beta, epsilon, tail, added);
    const Shape full{s.batch, s.outputs, s.outHeight, s.outWidth};
    const Shape shape = tail.maxPool ? Shape{s.batch, s.outputs, s.outHeight / 2, s.outWidth / 2} : full;
    const Index connections = forwardEdges(weight) / s.outputs;
    const bool keeps = !tail.maxPool || (weight.pattern && connections > fewConnections);
    const profile::Operation timed(
        weight.pattern
            ? (tail.maxPool ? "sparse convolution, batch norm, pool" : "sparse convolution, batch norm")
            : (tail.maxPool ? "convolution, batch norm, pool" : "convolution, batch norm"),
        flopsOf(s, forwardEdges(weight)) + 4 * static_cast<double>(full.elements()),
        bytesOf(x.shape()) + (keeps ? bytesOf(full) : 0) + bytesOf(shape) +
            (added.defined() ? bytesOf(full) : 0));
    NormalizedConvolution result;
    result.images = cpu::inTiles(x, imageTile);
    const Tensor& images = result.images;
    const ConvolvedRows rows(s, weight);
    if (keeps) result.convolved = Tensor::batchTiled(full, imageTile);
    if (tail.maxPool) result.y = Tensor::batchTiled(shape, imageTile);
    Kept kept{keeps ? result.convolved.data<float>() : nullptr,
              tail.maxPool ? result.y.data<float>() : nullptr,
              {},
              std::vector<cpu::Moments>(static_cast<std::size_t>(s.tiles() * s.outputs))};
    for (const double scale : gamma.toDoubles()) kept.signs.push_back(static_cast<float>(scale));
    if (s.tiles() >= threadCount())
        parallelFor(0, s.tiles(), 1, [&](Index first, Index last) {
            convolveTiles(s, rows, images.data<float>(), kept, first, last);
        });
    else
        convolveTiles(s, rows, images.data<float>(), kept, 0, s.tiles());
    result.statistics = statisticsOf(s, kept.moments);
    if (!tail.maxPool) {
        cpu::clearPadding<float>(result.convolved);
        result.y = batchNorm(result.convolved, result.statistics, gamma, beta, epsilon, tail, added);
        return result;
    }
    const auto planes = cpu::normalizedPlanes(result.statistics, gamma, beta, epsilon, true);
    if (!std::all_of(planes.begin(), planes.end(), cpu::givesInputBack)) result.extremes = result.y.clone();
    float* const y = result.y.data<float>();
    const Index pixels = shape[2] * shape[3];
    parallelFor(0, s.tiles() * s.outputs, cpu::grainOf(pixels * imageTile), [&](Index first, Index last) {
        for (Index i = first; i < last; ++i) {
            float* const plane = y + i * pixels * imageTile;
            imageKernels().normalizePlane(planes[static_cast<std::size_t>(i % s.outputs)], plane, nullptr,
                                          plane, pixels);
        }
    });
    cpu::clearPadding<float>(result.y);
    return result;
}

NormalizedConvolutionGradients normalizedConvolutionBackward(
    const Tensor& x, const ConvolutionWeight& weight, const Conv2dOptions& options, const Tensor& gamma,
    const Tensor& beta, double epsilon, const NormalizationTail& tail, bool hasAdded,
    const NormalizedConvolution& result, const Tensor& gradY, bool wantsInput) {
    const ImageConvolution s = sizesOf(x, weight, options);
    const Shape full{s.batch, s.outputs, s.outHeight, s.outWidth};
    if (!(gradY.shape() == result.y.shape()))
        throw Error(ErrorKind::Run,
                    "normalizedConvolutionBackward: the gradient does not have the shape of the result",
                    gradY.shape().text() + " instead of " + result.y.shape().text());
    if (const auto whole = wantsInput ? std::nullopt : nearlyDense(weight)) {
        NormalizedConvolutionGradients gradients = normalizedConvolutionBackward(
            x, *whole, options, gamma, beta, epsilon, tail, hasAdded, result, gradY, false);
        gradients.values = gatherEdges(gradients.values, *weight.pattern);
        return gradients;
    }
    const double again = result.convolved.defined() ? 0 : flopsOf(s, forwardEdges(weight));
    const profile::Operation timed(
        weight.pattern
            ? (tail.maxPool ? "sparse convolution, batch norm, pool gradient"
                            : "sparse convolution, batch norm gradient")
            : (tail.maxPool ? "convolution, batch norm, pool gradient" : "convolution, batch norm gradient"),
        (wantsInput ? 2 : 1) * flopsOf(s, weight.values.elements()) + again +
            10 * static_cast<double>(full.elements()),
        (wantsInput ? 2 : 1) * bytesOf(x.shape()) + 2 * bytesOf(gradY.shape()) +
            (result.convolved.defined() ? bytesOf(full) : 0) + (hasAdded ? bytesOf(full) : 0));
    const Tensor& images = result.images;
    const Tensor& convolved = result.convolved;
    const cpu::NormalizationBackward back = cpu::normalizationBackward(
        full,
        {convolved.defined() ? convolved.data<float>() : nullptr,
         result.extremes.defined() ? result.extremes.data<float>() : nullptr},
        result.statistics, gamma, beta, epsilon, tail, hasAdded, result.y, gradY, true);
    NormalizedConvolutionGradients gradients{
        {}, Tensor::zeros(weight.values.shape()), back.gamma, back.beta, back.added};
    const ConvolvedRows rows(s, weight);
    const GradientMaker maker(s, images, rows, convolved, tail, back);
    float* const dw = gradients.values.data<float>();
    if (!weight.pattern) {
        denseGradient(s, images.data<float>(), rows, convolved.defined() ? convolved.data<float>() : nullptr,
                      maker, dw);
        return gradients;
    }
    if (wantsInput) gradients.x = Tensor::batchTiled(x.shape(), imageTile);
    const Tensor values = weight.values.contiguous();
    cpu::sparseImageGradients(
        s, images, *weight.pattern, values.data<float>(),
        [&](Index slots) { return s.writtenGradient(slots); },
        [&]() -> cpu::GradientRows {
            return [own = maker](PaddedImages& padded, Index slot, Index t, Index top) mutable {
                own.padded(padded, slot, t, top);
            };
        },
        gradients.x, dw);
    return gradients;
}

}  // namespace filigree::backend
