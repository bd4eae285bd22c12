// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "config/config.h"
#include "data/loader.h"
#include "data/prefetch.h"
#include "data/search_path.h"
#include "nn/module.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "train/dynamic_sparsity.h"
#include "train/experiment.h"
#include "train/figure_meter.h"
#include "train/sparse_algorithm.h"

namespace filigree::train {

/// How many steps a configuration means for so many training samples.
struct StepPlan {
    std::int64_t stepsPerEpoch = 0;
    std::int64_t totalSteps = 0;
    std::int64_t evaluateEverySteps = 0;
};
/// epochs x floor(samples / batch_size), cut at max_steps. Throws Error (Usage) if a batch is larger than the
/// set.
StepPlan planSteps(const config::Config& config, std::int64_t trainingSamples);

/// Supervised classification with sparse training: the experiment behind every method whose configuration
/// holds the groups of supervisedSchema() and of the algorithm.
///
/// One step t (t = 1, 2, …): forward and backward on the next batch, then either the optimiser's update or,
/// when one is due, the algorithm's round in its place (or after it). Learning rate of step t: base rate
/// times the schedule at t - 1 (or where the algorithm puts it).
///
/// Scalars: train/loss and train/acc (means since the last record), test/loss and test/acc at each
/// evaluation, train/final_loss and train/final_acc over the whole training set at the end, optimizer/lr,
/// perf/training_bytes, sparsity/… and layers/…. Random streams: "init/<layer>", "mask/<layer>", "order",
/// "augment", "dropout/<layer>", "growth/<layer>" and those of the algorithm.
///
/// With a device all of it lies there: weights, patterns, activations, gradients, optimiser state. A step
/// brings nothing to the host; losses are read when they are recorded, and of a mask round what its record
/// tells. Checkpoints are the same.
class Supervised final : public Experiment {
  public:
    Supervised(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders,
               std::unique_ptr<SparseAlgorithm> algorithm, Tensor::Device device = nullptr);
    /// With the algorithm that the groups of sparsitySchema() configure.
    Supervised(const config::Config& config, std::uint64_t seed, const data::SearchPath& folders,
               Tensor::Device device = nullptr);

    void begin(record::Recorder& recorder) override;
    void step(record::Recorder& recorder) override;
    Progress progress() const override;
    void evaluate(record::Recorder& recorder) override;
    /// "mask": every pattern; "edge_values": patterns, weights and ages.
    bool show(std::string_view kind, record::Recorder& recorder) override;
    void end(record::Recorder& recorder) override;
    void save(Checkpoint& checkpoint) const override;
    void load(const Checkpoint& checkpoint) override;
    std::string weightsDigest() const override;
    double sparsity() const override { return 1 - sparsity_->density(); }
    void set(std::string_view key, double value) override;

  private:
    struct Batch {
        Tensor x;
        Tensor labels;
    };
    struct Outcome {
        double loss = 0;      ///< mean over samples
        double accuracy = 0;  ///< share of samples
    };

    static Batch read(data::Loader& loader, std::int64_t epoch, std::int64_t index);
    /// The training batch, and the next one read ahead meanwhile.
    Batch trainingBatch(std::int64_t epoch, std::int64_t index);
    struct Figures {
        Tensor loss;     ///< mean over the batch
        Tensor correct;  ///< per sample
    };
    /// Forward and backward on one batch; gradients add to the parameters.
    Figures learn(std::int64_t epoch, std::int64_t index);
    Outcome assess(data::Loader& loader);
    void clip();
    /// The model's and the algorithm's.
    std::vector<nn::Parameter> parameters() const;
    void recordProgress(record::Recorder& recorder);
    /// Parameters, their gradients, optimiser state, patterns with their history, and what the algorithm
    /// keeps.
    std::int64_t trainingBytes() const;
    record::Stamp stamp() const;

    data::Dataset train_;
    data::Dataset test_;
    std::optional<data::Loader> trainLoader_;
    std::optional<data::Prefetcher> prefetcher_;  ///< for batches that take long enough to read
    std::optional<data::Loader> testLoader_;
    std::optional<data::Loader> wholeTrainLoader_;
    std::unique_ptr<nn::Module> model_;
    std::unique_ptr<optim::Optimizer> optimizer_;
    std::unique_ptr<SparseAlgorithm> algorithm_;
    std::unique_ptr<DynamicSparsity> sparsity_;
    optim::Schedule schedule_;
    Tensor::Device device_;  ///< null: the processor

    std::uint64_t seed_;
    std::int64_t stepsPerEpoch_ = 0;
    std::int64_t totalSteps_ = 0;
    std::int64_t evaluateEverySteps_ = 0;
    std::int64_t scalarsEvery_;
    double learningRate_;
    double labelSmoothing_;
    double clipNorm_;
    double clipValue_;

    std::int64_t step_ = 0;
    FigureMeter sinceRecord_;  ///< over the steps since the last record
    std::int64_t stepsSinceRecord_ = 0;
    Outcome lastTrain_;
    Outcome lastTest_;
};

}  // namespace filigree::train
