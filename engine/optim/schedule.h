// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

namespace filigree::optim {

// A schedule is a pure function of the step (counted from 0: the rate of the first update is that of step 0).
// It gives a factor by which the base learning rate is multiplied, so a resumed run needs no state for it.

struct ConstantSchedule {};

/// factor = gamma^(number of milestones <= step).
struct StepSchedule {
    std::vector<std::int64_t> milestones;  ///< steps, in any order
    double gamma = 0.1;
};

/// Linear warm-up, then cosine decay, restarted if `restartSteps` > 0 (Loshchilov and Hutter, "SGDR:
/// stochastic gradient descent with warm restarts", ICLR 2017, equation 5):
///   step < warmupSteps: factor from warmupStart at step 0 linearly to 1 at step warmupSteps;
///   after it, with t steps into a cycle of T: factor = minimum + (1 - minimum) (1 + cos(pi t / T)) / 2.
/// Without restarts the one cycle ends at totalSteps (minimum from there on). With restarts the first cycle
/// has restartSteps steps and each one after it restartGrowth times as many.
struct CosineSchedule {
    std::int64_t totalSteps = 0;
    std::int64_t warmupSteps = 0;
    double warmupStart = 0;  ///< factor at step 0 of the warm-up
    double minimum = 0;      ///< factor at the end of a cycle
    std::int64_t restartSteps = 0;
    std::int64_t restartGrowth = 1;
};

/// One cycle up to the base rate and down (Smith and Topin, "Super-convergence", 2019), cosine-shaped:
/// from 1 / divisor at step 0 to 1 at step riseFraction totalSteps - 1 and to 1 / (divisor finalDivisor) at
/// step totalSteps - 1 (kept from there on).
struct OneCycleSchedule {
    std::int64_t totalSteps = 0;
    double riseFraction = 0.3;
    double divisor = 25;
    double finalDivisor = 1e4;
};

/// Up along half a cosine wave, then linearly to 0 (linear learning-rate restarting, LLR: Zimmer, Spiegel and
/// Pokutta, "How I learned to stop worrying and love retraining", ICLR 2023):
///   step < warmupSteps: factor = (1 - cos(pi step / warmupSteps)) / 2;
///   after it: factor = (totalSteps - step) / (totalSteps - warmupSteps) (0 from totalSteps on).
struct LinearSchedule {
    std::int64_t totalSteps = 0;
    std::int64_t warmupSteps = 0;
};

/// Up along half a cosine wave, then another schedule from its first step on:
///   step < warmupSteps: factor = (1 - cos(pi step / warmupSteps)) / 2 times that of the other's step 0;
///   after it: that of the other's step - warmupSteps.
struct RisingSchedule {
    std::int64_t warmupSteps = 0;
    std::variant<ConstantSchedule, StepSchedule, CosineSchedule, OneCycleSchedule> then;
};

using Schedule = std::variant<ConstantSchedule, StepSchedule, CosineSchedule, OneCycleSchedule,
                              LinearSchedule, RisingSchedule>;

/// Factor of the base learning rate at a step. Throws Error (Run) for a negative step and for schedules that
/// make no sense (no steps, warm-up longer than the whole, fractions outside [0, 1]).
double learningRateFactor(const Schedule& schedule, std::int64_t step);

}  // namespace filigree::optim
