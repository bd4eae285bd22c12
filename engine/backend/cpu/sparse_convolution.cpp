// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_convolution.h"

#include <cstring>
#include <string>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/sparse_kernels.h"
#include "base/error.h"
#include "base/parallel.h"

namespace filigree::backend {
namespace {

/// Images per tile: enough lanes for every instruction set, few enough that a padded image stays in the
/// cache.
constexpr int tile = 16;

struct Sizes {
    std::int64_t batch, channels, height, width;      // of x
    std::int64_t outputs, kernelHeight, kernelWidth;  // of the weight
    std::int64_t outputHeight, outputWidth;           // of y
    std::int64_t paddedHeight, paddedWidth;           // of x with its padding
    std::int64_t kernel() const { return kernelHeight * kernelWidth; }
};

Sizes check(const Tensor& x, const SparsePattern& pattern, const Shape& weight, const Tensor& values,
            const Conv2dOptions& options) {
    if (options.groups != 1)
        throw Error(ErrorKind::Run, "a sparse convolution has one group",
                    std::to_string(options.groups) + " groups",
                    "use a dense convolution for grouped and depthwise layers");
    const Shape y = convolutionShape("sparseConvolution", x.shape(), weight, options);
    if (pattern.rows != weight[0] || pattern.columns != weight[1] * weight[2] * weight[3] ||
        values.rank() != 1 || values.dim(0) != pattern.edges() || values.dtype() != x.dtype())
        throw Error(ErrorKind::Run, "pattern, values and shape of a sparse convolution do not fit",
                    "weight " + weight.text() + ", values " + values.shape().text());
    return {x.dim(0),
            x.dim(1),
            x.dim(2),
            x.dim(3),
            weight[0],
            weight[2],
            weight[3],
            y[2],
            y[3],
            x.dim(2) + 2 * options.padding[0],
            x.dim(3) + 2 * options.padding[1]};
}

/// Copies planes [C][H][W][tile] into zeroed planes [C][padded H][padded W][tile] at (top, left).
void pad(const float* from, float* to, std::int64_t channels, std::int64_t height, std::int64_t width,
         std::int64_t paddedHeight, std::int64_t paddedWidth, std::int64_t top, std::int64_t left) {
    parallelFor(0, channels, std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(1, height * width)),
                [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t c = first; c < last; ++c) {
                        float* const plane = to + c * paddedHeight * paddedWidth * tile;
                        std::memset(
                            plane, 0,
                            static_cast<std::size_t>(paddedHeight * paddedWidth * tile) * sizeof(float));
                        for (std::int64_t y = 0; y < height; ++y)
                            std::memcpy(plane + ((y + top) * paddedWidth + left) * tile,
                                        from + (c * height + y) * width * tile,
                                        static_cast<std::size_t>(width * tile) * sizeof(float));
                    }
                });
}

/// For every column (c, u, v) of the weight: where the product starts in padded memory.
std::vector<std::uint32_t> columnOffsets(const Sizes& s, std::int64_t paddedHeight,
                                         std::int64_t paddedWidth) {
    if (s.channels * paddedHeight * paddedWidth * tile > std::int64_t{0xffffffff})
        throw Error(ErrorKind::Run, "an image of a sparse convolution is too large",
                    std::to_string(s.channels) + " channels");
    std::vector<std::uint32_t> offsets;
    offsets.reserve(static_cast<std::size_t>(s.channels * s.kernel()));
    for (std::int64_t c = 0; c < s.channels; ++c)
        for (std::int64_t u = 0; u < s.kernelHeight; ++u)
            for (std::int64_t v = 0; v < s.kernelWidth; ++v)
                offsets.push_back(
                    static_cast<std::uint32_t>(((c * paddedHeight + u) * paddedWidth + v) * tile));
    return offsets;
}

/// Channels per part so that a part is worth waking a thread for.
std::int64_t grainFor(std::int64_t channels, std::int64_t operations) {
    constexpr std::int64_t worthwhile = 200000;
    return operations <= worthwhile ? channels
                                    : std::max<std::int64_t>(1, channels * worthwhile / operations);
}

/// Visits every product of the convolution: body(edge, index in x, index in y), both row-major.
template <typename Body>
void forEachProduct(const Sizes& s, const SparsePattern& pattern, const Conv2dOptions& options, Body&& body) {
    for (std::int64_t n = 0; n < s.batch; ++n)
        for (std::int64_t o = 0; o < s.outputs; ++o)
            for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(o)];
                 e < pattern.rowStart[static_cast<std::size_t>(o) + 1]; ++e) {
                const std::int64_t c = pattern.column[e] / s.kernel();
                const std::int64_t u = pattern.column[e] % s.kernel() / s.kernelWidth;
                const std::int64_t v = pattern.column[e] % s.kernelWidth;
                for (std::int64_t i = 0; i < s.outputHeight; ++i)
                    for (std::int64_t j = 0; j < s.outputWidth; ++j) {
                        const std::int64_t y = i * options.stride[0] + u - options.padding[0];
                        const std::int64_t x = j * options.stride[1] + v - options.padding[1];
                        if (y < 0 || x < 0 || y >= s.height || x >= s.width) continue;
                        body(e, ((n * s.channels + c) * s.height + y) * s.width + x,
                             ((n * s.outputs + o) * s.outputHeight + i) * s.outputWidth + j);
                    }
            }
}

}  // namespace

Tensor sparseConvolution(const Tensor& x, const SparsePattern& pattern, const Shape& weightShape,
                         const Tensor& values, const Tensor& bias, const Conv2dOptions& options) {
    const Sizes s = check(x, pattern, weightShape, values, options);
    const Shape shape{s.batch, s.outputs, s.outputHeight, s.outputWidth};
    const Tensor w = values.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    if (b.defined() && (!(b.shape() == Shape{s.outputs}) || b.dtype() != x.dtype()))
        throw Error(ErrorKind::Run, "the bias of a sparse convolution has the wrong shape", b.shape().text());
    if (x.dtype() == DType::F64) {
        Tensor y = Tensor::zeros(shape, DType::F64);
        double* const to = y.data<double>();
        const std::int64_t plane = s.outputHeight * s.outputWidth;
        if (b.defined())
            for (std::int64_t i = 0; i < y.elements(); ++i) to[i] = b.data<double>()[i / plane % s.outputs];
        const Tensor in = x.contiguous();
        forEachProduct(s, pattern, options, [&](std::uint32_t e, std::int64_t from, std::int64_t at) {
            to[at] += w.data<double>()[e] * in.data<double>()[from];
        });
        return y;
    }

    const SparseKernels& kernels = sparseKernels();
    const Tensor in = x.tiled(tile);
    Tensor y = Tensor::batchTiled(shape, tile);
    const auto starts = columnOffsets(s, s.paddedHeight, s.paddedWidth);
    std::vector<std::uint32_t> offset(static_cast<std::size_t>(pattern.edges()));
    for (std::size_t e = 0; e < offset.size(); ++e) offset[e] = starts[pattern.column[e]];
    const PlaneWalk walk{s.outputHeight, s.outputWidth, options.stride[0] * s.paddedWidth * tile,
                         options.stride[1] * tile};
    const std::int64_t inPlanes = s.channels * s.height * s.width * tile;
    const std::int64_t outPlanes = s.outputs * s.outputHeight * s.outputWidth * tile;
    Tensor padded = Tensor::empty({s.channels * s.paddedHeight * s.paddedWidth * tile});
    for (std::int64_t t = 0; t * tile < s.batch; ++t) {
        pad(in.data<float>() + t * inPlanes, padded.data<float>(), s.channels, s.height, s.width,
            s.paddedHeight, s.paddedWidth, options.padding[0], options.padding[1]);
        parallelFor(0, s.outputs,
                    grainFor(s.outputs, pattern.edges() * s.outputHeight * s.outputWidth * tile),
                    [&](std::int64_t first, std::int64_t last) {
                        kernels.gatherPlanes(pattern.rowStart.data(), 1, offset.data(), w.data<float>(),
                                             b.defined() ? b.data<float>() : nullptr, padded.data<float>(),
                                             y.data<float>() + t * outPlanes, walk, tile, first, last);
                    });
    }
    return y;
}

SparseConvolutionGradients sparseConvolutionBackward(const Tensor& x, const Tensor& gradient,
                                                     const SparsePattern& pattern, const Shape& weightShape,
                                                     const Tensor& values, const Conv2dOptions& options,
                                                     bool wantsInput) {
    const Sizes s = check(x, pattern, weightShape, values, options);
    if (!(gradient.shape() == Shape{s.batch, s.outputs, s.outputHeight, s.outputWidth}))
        throw Error(ErrorKind::Run, "the gradient of a sparse convolution has the wrong shape",
                    gradient.shape().text());
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

    const SparseKernels& kernels = sparseKernels();
    const Tensor in = x.tiled(tile);
    const Tensor dyTiled = gradient.tiled(tile);
    const ZeroPaddedTiles dy(dyTiled);
    if (wantsInput) result.x = Tensor::batchTiled(x.shape(), tile);

    const auto starts = columnOffsets(s, s.paddedHeight, s.paddedWidth);
    std::vector<std::uint32_t> offset(static_cast<std::size_t>(pattern.edges()));
    for (std::size_t e = 0; e < offset.size(); ++e) offset[e] = starts[pattern.column[e]];
    const PlaneWalk walk{s.outputHeight, s.outputWidth, options.stride[0] * s.paddedWidth * tile,
                         options.stride[1] * tile};

    // The gradient of x is a convolution of the padded dy with the flipped kernel when the stride is 1; the
    // entries of one input channel lie together in the transposed pattern. Other strides scatter instead.
    const std::int64_t top = s.kernelHeight - 1 - options.padding[0];
    const std::int64_t left = s.kernelWidth - 1 - options.padding[1];
    const bool gathers = options.stride[0] == 1 && options.stride[1] == 1 && top >= 0 && left >= 0;
    const std::int64_t gradientHeight = s.outputHeight + 2 * top;
    const std::int64_t gradientWidth = s.outputWidth + 2 * left;
    std::vector<float> transposedValues;
    std::vector<std::uint32_t> transposedOffset;
    std::vector<std::uint32_t> channelStart;
    if (wantsInput) {
        const auto edges = static_cast<std::size_t>(pattern.edges());
        transposedValues.resize(edges);
        transposedOffset.resize(edges);
        for (std::size_t j = 0; j < static_cast<std::size_t>(pattern.columns); ++j) {
            const auto k = static_cast<std::int64_t>(j) % s.kernel();
            const std::int64_t flipped = ((s.kernelHeight - 1 - k / s.kernelWidth) * gradientWidth +
                                          s.kernelWidth - 1 - k % s.kernelWidth) *
                                         tile;
            for (std::uint32_t i = pattern.columnStart[j]; i < pattern.columnStart[j + 1]; ++i) {
                transposedValues[i] = w.data<float>()[pattern.transposedEdge[i]];
                transposedOffset[i] =
                    gathers ? static_cast<std::uint32_t>(
                                  pattern.transposedRow[i] * gradientHeight * gradientWidth * tile + flipped)
                            : starts[j];
            }
        }
    }

    Tensor padded = Tensor::empty({s.channels * s.paddedHeight * s.paddedWidth * tile});
    Tensor paddedGradient;
    if (wantsInput && gathers)
        paddedGradient = Tensor::empty({s.outputs * gradientHeight * gradientWidth * tile});
    if (wantsInput && !gathers) paddedGradient = Tensor::empty({padded.elements()});
    const PlaneWalk gradientWalk{s.height, s.width, gradientWidth * tile, tile};
    const std::int64_t inPlanes = s.channels * s.height * s.width * tile;
    const std::int64_t operations = pattern.edges() * s.outputHeight * s.outputWidth * tile;

    for (std::int64_t t = 0; t < dy.count(); ++t) {
        pad(in.data<float>() + t * inPlanes, padded.data<float>(), s.channels, s.height, s.width,
            s.paddedHeight, s.paddedWidth, options.padding[0], options.padding[1]);
        parallelFor(
            0, s.outputs, grainFor(s.outputs, operations), [&](std::int64_t first, std::int64_t last) {
                kernels.correlatePlanes(pattern.rowStart.data(), offset.data(), padded.data<float>(), dy[t],
                                        result.values.data<float>(), t > 0, walk, tile, first, last);
            });
        if (!wantsInput) continue;
        float* const dx = result.x.data<float>() + t * inPlanes;
        if (gathers) {
            pad(dy[t], paddedGradient.data<float>(), s.outputs, s.outputHeight, s.outputWidth, gradientHeight,
                gradientWidth, top, left);
            parallelFor(
                0, s.channels, grainFor(s.channels, operations), [&](std::int64_t first, std::int64_t last) {
                    kernels.gatherPlanes(pattern.columnStart.data(), s.kernel(), transposedOffset.data(),
                                         transposedValues.data(), nullptr, paddedGradient.data<float>(), dx,
                                         gradientWalk, tile, first, last);
                });
            continue;
        }
        parallelFor(
            0, s.channels, grainFor(s.channels, operations), [&](std::int64_t first, std::int64_t last) {
                const std::int64_t plane = s.paddedHeight * s.paddedWidth * tile;
                float* const to = paddedGradient.data<float>();
                std::memset(to + first * plane, 0,
                            static_cast<std::size_t>((last - first) * plane) * sizeof(float));
                kernels.scatterPlanes(pattern.columnStart[static_cast<std::size_t>(first * s.kernel())],
                                      pattern.columnStart[static_cast<std::size_t>(last * s.kernel())],
                                      transposedOffset.data(), pattern.transposedRow.data(),
                                      transposedValues.data(), dy[t], to, walk, tile);
                for (std::int64_t c = first; c < last; ++c)
                    for (std::int64_t y = 0; y < s.height; ++y)
                        std::memcpy(
                            dx + (c * s.height + y) * s.width * tile,
                            to + c * plane +
                                ((y + options.padding[0]) * s.paddedWidth + options.padding[1]) * tile,
                            static_cast<std::size_t>(s.width * tile) * sizeof(float));
            });
    }
    return result;
}

}  // namespace filigree::backend
