// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nn/module.h"
#include "train/checkpoint.h"

namespace filigree::train {

/// d of step t (1, 2, …) of an exponential moving average that starts at the initial weights:
/// min(decay, (1 + t) / (10 + t)), so that it forgets its start at first.
double warmedDecay(double decay, std::int64_t step);

/// A mean of weights that trails behind training: avg <- d avg + (1 - d) w for every parameter, in the type
/// of the parameter. d = n / (n + 1) at the n-th moment makes it their plain mean (stochastic weight
/// averaging, Izmailov et al., UAI 2018), a d near 1 at every step an exponential one.
///
/// Of a sparse weight the average has the connections that the weight has now: that of a connection that was
/// dropped is forgotten, that of a grown one starts at 0, which is what it was multiplied by so far.
/// Running statistics of batch norm are not averaged (see train::recalibrate).
class TrailingAverage {
  public:
    /// Of these parameters of a model. Their values now are the first average.
    void start(const std::vector<nn::Parameter>& parameters, const nn::Module& model);
    bool started() const { return !entries_.empty(); }

    void add(double d);
    /// To be called when patterns have changed, before the next `add`.
    void follow();
    /// The parameters take the values of the average and the other way round.
    void exchange();

    std::int64_t bytes() const;
    void save(Checkpoint& checkpoint) const;
    /// The parameters must be restored already.
    void load(const Checkpoint& checkpoint);

  private:
    struct Entry {
        std::string name;
        autograd::Variable variable;
        Tensor mean;
        std::shared_ptr<sparse::SparseWeight> sparse;       ///< null for dense parameters
        std::shared_ptr<const sparse::Topology> pattern{};  ///< of the mean
    };
    std::vector<Entry> entries_;
};

}  // namespace filigree::train
