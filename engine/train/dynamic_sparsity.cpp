// SPDX-License-Identifier: Apache-2.0
#include "train/dynamic_sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "sparse/distribution.h"
#include "sparse/execution_cost.h"
#include "sparse/statistics.h"

namespace filigree::train {
namespace {

sparse::Distribution distributionFrom(const std::string& name) {
    if (name == "uniform") return sparse::Distribution::Uniform;
    return name == "er" ? sparse::Distribution::ErdosRenyi : sparse::Distribution::ErdosRenyiKernel;
}

/// Throws Error (Usage) if a sparse layer is left without any connection.
std::vector<LayerConnections> shareConnections(const std::vector<nn::LayerWeight>& layers, double density,
                                               sparse::Distribution distribution, bool firstDense,
                                               bool lastDense) {
    std::vector<LayerConnections> plan;
    std::vector<Shape> shapes;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const bool dense = density >= 1 || (firstDense && l == 0) || (lastDense && l + 1 == layers.size());
        plan.push_back({layers[l].layer, layers[l].shape, layers[l].shape.elements(), !dense});
        if (!dense) shapes.push_back(layers[l].shape);
    }
    if (shapes.empty()) return plan;
    const std::vector<double> densities = sparse::layerDensities(shapes, density, distribution);
    auto share = densities.begin();
    for (LayerConnections& layer : plan) {
        if (!layer.sparse) continue;
        layer.active = sparse::activeCount(layer.shape, *share++);
        if (layer.active == 0)
            throw Error(ErrorKind::Usage,
                        "this density leaves the layer '" + layer.layer + "' without a connection",
                        "sparsity.density", "raise the density or choose another distribution");
    }
    return plan;
}

sparse::DropRule dropFrom(const std::string& name) {
    if (name == "signed") return sparse::DropRule::SignedMagnitude;
    return name == "taylor" ? sparse::DropRule::Taylor : sparse::DropRule::Magnitude;
}

sparse::DropDecay decayFrom(const std::string& name) {
    if (name == "constant") return sparse::DropDecay::Constant;
    if (name == "power") return sparse::DropDecay::Power;
    return name == "cosine" ? sparse::DropDecay::Cosine : sparse::DropDecay::CosineFloor;
}

sparse::RegrowPolicy regrowFrom(const std::string& name) {
    if (name == "keep") return sparse::RegrowPolicy::Keep;
    return name == "forbid" ? sparse::RegrowPolicy::Forbid : sparse::RegrowPolicy::Reset;
}

std::int64_t kernelArea(const Shape& shape) {
    return shape.rank() == 4 ? shape[2] * shape[3] : 1;
}

/// Mean of a statistic over the layers that define it, weighted by their number of dropped connections.
template <typename Figure>
double weightedMean(const std::vector<sparse::RoundStatistics>& layers, Figure&& figure) {
    double sum = 0;
    double weight = 0;
    for (const sparse::RoundStatistics& layer : layers) {
        const double value = figure(layer);
        if (layer.dropped == 0 || std::isnan(value)) continue;
        sum += value * static_cast<double>(layer.dropped);
        weight += static_cast<double>(layer.dropped);
    }
    return weight > 0 ? sum / weight : std::numeric_limits<double>::quiet_NaN();
}

void recordIfDefined(record::Recorder& recorder, const std::string& tag, double value,
                     const record::Stamp& stamp) {
    if (!std::isnan(value)) recorder.scalar(tag, value, stamp);
}

}  // namespace

DynamicSparsity::DynamicSparsity(const config::Config& config, std::uint64_t seed, std::int64_t totalSteps,
                                 std::int64_t stepsPerEpoch)
    : seed_(seed),
      density_(config.real("sparsity.density")),
      distribution_(distributionFrom(config.text("sparsity.distribution"))),
      firstDense_(config.boolean("sparsity.first_layer_dense")),
      lastDense_(config.boolean("sparsity.last_layer_dense")),
      execution_(config.text("sparsity.execution")),
      batch_(config.integer("train.batch_size")),
      growth_(config.text("rewire.growth")),
      c_(config.real("rewire.c")),
      eps_(config.real("rewire.eps")),
      normalize_(config.boolean("rewire.normalize")),
      updateReplacesStep_(config.boolean("rewire.update_replaces_step")),
      gradientSamples_(config.integer("rewire.gradient_samples")),
      masksEvery_(config.integer("record.masks_every")),
      weightsEverySteps_(
          std::llround(config.real("record.weights_every") * static_cast<double>(stepsPerEpoch))) {
    options_.drop = dropFrom(config.text("rewire.drop"));
    options_.regrow = regrowFrom(config.text("rewire.regrow"));
    schedule_.decay = decayFrom(config.text("rewire.decay"));
    schedule_.alpha = config.real("rewire.drop_fraction");
    schedule_.intervalSteps = config.integer("rewire.interval_steps");
    schedule_.endStep = std::llround(config.real("rewire.end") * static_cast<double>(totalSteps));
    schedule_.totalSteps = totalSteps;
    schedule_.power = config.real("rewire.power");
    chooseRule();
}

void DynamicSparsity::chooseRule() {
    if (growth_ == "random")
        rule_ = sparse::randomGrowth();
    else if (growth_ == "gradient")
        rule_ = sparse::gradientGrowth();
    else if (growth_ == "coverage")
        rule_ = sparse::acquisitionGrowth(std::numeric_limits<double>::infinity(), eps_);
    else if (growth_ == "unfired")
        rule_ = sparse::unfiredGrowth();
    else
        rule_ = sparse::acquisitionGrowth(c_, eps_, normalize_);
    // The gradient of an edge is part of the dense one, which the drop rule then asks for.
    if (options_.drop == sparse::DropRule::Taylor) rule_.usesDenseGradient = true;
}

nn::Topologies DynamicSparsity::initial(const std::vector<nn::LayerWeight>& layers) const {
    nn::Topologies topologies;
    for (const LayerConnections& plan :
         shareConnections(layers, density_, distribution_, firstDense_, lastDense_)) {
        if (!plan.sparse) continue;
        const Shape& shape = plan.shape;
        RandomStream random(seed_, "mask/" + plan.layer);
        topologies.emplace(
            plan.layer, sparse::randomTopology(shape[0], shape.elements() / shape[0], plan.active, random));
    }
    return topologies;
}

std::vector<LayerConnections> plannedConnections(const config::Config& config,
                                                 const std::vector<nn::LayerWeight>& layers) {
    return shareConnections(
        layers, config.real("sparsity.density"), distributionFrom(config.text("sparsity.distribution")),
        config.boolean("sparsity.first_layer_dense"), config.boolean("sparsity.last_layer_dense"));
}

void DynamicSparsity::attach(const nn::Module& model) {
    weights_ = model.sparseWeights();
    initial_.clear();
    choices_.clear();
    for (const Weight& weight : weights_) {
        // The first sparse layer is the first of the network unless that one is dense.
        chooseExecution(*weight, !firstDense_ && weight == weights_.front());
        initial_.push_back(weight->sharedTopology());
    }
}

void DynamicSparsity::chooseExecution(sparse::SparseWeight& weight, bool firstLayer) {
    using sparse::Execution;
    const sparse::Topology& topology = weight.topology();
    Execution chosen = execution_ == "masked" ? Execution::MaskedDense : Execution::Sparse;
    std::string why = "as configured";
    if (execution_ == "auto" && weight.values().value().onDevice()) {
        why = "a device always does";
    } else if (execution_ == "auto" && weight.denseShape().rank() == 2) {
        const sparse::LinearCost cost = sparse::predictLinearCost(topology.rows(), topology.columns(),
                                                                  topology.edges(), batch_, firstLayer);
        chosen = cost.faster();
        why =
            fmt::format("predicted {:.3g} ms a step sparse, {:.3g} ms masked", cost.sparseMs, cost.maskedMs);
    } else if (execution_ == "auto") {
        // Sparse convolutions hold their own up to full density, since they spare the conversions of memory
        // order on both sides.
        why = "convolutions always are";
    }
    weight.setExecution(chosen);
    choices_.push_back(fmt::format("layer {}: {} x {}, density {:.3g}, multiplied {} ({})", weight.name(),
                                   topology.rows(), topology.columns(), topology.density(),
                                   chosen == Execution::Sparse ? "sparse" : "masked-dense", why));
}

bool DynamicSparsity::roundDue(std::int64_t step) const {
    return isSparse() && growth_ != "none" && schedule_.due(step);
}

void DynamicSparsity::setCapturing(bool on) {
    for (const Weight& weight : weights_) weight->setCapturing(on && rule_.usesDenseGradient);
}

void DynamicSparsity::round(std::int64_t step, optim::Optimizer& optimizer, record::Recorder& recorder,
                            const record::Stamp& stamp) {
    options_.dropFraction = schedule_.fraction(step);
    std::vector<sparse::RoundStatistics> statistics;
    std::int64_t moved = 0;
    for (const Weight& weight : weights_) {
        const auto before = weight->sharedTopology();
        const sparse::RoundPlan plan = rewire(*weight, step, optimizer);
        statistics.push_back(plan.statistics);
        recorder.rewiring({weight->name(), weight->round(), plan.dropped, plan.grown}, stamp);
        moved += sparse::hammingDistance(*before, weight->topology());
        if (masksEvery_ > 0 && weight->round() % masksEvery_ == 0) recordMask(*weight, recorder, stamp);
    }
    recordRound(stamp, recorder, statistics, moved);
}

sparse::RoundPlan DynamicSparsity::rewire(sparse::SparseWeight& weight, std::int64_t step,
                                          optim::Optimizer& optimizer) {
    backend::DeviceKernels* const device = backend::kernelsOf(weight.values().value());
    // One layer at a time: the dense gradient is the only dense thing there is, and lives this long.
    Tensor gradient;
    if (rule_.usesDenseGradient) gradient = weight.denseGradient();
    weight.setCapturing(false);
    const bool magnitude = options_.drop == sparse::DropRule::Magnitude;
    if (device && rule_.exploration && magnitude)
        return sparse::roundOnDevice(weight, rule_, options_, gradient, step,
                                     optimizer.states(weight.values()))
            .plan;
    // Rules that look at the weights alone choose on the host, from them: the same choice on every device.
    if (device && gradient.defined())
        device->fallBack(magnitude ? ("rewiring by growth " + rule_.name).c_str()
                                   : "rewiring by this drop rule");
    RandomStream random(seed_, "growth/" + weight.name(), static_cast<std::uint64_t>(step));
    const sparse::RoundPlan plan = sparse::planRound(
        weight, rule_, options_,
        gradient.defined() ? sparse::DenseGradient(gradient.host()) : sparse::DenseGradient(), step, random);
    optimizer.remap(weight.values(), sparse::applyRound(weight, plan, options_.regrow));
    return plan;
}

void DynamicSparsity::recordRound(const record::Stamp& stamp, record::Recorder& recorder,
                                  const std::vector<sparse::RoundStatistics>& layers,
                                  std::int64_t moved) const {
    using S = sparse::RoundStatistics;
    double edges = 0;
    std::int64_t fromStart = 0;
    std::int64_t dead = 0;
    for (std::size_t l = 0; l < weights_.size(); ++l) {
        const sparse::Topology& topology = weights_[l]->topology();
        const sparse::DeadUnits units = sparse::deadUnits(topology, kernelArea(weights_[l]->denseShape()));
        const std::string& name = weights_[l]->name();
        edges += static_cast<double>(topology.edges());
        fromStart += sparse::hammingDistance(*initial_[l], topology);
        dead += units.withoutInput + units.withoutOutput;
        recorder.scalar("layers/dead_inputs/" + name, static_cast<double>(units.withoutOutput), stamp);
        recorder.scalar("layers/dead_outputs/" + name, static_cast<double>(units.withoutInput), stamp);
        recorder.scalar(
            "layers/exploration/" + name,
            static_cast<double>(weights_[l]->activity().everActive()) / static_cast<double>(topology.size()),
            stamp);
        if (layers[l].dropped == 0) continue;
        recorder.scalar("layers/dropped/" + name, static_cast<double>(layers[l].dropped), stamp);
        recorder.scalar("layers/regrow_share/" + name, layers[l].regrowShare, stamp);
        recorder.scalar("layers/new_share/" + name, layers[l].newShare, stamp);
        recorder.scalar("layers/dropped_weight/" + name, layers[l].meanDroppedMagnitude, stamp);
        recordIfDefined(recorder, "layers/grown_gradient/" + name, layers[l].meanGrownGradient, stamp);
        recordIfDefined(recorder, "layers/top_gradient/" + name, layers[l].meanTopGradient, stamp);
        recordIfDefined(recorder, "layers/maximum_gradient/" + name, layers[l].maximumGradient, stamp);
        recordIfDefined(recorder, "layers/bonus/" + name, layers[l].meanBonus, stamp);
    }
    recorder.scalar("sparsity/exploration", exploration(), stamp);
    recorder.scalar("sparsity/drop_fraction", options_.dropFraction, stamp);
    // Both distances count a moved connection twice (left and arrived), hence halved.
    recorder.scalar("sparsity/churn", static_cast<double>(moved) / 2 / edges, stamp);
    recorder.scalar("sparsity/distance_to_start", static_cast<double>(fromStart) / 2 / edges, stamp);
    recorder.scalar("sparsity/dead_units", static_cast<double>(dead), stamp);
    const auto overall = [&](const char* tag, auto&& figure) {
        recordIfDefined(recorder, std::string("sparsity/") + tag, weightedMean(layers, figure), stamp);
    };
    overall("regrow_share", [](const S& s) { return s.regrowShare; });
    overall("new_share", [](const S& s) { return s.newShare; });
    overall("dropped_age", [](const S& s) { return s.meanDroppedAge; });
    overall("exploit_ratio", [](const S& s) { return s.exploitRatio(); });
    overall("bonus_to_gradient", [](const S& s) { return s.meanBonus / s.meanTopGradient; });
}

void DynamicSparsity::recordMask(const sparse::SparseWeight& weight, record::Recorder& recorder,
                                 const record::Stamp& stamp) const {
    const sparse::Topology& topology = weight.topology();
    record::Mask mask{weight.name(), topology.rows(), topology.columns(), {}, topology.positions()};
    const Shape& shape = weight.denseShape();
    for (int axis = 1; shape.rank() == 4 && axis < 4; ++axis) mask.kernel.push_back(shape[axis]);
    recorder.mask(mask, stamp);
}

void DynamicSparsity::recordMasks(record::Recorder& recorder, const record::Stamp& stamp) const {
    for (const Weight& weight : weights_) recordMask(*weight, recorder, stamp);
}

void DynamicSparsity::recordStart(record::Recorder& recorder, const record::Stamp& stamp) {
    for (const std::string& choice : choices_) recorder.log(record::LogLevel::Info, choice, stamp);
    recordMasks(recorder, stamp);
    for (const Weight& weight : weights_) {
        recorder.scalar("layers/density/" + weight->name(), weight->topology().density(), stamp);
        recorder.scalar("layers/connections/" + weight->name(),
                        static_cast<double>(weight->topology().edges()), stamp);
    }
    if (!isSparse()) return;
    recorder.scalar("sparsity/density", density(), stamp);
    recorder.scalar("sparsity/exploration", exploration(), stamp);
}

void DynamicSparsity::recordWeights(record::Recorder& recorder, const record::Stamp& stamp, bool always) {
    if (!always && (weightsEverySteps_ <= 0 || stamp.step % weightsEverySteps_ != 0)) return;
    recordMasks(recorder, stamp);
    for (const Weight& weight : weights_) {
        const Tensor values = weight->values().value().host().to(DType::F32).contiguous();
        const auto span = values.values<float>();
        recorder.edgeValues({weight->name(), "weight", {span.begin(), span.end()}}, stamp);
        std::vector<float> ages;
        ages.reserve(span.size());
        for (const std::int32_t birth : weight->birthRounds())
            ages.push_back(static_cast<float>(weight->round() - birth));
        recorder.edgeValues({weight->name(), "age", std::move(ages)}, stamp);
    }
}

double DynamicSparsity::relevantShare(std::int64_t relevant) const {
    if (!isSparse()) return 1;
    const sparse::Topology& first = weights_.front()->topology();
    std::int64_t count = 0;
    for (std::int64_t column = 0; column < std::min(relevant, first.columns()); ++column)
        count += first.outDegree(column);
    return static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, first.edges()));
}

double DynamicSparsity::density() const {
    double edges = 0;
    double size = 0;
    for (const Weight& weight : weights_) {
        edges += static_cast<double>(weight->topology().edges());
        size += static_cast<double>(weight->topology().size());
    }
    return size > 0 ? edges / size : 1;
}

double DynamicSparsity::exploration() const {
    double ever = 0;
    double size = 0;
    for (const Weight& weight : weights_) {
        ever += static_cast<double>(weight->activity().everActive());
        size += static_cast<double>(weight->topology().size());
    }
    return size > 0 ? ever / size : 1;
}

void DynamicSparsity::save(Checkpoint& checkpoint) const {
    for (const Weight& weight : weights_) {
        const std::string name = weight->name() + ".weight.";
        const backend::SparsePattern pattern = weight->topology().pattern();
        checkpoint.put(name + "crow_indices",
                       std::vector<std::int64_t>(pattern.rowStart.begin(), pattern.rowStart.end()));
        checkpoint.put(name + "col_indices",
                       std::vector<std::int64_t>(pattern.column.begin(), pattern.column.end()));
        checkpoint.put(name + "values", weight->values().value());
        const auto& births = weight->birthRounds();
        checkpoint.put(name + "birth_rounds", std::vector<std::int64_t>(births.begin(), births.end()));
        const auto positions = weight->activity().positions();
        const auto counts = weight->activity().counts();
        checkpoint.put(name + "activity_positions",
                       std::vector<std::int64_t>(positions.begin(), positions.end()));
        checkpoint.put(name + "activity_counts", std::vector<std::int64_t>(counts.begin(), counts.end()));
        checkpoint.put(name + "round", std::vector<std::int64_t>{weight->round()});
    }
    if (isSparse())
        checkpoint.put("rewire.settings", Tensor::from(std::vector<double>{c_, schedule_.alpha}, {2}));
}

void DynamicSparsity::load(const Checkpoint& checkpoint) {
    const auto damaged = [](const std::string& layer) -> Error {
        return {ErrorKind::Data,
                "the saved pattern of the layer '" + layer + "' is damaged",
                {},
                "resume from another checkpoint"};
    };
    for (const Weight& weight : weights_) {
        const std::string name = weight->name() + ".weight.";
        const sparse::Topology& current = weight->topology();
        const auto starts = checkpoint.getIntegers(name + "crow_indices");
        const auto columns = checkpoint.getIntegers(name + "col_indices");
        const auto edges = static_cast<std::int64_t>(columns.size());
        if (static_cast<std::int64_t>(starts.size()) != current.rows() + 1 || starts.front() != 0 ||
            starts.back() != edges || !std::is_sorted(starts.begin(), starts.end()))
            throw damaged(weight->name());
        std::vector<std::uint32_t> positions;
        positions.reserve(columns.size());
        for (std::int64_t row = 0; row < current.rows(); ++row)
            for (std::int64_t e = starts[static_cast<std::size_t>(row)];
                 e < starts[static_cast<std::size_t>(row) + 1]; ++e) {
                const std::int64_t column = columns[static_cast<std::size_t>(e)];
                if (column < 0 || column >= current.columns()) throw damaged(weight->name());
                positions.push_back(static_cast<std::uint32_t>(row * current.columns() + column));
            }
        const auto narrow = [&]<typename T>(const char* what, T) {
            std::vector<T> result;
            for (const std::int64_t value : checkpoint.getIntegers(name + what)) {
                if (value < 0 || static_cast<std::uint64_t>(value) > std::numeric_limits<T>::max())
                    throw damaged(weight->name());
                result.push_back(static_cast<T>(value));
            }
            return result;
        };
        const auto rounds = narrow("round", std::int32_t{});
        if (rounds.size() != 1) throw damaged(weight->name());
        const Tensor values =
            checkpoint.get(name + "values", weight->values().value().dtype(), {edges}).clone();
        weight->restore(sparse::Topology(current.rows(), current.columns(), positions), values,
                        sparse::Activity(narrow("activity_positions", std::uint32_t{}),
                                         narrow("activity_counts", std::uint16_t{})),
                        narrow("birth_rounds", std::int32_t{}), rounds.front());
    }
    if (!isSparse()) return;
    const Tensor settings = checkpoint.get("rewire.settings", DType::F64, {2});
    c_ = settings.data<double>()[0];
    schedule_.alpha = settings.data<double>()[1];
    chooseRule();
}

bool DynamicSparsity::set(std::string_view key, double value) {
    if (key == "rewire.c") {
        c_ = value;
        chooseRule();
        return true;
    }
    if (key != "rewire.drop_fraction") return false;
    schedule_.alpha = value;
    return true;
}

}  // namespace filigree::train
