// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis/averaging.h"
#include "methods/registry.h"
#include "methods/run_queue.h"
#include "methods/sparse_model_soups/assessment.h"
#include "methods/sparse_model_soups/phases.h"
#include "methods/sparse_model_soups/soup_tree.h"
#include "train/experiment.h"

namespace filigree::methods::sparse_model_soups {

/// The whole procedure. Step 1 ends the dense training, step 1 + i phase i; each waits for the trainings that
/// it needs, which are runs of their own in the queue of the store.
///
/// Scalars of step 1 + i: soup/<network>_acc (test), …_ood, …_loss, …_ece, …_worst of the networks that
/// SoupTree names, and soup/barrier, distance, angle, norm_drop, instability, statistics_drift, members,
/// accepted; test/acc and test/loss are those of the average that goes on. Texts soup/tree (JSON) and
/// soup/table (Markdown), matrix soup/barriers (loss barrier between each two copies), masks and weights of
/// the average.
class SoupExperiment final : public train::Experiment {
  public:
    SoupExperiment(const config::Config& config, const Environment& environment);

    void begin(record::Recorder& recorder) override;
    bool ready() override;
    void step(record::Recorder& recorder) override;
    train::Progress progress() const override;
    void evaluate(record::Recorder& recorder) override;
    void end(record::Recorder& recorder) override;
    void save(train::Checkpoint& checkpoint) const override;
    void load(const train::Checkpoint& checkpoint) override;
    std::string weightsDigest() const override;
    double sparsity() const override;
    void set(std::string_view key, double value) override;

  private:
    /// A network that the next retraining starts from.
    struct Start {
        std::string digest;
        double rate = 0;  ///< largest learning rate of the retraining
    };
    /// One network that is pruned and retrained over and over, by its name in the tree.
    using Starts = std::map<std::string, Start>;

    /// One training that the next step needs.
    struct Training {
        std::string lineage;  ///< "member", "imp", "imp_long", "swa", "apart 1" …, "dense_soup", "dense"
        std::string label;    ///< what differs from the others
        config::Config config;
        std::uint64_t seed;
        std::int64_t run = 0;
    };

    std::vector<Training> trainings() const;
    config::Config trainingConfig(const std::string& start) const;
    void placeInCourse(config::Config& config, int phase, std::int64_t epochs) const;
    double densityAfter(int phase) const;
    Training retraining(const std::string& lineage, int member, const Start& start, std::int64_t epochs,
                        bool varied) const;
    /// The network that a training ended with, as it is evaluated and averaged.
    Assessment assessed(const Training& training) const;
    /// Several networks' average, or another sum of them with coefficients.
    Assessment combined(std::span<const Assessment* const> networks,
                        std::span<const double> coefficients) const;
    /// Largest and smallest learning rate of the dense training, the smallest after the largest.
    struct Rates {
        double largest = 0, smallest = 0;
    };
    Rates denseRates() const;
    void setSchedule(config::Config& config, double rate, std::int64_t epochs) const;
    bool hides() const { return hides_; }

    void finishDense(record::Recorder& recorder);
    void finishPhase(record::Recorder& recorder);
    /// Prunes a network for the phase after the current one and makes it a start.
    Start prunedStart(const std::string& lineage, const Assessment& network, record::Recorder* recorder);
    /// Copies of one phase, averaged; the average that goes on.
    Assessment merge(const std::vector<Training>& trainings, const std::vector<Assessment>& members,
                     record::Recorder& recorder);
    /// Networks that were pruned apart from each other: their average, pruned again.
    void finishApart(const std::map<std::string, std::vector<Assessment>>& networks,
                     record::Recorder& recorder);
    /// The kind of network in the tree that goes on.
    std::string mergedKind() const;
    void recordBarriers(const std::vector<Assessment>& members, record::Recorder& recorder) const;
    void recordFigures(const std::string& network, const Figures& figures, record::Recorder& recorder) const;
    void recordPatterns(record::Recorder& recorder) const;
    void recordTree(record::Recorder& recorder) const;
    record::Stamp stamp() const { return {step_, static_cast<double>(step_)}; }
    int phase() const { return static_cast<int>(step_); }

    config::Config config_;
    std::uint64_t seed_;
    std::shared_ptr<RunQueue> runs_;
    WeightsFolder folder_;
    Assessor assessor_;
    int phases_;
    int members_;
    bool hides_;  ///< pruned weights are hidden and trained on

    std::int64_t step_ = 0;
    analysis::SavedWeights current_;  ///< the newest average; before the first the dense network
    std::string dense_;               ///< digest of the dense network
    Starts starts_;
    SoupTree tree_;
    Figures figures_;

    std::vector<Training> waiting_;  ///< trainings of the next step, once they are queued
};

}  // namespace filigree::methods::sparse_model_soups
