// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "analysis/saved_weights.h"

/// Arithmetic on whole networks: averages ("model soups": Wortsman et al., ICML 2022), lines between
/// networks, distances.
namespace filigree::analysis {

/// What becomes of connections that only some of the networks have.
enum class Patterns {
    MustAgree,  ///< Error (Usage): the average of different masks is not as sparse as they are
    Union,      ///< the average has the connections of all, absent ones counted as 0
};

bool samePatterns(const SavedWeights& a, const SavedWeights& b);

/// sum_j coefficients[j] theta_j over connections, dense parameters and buffers (running statistics, which
/// batch norm needs recomputed afterwards). In double precision, networks in order. Throws Error (Run) for no
/// networks or other numbers of them, Error (Data) for networks of other shapes.
SavedWeights combination(std::span<const SavedWeights> networks, std::span<const double> coefficients,
                         Patterns patterns = Patterns::MustAgree);
/// The uniform soup: every coefficient 1 / m.
SavedWeights average(std::span<const SavedWeights> networks, Patterns patterns = Patterns::MustAgree);

/// Share of non-zeros over the weights of these layers; layers that are dense count as full.
double density(const SavedWeights& network, const std::vector<nn::LayerWeight>& layers);
/// The same for the connections that any of the networks has.
double unionDensity(std::span<const SavedWeights> networks, const std::vector<nn::LayerWeight>& layers);

/// How far apart networks are, over weights and dense parameters (not running statistics).
struct Diversity {
    double meanDistance = 0;        ///< mean L2 distance over pairs
    double barycentreDistance = 0;  ///< largest L2 distance from the average
    double meanAngle = 0;           ///< degrees, mean over pairs
};
/// Zero for fewer than two networks. Throws as `combination`.
Diversity diversity(std::span<const SavedWeights> networks);
/// L2 norm over the same values.
double parameterNorm(const SavedWeights& network);

/// Networks taken into a greedy soup, in the order in which they were tried.
struct GreedySoup {
    std::vector<std::size_t> accepted;
    double score = 0;  ///< of the final soup
};
/// Best first by `scores` (ties: the lower index), a network joins if the average with it scores at least as
/// much as the best so far; with `strictly`, more. `score` evaluates the average of the given members.
GreedySoup greedySoup(std::span<const double> scores,
                      const std::function<double(std::span<const std::size_t> members)>& score,
                      bool strictly = false);

}  // namespace filigree::analysis
