// SPDX-License-Identifier: Apache-2.0
#include "backend/convolution.h"

#include <numeric>
#include <string>
#include <type_traits>

#include "backend/cpu/convolution_direct.h"
#include "backend/cpu/convolution_im2col.h"
#include "backend/cpu/convolution_onednn.h"
#include "backend/cpu/image_kernels.h"
#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/cpu/tile_copy.h"
#include "backend/device_kernels.h"
#include "backend/sparse_linear.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

[[noreturn]] void fail(const char* function, const std::string& message, const std::string& where) {
    throw Error(ErrorKind::Run, std::string(function) + ": " + message, where);
}

void requireType(const char* function, const Tensor& a, const Tensor& b) {
    if (a.dtype() != b.dtype())
        fail(function, "the operands hold different types",
             std::string(nameOf(a.dtype())) + " and " + nameOf(b.dtype()));
}

cpu::ConvolutionSizes sizesOf(const Shape& x, const Shape& weight, const Shape& y,
                              const Conv2dOptions& options) {
    return {.batch = x[0],
            .channels = x[1],
            .height = x[2],
            .width = x[3],
            .outputs = weight[0],
            .kernelHeight = weight[2],
            .kernelWidth = weight[3],
            .outHeight = y[2],
            .outWidth = y[3],
            .options = options};
}

double flopsOf(const cpu::ConvolutionSizes& s) {
    return 2.0 * static_cast<double>(s.weightSize()) *
           static_cast<double>(s.batch * s.outHeight * s.outWidth);
}

double bytesOfShape(const Shape& shape, DType type) {
    return static_cast<double>(shape.elements()) * static_cast<double>(sizeOf(type));
}

/// Whether batch-tiled images are used: with fewer images most lanes would be idle, and grouped convolutions
/// have too few channels each.
bool isDirect(const Tensor& images, const Conv2dOptions& options) {
    return images.dtype() == DType::F32 && options.groups == 1 && images.dim(0) >= imageTile / 2;
}

/// Throws unless gradY has the shape of the convolution's result.
void requireResult(const char* function, const Shape& gradY, const Shape& expected) {
    if (!(gradY == expected))
        fail(function, "the gradient does not have the shape of the result",
             gradY.text() + " instead of " + expected.text());
}

}  // namespace

Shape convolutionShape(const char* function, const Shape& x, const Shape& weight,
                       const Conv2dOptions& options) {
    const std::string where =
        "input " + x.text() + ", weight " + weight.text() + ", groups " + std::to_string(options.groups);
    if (x.rank() != 4 || weight.rank() != 4) fail(function, "input and weight must have 4 axes", where);
    if (weight.elements() < 1 || x[1] < 1)
        fail(function, "input channels and weight must not be empty", where);
    if (options.groups < 1 || x[1] % options.groups != 0 || weight[0] % options.groups != 0)
        fail(function, "the groups must divide the channels of input and output", where);
    if (x[1] / options.groups != weight[1])
        fail(function, "the weight does not have as many channels as a group of the input", where);
    Shape y{x[0], weight[0], 0, 0};
    for (int axis = 0; axis < 2; ++axis) {
        const auto a = static_cast<std::size_t>(axis);
        // No image is anywhere near 2^31 wide; the bound keeps the sums below from overflowing.
        constexpr Index most = Index{1} << 31;
        if (options.stride[a] < 1 || options.padding[a] < 0 || options.stride[a] > most ||
            options.padding[a] > most)
            fail(function, "strides must be positive and padding not negative", where);
        const Index room = x[2 + axis] + 2 * options.padding[a] - weight[2 + axis];
        if (x[2 + axis] < 1 || room < 0) fail(function, "the kernel is larger than the padded image", where);
        y[2 + axis] = room / options.stride[a] + 1;
    }
    return y;
}

Tensor convolutionImages(const Tensor& images, const Conv2dOptions& options) {
    return !images.onDevice() && images.rank() == 4 && isDirect(images, options)
               ? cpu::inTiles(images, imageTile)
               : images;
}

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->convolution(x, weight, bias, options);
    const Shape shape = convolutionShape("conv2d", x.shape(), weight.shape(), options);
    requireType("conv2d", x, weight);
    if (bias.defined()) {
        requireType("conv2d", x, bias);
        if (!(bias.shape() == Shape{weight.dim(0)}))
            fail("conv2d", "the bias must have one value per output channel",
                 "bias " + bias.shape().text() + ", weight " + weight.shape().text());
    }
    if (shape.elements() == 0) return Tensor::empty(shape, x.dtype());
    const cpu::ConvolutionSizes sizes = sizesOf(x.shape(), weight.shape(), shape, options);
    const profile::Operation timed("convolution", flopsOf(sizes),
                                   cpu::bytesOf(x, weight) + bytesOfShape(shape, x.dtype()));
    if (isDirect(x, options)) return cpu::convolveDirectly(x, weight, bias, shape, options);
    Tensor y = Tensor::empty(shape, x.dtype());
    const Tensor images = x.contiguous(), kernel = weight.contiguous();
    const Tensor terms = bias.defined() ? bias.contiguous() : Tensor();
    dispatchFloating(x.dtype(), "conv2d", [&](auto zero) {
        using T = decltype(zero);
        const T* const b = terms.defined() ? terms.data<T>() : nullptr;
        if constexpr (std::is_same_v<T, float>) {
            if (cpu::hasLibraryConvolution())
                return cpu::convolveByLibrary(sizes, images.data<T>(), kernel.data<T>(), b, y.data<T>());
        }
        cpu::convolveByColumns<T>(sizes, images.data<T>(), kernel.data<T>(), b, y.data<T>());
    });
    return y;
}

Tensor convolutionInputGradient(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                                const Conv2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(gradY))
        return device->convolutionInputGradient(gradY, weight, xShape, options);
    const Shape shape = convolutionShape("convolutionInputGradient", xShape, weight.shape(), options);
    requireType("convolutionInputGradient", gradY, weight);
    requireResult("convolutionInputGradient", gradY.shape(), shape);
    if (xShape.elements() == 0) return Tensor::empty(xShape, gradY.dtype());
    const cpu::ConvolutionSizes sizes = sizesOf(xShape, weight.shape(), shape, options);
    const profile::Operation timed("convolution input gradient", flopsOf(sizes),
                                   cpu::bytesOf(gradY, weight) + bytesOfShape(xShape, gradY.dtype()));
    if (isDirect(gradY, options)) return cpu::inputGradientDirectly(gradY, weight, xShape, options);
    Tensor gradX = Tensor::empty(xShape, gradY.dtype());
    const Tensor arrived = gradY.contiguous(), kernel = weight.contiguous();
    dispatchFloating(gradY.dtype(), "convolutionInputGradient", [&](auto zero) {
        using T = decltype(zero);
        if constexpr (std::is_same_v<T, float>) {
            if (cpu::hasLibraryConvolution())
                return cpu::inputGradientByLibrary(sizes, arrived.data<T>(), kernel.data<T>(),
                                                   gradX.data<T>());
        }
        cpu::inputGradientByColumns<T>(sizes, arrived.data<T>(), kernel.data<T>(), gradX.data<T>());
    });
    return gradX;
}

Tensor convolutionWeightGradient(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                                 const Conv2dOptions& options) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->convolutionWeightGradient(x, gradY, weightShape, options);
    const Shape shape = convolutionShape("convolutionWeightGradient", x.shape(), weightShape, options);
    requireType("convolutionWeightGradient", x, gradY);
    requireResult("convolutionWeightGradient", gradY.shape(), shape);
    if (gradY.elements() == 0) return Tensor::zeros(weightShape, x.dtype());
    const cpu::ConvolutionSizes sizes = sizesOf(x.shape(), weightShape, shape, options);
    const profile::Operation timed("convolution weight gradient", flopsOf(sizes),
                                   cpu::bytesOf(x, gradY) + bytesOfShape(weightShape, x.dtype()));
    if (isDirect(x, options)) return cpu::weightGradientDirectly(x, gradY, weightShape, options);
    Tensor gradWeight = Tensor::empty(weightShape, x.dtype());
    const Tensor images = x.contiguous(), arrived = gradY.contiguous();
    dispatchFloating(x.dtype(), "convolutionWeightGradient", [&](auto zero) {
        using T = decltype(zero);
        if constexpr (std::is_same_v<T, float>) {
            if (cpu::hasLibraryConvolution())
                return cpu::weightGradientByLibrary(sizes, images.data<T>(), arrived.data<T>(),
                                                    gradWeight.data<T>());
        }
        cpu::weightGradientByColumns<T>(sizes, images.data<T>(), arrived.data<T>(), gradWeight.data<T>());
    });
    return gradWeight;
}

Tensor convolutionBiasGradient(const Tensor& gradY) {
    if (DeviceKernels* const device = kernelsOf(gradY)) return device->featureSum(gradY);
    if (gradY.rank() != 4)
        fail("convolutionBiasGradient", "the gradient must have 4 axes", gradY.shape().text());
    if (gradY.tile() != 0) return featureSum(gradY);
    const Tensor arrived = gradY.contiguous();
    const Index batch = gradY.dim(0), channels = gradY.dim(1), places = gradY.dim(2) * gradY.dim(3);
    Tensor result = Tensor::empty({channels}, gradY.dtype());
    dispatchFloating(gradY.dtype(), "convolutionBiasGradient", [&](auto zero) {
        using T = decltype(zero);
        const T* const g = arrived.data<T>();
        T* const to = result.data<T>();
        parallelFor(0, channels, cpu::grainOf(batch * places), [&](Index first, Index last) {
            for (Index c = first; c < last; ++c) {
                double sum = 0;
                for (Index n = 0; n < batch; ++n) {
                    const T* const plane = g + (n * channels + c) * places;
                    if constexpr (std::is_same_v<T, float>)
                        sum += rowKernels().sum(plane, places);
                    else
                        sum = std::accumulate(plane, plane + places, sum);
                }
                to[c] = static_cast<T>(sum);
            }
        });
    });
    return result;
}

}  // namespace filigree::backend
