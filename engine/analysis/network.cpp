// SPDX-License-Identifier: Apache-2.0
#include "analysis/network.h"

#include <algorithm>

#include "autograd/loss.h"
#include "backend/reduction.h"
#include "base/error.h"

namespace filigree::analysis {
namespace {

/// The class with the largest logit of each row.
std::vector<std::int64_t> predicted(const Tensor& logits) {
    const Tensor chosen = backend::argmax(logits, 1).contiguous();
    const auto values = chosen.values<std::int64_t>();
    return {values.begin(), values.end()};
}

}  // namespace

const char* nameOf(Statistics statistics) {
    switch (statistics) {
        case Statistics::Recomputed:
            return "recomputed";
        case Statistics::Running:
            return "running";
        case Statistics::Batch:
            return "batch";
    }
    return "";
}

Evaluation ClassEvaluation::overall() const {
    double samples = 0, right = 0, sum = 0;
    for (std::size_t c = 0; c < count.size(); ++c) {
        samples += static_cast<double>(count[c]);
        right += static_cast<double>(correct[c]);
        sum += loss[c] * static_cast<double>(count[c]);
    }
    return samples > 0 ? Evaluation{sum / samples, right / samples} : Evaluation{};
}

Network::Network(std::unique_ptr<nn::Module> model, DType type) : model_(std::move(model)), type_(type) {
    model_->setTraining(false);
    model_->setStatisticsMomentum(1);
    layout_ = layoutOf(*model_);
    for (nn::Parameter& parameter : model_->parameters()) {
        if (parameter.variable.value().dtype() != type_) {
            Tensor converted = parameter.variable.value().to(type_);
            parameter.variable.mutableValue() = std::move(converted);
        }
        variables_.push_back(parameter.variable);
    }
    const auto buffers = model_->buffers();
    for (std::size_t i = 0; i + 1 < buffers.size(); ++i)
        if (buffers[i].first.ends_with("running_mean") && buffers[i + 1].first.ends_with("running_var"))
            running_.push_back({buffers[i].second, buffers[i + 1].second});
}

Point Network::point() const {
    Point point(layout_.size);
    for (std::size_t b = 0; b < variables_.size(); ++b) {
        const std::vector<double> values = variables_[b].value().toDoubles();
        std::copy(values.begin(), values.end(),
                  point.begin() + static_cast<std::ptrdiff_t>(layout_.blocks[b].offset));
    }
    return point;
}

void Network::moveTo(std::span<const double> point) {
    if (point.size() != layout_.size)
        throw Error(ErrorKind::Run, "a point has " + std::to_string(point.size()) + " values, the network " +
                                        std::to_string(layout_.size));
    for (std::size_t b = 0; b < variables_.size(); ++b) {
        const auto from = point.subspan(layout_.blocks[b].offset, layout_.blocks[b].size);
        // A tensor of its own: the tape of an earlier pass may hold the last one.
        Tensor value = Tensor::empty(variables_[b].shape(), type_);
        dispatchFloating(type_, "moveTo", [&](auto zero) {
            using T = decltype(zero);
            const auto to = value.values<T>();
            for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<T>(from[i]);
        });
        variables_[b].mutableValue() = std::move(value);
    }
}

void Network::setRunning(const SavedWeights& weights) {
    for (auto& [name, buffer] : model_->buffers()) {
        const auto found = weights.dense.find(name);
        if (found == weights.dense.end() || !(found->second.shape() == buffer.shape()))
            throw Error(ErrorKind::Data, "the checkpoint lacks the statistics '" + name + "'", {},
                        "choose another checkpoint");
        buffer.copyFrom(found->second);
    }
}

void Network::recompute(const Samples& calibration) {
    if (running_.empty()) return;
    const autograd::NoGradient noTape;
    model_->setTraining(true);
    std::vector<std::vector<double>> means(running_.size()), squares(running_.size()),
        variances(running_.size());
    double total = 0;
    for (const Samples::Batch& batch : calibration.batches) {
        model_->forward(autograd::Variable(batch.x));
        const auto weight = static_cast<double>(batch.x.dim(0));
        total += weight;
        for (std::size_t n = 0; n < running_.size(); ++n) {
            const std::vector<double> mean = running_[n].mean.toDoubles();
            const std::vector<double> variance = running_[n].variance.toDoubles();
            means[n].resize(mean.size());
            squares[n].resize(mean.size());
            variances[n].resize(mean.size());
            for (std::size_t c = 0; c < mean.size(); ++c) {
                means[n][c] += weight * mean[c];
                squares[n][c] += weight * mean[c] * mean[c];
                variances[n][c] += weight * variance[c];
            }
        }
    }
    model_->setTraining(false);
    for (std::size_t n = 0; n < running_.size(); ++n)
        for (std::size_t c = 0; c < means[n].size(); ++c) {
            const double mean = means[n][c] / total;
            running_[n].mean.data<float>()[c] = static_cast<float>(mean);
            running_[n].variance.data<float>()[c] = static_cast<float>(
                variances[n][c] / total + std::max(0.0, squares[n][c] / total - mean * mean));
        }
}

void Network::prepare(Statistics statistics, const Samples* calibration) {
    const bool ofTheBatch =
        statistics == Statistics::Batch || (statistics == Statistics::Recomputed && !calibration);
    if (statistics == Statistics::Recomputed && calibration) recompute(*calibration);
    model_->setTraining(ofTheBatch && hasBatchNorm());
}

Evaluation Network::evaluate(const Samples& samples, Statistics statistics, const Samples* calibration) {
    const autograd::NoGradient noTape;
    prepare(statistics, calibration);
    double loss = 0;
    std::int64_t correct = 0;
    for (const Samples::Batch& batch : samples.batches) {
        const autograd::Variable logits = model_->forward(autograd::Variable(batch.x));
        const auto count = static_cast<double>(batch.labels.dim(0));
        loss += autograd::crossEntropy(logits, batch.labels).value().item() * count;
        const auto classes = predicted(logits.value());
        const auto truth = batch.labels.values<std::int32_t>();
        for (std::size_t i = 0; i < truth.size(); ++i) correct += classes[i] == truth[i];
    }
    model_->setTraining(false);
    const auto count = static_cast<double>(samples.count);
    return {loss / count, static_cast<double>(correct) / count};
}

ClassEvaluation Network::evaluateClasses(const Samples& samples, Statistics statistics,
                                         const Samples* calibration) {
    const autograd::NoGradient noTape;
    prepare(statistics, calibration);
    const auto classes = static_cast<std::size_t>(samples.classes);
    ClassEvaluation result{std::vector<std::int64_t>(classes), std::vector<std::int64_t>(classes),
                           std::vector<double>(classes)};
    for (const Samples::Batch& batch : samples.batches) {
        const autograd::Variable logits = model_->forward(autograd::Variable(batch.x));
        const std::vector<double> losses =
            autograd::crossEntropy(logits, batch.labels, 0, autograd::Reduction::None).value().toDoubles();
        const auto chosen = predicted(logits.value());
        const auto truth = batch.labels.values<std::int32_t>();
        for (std::size_t i = 0; i < truth.size(); ++i) {
            const auto c = static_cast<std::size_t>(truth[i]);
            ++result.count[c];
            result.correct[c] += chosen[i] == truth[i];
            result.loss[c] += losses[i];
        }
    }
    model_->setTraining(false);
    for (std::size_t c = 0; c < classes; ++c)
        if (result.count[c] > 0) result.loss[c] /= static_cast<double>(result.count[c]);
    return result;
}

double Network::gradient(const Samples& samples, Statistics statistics, std::span<double> out) {
    if (statistics == Statistics::Recomputed)
        throw Error(ErrorKind::Run,
                    "a gradient is taken with the statistics of each batch or the running ones");
    prepare(statistics, nullptr);
    for (autograd::Variable& variable : variables_) variable.clearGradient();
    double loss = 0;
    std::fill(out.begin(), out.end(), 0);
    for (const Samples::Batch& batch : samples.batches) {
        const double share = static_cast<double>(batch.labels.dim(0)) / static_cast<double>(samples.count);
        autograd::Variable mean =
            autograd::crossEntropy(model_->forward(autograd::Variable(batch.x)), batch.labels);
        loss += share * mean.value().item();
        mean.backward();
        for (std::size_t b = 0; b < variables_.size(); ++b) {
            const Tensor& gradient = variables_[b].gradient();
            if (!gradient.defined()) continue;
            const std::vector<double> values = gradient.toDoubles();
            double* const to = out.data() + layout_.blocks[b].offset;
            for (std::size_t i = 0; i < values.size(); ++i) to[i] += share * values[i];
            variables_[b].clearGradient();
        }
    }
    model_->setTraining(false);
    return loss;
}

}  // namespace filigree::analysis
