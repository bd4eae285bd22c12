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

namespace filigree::methods::hard_attention_gates {
namespace {

using autograd::Variable;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t evaluationBatch = 256;

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

Task makeTask(const config::Config& config, std::uint64_t seed, std::string& report) {
    const bool heldOut = config.text("gate.routing") == "heldout";
    const std::string& task = config.text("data.task");
    if (task == "decoys") return makeDecoys(seed, heldOut);
    if (task == "sizing") return makeSizing(seed, heldOut);
    return makePictures({config.text("data.table"), static_cast<int>(config.integer("data.fold")),
                         config.integer("data.frames_per_polyp")},
                        heldOut, report);
}

GatedNetwork makeNetwork(const config::Config& config, std::uint64_t seed) {
    const bool gated = config.text("gate.routing") != "plain" || config.boolean("gate.frozen");
    const nn::GateOptions options = gateOptions(config);
    GatedNetwork network = config.text("data.task") == "decoys"
                               ? makeDecoyNetwork(gated, config.boolean("gate.hidden"), options, seed)
                               : makeSizingNetwork(gated, options, seed);
    for (auto& [name, gate] : network.gates) gate->setThreshold(config.real("gate.threshold"));
    return network;
}

RoutingOptions routingOptions(const config::Config& config) {
    return {routingModeFrom(config.text("gate.routing")), config.real("gate.clip"),
            config.real("train.clip_norm")};
}

}  // namespace

const config::Schema& gatedSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("data", "What the network learns.");
        s.choice("task", "decoys", {"decoys", "sizing", "pictures"},
                 "Find 8 of 128 inputs that matter, or tell the size of a polyp from computed colonoscopy "
                 "pictures or from your own (for research, not for diagnosis).");
        s.text("table", "", "CSV that names your pictures: unique_id, frame_path, gt in mm, … (pictures).");
        s.integer("fold", 0, "Which of six folds by polyp is for test; the next one is kept out (pictures).")
            .range(0, 5);
        s.integer("frames_per_polyp", 40, "Use at most so many frames of each polyp (pictures).")
            .range(1, 100000)
            .unit("frames");
        s.boolean("flip", false, "Augmentation: mirror training pictures both ways at random (sizing).");

        s.group("gate", "The learnt weight of every channel.");
        s.choice("routing", "clean", {"plain", "joint", "code", "clean", "heldout"},
                 "No gates; gates in the main optimiser; a pass of their own whose gradients stay (as in the "
                 "published code), are cleared, or come from data that the weights do not see.");
        s.real("lr", 0.02, "Learning rate of the gates.").above(0).schedulable();
        s.boolean("follow_schedule", false, "The gates' rate falls as that of the weights does.");
        s.real("clip", 8, "Largest norm of all gradients in the gates' pass; 0: not clipped.").atLeast(0);
        s.choice("start", "xavier", {"xavier", "he", "half"}, "How gates start; half: all at 1/2.");
        s.boolean("hidden", false, "Gate the hidden units too (decoys).");
        s.boolean("frozen", false,
                  "Extension: gates are there but stay where they started (control; with routing plain).");
        s.real("temperature", 1, "Extension: scores are sigmoid(w / temperature).").above(0);
        s.real("l1", 0,
               "Extension: this times the sum of all scores is added to the loss of the gates' pass.")
            .atLeast(0)
            .schedulable();
        s.real("threshold", 0, "Extension: in evaluation, channels with a lower score are closed.")
            .atLeast(0)
            .below(1);
        s.boolean("straight_through", false,
                  "Extension: forwards 1 where the score is above 1/2, else 0; learns as the sigmoid does.");

        s.group("train", "How long, in what portions.");
        s.integer("epochs", 60, "Passes over the training data.").range(1, 1000000).unit("epochs");
        s.integer("batch_size", 32, "Samples per step; the last batch of an epoch may be smaller.")
            .range(2, 65536)
            .unit("samples");
        s.real("clip_norm", 8, "Largest norm of all gradients in the weights' pass; 0: not clipped.")
            .atLeast(0);

        s.group("optimizer", "Adam over everything but the gates.");
        s.real("lr", 1e-3, "Learning rate at the start.").above(0).schedulable();
        s.real("min_lr", 1e-3, "Learning rate at the end of its cosine; equal to lr: constant.").above(0);
        s.real("weight_decay", 0, "L2 decay of all weights; gates never decay.").atLeast(0);

        s.group("record", "What is kept, how often.");
        s.integer("scalars_every", 5, "Steps between records of loss and gradients.")
            .range(1, 1000000)
            .unit("steps");
        s.integer("gates_every", 13, "Steps between records of all gates.").range(1, 1000000).unit("steps");
        return s;
    }();
    return schema;
}

GatedTraining::GatedTraining(const config::Config& config, std::uint64_t seed)
    : task_(makeTask(config, seed, report_)),
      network_(makeNetwork(config, seed)),
      options_(routingOptions(config)),
      routing_(routedAdam(
          *network_.module, options_,
          {config.real("optimizer.lr"), config.real("gate.lr"), config.real("optimizer.weight_decay")})),
      seed_(seed),
      batchSize_(config.integer("train.batch_size")),
      stepsPerEpoch_((task_.train.count() + batchSize_ - 1) / batchSize_),
      totalSteps_(stepsPerEpoch_ * config.integer("train.epochs")),
      scalarsEvery_(config.integer("record.scalars_every")),
      gatesEvery_(config.integer("record.gates_every")),
      mainRate_(config.real("optimizer.lr")),
      minimumRate_(config.real("optimizer.min_lr")),
      gateRate_(config.real("gate.lr")),
      gatePenalty_(config.real("gate.l1")),
      flips_(config.boolean("data.flip") && task_.sizing),
      gateFollowsSchedule_(config.boolean("gate.follow_schedule")),
      trainLoss_(unknown),
      testLoss_(unknown),
      accuracy_(unknown) {}

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

Variable GatedTraining::loss(const Batch& batch) {
    const Variable output = network_.module->forward(Variable(batch.x));
    const Variable target(batch.target);
    if (task_.sizing) return autograd::smoothL1(output, target);
    // Binary cross entropy of sigmoid(output): log(1 + e^o) - y o.
    return autograd::mean(autograd::subtract(autograd::softplus(output), autograd::multiply(target, output)));
}

Batch GatedTraining::trainingBatch() {
    const std::int64_t epoch = step_ / stepsPerEpoch_, index = step_ % stepsPerEpoch_;
    const auto order =
        RandomStream(seed_, "order", static_cast<std::uint64_t>(epoch)).permutation(task_.train.count());
    const std::int64_t first = index * batchSize_;
    const std::int64_t count = std::min(batchSize_, task_.train.count() - first);
    Batch batch = gather(task_.train, std::span(order).subspan(static_cast<std::size_t>(first),
                                                               static_cast<std::size_t>(count)));
    if (flips_) mirrorAtRandom(batch.x, seed_, static_cast<std::uint64_t>(step_));
    return batch;
}

Batch GatedTraining::heldOutBatch() {
    const auto chosen = RandomStream(seed_, "heldout", static_cast<std::uint64_t>(step_))
                            .sample(task_.heldOut.count(), std::min(batchSize_, task_.heldOut.count()));
    Batch batch = gather(task_.heldOut, chosen);
    if (flips_) mirrorAtRandom(batch.x, seed_ + 1, static_cast<std::uint64_t>(step_));
    return batch;
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
    const Batch batch = trainingBatch();
    const bool apart = options_.mode == RoutingMode::HeldOut;
    const Batch forGates = apart ? heldOutBatch() : batch;
    const auto penalized = [&](const Batch& from) {
        Variable total = loss(from);
        if (gatePenalty_ > 0)
            for (const auto& [name, gate] : network_.gates)
                total = autograd::add(total, autograd::scale(autograd::sum(gate->scores()), gatePenalty_));
        return total;
    };
    const bool joint = options_.mode == RoutingMode::Joint;
    const RoutedStep done = routing_.step([&] { return penalized(forGates); },
                                          [&] { return joint ? penalized(batch) : loss(batch); });
    ++step_;
    trainLoss_ = done.lossMain;
    const bool last = step_ == totalSteps_;
    if (step_ % scalarsEvery_ == 0 || last) recordStep(done, recorder);
    if (step_ % gatesEvery_ == 0 || last) recordGates(recorder);
    if (step_ % stepsPerEpoch_ == 0) evaluate(recorder);
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
    if (!task_.sizing) return;
    const std::vector<double> none(static_cast<std::size_t>(task_.test.count()));
    const SizeFigures f = judge(constantPrediction(sized(task_.test, none), task_.train.sizesMm));
    recorder.scalar("constant/frame/mae_mm", f.meanAbsoluteError, stamp());
    recorder.scalar("constant/frame/f1_binary", f.binary.f1Weighted, stamp());
    recorder.scalar("constant/frame/f1_triclass", f.triclass.f1Weighted, stamp());
    recorder.scalar("constant/frame/f1_triclass_macro", f.triclass.f1Macro, stamp());
}

double GatedTraining::informativeAuc() const {
    if (task_.informative == 0 || network_.gates.empty()) return unknown;
    const std::vector<double> s = network_.gates.front().second->values();
    const auto informative = static_cast<std::size_t>(task_.informative);
    double wins = 0;
    for (std::size_t i = 0; i < informative; ++i)
        for (std::size_t d = informative; d < s.size(); ++d) wins += s[i] > s[d] ? 1 : s[i] == s[d] ? 0.5 : 0;
    return wins / static_cast<double>(informative * (s.size() - informative));
}

std::vector<double> GatedTraining::outputs(const Samples& samples, double* meanLoss) {
    const autograd::NoGradient noTape;
    network_.module->setTraining(false);
    std::vector<double> all;
    double sum = 0;
    std::vector<std::int64_t> chosen;
    for (std::int64_t first = 0; first < samples.count(); first += evaluationBatch) {
        chosen.resize(static_cast<std::size_t>(std::min(evaluationBatch, samples.count() - first)));
        std::iota(chosen.begin(), chosen.end(), first);
        const Batch batch = gather(samples, chosen);
        for (const double value : network_.module->forward(Variable(batch.x)).value().toDoubles())
            all.push_back(value);
        if (meanLoss) sum += loss(batch).value().item() * static_cast<double>(chosen.size());
    }
    network_.module->setTraining(true);
    if (meanLoss) *meanLoss = sum / static_cast<double>(samples.count());
    return all;
}

std::vector<SizedItem> GatedTraining::sized(const Samples& samples, std::span<const double> predicted) const {
    std::vector<SizedItem> items;
    for (std::size_t i = 0; i < predicted.size(); ++i)
        items.push_back({samples.polyps[i], samples.sizesMm[i], sizeOf(predicted[i])});
    return items;
}

double GatedTraining::trainingError() {
    return judge(sized(task_.train, outputs(task_.train, nullptr))).meanAbsoluteError;
}

void GatedTraining::evaluate(record::Recorder& recorder) {
    const std::vector<double> predicted = outputs(task_.test, &testLoss_);
    recorder.scalar("test/loss", testLoss_, stamp());
    if (!task_.sizing) {
        std::int64_t right = 0;
        for (std::size_t i = 0; i < predicted.size(); ++i)
            right += (predicted[i] > 0) == (task_.test.targets[i] > 0.5F);
        accuracy_ = static_cast<double>(right) / static_cast<double>(predicted.size());
        recorder.scalar("test/acc", accuracy_, stamp());
        return;
    }
    const std::vector<SizedItem> items = sized(task_.test, predicted);
    frames_ = judge(items);
    polyps_ = judge(perPolyp(items));
    for (const auto& [name, f] : {std::pair("frame", &frames_), std::pair("polyp", &polyps_)}) {
        const auto note = [&](const char* figure, double value) {
            recorder.scalar("test/" + std::string(name) + "/" + figure, value, stamp());
        };
        note("mae_mm", f->meanAbsoluteError);
        note("rmse_mm", f->rootMeanSquareError);
        note("signed_error_percent", f->meanSignedPercent);
        note("within_1mm", f->withinOneMm);
        for (const auto& [classes, c] :
             {std::pair("binary", &f->binary), std::pair("triclass", &f->triclass)}) {
            const std::string suffix = std::string("_") + classes;
            note(("f1" + suffix).c_str(), c->f1Weighted);
            note(("f1_macro" + suffix).c_str(), c->f1Macro);
            note(("accuracy" + suffix).c_str(), c->accuracy);
            note(("sensitivity" + suffix).c_str(), c->sensitivity);
            note(("specificity" + suffix).c_str(), c->specificity);
        }
        record::Matrix confusion{"confusion/" + std::string(name), {3, 3}, {"truth", "prediction"}, {}};
        for (std::size_t t = 0; t < 3; ++t)
            for (std::size_t p = 0; p < 3; ++p)
                confusion.values.push_back(static_cast<float>(f->triclassConfusion.at(t, p)));
        recorder.matrix(confusion, stamp());
    }
    record::Matrix predictions{"predictions/test",
                               {static_cast<std::int64_t>(items.size()), 3},
                               {"frame", "polyp, truth mm, mm"},
                               {}};
    for (const SizedItem& item : items)
        for (const double value : {static_cast<double>(item.polyp), item.truthMm, item.predictedMm})
            predictions.values.push_back(static_cast<float>(value));
    recorder.matrix(predictions, stamp());
}

void GatedTraining::end(record::Recorder& recorder) {
    double loss = 0;
    const std::vector<double> predicted = outputs(task_.train, &loss);
    recorder.scalar("train/final_loss", loss, stamp());
    if (task_.sizing)
        recorder.scalar("train/final_mae_mm", judge(sized(task_.train, predicted)).meanAbsoluteError,
                        stamp());
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
    if (!task_.sizing)
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
    checkpoint.put("train.figures", Tensor::from(std::vector<double>{trainLoss_, testLoss_, accuracy_,
                                                                     mainRate_, gateRate_, gatePenalty_},
                                                 {6}));
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
    const Tensor figures = checkpoint.get("train.figures", DType::F64, {6});
    const double* const f = figures.data<double>();
    trainLoss_ = f[0];
    testLoss_ = f[1];
    accuracy_ = f[2];
    mainRate_ = f[3];
    gateRate_ = f[4];
    gatePenalty_ = f[5];
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
