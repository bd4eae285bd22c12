// SPDX-License-Identifier: Apache-2.0
#include "sparse/drop_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace filigree::sparse {
namespace {

double cosine(double from, double to, std::int64_t step, std::int64_t last) {
    const double progress =
        last > 0 ? std::clamp(static_cast<double>(step) / static_cast<double>(last), 0.0, 1.0) : 1.0;
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * progress));
}

}  // namespace

bool DropSchedule::due(std::int64_t step) const {
    return intervalSteps > 0 && step >= 2 && step % intervalSteps == 0 && step <= endStep;
}

double DropSchedule::fraction(std::int64_t step) const {
    switch (decay) {
        case DropDecay::Constant:
            return alpha;
        case DropDecay::Cosine:
            return cosine(alpha, 0, step, endStep);
        case DropDecay::CosineFloor:
            return cosine(alpha, std::min(alpha, 0.005), step, totalSteps);
        case DropDecay::Power:
            break;
    }
    const double left = endStep > 0 ? 1 - static_cast<double>(step) / static_cast<double>(endStep) : 0;
    return alpha * std::pow(std::clamp(left, 0.0, 1.0), power);
}

}  // namespace filigree::sparse
