// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/phases.h"

#include <algorithm>
#include <cmath>

#include "analysis/averaging.h"
#include "base/error.h"
#include "base/random.h"
#include "sparse/prune_schedule.h"
#include "sparse/pruning.h"

namespace filigree::methods::sparse_model_soups {
namespace {

sparse::ScoredLayer scored(const analysis::SavedWeights& network, const nn::LayerWeight& layer) {
    const auto found = network.sparse.find(layer.layer);
    if (found == network.sparse.end()) return sparse::magnitudes(network.dense.at(layer.layer + ".weight"));
    sparse::ScoredLayer result{found->second.shape, found->second.positions, found->second.values};
    for (double& score : result.scores) score = std::abs(score);
    return result;
}

std::vector<double> valuesAt(const analysis::SavedWeights& network, const nn::LayerWeight& layer,
                             const std::vector<std::uint32_t>& positions) {
    std::vector<double> values;
    const auto found = network.sparse.find(layer.layer);
    if (found == network.sparse.end()) {
        const std::vector<double> dense = network.dense.at(layer.layer + ".weight").toDoubles();
        for (const std::uint32_t position : positions) values.push_back(dense[position]);
        return values;
    }
    std::size_t at = 0;
    for (const std::uint32_t position : positions) {
        while (found->second.positions[at] != position) ++at;
        values.push_back(found->second.values[at]);
    }
    return values;
}

}  // namespace

double prunedFraction(double density, int phases) {
    return 1 - std::pow(density, 1.0 / phases);
}

double phaseDensity(double density, int phases, int phase) {
    return phase == phases ? density : std::pow(density, static_cast<double>(phase) / phases);
}

Ladder ladderFrom(std::string_view name) {
    return name == "cubic" ? Ladder::Cubic : Ladder::Geometric;
}

double phaseDensity(Ladder ladder, double density, int phases, int phase) {
    if (ladder == Ladder::Geometric || phase == phases) return phaseDensity(density, phases, phase);
    return 1 - sparse::cubicSparsity(0, 1 - density, static_cast<double>(phase) / phases);
}

Selector selectorFrom(std::string_view name) {
    return name == "uniform" ? Selector::Uniform : name == "random" ? Selector::Random : Selector::Global;
}

analysis::SavedWeights pruned(const analysis::SavedWeights& network,
                              const std::vector<nn::LayerWeight>& layers, double density, Selector selector,
                              std::uint64_t seed) {
    std::vector<sparse::ScoredLayer> all;
    for (const nn::LayerWeight& layer : layers) all.push_back(scored(network, layer));
    if (selector == Selector::Random) {
        RandomStream random(seed, "soup/random");
        for (sparse::ScoredLayer& layer : all)
            for (double& score : layer.scores) score = random.uniform();
    }
    const auto scope =
        selector == Selector::Uniform ? sparse::PruningScope::Uniform : sparse::PruningScope::Global;
    const sparse::Survivors survivors = sparse::keepDensity(all, density, scope);
    if (const auto empty = sparse::emptyLayers(survivors); !empty.empty())
        throw Error(ErrorKind::Run,
                    "pruning took every connection of the layer " + layers[empty.front()].layer, {},
                    "prune less (sparsity.density), or in each layer (soup.selector = \"uniform\")");
    analysis::SavedWeights result{{}, network.dense};
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const std::size_t edges = survivors[l].size();
        result.dense.erase(layers[l].layer + ".weight");
        result.sparse.emplace(
            layers[l].layer,
            analysis::SavedLayer{layers[l].shape, survivors[l], valuesAt(network, layers[l], survivors[l]),
                                 std::vector<std::int64_t>(edges, 0), std::vector<std::int64_t>(edges, 0)});
    }
    return result;
}

analysis::SavedWeights shownBy(const analysis::SavedWeights& pattern, const analysis::SavedWeights& network,
                               const std::vector<nn::LayerWeight>& layers) {
    analysis::SavedWeights result{{}, network.dense};
    for (const nn::LayerWeight& layer : layers) {
        analysis::SavedLayer shown = pattern.sparse.at(layer.layer);
        shown.values = valuesAt(network, layer, shown.positions);
        result.sparse.emplace(layer.layer, std::move(shown));
    }
    return result;
}

double relativeNormDrop(const analysis::SavedWeights& before, const analysis::SavedWeights& after) {
    const double whole = analysis::parameterNorm(before), left = analysis::parameterNorm(after);
    return whole > 0 ? std::sqrt(std::abs(whole * whole - left * left)) / whole : 0;
}

double adaptiveRate(double maxRate, double drop, double fraction, double retrainEpochs,
                    double pretrainEpochs) {
    const double least = std::min(retrainEpochs / pretrainEpochs, 1.0);
    return maxRate * std::clamp(drop / std::sqrt(fraction), least, 1.0);
}

}  // namespace filigree::methods::sparse_model_soups
