// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "analysis/channel_pruning.h"
#include "analysis/frames.h"
#include "analysis/gate_ablation.h"
#include "methods/hard_attention_gates/batches.h"
#include "methods/hard_attention_gates/cost.h"
#include "methods/hard_attention_gates/gradient_routing.h"
#include "methods/hard_attention_gates/networks.h"
#include "methods/hard_attention_gates/pruning.h"
#include "methods/hard_attention_gates/sizing.h"
#include "methods/hard_attention_gates/tasks.h"
#include "methods/registry.h"

namespace filigree::methods::hard_attention_gates {

const config::Schema& gatedSchema();

/// Training of a gated network on a task, one mini-batch per step (the last of an epoch may be smaller).
///
/// Scalars: train/loss, gate/loss, gate/gradient, train/gradient, gate/clip, train/clip, gate/cosine,
/// optimizer/lr, gates/…; after epochs test/loss and, for classes, test/acc, for polyps test/frame/… and
/// test/polyp/…; with `train.select = "best"` validation/loss then, and the test figures at the end.
/// Matrices: gate/<name> [channel] with the scores, confusion/frame, confusion/polyp [truth, prediction],
/// predictions/test [frame, (polyp, true mm, predicted mm)] or classes/test [frame, (polyp, true class,
/// predicted class)] with a text predictions/test that describes it. Random streams:
/// "init/<layer>", "order", "augment", "augment/heldout", "heldout", "polyps".
class GatedTraining final : public train::Experiment,
                            public analysis::GatedNetworkOwner,
                            public analysis::PrunableNetworkOwner,
                            public analysis::FrameOwner {
  public:
    /// `folders` hold CIFAR-100.
    GatedTraining(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders = {});
    GatedTraining(const GatedTraining&) = delete;
    GatedTraining& operator=(const GatedTraining&) = delete;

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
    /// Of the tested weights, on the validation polyps if there are any, else on the test data.
    analysis::GateAblation closeGates(std::int64_t levels) override;
    /// Of the tested weights, on the same data.
    analysis::ChannelPruning pruneChannels(const analysis::PruningRequest& request) override;
    /// Of the tested weights, on polyps of the test data.
    analysis::FrameSet exploreFrames(std::optional<std::int64_t> polyp, std::int64_t most,
                                     std::int64_t features) override;

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
    /// Weights of polyps above 5 and below 10 mm, and from 10 mm on.
    struct SizeWeights {
        double small, large;
    };

    autograd::Variable loss(const Batch& batch, const SizeWeights& weights);
    /// Called on the thread that makes batches.
    StepBatches batchesOf(std::int64_t step);
    void validate(record::Recorder& recorder);
    /// Weights and running statistics; the tensors share storage with the network.
    std::vector<std::pair<std::string, Tensor>> state() const;
    void setRates();
    void recordStep(const RoutedStep& done, record::Recorder& recorder);
    void recordGates(record::Recorder& recorder);
    void recordConstantPrediction(record::Recorder& recorder);
    /// Calls something with the weights that are tested: the selected ones, if some are.
    void withTestedWeights(const std::function<void()>& call);
    analysis::AblationLevel judgeOpen(const Samples& samples, double threshold);
    std::vector<double> outputs(const Samples& samples, double* meanLoss);
    /// meanLoss: of the own network alone; may be null.
    std::vector<double> outputsOf(nn::Module& network, const Samples& samples, double* meanLoss);
    /// Validation data if there are any, else test data.
    const Samples& judgedSamples() const;
    /// What the gates, as they are, let through in evaluation.
    OpenChannels openChannels() const;
    double multiplyAddsOf(const NetworkPlan& plan, const OpenChannels& open) const;
    /// Accuracy and macro F1 of outputs, and for sizes their mean absolute error (else NaN).
    struct Judgement {
        double accuracy, f1Macro, absoluteError;
    };
    Judgement judgeOutputs(const Samples& samples, const std::vector<double>& predicted) const;
    Judgement judgeConstant(const Samples& samples) const;
    /// Says in a report about closed channels what it was judged on, beside the constant prediction; returns
    /// that.
    template <typename Report>
    const Samples& describe(Report& report) const;
    /// Of all gates, ascending.
    std::vector<double> sortedScores() const;
    /// "frame", "picture" or "row".
    const char* itemName() const;
    /// Medians of the time that both need for a batch, in ms, and the median of the ratio.
    struct Latencies {
        double before, after, ratio;
    };
    Latencies timePairs(nn::Module& before, nn::Module& after, const Samples& samples,
                        const analysis::PruningRequest& request) const;
    record::Stamp stamp() const;

    std::string report_;  ///< what of a table and of pretrained weights was used; set while both are made
    Task task_;
    data::endoscopy::InputPlan plan_;
    NetworkPlan networkPlan_;
    GatedNetwork network_;
    RoutingOptions options_;
    GradientRouting routing_;
    std::uint64_t seed_;
    std::int64_t batchSize_, perPolyp_;
    bool skipSingles_;
    std::int64_t samplesPerEpoch_, stepsPerEpoch_, totalSteps_, scalarsEvery_, gatesEvery_, evaluateEvery_;
    double mainRate_, minimumRate_, gateRate_, gatePenalty_;
    double gateThreshold_;
    bool gateFollowsSchedule_, selectsBest_, weightsInMm_;
    SizeWeights mainWeights_, gateWeights_;
    std::int64_t step_ = 0;
    double trainLoss_, testLoss_, accuracy_, bestLoss_;
    SizeFigures frames_, polyps_;
    std::vector<std::pair<std::string, Tensor>> best_;  ///< of the least validation loss
    std::int64_t orderEpoch_ = -1;                      ///< of order_; both used by batchesOf alone
    std::vector<std::int64_t> order_;
    BatchesAhead batches_;  ///< last: its thread uses the members above
};

}  // namespace filigree::methods::hard_attention_gates
