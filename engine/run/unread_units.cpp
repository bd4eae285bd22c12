// SPDX-License-Identifier: Apache-2.0
#include "run/unread_units.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/confusion.h"
#include "analysis/latency.h"
#include "analysis/unread_units.h"
#include "base/error.h"
#include "base/parallel.h"
#include "train/model_factory.h"

namespace filigree::run {
namespace {

using analysis::SavedWeights;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t evaluationBatch = 128;

/// The settings of [model] that have these layers, "key = value" each.
std::vector<std::string> modelSettings(const config::Config& config,
                                       const std::vector<nn::LayerWeight>& layers) {
    const auto list = [](const std::string& key, const std::vector<std::int64_t>& sizes) {
        std::string text = key + "=[";
        for (std::size_t i = 0; i < sizes.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(sizes[i]);
        return text + "]";
    };
    std::vector<std::int64_t> channels, linear;
    for (const nn::LayerWeight& layer : layers)
        if (!layer.reader.empty()) (layer.shape.rank() == 4 ? channels : linear).push_back(layer.shape[0]);
    const std::string& kind = config.text("model.kind");
    if (kind == "resnet") return {list("model.block_channels", channels)};
    if (kind == "mlp") return {list("model.hidden", linear)};
    std::vector<std::string> settings{list("model.channels", channels)};
    if (!linear.empty()) settings.push_back("model.cnn_hidden=" + std::to_string(linear.front()));
    return settings;
}

std::unique_ptr<nn::Module> modelOf(const config::Config& config, const data::Dataset& data,
                                    const SavedWeights& weights) {
    auto model = train::makeModel(config, data, analysis::unionOf({&weights, 1}), 0);
    for (const auto& weight : model->sparseWeights())
        if (weight->denseShape().rank() == 2 && weight->topology().density() > 0.5)
            weight->setExecution(sparse::Execution::MaskedDense);
    analysis::setWeights(*model, weights);
    model->setTraining(false);
    return model;
}

struct Judged {
    std::vector<double> outputs;
    analysis::ClassFigures figures;
};

Judged judge(nn::Module& model, const analysis::Samples& samples) {
    const autograd::NoGradient noTape;
    Judged judged;
    analysis::Confusion confusion(static_cast<std::size_t>(samples.classes));
    for (const analysis::Samples::Batch& batch : samples.batches) {
        const std::vector<double> logits = model.forward(autograd::Variable(batch.x)).value().toDoubles();
        const auto classes = static_cast<std::ptrdiff_t>(samples.classes);
        const auto labels = batch.labels.values<std::int32_t>();
        for (std::size_t i = 0; i < labels.size(); ++i) {
            const auto first = logits.begin() + static_cast<std::ptrdiff_t>(i) * classes;
            confusion.add(labels[i], static_cast<int>(std::max_element(first, first + classes) - first));
        }
        judged.outputs.insert(judged.outputs.end(), logits.begin(), logits.end());
    }
    judged.figures = confusion.figures();
    return judged;
}

/// Whoever says the most frequent class of the training data for each sample.
analysis::ClassFigures judgeConstant(const data::Dataset& train, const analysis::Samples& samples) {
    std::vector<std::int64_t> count(static_cast<std::size_t>(samples.classes), 0);
    for (const auto label : train.labels) ++count[static_cast<std::size_t>(label)];
    const auto most = static_cast<int>(std::max_element(count.begin(), count.end()) - count.begin());
    analysis::Confusion confusion(count.size());
    for (const analysis::Samples::Batch& batch : samples.batches)
        for (const std::int32_t label : batch.labels.values<std::int32_t>()) confusion.add(label, most);
    return confusion.figures();
}

/// Parameters, bytes with patterns and running statistics, multiply-adds of a sample.
analysis::PrunedFigures costOf(const nn::Module& model, const SavedWeights& weights,
                               const std::vector<nn::LayerWeight>& layers) {
    analysis::PrunedFigures figures;
    for (const nn::Parameter& parameter : model.parameters()) {
        figures.parameters += parameter.variable.value().elements();
        figures.bytes += static_cast<std::int64_t>(parameter.variable.value().bytes());
    }
    for (const auto& [name, buffer] : model.buffers())
        figures.bytes += static_cast<std::int64_t>(buffer.bytes());
    for (const auto& weight : model.sparseWeights()) figures.bytes += weight->indexBytes();
    for (const nn::LayerWeight& layer : layers) {
        const auto sparse = weights.sparse.find(layer.layer);
        const std::int64_t count =
            sparse == weights.sparse.end() ? layer.shape.elements() : std::ssize(sparse->second.positions);
        figures.multiplyAdds += static_cast<double>(count * layer.positions);
    }
    figures.absoluteError = unknown;
    return figures;
}

void keepParametersOf(const nn::Module& model, SavedWeights& weights) {
    std::map<std::string, Tensor> own;
    const auto take = [&](const std::string& name) {
        if (const auto found = weights.dense.find(name); found != weights.dense.end()) own.insert(*found);
    };
    for (const nn::Parameter& parameter : model.parameters()) take(parameter.name);
    for (const auto& [name, buffer] : model.buffers()) take(name);
    weights.dense = std::move(own);
}

}  // namespace

analysis::ChannelPruning removeUnreadUnits(StoredNetworks& stored, const analysis::PruningRequest& request) {
    if (request.threshold || request.channels)
        throw Error(ErrorKind::Usage, "units without connections go, which training has chosen already", {},
                    "leave out --threshold and --channels, or choose a run with gates");
    if (request.batch < 1 || request.pairs < 1)
        throw Error(ErrorKind::Usage, "timing needs a batch and a pair of passes");
    const SavedWeights& whole = stored.first().weights;
    analysis::SmallerNetwork smaller = analysis::withoutUnreadUnits(whole, stored.layerWeights());
    config::Config config = stored.config();
    analysis::ChannelPruning result;
    std::string settings;
    for (const std::string& setting : modelSettings(config, smaller.layers)) {
        config.set(setting);
        settings += (settings.empty() ? "" : ", ") + setting;
    }
    const data::Dataset& train = stored.data("train");
    const auto before = modelOf(stored.config(), train, whole),
               after = modelOf(config, train, smaller.weights);
    const analysis::Samples samples = analysis::takeSamples(stored.data("test"), 0, evaluationBatch, 0);
    const Judged first = judge(*before, samples), second = judge(*after, samples);
    const auto latencies = analysis::timeInTurns(
        *before, *after,
        analysis::takeSamples(stored.data("test"), request.batch, request.batch, 0).batches[0].x,
        request.pairs);
    const auto figures = [&](const nn::Module& model, const SavedWeights& weights,
                             const std::vector<nn::LayerWeight>& layers, const Judged& judged,
                             double latency) {
        analysis::PrunedFigures all = costOf(model, weights, layers);
        all.latencyMs = latency;
        all.accuracy = judged.figures.accuracy;
        all.f1Macro = judged.figures.f1Macro;
        return all;
    };
    const analysis::ClassFigures constant = judgeConstant(train, samples);
    result.data = "test";
    result.item = "sample";
    result.notice = "the smaller network: " + settings;
    result.items = samples.count;
    result.batch = std::min(request.batch, samples.count);
    result.pairs = request.pairs;
    result.threads = threadCount();
    result.threshold = unknown;
    result.channels = smaller.units;
    result.closed = result.removed = smaller.removed;
    for (std::size_t i = 0; i < first.outputs.size(); ++i)
        result.difference = std::max(result.difference, std::abs(first.outputs[i] - second.outputs[i]));
    result.speedUp = latencies.ratio;
    result.before = figures(*before, whole, stored.layerWeights(), first, latencies.before);
    result.after = figures(*after, smaller.weights, smaller.layers, second, latencies.after);
    result.constantAccuracy = constant.accuracy;
    result.constantF1 = constant.f1Macro;
    result.constantError = unknown;
    for (std::size_t l = 0; l < smaller.layers.size(); ++l) {
        const nn::LayerWeight &from = stored.layerWeights()[l], &to = smaller.layers[l];
        result.layers.push_back({from.layer, false, from.shape[1], from.shape[0], to.shape[1], to.shape[0]});
    }
    keepParametersOf(*after, smaller.weights);
    analysis::writeWeights(result.network, smaller.weights);
    return result;
}

}  // namespace filigree::run
