// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/mlp_step.h"

#include <algorithm>
#include <array>

#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/loss.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/reduction.h"
#include "backend/vulkan/shape.h"

namespace filigree::vulkan {
namespace {

/// Parts of an array can be bound where they begin at such a multiple.
std::uint64_t aligned(std::uint64_t count) {
    return ceilDivide(count, Array::alignment) * Array::alignment;
}

std::uint64_t weightsOf(const MlpLayer& layer) {
    return layer.pattern ? layer.pattern->column.size() : layer.inputs * layer.outputs;
}

}  // namespace

MlpStep::MlpStep(Stream& stream, const std::vector<MlpLayer>& layers, std::uint64_t batch)
    : stream_(stream), layout_{batch, batch >= 64 ? 64U : 32U} {
    std::uint64_t biases = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const MlpLayer& layer = layers[l];
        const bool follows = l == 0 || layers[l - 1].outputs == layer.inputs;
        const bool fits =
            !layer.pattern || (layer.pattern->rows == static_cast<std::int64_t>(layer.outputs) &&
                               layer.pattern->columns == static_cast<std::int64_t>(layer.inputs));
        if (!follows || !fits)
            throw Error(ErrorKind::Run, "the layers of a network do not fit each other",
                        "layer '" + layer.name + "'");
        weightCount_ += aligned(weightsOf(layer));
        biases += aligned(layer.outputs);
    }
    if (layers.empty() || batch == 0) throw Error(ErrorKind::Run, "a network needs layers and a batch");
    parameters_ = stream.make(weightCount_ + biases, "parameters");
    gradient_ = stream.make(weightCount_ + biases, "parameters.gradient");
    momentum_ = stream.make(weightCount_ + biases, "parameters.momentum");
    for (const Array* all : {&parameters_, &gradient_, &momentum_}) stream.fill(*all, 0);
    std::uint64_t weight = 0, bias = weightCount_;
    for (const MlpLayer& layer : layers) {
        Layer made;
        made.name = layer.name;
        made.inputs = layer.inputs;
        made.outputs = layer.outputs;
        if (layer.pattern)
            made.pattern =
                std::make_unique<DevicePattern>(DevicePattern::upload(stream, *layer.pattern, layer.name));
        const std::uint64_t count = weightsOf(layer);
        made.values = parameters_.view().part(weight, count);
        made.valuesGradient = gradient_.view().part(weight, count);
        made.valuesMomentum = momentum_.view().part(weight, count);
        made.bias = parameters_.view().part(bias, layer.outputs);
        made.biasGradient = gradient_.view().part(bias, layer.outputs);
        weight += aligned(count);
        bias += aligned(layer.outputs);
        made.output = stream.make(layout_.count(layer.outputs), layer.name + ".output");
        made.outputGradient = stream.make(layout_.count(layer.outputs), layer.name + ".output_gradient");
        layers_.push_back(std::move(made));
    }
    samples_ = stream.make(batch * layers.front().inputs, "samples");
    input_ = stream.make(layout_.count(layers.front().inputs), "input");
    labels_ = stream.make(batch, "labels");
    losses_ = stream.make(batch, "losses");
    correct_ = stream.make(batch, "correct");
    lossSum_ = stream.make(1, "loss");
    correctSum_ = stream.make(1, "correct");
}

void MlpStep::setParameters(std::size_t layer, std::span<const float> values, std::span<const float> bias) {
    stream_.write(layers_[layer].values, values);
    stream_.write(layers_[layer].bias, bias);
}

std::vector<float> MlpStep::values(std::size_t layer) {
    return stream_.read<float>(layers_[layer].values);
}

std::vector<float> MlpStep::bias(std::size_t layer) {
    return stream_.read<float>(layers_[layer].bias);
}

void MlpStep::forward() {
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        const Layer& layer = layers_[l];
        const bool relu = l + 1 < layers_.size();
        if (layer.pattern)
            sparseLinear(stream_, layout_, *layer.pattern, layer.values, input(l), &layer.bias, layer.output,
                         relu);
        else
            linear(stream_, layout_, layer.inputs, layer.outputs, input(l), layer.values, &layer.bias,
                   layer.output, relu);
    }
}

void MlpStep::backward() {
    for (std::size_t l = layers_.size(); l-- > 0;) {
        const Layer& layer = layers_[l];
        const View dy = layer.outputGradient;
        if (layer.pattern)
            sparseLinearValueGradient(stream_, layout_, *layer.pattern, input(l), dy, layer.valuesGradient);
        else
            linearWeightGradient(stream_, layout_, layer.inputs, layer.outputs, input(l), dy,
                                 layer.valuesGradient);
        featureSum(stream_, {layout_, layer.outputs}, dy, layer.biasGradient);
        if (l == 0) break;
        const View dx = layers_[l - 1].outputGradient, y = layers_[l - 1].output;
        if (layer.pattern)
            sparseLinearInputGradient(stream_, layout_, *layer.pattern, layer.values, dy, dx);
        else
            linearInputGradient(stream_, layout_, layer.inputs, layer.outputs, dy, layer.values, dx);
        applyDerivative(stream_, backend::Unary::Relu, dx, y, y, dx);
    }
}

void MlpStep::optimize(const SgdStep& step) {
    if (step.pull == 0.0F && step.shrink == 1.0F) {
        sgd(stream_, step, parameters_, gradient_, momentum_);
        return;
    }
    // Biases do not decay.
    SgdStep plain = step;
    plain.pull = 0;
    plain.shrink = 1;
    const std::uint64_t biases = parameters_.count() - weightCount_;
    const auto weights = [&](const Array& all) { return all.view().part(0, weightCount_); };
    const auto rest = [&](const Array& all) { return all.view().part(weightCount_, biases); };
    sgd(stream_, step, weights(parameters_), weights(gradient_), weights(momentum_));
    sgd(stream_, plain, rest(parameters_), rest(gradient_), rest(momentum_));
}

void MlpStep::learn(std::span<const float> x, std::span<const std::uint32_t> labels, float labelSmoothing) {
    const std::uint64_t classes = layers_.back().outputs;
    for (const std::uint32_t label : labels)
        if (label >= classes)
            throw Error(ErrorKind::Run, "label " + std::to_string(label) + " is not one of " +
                                            std::to_string(classes) + " classes");
    stream_.write(samples_, x);
    stream_.write(labels_, labels);
    tile(stream_, samples_, input_, layout_, layers_.front().inputs);
    forward();
    const auto share = 1 / static_cast<float>(layout_.batch);
    crossEntropy(stream_, layout_, classes, layers_.back().output, labels_, labelSmoothing, share, losses_,
                 correct_, layers_.back().outputGradient);
    sum(stream_, losses_, 1, layout_.batch, 1, lossSum_, share);
    sum(stream_, correct_, 1, layout_.batch, 1, correctSum_, share);
    backward();
}

void MlpStep::step(std::span<const float> x, std::span<const std::uint32_t> labels, const SgdStep& optimizer,
                   float labelSmoothing) {
    learn(x, labels, labelSmoothing);
    optimize(optimizer);
    stream_.submit();
}

MlpLoss MlpStep::loss() {
    std::array<float, 1> loss{}, correct{};
    stream_.read(lossSum_, std::span<float>(loss));
    stream_.read(correctSum_, std::span<float>(correct));
    return {static_cast<double>(loss[0]), static_cast<double>(correct[0])};
}

void MlpStep::rewire(std::size_t index, const RoundStep& step) {
    Layer& layer = layers_[index];
    if (!layer.pattern)
        throw Error(ErrorKind::Run, "a dense layer is not rewired", "layer '" + layer.name + "'");
    if (!rewiring_) {
        std::uint64_t positions = 0, edges = 0;
        for (const Layer& one : layers_) {
            if (!one.pattern) continue;
            positions = std::max(positions, one.inputs * one.outputs);
            edges = std::max(edges, one.pattern->edges());
        }
        rewiring_ = std::make_unique<Rewiring>(stream_, positions, edges);
        denseGradient_ = stream_.make(positions, "dense gradient");
    }
    const View gradient = denseGradient_.view().part(0, layer.inputs * layer.outputs);
    if (!step.random)
        linearWeightGradient(stream_, layout_, layer.inputs, layer.outputs, input(index),
                             layer.outputGradient, gradient);
    if (step.bonus != 0.0F && !layer.rounds) {
        // The first pattern counts as one round.
        layer.rounds = stream_.make(layer.inputs * layer.outputs, layer.name + ".rounds");
        const auto row = stream_.read<std::uint32_t>(layer.pattern->row),
                   column = stream_.read<std::uint32_t>(layer.pattern->column);
        std::vector<std::uint32_t> rounds(layer.rounds.count());
        for (std::size_t e = 0; e < row.size(); ++e) rounds[row[e] * layer.inputs + column[e]] = 1;
        stream_.write(layer.rounds, std::span<const std::uint32_t>(rounds));
    }
    const View rounds = layer.rounds;
    const std::array states{layer.valuesMomentum};
    rewiring_->run(stream_, step, *layer.pattern, step.random ? nullptr : &gradient, layer.values, states,
                   layer.rounds ? &rounds : nullptr);
}

}  // namespace filigree::vulkan
