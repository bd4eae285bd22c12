// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "nn/models/layer_weights.h"
#include "nn/module.h"
#include "optim/optimizer.h"
#include "record/recorder.h"
#include "train/checkpoint.h"
#include "train/sparse_step.h"

namespace filigree::train {

/// How long a run is.
struct RunLength {
    std::int64_t cycleSteps = 0;  ///< one course of the learning rate
    std::int64_t stepsPerEpoch = 0;
};

/// What an algorithm may look at when it chooses the first patterns.
struct Beginning {
    struct Samples {
        Tensor x;
        Tensor labels;
    };
    const config::Config& config;
    std::uint64_t seed;
    const std::vector<nn::LayerWeight>& layers;
    /// The model with these patterns and the seed's initial weights.
    std::function<std::unique_ptr<nn::Module>(const nn::Topologies&)> model;
    /// The first `count` training samples in the order of the run (all if there are fewer).
    std::function<Samples(std::int64_t count)> samples;
};

/// What one algorithm of sparse training does beside forward, backward and update. Everything here is
/// optional: an algorithm says only what makes it different. What decides its future goes through save and
/// load.
class SparseAlgorithm {
  public:
    virtual ~SparseAlgorithm() = default;

    /// Called first. Returns the steps of the whole run: one cycle unless the algorithm trains in several.
    virtual std::int64_t start(const RunLength& length) { return length.cycleSteps; }
    /// The step of the learning-rate schedule, both counted from 0.
    virtual std::int64_t scheduleStep(std::int64_t step) const { return step; }
    /// Patterns to begin with, without entries for layers that stay dense. Here: the connections that
    /// [sparsity] plans, at random.
    virtual nn::Topologies initial(const Beginning& beginning) const;
    /// Called once, when the model exists.
    virtual void attach(DynamicSparsity& sparsity, nn::Module& model);
    /// What is trained beside the model's parameters.
    virtual std::vector<nn::Parameter> parameters() const { return {}; }

    virtual bool roundDue(std::int64_t step) const;
    /// True if the backward pass of this step shall keep what the dense gradients are made of.
    virtual bool wantsDenseGradient(std::int64_t step) const;
    /// Batches over which those gradients are averaged.
    virtual std::int64_t gradientSamples(std::int64_t step) const;
    /// True if this step has no update.
    virtual bool replacesUpdate(std::int64_t step) const;
    /// After the backward pass, before gradients are clipped and the optimiser updates.
    virtual void beforeUpdate(SparseStep& now);
    /// After the update or in its place: rounds, prunings.
    virtual void afterUpdate(SparseStep& now);

    /// Memory of what the algorithm keeps beside weights and optimiser state, in bytes.
    virtual std::int64_t stateBytes() const { return 0; }
    virtual void save(Checkpoint& checkpoint) const;
    virtual void load(const Checkpoint& checkpoint);
    /// Changes a schedulable value; false for keys that are not the algorithm's.
    virtual bool set(std::string_view key, double value);
};

}  // namespace filigree::train
