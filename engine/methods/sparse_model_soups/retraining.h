// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "methods/run_queue.h"
#include "train/sparse_algorithm.h"

namespace filigree::methods::sparse_model_soups {

/// Training with a fixed mask from given weights and fresh optimiser state; without given weights, dense
/// training from the seed's.
class Retraining final : public train::SparseAlgorithm {
  public:
    Retraining(const config::Config& config, WeightsFolder folder);

    nn::Topologies initial(const train::Beginning& beginning) const override;
    void attach(train::DynamicSparsity& sparsity, nn::Module& model) override;

  private:
    std::optional<train::Checkpoint> start_;
    mutable std::vector<nn::LayerWeight> layers_;
};

}  // namespace filigree::methods::sparse_model_soups
