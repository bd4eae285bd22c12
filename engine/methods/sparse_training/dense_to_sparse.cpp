// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/dense_to_sparse.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

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
      scope_(scopeFrom(config)),
      units_(config.text("prune.unit") == "unit"),
      byScale_(config.text("prune.unit_score") == "scale") {
    if (!units_) return;
    if (config.text("sparsity.pattern") != "single")
        throw Error(ErrorKind::Usage, "units are pruned with all their connections, not by tiles",
                    "sparsity.pattern", "choose pattern = \"single\"");
    if (scope_ == sparse::PruningScope::ErdosRenyiKernel)
        throw Error(ErrorKind::Usage, "ERK's densities are those of connections, not of units", "prune.scope",
                    "choose global or uniform");
}

nn::Topologies Pruning::initial(const train::Beginning& beginning) const {
    layers_ = beginning.layers;
    return everyConnection(beginning);
}

void Pruning::attach(train::DynamicSparsity& sparsity, nn::Module& model) {
    sparsity.forgetLostConnections();
    // What is wrong with it shall not wait for the first pruning.
    if (units_ && sparsity.isSparse()) unitLayers(sparsity, model);
}

void Pruning::afterUpdate(train::SparseStep& now) {
    if (!units_)
        DropAndGrow::afterUpdate(now);
    else if (roundDue(now.step))
        pruneUnits(now);
}

void Pruning::pruneUnits(train::SparseStep& now) {
    const std::vector<sparse::UnitLayer> layers = unitLayers(now.sparsity, now.model);
    const sparse::Survivors units = sparse::keepUnits(layers, densityAt(now.step), scope_);
    std::vector<const sparse::SparseWeight*> weights;
    for (const auto& weight : now.sparsity.weights()) weights.push_back(weight.get());
    const sparse::Survivors connections = sparse::connectionsOfUnits(weights, layers, units);
    now.sparsity.beginRound();
    for (std::size_t l = 0; l < connections.size(); ++l) now.sparsity.keepOnly(l, connections[l], now);
    now.sparsity.recordDensity(now.recorder, now.stamp);
    double left = 0, all = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto here = static_cast<double>(units[i].size());
        now.recorder.scalar("layers/units/" + weights[layers[i].layer]->name(), here, now.stamp);
        left += here;
        all += static_cast<double>(layers[i].scores.size());
    }
    now.recorder.scalar("sparsity/unit_density", left / all, now.stamp);
}

std::vector<sparse::UnitLayer> Pruning::unitLayers(const train::DynamicSparsity& sparsity,
                                                   const nn::Module& model) const {
    const auto& weights = sparsity.weights();
    const auto placeOf = [&](const std::string& name) {
        return static_cast<std::size_t>(
            std::find_if(weights.begin(), weights.end(), [&](const auto& w) { return w->name() == name; }) -
            weights.begin());
    };
    const auto parameters = model.parameters();
    std::vector<sparse::UnitLayer> result;
    for (const nn::LayerWeight& layer : layers_) {
        const std::size_t own = placeOf(layer.layer), reader = placeOf(layer.reader);
        if (std::max(own, reader) >= weights.size()) continue;
        const sparse::SparseWeight& weight = *weights[own];
        std::vector<double> scores;
        if (byScale_) {
            const auto scale = std::find_if(parameters.begin(), parameters.end(),
                                            [&](const auto& p) { return p.name == layer.norm + ".weight"; });
            if (layer.norm.empty() || scale == parameters.end())
                throw Error(ErrorKind::Usage, "the layer '" + layer.layer + "' has no batch norm to go by",
                            "prune.unit_score", "choose norm, or model.batch_norm = true");
            for (const double gamma : scale->variable.value().toDoubles()) scores.push_back(std::abs(gamma));
        } else {
            scores = sparse::rowNorms(weight);
        }
        for (std::size_t unit = 0; unit < scores.size(); ++unit)
            if (weight.topology().inDegree(static_cast<std::int64_t>(unit)) == 0) scores[unit] = -1;
        result.push_back({own, reader, std::move(scores)});
    }
    if (result.empty())
        throw Error(
            ErrorKind::Usage, "no layer has units that can go",
            "a unit goes with its connections in its own layer and the next, which must both take part",
            "leave first_layer_dense and last_layer_dense off");
    return result;
}

std::vector<train::DropAndGrow::Budget> Pruning::budgets(const train::SparseStep& now) {
    std::vector<Budget> budgets;
    for (const std::int64_t count : now.sparsity.prunedCounts(densityAt(now.step), scope_))
        budgets.push_back({count, 0});
    return budgets;
}

}  // namespace filigree::methods::sparse_training
