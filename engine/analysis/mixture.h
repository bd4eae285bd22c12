// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

namespace filigree::analysis {

/// A loss of a mixture of networks, and its derivative by each coefficient.
struct MixtureLoss {
    double loss = 0;
    std::vector<double> gradient;
};

/// How mixing weights are learned.
struct MixtureOptions {
    int steps = 30;
    double rate = 0.1;    ///< of AdamW, moments 0.9 and 0.999
    double decay = 0.01;  ///< decoupled, towards equal weights
};

struct LearnedMixture {
    std::vector<double> coefficients;  ///< positive, sum 1
    double loss = 0;                   ///< at these
};

/// Coefficients softmax(a) of `networks` networks that lower a loss: AdamW on a, from a = 0 (the uniform
/// soup) on. The best of the steps + 1 mixtures that were tried, the earliest of equal ones: never worse than
/// the uniform one.
///   dL/da_j = alpha_j (g_j - sum_k alpha_k g_k),   g = dL/dalpha.
/// Source: Wortsman et al., "Model soups", ICML 2022, section 2 (learned soup).
LearnedMixture learnMixture(std::size_t networks, const MixtureOptions& options,
                            const std::function<MixtureLoss(std::span<const double> coefficients)>& loss);

}  // namespace filigree::analysis
