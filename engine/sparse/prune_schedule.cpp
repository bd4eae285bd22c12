// SPDX-License-Identifier: Apache-2.0
#include "sparse/prune_schedule.h"

namespace filigree::sparse {

double cubicSparsity(double initial, double final, double progress) {
    const double left = 1 - progress;
    return final + (initial - final) * left * left * left;
}

bool PruneSchedule::due(std::int64_t step) const {
    if (step == endStep) return true;
    return step > startStep && step < endStep && (step - startStep) % intervalSteps == 0;
}

double PruneSchedule::density(std::int64_t step) const {
    if (step >= endStep) return finalDensity;
    if (step <= startStep) return initialDensity;
    const double progress = static_cast<double>(step - startStep) / static_cast<double>(endStep - startStep);
    return 1 - cubicSparsity(1 - initialDensity, 1 - finalDensity, progress);
}

}  // namespace filigree::sparse
