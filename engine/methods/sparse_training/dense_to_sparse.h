// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "sparse/prune_schedule.h"
#include "sparse/pruning.h"
#include "sparse/unit_pruning.h"
#include "train/drop_and_grow.h"
#include "train/dynamic_sparsity.h"

/// What algorithms share that start dense and prune.
namespace filigree::methods::sparse_training {

/// prune.scope.
sparse::PruningScope scopeFrom(const config::Config& config);
/// The ramp of [prune] to sparsity.density in a run of so many steps.
sparse::PruneSchedule rampFrom(const config::Config& config, double initialDensity, std::int64_t steps);
/// Every position of the layers that take part.
nn::Topologies everyConnection(const train::Beginning& beginning);

/// Rounds that prune all layers to a density and grow nothing. The memory of what is pruned is freed. With
/// prune.unit = "unit" whole units go (sparse/unit_pruning.h) and the density is the share of them that
/// stays.
class Pruning : public train::DropAndGrow {
  public:
    explicit Pruning(const config::Config& config);

    nn::Topologies initial(const train::Beginning& beginning) const override;
    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override;
    void afterUpdate(train::SparseStep& now) override;

  protected:
    /// The density to prune to in a round.
    virtual double densityAt(std::int64_t step) const = 0;
    std::vector<Budget> budgets(const train::SparseStep& now) override;
    sparse::PruningScope scope() const { return scope_; }
    bool prunesUnits() const { return units_; }

    double density_;

  private:
    void pruneUnits(train::SparseStep& now);
    /// The layers whose units may go, with the scores of now.
    std::vector<sparse::UnitLayer> unitLayers(const train::DynamicSparsity& sparsity,
                                              const nn::Module& model) const;

    sparse::PruningScope scope_;
    bool units_;
    bool byScale_;                                 ///< units go by |scale| of their norm
    mutable std::vector<nn::LayerWeight> layers_;  ///< of the model
};

}  // namespace filigree::methods::sparse_training
