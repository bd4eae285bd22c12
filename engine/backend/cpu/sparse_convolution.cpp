// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_convolution.h"

#include <algorithm>
#include <string>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/image_connections.h"
#include "backend/cpu/image_planes.h"
#include "backend/cpu/tile_copy.h"
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

Tensor forward(const ImageConvolution& s, const Tensor& x, const SparsePattern& pattern, const Tensor& w,
               const Tensor& b) {
    const ImageKernels& kernels = imageKernels();
    const Tensor images = cpu::inTiles(x, imageTile);
    const float* const from = images.data<float>();
    Tensor y = Tensor::batchTiled({s.batch, s.outputs, s.outHeight, s.outWidth}, imageTile);
    float* const to = y.data<float>();
    const cpu::ConnectionList list = cpu::forwardConnections(s, s.inputStrip(0, 0), pattern, w.data<float>());
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

void backward(const ImageConvolution& s, const Tensor& x, const Tensor& gradient,
              const SparsePattern& pattern, const Tensor& w, bool wantsInput,
              SparseConvolutionGradients& result) {
    const Tensor images = cpu::inTiles(x, imageTile), arrived = cpu::inTiles(gradient, imageTile);
    const ZeroPaddedTiles dy(arrived);
    if (wantsInput) result.x = Tensor::batchTiled(x.shape(), imageTile);
    cpu::sparseImageGradients(
        s, images, pattern, w.data<float>(),
        [&](Index slots) { return slots == 0 ? s.gradientStrip() : s.paddedGradient(slots); },
        [&]() -> cpu::GradientRows {
            return [&](PaddedImages& padded, Index slot, Index t, Index top) {
                if (padded.direct()) return padded.load(slot, dy[t], top, 0, 0);
                parallelFor(0, s.outputs, 8,
                            [&](Index first, Index last) { padded.load(slot, dy[t], top, first, last); });
            };
        },
        result.x, result.values.data<float>());
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
