// SPDX-License-Identifier: Apache-2.0
#include "sparse/unit_pruning.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"

namespace filigree::sparse {
namespace {

/// The units of a layer as what `keepGlobally` chooses among: those that are there, the best one first of
/// all.
ScoredLayer choice(const UnitLayer& layer) {
    ScoredLayer scored{{std::ssize(layer.scores), 1}, {}, {}};
    for (std::size_t unit = 0; unit < layer.scores.size(); ++unit) {
        if (layer.scores[unit] < 0) continue;
        scored.positions.push_back(static_cast<std::uint32_t>(unit));
        scored.scores.push_back(layer.scores[unit]);
    }
    const bool isNumber = std::none_of(scored.scores.begin(), scored.scores.end(),
                                       [](double score) { return std::isnan(score); });
    if (isNumber && !scored.scores.empty())
        *std::max_element(scored.scores.begin(), scored.scores.end()) =
            std::numeric_limits<double>::infinity();
    return scored;
}

}  // namespace

std::vector<double> rowNorms(const SparseWeight& weight) {
    const std::vector<double> values = weight.values().value().toDoubles();
    const backend::SparsePattern pattern = weight.topology().pattern();
    std::vector<double> norms;
    for (std::size_t row = 0; row + 1 < pattern.rowStart.size(); ++row) {
        double squares = 0;
        for (std::size_t e = pattern.rowStart[row]; e < pattern.rowStart[row + 1]; ++e)
            squares += values[e] * values[e];
        norms.push_back(std::sqrt(squares));
    }
    return norms;
}

Survivors keepUnits(const std::vector<UnitLayer>& layers, double density, PruningScope scope) {
    if (scope == PruningScope::ErdosRenyiKernel)
        throw Error(ErrorKind::Run, "densities by ERK are those of connections, not of units");
    std::vector<ScoredLayer> choices;
    std::vector<std::int64_t> kept;
    std::int64_t all = 0, left = 0;
    for (const UnitLayer& layer : layers) {
        choices.push_back(choice(layer));
        const std::int64_t here = std::ssize(choices.back().positions);
        const std::int64_t wanted = std::llround(density * static_cast<double>(layer.scores.size()));
        kept.push_back(std::min(std::max<std::int64_t>(1, wanted), here));
        all += std::ssize(layer.scores);
        left += here;
    }
    if (scope == PruningScope::Uniform) return keepPerLayer(choices, kept);
    const std::int64_t wanted = std::llround(density * static_cast<double>(all));
    return keepGlobally(choices, std::min(std::max<std::int64_t>(std::ssize(layers), wanted), left));
}

Survivors connectionsOfUnits(const std::vector<const SparseWeight*>& weights,
                             const std::vector<UnitLayer>& layers, const Survivors& units) {
    std::vector<std::vector<char>> rows, inputs;  // of each weight; empty: all stay
    rows.resize(weights.size());
    inputs.resize(weights.size());
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::vector<char> stays(layers[i].scores.size(), 0);
        for (const std::uint32_t unit : units[i]) stays[unit] = 1;
        inputs[layers[i].reader] = stays;
        rows[layers[i].layer] = std::move(stays);
    }
    Survivors result;
    for (std::size_t l = 0; l < weights.size(); ++l) {
        const auto columns = static_cast<std::uint32_t>(weights[l]->topology().columns());
        const std::uint32_t each =
            inputs[l].empty() ? columns : columns / static_cast<std::uint32_t>(inputs[l].size());
        result.emplace_back();
        for (const std::uint32_t position : weights[l]->topology().positions())
            if ((rows[l].empty() || rows[l][position / columns]) &&
                (inputs[l].empty() || inputs[l][position % columns / each]))
                result.back().push_back(position);
    }
    return result;
}

}  // namespace filigree::sparse
