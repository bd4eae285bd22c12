// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nn/module.h"
#include "train/checkpoint.h"

namespace filigree::train {

/// The running mean of a network's parameters over some moments of its training:
///   avg <- (avg n + w) / (n + 1).
/// Stochastic weight averaging (Izmailov et al., UAI 2018). Running statistics of batch norm are not
/// averaged: they must be computed anew for the mean (train::recalibrate). Patterns must not change in
/// between.
class WeightAverage {
  public:
    /// Takes the parameters of this moment in. Throws Error (Run) if they are others than before.
    void add(const std::vector<nn::Parameter>& parameters);
    std::int64_t count() const { return count_; }
    /// Gives the parameters the mean; nothing happens before the first `add`.
    void apply(const std::vector<nn::Parameter>& parameters) const;

    std::int64_t bytes() const;
    void save(Checkpoint& checkpoint) const;
    void load(const Checkpoint& checkpoint);

  private:
    std::int64_t count_ = 0;
    std::map<std::string, std::vector<double>> mean_;
    std::map<std::string, Shape> shapes_;
};

}  // namespace filigree::train
