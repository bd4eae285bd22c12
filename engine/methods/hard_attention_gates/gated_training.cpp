// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/gated_training.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "autograd/elementwise.h"
#include "autograd/loss.h"
#include "autograd/reduction.h"
#include "base/error.h"
#include "base/random.h"
#include "methods/hard_attention_gates/evaluation.h"
#include "methods/hard_attention_gates/pretrained.h"

namespace filigree::methods::hard_attention_gates {
namespace {

using autograd::Variable;
using data::endoscopy::InputPlan;

constexpr data::endoscopy::PixelScale cifarPixels{{.4914F, .4822F, .4465F}, {.2470F, .2435F, .2616F}};
/// Pixels of a batch in evaluation: 256 pictures of 48 x 48.
constexpr std::int64_t evaluationPixels = std::int64_t{256} * 48 * 48;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

nn::GateOptions gateOptions(const config::Config& config) {
    nn::GateOptions options;
    const std::string& start = config.text("gate.start");
    options.start = start == "xavier" ? nn::GateStart::Xavier
                    : start == "he"   ? nn::GateStart::He
                                      : nn::GateStart::Half;
    options.temperature = config.real("gate.temperature");
    options.straightThrough = config.boolean("gate.straight_through");
    options.frozen = config.boolean("gate.frozen");
    return options;
}

bool selectsBest(const config::Config& config) {
    return config.text("train.select") == "best" && config.text("data.task") != "decoys";
}

Task makeTask(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders,
              std::string& report) {
    const bool heldOut = config.text("gate.routing") == "heldout";
    const std::string& task = config.text("data.task");
    if (task == "decoys") return makeDecoys(seed, heldOut);
    const std::int64_t size = config.integer("data.image_size");
    if (task == "cifar100") return makeCifar100(folders, size, heldOut, selectsBest(config));
    const PolypChoice choice{polypTargetFrom(config.text("data.target")), size, heldOut, selectsBest(config)};
    if (task == "sizing") return makeSizing(seed, choice, config.integer("data.training_polyps"));
    return makePictures({config.text("data.table"), static_cast<int>(config.integer("data.fold")),
                         config.integer("data.test_frames_per_polyp")},
                        choice, report);
}

InputPlan planOf(const config::Config& config) {
    InputPlan plan;
    if (config.text("data.task") == "decoys") return plan;
    plan.streams = data::endoscopy::streamsFrom(config.text("model.streams"));
    plan.metricDepth = config.boolean("data.metric_depth");
    if (config.text("data.task") == "cifar100") plan.pixels = cifarPixels;
    plan.augmentation = {config.real("augment.rotation"), config.boolean("augment.flip"),
                         config.real("augment.jitter"), config.real("augment.hue"),
                         config.real("augment.noise")};
    return plan;
}

bool isGated(const config::Config& config) {
    return config.text("gate.routing") != "plain" || config.boolean("gate.frozen");
}

std::optional<NetworkOptions> architectureOf(const config::Config& config, const InputPlan& plan,
                                             std::int64_t outputs) {
    if (config.text("data.task") == "decoys") return std::nullopt;
    std::vector<Branch> branches;
    for (const data::endoscopy::Stream stream : plan.streams)
        branches.push_back({nameOf(stream), channelsOf(stream)});
    return NetworkOptions{.backbone = backboneFrom(config.text("model.network")),
                          .branches = branches,
                          .size = config.integer("data.image_size"),
                          .outputs = outputs,
                          .width = config.integer("model.width"),
                          .hidden = config.integer("model.hidden"),
                          .dropout = config.real("model.dropout"),
                          .patch = config.integer("model.patch"),
                          .depth = config.integer("model.depth"),
                          .heads = config.integer("model.heads"),
                          .gated = isGated(config),
                          .gate = gateOptions(config)};
}

NetworkPlan networkPlanOf(const config::Config& config, const InputPlan& plan, std::int64_t outputs) {
    return {architectureOf(config, plan, outputs),
            isGated(config),
            config.boolean("gate.hidden"),
            gateOptions(config),
            {}};
}

/// `plan` becomes that of the file where a pruned network is gone on with.
GatedNetwork networkFor(const config::Config& config, NetworkPlan& plan, std::uint64_t seed,
                        std::string& report) {
    const std::string &pretrained = config.text("model.pretrained"), &pruned = config.text("model.pruned");
    GatedNetwork network;
    if (!pruned.empty()) {
        if (!pretrained.empty())
            throw Error(ErrorKind::Usage, "a network starts from one file", "model.pretrained, model.pruned",
                        "set one of them");
        PrunedNetwork read = networkOf(train::Checkpoint::read(pruned), plan);
        plan = std::move(read.plan);
        network = std::move(read.network);
        report += (report.empty() ? "" : "; ") + std::string("the pruned network of ") +
                  std::filesystem::path(pruned).filename().string();
    } else {
        network = plan.make(seed);
        if (plan.architecture && !pretrained.empty()) {
            const ImportReport imported = importWeights(pretrained, plan.architecture->backbone,
                                                        plan.architecture->branches, *network.module);
            report += (report.empty() ? "" : "; ") + imported.text(pretrained);
        }
    }
    for (auto& [name, own] : network.gates) own->setThreshold(config.real("gate.threshold"));
    return network;
}

RoutingOptions routingOptions(const config::Config& config) {
    return {routingModeFrom(config.text("gate.routing")), config.real("gate.clip"),
            config.real("train.clip_norm")};
}

}  // namespace

GatedTraining::GatedTraining(const config::Config& config, std::uint64_t seed,
                             const data::SearchPath& folders)
    : task_(makeTask(config, seed, folders, report_)),
      plan_(planOf(config)),
      networkPlan_(networkPlanOf(config, plan_, task_.outputs)),
      network_(networkFor(config, networkPlan_, seed, report_)),
      options_(routingOptions(config)),
      routing_(routedAdam(
          *network_.module, options_,
          {config.real("optimizer.lr"), config.real("gate.lr"), config.real("optimizer.weight_decay")})),
      seed_(seed),
      batchSize_(config.integer("train.batch_size")),
      perPolyp_(config.integer("data.frames_per_polyp")),
      // A polyp of a person's table with one frame is not a video: the published sampler leaves it out.
      skipSingles_(config.text("data.task") == "pictures"),
      samplesPerEpoch_(epochLength(task_.train, perPolyp_, skipSingles_)),
      stepsPerEpoch_((samplesPerEpoch_ + batchSize_ - 1) / batchSize_),
      totalSteps_(stepsPerEpoch_ * config.integer("train.epochs")),
      scalarsEvery_(config.integer("record.scalars_every")),
      gatesEvery_(config.integer("record.gates_every")),
      evaluateEvery_(config.integer("train.evaluate_every")),
      mainRate_(config.real("optimizer.lr")),
      minimumRate_(config.real("optimizer.min_lr")),
      gateRate_(config.real("gate.lr")),
      gatePenalty_(config.real("gate.l1")),
      gateThreshold_(config.real("gate.threshold")),
      gateFollowsSchedule_(config.boolean("gate.follow_schedule")),
      selectsBest_(selectsBest(config)),
      weightsInMm_(config.boolean("loss.weights_in_mm")),
      mainWeights_{config.real("loss.weight_small"), config.real("loss.weight_large")},
      gateWeights_{config.real("loss.gate_weight_small"), config.real("loss.gate_weight_large")},
      trainLoss_(unknown),
      testLoss_(unknown),
      accuracy_(unknown),
      bestLoss_(unknown),
      batches_([this](std::int64_t step) { return batchesOf(step); }, totalSteps_) {
    if (samplesPerEpoch_ == 0)
        throw Error(ErrorKind::Data, "no polyp has two frames to learn from", config.text("data.table"));
}

record::Stamp GatedTraining::stamp() const {
    return {step_, static_cast<double>(step_) / static_cast<double>(stepsPerEpoch_)};
}

void GatedTraining::begin(record::Recorder& recorder) {
    recordGates(recorder);
    recordConstantPrediction(recorder);
    recorder.log(record::LogLevel::Info,
                 std::to_string(task_.train.count()) + " training, " + std::to_string(task_.heldOut.count()) +
                     " held-out and " + std::to_string(task_.test.count()) +
                     " test samples; for research, not for diagnosis",
                 stamp());
    if (!report_.empty()) recorder.log(record::LogLevel::Info, report_, stamp());
}

Variable GatedTraining::loss(const Batch& batch, const SizeWeights& weights) {
    const Variable output = network_.module->forward(Variable(batch.x()));
    if (task_.goal == Goal::Classes) {
        const std::vector<std::int32_t> labels(batch.targets.begin(), batch.targets.end());
        return autograd::crossEntropy(output, Tensor::from(labels, {batch.count()}));
    }
    const Variable target(Tensor::from(batch.targets, {batch.count(), 1}));
    if (task_.goal == Goal::Binary)
        // Binary cross entropy of sigmoid(output): log(1 + e^o) - y o.
        return autograd::mean(
            autograd::subtract(autograd::softplus(output), autograd::multiply(target, output)));
    if (!weightsInMm_) return autograd::smoothL1(output, target);
    std::vector<float> factors;
    for (const double mm : batch.sizesMm) {
        const int size = sizeClass(mm);
        factors.push_back(static_cast<float>(size == 0 ? 1 : size == 1 ? weights.small : weights.large));
    }
    return autograd::mean(autograd::multiply(autograd::smoothL1(output, target, 1, autograd::Reduction::None),
                                             Variable(Tensor::from(factors, {batch.count(), 1}))));
}

StepBatches GatedTraining::batchesOf(std::int64_t step) {
    const std::int64_t epoch = step / stepsPerEpoch_, first = step % stepsPerEpoch_ * batchSize_;
    if (epoch != orderEpoch_) {
        order_ = epochOrder(task_.train, perPolyp_, skipSingles_, seed_, epoch);
        orderEpoch_ = epoch;
    }
    const auto count = static_cast<std::size_t>(std::min(batchSize_, samplesPerEpoch_ - first));
    const auto number = static_cast<std::uint64_t>(step);
    StepBatches batches{
        makeBatch(task_.train, std::span(order_).subspan(static_cast<std::size_t>(first), count), plan_,
                  AugmentationStream{seed_, "augment", number}),
        {}};
    if (options_.mode == RoutingMode::HeldOut) {
        const auto chosen = RandomStream(seed_, "heldout", number)
                                .sample(task_.heldOut.count(), std::min(batchSize_, task_.heldOut.count()));
        batches.gates =
            makeBatch(task_.heldOut, chosen, plan_, AugmentationStream{seed_, "augment/heldout", number});
    }
    return batches;
}

void GatedTraining::setRates() {
    const double done = static_cast<double>(step_) / static_cast<double>(totalSteps_);
    const double fall = (1 + std::cos(std::numbers::pi * done)) / 2;
    const auto falling = [&](double rate) {
        const double least = std::min(rate, minimumRate_);
        return least + (rate - least) * fall;
    };
    const double gate = gateFollowsSchedule_ ? falling(gateRate_) : gateRate_;
    routing_.main().setLearningRate(0, falling(mainRate_));
    if (options_.mode == RoutingMode::Joint)
        routing_.main().setLearningRate(1, gate);
    else if (routing_.gates())
        routing_.gates()->setLearningRate(gate);
}

void GatedTraining::step(record::Recorder& recorder) {
    setRates();
    network_.module->setTraining(true);
    network_.module->setStep(seed_, static_cast<std::uint64_t>(step_));
    const StepBatches batches = batches_.take(step_);
    const Batch& forGates = batches.gates ? *batches.gates : batches.main;
    const auto penalized = [&](const Batch& from, const SizeWeights& weights) {
        Variable total = loss(from, weights);
        if (gatePenalty_ > 0)
            for (const auto& [name, gate] : network_.gates)
                total = autograd::add(total, autograd::scale(autograd::sum(gate->scores()), gatePenalty_));
        return total;
    };
    const bool joint = options_.mode == RoutingMode::Joint;
    const RoutedStep done = routing_.step(
        [&] { return penalized(forGates, gateWeights_); },
        [&] { return joint ? penalized(batches.main, mainWeights_) : loss(batches.main, mainWeights_); });
    ++step_;
    trainLoss_ = done.lossMain;
    // Forward, and twice as much backward, of each pass; a multiply-add is two.
    const std::int64_t samples = batches.main.count() + (routing_.gates() ? forGates.count() : 0);
    flops_ += 6 * multiplyAddsOf(networkPlan_, {}) * static_cast<double>(samples);
    const bool last = step_ == totalSteps_;
    if (step_ % scalarsEvery_ == 0 || last) recordStep(done, recorder);
    if (step_ % gatesEvery_ == 0 || last) recordGates(recorder);
    if (step_ % stepsPerEpoch_ == 0 && (last || step_ / stepsPerEpoch_ % evaluateEvery_ == 0)) {
        if (selectsBest_)
            validate(recorder);
        else
            evaluate(recorder);
    }
}

void GatedTraining::recordStep(const RoutedStep& done, record::Recorder& recorder) {
    const auto note = [&](const char* tag, double value) {
        if (!std::isnan(value)) recorder.scalar(tag, value, stamp());
    };
    note("train/loss", done.lossMain);
    note("train/gradient", done.normMain);
    note("train/clip", done.factorMain);
    note("gate/loss", done.lossGate);
    note("gate/gradient", done.normGate);
    note("gate/clip", done.factorGate);
    note("gate/cosine", done.cosine);
    note("perf/training_flops", flops_);
    note("perf/forward_flops", 2 * multiplyAddsOf(networkPlan_, {}));
    note("optimizer/lr", routing_.main().learningRate());
    if (routing_.gates()) note("optimizer/gate_lr", routing_.gates()->learningRate());
}

void GatedTraining::recordGates(record::Recorder& recorder) {
    if (network_.gates.empty()) return;
    double sum = 0;
    std::size_t count = 0, below = 0, nearlyClosed = 0;
    for (const auto& [name, gate] : network_.gates) {
        record::Matrix matrix{"gate/" + name, {}, {"channel"}, {}};
        for (const double s : gate->values()) {
            matrix.values.push_back(static_cast<float>(s));
            sum += s;
            ++count;
            below += s < 0.5;
            nearlyClosed += s < 0.1;
        }
        matrix.shape = {static_cast<std::int64_t>(matrix.values.size())};
        recorder.matrix(matrix, stamp());
    }
    const auto all = static_cast<double>(count);
    recorder.scalar("gates/mean", sum / all, stamp());
    recorder.scalar("gates/effective_channels", sum, stamp());
    recorder.scalar("gates/share_below_0.5", static_cast<double>(below) / all, stamp());
    recorder.scalar("gates/share_below_0.1", static_cast<double>(nearlyClosed) / all, stamp());
    if (const double auc = informativeAuc(); !std::isnan(auc))
        recorder.scalar("gates/informative_auc", auc, stamp());
}

void GatedTraining::recordConstantPrediction(record::Recorder& recorder) {
    if (!task_.ofPolyps()) return;
    if (task_.goal == Goal::Classes) {
        const Confusion constant =
            confusionOfConstant(task_.train, task_.test, static_cast<std::size_t>(task_.outputs));
        recordClassFigures("constant/frame", constant.figures(), stamp(), recorder);
        describePredictions("test", constant.classes(), std::nullopt, stamp(), recorder);
        return;
    }
    describePredictions("test", 3, constantSize(task_.train.sizesMm), stamp(), recorder);
    const std::vector<double> none(static_cast<std::size_t>(task_.test.count()));
    const std::vector<SizedItem> frames = constantPrediction(sized(task_.test, none), task_.train.sizesMm);
    for (const auto& [name, f] :
         {std::pair("frame", judge(frames)), std::pair("polyp", judge(perPolyp(frames)))}) {
        const std::string where = std::string("constant/") + name;
        recorder.scalar(where + "/mae_mm", f.meanAbsoluteError, stamp());
        recorder.scalar(where + "/f1_binary", f.binary.f1Weighted, stamp());
        recorder.scalar(where + "/f1_triclass", f.triclass.f1Weighted, stamp());
        recorder.scalar(where + "/f1_triclass_macro", f.triclass.f1Macro, stamp());
    }
}

double GatedTraining::informativeAuc() const {
    if (task_.informative == 0 || network_.gates.empty()) return unknown;
    const std::vector<double> s = network_.gates.front().second->values();
    auto informative = static_cast<std::size_t>(task_.informative);
    // A pruned network has fewer inputs; those that decide come first still.
    if (const auto kept = networkPlan_.kept.find("gate_input"); kept != networkPlan_.kept.end())
        informative = static_cast<std::size_t>(
            std::lower_bound(kept->second.begin(), kept->second.end(), task_.informative) -
            kept->second.begin());
    double wins = 0;
    for (std::size_t i = 0; i < informative; ++i)
        for (std::size_t d = informative; d < s.size(); ++d) wins += s[i] > s[d] ? 1 : s[i] == s[d] ? 0.5 : 0;
    return wins / static_cast<double>(informative * (s.size() - informative));
}

std::vector<double> GatedTraining::outputs(const Samples& samples, double* meanLoss) {
    return outputsOf(*network_.module, samples, meanLoss);
}

std::vector<double> GatedTraining::outputsOf(nn::Module& network, const Samples& samples, double* meanLoss) {
    const autograd::NoGradient noTape;
    network.setTraining(false);
    std::vector<double> all;
    double sum = 0;
    std::vector<std::int64_t> chosen;
    const std::int64_t most =
        samples.size > 0 ? std::clamp<std::int64_t>(evaluationPixels / (samples.size * samples.size), 1, 256)
                         : 256;
    for (std::int64_t first = 0; first < samples.count(); first += most) {
        chosen.resize(static_cast<std::size_t>(std::min(most, samples.count() - first)));
        std::iota(chosen.begin(), chosen.end(), first);
        const Batch batch = makeBatch(samples, chosen, plan_);
        for (const double value : network.forward(Variable(batch.x())).value().toDoubles())
            all.push_back(value);
        if (meanLoss) sum += loss(batch, mainWeights_).value().item() * static_cast<double>(chosen.size());
    }
    network.setTraining(true);
    if (meanLoss) *meanLoss = sum / static_cast<double>(samples.count());
    return all;
}

double GatedTraining::trainingError() {
    return judge(sized(task_.train, outputs(task_.train, nullptr))).meanAbsoluteError;
}

void GatedTraining::evaluate(record::Recorder& recorder) {
    const std::vector<double> predicted = outputs(task_.test, &testLoss_);
    recorder.scalar("test/loss", testLoss_, stamp());
    if (task_.goal == Goal::Binary) {
        std::int64_t right = 0;
        for (std::size_t i = 0; i < predicted.size(); ++i)
            right += (predicted[i] > 0) == (task_.test.targets[i] > 0.5F);
        accuracy_ = static_cast<double>(right) / static_cast<double>(predicted.size());
        recorder.scalar("test/acc", accuracy_, stamp());
        return;
    }
    if (task_.goal == Goal::Classes) {
        const auto classes = static_cast<std::size_t>(task_.outputs);
        const Confusion frames = confusionOfFrames(task_.test, predicted, classes);
        accuracy_ = frames.figures().accuracy;
        recorder.scalar("test/acc", accuracy_, stamp());
        recordClassFigures("test/frame", frames.figures(), stamp(), recorder);
        recordConfusion("confusion/frame", frames, stamp(), recorder);
        if (!task_.ofPolyps()) return;
        const Confusion polyps = confusionOfPolyps(task_.test, predicted, classes);
        recordClassFigures("test/polyp", polyps.figures(), stamp(), recorder);
        recordConfusion("confusion/polyp", polyps, stamp(), recorder);
        recordClasses("test", task_.test, predicted, classes, stamp(), recorder);
        return;
    }
    const std::vector<SizedItem> items = sized(task_.test, predicted);
    frames_ = judge(items);
    polyps_ = judge(perPolyp(items));
    for (const auto& [name, f] : {std::pair("frame", &frames_), std::pair("polyp", &polyps_)}) {
        recordSizeFigures("test/" + std::string(name), *f, stamp(), recorder);
        recordConfusion("confusion/" + std::string(name), f->triclassConfusion, stamp(), recorder);
    }
    recordPredictions("test", items, stamp(), recorder);
}

void GatedTraining::validate(record::Recorder& recorder) {
    double validationLoss = 0;
    outputs(task_.validation, &validationLoss);
    recorder.scalar("validation/loss", validationLoss, stamp());
    if (validationLoss >= bestLoss_) return;  // false for the first one, when the best is not a number
    bestLoss_ = validationLoss;
    best_.clear();
    for (auto& [name, tensor] : state()) best_.emplace_back(name, tensor.clone());
}

std::vector<std::pair<std::string, Tensor>> GatedTraining::state() const {
    std::vector<std::pair<std::string, Tensor>> all = network_.module->buffers();
    for (const nn::Parameter& parameter : network_.module->parameters())
        all.emplace_back(parameter.name, parameter.variable.value());
    return all;
}

void GatedTraining::end(record::Recorder& recorder) {
    double loss = 0;
    const std::vector<double> predicted = outputs(task_.train, &loss);
    recorder.scalar("train/final_loss", loss, stamp());
    if (task_.goal == Goal::Size)
        recorder.scalar("train/final_mae_mm", judge(sized(task_.train, predicted)).meanAbsoluteError,
                        stamp());
    if (batches_.taken() > 1)
        recorder.log(record::LogLevel::Info,
                     "steps waited " + std::to_string(std::lround(1e3 * batches_.waitedSeconds())) +
                         " ms for data in all",
                     stamp());
    if (!best_.empty()) withTestedWeights([&] { evaluate(recorder); });
}

void GatedTraining::withTestedWeights(const std::function<void()>& call) {
    if (best_.empty()) return call();
    // What the run goes on with is put back.
    std::vector<Tensor> kept;
    auto own = state();
    for (auto& [name, tensor] : own) kept.push_back(tensor.clone());
    for (std::size_t i = 0; i < own.size(); ++i) own[i].second.copyFrom(best_[i].second);
    call();
    for (std::size_t i = 0; i < own.size(); ++i) own[i].second.copyFrom(kept[i]);
}

train::Progress GatedTraining::progress() const {
    train::Progress progress{step_,
                             totalSteps_,
                             stamp().epoch,
                             static_cast<double>(totalSteps_) / static_cast<double>(stepsPerEpoch_),
                             {}};
    const auto show = [&](const char* name, double value) {
        if (!std::isnan(value)) progress.figures.emplace_back(name, value);
    };
    show("loss", trainLoss_);
    show("validation loss", bestLoss_);
    if (task_.goal != Goal::Size)
        show("accuracy", accuracy_);
    else if (frames_.count > 0)
        show("frame MAE mm", frames_.meanAbsoluteError);
    return progress;
}

double GatedTraining::sparsity() const {
    std::size_t below = 0, count = 0;
    for (const auto& [name, gate] : network_.gates)
        for (const double s : gate->values()) {
            below += s < 0.5;
            ++count;
        }
    return count > 0 ? static_cast<double>(below) / static_cast<double>(count) : 0;
}

void GatedTraining::save(train::Checkpoint& checkpoint) const {
    for (const nn::Parameter& parameter : network_.module->parameters())
        checkpoint.put(parameter.name, parameter.variable.value());
    for (const auto& [name, buffer] : network_.module->buffers()) checkpoint.put(name, buffer);
    for (const auto& [name, tensor] : routing_.main().state()) checkpoint.put("optimizer." + name, tensor);
    if (routing_.gates())
        for (const auto& [name, tensor] : routing_.gates()->state())
            checkpoint.put("gate_optimizer." + name, tensor);
    checkpoint.put("train.step", std::vector<std::int64_t>{step_});
    checkpoint.put("train.flops", Tensor::from(std::vector<double>{flops_}, {1}));
    checkpoint.put("train.figures",
                   Tensor::from(std::vector<double>{trainLoss_, testLoss_, accuracy_, mainRate_, gateRate_,
                                                    gatePenalty_, bestLoss_},
                                {7}));
    for (const auto& [name, tensor] : best_) checkpoint.put("best." + name, tensor);
}

void GatedTraining::load(const train::Checkpoint& checkpoint) {
    for (nn::Parameter& parameter : network_.module->parameters()) {
        Tensor& value = parameter.variable.mutableValue();
        value.copyFrom(checkpoint.get(parameter.name, value.dtype(), value.shape()));
    }
    for (auto& [name, buffer] : network_.module->buffers())
        buffer.copyFrom(checkpoint.get(name, buffer.dtype(), buffer.shape()));
    const auto restore = [&](const std::string& prefix, optim::Optimizer& optimizer) {
        std::vector<std::pair<std::string, Tensor>> state;
        for (const auto& [name, tensor] : checkpoint.tensors())
            if (name.starts_with(prefix)) state.emplace_back(name.substr(prefix.size()), tensor);
        optimizer.loadState(state);
    };
    restore("optimizer.", routing_.main());
    if (routing_.gates()) restore("gate_optimizer.", *routing_.gates());
    const auto steps = checkpoint.getIntegers("train.step");
    if (steps.size() != 1 || steps[0] < 0 || steps[0] > totalSteps_)
        throw Error(ErrorKind::Data, "the saved step does not fit this run", "train.step",
                    "resume with the configuration that the checkpoint was made with");
    step_ = steps[0];
    flops_ = checkpoint.has("train.flops") ? checkpoint.get("train.flops", DType::F64, {1}).item()
                                           : std::numeric_limits<double>::quiet_NaN();
    const Tensor figures = checkpoint.get("train.figures", DType::F64, {7});
    const double* const f = figures.data<double>();
    trainLoss_ = f[0];
    testLoss_ = f[1];
    accuracy_ = f[2];
    mainRate_ = f[3];
    gateRate_ = f[4];
    gatePenalty_ = f[5];
    bestLoss_ = f[6];
    best_.clear();
    if (!std::isnan(bestLoss_))
        for (const auto& [name, tensor] : state())
            best_.emplace_back(name, checkpoint.get("best." + name, tensor.dtype(), tensor.shape()).clone());
}

std::string GatedTraining::weightsDigest() const {
    std::vector<std::byte> bytes;
    const auto append = [&](const std::string& name, const Tensor& tensor) {
        const Tensor value = tensor.contiguous();
        const auto* const text = reinterpret_cast<const std::byte*>(name.data());
        const auto* const values = static_cast<const std::byte*>(value.raw());
        bytes.insert(bytes.end(), text, text + name.size());
        bytes.insert(bytes.end(), values, values + value.bytes());
    };
    for (const nn::Parameter& parameter : network_.module->parameters())
        append(parameter.name, parameter.variable.value());
    for (const auto& [name, buffer] : network_.module->buffers()) append(name, buffer);
    return train::sha256(bytes.data(), bytes.size());
}

void GatedTraining::set(std::string_view key, double value) {
    if (key == "optimizer.lr")
        mainRate_ = value;
    else if (key == "gate.lr")
        gateRate_ = value;
    else if (key == "gate.l1")
        gatePenalty_ = value;
    else
        throw Error(ErrorKind::Usage, "this value cannot be changed while the run goes on", std::string(key),
                    "optimizer.lr, gate.lr and gate.l1 can");
}

}  // namespace filigree::methods::hard_attention_gates
