// SPDX-License-Identifier: Apache-2.0
#include "train/dynamic_sparsity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "sparse/distribution.h"
#include "sparse/execution_cost.h"
#include "sparse/statistics.h"
#include "train/growth_candidates.h"

namespace filigree::train {
namespace {

std::int64_t kernelArea(const Shape& shape) {
    return shape.rank() == 4 ? shape[2] * shape[3] : 1;
}

/// Mean of a statistic over the layers that define it, weighted by the number of connections they moved.
template <typename Figure>
double weightedMean(const std::vector<sparse::RoundStatistics>& layers, Figure&& figure) {
    double sum = 0;
    double weight = 0;
    for (const sparse::RoundStatistics& layer : layers) {
        const double value = figure(layer);
        const auto moved = static_cast<double>(std::max(layer.dropped, layer.grown));
        if (moved == 0 || std::isnan(value)) continue;
        sum += value * moved;
        weight += moved;
    }
    return weight > 0 ? sum / weight : std::numeric_limits<double>::quiet_NaN();
}

void recordIfDefined(record::Recorder& recorder, const std::string& tag, double value,
                     const record::Stamp& stamp) {
    if (!std::isnan(value)) recorder.scalar(tag, value, stamp);
}

/// The connections of a layer that are not zero, and their weights and ages.
struct Connections {
    std::vector<std::uint32_t> positions;
    std::vector<float> weights;
    std::vector<float> ages;
};

Connections connectionsOf(const sparse::SparseWeight& weight) {
    const autograd::NoGradient noTape;
    Connections result{weight.topology().positions(), {}, {}};
    const Tensor values = weight.effective().value().host().to(DType::F32).contiguous();
    const auto span = std::as_const(values).values<float>();
    std::size_t kept = 0;
    for (std::size_t e = 0; e < span.size(); ++e) {
        if (weight.isReparameterized() && span[e] == 0) continue;
        result.positions[kept++] = result.positions[e];
        result.weights.push_back(span[e]);
        if (!weight.birthRounds().empty())
            result.ages.push_back(static_cast<float>(weight.round() - weight.birthRounds()[e]));
    }
    result.positions.resize(kept);
    return result;
}

std::int64_t nonZeros(const sparse::SparseWeight& weight) {
    if (!weight.isReparameterized()) return weight.topology().edges();
    const autograd::NoGradient noTape;
    const Tensor values = weight.effective().value().host().contiguous();
    std::int64_t count = 0;
    dispatchFloating(values.dtype(), "count of connections", [&](auto zero) {
        using T = decltype(zero);
        for (const T v : std::as_const(values).template values<T>()) count += v != 0;
    });
    return count;
}

/// Of the connections of `after`, those that `before` does not have.
std::int64_t arrivals(const sparse::Topology& before, const sparse::Topology& after) {
    return (sparse::hammingDistance(before, after) + after.edges() - before.edges()) / 2;
}

}  // namespace

DynamicSparsity::DynamicSparsity(const config::Config& config, std::uint64_t seed, std::int64_t stepsPerEpoch)
    : seed_(seed),
      firstDense_(config.boolean("sparsity.first_layer_dense")),
      execution_(config.text("sparsity.execution")),
      batch_(config.integer("train.batch_size")),
      masksEvery_(config.integer("record.masks_every")),
      candidatesEvery_(config.integer("record.candidates_every")),
      weightsEverySteps_(
          std::llround(config.real("record.weights_every") * static_cast<double>(stepsPerEpoch))),
      tile_(tileFrom(config)),
      fixedFanIn_(hasFixedFanIn(config)) {}

void DynamicSparsity::attach(const nn::Module& model) {
    weights_ = model.sparseWeights();
    initial_.clear();
    blocks_.clear();
    for (std::size_t l = 0; l < weights_.size(); ++l) {
        chooseExecution(*weights_[l], isFirst(l));
        initial_.push_back(weights_[l]->sharedTopology());
        const bool tiled = tile_ && tile_->fits(weights_[l]->denseShape());
        blocks_.push_back(tiled ? tile_ : std::nullopt);
    }
}

std::string DynamicSparsity::chooseExecution(sparse::SparseWeight& weight, bool firstLayer) const {
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
    return fmt::format("layer {}: {} x {}, density {:.3g}, multiplied {} ({})", weight.name(),
                       topology.rows(), topology.columns(), topology.density(),
                       chosen == Execution::Sparse ? "sparse" : "masked-dense", why);
}

void DynamicSparsity::setCapturing(bool on) {
    for (const Weight& weight : weights_) weight->setCapturing(on);
}

void DynamicSparsity::beginRound() {
    arrived_ = 0;
    resized_ = false;
}

sparse::RoundPlan DynamicSparsity::plan(std::size_t layer, const sparse::GrowthRule& rule,
                                        const sparse::RoundOptions& options,
                                        const sparse::DenseGradient& gradient, std::int64_t step) const {
    const sparse::SparseWeight& weight = *weights_[layer];
    RandomStream random(seed_, "growth/" + weight.name(), static_cast<std::uint64_t>(step));
    if (fixedFanIn_) return sparse::planFanInRound(weight, rule, options, gradient, step, random);
    return blocks_[layer]
               ? sparse::planBlockRound(weight, *blocks_[layer], rule, options, gradient, step, random)
               : sparse::planRound(weight, rule, options, gradient, step, random);
}

void DynamicSparsity::change(std::size_t layer, sparse::RoundPlan plan, sparse::RegrowPolicy regrow,
                             SparseStep& now) {
    sparse::SparseWeight& weight = *weights_[layer];
    const auto before = weight.sharedTopology();
    now.optimizer.remap(weight.values(), sparse::applyRound(weight, std::move(plan), regrow));
    if (forgets_) weight.forgetInactive();
    arrived_ += arrivals(*before, weight.topology());
    if (weight.topology().edges() == before->edges()) return;
    resized_ = true;
    if (weight.topology().edges() == 0)
        now.recorder.log(record::LogLevel::Warning,
                         "layer " + weight.name() + " has lost all its connections", now.stamp);
    chooseExecution(weight, isFirst(layer));
}

bool DynamicSparsity::keepsCandidates(std::size_t layer, const sparse::GrowthRule& rule,
                                      const Tensor& gradient) const {
    return candidatesEvery_ > 0 && (weights_[layer]->round() + 1) % candidatesEvery_ == 0 &&
           rule.acquisition && gradient.defined() && !blocks_[layer] && !fixedFanIn_;
}

sparse::RoundStatistics DynamicSparsity::round(std::size_t layer, const sparse::GrowthRule& rule,
                                               const sparse::RoundOptions& options, const Tensor& gradient,
                                               SparseStep& now) {
    sparse::SparseWeight& weight = *weights_[layer];
    backend::DeviceKernels* const device = backend::kernelsOf(weight.values().value());
    const bool keeps = keepsCandidates(layer, rule, gradient);
    const auto keep = [&](const sparse::Topology& before, const sparse::Activity& activity,
                          const sparse::RoundPlan& made) {
        if (made.grown.empty()) return;
        recordCandidates({weight.name(), before.rows(), before.columns(),
                          sparse::excludedFromGrowth(before.positions(), made.dropped, options.regrow),
                          static_cast<std::int64_t>(made.grown.size()), now.step, *rule.acquisition},
                         sparse::DenseGradient(gradient.host()), activity, now.recorder, now.stamp);
    };
    if (device && !blocks_[layer] && !fixedFanIn_ && sparse::canRoundOnDevice(rule, options)) {
        const auto before = weight.sharedTopology();
        const sparse::Activity active = keeps ? weight.activity() : sparse::Activity();
        const sparse::RoundPlan done = sparse::roundOnDevice(weight, rule, options, gradient, now.step,
                                                             now.optimizer.states(weight.values()))
                                           .plan;
        arrived_ += arrivals(*before, weight.topology());
        if (keeps) keep(*before, active, done);
        now.recorder.rewiring({weight.name(), weight.round(), done.dropped, done.grown}, now.stamp);
        recordMaskIfDue(weight, now);
        return done.statistics;
    }
    // Rules that look at the weights alone choose on the host, from them: the same choice on every device.
    if (device && gradient.defined())
        device->fallBack(options.drop == sparse::DropRule::Magnitude
                             ? ("rewiring by growth " + rule.name).c_str()
                             : "rewiring by this drop rule");
    sparse::RoundPlan next =
        plan(layer, rule, options,
             gradient.defined() ? sparse::DenseGradient(gradient.host()) : sparse::DenseGradient(), now.step);
    const sparse::RoundStatistics statistics = next.statistics;
    if (keeps) keep(weight.topology(), weight.activity(), next);
    apply(layer, std::move(next), options.regrow, now);
    return statistics;
}

void DynamicSparsity::apply(std::size_t layer, sparse::RoundPlan plan, sparse::RegrowPolicy regrow,
                            SparseStep& now) {
    const sparse::SparseWeight& weight = *weights_[layer];
    now.recorder.rewiring({weight.name(), weight.round() + 1, plan.dropped, plan.grown}, now.stamp);
    change(layer, std::move(plan), regrow, now);
    recordMaskIfDue(weight, now);
}

void DynamicSparsity::recordMaskIfDue(const sparse::SparseWeight& weight, SparseStep& now) const {
    if (masksEvery_ > 0 && weight.round() % masksEvery_ == 0) recordMask(weight, now.recorder, now.stamp);
}

std::vector<std::uint32_t> DynamicSparsity::shown(std::size_t layer) const {
    return connectionsOf(*weights_[layer]).positions;
}

void DynamicSparsity::recordChange(std::size_t layer, const std::vector<std::uint32_t>& before,
                                   SparseStep& now) const {
    recordChange(layer, before, shown(layer), now);
}

void DynamicSparsity::recordChange(std::size_t layer, const std::vector<std::uint32_t>& before,
                                   const std::vector<std::uint32_t>& after, SparseStep& now) const {
    std::vector<std::uint32_t> dropped, grown;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                        std::back_inserter(dropped));
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(grown));
    recordRewiring(layer, std::move(dropped), std::move(grown), now);
}

void DynamicSparsity::recordRewiring(std::size_t layer, std::vector<std::uint32_t> dropped,
                                     std::vector<std::uint32_t> grown, SparseStep& now) const {
    const sparse::SparseWeight& weight = *weights_[layer];
    now.recorder.rewiring({weight.name(), weight.round(), std::move(dropped), std::move(grown)}, now.stamp);
    if (masksEvery_ > 0) recordMask(weight, now.recorder, now.stamp);
}

sparse::Survivors DynamicSparsity::survivors(double density, sparse::PruningScope scope) const {
    sparse::Survivors result(weights_.size());
    std::vector<Shape> shapes;
    for (const Weight& weight : weights_) shapes.push_back(weight->denseShape());
    std::vector<double> densities(weights_.size(), density);
    if (scope == sparse::PruningScope::ErdosRenyiKernel)
        densities = sparse::layerDensities(shapes, density, sparse::Distribution::ErdosRenyiKernel);
    // Tiles and single connections do not compete: each kind is pruned to the density.
    for (const bool tiled : {false, true}) {
        std::vector<std::size_t> members;
        std::vector<sparse::ScoredLayer> layers;
        std::vector<std::int64_t> kept;
        double size = 0;
        std::int64_t left = 0;
        for (std::size_t l = 0; l < weights_.size(); ++l) {
            if (blocks_[l].has_value() != tiled) continue;
            members.push_back(l);
            layers.push_back(sparse::magnitudes(*weights_[l]));
            if (tiled) layers.back() = sparse::blockScores(layers.back(), *blocks_[l]);
            const std::int64_t here = std::ssize(layers.back().positions);
            kept.push_back(std::min(sparse::activeCount(layers.back().shape, densities[l]), here));
            size += static_cast<double>(layers.back().shape.elements());
            left += here;
        }
        if (members.empty()) continue;
        sparse::Survivors units =
            scope == sparse::PruningScope::Global
                ? sparse::keepGlobally(layers, std::min<std::int64_t>(std::llround(density * size), left))
                : sparse::keepPerLayer(layers, kept);
        for (std::size_t i = 0; i < members.size(); ++i) {
            const std::size_t l = members[i];
            result[l] = tiled ? sparse::expandBlocks(shapes[l], *blocks_[l], units[i]) : std::move(units[i]);
        }
    }
    return result;
}

std::vector<std::int64_t> DynamicSparsity::prunedCounts(double density, sparse::PruningScope scope) const {
    const sparse::Survivors kept = survivors(density, scope);
    std::vector<std::int64_t> counts;
    for (std::size_t l = 0; l < kept.size(); ++l)
        counts.push_back(weights_[l]->topology().edges() - std::ssize(kept[l]));
    return counts;
}

void DynamicSparsity::replace(std::size_t layer, sparse::Topology next, Tensor values,
                              std::span<const std::int64_t> sources, SparseStep& now) {
    sparse::SparseWeight& weight = *weights_[layer];
    weight.values().mutableValue() = std::move(values);
    weight.adopt(std::move(next), sources);
    now.optimizer.remap(weight.values(), sources);
}

void DynamicSparsity::keepOnly(std::size_t layer, const std::vector<std::uint32_t>& positions,
                               SparseStep& now, bool shows) {
    const std::vector<std::uint32_t> active = weights_[layer]->topology().positions();
    sparse::RoundPlan plan;
    std::set_difference(active.begin(), active.end(), positions.begin(), positions.end(),
                        std::back_inserter(plan.dropped));
    std::set_difference(positions.begin(), positions.end(), active.begin(), active.end(),
                        std::back_inserter(plan.grown));
    plan.next = sparse::survivorTopology(weights_[layer]->denseShape(), positions);
    if (shows)
        apply(layer, std::move(plan), sparse::RegrowPolicy::Reset, now);
    else
        change(layer, std::move(plan), sparse::RegrowPolicy::Reset, now);
}

void DynamicSparsity::recordRound(const std::vector<sparse::RoundStatistics>& layers, double dropFraction,
                                  SparseStep& now) {
    using S = sparse::RoundStatistics;
    record::Recorder& recorder = now.recorder;
    const record::Stamp& stamp = now.stamp;
    double edges = 0;
    std::int64_t fromStart = 0;
    std::int64_t dead = 0;
    for (std::size_t l = 0; l < weights_.size(); ++l) {
        const sparse::Topology& topology = weights_[l]->topology();
        const sparse::DeadUnits units = sparse::deadUnits(topology, kernelArea(weights_[l]->denseShape()));
        const std::string& name = weights_[l]->name();
        edges += static_cast<double>(topology.edges());
        fromStart += arrivals(*initial_[l], topology);
        dead += units.withoutInput + units.withoutOutput;
        recorder.scalar("layers/dead_inputs/" + name, static_cast<double>(units.withoutOutput), stamp);
        recorder.scalar("layers/dead_outputs/" + name, static_cast<double>(units.withoutInput), stamp);
        if (!forgets_)
            recorder.scalar("layers/exploration/" + name,
                            static_cast<double>(weights_[l]->activity().everActive()) /
                                static_cast<double>(topology.size()),
                            stamp);
        if (layers[l].dropped > 0) {
            recorder.scalar("layers/dropped/" + name, static_cast<double>(layers[l].dropped), stamp);
            recorder.scalar("layers/dropped_weight/" + name, layers[l].meanDroppedMagnitude, stamp);
        }
        if (layers[l].grown == 0) continue;
        recorder.scalar("layers/regrow_share/" + name, layers[l].regrowShare, stamp);
        recorder.scalar("layers/new_share/" + name, layers[l].newShare, stamp);
        recordIfDefined(recorder, "layers/grown_gradient/" + name, layers[l].meanGrownGradient, stamp);
        recordIfDefined(recorder, "layers/top_gradient/" + name, layers[l].meanTopGradient, stamp);
        recordIfDefined(recorder, "layers/maximum_gradient/" + name, layers[l].maximumGradient, stamp);
        recordIfDefined(recorder, "layers/bonus/" + name, layers[l].meanBonus, stamp);
    }
    if (!forgets_) recorder.scalar("sparsity/exploration", exploration(), stamp);
    recorder.scalar("sparsity/drop_fraction", dropFraction, stamp);
    recorder.scalar("sparsity/churn", static_cast<double>(arrived_) / edges, stamp);
    recorder.scalar("sparsity/distance_to_start", static_cast<double>(fromStart) / edges, stamp);
    recorder.scalar("sparsity/dead_units", static_cast<double>(dead), stamp);
    const auto overall = [&](const char* tag, auto&& figure) {
        recordIfDefined(recorder, std::string("sparsity/") + tag, weightedMean(layers, figure), stamp);
    };
    const auto ifGrown = [](auto&& figure) {
        return [=](const S& s) { return s.grown > 0 ? figure(s) : S::undefined; };
    };
    overall("regrow_share", ifGrown([](const S& s) { return s.regrowShare; }));
    overall("new_share", ifGrown([](const S& s) { return s.newShare; }));
    overall("dropped_age", [](const S& s) { return s.dropped > 0 ? s.meanDroppedAge : S::undefined; });
    overall("exploit_ratio", [](const S& s) { return s.exploitRatio(); });
    overall("bonus_to_gradient", [](const S& s) { return s.meanBonus / s.meanTopGradient; });
    if (resized_) recordDensity(recorder, stamp);
}

void DynamicSparsity::collapse(const std::vector<Tensor>& masks, SparseStep& now) {
    beginRound();
    for (std::size_t l = 0; l < weights_.size(); ++l) {
        sparse::SparseWeight& weight = *weights_[l];
        Tensor values;
        {
            const autograd::NoGradient noTape;
            values = weight.effective().value().contiguous().clone();
        }
        weight.setReparameterization({});
        const std::vector<double> shown = (masks.empty() ? values : masks[l]).toDoubles();
        const std::vector<std::uint32_t> active = weight.topology().positions();
        std::vector<std::uint32_t> kept;
        for (std::size_t e = 0; e < active.size(); ++e)
            if (shown[e] != 0) kept.push_back(active[e]);
        weight.values().mutableValue() = std::move(values);
        keepOnly(l, kept, now, false);
    }
    recordDensity(now.recorder, now.stamp);
}

void DynamicSparsity::recordDensity(record::Recorder& recorder, const record::Stamp& stamp) const {
    for (const Weight& weight : weights_) {
        const auto count = static_cast<double>(nonZeros(*weight));
        recorder.scalar("layers/density/" + weight->name(),
                        count / static_cast<double>(weight->topology().size()), stamp);
        recorder.scalar("layers/connections/" + weight->name(), count, stamp);
    }
    if (isSparse()) recorder.scalar("sparsity/density", density(), stamp);
}

void DynamicSparsity::recordMask(const sparse::SparseWeight& weight, record::Recorder& recorder,
                                 const record::Stamp& stamp) const {
    const sparse::Topology& topology = weight.topology();
    record::Mask mask{
        weight.name(), topology.rows(), topology.columns(), {}, connectionsOf(weight).positions};
    const Shape& shape = weight.denseShape();
    for (int axis = 1; shape.rank() == 4 && axis < 4; ++axis) mask.kernel.push_back(shape[axis]);
    recorder.mask(mask, stamp);
}

void DynamicSparsity::recordMasks(record::Recorder& recorder, const record::Stamp& stamp) const {
    for (const Weight& weight : weights_) recordMask(*weight, recorder, stamp);
}

void DynamicSparsity::recordStart(record::Recorder& recorder, const record::Stamp& stamp) {
    for (std::size_t l = 0; l < weights_.size(); ++l) {
        recorder.log(record::LogLevel::Info, chooseExecution(*weights_[l], isFirst(l)), stamp);
        if (tile_ && !blocks_[l])
            recorder.log(record::LogLevel::Warning,
                         fmt::format("layer {}: {} x {} tiles do not cover it, so its connections are "
                                     "single ones",
                                     weights_[l]->name(), tile_->rows, tile_->columns),
                         stamp);
    }
    recordMasks(recorder, stamp);
    recordDensity(recorder, stamp);
    if (isSparse() && !forgets_) recorder.scalar("sparsity/exploration", exploration(), stamp);
}

void DynamicSparsity::recordWeights(record::Recorder& recorder, const record::Stamp& stamp, bool always) {
    if (!always && (weightsEverySteps_ <= 0 || stamp.step % weightsEverySteps_ != 0)) return;
    recordMasks(recorder, stamp);
    for (const Weight& weight : weights_) {
        Connections connections = connectionsOf(*weight);
        recorder.edgeValues({weight->name(), "weight", std::move(connections.weights)}, stamp);
        if (weight->birthRounds().empty()) continue;
        recorder.edgeValues({weight->name(), "age", std::move(connections.ages)}, stamp);
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
        edges += static_cast<double>(nonZeros(*weight));
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
        const auto [positions, counts] = weight->activity().listed();
        checkpoint.put(name + "activity_positions",
                       std::vector<std::int64_t>(positions.begin(), positions.end()));
        checkpoint.put(name + "activity_counts", std::vector<std::int64_t>(counts.begin(), counts.end()));
        checkpoint.put(name + "round", std::vector<std::int64_t>{weight->round()});
    }
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
        chooseExecution(*weight, isFirst(static_cast<std::size_t>(&weight - weights_.data())));
    }
}

}  // namespace filigree::train
