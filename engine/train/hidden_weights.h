// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "train/dynamic_sparsity.h"
#include "train/sparse_algorithm.h"

namespace filigree::train {

/// What algorithms share that train more weights than they multiply by: the mask of each sparse weight
/// between the trained values and those multiplied by: gradients go straight through it. It is part of a
/// run's state, and what the mask hides is pruned when the run ends.
class HiddenWeights {
  public:
    /// From now on every weight multiplies by its values times its mask, at first all ones. `decay`: see
    /// sparse::straightThrough. With `skipsHidden` products go over what is shown alone where they can: for
    /// masks that hide much and stay for some steps. Masks then are of type u8, and decay is 0.
    void attach(DynamicSparsity& sparsity, double decay = 0, bool skipsHidden = false);
    /// The mask of a layer, [edges] of 0 and 1; a new one after its connections changed.
    const Tensor& mask(std::size_t layer) const { return masks_[layer]; }
    /// Shows the connections at these positions (ascending) alone.
    void show(std::size_t layer, const std::vector<std::uint32_t>& positions);
    void show(std::size_t layer, Tensor mask);
    /// Products go over what is shown; all are trained.
    SparseAlgorithm::Used used(const sparse::SparseWeight& weight, std::size_t layer) const {
        return {finished_ ? weight.topology().edges() : shown_[layer], weight.topology().edges()};
    }
    /// Prunes what is hidden and multiplies by the values from now on.
    void finish(SparseStep& now);
    bool isFinished() const { return finished_; }

    std::int64_t bytes() const;
    void save(Checkpoint& checkpoint) const;
    /// The weights must be restored already.
    void load(const Checkpoint& checkpoint);

  private:
    void reparameterize(std::size_t layer);

    DynamicSparsity* sparsity_ = nullptr;
    double decay_ = 0;
    bool skipsHidden_ = false;
    bool finished_ = false;
    std::vector<Tensor> masks_;
    std::vector<std::int64_t> shown_;  ///< ones of each mask
};

}  // namespace filigree::train
