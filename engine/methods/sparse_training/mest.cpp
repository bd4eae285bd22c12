// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "methods/sparse_training/algorithms.h"
#include "train/drop_and_grow.h"
#include "train/dynamic_sparsity.h"

namespace filigree::methods::sparse_training {
namespace {

/// MEST with elastic mutation: drops the smallest |w| + lambda |g|, grows at random.
class Mest : public train::DropAndGrow {
  public:
    explicit Mest(const config::Config& config)
        : DropAndGrow(config, sparse::randomGrowth(), false), lambda_(config.real("mest.lambda")) {}

  protected:
    std::vector<double> dropScores(const train::SparseStep& now, std::size_t layer) override {
        const autograd::Variable& values = now.sparsity.weights()[layer]->values();
        return sparse::mestScores(values.value().toDoubles(), values.gradient().toDoubles(), lambda_);
    }

  private:
    double lambda_;
};

/// With a soft memory bound: what is grown in one round is dropped only in the next, so that between rounds a
/// layer has the scheduled fraction more than its budget. The last round drops down to the budget.
class MestSoft final : public Mest {
  public:
    using Mest::Mest;

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        for (const auto& weight : sparsity.weights()) budget_.push_back(weight->topology().edges());
    }

  protected:
    std::vector<Budget> budgets(const train::SparseStep& now) override {
        const bool last = now.step + schedule_.intervalSteps > schedule_.endStep;
        std::vector<Budget> budgets;
        for (std::size_t l = 0; l < budget_.size(); ++l) {
            const sparse::Topology& topology = now.sparsity.weights()[l]->topology();
            const auto extra =
                static_cast<std::int64_t>(options_.dropFraction * static_cast<double>(budget_[l]));
            budgets.push_back({std::max<std::int64_t>(0, topology.edges() - budget_[l]),
                               last ? 0 : std::min(extra, topology.size() - budget_[l])});
        }
        return budgets;
    }

  private:
    std::vector<std::int64_t> budget_;  ///< follows from the configuration, not from the run
};

}  // namespace

Created createMest(const config::Config& config) {
    return std::make_unique<Mest>(config);
}

Created createMestSoft(const config::Config& config) {
    return std::make_unique<MestSoft>(config);
}

}  // namespace filigree::methods::sparse_training
