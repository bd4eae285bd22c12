// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "train/hidden_weights.h"

namespace filigree::methods::sparse_training {
namespace {

/// Dynamic pruning with feedback: along the cubic of GMP the smallest weights are hidden, not removed; every
/// weight goes on following the gradient of the masked network, so a hidden one may come back when the mask
/// is chosen anew. Needs dense weights and optimiser state until the end.
class Dpf final : public train::SparseAlgorithm {
  public:
    explicit Dpf(const config::Config& config) : config_(config), scope_(scopeFrom(config)) {}

    std::int64_t start(const train::RunLength& length) override {
        ramp_ = rampFrom(config_, 1, length.cycleSteps);
        interval_ = config_.integer("prune.interval_steps");
        total_ = length.cycleSteps;
        return total_;
    }
    nn::Topologies initial(const train::Beginning& beginning) const override {
        return everyConnection(beginning);
    }
    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        sparsity.forgetLostConnections();
        hidden_.attach(sparsity);
    }
    /// The mask goes on changing after the ramp.
    bool roundDue(std::int64_t step) const override {
        return ramp_.due(step) || (step > ramp_.endStep && step % interval_ == 0);
    }
    void afterUpdate(train::SparseStep& now) override {
        if (roundDue(now.step)) {
            const auto survivors = now.sparsity.survivors(ramp_.density(now.step), scope_);
            for (std::size_t l = 0; l < survivors.size(); ++l) {
                const auto before = now.sparsity.shown(l);
                hidden_.show(l, survivors[l]);
                now.sparsity.recordChange(l, before, now);
            }
            now.sparsity.recordDensity(now.recorder, now.stamp);
        }
        if (now.step == total_) hidden_.finish(now);
    }
    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        return hidden_.used(weight, layer);
    }
    std::int64_t stateBytes() const override { return hidden_.bytes(); }
    void save(train::Checkpoint& checkpoint) const override { hidden_.save(checkpoint); }
    void load(const train::Checkpoint& checkpoint) override { hidden_.load(checkpoint); }

  private:
    config::Config config_;
    sparse::PruningScope scope_;
    sparse::PruneSchedule ramp_;
    std::int64_t interval_ = 1;
    std::int64_t total_ = 0;
    train::HiddenWeights hidden_;
};

}  // namespace

Created createDpf(const config::Config& config) {
    return std::make_unique<Dpf>(config);
}

}  // namespace filigree::methods::sparse_training
