// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/reader.h"

namespace filigree::ui {

/// One drop/grow round, over one layer or several. The first is the start, where nothing moves.
struct RewiringRound {
    std::int64_t step = 0;
    std::int64_t dropped = 0;
    std::int64_t grown = 0;
    std::int64_t regrown = 0;      ///< in both: dropped and grown again in the same round
    std::int64_t connections = 0;  ///< after the round
    std::int64_t explored = 0;     ///< positions that were ever active until then
    /// Share of the connections that are elsewhere: |A xor B| / (|A| + |B|), 0 for equal patterns, 1 for
    /// patterns without a common position; half the Hamming distance over the connections where their number
    /// does not change.
    double toFirst = 0;
    double toPrevious = 0;
    double toLast = 0;
};

/// What a layer (or several as one) went through, from the start and the rounds alone.
struct RewiringHistory {
    std::int64_t positions = 0;  ///< rows x columns
    std::vector<RewiringRound> rounds;

    /// Rounds whose connections are counted together in `alive`: 1 unless there are more than 512 rounds.
    std::size_t roundsPerCohort = 1;
    /// alive[c][r]: connections that were born in cohort c and live after round r. Cohort 0 is the start,
    /// cohort c > 0 are rounds (c - 1) * roundsPerCohort + 1 and the following.
    std::vector<std::vector<std::int64_t>> alive;

    /// Up to 64 rounds, the first and the last among them, and how alike their patterns are: |A and B| /
    /// |A or B|, row by row.
    std::vector<std::size_t> compared;
    std::vector<float> jaccard;

    bool empty() const { return rounds.size() < 2; }
    std::size_t cohortOf(std::size_t round) const {
        return round == 0 ? 0 : (round - 1) / roundsPerCohort + 1;
    }
    /// First round of a cohort.
    std::size_t birthOf(std::size_t cohort) const {
        return cohort == 0 ? 0 : (cohort - 1) * roundsPerCohort + 1;
    }
    /// Exploration rate R_s: share of the positions that were ever active.
    double exploration(std::size_t round) const;
    /// Share of the connections that the round moved: (dropped + grown, without those regrown) / 2 over the
    /// connections before it.
    double churn(std::size_t round) const;
    /// Share of a cohort that still lives `later` rounds after its birth; NaN if that was never seen.
    double survival(std::size_t cohort, std::size_t later) const;
    /// The round at or before a step.
    std::size_t roundAt(std::int64_t step) const;
    /// A line per round with all that is drawn in strips.
    std::string csv() const;
};

/// A layer's start and its rounds, ascending.
struct LayerMoves {
    std::string layer;
    std::int64_t positions = 0;
    std::int64_t startStep = 0;
    std::vector<std::uint32_t> start;  ///< flat positions, ascending
    struct Round {
        std::int64_t step = 0;
        std::vector<std::uint32_t> dropped;
        std::vector<std::uint32_t> grown;  ///< ascending, as `dropped`
    };
    std::vector<Round> rounds;
};

/// Plays the rounds of all layers; those of the same step are one round. Positions that a round drops though
/// they are not there, or grows though they are, are passed over.
RewiringHistory replay(const std::vector<LayerMoves>& layers);

/// The moves of a layer as recorded; where no rounds were (pruning, a pattern that the optimiser moves), what
/// changed between snapshots, of which at most 256 evenly spread ones are read. Throws Error (Usage) for a
/// layer that there is not.
LayerMoves readMoves(const store::Reader& reader, std::int64_t run, const store::MaskLayer& layer);

struct Rewiring {
    std::int64_t run = 0;
    std::string runName;
    std::string layer;  ///< empty: all
    std::vector<std::string> layers;
    RewiringHistory history;
};

/// `layer` empty: all layers as one. Throws Error (Usage) if the run recorded no pattern or has no such
/// layer; a run whose pattern never moved has an empty history.
Rewiring loadRewiring(const store::Reader& reader, std::int64_t run, std::string_view layer);

}  // namespace filigree::ui
