// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "nn/models/layer_weights.h"
#include "nn/module.h"
#include "record/recorder.h"
#include "sparse/pruning.h"
#include "sparse/rewiring.h"
#include "sparse/structure.h"
#include "train/checkpoint.h"
#include "train/layer_connections.h"
#include "train/sparse_step.h"

namespace filigree::train {

/// The sparse weights of a model in training: makes an algorithm's rounds happen in patterns, values and
/// optimiser state, chooses how layers multiply, and records everything about connections. Configured by the
/// group [sparsity].
///
/// Random streams: "growth/<layer>" at each step.
class DynamicSparsity {
  public:
    using Weight = std::shared_ptr<sparse::SparseWeight>;

    DynamicSparsity(const config::Config& config, std::uint64_t seed, std::int64_t stepsPerEpoch);

    /// Takes over the sparse weights of a model.
    void attach(const nn::Module& model);
    const std::vector<Weight>& weights() const { return weights_; }
    bool isSparse() const { return !weights_.empty(); }
    std::uint64_t seed() const { return seed_; }

    /// Around backward passes: the layers keep what the dense gradient is made of.
    void setCapturing(bool on);

    /// Before the layers of a round are applied.
    void beginRound();
    /// Decides a round of one layer, by connections or by tiles, and makes it happen: on the device that it
    /// lies on where that can choose. `gradient` is what the rule reads as the dense gradient, undefined for
    /// rules without.
    sparse::RoundStatistics round(std::size_t layer, const sparse::GrowthRule& rule,
                                  const sparse::RoundOptions& options, const Tensor& gradient,
                                  SparseStep& now);
    /// Makes a plan happen: pattern, values, optimiser state, records; chooses anew how the layer multiplies.
    void apply(std::size_t layer, sparse::RoundPlan plan, sparse::RegrowPolicy regrow, SparseStep& now);
    /// Gives a layer exactly these connections, ascending positions: others are dropped, missing ones start
    /// at 0. With `shows` false nothing is recorded: for changes of what is trained but not multiplied by.
    void keepOnly(std::size_t layer, const std::vector<std::uint32_t>& positions, SparseStep& now,
                  bool shows = true);
    /// Gives a layer another pattern, its values and, for each edge, its edge before or -1. Nothing is
    /// recorded, and the layer multiplies as before: for exchanges of what is trained but not multiplied by.
    void replace(std::size_t layer, sparse::Topology next, Tensor values,
                 std::span<const std::int64_t> sources, SparseStep& now);
    /// Records that a layer does not multiply by the connections `dropped` any more but by `grown`,
    /// ascending.
    void recordRewiring(std::size_t layer, std::vector<std::uint32_t> dropped,
                        std::vector<std::uint32_t> grown, SparseStep& now) const;
    /// Records that a layer now multiplies by other connections than these.
    void recordChange(std::size_t layer, const std::vector<std::uint32_t>& before, SparseStep& now) const;
    /// The same of a layer that is known to multiply by `after`.
    void recordChange(std::size_t layer, const std::vector<std::uint32_t>& before,
                      const std::vector<std::uint32_t>& after, SparseStep& now) const;
    /// The connections that a layer multiplies by.
    std::vector<std::uint32_t> shown(std::size_t layer) const;
    /// Connections that each layer loses when all are pruned to a density of all positions, the smallest |w|
    /// first; whole tiles where a layer has them (tiles and single connections each to the density).
    std::vector<std::int64_t> prunedCounts(double density, sparse::PruningScope scope) const;
    /// The connections that would stay.
    sparse::Survivors survivors(double density, sparse::PruningScope scope) const;
    /// Records what a round did, after every layer was applied.
    void recordRound(const std::vector<sparse::RoundStatistics>& layers, double dropFraction,
                     SparseStep& now);
    /// Ends every reparameterisation: the effective weights become the values. What a mask hides (one per
    /// layer, [edges] of 0 and 1) is pruned, or without masks what is zero.
    void collapse(const std::vector<Tensor>& masks, SparseStep& now);
    /// For algorithms that only prune: the history of lost connections is forgotten, so that memory shrinks.
    void forgetLostConnections() { forgets_ = true; }

    /// Patterns, layer densities and sizes at the start.
    void recordStart(record::Recorder& recorder, const record::Stamp& stamp);
    void recordMasks(record::Recorder& recorder, const record::Stamp& stamp) const;
    /// Densities and numbers of connections, of each layer and of all.
    void recordDensity(record::Recorder& recorder, const record::Stamp& stamp) const;
    /// Weight and age of every connection, if due at this step (or `always`).
    void recordWeights(record::Recorder& recorder, const record::Stamp& stamp, bool always = false);
    /// Share of layer-1 connections that attach to the first `relevant` inputs (planted sets).
    double relevantShare(std::int64_t relevant) const;

    /// Of the weights that are multiplied by: share of non-zeros.
    double density() const;
    double exploration() const;

    void save(Checkpoint& checkpoint) const;
    void load(const Checkpoint& checkpoint);

  private:
    /// Sparse or masked-dense for one layer, as configured or by the predicted cost. Returns why.
    std::string chooseExecution(sparse::SparseWeight& weight, bool firstLayer) const;
    /// Pattern, values, optimiser state, execution.
    void change(std::size_t layer, sparse::RoundPlan plan, sparse::RegrowPolicy regrow, SparseStep& now);
    bool isFirst(std::size_t layer) const { return !firstDense_ && layer == 0; }
    void recordMask(const sparse::SparseWeight& weight, record::Recorder& recorder,
                    const record::Stamp& stamp) const;
    /// Decides a round of one layer, by connections or by tiles.
    sparse::RoundPlan plan(std::size_t layer, const sparse::GrowthRule& rule,
                           const sparse::RoundOptions& options, const sparse::DenseGradient& gradient,
                           std::int64_t step) const;
    void recordMaskIfDue(const sparse::SparseWeight& weight, SparseStep& now) const;
    /// Whether what this round of a layer chooses from is to be recorded.
    bool keepsCandidates(std::size_t layer, const sparse::GrowthRule& rule, const Tensor& gradient) const;

    std::uint64_t seed_;
    bool firstDense_;
    std::string execution_;
    std::int64_t batch_;
    std::int64_t masksEvery_;
    std::int64_t candidatesEvery_;
    std::int64_t weightsEverySteps_;
    std::optional<sparse::BlockShape> tile_;
    bool fixedFanIn_;
    bool forgets_ = false;
    std::vector<Weight> weights_;
    std::vector<std::optional<sparse::BlockShape>> blocks_;  ///< of each weight
    std::vector<std::shared_ptr<const sparse::Topology>> initial_;
    std::int64_t arrived_ = 0;  ///< connections new in this round
    bool resized_ = false;      ///< a layer's number of connections changed in this round
};

}  // namespace filigree::train
