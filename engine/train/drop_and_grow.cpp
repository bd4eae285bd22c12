// SPDX-License-Identifier: Apache-2.0
#include "train/drop_and_grow.h"

#include <cmath>
#include <limits>

#include "base/error.h"
#include "train/dynamic_sparsity.h"

namespace filigree::train {
namespace {

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

}  // namespace

DropAndGrow::DropAndGrow(const config::Config& config, sparse::GrowthRule rule, bool replacesUpdate)
    : rule_(std::move(rule)),
      replacesUpdate_(replacesUpdate),
      end_(config.real("rewire.end")),
      gradientSamples_(config.integer("rewire.gradient_samples")),
      grown_(grownValueFrom(config.text("rewire.grown"))),
      grownDivisor_(config.real("rewire.grown_divisor")) {
    options_.regrow = regrowFrom(config.text("rewire.regrow"));
    schedule_.decay = decayFrom(config.text("rewire.decay"));
    schedule_.alpha = config.real("rewire.drop_fraction");
    schedule_.intervalSteps = config.integer("rewire.interval_steps");
    schedule_.power = config.real("rewire.power");
}

std::int64_t DropAndGrow::start(const RunLength& length) {
    schedule_.endStep = std::llround(end_ * static_cast<double>(length.cycleSteps));
    schedule_.totalSteps = length.cycleSteps;
    if (needsGradient(grown_) && !rule_.usesDenseGradient)
        throw Error(ErrorKind::Usage, "only rules that grow by the dense gradient can start from it",
                    "rewire.grown", "choose another start, or an algorithm that grows by gradient");
    return length.cycleSteps;
}

Tensor DropAndGrow::growthSignal(const SparseStep& now, std::size_t layer) {
    return now.sparsity.weights()[layer]->denseGradient();
}

void DropAndGrow::afterUpdate(SparseStep& now) {
    if (!roundDue(now.step)) return;
    options_.dropFraction = schedule_.fraction(now.step);
    const std::vector<Budget> budget = budgets(now);
    std::vector<sparse::RoundStatistics> statistics;
    double before = 0;
    double dropped = 0;
    now.sparsity.beginRound();
    for (std::size_t l = 0; l < now.sparsity.weights().size(); ++l) {
        // One layer at a time: the dense gradient is the only dense thing there is, and lives this long.
        Tensor signal;
        if (rule_.usesDenseGradient) signal = growthSignal(now, l);
        sparse::RoundOptions options = options_;
        options.dropScores = dropScores(now, l);
        if (!budget.empty()) {
            options.drops = budget[l].drops;
            options.grows = budget[l].grows;
        }
        now.sparsity.weights()[l]->setCapturing(false);
        before += static_cast<double>(now.sparsity.weights()[l]->topology().edges());
        statistics.push_back(now.sparsity.round(l, rule_, options, signal, now));
        dropped += static_cast<double>(statistics.back().dropped);
        if (statistics.back().grown > 0)
            setGrownValues(*now.sparsity.weights()[l], grown_, grownDivisor_, signal, now.sparsity.seed());
    }
    if (recordsRound(now.step))
        now.sparsity.recordRound(statistics, budget.empty() ? options_.dropFraction : dropped / before, now);
}

void DropAndGrow::save(Checkpoint& checkpoint) const {
    checkpoint.put("rewire.drop_fraction", Tensor::from(std::vector<double>{schedule_.alpha}, {1}));
}

void DropAndGrow::load(const Checkpoint& checkpoint) {
    schedule_.alpha = checkpoint.get("rewire.drop_fraction", DType::F64, {1}).item();
}

bool DropAndGrow::set(std::string_view key, double value) {
    if (key != "rewire.drop_fraction") return false;
    schedule_.alpha = value;
    return true;
}

ConfiguredGrowth::ConfiguredGrowth(const config::Config& config)
    : DropAndGrow(config, {}, config.boolean("rewire.update_replaces_step")),
      growth_(config.text("rewire.growth")),
      grows_(growth_ != "none" && config.real("sparsity.density") < 1),
      c_(config.real("rewire.c")),
      eps_(config.real("rewire.eps")),
      normalize_(config.boolean("rewire.normalize")) {
    options_.drop = dropFrom(config.text("rewire.drop"));
    chooseRule();
}

void ConfiguredGrowth::chooseRule() {
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

void ConfiguredGrowth::save(Checkpoint& checkpoint) const {
    checkpoint.put("rewire.settings", Tensor::from(std::vector<double>{c_, schedule_.alpha}, {2}));
}

void ConfiguredGrowth::load(const Checkpoint& checkpoint) {
    const Tensor settings = checkpoint.get("rewire.settings", DType::F64, {2});
    c_ = settings.data<double>()[0];
    schedule_.alpha = settings.data<double>()[1];
    chooseRule();
}

bool ConfiguredGrowth::set(std::string_view key, double value) {
    if (key != "rewire.c") return DropAndGrow::set(key, value);
    c_ = value;
    chooseRule();
    return true;
}

}  // namespace filigree::train
