// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "methods/run_queue.h"
#include "methods/sparse_model_soups/phases.h"
#include "train/hidden_weights.h"
#include "train/sparse_algorithm.h"
#include "train/weight_average.h"

namespace filigree::methods::sparse_model_soups {

/// Training with a fixed mask from given weights and fresh optimiser state; without given weights, dense
/// training from the seed's. With soup.hidden_density below 1 the given weights are all there and only the
/// largest are multiplied by, but all follow the gradient (dynamic pruning with feedback).
///
/// It may be a part of a longer course of the learning rate (soup.part_begin, soup.part_epochs). With
/// soup.swa_from below 1 the rate stays what it is from that share of the epochs on, and the run ends with
/// the mean of the weights at the end of this and every later epoch.
class Retraining final : public train::SparseAlgorithm {
  public:
    Retraining(const config::Config& config, WeightsFolder folder);

    std::int64_t start(const train::RunLength& length) override;
    std::int64_t scheduleStep(std::int64_t step) const override;
    nn::Topologies initial(const train::Beginning& beginning) const override;
    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override;
    void afterUpdate(train::SparseStep& now) override;
    Used used(const sparse::SparseWeight& weight, std::size_t layer) const override {
        return hides() ? hidden_.used(weight, layer) : SparseAlgorithm::used(weight, layer);
    }
    std::int64_t stateBytes() const override { return average_.bytes() + hidden_.bytes(); }
    void save(train::Checkpoint& checkpoint) const override;
    void load(const train::Checkpoint& checkpoint) override;

  private:
    bool averages() const { return averagedFrom_ < 1; }

    bool hides() const { return hiddenDensity_ < 1; }

    std::optional<train::Checkpoint> start_;
    mutable std::vector<nn::LayerWeight> layers_;
    std::int64_t partBegin_, partEpochs_;  ///< epochs; a negative begin holds the first rate; 0 epochs: all
    double averagedFrom_;                  ///< share of the run
    double hiddenDensity_;
    Selector selector_;
    train::HiddenWeights hidden_;
    std::int64_t totalSteps_ = 0, stepsPerEpoch_ = 1;
    std::int64_t averageStep_ = 0;  ///< the first whose weights are averaged
    train::WeightAverage average_;
};

}  // namespace filigree::methods::sparse_model_soups
