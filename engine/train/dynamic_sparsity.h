// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "nn/models/layer_weights.h"
#include "nn/module.h"
#include "optim/optimizer.h"
#include "record/recorder.h"
#include "sparse/distribution.h"
#include "sparse/drop_schedule.h"
#include "sparse/rewiring.h"
#include "train/checkpoint.h"

namespace filigree::train {

/// How many connections a layer starts with, and keeps for the whole run.
struct LayerConnections {
    std::string layer;
    Shape shape;
    std::int64_t active = 0;
    bool sparse = false;  ///< false: dense by choice, not counted in the density
};

/// What [sparsity] gives each of the layers, from input to output: the numbers that DynamicSparsity starts
/// from. Throws Error (Usage) if the density leaves a sparse layer without any connection.
std::vector<LayerConnections> plannedConnections(const config::Config& config,
                                                 const std::vector<nn::LayerWeight>& layers);

/// What dynamic sparse training adds to training: where connections are at first, when and how they are
/// rewired, and everything about it that is recorded. Configured by the groups [sparsity] and [rewire] of
/// sparsitySchema().
///
/// Random streams: "mask/<layer>" for the initial pattern, "growth/<layer>" at each step for random growth.
class DynamicSparsity {
  public:
    DynamicSparsity(const config::Config& config, std::uint64_t seed, std::int64_t totalSteps,
                    std::int64_t stepsPerEpoch);

    /// Initial patterns of the layers that are sparse: none at density 1. Throws Error (Usage) if the density
    /// leaves a layer without any connection.
    nn::Topologies initial(const std::vector<nn::LayerWeight>& layers) const;
    /// Takes over the sparse weights of a model made with those patterns.
    void attach(const nn::Module& model);

    bool roundDue(std::int64_t step) const;
    bool updateReplacesStep() const { return updateReplacesStep_; }
    /// Batches whose gradients a round wants (1 unless averaged).
    std::int64_t gradientSamples() const { return rule_.usesDenseGradient ? gradientSamples_ : 1; }
    /// Around the backward passes of a round: the layers keep what the dense gradient is made of.
    void setCapturing(bool on);

    /// Drops and grows in every layer, tells the optimiser, records statistics and patterns.
    void round(std::int64_t step, optim::Optimizer& optimizer, record::Recorder& recorder,
               const record::Stamp& stamp);

    /// Patterns, layer densities and sizes at the start.
    void recordStart(record::Recorder& recorder, const record::Stamp& stamp);
    void recordMasks(record::Recorder& recorder, const record::Stamp& stamp) const;
    /// Weight and age of every connection, if due at this step (or `always`).
    void recordWeights(record::Recorder& recorder, const record::Stamp& stamp, bool always = false);
    /// Share of layer-1 connections that attach to the first `relevant` inputs (planted sets).
    double relevantShare(std::int64_t relevant) const;

    double density() const;
    double exploration() const;
    bool isSparse() const { return !weights_.empty(); }

    void save(Checkpoint& checkpoint) const;
    void load(const Checkpoint& checkpoint);
    /// rewire.c and rewire.drop_fraction; false for other keys.
    bool set(std::string_view key, double value);

  private:
    using Weight = std::shared_ptr<sparse::SparseWeight>;

    void chooseRule();
    /// Sparse or masked-dense for one layer, as configured or by the predicted cost; notes the choice for the
    /// log.
    void chooseExecution(sparse::SparseWeight& weight, bool firstLayer);
    void recordMask(const sparse::SparseWeight& weight, record::Recorder& recorder,
                    const record::Stamp& stamp) const;
    /// Drops and grows in one layer and tells the optimiser.
    sparse::RoundPlan rewire(sparse::SparseWeight& weight, std::int64_t step, optim::Optimizer& optimizer);
    void recordRound(const record::Stamp& stamp, record::Recorder& recorder,
                     const std::vector<sparse::RoundStatistics>& layers, std::int64_t moved) const;

    std::uint64_t seed_;
    double density_;
    sparse::Distribution distribution_;
    bool firstDense_;
    bool lastDense_;
    std::string execution_;
    std::int64_t batch_;
    std::vector<std::string> choices_;  ///< a line for each layer, for the log
    std::string growth_;
    double c_;
    double eps_;
    bool normalize_;
    sparse::GrowthRule rule_;
    sparse::RoundOptions options_;
    sparse::DropSchedule schedule_;
    bool updateReplacesStep_;
    std::int64_t gradientSamples_;
    std::int64_t masksEvery_;
    std::int64_t weightsEverySteps_;
    std::vector<Weight> weights_;
    std::vector<std::shared_ptr<const sparse::Topology>> initial_;
};

}  // namespace filigree::train
