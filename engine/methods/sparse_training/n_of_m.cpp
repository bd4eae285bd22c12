// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "train/hidden_weights.h"

namespace filigree::methods::sparse_training {
namespace {

/// N:M algorithms take the layers whose inputs are a multiple of M; the others stay dense.
class NOfMAlgorithm : public train::SparseAlgorithm {
  public:
    explicit NOfMAlgorithm(const config::Config& config)
        : pattern_{config.integer("n_of_m.n"), config.integer("n_of_m.m")} {
        if (pattern_.n >= pattern_.m)
            throw Error(ErrorKind::Usage, "an N:M pattern keeps fewer than M of M weights",
                        "n_of_m.n = " + std::to_string(pattern_.n), "choose n below m");
        if (config.text("sparsity.pattern") != "single")
            throw Error(ErrorKind::Usage, "an N:M pattern cannot consist of tiles", "sparsity.pattern",
                        "choose pattern = \"single\"");
    }

    nn::Topologies initial(const train::Beginning& beginning) const override {
        std::vector<train::LayerConnections> plan =
            train::plannedConnections(beginning.config, beginning.layers);
        for (train::LayerConnections& layer : plan) layer.sparse = layer.sparse && pattern_.fits(layer.shape);
        return train::fullTopologies(plan);
    }
    void attach(train::DynamicSparsity& sparsity, nn::Module&) override { sparsity.forgetLostConnections(); }

  protected:
    sparse::NOfM pattern_;
};

/// SR-STE: forward with the N largest of each group; the gradient goes straight through to all weights, and
/// those not multiplied by decay. The pattern follows the weights at every step. Needs dense weights and
/// optimiser state until the end.
class SrSte final : public NOfMAlgorithm {
  public:
    explicit SrSte(const config::Config& config)
        : NOfMAlgorithm(config), decay_(config.real("n_of_m.decay")) {}

    std::int64_t start(const train::RunLength& length) override { return total_ = length.cycleSteps; }
    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override {
        NOfMAlgorithm::attach(sparsity, model);
        hidden_.attach(sparsity, decay_);
        choose(sparsity);
    }
    void afterUpdate(train::SparseStep& now) override {
        choose(now.sparsity);
        if (now.step == total_) hidden_.finish(now);
    }
    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        return hidden_.used(weight, layer);
    }
    std::int64_t stateBytes() const override { return hidden_.bytes(); }
    void save(train::Checkpoint& checkpoint) const override { hidden_.save(checkpoint); }
    void load(const train::Checkpoint& checkpoint) override { hidden_.load(checkpoint); }

  private:
    void choose(train::DynamicSparsity& sparsity) {
        for (std::size_t l = 0; l < sparsity.weights().size(); ++l)
            hidden_.show(l, sparse::maskNOfM(*sparsity.weights()[l], pattern_));
    }

    double decay_;
    std::int64_t total_ = 0;
    train::HiddenWeights hidden_;
};

/// One-shot N:M pruning of a dense network, which then trains on with that pattern.
class Asp final : public NOfMAlgorithm {
  public:
    explicit Asp(const config::Config& config)
        : NOfMAlgorithm(config), moment_(config.real("prune.moment")) {}

    std::int64_t start(const train::RunLength& length) override {
        step_ = std::max<std::int64_t>(1, std::llround(moment_ * static_cast<double>(length.cycleSteps)));
        return length.cycleSteps;
    }
    bool roundDue(std::int64_t step) const override { return step == step_; }
    void afterUpdate(train::SparseStep& now) override {
        if (!roundDue(now.step)) return;
        now.sparsity.beginRound();
        for (std::size_t l = 0; l < now.sparsity.weights().size(); ++l)
            now.sparsity.keepOnly(
                l, sparse::keepNOfM(sparse::magnitudes(*now.sparsity.weights()[l]), pattern_), now);
        now.sparsity.recordDensity(now.recorder, now.stamp);
    }

  private:
    double moment_;
    std::int64_t step_ = 0;
};

}  // namespace

Created createSrSte(const config::Config& config) {
    return std::make_unique<SrSte>(config);
}

Created createAsp(const config::Config& config) {
    return std::make_unique<Asp>(config);
}

}  // namespace filigree::methods::sparse_training
