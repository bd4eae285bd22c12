// SPDX-License-Identifier: Apache-2.0
#include "backend/sparse_linear.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "backend/cpu/batch_tile.h"
#include "backend/cpu/sparse_kernels.h"
#include "backend/cpu/tile_copy.h"
#include "backend/cpu/tile_split.h"
#include "backend/device_kernels.h"
#include "backend/elementwise.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

void check(const Tensor& x, const SparsePattern& pattern, const Tensor& values, const Tensor& bias) {
    const bool fits = x.rank() == 2 && x.dim(1) == pattern.columns && values.rank() == 1 &&
                      values.dim(0) == pattern.edges() && x.dtype() == values.dtype() &&
                      (!bias.defined() || (bias.shape() == Shape{pattern.rows} && bias.dtype() == x.dtype()));
    if (!fits)
        throw Error(ErrorKind::Run, "the shapes of a sparse linear layer do not fit",
                    "x " + x.shape().text() + ", weight [" + std::to_string(pattern.rows) + ", " +
                        std::to_string(pattern.columns) + "] with " + std::to_string(pattern.edges()) +
                        " edges, values " + values.shape().text() +
                        (bias.defined() ? ", bias " + bias.shape().text() : ""));
}

/// Items per part so that a part is worth waking a thread for.
std::int64_t grainFor(std::int64_t items, std::int64_t operations) {
    constexpr std::int64_t worthwhile = 400000;
    return operations <= worthwhile ? items : std::max<std::int64_t>(1, items * worthwhile / operations);
}

/// Calls body(first, last) on ranges of items that cover all of them, have like numbers of edges and do not
/// cut the groups within which a schedule orders them.
template <typename Body>
void parallelOverEdges(std::span<const std::uint32_t> start, std::int64_t operationsPerEdge, Body&& body) {
    constexpr std::int64_t group = SparseSchedule::orderGroup;
    const auto items = static_cast<std::int64_t>(start.size()) - 1;
    // An item counts as one more edge, so that its weight is never 0.
    const auto weightBefore = [&](std::int64_t i) { return start[static_cast<std::size_t>(i)] + i; };
    const std::int64_t total = weightBefore(items);
    const auto itemAt = [&](std::int64_t weight) {
        std::int64_t low = 0, high = items;
        while (low < high) {
            const std::int64_t middle = (low + high) / 2;
            if (weightBefore(middle) < weight)
                low = middle + 1;
            else
                high = middle;
        }
        return weight == total ? items : low / group * group;
    };
    parallelFor(0, total, grainFor(total, total * operationsPerEdge),
                [&](std::int64_t first, std::int64_t last) {
                    const std::int64_t begin = itemAt(first), end = itemAt(last);
                    if (begin < end) body(begin, end);
                });
}

/// The walk over block `block` of a schedule's walk.
EdgeWalk walkOf(const SparseSchedule::Walk& walk, std::int64_t block, const SparsePattern& pattern) {
    const std::int64_t firstRow = block * walk.width;
    return {walk.order.data(),
            walk.border.data() + block * pattern.columns,
            walk.entries.data(),
            walk.edgeBits,
            static_cast<std::uint32_t>(firstRow),
            pattern.rowStart[static_cast<std::size_t>(firstRow)],
            static_cast<std::uint32_t>(pattern.edges()),
            walk.isInOrder};
}

bool isRectified(InputGradient wanted) {
    return wanted == InputGradient::Rectified || wanted == InputGradient::Replacing;
}

void checkGradient(const Tensor& x, const Tensor& gradient, const SparsePattern& pattern) {
    if (gradient.shape() == Shape{x.dim(0), pattern.rows}) return;
    throw Error(ErrorKind::Run, "the gradient of a sparse linear layer has the wrong shape",
                gradient.shape().text());
}

/// Sums of doubles as a tensor of floats.
Tensor rounded(const std::vector<double>& sums) {
    Tensor result = Tensor::empty({static_cast<std::int64_t>(sums.size())});
    std::transform(sums.begin(), sums.end(), result.data<float>(),
                   [](double s) { return static_cast<float>(s); });
    return result;
}

/// Whether threads take whole tiles of a batch each, rather than items. They then read all weights, but where
/// rows are short it is faster: threads that split the columns write into the same cache lines of the
/// weights' gradient.
bool splitsTiles(std::int64_t tiles, const SparsePattern& pattern, std::int64_t operations) {
    return cpu::tilesSuitThreads(tiles) && grainFor(tiles, operations) < tiles &&
           pattern.edges() < 32 * pattern.rows * threadCount();
}

/// How a batch lies in tiles.
struct Tiles {
    Tiles(std::int64_t samples, int width, int vectorWidth)
        : batch(samples), tile(width), count((samples + width - 1) / width), vector(vectorWidth) {}
    /// Samples of a tile.
    int used(std::int64_t index) const {
        return static_cast<int>(std::min<std::int64_t>(tile, batch - index * tile));
    }
    int vectors(std::int64_t index) const { return (used(index) + vector - 1) / vector; }
    TileLanes lanes(std::int64_t index) const { return {tile, vectors(index)}; }
    std::int64_t batch;
    int tile;
    std::int64_t count;
    int vector;
};

Tiles tilesOf(const Tensor& x) {
    const SparseKernels& kernels = sparseKernels();
    return {x.dim(0), linearTile(x.dim(0), kernels.vectorWidth), kernels.vectorWidth};
}

/// Itself, or a copy, in which the lanes past the batch that kernels read are 0: sums over lanes are then
/// sums over the batch.
Tensor zeroPadded(const Tensor& x) {
    const Tiles tiles = tilesOf(x);
    if (tiles.count == 0) return x;
    const int used = tiles.used(tiles.count - 1), read = tiles.vectors(tiles.count - 1) * tiles.vector;
    if (used == read) return x;
    const std::int64_t features = x.dim(1), place = (tiles.count - 1) * features * tiles.tile;
    const float* const last = x.data<float>() + place;
    const auto isZero = [&](std::int64_t f) {
        const float* const row = last + f * tiles.tile;
        return std::all_of(row + used, row + read, [](float v) { return v == 0; });
    };
    std::int64_t f = 0;
    while (f < features && isZero(f)) ++f;
    if (f == features) return x;
    Tensor result = x.clone();
    for (f = 0; f < features; ++f) {
        float* const row = result.data<float>() + place + f * tiles.tile;
        std::fill(row + used, row + read, 0.0F);
    }
    return result;
}

const float* dataOf(const Tensor& x) {
    return x.defined() ? x.data<float>() : nullptr;
}

Tensor referenceForward(const Tensor& x, const SparsePattern& p, const Tensor& values, const Tensor& bias) {
    const Tensor in = x.contiguous();
    Tensor y = Tensor::empty({x.dim(0), p.rows}, DType::F64);
    const double* const w = values.data<double>();
    for (std::int64_t n = 0; n < x.dim(0); ++n)
        for (std::int64_t i = 0; i < p.rows; ++i) {
            double sum = bias.defined() ? bias.data<double>()[i] : 0.0;
            for (std::uint32_t e = p.rowStart[static_cast<std::size_t>(i)];
                 e < p.rowStart[static_cast<std::size_t>(i) + 1]; ++e)
                sum += w[e] * in.data<double>()[n * p.columns + p.column[e]];
            y.data<double>()[n * p.rows + i] = sum;
        }
    return y;
}

SparseLinearGradients referenceBackward(const Tensor& x, const Tensor& gradient, const SparsePattern& p,
                                        const Tensor& values) {
    const Tensor in = x.contiguous();
    const Tensor dy = gradient.contiguous();
    SparseLinearGradients result{Tensor::zeros(x.shape(), DType::F64), Tensor(),
                                 Tensor::zeros(values.shape(), DType::F64)};
    const double* const w = values.data<double>();
    for (std::int64_t n = 0; n < x.dim(0); ++n)
        for (std::int64_t i = 0; i < p.rows; ++i) {
            const double g = dy.data<double>()[n * p.rows + i];
            for (std::uint32_t e = p.rowStart[static_cast<std::size_t>(i)];
                 e < p.rowStart[static_cast<std::size_t>(i) + 1]; ++e) {
                const std::int64_t j = n * p.columns + p.column[e];
                result.x.data<double>()[j] += w[e] * g;
                result.values.data<double>()[e] += g * in.data<double>()[j];
            }
        }
    return result;
}

}  // namespace

int linearVectorWidth() {
    return sparseKernels().vectorWidth;
}

Tensor linearInput(const Tensor& x) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->linearInput(x);
    if (x.dtype() != DType::F32 || x.rank() != 2) return x;
    return cpu::inTiles(x, tilesOf(x).tile);
}

Tensor sparseLinear(const Tensor& x, const SparsePattern& pattern, const SparseSchedule& schedule,
                    const Tensor& values, const Tensor& bias, bool rectified) {
    if (DeviceKernels* const device = kernelsOf(x))
        return device->sparseLinear(x, pattern, values, bias, rectified);
    check(x, pattern, values, bias);
    const double products = static_cast<double>(pattern.edges()) * static_cast<double>(x.dim(0));
    const profile::Operation timed(
        "sparse linear", 2 * products,
        4.0 * static_cast<double>(2 * pattern.edges() + x.dim(0) * (pattern.rows + pattern.columns)));
    if (x.dtype() == DType::F64) {
        const Tensor b = bias.defined() ? bias.contiguous() : bias;
        Tensor y = referenceForward(x, pattern, values.contiguous(), b);
        return rectified ? apply(Unary::Relu, y) : y;
    }
    const SparseKernels& kernels = sparseKernels();
    const Tensor in = linearInput(x);
    const Tiles tiles = tilesOf(x);
    Tensor y = Tensor::batchTiled({x.dim(0), pattern.rows}, tiles.tile);
    const Tensor w = values.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    const float* const from = in.data<float>();
    float* const to = y.data<float>();
    const std::int64_t operations = 2 * (pattern.edges() + pattern.rows) * x.dim(0);
    // All tiles of a group in one go where there are groups for all threads.
    const std::int64_t atOnce = schedule.groups >= threadCount() ? std::max<std::int64_t>(1, tiles.count) : 1;
    const std::int64_t parts = (tiles.count + atOnce - 1) / atOnce;
    const std::int64_t units = parts * schedule.groups;
    const std::int64_t xStride = pattern.columns * tiles.tile, yStride = pattern.rows * tiles.tile;
    const auto multiply = [&](std::int64_t group, std::int64_t t, std::int64_t n) {
        kernels.multiply(pattern, schedule, group, w.data<float>(), dataOf(b), rectified, from + t * xStride,
                         to + t * yStride, n, xStride, yStride, tiles.tile, tiles.vectors(t + n - 1));
    };
    if (splitsTiles(tiles.count, pattern, operations))
        parallelFor(0, tiles.count, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t group = 0; group < schedule.groups; ++group)
                multiply(group, first, last - first);
        });
    else
        parallelFor(0, units, grainFor(units, operations), [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t unit = first; unit < last; ++unit) {
                const std::int64_t t = unit / schedule.groups * atOnce;
                multiply(unit % schedule.groups, t, std::min(atOnce, tiles.count - t));
            }
        });
    return y;
}

Tensor sparseLinearValueGradient(const Tensor& x, const Tensor& gradient, const SparsePattern& pattern,
                                 const SparseSchedule& schedule) {
    checkGradient(x, gradient, pattern);
    const double products = static_cast<double>(pattern.edges()) * static_cast<double>(x.dim(0));
    const profile::Operation timed(
        "sparse linear gradient", 2 * products,
        4.0 * static_cast<double>(3 * pattern.edges() + x.dim(0) * (pattern.rows + pattern.columns)));
    if (x.dtype() == DType::F64)
        return referenceBackward(x, gradient, pattern, Tensor::zeros({pattern.edges()}, DType::F64)).values;
    const Tensor in = linearInput(x), dy = zeroPadded(linearInput(gradient));
    const Tiles tiles = tilesOf(x);
    if (tiles.count == 0) return Tensor::zeros({pattern.edges()});
    Tensor result = Tensor::empty({pattern.edges()});
    float* const dw = result.data<float>();
    const float* const x0 = in.data<float>();
    const float* const dy0 = dy.data<float>();
    // Groups are cut where there are too few for all threads.
    const std::int64_t parts = (threadCount() + schedule.groups - 1) / schedule.groups;
    const std::int64_t units = parts * schedule.groups;
    parallelFor(0, units, grainFor(units, 2 * pattern.edges() * x.dim(0)),
                [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t unit = first; unit < last; ++unit)
                        sparseKernels().multiplyValueGradient(
                            pattern, schedule, unit / parts, unit % parts, parts, dy0, x0, dw, tiles.count,
                            pattern.rows * tiles.tile, pattern.columns * tiles.tile, tiles.tile,
                            tiles.vectors(tiles.count - 1));
                });
    return result;
}

SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                           const SparsePattern& pattern, const SparseSchedule& schedule,
                                           const Tensor& values, InputGradient wanted) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->sparseLinearBackward(x, gradient, pattern, values, wanted);
    check(x, pattern, values, Tensor());
    if (wanted == InputGradient::None)
        return {Tensor(), Tensor(), sparseLinearValueGradient(x, gradient, pattern, schedule)};
    checkGradient(x, gradient, pattern);
    const double products = static_cast<double>(pattern.edges()) * static_cast<double>(x.dim(0));
    const profile::Operation timed(
        "sparse linear gradient", 4 * products,
        4.0 * static_cast<double>(3 * pattern.edges() + x.dim(0) * (pattern.rows + 2 * pattern.columns)));
    if (x.dtype() == DType::F64) {
        SparseLinearGradients result = referenceBackward(x, gradient, pattern, values.contiguous());
        if (!isRectified(wanted)) return result;
        result.x = applyDerivative(Unary::Relu, result.x, x, x);
        result.xSums = featureSum(result.x);
        return result;
    }
    if (schedule.byColumn.border.empty() || pattern.columnStart.empty())
        throw Error(ErrorKind::Run,
                    "the gradient of a sparse linear layer's input needs a schedule by column");
    const SparseKernels& kernels = sparseKernels();
    const Tensor in = linearInput(x);
    const Tensor dy = zeroPadded(linearInput(gradient));
    const Tiles tiles = tilesOf(x);
    const Tensor w = values.contiguous();
    SparseLinearGradients result;
    result.values = tiles.count > 0 ? Tensor::empty(values.shape()) : Tensor::zeros(values.shape());
    // Item by item the kernels read the input before they write its gradient, but a second block of a walk
    // reads it again.
    result.x = wanted == InputGradient::Replacing && schedule.byColumn.blocks == 1
                   ? in
                   : Tensor::batchTiled(x.shape(), tiles.tile);
    std::vector<double> sums(isRectified(wanted) ? static_cast<std::size_t>(pattern.columns) : 0);
    float* const dw = result.values.data<float>();
    double* const dxSums = sums.empty() ? nullptr : sums.data();
    const float* const x0 = in.data<float>();
    const float* const dy0 = dy.data<float>();
    float* const dx = result.x.data<float>();
    const std::int64_t inTile = pattern.columns * tiles.tile, outTile = pattern.rows * tiles.tile;
    const std::int64_t operationsPerEdge = 4 * x.dim(0);
    const std::int64_t atOnce = tiles.tile == 64 ? kernels.tilesAtOnce : 1;
    const SparseSchedule::Walk& walk = schedule.byColumn;
    // Blocks come back to an item soon: its activations and their gradient then still lie in the second-level
    // cache, beside those of a block's rows.
    const std::int64_t strip = walk.isInOrder ? 1024 : std::numeric_limits<std::int64_t>::max() / 2;
    /// The items first … last-1 of the tiles from … to-1.
    const auto pass = [&](std::int64_t from, std::int64_t to, std::int64_t first, std::int64_t last,
                          float* weightSums, double* inputSums) {
        for (std::int64_t begin = first; begin < last; begin += strip)
            for (std::int64_t block = 0; block < walk.blocks; ++block)
                for (std::int64_t t = from; t < to; t += atOnce) {
                    const std::int64_t n = std::min(atOnce, to - t), end = std::min(last, begin + strip);
                    kernels.multiplyBackward(walkOf(walk, block, pattern), w.data<float>(), x0 + t * inTile,
                                             dy0 + t * outTile, dx + t * inTile,
                                             block + 1 == walk.blocks ? inputSums : nullptr, weightSums,
                                             block > 0, t > from, n, inTile, outTile, tiles.tile,
                                             tiles.vectors(t + n - 1), begin, end);
                }
    };
    if (splitsTiles(tiles.count, pattern, pattern.edges() * operationsPerEdge)) {
        const std::size_t columns = sums.size();
        std::vector<double> parts(static_cast<std::size_t>(threadCount()) * columns, 0.0);
        cpu::sumOverTiles(
            tiles.count, pattern.edges(), dw,
            [&](std::int64_t thread, std::int64_t from, std::int64_t to, float* weightSums) {
                pass(from, to, 0, pattern.columns, weightSums,
                     dxSums ? parts.data() + static_cast<std::size_t>(thread) * columns : nullptr);
            });
        for (std::size_t i = 0; i < parts.size(); ++i) sums[i % columns] += parts[i];
    } else {
        parallelOverEdges(pattern.columnStart, operationsPerEdge, [&](std::int64_t first, std::int64_t last) {
            pass(0, tiles.count, first, last, dw, dxSums);
        });
    }
    if (isRectified(wanted)) result.xSums = rounded(sums);
    return result;
}

LinearOutputGradient linearOutputGradient(const Tensor& gradient, const Tensor& y, bool wantsBias) {
    if (DeviceKernels* const device = kernelsOf(gradient))
        return device->linearOutputGradient(gradient, y, wantsBias);
    if (gradient.rank() != 2 || (y.defined() && !(y.shape() == gradient.shape())))
        throw Error(ErrorKind::Run, "the gradient of a linear layer has the wrong shape",
                    gradient.shape().text());
    if (gradient.dtype() == DType::F64) {
        LinearOutputGradient result;
        result.gradient = y.defined() ? applyDerivative(Unary::Relu, gradient, y, y) : gradient;
        if (wantsBias) result.bias = featureSum(result.gradient);
        return result;
    }
    const profile::Operation timed("bias and activation gradient", static_cast<double>(gradient.elements()),
                                   4.0 * static_cast<double>(gradient.elements()) * (y.defined() ? 3 : 1));
    const Tiles tiles = tilesOf(gradient);
    const Tensor arriving = linearInput(gradient);
    const Tensor output = y.defined() ? linearInput(y) : y;
    const std::int64_t features = gradient.dim(1);
    const bool copies = output.defined() || gradient.dim(0) % tiles.tile != 0;
    LinearOutputGradient result{copies ? Tensor::batchTiled(gradient.shape(), tiles.tile) : arriving,
                                Tensor()};
    std::vector<double> sums(static_cast<std::size_t>(features), 0.0);
    const std::int64_t step = features * tiles.tile;
    float* const to = copies ? result.gradient.data<float>() : nullptr;
    parallelFor(
        0, features, grainFor(features, 4 * gradient.elements()), [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t t = 0; t < tiles.count; ++t)
                sparseKernels().maskGradient(
                    arriving.data<float>() + t * step, output.defined() ? dataOf(output) + t * step : nullptr,
                    to ? to + t * step : nullptr, sums.data(), tiles.tile, tiles.used(t), first, last);
        });
    if (wantsBias) result.bias = rounded(sums);
    return result;
}

bool suitsTiledLinear(const Tensor& x, const Tensor& weight) {
    return !x.onDevice() && x.rank() == 2 && x.tile() != 0 && x.dtype() == DType::F32 && weight.rank() == 2 &&
           weight.dtype() == DType::F32 && weight.dim(0) <= maximumDenseOutputs && weight.dim(1) == x.dim(1);
}

Tensor tiledLinear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool rectified) {
    const std::int64_t inputs = x.dim(1), outputs = weight.dim(0);
    if (!suitsTiledLinear(x, weight) || (bias.defined() && !(bias.shape() == Shape{outputs})))
        throw Error(ErrorKind::Run, "the shapes of a linear layer do not fit",
                    x.shape().text() + " and " + weight.shape().text());
    const profile::Operation timed(
        "linear", 2.0 * static_cast<double>(x.dim(0) * inputs * outputs),
        4.0 * static_cast<double>(x.elements() + weight.elements() + x.dim(0) * outputs));
    const Tiles tiles = tilesOf(x);
    const Tensor in = linearInput(x), w = weight.contiguous();
    const Tensor b = bias.defined() ? bias.contiguous() : bias;
    Tensor y = Tensor::batchTiled({x.dim(0), outputs}, tiles.tile);
    float* const to = y.data<float>();
    parallelFor(0, tiles.count, grainFor(tiles.count, 2 * x.elements() * outputs),
                [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t t = first; t < last; ++t)
                        sparseKernels().multiplyDense(
                            w.data<float>(), dataOf(b), rectified, in.data<float>() + t * inputs * tiles.tile,
                            to + t * outputs * tiles.tile, tiles.lanes(t), outputs, inputs);
                });
    return y;
}

TiledLinearGradients tiledLinearBackward(const Tensor& x, const Tensor& gradient, const Tensor& weight,
                                         InputGradient wanted) {
    const std::int64_t inputs = x.dim(1), outputs = weight.dim(0);
    if (!suitsTiledLinear(x, weight) || !(gradient.shape() == Shape{x.dim(0), outputs}))
        throw Error(ErrorKind::Run, "the gradient of a linear layer has the wrong shape",
                    gradient.shape().text());
    const profile::Operation timed(
        "linear gradient",
        (wanted != InputGradient::None ? 4.0 : 2.0) * static_cast<double>(x.dim(0) * inputs * outputs),
        4.0 * static_cast<double>(2 * x.elements() + 2 * weight.elements() + x.dim(0) * outputs));
    const Tiles tiles = tilesOf(x);
    const Tensor in = linearInput(x), dy = zeroPadded(linearInput(gradient)), w = weight.contiguous();
    TiledLinearGradients result;
    result.weight = tiles.count > 0 ? Tensor::empty(weight.shape()) : Tensor::zeros(weight.shape());
    if (wanted != InputGradient::None)
        result.x = wanted == InputGradient::Replacing ? in : Tensor::batchTiled(x.shape(), tiles.tile);
    std::vector<double> sums(isRectified(wanted) ? static_cast<std::size_t>(inputs) : 0);
    float* const dw = result.weight.data<float>();
    float* const dx = wanted != InputGradient::None ? result.x.data<float>() : nullptr;
    const SparseKernels& kernels = sparseKernels();
    const std::int64_t atOnce = tiles.tile == 64 ? kernels.tilesAtOnce : 1;
    parallelFor(
        0, inputs, grainFor(inputs, 4 * x.elements() * outputs), [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t t = 0; t < tiles.count; t += atOnce) {
                const std::int64_t n = std::min(atOnce, tiles.count - t), place = t * inputs * tiles.tile;
                kernels.multiplyDenseBackward(
                    w.data<float>(), in.data<float>() + place, dy.data<float>() + t * outputs * tiles.tile,
                    dx ? dx + place : nullptr, sums.empty() ? nullptr : sums.data(), dw, t > 0, n, tiles.tile,
                    tiles.vectors(t + n - 1), outputs, inputs, first, last);
            }
        });
    if (isRectified(wanted)) result.xSums = rounded(sums);
    return result;
}

Tensor featureSum(const Tensor& x) {
    if (DeviceKernels* const device = kernelsOf(x)) return device->featureSum(x);
    if (x.rank() < 2)
        throw Error(ErrorKind::Run, "featureSum needs a batch and a feature axis", x.shape().text());
    const profile::Operation timed("bias gradient", static_cast<double>(x.elements()),
                                   static_cast<double>(x.bytes()));
    const std::int64_t batch = x.dim(0);
    const std::int64_t features = x.dim(1);
    const std::int64_t pixels = batch * features > 0 ? x.elements() / (batch * features) : 0;
    Tensor result = Tensor::zeros({features}, x.dtype());
    const Tensor in = x.tile() ? x : x.contiguous();
    dispatchFloating(x.dtype(), "featureSum", [&](auto zero) {
        using T = decltype(zero);
        const T* const from = in.data<T>();
        T* const to = result.data<T>();
        const std::int64_t tile = in.tile() ? in.tile() : 1;
        parallelFor(0, features, std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, batch * pixels)),
                    [&](std::int64_t first, std::int64_t last) {
                        for (std::int64_t f = first; f < last; ++f) {
                            double sum = 0;
                            for (std::int64_t n = 0; n < batch; n += tile) {
                                const T* row = from + (n * features + f * tile) * pixels;
                                const std::int64_t lanes = std::min(tile, batch - n);
                                for (std::int64_t p = 0; p < pixels; ++p, row += tile) {
                                    T part = 0;
                                    for (std::int64_t lane = 0; lane < lanes; ++lane) part += row[lane];
                                    sum += static_cast<double>(part);
                                }
                            }
                            to[f] = static_cast<T>(sum);
                        }
                    });
    });
    return result;
}

}  // namespace filigree::backend
