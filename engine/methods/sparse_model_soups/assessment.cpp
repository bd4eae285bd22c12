// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/assessment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/averaging.h"
#include "analysis/reliability.h"
#include "autograd/loss.h"
#include "base/error.h"
#include "data/corruption.h"
#include "data/load.h"
#include "data/loader.h"
#include "data/slice.h"
#include "train/model_factory.h"

namespace filigree::methods::sparse_model_soups {
namespace {

constexpr std::int64_t evaluationBatch = 500;

data::Dataset loadSplit(const config::Config& config, const data::SearchPath& folders, const char* split,
                        const char* limit) {
    data::LoadOptions options;
    options.planted.seed = static_cast<std::uint64_t>(config.integer("data.planted_seed"));
    options.planted.trapScale = config.real("data.trap_scale");
    options.limit = config.integer(limit);
    return data::load(config.text("data.name"), split, folders, options);
}

/// Whole batches in the order of the set.
std::vector<Tensor> calibrationBatches(const data::Dataset& train, const config::Config& config) {
    const std::int64_t size = config.integer("train.batch_size");
    data::Loader loader(train, size, 0, false, true);
    const double share = config.real("soup.recalibration_share");
    const auto count =
        static_cast<std::int64_t>(std::ceil(share * static_cast<double>(loader.batchesPerEpoch())));
    std::vector<Tensor> batches;
    std::vector<std::int32_t> labels(static_cast<std::size_t>(size));
    for (std::int64_t index = 0; index < count; ++index) {
        Shape shape{size};
        for (const std::int64_t axis : train.sampleShape) shape.append(axis);
        Tensor x = Tensor::empty(shape);
        loader.batch(0, index, x.values<float>(), labels);
        batches.push_back(std::move(x));
    }
    return batches;
}

std::vector<double> probabilities(nn::Module& model, const analysis::Samples& samples) {
    std::vector<double> all;
    for (const analysis::Samples::Batch& batch : samples.batches) {
        const Tensor logits = model.forward(autograd::Variable(batch.x)).value();
        const std::vector<double> values = logits.toDoubles();
        const auto classes = static_cast<std::size_t>(logits.dim(1));
        for (std::size_t first = 0; first < values.size(); first += classes) {
            const double largest =
                *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(first),
                                  values.begin() + static_cast<std::ptrdiff_t>(first + classes));
            double sum = 0;
            for (std::size_t c = 0; c < classes; ++c) sum += std::exp(values[first + c] - largest);
            for (std::size_t c = 0; c < classes; ++c)
                all.push_back(std::exp(values[first + c] - largest) / sum);
        }
    }
    return all;
}

std::vector<std::int32_t> labelsOf(const analysis::Samples& samples) {
    std::vector<std::int32_t> labels;
    for (const analysis::Samples::Batch& batch : samples.batches) {
        const auto some = batch.labels.values<std::int32_t>();
        labels.insert(labels.end(), some.begin(), some.end());
    }
    return labels;
}

std::size_t largestOf(const double* row, std::size_t classes) {
    return static_cast<std::size_t>(std::max_element(row, row + classes) - row);
}

double accuracyOf(const std::vector<double>& probabilities, const analysis::Samples& samples) {
    const auto labels = labelsOf(samples);
    const auto classes = static_cast<std::size_t>(samples.classes);
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
        right +=
            largestOf(probabilities.data() + i * classes, classes) == static_cast<std::size_t>(labels[i]);
    return static_cast<double>(right) / static_cast<double>(labels.size());
}

double lossOf(const std::vector<double>& probabilities, const analysis::Samples& samples) {
    const auto labels = labelsOf(samples);
    const auto classes = static_cast<std::size_t>(samples.classes);
    double sum = 0;
    for (std::size_t i = 0; i < labels.size(); ++i)
        sum -= std::log(std::max(probabilities[i * classes + static_cast<std::size_t>(labels[i])],
                                 std::numeric_limits<double>::min()));
    return sum / static_cast<double>(labels.size());
}

std::optional<train::StatisticsRule> ruleFrom(const std::string& name) {
    if (name == "none") return {};
    return name == "cumulative" ? train::StatisticsRule::Cumulative : train::StatisticsRule::Exponential;
}

bool isStatistic(const std::string& name) {
    return name.ends_with("running_mean") || name.ends_with("running_var");
}

}  // namespace

Assessor::Assessor(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders)
    : config_(config), rule_(ruleFrom(config.text("soup.recalibration"))) {
    config_.assign("model.dropout", 0.0, "assessment");
    const data::Dataset whole = loadSplit(config, folders, "train", "data.train_limit");
    const std::int64_t apart = config.integer("soup.validation_samples");
    if (whole.count() - apart < config.integer("train.batch_size"))
        throw Error(ErrorKind::Usage,
                    "of " + std::to_string(whole.count()) + " training samples, " + std::to_string(apart) +
                        " for validation leave less than a batch",
                    "soup.validation_samples", "keep fewer apart");
    train_ = data::slice(whole, 0, whole.count() - apart);
    layers_ = train::modelWeights(config_, train_);
    calibration_ = calibrationBatches(train_, config);
    validation_ =
        analysis::takeSamples(data::slice(whole, whole.count() - apart, apart), 0, evaluationBatch, 0);
    const data::Dataset test = loadSplit(config, folders, "test", "data.test_limit");
    test_ = analysis::takeSamples(test, 0, evaluationBatch, 0);
    if (const std::string& name = config.text("soup.corruption"); name != "none") {
        data::Corruption corruption =
            data::corruption(data::corruptionFrom(name), static_cast<int>(config.integer("soup.severity")));
        if (const double strength = config.real("soup.corruption_strength"); strength > 0)
            corruption.strength = strength;
        corrupted_ = analysis::takeSamples(data::corrupted(test, corruption, seed), 0, evaluationBatch, 0);
    }
}

std::unique_ptr<nn::Module> Assessor::asItIs(const analysis::SavedWeights& network) const {
    auto model = train::makeModel(config_, train_, analysis::unionOf({&network, 1}), 0);
    for (const auto& weight : model->sparseWeights())
        if (weight->denseShape().rank() == 2 && weight->topology().density() > 0.5)
            weight->setExecution(sparse::Execution::MaskedDense);
    analysis::setWeights(*model, network);
    model->setTraining(false);
    return model;
}

std::unique_ptr<nn::Module> Assessor::recalibrated(const analysis::SavedWeights& network) const {
    auto model = asItIs(network);
    if (rule_) train::recalibrate(*model, calibration_, *rule_);
    return model;
}

double Assessor::accuracyAsItIs(const analysis::SavedWeights& network) const {
    const autograd::NoGradient noTape;
    return accuracyOf(probabilities(*asItIs(network), test_), test_);
}

Assessment Assessor::assess(const analysis::SavedWeights& network) const {
    const autograd::NoGradient noTape;
    const auto model = recalibrated(network);
    Assessment result{network, {}, {}, 0};
    double squares = 0;
    for (const auto& [name, buffer] : model->buffers()) {
        if (!isStatistic(name)) continue;
        const std::vector<double> before = network.dense.at(name).toDoubles(), after = buffer.toDoubles();
        for (std::size_t i = 0; i < after.size(); ++i) squares += std::pow(after[i] - before[i], 2);
        result.weights.dense[name] = Tensor::from(after, buffer.shape()).to(buffer.dtype());
    }
    result.statisticsDrift = std::sqrt(squares);
    result.predictions.validation = probabilities(*model, validation_);
    result.predictions.test = probabilities(*model, test_);
    if (corrupted_) result.predictions.corrupted = probabilities(*model, *corrupted_);
    result.figures = figuresOf(result.predictions);
    return result;
}

double Assessor::loss(const analysis::SavedWeights& network) const {
    const autograd::NoGradient noTape;
    return lossOf(probabilities(*recalibrated(network), test_), test_);
}

analysis::MixtureLoss Assessor::mixtureLoss(std::span<const analysis::SavedWeights> networks,
                                            std::span<const double> coefficients) const {
    const auto model = [&] {
        const autograd::NoGradient noTape;
        return recalibrated(analysis::combination(networks, coefficients));
    }();
    analysis::MixtureLoss result{0, std::vector<double>(networks.size(), 0.0)};
    for (const analysis::Samples::Batch& batch : validation_.batches) {
        autograd::Variable loss =
            autograd::crossEntropy(model->forward(autograd::Variable(batch.x)), batch.labels);
        const double share =
            static_cast<double>(batch.labels.elements()) / static_cast<double>(validation_.count);
        result.loss += share * loss.value().item();
        loss.backward(Tensor::full({}, share));
    }
    for (const nn::Parameter& parameter : model->parameters()) {
        if (!parameter.variable.gradient().defined()) continue;
        const std::vector<double> gradient = parameter.variable.gradient().toDoubles();
        const std::string layer = parameter.name.substr(0, parameter.name.rfind('.'));
        for (std::size_t n = 0; n < networks.size(); ++n) {
            const auto sparse = networks[n].sparse.find(layer);
            const bool isSparse = sparse != networks[n].sparse.end() && parameter.name == layer + ".weight";
            const std::vector<double> values =
                isSparse ? sparse->second.values : networks[n].dense.at(parameter.name).toDoubles();
            for (std::size_t i = 0; i < values.size(); ++i) result.gradient[n] += gradient[i] * values[i];
        }
    }
    return result;
}

Figures Assessor::figuresOf(const Predictions& predictions) const {
    Figures figures;
    figures.validationAccuracy = accuracyOf(predictions.validation, validation_);
    figures.accuracy = accuracyOf(predictions.test, test_);
    figures.loss = lossOf(predictions.test, test_);
    figures.corruptedAccuracy = corrupted_ ? accuracyOf(predictions.corrupted, *corrupted_)
                                           : std::numeric_limits<double>::quiet_NaN();
    const auto labels = labelsOf(test_);
    const auto classes = static_cast<std::size_t>(test_.classes);
    std::vector<double> confidence;
    std::vector<std::uint8_t> correct;
    std::vector<double> count(classes, 0), right(classes, 0);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const double* row = predictions.test.data() + i * classes;
        const std::size_t chosen = largestOf(row, classes);
        const auto truth = static_cast<std::size_t>(labels[i]);
        confidence.push_back(row[chosen]);
        correct.push_back(chosen == truth);
        ++count[truth];
        right[truth] += chosen == truth;
    }
    const analysis::CalibrationError error = analysis::calibrationError(confidence, correct);
    figures.expectedCalibrationError = error.expected;
    figures.maximumCalibrationError = error.maximum;
    figures.worstClass = 1;
    for (std::size_t c = 0; c < classes; ++c)
        if (count[c] > 0) figures.worstClass = std::min(figures.worstClass, right[c] / count[c]);
    return figures;
}

Figures Assessor::ensemble(const std::vector<const Predictions*>& members) const {
    Predictions mean;
    const auto add = [&](std::vector<double>& sum, const std::vector<double>& values) {
        sum.resize(values.size(), 0);
        for (std::size_t i = 0; i < values.size(); ++i)
            sum[i] += values[i] / static_cast<double>(members.size());
    };
    for (const Predictions* member : members) {
        add(mean.validation, member->validation);
        add(mean.test, member->test);
        add(mean.corrupted, member->corrupted);
    }
    return figuresOf(mean);
}

}  // namespace filigree::methods::sparse_model_soups
