// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "backend/vulkan/dropout.h"
#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/loss.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/optimizer.h"
#include "backend/vulkan/tensor_device.h"

/// TensorDevice: element-wise functions, sums, softmax, losses, matrix products, optimisers.
namespace filigree::vulkan {
namespace {

std::uint64_t u64(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

/// Whether x, of the rank of `shape` or less, varies along axis 1 alone.
bool variesAlongFeaturesAlone(const Tensor& x, const Shape& shape) {
    const int missing = shape.rank() - x.rank();
    for (int axis = missing; axis < shape.rank(); ++axis)
        if (axis != 1 && x.shape()[axis - missing] != 1) return false;
    return missing <= 1 && x.shape()[1 - missing] == shape[1];
}

/// A product of one matrix with rows of numbers along the batch, C row-major.
Gemm matrixProduct(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB, int batchAxes) {
    const int row = batchAxes, column = batchAxes + 1;
    Gemm shape;
    shape.m = u64(a.dim(transposeA ? column : row));
    shape.k = u64(a.dim(transposeA ? row : column));
    shape.n = u64(b.dim(transposeB ? row : column));
    const auto width = [&](const Tensor& t) { return u64(t.dim(column)); };
    shape.a = transposeA ? Strides{1, width(a)} : Strides{width(a), 1};
    shape.b = transposeB ? Strides{1, width(b)} : Strides{width(b), 1};
    shape.cRow = shape.n;
    return shape;
}

void requireFitting(const char* operation, const Tensor& a, const Tensor& b, bool transposeA, bool transposeB,
                    int rank) {
    const bool ranks = a.rank() == rank && b.rank() == rank;
    if (!ranks || a.dim(transposeA ? -2 : -1) != b.dim(transposeB ? -1 : -2) ||
        (rank == 3 && a.dim(0) != b.dim(0)))
        throw Error(ErrorKind::Run, std::string(operation) + ": the matrices do not fit",
                    a.shape().text() + " and " + b.shape().text());
}

}  // namespace

Tensor TensorDevice::apply(Binary function, const Tensor& a, const Tensor& b) {
    const Shape shape = broadcast(a.shape(), b.shape());
    const bool commutes = function == Binary::Add || function == Binary::Multiply;
    if (!(a.shape() == shape) && b.shape() == shape && commutes) return apply(function, b, a);
    // Divided padding could be anything.
    const bool paddedDivision =
        function == Binary::Divide && a.rank() > 0 && a.tile() != 0 && a.dim(0) % a.tile() != 0;
    if (!(a.shape() == shape) || paddedDivision)
        return apply(function, contiguous(a.to(self()).expand(shape)), b);
    if (b.shape() == shape) {
        const int tile = a.tile() != 0 ? a.tile() : function == Binary::Divide ? 0 : b.tile();
        const Tensor left = tile != 0 ? tiled(a, tile) : contiguous(a);
        const Tensor right = tile != 0 ? tiled(b, tile) : contiguous(b);
        Tensor result = Tensor::emptyLike(left);
        vulkan::apply(*stream_, function, view(left), view(right), view(result));
        return result;
    }
    const Tensor left = plain(a), right = contiguous(b);
    const bool alongFeatures = shape.rank() >= 2 && variesAlongFeaturesAlone(right, shape);
    if (b.elements() != 1 && !alongFeatures) return apply(function, left, contiguous(right.expand(shape)));
    Tensor result = Tensor::emptyLike(left);
    std::uint64_t inner = 1;
    for (int axis = 2; axis < shape.rank(); ++axis) inner *= u64(shape[axis]);
    if (left.tile() != 0) inner *= u64(left.tile());
    vulkan::apply(*stream_, function, view(left), view(right), view(result), inner, u64(b.elements()));
    return result;
}

Tensor TensorDevice::apply(Unary function, const Tensor& x, double a, double b) {
    const Tensor from = plain(x);
    Tensor result = Tensor::emptyLike(from);
    vulkan::apply(*stream_, function, view(from), view(result), static_cast<float>(a), static_cast<float>(b));
    return result;
}

Tensor TensorDevice::applyDerivative(Unary function, const Tensor& gradient, const Tensor& x, const Tensor& y,
                                     double a, double b) {
    const Tensor in = plain(x);
    const auto ordered = [&](const Tensor& t) {
        return in.tile() != 0 ? tiled(t, in.tile()) : contiguous(t);
    };
    const Tensor out = ordered(y), arriving = ordered(gradient);
    Tensor result = Tensor::emptyLike(in);
    vulkan::applyDerivative(*stream_, function, view(arriving), view(in), view(out), view(result),
                            static_cast<float>(a), static_cast<float>(b));
    return result;
}

Tensor TensorDevice::dropout(const Tensor& x, double p, std::uint64_t key) {
    const Tensor from = x.rank() >= 2 ? plain(x) : contiguous(x);
    Tensor result = Tensor::emptyLike(from);
    if (p >= 1) {
        result.fill(0);
        return result;
    }
    const Layout layout = x.rank() >= 2 ? layoutOf(from) : Layout{1, 1};
    if (x.elements() > 0)
        vulkan::dropout(*stream_, layout, u64(x.elements()) / layout.batch, p, key, view(from), view(result));
    return result;
}

Tensor TensorDevice::sum(const Tensor& x, std::span<const int> axes, bool keepAxes) {
    std::vector<bool> summed(static_cast<std::size_t>(x.rank()), axes.empty());
    for (const int axis : axes) {
        const auto at = static_cast<std::size_t>(x.shape().axis(axis));
        if (summed[at])
            throw Error(ErrorKind::Run, "sum: an axis appears twice", "shape " + x.shape().text());
        summed[at] = true;
    }
    Shape shape;
    std::uint64_t outer = 1, reduced = 1, inner = 1;
    int runs = 0;
    for (int axis = 0; axis < x.rank(); ++axis) {
        const bool here = summed[static_cast<std::size_t>(axis)];
        const auto size = u64(x.shape()[axis]);
        if (here && (axis == 0 || !summed[static_cast<std::size_t>(axis) - 1])) ++runs;
        if (here)
            reduced *= size;
        else
            (runs == 0 ? outer : inner) *= size;
        if (!here || keepAxes) shape.append(here ? 1 : x.shape()[axis]);
    }
    if (runs > 1)
        return backend::computeOnHost(*this, "sum over axes that are not neighbours",
                                      [&] { return backend::sum(x.host(), axes, keepAxes); });
    Tensor result = Tensor::empty(shape, x.dtype(), self(), "sum");
    if (result.elements() > 0)
        vulkan::sum(*stream_, view(contiguous(x)), outer, reduced, inner, view(result));
    return result;
}

Tensor TensorDevice::sumTo(const Tensor& x, const Shape& shape) {
    if (x.shape() == shape) return x;
    if (x.rank() == 2 && shape == Shape{x.dim(1)}) return featureSum(x);
    const int missing = x.rank() - shape.rank();
    std::vector<int> axes;
    for (int axis = 0; axis < x.rank(); ++axis)
        if (axis < missing || (shape[axis - missing] == 1 && x.shape()[axis] != 1)) axes.push_back(axis);
    // No axis at all would mean all of them.
    return axes.empty() ? x.reshape(shape) : sum(x, axes, true).reshape(shape);
}

Tensor TensorDevice::alongAxis(const Tensor& a, const Tensor* b, int axis,
                               void (*kernel)(Stream&, const AxisShape&, const View&, const View*,
                                              const View&)) {
    const int along = a.shape().axis(axis);
    AxisShape shape;
    shape.length = u64(a.shape()[along]);
    // Along the features of batch-tiled memory nothing has to move.
    const int tile = b && a.tile() == 0 ? b->tile() : a.tile();
    const bool stays = tile != 0 && a.rank() == 2 && along == 1;
    const auto ordered = [&](const Tensor& t) { return stays ? tiled(t, tile) : contiguous(t); };
    const Tensor left = ordered(a);
    const Tensor right = b ? ordered(*b) : Tensor();
    if (stays) {
        shape.outer = layoutOf(left).tiles();
        shape.inner = u64(tile);
    } else {
        for (int i = 0; i < along; ++i) shape.outer *= u64(a.shape()[i]);
        for (int i = along + 1; i < a.rank(); ++i) shape.inner *= u64(a.shape()[i]);
    }
    Tensor result = Tensor::emptyLike(left);
    const View other = b ? view(right) : View();
    if (a.elements() > 0) kernel(*stream_, shape, view(left), &other, view(result));
    return result;
}

Tensor TensorDevice::softmax(const Tensor& x, int axis) {
    return alongAxis(x, nullptr, axis,
                     [](Stream& stream, const AxisShape& shape, const View& from, const View*,
                        const View& to) { vulkan::softmax(stream, shape, from, to); });
}

Tensor TensorDevice::softmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    return alongAxis(gradient, &y, axis,
                     [](Stream& stream, const AxisShape& shape, const View& g, const View* values,
                        const View& to) { vulkan::softmaxBackward(stream, shape, g, *values, to); });
}

Tensor TensorDevice::logSoftmax(const Tensor& x, int axis) {
    return alongAxis(x, nullptr, axis,
                     [](Stream& stream, const AxisShape& shape, const View& from, const View*,
                        const View& to) { vulkan::logSoftmax(stream, shape, from, to); });
}

Tensor TensorDevice::logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis) {
    return alongAxis(gradient, &y, axis,
                     [](Stream& stream, const AxisShape& shape, const View& g, const View* values,
                        const View& to) { vulkan::logSoftmaxBackward(stream, shape, g, *values, to); });
}

TensorDevice::Losses TensorDevice::losses(const Tensor& logits, const Tensor& labels, double labelSmoothing) {
    if (logits.rank() != 2 || !(labels.shape() == Shape{logits.dim(0)}) || labels.dtype() != DType::I32)
        throw Error(ErrorKind::Run, "crossEntropy needs logits [N, K] and i32 labels [N]",
                    "logits " + logits.shape().text() + ", labels " + labels.shape().text());
    const Tensor from = plain(logits), classes = contiguous(labels);
    Losses result{Tensor::empty(labels.shape(), DType::F32, self(), "losses"),
                  Tensor::empty(labels.shape(), DType::F32, self(), "correct predictions"),
                  Tensor::emptyLike(from)};
    vulkan::crossEntropy(*stream_, layoutOf(from), u64(logits.dim(1)), view(from), view(classes),
                         static_cast<float>(labelSmoothing), 1, view(result.loss), view(result.correct),
                         view(result.gradient));
    return result;
}

// The logarithms of probabilities are logits of the same probabilities.
Tensor TensorDevice::crossEntropy(const Tensor& logProbabilities, const Tensor& labels,
                                  double labelSmoothing) {
    return losses(logProbabilities, labels, labelSmoothing).loss;
}

Tensor TensorDevice::crossEntropyBackward(const Tensor& gradient, const Tensor& logProbabilities,
                                          const Tensor& labels, double labelSmoothing) {
    const Tensor change = losses(logProbabilities, labels, labelSmoothing).gradient;
    const bool oneForAll = gradient.tile() == 0 && gradient.rank() == 1 && gradient.strides()[0] == 0;
    const Tensor factor =
        oneForAll ? gradient.slice(0, 0, 1) : gradient.contiguous().reshape({gradient.dim(0), 1});
    return apply(Binary::Multiply, change, oneForAll ? factor : factor.expand(change.shape()));
}

Tensor TensorDevice::isCorrect(const Tensor& logits, const Tensor& labels) {
    return losses(logits, labels, 0).correct;
}

Tensor TensorDevice::matmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) {
    requireFitting("matmul", a, b, transposeA, transposeB, 2);
    if (transposeA && !transposeB && (a.tile() != 0 || b.tile() != 0)) {
        // The gradient of a weight: a sum over the batch.
        const int tile = a.tile() != 0 ? a.tile() : b.tile();
        const Tensor dy = tiled(a, tile), x = tiled(b, tile);
        Tensor result = Tensor::empty({a.dim(1), b.dim(1)}, DType::F32, self(), "weight gradient");
        linearWeightGradient(*stream_, layoutOf(x), u64(b.dim(1)), u64(a.dim(1)), view(x), view(dy),
                             view(result));
        return result;
    }
    if (!transposeA && a.tile() != 0) {
        const Tensor x = tiled(a), weight = contiguous(b);
        const std::int64_t width = b.dim(transposeB ? 0 : 1);
        Tensor result = Tensor::batchTiled({a.dim(0), width}, a.tile(), self(), "matrix product");
        if (transposeB)
            vulkan::linear(*stream_, layoutOf(x), u64(a.dim(1)), u64(width), view(x), view(weight), nullptr,
                           view(result));
        else
            linearInputGradient(*stream_, layoutOf(x), u64(width), u64(a.dim(1)), view(x), view(weight),
                                view(result));
        return result;
    }
    const Tensor left = contiguous(a), right = contiguous(b);
    const Gemm shape = matrixProduct(left, right, transposeA, transposeB, 0);
    Tensor result = Tensor::empty({a.dim(transposeA ? 1 : 0), b.dim(transposeB ? 0 : 1)}, DType::F32, self(),
                                  "matrix product");
    gemm(*stream_, shape, view(left), view(right), nullptr, view(result));
    return result;
}

Tensor TensorDevice::batchedMatmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) {
    requireFitting("batchedMatmul", a, b, transposeA, transposeB, 3);
    const Tensor left = contiguous(a), right = contiguous(b);
    Gemm shape = matrixProduct(left, right, transposeA, transposeB, 1);
    shape.batches = u64(a.dim(0));
    shape.aBatch = shape.m * shape.k;
    shape.bBatch = shape.k * shape.n;
    shape.cBatch = shape.m * shape.n;
    Tensor result = Tensor::empty({a.dim(0), a.dim(transposeA ? 2 : 1), b.dim(transposeB ? 1 : 2)},
                                  DType::F32, self(), "batched matrix product");
    gemm(*stream_, shape, view(left), view(right), nullptr, view(result));
    return result;
}

Tensor TensorDevice::linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
    const bool fits = weight.rank() == 2 && x.rank() >= 1 && x.dim(-1) == weight.dim(1) &&
                      (!bias.defined() || bias.shape() == Shape{weight.dim(0)});
    if (!fits)
        throw Error(ErrorKind::Run, "linear: the shapes do not fit",
                    "input " + x.shape().text() + ", weight " + weight.shape().text());
    if (x.rank() != 2) {
        const std::int64_t inputs = weight.dim(1);
        Shape shape = x.shape();
        shape[shape.rank() - 1] = weight.dim(0);
        return contiguous(linear(contiguous(x).reshape({x.elements() / inputs, inputs}), weight, bias))
            .reshape(shape);
    }
    const Tensor in = tiled(x), w = contiguous(weight), b = bias.defined() ? contiguous(bias) : bias;
    Tensor y = Tensor::batchTiled({x.dim(0), weight.dim(0)}, in.tile(), self(), "output of a dense layer");
    const View terms = b.defined() ? view(b) : View();
    vulkan::linear(*stream_, layoutOf(in), u64(weight.dim(1)), u64(weight.dim(0)), view(in), view(w),
                   b.defined() ? &terms : nullptr, view(y));
    return y;
}

void TensorDevice::sgd(const backend::SgdFactors& f, Tensor& values, Tensor* momentum,
                       const Tensor& gradient) {
    const Tensor g = contiguous(gradient);
    vulkan::sgd(*stream_,
                {static_cast<float>(f.rate), static_cast<float>(f.momentum), f.nesterov,
                 static_cast<float>(f.shrink), static_cast<float>(f.pull)},
                view(values), view(g), momentum ? view(*momentum) : view(g));
}

void TensorDevice::adam(const backend::AdamFactors& f, Tensor& values, Tensor& first, Tensor& second,
                        const Tensor& gradient) {
    const Tensor g = contiguous(gradient);
    vulkan::adam(*stream_,
                 {static_cast<float>(f.rate), f.beta1, f.beta2, static_cast<float>(f.epsilon), f.step,
                  static_cast<float>(f.shrink), static_cast<float>(f.pull)},
                 view(values), view(g), view(first), view(second));
}

}  // namespace filigree::vulkan
