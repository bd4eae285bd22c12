// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"

namespace filigree::methods::sparse_training {
namespace {

/// Gradual pruning with zero-cost neuroregeneration: each round prunes to the cubic's density by magnitude
/// over all layers, then every layer drops the fraction f of its smallest weights and grows as many by
/// gradient. Both drop the smallest of a layer, so they are one drop.
class Granet final : public train::DropAndGrow {
  public:
    explicit Granet(const config::Config& config)
        : DropAndGrow(config, sparse::gradientGrowth(), false),
          config_(config),
          initialDensity_(std::max(config.real("granet.initial_density"), config.real("sparsity.density"))),
          lastLayerDensity_(config.real("granet.last_layer_density")),
          scope_(scopeFrom(config)) {}

    std::int64_t start(const train::RunLength& length) override {
        ramp_ = rampFrom(config_, initialDensity_, length.cycleSteps);
        return DropAndGrow::start(length);
    }
    nn::Topologies initial(const train::Beginning& beginning) const override {
        return train::randomTopologies(
            train::plannedConnections(beginning.config, beginning.layers, initialDensity_), beginning.seed);
    }
    bool roundDue(std::int64_t step) const override {
        return DropAndGrow::roundDue(step) || step == ramp_.endStep;
    }

  protected:
    std::vector<Budget> budgets(const train::SparseStep& now) override {
        std::vector<std::int64_t> pruned(now.sparsity.weights().size(), 0);
        if (now.step > ramp_.startStep) pruned = now.sparsity.prunedCounts(ramp_.density(now.step), scope_);
        keepLastLayer(now.sparsity.weights(), pruned);
        std::vector<Budget> budgets;
        for (std::size_t l = 0; l < pruned.size(); ++l) {
            const std::int64_t left = now.sparsity.weights()[l]->topology().edges() - pruned[l];
            const auto moved = static_cast<std::int64_t>(options_.dropFraction * static_cast<double>(left));
            budgets.push_back({pruned[l] + moved, moved});
        }
        return budgets;
    }

  private:
    /// What the last layer keeps comes on top of the others' density.
    void keepLastLayer(const std::vector<train::DynamicSparsity::Weight>& weights,
                       std::vector<std::int64_t>& pruned) const {
        const sparse::Topology& last = weights.back()->topology();
        const auto kept =
            static_cast<std::int64_t>(std::llround(lastLayerDensity_ * static_cast<double>(last.size())));
        pruned.back() = std::min(pruned.back(), std::max<std::int64_t>(0, last.edges() - kept));
    }

    config::Config config_;
    double initialDensity_;
    double lastLayerDensity_;
    sparse::PruningScope scope_;
    sparse::PruneSchedule ramp_;
};

}  // namespace

Created createGranet(const config::Config& config) {
    return std::make_unique<Granet>(config);
}

}  // namespace filigree::methods::sparse_training
