// SPDX-License-Identifier: Apache-2.0
#include "train/supervised.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/loss.h"
#include "backend/loss.h"
#include "backend/reduction.h"
#include "base/error.h"
#include "base/profile.h"
#include "data/load.h"
#include "optim/clipping.h"
#include "train/drop_and_grow.h"
#include "train/model_factory.h"
#include "train/recalibration.h"

namespace filigree::train {
namespace {

/// As many samples as a training step usually has: the activations of more would not stay in the caches from
/// layer to layer (a convolutional network evaluated 500 at once took three times as long).
constexpr std::int64_t evaluationBatch = 128;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

data::Dataset loadSplit(const config::Config& config, const data::SearchPath& folders, const char* split,
                        const char* limit) {
    data::LoadOptions options;
    options.planted.seed = static_cast<std::uint64_t>(config.integer("data.planted_seed"));
    options.planted.trapScale = config.real("data.trap_scale");
    options.limit = config.integer(limit);
    return data::load(config.text("data.name"), split, folders, options);
}

/// Values of a batch from which on reading it is worth a thread of its own.
constexpr std::int64_t worthPrefetching = 32768;

Shape batchShape(const data::Loader& loader, std::int64_t index) {
    Shape shape{loader.batchCount(index)};
    for (const std::int64_t size : loader.dataset().sampleShape) shape.append(size);
    return shape;
}

}  // namespace

StepPlan planSteps(const config::Config& config, std::int64_t trainingSamples) {
    const std::int64_t batch = config.integer("train.batch_size");
    if (batch > trainingSamples)
        throw Error(
            ErrorKind::Usage,
            "a batch is larger than the training set of " + std::to_string(trainingSamples) + " samples",
            "train.batch_size = " + std::to_string(batch), "choose a smaller batch");
    StepPlan plan;
    plan.stepsPerEpoch = trainingSamples / batch;
    plan.totalSteps = config.integer("train.epochs") * plan.stepsPerEpoch;
    if (const std::int64_t limit = config.integer("train.max_steps"); limit > 0)
        plan.totalSteps = std::min(plan.totalSteps, limit);
    plan.evaluateEverySteps = std::max<std::int64_t>(
        1, std::llround(config.real("train.evaluate_every") * static_cast<double>(plan.stepsPerEpoch)));
    return plan;
}

Supervised::Supervised(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders,
                       Tensor::Device device)
    : Supervised(config, seed, folders, std::make_unique<ConfiguredGrowth>(config), std::move(device)) {}

Supervised::Supervised(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders,
                       std::unique_ptr<SparseAlgorithm> algorithm, Tensor::Device device)
    : train_(loadSplit(config, folders, "train", "data.train_limit")),
      test_(loadSplit(config, folders, "test", "data.test_limit")),
      algorithm_(std::move(algorithm)),
      device_(std::move(device)),
      seed_(seed),
      scalarsEvery_(config.integer("record.scalars_every")),
      learningRate_(config.real("optimizer.lr")),
      labelSmoothing_(config.real("train.label_smoothing")),
      clipNorm_(config.real("train.clip_norm")),
      clipValue_(config.real("train.clip_value")),
      averageKind_(config.text("average.kind")),
      averageDecay_(config.real("average.decay")),
      calibrationShare_(config.real("average.calibration")),
      endsWithAverage_(config.boolean("average.apply")),
      sinceRecord_(device_),
      lastTrain_{unknown, unknown},
      lastTest_{unknown, unknown} {
    const data::Augmentation augmentation{static_cast<int>(config.integer("data.pad_crop")),
                                          config.boolean("data.flip")};
    const StepPlan plan = planSteps(config, train_.count());
    stepsPerEpoch_ = plan.stepsPerEpoch;
    totalSteps_ = algorithm_->start({plan.totalSteps, plan.stepsPerEpoch});
    evaluateEverySteps_ = plan.evaluateEverySteps;
    const std::int64_t batch = config.integer("train.batch_size");
    trainLoader_.emplace(train_, batch, seed, true, true, augmentation);
    if (batch * train_.sampleSize() >= worthPrefetching) prefetcher_.emplace(*trainLoader_);
    testLoader_.emplace(test_, evaluationBatch, seed, false);
    wholeTrainLoader_.emplace(train_, evaluationBatch, seed, false);

    const std::vector<nn::LayerWeight> layers = modelWeights(config, train_);
    const auto model = [&](const nn::Topologies& topologies) {
        return makeModel(config, train_, topologies, seed);
    };
    const auto samples = [&](std::int64_t count) -> Beginning::Samples {
        data::Loader loader(train_, std::min(count, train_.count()), seed);
        Batch first = read(loader, 0, 0);
        return {std::move(first.x), std::move(first.labels)};
    };
    model_ = model(algorithm_->initial({config, seed, layers, model, samples}));
    if (device_) {
        for (nn::Parameter& parameter : model_->parameters())
            parameter.variable.mutableValue().moveTo(device_);
        for (auto& [name, buffer] : model_->buffers()) buffer.moveTo(device_);
    }
    sparsity_ = std::make_unique<DynamicSparsity>(config, seed, stepsPerEpoch_);
    sparsity_->attach(*model_);
    algorithm_->attach(*sparsity_, *model_);
    flops_ = TrainingFlops(layers, *sparsity_);
    optimizer_ = makeOptimizer(config, parameters());
    schedule_ = makeSchedule(config, plan.totalSteps, stepsPerEpoch_);
    const double from = config.real("average.from") * static_cast<double>(totalSteps_);
    averageFromEpoch_ =
        std::max<std::int64_t>(1, std::llround(std::ceil(from / static_cast<double>(stepsPerEpoch_))));
    if (averageKind_ != "none") {
        if (!algorithm_->endsWithTrainedWeights())
            throw Error(ErrorKind::Usage, "this algorithm ends with other weights than it trains",
                        "average.kind", "leave it at \"none\"");
        average_.start(parameters(), *model_);
    }
}

std::vector<nn::Parameter> Supervised::parameters() const {
    std::vector<nn::Parameter> all = model_->parameters();
    for (nn::Parameter& parameter : algorithm_->parameters()) all.push_back(std::move(parameter));
    return all;
}

record::Stamp Supervised::stamp() const {
    return {step_, static_cast<double>(step_) / static_cast<double>(stepsPerEpoch_)};
}

void Supervised::begin(record::Recorder& recorder) {
    sparsity_->recordStart(recorder, stamp());
    sparsity_->recordWeights(recorder, stamp(), true);
    if (train_.relevantInputs > 0)
        recorder.scalar("sparsity/relevant_share", sparsity_->relevantShare(train_.relevantInputs), stamp());
    recorder.log(record::LogLevel::Info,
                 train_.name + ": " + std::to_string(train_.count()) + " training and " +
                     std::to_string(test_.count()) + " test samples from " + train_.where,
                 stamp());
}

Supervised::Batch Supervised::read(data::Loader& loader, std::int64_t epoch, std::int64_t index) {
    const Shape shape = batchShape(loader, index);
    Batch batch{Tensor::empty(shape), Tensor::empty({shape[0]}, DType::I32)};
    loader.batch(epoch, index, batch.x.values<float>(), batch.labels.values<std::int32_t>());
    return batch;
}

Supervised::Batch Supervised::trainingBatch(std::int64_t epoch, std::int64_t index) {
    if (!prefetcher_) return read(*trainLoader_, epoch, index);
    const std::int64_t after = epoch * stepsPerEpoch_ + index + 1;
    const data::LoadedBatch& loaded = prefetcher_->take({epoch, index}, totalSteps_ - after);
    const Shape shape = batchShape(*trainLoader_, index);
    return {Tensor::from(loaded.x, shape), Tensor::from(loaded.labels, {shape[0]})};
}

Supervised::Figures Supervised::learn(std::int64_t epoch, std::int64_t index) {
    const Batch batch = trainingBatch(epoch, index);
    const Tensor labels = batch.labels.to(device_);
    const autograd::Variable logits = model_->forward(autograd::Variable(batch.x.to(device_)));
    autograd::Variable loss = autograd::crossEntropy(logits, labels, labelSmoothing_);
    Figures figures{loss.value(), backend::isCorrect(logits.value(), labels)};
    loss.backward();
    return figures;
}

void Supervised::clip() {
    if (clipNorm_ <= 0 && clipValue_ <= 0) return;
    std::vector<autograd::Variable> variables;
    for (const nn::Parameter& parameter : parameters()) variables.push_back(parameter.variable);
    if (clipValue_ > 0) optim::clipGradientValue(variables, clipValue_);
    if (clipNorm_ > 0) optim::clipGradientNorm(variables, clipNorm_);
}

void Supervised::step(record::Recorder& recorder) {
    const std::int64_t epoch = step_ / stepsPerEpoch_;
    const std::int64_t index = step_ % stepsPerEpoch_;
    optimizer_->setLearningRate(learningRate_ *
                                optim::learningRateFactor(schedule_, algorithm_->scheduleStep(step_)));
    ++step_;
    model_->setTraining(true);
    model_->setStep(seed_, static_cast<std::uint64_t>(step_));
    const bool round = sparsity_->isSparse() && algorithm_->roundDue(step_);
    const bool dense = sparsity_->isSparse() && algorithm_->wantsDenseGradient(step_);
    std::int64_t passes = 1;
    if (dense) {
        sparsity_->setCapturing(true);
        for (; passes < algorithm_->gradientSamples(step_); ++passes)
            learn(epoch, (index + passes) % stepsPerEpoch_);
    }
    optimizer_->zeroGradients();
    const Figures figures = learn(epoch, index);
    flops_.add(*algorithm_, *sparsity_, dense, passes * trainLoader_->batchCount(index));
    SparseStep now{step_, *sparsity_, *model_, *optimizer_, recorder, stamp()};
    if (!round || !algorithm_->replacesUpdate(step_)) {
        const profile::Layer update("", profile::Phase::Update);
        if (sparsity_->isSparse()) algorithm_->beforeUpdate(now);
        clip();
        double values = 0;
        for (const nn::Parameter& parameter : model_->parameters())
            values += static_cast<double>(parameter.variable.value().elements());
        const profile::Operation timed("optimiser", 4 * values, 5 * 4 * values);
        optimizer_->step();
    }
    followWeights();
    if (sparsity_->isSparse()) {
        const profile::Layer update("", profile::Phase::Update);
        std::optional<profile::Operation> timed;
        if (round) timed.emplace("rewiring", 0, 0);
        algorithm_->afterUpdate(now);
        if (round && train_.relevantInputs > 0)
            recorder.scalar("sparsity/relevant_share", sparsity_->relevantShare(train_.relevantInputs),
                            stamp());
    }
    average_.follow();
    optimizer_->zeroGradients();

    sinceRecord_.add(figures.loss, figures.correct);
    ++stepsSinceRecord_;
    if (device_) device_->submit();
    const bool last = step_ == totalSteps_;
    if (step_ % scalarsEvery_ == 0 || last) recordProgress(recorder);
    if (!last) sparsity_->recordWeights(recorder, stamp());
    if (step_ % evaluateEverySteps_ == 0 || last) evaluate(recorder);
}

void Supervised::followWeights() {
    if (averageKind_ == "ema") {
        average_.add(warmedDecay(averageDecay_, step_));
        return;
    }
    if (averageKind_ != "swa" || step_ % stepsPerEpoch_ != 0 || !hasAverage()) return;
    const auto before = static_cast<double>(step_ / stepsPerEpoch_ - averageFromEpoch_);
    average_.add(before / (before + 1));
}

bool Supervised::hasAverage() const {
    if (averageKind_ == "swa") return step_ / stepsPerEpoch_ >= averageFromEpoch_;
    return average_.started() && step_ > 0;
}

void Supervised::recordProgress(record::Recorder& recorder) {
    const auto steps = static_cast<double>(stepsSinceRecord_);
    const FigureMeter::Sums sums = sinceRecord_.sums();
    lastTrain_ = {sums.loss / steps, sums.accuracy / steps};
    recorder.scalar("train/loss", lastTrain_.loss, stamp());
    recorder.scalar("train/acc", lastTrain_.accuracy, stamp());
    recorder.scalar("optimizer/lr", optimizer_->learningRate(), stamp());
    recorder.scalar("perf/training_bytes", static_cast<double>(trainingBytes()), stamp());
    recorder.scalar("perf/forward_flops", flops_.forward(*algorithm_, *sparsity_), stamp());
    if (!std::isnan(flops_.total())) recorder.scalar("perf/training_flops", flops_.total(), stamp());
    sinceRecord_.set({});
    stepsSinceRecord_ = 0;
}

std::int64_t Supervised::trainingBytes() const {
    std::int64_t bytes = algorithm_->stateBytes() + average_.bytes();
    for (const nn::Parameter& parameter : parameters())
        bytes += 2 * static_cast<std::int64_t>(parameter.variable.value().bytes());
    for (const auto& [name, tensor] : optimizer_->state()) bytes += static_cast<std::int64_t>(tensor.bytes());
    for (const auto& weight : model_->sparseWeights())
        bytes += weight->indexBytes() + weight->activity().bytes() + 4 * std::ssize(weight->birthRounds());
    return bytes;
}

Supervised::Outcome Supervised::assess(data::Loader& loader) {
    const autograd::NoGradient noTape;
    model_->setTraining(false);
    double loss = 0;
    std::int64_t correct = 0;
    for (std::int64_t index = 0; index < loader.batchesPerEpoch(); ++index) {
        const Batch batch = read(loader, 0, index);
        const Tensor labels = batch.labels.to(device_);
        const autograd::Variable logits = model_->forward(autograd::Variable(batch.x.to(device_)));
        const auto count = static_cast<double>(batch.labels.dim(0));
        loss += autograd::crossEntropy(logits, labels).value().item() * count;
        correct += std::llround(backend::sum(backend::isCorrect(logits.value(), labels)).item());
    }
    model_->setTraining(true);
    const auto samples = static_cast<double>(loader.dataset().count());
    return {loss / samples, static_cast<double>(correct) / samples};
}

void Supervised::evaluate(record::Recorder& recorder) {
    lastTest_ = assess(*testLoader_);
    recorder.scalar("test/loss", lastTest_.loss, stamp());
    recorder.scalar("test/acc", lastTest_.accuracy, stamp());
    if (hasAverage() && !averageApplied_) evaluateAverage(recorder);
}

void Supervised::evaluateAverage(record::Recorder& recorder) {
    std::vector<Tensor> statistics;
    for (auto& [name, buffer] : model_->buffers()) statistics.push_back(buffer.host().clone());
    average_.exchange();
    if (hasStatistics(*model_)) recalibrateAverage();
    const Outcome outcome = assess(*testLoader_);
    recorder.scalar("test/average_loss", outcome.loss, stamp());
    recorder.scalar("test/average_acc", outcome.accuracy, stamp());
    averageApplied_ = endsWithAverage_ && step_ == totalSteps_;
    if (averageApplied_) return;
    average_.exchange();
    auto saved = statistics.begin();
    for (auto& [name, buffer] : model_->buffers()) buffer.copyFrom(saved++->to(buffer.device()));
}

void Supervised::recalibrateAverage() {
    // An incomplete last batch would weigh as much as the others.
    const std::int64_t whole =
        std::max<std::int64_t>(1, wholeTrainLoader_->dataset().count() / evaluationBatch);
    const std::int64_t batches =
        step_ == totalSteps_
            ? whole
            : std::max<std::int64_t>(1, std::llround(calibrationShare_ * static_cast<double>(whole)));
    recalibrate(*model_, batches,
                [&](std::int64_t index) { return read(*wholeTrainLoader_, 0, index).x.to(device_); });
}

bool Supervised::show(std::string_view kind, record::Recorder& recorder) {
    if (!sparsity_->isSparse() || (kind != "mask" && kind != "edge_values")) return false;
    if (kind == "mask")
        sparsity_->recordMasks(recorder, stamp());
    else
        sparsity_->recordWeights(recorder, stamp(), true);
    return true;
}

void Supervised::end(record::Recorder& recorder) {
    const Outcome whole = assess(*wholeTrainLoader_);
    recorder.scalar("train/final_loss", whole.loss, stamp());
    recorder.scalar("train/final_acc", whole.accuracy, stamp());
    sparsity_->recordWeights(recorder, stamp(), true);
}

Progress Supervised::progress() const {
    Progress progress{step_,
                      totalSteps_,
                      stamp().epoch,
                      static_cast<double>(totalSteps_) / static_cast<double>(stepsPerEpoch_),
                      {}};
    const auto show = [&](const char* name, double value) {
        if (!std::isnan(value)) progress.figures.emplace_back(name, value);
    };
    show("loss", lastTrain_.loss);
    show("accuracy", lastTest_.accuracy);
    show("density", sparsity_->density());
    return progress;
}

void Supervised::save(Checkpoint& checkpoint) const {
    sparsity_->save(checkpoint);
    if (sparsity_->isSparse()) algorithm_->save(checkpoint);
    const auto sparse = model_->sparseWeights();
    for (const nn::Parameter& parameter : model_->parameters()) {
        const bool isSparse = std::any_of(sparse.begin(), sparse.end(),
                                          [&](const auto& w) { return w->values().is(parameter.variable); });
        if (!isSparse) checkpoint.put(parameter.name, parameter.variable.value());
    }
    for (const auto& [name, buffer] : model_->buffers()) checkpoint.put(name, buffer);
    for (const auto& [name, tensor] : optimizer_->state()) checkpoint.put("optimizer." + name, tensor);
    flops_.save(checkpoint);
    average_.save(checkpoint);
    checkpoint.put("train.step", std::vector<std::int64_t>{step_, stepsSinceRecord_});
    const FigureMeter::Sums sums = sinceRecord_.sums();
    checkpoint.put("train.sums", Tensor::from(std::vector<double>{sums.loss, sums.accuracy, lastTrain_.loss,
                                                                  lastTrain_.accuracy, lastTest_.loss,
                                                                  lastTest_.accuracy, learningRate_},
                                              {7}));
}

void Supervised::load(const Checkpoint& checkpoint) {
    sparsity_->load(checkpoint);
    if (sparsity_->isSparse()) algorithm_->load(checkpoint);
    const auto sparse = model_->sparseWeights();
    for (nn::Parameter& parameter : model_->parameters()) {
        const bool isSparse = std::any_of(sparse.begin(), sparse.end(),
                                          [&](const auto& w) { return w->values().is(parameter.variable); });
        Tensor& value = parameter.variable.mutableValue();
        if (!isSparse) value.copyFrom(checkpoint.get(parameter.name, value.dtype(), value.shape()));
    }
    for (auto& [name, buffer] : model_->buffers())
        buffer.copyFrom(checkpoint.get(name, buffer.dtype(), buffer.shape()));
    std::vector<std::pair<std::string, Tensor>> state;
    const std::string prefix = "optimizer.";
    for (const auto& [name, tensor] : checkpoint.tensors())
        if (name.starts_with(prefix)) state.emplace_back(name.substr(prefix.size()), tensor);
    optimizer_->loadState(state);
    const auto steps = checkpoint.getIntegers("train.step");
    if (steps.size() != 2 || steps[0] < 0 || steps[0] > totalSteps_ || steps[1] < 0)
        throw Error(ErrorKind::Data, "the saved step does not fit this run", "train.step",
                    "resume with the configuration that the checkpoint was made with");
    flops_.load(checkpoint);
    average_.load(checkpoint);
    step_ = steps[0];
    stepsSinceRecord_ = steps[1];
    averageApplied_ = endsWithAverage_ && step_ == totalSteps_ && hasAverage();
    const Tensor sums = checkpoint.get("train.sums", DType::F64, {7});
    const double* const s = sums.data<double>();
    sinceRecord_.set({s[0], s[1]});
    lastTrain_ = {s[2], s[3]};
    lastTest_ = {s[4], s[5]};
    learningRate_ = s[6];
}

std::string Supervised::weightsDigest() const {
    std::vector<std::byte> bytes;
    const auto append = [&](const void* data, std::size_t size) {
        const auto* const first = static_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), first, first + size);
    };
    for (const nn::Parameter& parameter : parameters()) {
        append(parameter.name.data(), parameter.name.size());
        const Tensor value = parameter.variable.value().host().contiguous();
        append(value.raw(), value.bytes());
    }
    for (const auto& weight : model_->sparseWeights()) {
        const auto positions = weight->topology().positions();
        append(weight->name().data(), weight->name().size());
        append(positions.data(), positions.size() * sizeof(std::uint32_t));
    }
    for (const auto& [name, buffer] : model_->buffers()) {
        const Tensor value = buffer.host();
        append(name.data(), name.size());
        append(value.raw(), value.bytes());
    }
    return sha256(bytes.data(), bytes.size());
}

void Supervised::set(std::string_view key, double value) {
    if (key == "optimizer.lr") {
        learningRate_ = value;
        return;
    }
    if (!algorithm_->set(key, value))
        throw Error(ErrorKind::Usage, "this value cannot be changed while the run goes on", std::string(key),
                    "optimizer.lr, rewire.c and rewire.drop_fraction can");
}

}  // namespace filigree::train
