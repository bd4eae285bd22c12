// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/normalization.h"
#include "backend/vulkan/pooling.h"
#include "backend/vulkan/shape.h"
#include "backend/vulkan/tensor_device.h"

/// TensorDevice: convolution, pooling, normalisation.
namespace filigree::vulkan {
namespace {

std::uint64_t u64(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

void requireShape(const char* operation, const Tensor& gradient, const Shape& shape) {
    if (!(gradient.shape() == shape))
        throw Error(ErrorKind::Run, std::string(operation) + ": the gradient has the wrong shape",
                    gradient.shape().text() + ", not " + shape.text());
}

}  // namespace

FeatureShape TensorDevice::featuresOf(const Tensor& x) {
    if (x.rank() < 2) throw Error(ErrorKind::Run, "this needs a batch and a feature axis", x.shape().text());
    const std::int64_t perPixel = x.dim(0) * x.dim(1);
    return {layoutOf(x), u64(x.dim(1)), perPixel > 0 ? u64(x.elements() / perPixel) : 1};
}

Tensor TensorDevice::featureSum(const Tensor& x) {
    const Tensor from = plain(x);
    Tensor result = Tensor::empty({x.dim(1)}, DType::F32, self(), "bias gradient");
    vulkan::featureSum(*stream_, featuresOf(from), view(from), view(result));
    return result;
}

WindowShape TensorDevice::windowOf(const Shape& x, int tile, std::int64_t outputs,
                                   const std::array<std::int64_t, 2>& kernel,
                                   const std::array<std::int64_t, 2>& stride,
                                   const std::array<std::int64_t, 2>& padding) {
    WindowShape shape;
    shape.layout = {u64(x[0]), tile != 0 ? u64(tile) : 1};
    shape.channels = u64(x[1]);
    shape.outputs = u64(outputs);
    shape.image = {u64(x[2]), u64(x[3])};
    shape.kernel = {u64(kernel[0]), u64(kernel[1])};
    shape.stride = {u64(stride[0]), u64(stride[1])};
    shape.padding = {u64(padding[0]), u64(padding[1])};
    return shape;
}

WindowShape TensorDevice::windowOf(const Shape& x, int tile, const Shape& weight,
                                   const backend::Conv2dOptions& options) {
    return windowOf(x, tile, weight[0], {weight[2], weight[3]}, options.stride, options.padding);
}

Tensor TensorDevice::workspaceFor(const WindowShape& shape) {
    const std::uint64_t count = shape.columns() * shape.outPixels() * shape.layout.tile;
    return Tensor::empty({static_cast<std::int64_t>(count)}, DType::F32, self(), "columns of a convolution");
}

Tensor TensorDevice::convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                 const backend::Conv2dOptions& options) {
    const Shape shape = backend::convolutionShape("convolution", x.shape(), weight.shape(), options);
    if (options.groups != 1)
        return backend::computeOnHost(*this, "convolution in groups", [&] {
            return backend::convolution(x.host(), weight.host(), bias.defined() ? bias.host() : bias,
                                        options);
        });
    const Tensor in = tiled(x), w = contiguous(weight), b = bias.defined() ? contiguous(bias) : bias;
    Tensor y = Tensor::batchTiled(shape, in.tile(), self(), "output of a convolution");
    const WindowShape window = windowOf(x.shape(), in.tile(), weight.shape(), options);
    const Tensor workspace = workspaceFor(window);
    const View terms = b.defined() ? view(b) : View();
    vulkan::convolution(*stream_, window, view(in), view(w), b.defined() ? &terms : nullptr, view(y),
                        view(workspace));
    return y;
}

Tensor TensorDevice::convolutionInputGradient(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                                              const backend::Conv2dOptions& options) {
    requireShape("convolutionInputGradient", gradY,
                 backend::convolutionShape("convolutionInputGradient", xShape, weight.shape(), options));
    if (options.groups != 1)
        return backend::computeOnHost(*this, "convolution in groups", [&] {
            return backend::convolutionInputGradient(gradY.host(), weight.host(), xShape, options);
        });
    const Tensor dy = tiled(gradY), w = contiguous(weight);
    Tensor dx = Tensor::batchTiled(xShape, dy.tile(), self(), "input gradient of a convolution");
    const WindowShape window = windowOf(xShape, dy.tile(), weight.shape(), options);
    const Tensor workspace = workspaceFor(window);
    vulkan::convolutionInputGradient(*stream_, window, view(dy), view(w), view(dx), view(workspace));
    return dx;
}

Tensor TensorDevice::convolutionWeightGradient(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                                               const backend::Conv2dOptions& options) {
    requireShape("convolutionWeightGradient", gradY,
                 backend::convolutionShape("convolutionWeightGradient", x.shape(), weightShape, options));
    if (options.groups != 1)
        return backend::computeOnHost(*this, "convolution in groups", [&] {
            return backend::convolutionWeightGradient(x.host(), gradY.host(), weightShape, options);
        });
    const Tensor in = tiled(x), dy = tiled(gradY, in.tile());
    Tensor dw = Tensor::empty(weightShape, DType::F32, self(), "weight gradient of a convolution");
    const WindowShape window = windowOf(x.shape(), in.tile(), weightShape, options);
    const Tensor workspace = workspaceFor(window);
    vulkan::convolutionWeightGradient(*stream_, window, view(in), view(dy), view(dw), view(workspace));
    return dw;
}

Tensor TensorDevice::maxPool2d(const Tensor& x, const backend::Pool2dOptions& o) {
    const Tensor in = plain(x);
    const Shape shape = backend::poolShape("maxPool2d", x.shape(), o);
    Tensor y = in.tile() != 0 ? Tensor::batchTiled(shape, in.tile(), self(), "output of a pool")
                              : Tensor::empty(shape, DType::F32, self(), "output of a pool");
    maxPool(*stream_, windowOf(x.shape(), in.tile(), x.dim(1), o.kernel, o.stride, o.padding), view(in),
            view(y));
    return y;
}

Tensor TensorDevice::maxPool2dGradient(const Tensor& x, const Tensor& gradY,
                                       const backend::Pool2dOptions& o) {
    requireShape("maxPool2dGradient", gradY, backend::poolShape("maxPool2dGradient", x.shape(), o));
    const Tensor in = plain(x), dy = in.tile() != 0 ? tiled(gradY, in.tile()) : contiguous(gradY);
    Tensor dx = Tensor::emptyLike(in);
    maxPoolGradient(*stream_, windowOf(x.shape(), in.tile(), x.dim(1), o.kernel, o.stride, o.padding),
                    view(in), view(dy), view(dx));
    return dx;
}

Tensor TensorDevice::averagePool2d(const Tensor& x, const backend::Pool2dOptions& o) {
    const Tensor in = plain(x);
    const Shape shape = backend::poolShape("averagePool2d", x.shape(), o);
    Tensor y = in.tile() != 0 ? Tensor::batchTiled(shape, in.tile(), self(), "output of a pool")
                              : Tensor::empty(shape, DType::F32, self(), "output of a pool");
    averagePool(*stream_, windowOf(x.shape(), in.tile(), x.dim(1), o.kernel, o.stride, o.padding), view(in),
                view(y));
    return y;
}

Tensor TensorDevice::averagePool2dGradient(const Tensor& gradY, const Shape& xShape,
                                           const backend::Pool2dOptions& o) {
    requireShape("averagePool2dGradient", gradY, backend::poolShape("averagePool2dGradient", xShape, o));
    const Tensor dy = plain(gradY);
    Tensor dx = dy.tile() != 0 ? Tensor::batchTiled(xShape, dy.tile(), self(), "input gradient of a pool")
                               : Tensor::empty(xShape, DType::F32, self(), "input gradient of a pool");
    averagePoolGradient(*stream_, windowOf(xShape, dy.tile(), xShape[1], o.kernel, o.stride, o.padding),
                        view(dy), view(dx));
    return dx;
}

Tensor TensorDevice::globalAveragePool2d(const Tensor& x) {
    if (x.rank() != 4 || x.dim(2) * x.dim(3) < 1)
        throw Error(ErrorKind::Run, "globalAveragePool2d needs images", x.shape().text());
    const Tensor in = plain(x);
    const Shape shape{x.dim(0), x.dim(1)};
    Tensor y = in.tile() != 0 ? Tensor::batchTiled(shape, in.tile(), self(), "output of a pool")
                              : Tensor::empty(shape, DType::F32, self(), "output of a pool");
    const Layout layout = layoutOf(in);
    const std::uint64_t pixels = u64(x.dim(2) * x.dim(3));
    vulkan::sum(*stream_, view(in), layout.tiles() * u64(x.dim(1)), pixels, layout.tile, view(y),
                1 / static_cast<float>(pixels));
    return y;
}

Tensor TensorDevice::globalAveragePool2dGradient(const Tensor& gradY, const Shape& xShape) {
    if (xShape.rank() != 4) throw Error(ErrorKind::Run, "globalAveragePool2d needs images", xShape.text());
    requireShape("globalAveragePool2dGradient", gradY, {xShape[0], xShape[1]});
    const std::uint64_t pixels = u64(xShape[2] * xShape[3]);
    const Tensor dy = plain(apply(Unary::Scale, gradY, 1 / static_cast<double>(pixels), 0));
    Tensor dx = dy.tile() != 0 ? Tensor::batchTiled(xShape, dy.tile(), self(), "input gradient of a pool")
                               : Tensor::empty(xShape, DType::F32, self(), "input gradient of a pool");
    const Layout layout = layoutOf(dy);
    const std::uint32_t T = u32(layout.tile);
    copyStrided(*stream_, view(dy), {1, u32(layout.tiles() * u64(xShape[1])), u32(pixels), T}, {0, T, 0, 1},
                view(dx));
    return dx;
}

backend::ChannelStatistics TensorDevice::channelStatistics(const Tensor& x) {
    const Tensor in = plain(x);
    backend::ChannelStatistics result{
        Tensor::empty({x.dim(1)}, DType::F32, self(), "mean of a batch norm"),
        Tensor::empty({x.dim(1)}, DType::F32, self(), "variance of a batch norm")};
    featureStatistics(*stream_, featuresOf(in), view(in), view(result.mean), view(result.variance));
    return result;
}

Tensor TensorDevice::batchNorm(const Tensor& x, const backend::ChannelStatistics& statistics,
                               const Tensor& gamma, const Tensor& beta, double epsilon) {
    const Tensor in = plain(x), mean = contiguous(statistics.mean),
                 variance = contiguous(statistics.variance);
    Tensor y = Tensor::emptyLike(in);
    vulkan::batchNorm(*stream_, featuresOf(in), view(in), view(mean), view(variance), view(contiguous(gamma)),
                      view(contiguous(beta)), static_cast<float>(epsilon), view(y));
    return y;
}

backend::NormalizationGradient TensorDevice::batchNormGradient(const Tensor& x,
                                                               const backend::ChannelStatistics& statistics,
                                                               const Tensor& gamma, const Tensor& gradY,
                                                               double epsilon, bool statisticsOfX) {
    const Tensor in = plain(x), dy = in.tile() != 0 ? tiled(gradY, in.tile()) : contiguous(gradY);
    const Tensor mean = contiguous(statistics.mean), variance = contiguous(statistics.variance);
    const auto vector = [&](const char* what) { return Tensor::empty({x.dim(1)}, DType::F32, self(), what); };
    backend::NormalizationGradient result{Tensor::emptyLike(in), vector("batch norm gradient"),
                                          vector("batch norm gradient")};
    const Tensor workspace = vector("batch norm workspace");
    vulkan::batchNormGradient(*stream_, featuresOf(in), view(in), view(mean), view(variance),
                              view(contiguous(gamma)), view(dy), static_cast<float>(epsilon), statisticsOfX,
                              view(result.x), view(result.gamma), view(result.beta), view(workspace));
    return result;
}

namespace {

std::uint64_t rowsOf(const Tensor& x, const Tensor& gamma) {
    const int outer = x.rank() - gamma.rank();
    bool fits = gamma.rank() >= 1 && outer >= 0 && gamma.elements() > 0;
    for (int axis = 0; fits && axis < gamma.rank(); ++axis) fits = gamma.dim(axis) == x.dim(outer + axis);
    if (!fits)
        throw Error(ErrorKind::Run, "layerNorm: gamma must have the shape of the last axes of the input",
                    "gamma " + gamma.shape().text() + ", input " + x.shape().text());
    return u64(x.elements() / gamma.elements());
}

}  // namespace

Tensor TensorDevice::layerNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) {
    const std::uint64_t rows = rowsOf(x, gamma);
    const Tensor in = contiguous(x);
    Tensor y = Tensor::emptyLike(in);
    const Array mean = stream_->make(rows, "means of a layer norm"),
                root = stream_->make(rows, "roots of a layer norm");
    if (rows > 0)
        vulkan::layerNorm(*stream_, rows, view(in), view(contiguous(gamma)), view(contiguous(beta)),
                          static_cast<float>(epsilon), view(y), mean, root);
    return y;
}

backend::NormalizationGradient TensorDevice::layerNormGradient(const Tensor& x, const Tensor& gamma,
                                                               const Tensor& gradY, double epsilon) {
    const std::uint64_t rows = rowsOf(x, gamma);
    const Tensor in = contiguous(x), scale = contiguous(gamma), dy = contiguous(gradY);
    const auto made = [&](const Tensor& like) { return Tensor::emptyLike(like); };
    backend::NormalizationGradient result{made(in), made(scale), made(scale)};
    const Tensor workspace = made(in);
    const Array mean = stream_->make(rows, "means of a layer norm"),
                root = stream_->make(rows, "roots of a layer norm");
    // The statistics of the rows again; the values go where the gradient will.
    vulkan::layerNorm(*stream_, rows, view(in), view(scale), view(scale), static_cast<float>(epsilon),
                      view(result.x), mean, root);
    vulkan::layerNormGradient(*stream_, rows, view(in), view(scale), mean, root, view(dy), view(result.x),
                              view(result.gamma), view(result.beta), view(workspace));
    return result;
}

}  // namespace filigree::vulkan
