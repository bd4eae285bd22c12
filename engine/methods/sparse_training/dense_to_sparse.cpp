// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/dense_to_sparse.h"

#include <algorithm>
#include <cmath>

namespace filigree::methods::sparse_training {
namespace {

sparse::GrowthRule noGrowth() {
    return {
        "none", false, [](const sparse::Round&, std::int64_t) { return std::vector<std::uint32_t>(); }, {}};
}

}  // namespace

sparse::PruningScope scopeFrom(const config::Config& config) {
    const std::string& name = config.text("prune.scope");
    if (name == "global") return sparse::PruningScope::Global;
    return name == "uniform" ? sparse::PruningScope::Uniform : sparse::PruningScope::ErdosRenyiKernel;
}

sparse::PruneSchedule rampFrom(const config::Config& config, double initialDensity, std::int64_t steps) {
    const auto at = [&](const char* key) {
        return std::llround(config.real(key) * static_cast<double>(steps));
    };
    sparse::PruneSchedule ramp;
    ramp.initialDensity = initialDensity;
    ramp.finalDensity = config.real("sparsity.density");
    ramp.endStep = std::max<std::int64_t>(1, at("prune.end"));
    ramp.startStep = std::min<std::int64_t>(at("prune.start"), ramp.endStep);
    ramp.intervalSteps = config.integer("prune.interval_steps");
    return ramp;
}

nn::Topologies everyConnection(const train::Beginning& beginning) {
    return train::fullTopologies(train::plannedConnections(beginning.config, beginning.layers));
}

Pruning::Pruning(const config::Config& config)
    : DropAndGrow(config, noGrowth(), false),
      density_(config.real("sparsity.density")),
      scope_(scopeFrom(config)) {}

void Pruning::attach(train::DynamicSparsity& sparsity, nn::Module&) {
    sparsity.forgetLostConnections();
}

std::vector<train::DropAndGrow::Budget> Pruning::budgets(const train::SparseStep& now) {
    std::vector<Budget> budgets;
    for (const std::int64_t count : now.sparsity.prunedCounts(densityAt(now.step), scope_))
        budgets.push_back({count, 0});
    return budgets;
}

}  // namespace filigree::methods::sparse_training
