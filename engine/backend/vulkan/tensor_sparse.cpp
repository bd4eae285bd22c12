// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/tensor_device.h"

/// TensorDevice: products with sparse weights, and their rewiring.
namespace filigree::vulkan {
namespace {

std::uint64_t u64(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

}  // namespace

/// A pattern as it lies on this device.
struct TensorDevice::PatternHere {
    const TensorDevice* owner = nullptr;
    DevicePattern pattern;
    Array
        rounds;  ///< per position, in how many rounds it was active; made by the first round that asks for it
};

TensorDevice::PatternHere& TensorDevice::patternOf(const backend::SparsePattern& pattern) {
    if (!pattern.copies) throw Error(ErrorKind::Run, "a device needs a pattern that has an owner");
    auto* here = static_cast<PatternHere*>(pattern.copies->device.get());
    if (!here || here->owner != this) {
        auto made = std::make_shared<PatternHere>();
        made->owner = this;
        made->pattern = DevicePattern::upload(*stream_, pattern, "pattern");
        here = made.get();
        pattern.copies->device = std::move(made);
    }
    return *here;
}

Tensor TensorDevice::linearInput(const Tensor& x) {
    return x.rank() == 2 ? tiled(x) : plain(x);
}

Tensor TensorDevice::sparseLinear(const Tensor& x, const backend::SparsePattern& pattern,
                                  const Tensor& values, const Tensor& bias, bool rectified) {
    const Tensor in = tiled(x), w = contiguous(values), b = bias.defined() ? contiguous(bias) : bias;
    Tensor y = Tensor::batchTiled({x.dim(0), pattern.rows}, in.tile(), self(), "output of a sparse layer");
    const View terms = b.defined() ? view(b) : View();
    vulkan::sparseLinear(*stream_, layoutOf(in), patternOf(pattern).pattern, view(w), view(in),
                         b.defined() ? &terms : nullptr, view(y), rectified);
    return y;
}

backend::SparseLinearGradients TensorDevice::sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                                                  const backend::SparsePattern& pattern,
                                                                  const Tensor& values,
                                                                  backend::InputGradient wanted) {
    const Tensor in = tiled(x), dy = tiled(gradient, in.tile()), w = contiguous(values);
    const DevicePattern& here = patternOf(pattern).pattern;
    backend::SparseLinearGradients result;
    result.values = Tensor::empty({pattern.edges()}, DType::F32, self(), "gradient of a sparse weight");
    sparseLinearValueGradient(*stream_, layoutOf(in), here, view(in), view(dy), view(result.values));
    if (wanted == backend::InputGradient::None) return result;
    result.x = Tensor::batchTiled(x.shape(), in.tile(), self(), "input gradient of a sparse layer");
    sparseLinearInputGradient(*stream_, layoutOf(in), here, view(w), view(dy), view(result.x));
    if (wanted != backend::InputGradient::Plain) {
        const View dx = view(result.x);
        vulkan::applyDerivative(*stream_, Unary::Relu, dx, view(in), view(in), dx);
        result.xSums = featureSum(result.x);
    }
    return result;
}

backend::LinearOutputGradient TensorDevice::linearOutputGradient(const Tensor& gradient, const Tensor& y,
                                                                 bool wantsBias) {
    backend::LinearOutputGradient result;
    result.gradient = y.defined() ? applyDerivative(Unary::Relu, gradient, y, y, 0, 0) : tiled(gradient);
    if (wantsBias) result.bias = featureSum(result.gradient);
    return result;
}

Tensor TensorDevice::sparseConvolution(const Tensor& x, const backend::SparsePattern& pattern,
                                       const Shape& weightShape, const Tensor& values, const Tensor& bias,
                                       const backend::Conv2dOptions& options) {
    const Shape shape = backend::convolutionShape("sparse convolution", x.shape(), weightShape, options);
    const Tensor in = tiled(x), w = contiguous(values), b = bias.defined() ? contiguous(bias) : bias;
    Tensor y = Tensor::batchTiled(shape, in.tile(), self(), "output of a sparse convolution");
    const View terms = b.defined() ? view(b) : View();
    vulkan::sparseConvolution(*stream_, windowOf(x.shape(), in.tile(), weightShape, options),
                              patternOf(pattern).pattern, view(w), view(in), b.defined() ? &terms : nullptr,
                              view(y));
    return y;
}

backend::SparseConvolutionGradients TensorDevice::sparseConvolutionBackward(
    const Tensor& x, const Tensor& gradient, const backend::SparsePattern& pattern, const Shape& weightShape,
    const Tensor& values, const backend::Conv2dOptions& options, bool wantsInput) {
    const Tensor in = tiled(x), dy = tiled(gradient, in.tile()), w = contiguous(values);
    const DevicePattern& here = patternOf(pattern).pattern;
    const WindowShape window = windowOf(x.shape(), in.tile(), weightShape, options);
    backend::SparseConvolutionGradients result;
    result.values = Tensor::empty({pattern.edges()}, DType::F32, self(), "gradient of a sparse filter");
    sparseConvolutionValueGradient(*stream_, window, here, view(in), view(dy), view(result.values));
    if (!wantsInput) return result;
    result.x = Tensor::batchTiled(x.shape(), in.tile(), self(), "input gradient of a sparse convolution");
    sparseConvolutionInputGradient(*stream_, window, here, view(w), view(dy), view(result.x));
    return result;
}

Tensor TensorDevice::rearrange(const Tensor& values, std::span<const std::int64_t> source) {
    std::vector<std::int32_t> from(source.begin(), source.end());  // -1 is what the kernel takes for "new"
    const Tensor places = Tensor::from(from, {static_cast<std::int64_t>(from.size())}).to(self());
    Tensor result = Tensor::empty(places.shape(), values.dtype(), self(), "rearranged values");
    const Tensor old = contiguous(values);
    if (!source.empty()) vulkan::rearrange(*stream_, view(places), view(old), view(result));
    return result;
}

Tensor TensorDevice::scatterEdges(const Tensor& values, const backend::SparsePattern& pattern,
                                  const Shape& shape) {
    Tensor result = Tensor::empty(shape, DType::F32, self(), "dense copy of a sparse weight");
    result.fill(0);
    const Tensor w = contiguous(values);
    vulkan::scatterEdges(*stream_, patternOf(pattern).pattern, view(w), view(result));
    return result;
}

Tensor TensorDevice::gatherEdges(const Tensor& dense, const backend::SparsePattern& pattern) {
    Tensor result = Tensor::empty({pattern.edges()}, DType::F32, self(), "gradient of a sparse weight");
    const Tensor all = contiguous(dense);
    vulkan::gatherEdges(*stream_, patternOf(pattern).pattern, view(all), view(result));
    return result;
}

backend::EdgeRound TensorDevice::rewire(const backend::EdgeRoundRequest& request) {
    PatternHere& here = patternOf(request.pattern);
    DevicePattern& pattern = here.pattern;
    const std::uint64_t positions = pattern.rows * pattern.columns, edges = pattern.edges();
    if (!rewiring_ || positions > mostPositions_ || edges > mostEdges_) {
        mostPositions_ = std::max(mostPositions_, positions);
        mostEdges_ = std::max(mostEdges_, edges);
        rewiring_.reset();
        rewiring_ = std::make_unique<Rewiring>(*stream_, mostPositions_, mostEdges_);
    }
    const bool explores = request.bonus != 0 || request.bonusPerGradient != 0 || request.fewestRoundsFirst;
    if (explores && !here.rounds) {
        std::vector<std::uint32_t> rounds(positions);
        for (std::size_t i = 0; i < request.seen.size(); ++i) rounds[request.seen[i]] = request.rounds[i];
        here.rounds = stream_->upload(std::span<const std::uint32_t>(rounds), "rounds of each position");
    }
    RoundStep step;
    step.moved = u64(request.moved);
    step.regrow = request.keepsRegrown     ? Regrow::Keep
                  : request.forbidsRegrown ? Regrow::Forbid
                                           : Regrow::Reset;
    step.bonus = static_cast<float>(request.bonus);
    step.eps = static_cast<float>(request.eps);
    step.fewestFirst = request.fewestRoundsFirst;
    step.dropsByGradient = request.dropsByGradient;
    const Tensor gradient = contiguous(request.gradient);
    const View slopes = view(gradient), rounds = here.rounds;
    std::vector<View> states;
    for (const Tensor& state : request.states) states.push_back(view(state));
    const Rewiring::Figures figures =
        rewiring_->runMeasured(*stream_, step, request.bonusPerGradient, pattern, &slopes,
                               view(request.values), states, here.rounds ? &rounds : nullptr);

    backend::EdgeRound told;
    told.droppedMagnitude = figures.droppedMagnitude;
    told.grownGradient = figures.grownGradient;
    told.topGradient = figures.topGradient;
    told.largestGradient = figures.largestGradient;
    told.bonus = figures.bonus;
    const auto row = stream_->read<std::uint32_t>(pattern.row),
               column = stream_->read<std::uint32_t>(pattern.column);
    told.positions.resize(edges);
    for (std::size_t e = 0; e < edges; ++e)
        told.positions[e] = row[e] * static_cast<std::uint32_t>(pattern.columns) + column[e];
    const auto source = stream_->read<std::uint32_t>(rewiring_->sources().part(0, edges));
    told.source.resize(edges);
    for (std::size_t e = 0; e < edges; ++e)
        told.source[e] = source[e] == ~std::uint32_t{0} ? -1 : static_cast<std::int64_t>(source[e]);
    const auto dropped = stream_->read<std::uint32_t>(rewiring_->dropped().part(0, edges));
    for (std::uint32_t e = 0; e < edges; ++e)
        if (dropped[e] != 0) told.dropped.push_back(e);
    // The old pattern is no longer on the device.
    told.pattern = std::exchange(request.pattern.copies->device, nullptr);
    return told;
}

}  // namespace filigree::vulkan
