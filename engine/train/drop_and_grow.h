// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sparse/drop_schedule.h"
#include "sparse/rewiring.h"
#include "train/grown_values.h"
#include "train/sparse_algorithm.h"

namespace filigree::train {

/// Algorithms whose rounds drop some connections of every layer and grow others, configured by the group
/// [rewire] of rewireScheduleSchema(). A subclass sets the growth rule and overrides what it does otherwise.
class DropAndGrow : public SparseAlgorithm {
  public:
    /// `replacesUpdate`: a round takes the place of that step's update (RigL), else it follows it (SET,
    /// ITOP).
    DropAndGrow(const config::Config& config, sparse::GrowthRule rule, bool replacesUpdate);

    std::int64_t start(const RunLength& length) override;
    bool roundDue(std::int64_t step) const override { return schedule_.due(step); }
    bool wantsDenseGradient(std::int64_t step) const override {
        return rule_.usesDenseGradient && roundDue(step);
    }
    std::int64_t gradientSamples(std::int64_t step) const override {
        return wantsDenseGradient(step) ? gradientSamples_ : 1;
    }
    bool replacesUpdate(std::int64_t step) const override { return replacesUpdate_ && roundDue(step); }
    void afterUpdate(SparseStep& now) override;

    void save(Checkpoint& checkpoint) const override;
    void load(const Checkpoint& checkpoint) override;
    bool set(std::string_view key, double value) override;

    /// Connections that a layer drops and grows in a round.
    struct Budget {
        std::int64_t drops = 0;
        std::int64_t grows = 0;
    };

  protected:
    /// Of each layer; none: the scheduled fraction of its connections, both.
    virtual std::vector<Budget> budgets(const SparseStep&) { return {}; }
    /// One score per connection of a layer, the lowest dropped first; empty: `options_.drop` decides.
    virtual std::vector<double> dropScores(const SparseStep&, std::size_t) { return {}; }
    /// What the growth rule reads as the dense gradient of a layer.
    virtual Tensor growthSignal(const SparseStep& now, std::size_t layer);

    /// False for rounds too frequent to record their figures.
    virtual bool recordsRound(std::int64_t) const { return true; }

    sparse::GrowthRule rule_;
    sparse::RoundOptions options_;
    sparse::DropSchedule schedule_;

  private:
    bool replacesUpdate_;
    double end_;
    std::int64_t gradientSamples_;
    GrownValue grown_;
    double grownDivisor_;
};

/// The growth rule that [rewire] of sparsitySchema() names: DST-EE and its relatives.
class ConfiguredGrowth final : public DropAndGrow {
  public:
    explicit ConfiguredGrowth(const config::Config& config);

    bool roundDue(std::int64_t step) const override { return grows_ && DropAndGrow::roundDue(step); }
    void save(Checkpoint& checkpoint) const override;
    void load(const Checkpoint& checkpoint) override;
    bool set(std::string_view key, double value) override;

  private:
    void chooseRule();

    std::string growth_;
    bool grows_;
    double c_;
    double eps_;
    bool normalize_;
};

}  // namespace filigree::train
