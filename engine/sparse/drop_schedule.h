// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace filigree::sparse {

enum class DropDecay {
    Constant,    ///< alpha
    Cosine,      ///< (alpha / 2) (1 + cos(pi t / T_end)) (RigL, DST-EE)
    Power,       ///< alpha (1 - t / T_end)^q
    CosineFloor  ///< from alpha to 0.005 by a cosine over the whole run (ITOP code)
};

/// When rounds happen and what fraction f(t) of its connections a layer drops in each.
struct DropSchedule {
    DropDecay decay = DropDecay::Cosine;
    double alpha = 0.3;               ///< initial fraction
    std::int64_t intervalSteps = 40;  ///< dT
    std::int64_t endStep = 0;         ///< T_end: no round later
    std::int64_t totalSteps = 0;      ///< of the run, for CosineFloor
    double power = 3;                 ///< q

    /// Rounds are at t = dT, 2 dT, … <= T_end and never before t = 2, where ln t is still 0.
    bool due(std::int64_t step) const;
    double fraction(std::int64_t step) const;
};

}  // namespace filigree::sparse
