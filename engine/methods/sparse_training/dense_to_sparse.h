// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "sparse/prune_schedule.h"
#include "sparse/pruning.h"
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

/// Rounds that prune all layers to a density and grow nothing. The memory of what is pruned is freed.
class Pruning : public train::DropAndGrow {
  public:
    explicit Pruning(const config::Config& config);

    nn::Topologies initial(const train::Beginning& beginning) const override {
        return everyConnection(beginning);
    }
    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override;

  protected:
    /// The density to prune to in a round.
    virtual double densityAt(std::int64_t step) const = 0;
    std::vector<Budget> budgets(const train::SparseStep& now) override;
    sparse::PruningScope scope() const { return scope_; }

    double density_;

  private:
    sparse::PruningScope scope_;
};

}  // namespace filigree::methods::sparse_training
