// SPDX-License-Identifier: Apache-2.0
#include "analysis/saved_weights.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/error.h"

namespace filigree::analysis {
namespace {

[[noreturn]] void failDamaged(const std::string& layer, const std::string& what) {
    throw Error(ErrorKind::Data, "the saved layer '" + layer + "' is damaged: " + what, {},
                "choose another checkpoint");
}

std::vector<std::uint32_t> readPositions(const train::Checkpoint& checkpoint, const nn::LayerWeight& layer) {
    const std::string name = layer.layer + ".weight.";
    const auto starts = checkpoint.getIntegers(name + "crow_indices");
    const auto columns = checkpoint.getIntegers(name + "col_indices");
    const std::int64_t rows = layer.shape[0];
    const std::int64_t width = layer.shape.elements() / rows;
    if (static_cast<std::int64_t>(starts.size()) != rows + 1 || starts.front() != 0 ||
        starts.back() != static_cast<std::int64_t>(columns.size()) ||
        !std::is_sorted(starts.begin(), starts.end()))
        failDamaged(layer.layer, "its rows do not fit");
    std::vector<std::uint32_t> positions;
    positions.reserve(columns.size());
    for (std::int64_t row = 0; row < rows; ++row)
        for (std::int64_t e = starts[static_cast<std::size_t>(row)];
             e < starts[static_cast<std::size_t>(row) + 1]; ++e) {
            const std::int64_t column = columns[static_cast<std::size_t>(e)];
            if (column < 0 || column >= width) failDamaged(layer.layer, "a column lies outside");
            const auto position = static_cast<std::uint32_t>(row * width + column);
            if (!positions.empty() && position <= positions.back())
                failDamaged(layer.layer, "its columns are not ascending");
            positions.push_back(position);
        }
    return positions;
}

SavedLayer readLayer(const train::Checkpoint& checkpoint, const nn::LayerWeight& layer) {
    const std::string name = layer.layer + ".weight.";
    SavedLayer saved;
    saved.shape = layer.shape;
    saved.positions = readPositions(checkpoint, layer);
    const std::size_t edges = saved.positions.size();
    saved.values = checkpoint.get(name + "values").toDoubles();
    const auto births = checkpoint.getIntegers(name + "birth_rounds");
    const auto rounds = checkpoint.getIntegers(name + "round");
    if (saved.values.size() != edges || births.size() != edges || rounds.size() != 1)
        failDamaged(layer.layer, "its connections and their values differ in number");
    for (const std::int64_t birth : births) saved.ages.push_back(rounds.front() - birth);
    const auto positions = checkpoint.getIntegers(name + "activity_positions");
    const auto counts = checkpoint.getIntegers(name + "activity_counts");
    if (positions.size() != counts.size()) failDamaged(layer.layer, "its history is not whole");
    for (const std::uint32_t position : saved.positions) {
        const auto found =
            std::lower_bound(positions.begin(), positions.end(), static_cast<std::int64_t>(position));
        const bool known = found != positions.end() && *found == static_cast<std::int64_t>(position);
        saved.activity.push_back(known ? counts[static_cast<std::size_t>(found - positions.begin())] : 0);
    }
    return saved;
}

}  // namespace

SavedWeights readWeights(const train::Checkpoint& checkpoint, const std::vector<nn::LayerWeight>& layers) {
    SavedWeights saved;
    for (const nn::LayerWeight& layer : layers) {
        if (checkpoint.has(layer.layer + ".weight.crow_indices"))
            saved.sparse.emplace(layer.layer, readLayer(checkpoint, layer));
        else
            checkpoint.get(layer.layer + ".weight", DType::F32, layer.shape);
    }
    for (const auto& [name, tensor] : checkpoint.tensors()) {
        const bool ofTraining =
            name.starts_with("optimizer.") || name.starts_with("train.") || name.starts_with("rewire.");
        const bool ofPattern = name.find(".weight.") != std::string::npos;
        if (!ofTraining && !ofPattern && tensor.isFloating()) saved.dense.emplace(name, tensor);
    }
    return saved;
}

nn::Topologies unionOf(std::span<const SavedWeights> networks) {
    std::map<std::string, std::set<std::size_t>> holders;
    for (std::size_t n = 0; n < networks.size(); ++n)
        for (const auto& [layer, saved] : networks[n].sparse) holders[layer].insert(n);
    nn::Topologies topologies;
    for (const auto& [layer, who] : holders) {
        if (who.size() != networks.size()) continue;
        std::vector<std::uint32_t> all;
        for (const SavedWeights& network : networks) {
            const auto& positions = network.sparse.at(layer).positions;
            std::vector<std::uint32_t> merged;
            std::set_union(all.begin(), all.end(), positions.begin(), positions.end(),
                           std::back_inserter(merged));
            all = std::move(merged);
        }
        const Shape& shape = networks.front().sparse.at(layer).shape;
        topologies.emplace(layer, sparse::Topology(shape[0], shape.elements() / shape[0], all));
    }
    return topologies;
}

Point pointOf(const SavedWeights& network, const Layout& layout) {
    Point point(layout.size, 0);
    for (const Block& block : layout.blocks) {
        const auto misfit = [&]() -> Error {
            return {ErrorKind::Data, "the saved network does not fit the parameter '" + block.name + "'",
                    block.shape.text(), "compare runs of one architecture only"};
        };
        const std::string layer = block.name.substr(0, block.name.rfind('.'));
        const auto sparse = block.isWeight() ? network.sparse.find(layer) : network.sparse.end();
        if (sparse == network.sparse.end()) {
            const auto dense = network.dense.find(block.name);
            if (block.sparse || dense == network.dense.end() || !(dense->second.shape() == block.shape))
                throw misfit();
            const std::vector<double> values = dense->second.toDoubles();
            std::copy(values.begin(), values.end(),
                      point.begin() + static_cast<std::ptrdiff_t>(block.offset));
            continue;
        }
        const SavedLayer& saved = sparse->second;
        if (!(saved.shape == block.shape)) throw misfit();
        std::size_t at = 0;
        for (std::size_t e = 0; e < saved.positions.size(); ++e) {
            std::size_t place = saved.positions[e];
            if (block.sparse) {
                while (at < block.positions.size() && block.positions[at] < saved.positions[e]) ++at;
                if (at == block.positions.size() || block.positions[at] != saved.positions[e]) throw misfit();
                place = at;
            }
            point[block.offset + place] = saved.values[e];
        }
    }
    return point;
}

}  // namespace filigree::analysis
