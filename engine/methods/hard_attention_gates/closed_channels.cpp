// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"
#include "methods/hard_attention_gates/evaluation.h"
#include "methods/hard_attention_gates/gated_training.h"

/// Channels closed by their score: what the network still does, and what it costs without them.
namespace filigree::methods::hard_attention_gates {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Between two scores, so that `closed` ascending ones lie below it; fewer where equal ones would be parted.
/// Gates compute in single precision.
double thresholdThatCloses(const std::vector<double>& ascending, std::size_t closed) {
    constexpr double apart = 1e-6;
    if (closed == ascending.size()) return 2;
    while (closed > 0 && ascending[closed] - ascending[closed - 1] < apart) --closed;
    return closed == 0 ? 0 : (ascending[closed - 1] + ascending[closed]) / 2;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

/// Number of elements and bytes of all tensors.
std::pair<std::int64_t, std::int64_t> tensorSizes(const nn::Module& network) {
    std::int64_t parameters = 0, bytes = 0;
    for (const nn::Parameter& parameter : network.parameters()) {
        parameters += parameter.variable.value().elements();
        bytes += static_cast<std::int64_t>(parameter.variable.value().bytes());
    }
    for (const auto& [name, buffer] : network.buffers()) bytes += static_cast<std::int64_t>(buffer.bytes());
    return {parameters, bytes};
}

/// Layers of both networks side by side.
std::vector<analysis::PrunedLayer> layersOf(const nn::Module& before, const nn::Module& after) {
    std::vector<analysis::PrunedLayer> layers;
    const std::vector<nn::Parameter> whole = before.parameters(), left = after.parameters();
    for (std::size_t p = 0; p < whole.size(); ++p) {
        const std::string& name = whole[p].name;
        const Shape &shape = whole[p].variable.shape(), &now = left[p].variable.shape();
        const bool gate = nn::isGate(name);
        if (!gate && (!name.ends_with(".weight") || shape.rank() < 2)) continue;
        layers.push_back({name.substr(0, name.rfind('.')), gate, shape[gate ? 0 : 1], shape[0],
                          now[gate ? 0 : 1], now[0]});
    }
    return layers;
}

}  // namespace

const Samples& GatedTraining::judgedSamples() const {
    return task_.validation.count() > 0 ? task_.validation : task_.test;
}

const char* GatedTraining::itemName() const {
    return task_.ofPolyps() ? "frame" : networkPlan_.architecture ? "picture" : "row";
}

OpenChannels GatedTraining::openChannels() const {
    OpenChannels open;
    for (const auto& [name, gate] : network_.gates) open[name] = gate->open();
    return open;
}

double GatedTraining::multiplyAddsOf(const NetworkPlan& plan, const OpenChannels& open) const {
    if (plan.architecture) return multiplyAdds(*plan.architecture, open);
    const auto count = [&](const char* gate, std::ptrdiff_t all) {
        const auto kept = plan.kept.find(gate);
        if (const auto found = open.find(gate); found != open.end())
            return static_cast<double>(std::count(found->second.begin(), found->second.end(), true));
        return static_cast<double>(kept == plan.kept.end() ? all : std::ssize(kept->second));
    };
    const double inputs = count("gate_input", 128), hidden = count("gate_hidden", 64);
    return inputs * hidden + hidden;
}

GatedTraining::Judgement GatedTraining::judgeOutputs(const Samples& samples,
                                                     const std::vector<double>& predicted) const {
    if (task_.goal == Goal::Size) {
        const SizeFigures sizes = judge(sized(samples, predicted));
        return {sizes.triclass.accuracy, sizes.triclass.f1Macro, sizes.meanAbsoluteError};
    }
    Confusion confusion(2);
    if (task_.goal == Goal::Classes)
        confusion = confusionOfFrames(samples, predicted, static_cast<std::size_t>(task_.outputs));
    else
        for (std::size_t i = 0; i < predicted.size(); ++i)
            confusion.add(samples.targets[i] > 0.5F, predicted[i] > 0);
    const ClassFigures figures = confusion.figures();
    return {figures.accuracy, figures.f1Macro, unknown};
}

GatedTraining::Judgement GatedTraining::judgeConstant(const Samples& samples) const {
    if (task_.goal == Goal::Size) {
        const std::vector<double> none(static_cast<std::size_t>(samples.count()));
        const SizeFigures f = judge(constantPrediction(sized(samples, none), task_.train.sizesMm));
        return {f.triclass.accuracy, f.triclass.f1Macro, f.meanAbsoluteError};
    }
    const auto classes = static_cast<std::size_t>(std::max<std::int64_t>(2, task_.outputs));
    const ClassFigures constant = confusionOfConstant(task_.train, samples, classes).figures();
    return {constant.accuracy, constant.f1Macro, unknown};
}

template <typename Report>
const Samples& GatedTraining::describe(Report& report) const {
    const Samples& samples = judgedSamples();
    report.data = task_.validation.count() > 0 ? "validation" : "test";
    report.item = itemName();
    if (task_.goal == Goal::Size) report.unit = "mm";
    if (task_.ofPolyps()) report.notice = researchNotice;
    report.items = samples.count();
    const Judgement constant = judgeConstant(samples);
    report.constantAccuracy = constant.accuracy;
    report.constantF1 = constant.f1Macro;
    report.constantError = constant.absoluteError;
    return samples;
}

std::vector<double> GatedTraining::sortedScores() const {
    std::vector<double> scores;
    for (const auto& [name, gate] : network_.gates)
        for (const double score : gate->values()) scores.push_back(score);
    std::sort(scores.begin(), scores.end());
    return scores;
}

analysis::AblationLevel GatedTraining::judgeOpen(const Samples& samples, double threshold) {
    analysis::AblationLevel level;
    level.threshold = threshold;
    for (auto& [name, gate] : network_.gates) {
        gate->setThreshold(threshold);
        for (const double score : gate->values()) level.closed += score < threshold;
    }
    level.multiplyAdds = multiplyAddsOf(networkPlan_, openChannels());
    const Judgement judged = judgeOutputs(samples, outputs(samples, nullptr));
    level.accuracy = judged.accuracy;
    level.f1Macro = judged.f1Macro;
    level.absoluteError = judged.absoluteError;
    return level;
}

analysis::GateAblation GatedTraining::closeGates(std::int64_t levels) {
    if (network_.gates.empty())
        throw Error(ErrorKind::Usage, "this run has no gates to close", {},
                    "choose one with gate.routing other than plain");
    analysis::GateAblation ablation;
    const Samples& samples = describe(ablation);
    withTestedWeights([&] {
        const std::vector<double> scores = sortedScores();
        ablation.channels = static_cast<std::int64_t>(scores.size());
        for (std::int64_t l = 0; l < levels; ++l) {
            const analysis::AblationLevel level = judgeOpen(
                samples,
                thresholdThatCloses(scores, static_cast<std::size_t>(l * ablation.channels / (levels - 1))));
            if (ablation.levels.empty() || level.closed > ablation.levels.back().closed)
                ablation.levels.push_back(level);
        }
    });
    for (auto& [name, gate] : network_.gates) gate->setThreshold(gateThreshold_);
    return ablation;
}

GatedTraining::Latencies GatedTraining::timePairs(nn::Module& before, nn::Module& after,
                                                  const Samples& samples,
                                                  const analysis::PruningRequest& request) const {
    const autograd::NoGradient noTape;
    std::vector<std::int64_t> chosen(static_cast<std::size_t>(request.batch));
    for (std::size_t i = 0; i < chosen.size(); ++i)
        chosen[i] = static_cast<std::int64_t>(i) % samples.count();
    const autograd::Variable x(makeBatch(samples, chosen, plan_).x());
    before.setTraining(false);
    after.setTraining(false);
    const auto time = [&](nn::Module& network) {
        const auto start = std::chrono::steady_clock::now();
        network.forward(x);
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    };
    for (int warm = 0; warm < 2; ++warm) time(before), time(after);
    std::vector<double> first, second, ratios;
    for (std::int64_t pair = 0; pair < request.pairs; ++pair) {
        // In turns, so that neither is always the one behind the other.
        const bool turned = pair % 2 == 1;
        const double a = time(turned ? after : before), b = time(turned ? before : after);
        first.push_back(turned ? b : a);
        second.push_back(turned ? a : b);
        ratios.push_back(first.back() / second.back());
    }
    before.setTraining(true);
    return {median(first), median(second), median(ratios)};
}

analysis::ChannelPruning GatedTraining::pruneChannels(const analysis::PruningRequest& request) {
    if (request.batch < 1 || request.pairs < 1)
        throw Error(ErrorKind::Usage, "timing needs a batch and a pair of passes");
    analysis::ChannelPruning result;
    for (const auto& [name, gate] : network_.gates) result.channels += std::ssize(gate->values());
    if (request.channels && (*request.channels < 0 || *request.channels > result.channels))
        throw Error(ErrorKind::Usage, "the gates do not have so many channels",
                    std::to_string(*request.channels) + " of " + std::to_string(result.channels));
    const Samples& samples = describe(result);
    result.batch = request.batch;
    result.pairs = request.pairs;
    result.threads = threadCount();
    withTestedWeights([&] {
        const std::vector<double> scores = sortedScores();
        result.threshold = request.channels
                               ? thresholdThatCloses(scores, static_cast<std::size_t>(*request.channels))
                           : request.threshold  ? *request.threshold
                           : gateThreshold_ > 0 ? gateThreshold_
                                                : 0.5;
        const auto figures = [&](nn::Module& network, const NetworkPlan& plan, const OpenChannels& open,
                                 double latency, const std::vector<double>& predicted) {
            const auto [parameters, bytes] = tensorSizes(network);
            const Judgement judged = judgeOutputs(samples, predicted);
            return analysis::PrunedFigures{
                parameters,      bytes,          multiplyAddsOf(plan, open), latency,
                judged.accuracy, judged.f1Macro, judged.absoluteError};
        };
        const std::vector<double> open = outputs(samples, nullptr);
        for (auto& [name, gate] : network_.gates) gate->setThreshold(result.threshold);
        for (const auto& [name, channels] : openChannels())
            result.closed += std::count(channels.begin(), channels.end(), false);
        const std::vector<double> closed = outputs(samples, nullptr);
        PrunedNetwork pruned = prune(networkPlan_, network_);
        for (auto& [name, gate] : network_.gates) gate->setThreshold(gateThreshold_);
        const std::vector<double> left = outputsOf(*pruned.network.module, samples, nullptr);
        for (std::size_t i = 0; i < left.size(); ++i)
            result.difference = std::max(result.difference, std::abs(left[i] - closed[i]));
        const Latencies latencies = timePairs(*network_.module, *pruned.network.module, samples, request);
        result.speedUp = latencies.ratio;
        result.before = figures(*network_.module, networkPlan_, {}, latencies.before, open);
        result.after = figures(*pruned.network.module, pruned.plan, {}, latencies.after, left);
        result.layers = layersOf(*network_.module, *pruned.network.module);
        for (const analysis::PrunedLayer& layer : result.layers)
            if (layer.isGate) result.removed += layer.outputs - layer.outputsLeft;
        result.network = fileOf(pruned);
    });
    return result;
}

}  // namespace filigree::methods::hard_attention_gates
