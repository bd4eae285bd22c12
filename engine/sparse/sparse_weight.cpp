// SPDX-License-Identifier: Apache-2.0
#include "sparse/sparse_weight.h"

#include <algorithm>
#include <string>
#include <utility>

#include "autograd/elementwise.h"
#include "autograd/matmul.h"
#include "backend/elementwise.h"
#include "backend/matmul.h"
#include "backend/rewiring.h"
#include "backend/sparse_convolution.h"
#include "backend/sparse_linear.h"
#include "base/error.h"

namespace filigree::sparse {
SparseWeight::SparseWeight(std::string name, const Shape& denseShape, Topology topology, DType type)
    : name_(std::move(name)), denseShape_(denseShape) {
    const bool fits = denseShape.rank() >= 2 && denseShape[0] == topology.rows() &&
                      denseShape.elements() == topology.size();
    if (!fits)
        throw Error(ErrorKind::Run, "the pattern does not fit the sparse layer '" + name_ + "'",
                    denseShape.text() + " with a pattern of " + std::to_string(topology.rows()) + " x " +
                        std::to_string(topology.columns()));
    setTopology(std::move(topology));
    values_ = autograd::Variable(Tensor::zeros({topology_->edges()}, type), true);
    births_.assign(static_cast<std::size_t>(topology_->edges()), 0);
    activity_.add(*topology_);
}

void SparseWeight::setTopology(Topology topology, bool goesBack) {
    forward_.reset();
    // Devices have an order of their own.
    if (denseShape_.rank() == 2 && !(values_.defined() && values_.value().onDevice())) {
        schedule_ = std::make_shared<const backend::LinearSchedule>(
            goesBack ? backend::LinearSchedule(topology.pattern())
                     : backend::LinearSchedule::byRowsOnly(topology.pattern()));
        topology.dropColumnLists();
    }
    topology_ = std::make_shared<const Topology>(std::move(topology));
}

void SparseWeight::setForwardEdges(const Tensor& shown) {
    forward_.reset();
    // Devices go over all: they keep patterns with the lists of both sides.
    if (values_.value().onDevice()) return;
    const std::span<const std::uint8_t> each = shown.values<std::uint8_t>();
    const bool hides = std::find(each.begin(), each.end(), std::uint8_t{0}) != each.end();
    const bool goesBack = schedule_ ? schedule_->walksColumns() : topology_->hasColumnLists();
    if (goesBack == hides)
        setTopology(
            topology_->with(hides || schedule_ ? Topology::Lists::Rows : Topology::Lists::RowsAndColumns),
            !hides);
    if (hides) forward_ = std::make_shared<const ForwardPart>(*topology_, shown, denseShape_.rank() == 2);
}

std::int64_t SparseWeight::indexBytes() const {
    return topology_->bytes() + (schedule_ ? schedule_->bytes() : 0) + (forward_ ? forward_->bytes() : 0);
}

std::vector<std::int64_t> SparseWeight::rewire(Topology next, std::span<const std::uint32_t> reborn) {
    std::vector<std::int64_t> sources = edgeSources(*topology_, next);
    for (const std::uint32_t position : reborn)
        if (const auto edge = next.edgeAt(position)) sources[static_cast<std::size_t>(*edge)] = -1;
    ++round_;
    values_.mutableValue() = backend::rearrange(values_.value(), sources);
    adoptPattern(std::move(next), sources);
    return sources;
}

void SparseWeight::adopt(Topology next, std::span<const std::int64_t> sources) {
    ++round_;
    adoptPattern(std::move(next), sources);
}

void SparseWeight::adoptPattern(Topology next, std::span<const std::int64_t> sources) {
    setTopology(std::move(next));
    values_.clearGradient();
    if (!keepsHistory_) return;
    std::vector<std::int32_t> births(sources.size(), round_);
    for (std::size_t e = 0; e < sources.size(); ++e)
        if (sources[e] >= 0) births[e] = births_[static_cast<std::size_t>(sources[e])];
    births_ = std::move(births);
    activity_.add(*topology_);
}

void SparseWeight::forgetHistory() {
    keepsHistory_ = false;
    activity_ = {};
    births_ = {};
}

void SparseWeight::forgetInactive() {
    activity_.keepOnly(topology_->positions());
}

void SparseWeight::advanceRound() {
    ++round_;
    if (keepsHistory_) activity_.add(*topology_);
}

void SparseWeight::restore(Topology topology, Tensor values, Activity activity,
                           std::vector<std::int32_t> births, std::int32_t round) {
    const bool fits = topology.rows() == topology_->rows() && topology.columns() == topology_->columns() &&
                      values.shape() == Shape{topology.edges()} &&
                      values.dtype() == values_.value().dtype() &&
                      static_cast<std::int64_t>(births.size()) == (keepsHistory_ ? topology.edges() : 0) &&
                      activity.end() <= topology.size();
    if (!fits)
        throw Error(ErrorKind::Data, "the saved sparse layer does not fit this model",
                    "layer '" + name_ + "'",
                    "resume with the configuration that the checkpoint was made with");
    setTopology(std::move(topology));
    values_.mutableValue() = values.to(values_.value().device());
    values_.clearGradient();
    activity_ = std::move(activity);
    births_ = std::move(births);
    round_ = round;
}

Tensor SparseWeight::scatter(const Tensor& edgeValues) const {
    return backend::scatterEdges(edgeValues, topology_->pattern(), denseShape_);
}

Tensor SparseWeight::asDense(const Tensor& values) const {
    return isFull() && !values.onDevice() ? values.contiguous().reshape(denseShape_) : scatter(values);
}

Tensor SparseWeight::atEdges(const Tensor& dense) const {
    return isFull() && !dense.onDevice() ? dense.contiguous().reshape({topology_->edges()})
                                         : backend::gatherEdges(dense, topology_->pattern());
}

void SparseWeight::setCapturing(bool on) {
    capturing_ = on;
    captures_.clear();
}

void SparseWeight::requireCaptures() const {
    if (captures_.empty())
        throw Error(ErrorKind::Run, "no backward pass was captured for the dense gradient",
                    "layer '" + name_ + "'");
}

void SparseWeight::forDenseGradientRows(std::int64_t elements,
                                        const std::function<void(std::int64_t, const Tensor&)>& body) const {
    requireCaptures();
    const std::int64_t rows = topology_->rows(), columns = topology_->columns();
    const std::int64_t atOnce =
        std::clamp<std::int64_t>(elements / std::max<std::int64_t>(1, columns), 1, rows);
    std::vector<Capture> captures = captures_;
    const bool whole = atOnce == rows;
    // Brought into one order of memory once, not for every slab.
    if (!whole || denseShape_.rank() == 2)
        for (Capture& capture : captures) {
            capture.outputGradient = capture.outputGradient.contiguous();
            if (denseShape_.rank() == 2) capture.input = capture.input.contiguous();
        }
    Shape shape = denseShape_;
    for (std::int64_t first = 0; first < rows; first += atOnce) {
        const std::int64_t last = std::min(rows, first + atOnce);
        shape[0] = last - first;
        Tensor total;
        for (const Capture& capture : captures) {
            const Tensor slab = whole ? capture.outputGradient : capture.outputGradient.slice(1, first, last);
            const Tensor one = denseShape_.rank() == 2
                                   ? backend::matmul(slab, capture.input, true, false)
                                   : backend::convolutionWeightGradient(capture.input, slab.contiguous(),
                                                                        shape, capture.options);
            total = total.defined() ? backend::add(total, one) : one;
        }
        if (captures.size() > 1)
            total = backend::apply(backend::Unary::Scale, total, 1.0 / static_cast<double>(captures.size()));
        body(first, total.contiguous().reshape({last - first, columns}));
    }
}

Tensor SparseWeight::denseGradient() const {
    requireCaptures();
    Tensor total;
    for (const Capture& capture : captures_) {
        const Tensor one = denseShape_.rank() == 2
                               ? backend::matmul(capture.outputGradient, capture.input, true, false)
                               : backend::convolutionWeightGradient(capture.input, capture.outputGradient,
                                                                    denseShape_, capture.options);
        total = total.defined() ? backend::add(total, one) : one;
    }
    if (captures_.size() > 1)
        total = backend::apply(backend::Unary::Scale, total, 1.0 / static_cast<double>(captures_.size()));
    return total;
}

autograd::Variable SparseWeight::maskedLinear(const autograd::Variable& x,
                                              const std::shared_ptr<SparseWeight>& weight,
                                              const autograd::Variable& bias) {
    const autograd::Variable effective = weight->effective();
    const Tensor dense = weight->asDense(effective.value());
    return autograd::Variable::result(
        backend::linear(x.value(), dense, bias.defined() ? bias.value() : Tensor()), {x, effective, bias},
        [=](const Tensor& gradient, std::span<autograd::Variable> inputs) {
            const Tensor& in = inputs[0].value();
            if (weight->capturing_) weight->captures_.push_back({in, gradient, {}});
            if (inputs[2].needsGradient()) inputs[2].accumulate(backend::featureSum(gradient));
            if (inputs[0].needsGradient()) inputs[0].accumulate(backend::matmul(gradient, dense));
            inputs[1].accumulate(weight->atEdges(backend::matmul(gradient, in, true, false)));
        });
}

autograd::Variable linear(const autograd::Variable& x, const std::shared_ptr<SparseWeight>& weight,
                          const autograd::Variable& bias, bool rectified) {
    if (weight->execution() == Execution::MaskedDense) {
        const autograd::Variable y = SparseWeight::maskedLinear(x, weight, bias);
        return rectified ? autograd::relu(y) : y;
    }
    const std::shared_ptr<const Topology> topology = weight->topology_;
    const std::shared_ptr<const backend::LinearSchedule> owner = weight->schedule_;
    const backend::SparseSchedule schedule = owner ? owner->view() : backend::SparseSchedule{};
    const autograd::Variable effective = weight->effective();
    const Tensor values = effective.value();
    const Tensor in = backend::linearInput(x.value());
    const Tensor shift = bias.defined() ? bias.value() : Tensor();
    const std::shared_ptr<const ForwardPart> part = weight->skipsInForward() ? weight->forward_ : nullptr;
    const Tensor shown = part ? part->gather(values) : values;
    const Tensor y =
        part ? backend::sparseLinear(in, part->pattern(), part->schedule(), shown, shift, rectified)
             : backend::sparseLinear(in, topology->pattern(), schedule, values, shift, rectified);
    const auto left = rectified ? std::make_shared<autograd::RectifiedGradient>() : nullptr;
    if (left) left->output = y;
    autograd::Variable result = autograd::Variable::result(
        y, {x, effective, bias}, [=](const Tensor& arriving, std::span<autograd::Variable> inputs) {
            static_cast<void>(owner);  // keeps the schedule alive
            const bool isFinished =
                left && left->gradient.defined() && left->gradient.sharesStorageWith(arriving);
            auto [gradient, biasGradient] =
                isFinished ? backend::LinearOutputGradient{arriving, left->sums}
                           : backend::linearOutputGradient(arriving, left ? left->output : Tensor(),
                                                           inputs[2].needsGradient());
            if (left) *left = {};
            if (weight->capturing_) weight->captures_.push_back({inputs[0].value(), gradient, {}});
            if (inputs[2].needsGradient()) inputs[2].accumulate(std::move(biasGradient));
            const backend::InputGradient wanted = autograd::wantedInputGradient(inputs[0], in);
            auto gradients = part ? part->backward(in, gradient, *topology, schedule, shown, wanted)
                                  : backend::sparseLinearBackward(in, gradient, topology->pattern(), schedule,
                                                                  values, wanted);
            if (inputs[0].needsGradient())
                autograd::accumulateInputGradient(inputs[0], std::move(gradients.x),
                                                  std::move(gradients.xSums));
            inputs[1].accumulate(std::move(gradients.values));
        });
    result.setRectified(left);
    return result;
}

autograd::Variable conv2d(const autograd::Variable& x, const std::shared_ptr<SparseWeight>& weight,
                          const autograd::Variable& bias, const backend::Conv2dOptions& options) {
    const std::shared_ptr<const Topology> topology = weight->sharedTopology();
    const autograd::Variable effective = weight->effective();
    const Tensor values = effective.value();
    const Tensor biasValue = bias.defined() ? bias.value() : Tensor();
    const bool masked = weight->execution() == Execution::MaskedDense;
    const Tensor dense = masked ? weight->scatter(values) : Tensor();
    const ForwardPart* const part = weight->skipsInForward() ? weight->forward_.get() : nullptr;
    Tensor y = masked ? backend::convolution(x.value(), dense, biasValue, options)
               : part ? backend::sparseConvolution(x.value(), part->pattern(), weight->denseShape(),
                                                   part->gather(values), biasValue, options)
                      : backend::sparseConvolution(x.value(), topology->pattern(), weight->denseShape(),
                                                   values, biasValue, options);
    return autograd::Variable::result(
        std::move(y), {x, effective, bias},
        [=](const Tensor& gradient, std::span<autograd::Variable> inputs) {
            const Tensor& in = inputs[0].value();
            const Shape& shape = weight->denseShape();
            if (weight->capturing_) weight->captures_.push_back({in, gradient, options});
            if (inputs[2].needsGradient()) inputs[2].accumulate(backend::featureSum(gradient));
            if (masked) {
                if (inputs[0].needsGradient())
                    inputs[0].accumulate(
                        backend::convolutionInputGradient(gradient, dense, in.shape(), options));
                inputs[1].accumulate(backend::gatherEdges(
                    backend::convolutionWeightGradient(in, gradient, shape, options), topology->pattern()));
                return;
            }
            auto gradients = backend::sparseConvolutionBackward(in, gradient, topology->pattern(), shape,
                                                                values, options, inputs[0].needsGradient());
            if (inputs[0].needsGradient()) inputs[0].accumulate(std::move(gradients.x));
            inputs[1].accumulate(std::move(gradients.values));
        });
}

autograd::ConvolutionOperand convolutionOperand(const std::shared_ptr<SparseWeight>& weight,
                                                const backend::Conv2dOptions& options) {
    autograd::ConvolutionOperand operand{
        weight->effective(),
        weight->denseShape(),
        weight->topology().pattern(),
        weight->sharedTopology(),
        [weight, options](const Tensor& x, const std::function<Tensor()>& outputGradient) {
            if (weight->capturing_) weight->captures_.push_back({x, outputGradient(), options});
        },
        {}};
    if (weight->skipsInForward())
        operand.forward = {weight->forward_->pattern(), weight->forward_->gather(operand.values.value()),
                           weight->forward_};
    return operand;
}

}  // namespace filigree::sparse
