// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "analysis/saved_weights.h"
#include "nn/models/layer_weights.h"

/// What each phase prunes, and how fast it learns afterwards.
namespace filigree::methods::sparse_model_soups {

/// Share of the remaining weights that each of n phases prunes to reach a density: p = 1 - density^(1/n).
double prunedFraction(double density, int phases);
/// Density after phase i (1 .. n): (1 - p)^i; exactly the goal after the last.
double phaseDensity(double density, int phases, int phase);

/// How densities fall over the phases.
enum class Ladder {
    Geometric,  ///< density^(i / n), as above
    Cubic,      ///< 1 - s (1 - (1 - i / n)^3) with s = 1 - density: prunings of gradual magnitude pruning
};
/// "geometric", "cubic".
Ladder ladderFrom(std::string_view name);
double phaseDensity(Ladder ladder, double density, int phases, int phase);

/// Which weights go.
enum class Selector {
    Global,   ///< the smallest |w| of all layers together
    Uniform,  ///< the smallest |w| of each layer
    Random,   ///< any, equally likely over all layers
};
/// "global", "uniform", "random".
Selector selectorFrom(std::string_view name);

/// The network with exactly round(density x positions) of its weights left (uniform: in each layer); the
/// values of those that stay are unchanged. Random: stream (seed, "soup/random"). Throws Error (Run) if a
/// layer loses every connection.
analysis::SavedWeights pruned(const analysis::SavedWeights& network,
                              const std::vector<nn::LayerWeight>& layers, double density, Selector selector,
                              std::uint64_t seed);

/// Of a network that has connections everywhere those of another alone.
analysis::SavedWeights shownBy(const analysis::SavedWeights& pattern, const analysis::SavedWeights& network,
                               const std::vector<nn::LayerWeight>& layers);

/// sqrt(| ||theta||^2 - ||theta_pruned||^2 |) / ||theta||, over all weights, biases, scales and shifts.
double relativeNormDrop(const analysis::SavedWeights& before, const analysis::SavedWeights& after);

/// Largest learning rate of adaptive linear retraining (ALLR): a maxRate with
///   a = clip(drop / sqrt(fraction), min(retrainEpochs / pretrainEpochs, 1), 1).
/// Source: Zimmer, Spiegel, Pokutta, "How I learned to stop worrying and love retraining", ICLR 2023.
double adaptiveRate(double maxRate, double drop, double fraction, double retrainEpochs,
                    double pretrainEpochs);

}  // namespace filigree::methods::sparse_model_soups
