// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace filigree::sparse {

/// Sparsity after the share `progress` of a ramp, in [0, 1]:
///   s_f + (s_i - s_f) (1 - progress)^3.
/// Source: Zhu and Gupta, "To prune, or not to prune", 2017, equation 1.
double cubicSparsity(double initial, double final, double progress);

/// When a dense-to-sparse run prunes, and to what density.
struct PruneSchedule {
    double initialDensity = 1;
    double finalDensity = 0.1;
    std::int64_t startStep = 0;
    std::int64_t endStep = 0;  ///< not before startStep; equal to it: all at once
    std::int64_t intervalSteps = 1;

    /// Prunings are at startStep + k intervalSteps (k = 1, 2, …) before endStep, and at endStep whether or
    /// not it is such a step, so that the final density is always reached.
    bool due(std::int64_t step) const;
    /// Density to prune to at a step: cubic in between, exactly finalDensity from endStep on.
    double density(std::int64_t step) const;
};

}  // namespace filigree::sparse
