// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "methods/hard_attention_gates/gradient_routing.h"
#include "methods/hard_attention_gates/tasks.h"
#include "methods/registry.h"

namespace filigree::methods::hard_attention_gates {

const config::Schema& gatedSchema();

/// Training of a gated network on a task, one mini-batch per step (the last of an epoch may be smaller).
///
/// Scalars: train/loss, gate/loss, gate/gradient, train/gradient, gate/clip, train/clip, gate/cosine,
/// optimizer/lr, gates/…; after each epoch test/loss and, for classes, test/acc, for sizes test/frame/… and
/// test/polyp/…. Matrices: gate/<name> [channel] with the scores, confusion/frame, confusion/polyp
/// [truth, prediction], predictions [item, (polyp, true mm, predicted mm)]. Random streams: "init/<layer>",
/// "order", "augment", "augment/heldout", "heldout".
class GatedTraining final : public train::Experiment {
  public:
    GatedTraining(const config::Config& config, std::uint64_t seed);

    void begin(record::Recorder& recorder) override;
    void step(record::Recorder& recorder) override;
    train::Progress progress() const override;
    void evaluate(record::Recorder& recorder) override;
    void end(record::Recorder& recorder) override;
    void save(train::Checkpoint& checkpoint) const override;
    void load(const train::Checkpoint& checkpoint) override;
    std::string weightsDigest() const override;
    /// Share of gates below 1/2.
    double sparsity() const override;
    void set(std::string_view key, double value) override;

    /// P(score of an informative input > score of a decoy), for the decoys; NaN without a gate on the inputs.
    double informativeAuc() const;
    /// Accuracy over the test samples (decoys).
    double accuracy() const { return accuracy_; }
    const std::vector<std::pair<std::string, nn::ChannelGate*>>& gates() const { return network_.gates; }
    const SizeFigures& frameFigures() const { return frames_; }
    const SizeFigures& polypFigures() const { return polyps_; }
    /// Mean absolute error over the training samples, mm.
    double trainingError();

  private:
    autograd::Variable loss(const Batch& batch);
    Batch trainingBatch();
    Batch heldOutBatch();
    void setRates();
    void recordStep(const RoutedStep& done, record::Recorder& recorder);
    void recordGates(record::Recorder& recorder);
    void recordConstantPrediction(record::Recorder& recorder);
    std::vector<double> outputs(const Samples& samples, double* meanLoss);
    std::vector<SizedItem> sized(const Samples& samples, std::span<const double> predicted) const;
    record::Stamp stamp() const;

    std::string report_;  ///< what of a person's table was used; set while task_ is made
    Task task_;
    GatedNetwork network_;
    RoutingOptions options_;
    GradientRouting routing_;
    std::uint64_t seed_;
    std::int64_t batchSize_, stepsPerEpoch_, totalSteps_, scalarsEvery_, gatesEvery_;
    double mainRate_, minimumRate_, gateRate_, gatePenalty_;
    bool flips_, gateFollowsSchedule_;
    std::int64_t step_ = 0;
    double trainLoss_, testLoss_, accuracy_;
    SizeFigures frames_, polyps_;
};

}  // namespace filigree::methods::hard_attention_gates
