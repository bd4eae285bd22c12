// SPDX-License-Identifier: Apache-2.0
#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "base/error.h"

namespace filigree::optim {
namespace {

[[noreturn]] void reject(const std::string& why) {
    throw Error(ErrorKind::Run, "the schedule makes no sense: " + why);
}

/// From `from` at share 0 to `to` at share 1 along half a cosine wave.
double cosineBetween(double from, double to, double share) {
    return to + (from - to) * (1 + std::cos(std::numbers::pi * share)) / 2;
}

double factor(const ConstantSchedule&, std::int64_t) {
    return 1;
}

double factor(const StepSchedule& s, std::int64_t step) {
    if (!std::isfinite(s.gamma) || s.gamma < 0) reject("gamma must be a number of at least 0");
    const auto passed = std::count_if(s.milestones.begin(), s.milestones.end(),
                                      [step](std::int64_t milestone) { return milestone <= step; });
    return std::pow(s.gamma, static_cast<double>(passed));
}

double factor(const CosineSchedule& s, std::int64_t step) {
    if (s.warmupSteps < 0) reject("the warm-up cannot have less than 0 steps");
    if (s.restartSteps < 0 || s.restartGrowth < 1) reject("cycles need a positive length and growth");
    if (s.restartSteps == 0 && s.totalSteps <= s.warmupSteps)
        reject("the warm-up leaves no step for the cosine");
    if (step < s.warmupSteps)
        return s.warmupStart +
               (1 - s.warmupStart) * static_cast<double>(step) / static_cast<double>(s.warmupSteps);
    std::int64_t position = step - s.warmupSteps;
    std::int64_t length = s.totalSteps - s.warmupSteps;
    if (s.restartSteps == 0) {
        position = std::min(position, length);
    } else {
        length = s.restartSteps;
        if (s.restartGrowth == 1) position %= length;
        // Cycles that would outgrow the counter never end.
        while (position >= length && length <= std::numeric_limits<std::int64_t>::max() / s.restartGrowth) {
            position -= length;
            length *= s.restartGrowth;
        }
    }
    return cosineBetween(1, s.minimum, static_cast<double>(position) / static_cast<double>(length));
}

double factor(const OneCycleSchedule& s, std::int64_t step) {
    if (s.totalSteps < 1) reject("one cycle needs at least one step");
    if (!(s.riseFraction >= 0 && s.riseFraction <= 1)) reject("the rising share must lie in [0, 1]");
    if (!(s.divisor > 0) || !(s.finalDivisor > 0)) reject("the divisors must be positive");
    const double peak = s.riseFraction * static_cast<double>(s.totalSteps) - 1;
    const double end = static_cast<double>(s.totalSteps) - 1;
    const double at = std::min(static_cast<double>(step), end);
    const double lowest = 1 / (s.divisor * s.finalDivisor);
    if (at <= peak) return peak > 0 ? cosineBetween(1 / s.divisor, 1, at / peak) : 1;
    // A rise of less than one step has its peak before step 0.
    const double top = std::max(peak, 0.0);
    return end > top ? cosineBetween(1, lowest, (at - top) / (end - top)) : lowest;
}

double factor(const LinearSchedule& s, std::int64_t step) {
    if (s.warmupSteps < 0) reject("the warm-up cannot have less than 0 steps");
    if (s.totalSteps <= s.warmupSteps) reject("the warm-up leaves no step for the fall");
    if (step < s.warmupSteps)
        return cosineBetween(0, 1, static_cast<double>(step) / static_cast<double>(s.warmupSteps));
    const auto left = static_cast<double>(std::max<std::int64_t>(0, s.totalSteps - step));
    return left / static_cast<double>(s.totalSteps - s.warmupSteps);
}

double factor(const RisingSchedule& s, std::int64_t step) {
    if (s.warmupSteps < 0) reject("the warm-up cannot have less than 0 steps");
    const std::int64_t after = std::max<std::int64_t>(0, step - s.warmupSteps);
    const double then = std::visit([after](const auto& other) { return factor(other, after); }, s.then);
    return step < s.warmupSteps
               ? then * cosineBetween(0, 1, static_cast<double>(step) / static_cast<double>(s.warmupSteps))
               : then;
}

}  // namespace

double learningRateFactor(const Schedule& schedule, std::int64_t step) {
    if (step < 0) reject("steps count from 0, not " + std::to_string(step));
    return std::visit([step](const auto& s) { return factor(s, step); }, schedule);
}

}  // namespace filigree::optim
