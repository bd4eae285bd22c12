// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "nn/models/layer_weights.h"
#include "train/checkpoint.h"
#include "train/dynamic_sparsity.h"
#include "train/sparse_algorithm.h"

namespace filigree::train {

/// The floating-point operations that training needs in theory, counted from the connections that there are
/// at every step (Evci et al., ICML 2020, appendix on FLOPs). A layer with p output positions costs for one
/// sample
///   forward            2 n p,  n = connections that it multiplies by;
///   backward, inputs   2 n p;
///   backward, weights  2 m p,  m = connections whose gradient is asked for: those that are trained, or
///                              every position where the step takes the dense gradient.
/// So with f = sum 2 n p a step of a sparse network costs 3 f_S, one that takes the dense gradient
/// 2 f_S + f_D (RigL in its rounds, SNFS always), one of Top-KAST 2 f_A + f_B; what changes while a network
/// is pruned or grown is in the sum. By convention the first layer has the gradient of its inputs too. Not
/// counted: biases, norms, activations, the optimiser, the choices of rounds, evaluations, and what comes
/// before the first step.
class TrainingFlops {
  public:
    TrainingFlops() = default;
    /// Of a model with these layers; those of them that `sparsity` holds are sparse.
    TrainingFlops(const std::vector<nn::LayerWeight>& layers, const DynamicSparsity& sparsity);

    /// Forward and backward of so many samples with the connections of now.
    void add(const SparseAlgorithm& algorithm, const DynamicSparsity& sparsity, bool denseGradient,
             std::int64_t samples);
    /// Of all that was added; not a number after a checkpoint of a program that did not count.
    double total() const { return total_; }
    /// Forward of one sample with the connections of now: what the network costs in use.
    double forward(const SparseAlgorithm& algorithm, const DynamicSparsity& sparsity) const;

    void save(Checkpoint& checkpoint) const;
    void load(const Checkpoint& checkpoint);

  private:
    double densePart_ = 0;           ///< sum of 2 n p over the layers that are not sparse
    std::vector<double> perWeight_;  ///< 2 p of each sparse weight
    double total_ = 0;
};

}  // namespace filigree::train
