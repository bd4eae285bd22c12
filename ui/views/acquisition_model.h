// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/reader.h"

namespace filigree::ui {

/// The trade-off of a round, S = |G| + c ln(t) / (N + eps) (Huang et al., DAC 2023).
struct AcquisitionRule {
    double c = 0;  ///< infinity: fewest rounds first, |G| among equals
    double eps = 1;
    bool normalize = false;  ///< c is multiplied by the mean |G| over the candidates
    std::int64_t step = 1;   ///< t
};

/// The candidates of one round that were active in the same number of rounds N, and so share a bonus.
struct CandidateGroup {
    std::uint16_t rounds = 0;              ///< N
    std::vector<float> gradient;           ///< |G|, descending
    std::vector<std::uint32_t> position;   ///< ascending among equals
    std::vector<std::uint32_t> grown;      ///< places in this list that the run grew, ascending
    std::vector<std::uint32_t> histogram;  ///< candidates by |G|: see AcquisitionRound::bin
};

/// Which candidates a round would grow with some c.
struct AcquisitionChoice {
    double c = 0;
    double threshold = 0;  ///< lowest score among the chosen; of no meaning for c = infinity
    /// Of each group: places that are chosen, ascending. The first `above` of them, then `tied`.
    struct Group {
        std::size_t above = 0;
        std::vector<std::uint32_t> tied;  ///< places with the score of the threshold
        std::size_t count() const { return above + tied.size(); }
    };
    std::vector<Group> groups;
    std::int64_t chosen = 0;
    std::int64_t changed = 0;      ///< of them, that the run did not grow
    std::int64_t neverActive = 0;  ///< of them, with N = 0
    double meanGradient = 0;       ///< over them
};

/// What a round of one layer chose from, sorted so that choosing again takes a time that does not follow the
/// number of candidates.
class AcquisitionRound {
  public:
    AcquisitionRound() = default;
    /// `gradient` and `rounds`: one value per position of a layer, gradient NaN where nothing could grow.
    /// `grown`: what the run grew, ascending. Throws Error (Data) where they do not fit each other.
    AcquisitionRound(std::int64_t columns, std::span<const float> gradient, std::span<const float> rounds,
                     std::span<const std::uint32_t> grown, const AcquisitionRule& rule);

    const AcquisitionRule& rule() const { return rule_; }
    const std::vector<CandidateGroup>& groups() const { return groups_; }  ///< ascending N
    std::int64_t candidates() const { return candidates_; }
    std::int64_t grown() const { return grown_; }  ///< k
    std::int64_t columns() const { return columns_; }
    bool empty() const { return groups_.empty(); }

    /// c ln(t) / (N + eps), or with the mean |G|.
    double bonus(double c, std::uint16_t rounds) const;
    /// The same k candidates as the engine would grow with this c >= 0: scores in double precision, the lower
    /// position among equals.
    AcquisitionChoice choose(double c) const;
    /// What the run did, in the form of a choice with its own c.
    std::int64_t grownNeverActive() const { return grownNever_; }
    std::vector<std::uint32_t> positions(const AcquisitionChoice& choice) const;  ///< ascending

    /// |G| lies in logarithmic bins between two values; below the first, and 0, in bin 0.
    static constexpr std::size_t bins = 257;
    double leastExponent() const { return least_; }        ///< log10 where bin 1 begins
    double greatestExponent() const { return greatest_; }  ///< where the last ends
    std::size_t bin(float gradient) const;

    /// A line for each candidate that the run grew or that is chosen.
    std::string csv(const AcquisitionChoice& choice) const;

  private:
    void chooseFewestRounds(AcquisitionChoice& choice) const;
    void chooseLargest(AcquisitionChoice& choice) const;
    void measure(AcquisitionChoice& choice) const;

    std::vector<CandidateGroup> groups_;
    AcquisitionRule rule_;
    std::int64_t columns_ = 1, candidates_ = 0, grown_ = 0, grownNever_ = 0;
    double mean_ = 0;
    double least_ = -1, greatest_ = 0;
};

/// One round of one layer of a run.
struct Acquisition {
    std::int64_t run = 0;
    std::string runName;
    std::string layer;
    std::vector<std::string> layers;  ///< whose candidates were recorded
    std::vector<std::int64_t> steps;  ///< of this layer's rounds, ascending
    std::int64_t step = 0;
    std::shared_ptr<const AcquisitionRound> round = std::make_shared<AcquisitionRound>();
    bool empty() const { return round->empty(); }
};

/// The newest round at or before `step` (none: the last; before all: the first) of the layer, empty: the
/// first one recorded. A run that recorded no candidates, or not of this layer, has an empty one. Throws
/// Error (Data) if what was recorded is damaged.
Acquisition loadAcquisition(const store::Reader& reader, std::int64_t run, std::string_view layer,
                            std::optional<std::int64_t> step);

}  // namespace filigree::ui
