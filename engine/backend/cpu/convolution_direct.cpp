// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/convolution_direct.h"

#include <algorithm>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/image_planes.h"
#include "backend/cpu/tile_copy.h"
#include "base/parallel.h"

namespace filigree::backend::cpu {
namespace {

using Index = std::int64_t;

/// Weights that do not stay in the second-level cache while the pixels of a tile pass by.
constexpr Index manyWeights = Index{1} << 18;

/// body(tile, strip, padded rows, first channel, last channel) for every strip of every tile of `images`:
/// tiles are spread over the threads, or channels where there are fewer tiles than threads.
template <typename Padded, typename Body>
void forEachStrip(const Tensor& images, const ImageConvolution& s, Index tileSize, Index sourceChannels,
                  Index channels, const std::vector<Strip>& strips, Index sourceStep, Padded&& padded,
                  Body&& body) {
    const float* const from = images.data<float>();
    if (s.tiles() >= threadCount()) {
        parallelFor(0, s.tiles(), 1, [&](Index first, Index last) {
            PaddedImages buffer = padded();
            for (Index t = first; t < last; ++t)
                for (const Strip& strip : strips) {
                    buffer.load(0, from + t * tileSize, strip.first * sourceStep, 0, sourceChannels);
                    body(t, strip, buffer, 0, channels);
                }
        });
        return;
    }
    PaddedImages buffer = padded();
    const Index step = imageKernels().channelStep;
    for (Index t = 0; t < s.tiles(); ++t)
        for (const Strip& strip : strips) {
            buffer.load(0, from + t * tileSize, strip.first * sourceStep, 0, sourceChannels);
            parallelFor(0, (channels + step - 1) / step, 1, [&](Index first, Index last) {
                body(t, strip, buffer, first * step, std::min(channels, last * step));
            });
        }
}

}  // namespace

Tensor convolveDirectly(const Tensor& x, const Tensor& weight, const Tensor& bias, const Shape& yShape,
                        const Conv2dOptions& options) {
    const ImageConvolution s(x.shape(), weight.shape(), yShape, options);
    const ImageKernels& kernels = imageKernels();
    const Tensor images = inTiles(x, imageTile), w = weight.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    Tensor y = Tensor::batchTiled(yShape, imageTile);
    float* const to = y.data<float>();
    const auto offsets = s.inputOffsets(s.inputStrip());
    forEachStrip(
        images, s, s.inputSize(), s.channels, s.outputs, s.inputStrips(), s.stride[0],
        [&] { return s.inputStrip(); },
        [&](Index t, const Strip& strip, const PaddedImages& input, Index first, Index last) {
            const ImageWalk walk = s.forwardWalk(input);
            kernels.denseGather(
                s.taps(), offsets.data(), w.data<float>(), b.defined() ? b.data<float>() : nullptr, input[0],
                to + t * s.outputSize() + strip.first * walk.targetRow, s.outHeight * s.outWidth * imageTile,
                s.within(walk, strip), s.outputs * s.taps() > manyWeights, first, last);
        });
    return y;
}

Tensor inputGradientDirectly(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                             const Conv2dOptions& options) {
    const ImageConvolution s(xShape, weight.shape(), gradY.shape(), options);
    const ImageKernels& kernels = imageKernels();
    const Tensor arrived = inTiles(gradY, imageTile), held = weight.contiguous();
    const float* const w = held.data<float>();
    Tensor gradX = Tensor::batchTiled(xShape, imageTile);
    float* const to = gradX.data<float>();

    // The transposed weight of each phase, [channels][taps of the phase in every output channel].
    struct Part {
        ImageConvolution::Phase phase;
        std::vector<std::uint32_t> offset;
        Tensor weight;
        Index taps() const { return static_cast<Index>(offset.size()); }
    };
    std::vector<Part> parts;
    const PaddedImages layout = s.gradientStrip();
    for (const auto& phase : s.phases(layout)) {
        Part part{phase, {}, {}};
        std::vector<Index> read;
        for (Index u = 0; u < s.kernelHeight; ++u)
            for (Index v = 0; v < s.kernelWidth; ++v)
                if (s.reads(phase, u, v)) read.push_back(u * s.kernelWidth + v);
        for (Index o = 0; o < s.outputs; ++o)
            for (const Index tap : read)
                part.offset.push_back(
                    s.gradientOffset(phase, layout, o, tap / s.kernelWidth, tap % s.kernelWidth));
        part.weight = Tensor::empty({s.channels * part.taps()});
        float* const packed = part.weight.data<float>();
        parallelFor(0, s.channels, 16, [&](Index first, Index last) {
            for (Index c = first; c < last; ++c) {
                float* next = packed + c * part.taps();
                for (Index o = 0; o < s.outputs; ++o)
                    for (const Index tap : read) *next++ = w[(o * s.channels + c) * s.kernel() + tap];
            }
        });
        parts.push_back(std::move(part));
    }
    forEachStrip(
        arrived, s, s.outputSize(), s.outputs, s.channels, s.gradientStrips(), 1,
        [&] { return s.gradientStrip(); },
        [&](Index t, const Strip& strip, const PaddedImages& gradient, Index first, Index last) {
            for (const Part& part : parts) {
                const ImageWalk walk = s.within(part.phase.walk, strip);
                if (walk.height == 0) continue;
                kernels.denseGather(part.taps(), part.offset.data(), part.weight.data<float>(), nullptr,
                                    gradient[0],
                                    to + t * s.inputSize() + part.phase.target + strip.first * walk.targetRow,
                                    s.height * s.width * imageTile, walk,
                                    s.channels * part.taps() > manyWeights, first, last);
            }
        });
    return gradX;
}

Tensor weightGradientDirectly(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                              const Conv2dOptions& options) {
    const ImageConvolution s(x.shape(), weightShape, gradY.shape(), options);
    const ImageKernels& kernels = imageKernels();
    const Tensor images = inTiles(x, imageTile), arrived = inTiles(gradY, imageTile);
    const ZeroPaddedTiles dy(arrived);
    Tensor gradWeight = Tensor::empty(weightShape);
    float* const to = gradWeight.data<float>();
    PaddedImages input = s.paddedInput(s.tiles());
    for (Index t = 0; t < s.tiles(); ++t)
        parallelFor(0, s.channels, 8, [&](Index first, Index last) {
            input.load(t, images.data<float>() + t * s.inputSize(), 0, first, last);
        });
    const auto offsets = s.inputOffsets(input);
    const ImageWalk walk = s.forwardWalk(input);
    // Sums over lanes of some channels and taps stay in the cache while all images pass by: in the first
    // level where the images are small, in the second where they are large and a pass is long.
    const bool large = s.outHeight * s.outWidth >= 128;
    const Index channelsEach = large ? 24 : 12, tapsEach = large ? 576 : 48;
    const Index groups = (s.outputs + channelsEach - 1) / channelsEach;
    parallelFor(0, groups, 1, [&](Index firstGroup, Index lastGroup) {
        std::vector<float> lanes(static_cast<std::size_t>(channelsEach * tapsEach * kernels.sumLanes));
        std::vector<float> sums(static_cast<std::size_t>(channelsEach * tapsEach));
        for (Index group = firstGroup; group < lastGroup; ++group)
            for (Index tap = 0; tap < s.taps(); tap += tapsEach) {
                const Index first = group * channelsEach, last = std::min(s.outputs, first + channelsEach);
                const Index taps = std::min(tapsEach, s.taps() - tap);
                std::fill(lanes.begin(), lanes.end(), 0.0F);
                for (Index t = 0; t < s.tiles(); ++t)
                    kernels.denseCorrelate(taps, offsets.data() + tap, input[t], dy[t], lanes.data(),
                                           s.outHeight * s.outWidth * imageTile, walk, first, last);
                kernels.reduceLanes(lanes.data(), (last - first) * taps, sums.data());
                for (Index o = first; o < last; ++o)
                    std::copy_n(sums.data() + (o - first) * taps, taps, to + o * s.taps() + tap);
            }
    });
    return gradWeight;
}

}  // namespace filigree::backend::cpu
