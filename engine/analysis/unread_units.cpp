// SPDX-License-Identifier: Apache-2.0
#include "analysis/unread_units.h"

#include <algorithm>
#include <numeric>

#include "backend/indexing.h"

namespace filigree::analysis {
namespace {

using Places = std::vector<std::int64_t>;

Places all(std::int64_t count) {
    Places places(static_cast<std::size_t>(count));
    std::iota(places.begin(), places.end(), 0);
    return places;
}

/// Weights at positions of the dense shape; of a dense layer all that are not 0.
SavedLayer connectionsOf(const SavedWeights& network, const nn::LayerWeight& layer) {
    if (const auto found = network.sparse.find(layer.layer); found != network.sparse.end())
        return found->second;
    SavedLayer saved{layer.shape, {}, {}, {}, {}};
    const std::vector<double> values = network.dense.at(layer.layer + ".weight").toDoubles();
    for (std::size_t p = 0; p < values.size(); ++p) {
        if (values[p] == 0) continue;
        saved.positions.push_back(static_cast<std::uint32_t>(p));
        saved.values.push_back(values[p]);
    }
    return saved;
}

/// Number of each place among those that stay, -1 for the others.
Places numbers(const Places& kept, std::int64_t count) {
    Places result(static_cast<std::size_t>(count), -1);
    for (std::size_t i = 0; i < kept.size(); ++i)
        result[static_cast<std::size_t>(kept[i])] = static_cast<std::int64_t>(i);
    return result;
}

/// A layer of which some units and some inputs (each so many columns wide) stay.
SavedLayer cut(const SavedLayer& from, const Places& units, const Places& inputs, std::int64_t inputCount) {
    const std::int64_t columns = from.shape.elements() / from.shape[0], each = columns / inputCount;
    const Places row = numbers(units, from.shape[0]), input = numbers(inputs, inputCount);
    const auto width = static_cast<std::int64_t>(inputs.size()) * each;
    SavedLayer to;
    to.shape = from.shape;
    to.shape[0] = std::ssize(units);
    to.shape[1] = from.shape[1] * std::ssize(inputs) / inputCount;
    for (std::size_t e = 0; e < from.positions.size(); ++e) {
        const std::int64_t position = from.positions[e], column = position % columns;
        const std::int64_t r = row[static_cast<std::size_t>(position / columns)],
                           i = input[static_cast<std::size_t>(column / each)];
        if (r < 0 || i < 0) continue;
        to.positions.push_back(static_cast<std::uint32_t>(r * width + i * each + column % each));
        to.values.push_back(from.values[e]);
        if (!from.ages.empty()) to.ages.push_back(from.ages[e]);
        if (!from.activity.empty()) to.activity.push_back(from.activity[e]);
    }
    return to;
}

}  // namespace

SmallerNetwork withoutUnreadUnits(const SavedWeights& network, const std::vector<nn::LayerWeight>& layers) {
    const auto placeOf = [&](const auto& fits) {
        return static_cast<std::size_t>(std::find_if(layers.begin(), layers.end(), fits) - layers.begin());
    };
    SmallerNetwork result;
    std::vector<Places> kept;
    for (const nn::LayerWeight& layer : layers) kept.push_back(all(layer.shape[0]));
    // From the output on: a unit that goes reads nothing any more.
    for (std::size_t l = layers.size(); l-- > 0;) {
        const std::size_t reader =
            placeOf([&](const nn::LayerWeight& other) { return other.layer == layers[l].reader; });
        if (reader == layers.size()) continue;
        const std::int64_t units = layers[l].shape[0];
        const SavedLayer reads = connectionsOf(network, layers[reader]);
        const std::int64_t columns = reads.shape.elements() / reads.shape[0], each = columns / units;
        const Places row = numbers(kept[reader], reads.shape[0]);
        std::vector<bool> isRead(static_cast<std::size_t>(units), false);
        for (const std::uint32_t position : reads.positions)
            if (row[static_cast<std::size_t>(position / columns)] >= 0)
                isRead[static_cast<std::size_t>(position % columns / each)] = true;
        kept[l].clear();
        for (std::int64_t unit = 0; unit < units; ++unit)
            if (isRead[static_cast<std::size_t>(unit)]) kept[l].push_back(unit);
        if (kept[l].empty()) kept[l].push_back(0);
        result.units += units;
        result.removed += units - std::ssize(kept[l]);
    }

    result.weights.dense = network.dense;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const nn::LayerWeight& layer = layers[l];
        const std::size_t source =
            placeOf([&](const nn::LayerWeight& other) { return other.reader == layer.layer; });
        const std::int64_t inputs = source < layers.size() ? layers[source].shape[0] : layer.shape[1];
        SavedLayer left = cut(connectionsOf(network, layer), kept[l],
                              source < layers.size() ? kept[source] : all(inputs), inputs);
        nn::LayerWeight smaller = layer;
        smaller.shape = left.shape;
        result.layers.push_back(std::move(smaller));
        if (!network.sparse.contains(layer.layer) || std::ssize(left.positions) == left.shape.elements()) {
            std::vector<double> values(static_cast<std::size_t>(left.shape.elements()), 0);
            for (std::size_t e = 0; e < left.positions.size(); ++e)
                values[left.positions[e]] = left.values[e];
            result.weights.dense.insert_or_assign(layer.layer + ".weight",
                                                  Tensor::from(values, left.shape).to(DType::F32));
        } else {
            result.weights.sparse.emplace(layer.layer, std::move(left));
        }
        const Tensor ids = Tensor::from(kept[l], {std::ssize(kept[l])});
        for (auto& [name, tensor] : result.weights.dense) {
            const std::string owner = name.substr(0, name.rfind('.'));
            const bool ofUnits =
                name == layer.layer + ".bias" || (!layer.norm.empty() && owner == layer.norm);
            if (ofUnits) tensor = backend::indexSelect(tensor.contiguous(), 0, ids);
        }
    }
    return result;
}

}  // namespace filigree::analysis
