// SPDX-License-Identifier: Apache-2.0
#include "analysis/saved_weights.h"

#include <algorithm>
#include <iterator>
#include <numeric>
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
        const bool ofTraining = name.starts_with("optimizer.") || name.starts_with("train.") ||
                                name.starts_with("rewire.") || name.starts_with("hidden.");
        const bool ofPattern = name.find(".weight.") != std::string::npos;
        if (!ofTraining && !ofPattern && tensor.isFloating()) saved.dense.emplace(name, tensor);
    }
    return saved;
}

void writeWeights(train::Checkpoint& checkpoint, const SavedWeights& weights) {
    for (const auto& [layer, saved] : weights.sparse) {
        const std::string name = layer + ".weight.";
        const std::int64_t rows = saved.shape[0], width = saved.shape.elements() / rows;
        std::vector<std::int64_t> starts(static_cast<std::size_t>(rows) + 1, 0), columns;
        for (const std::uint32_t position : saved.positions) {
            ++starts[static_cast<std::size_t>(position / width) + 1];
            columns.push_back(position % width);
        }
        std::partial_sum(starts.begin(), starts.end(), starts.begin());
        const auto edges = static_cast<std::int64_t>(columns.size());
        checkpoint.put(name + "crow_indices", starts);
        checkpoint.put(name + "col_indices", columns);
        checkpoint.put(name + "values", Tensor::from(saved.values, {edges}).to(DType::F32));
        checkpoint.put(name + "birth_rounds", std::vector<std::int64_t>(columns.size(), 0));
        checkpoint.put(name + "activity_positions", std::vector<std::int64_t>());
        checkpoint.put(name + "activity_counts", std::vector<std::int64_t>());
        checkpoint.put(name + "round", std::vector<std::int64_t>{0});
    }
    for (const auto& [name, tensor] : weights.dense) checkpoint.put(name, tensor);
}

void setWeights(nn::Module& model, const SavedWeights& weights) {
    const auto misfit = [](const std::string& name) -> Error {
        return {ErrorKind::Data,
                "the saved network does not fit the parameter '" + name + "'",
                {},
                "use weights of the same architecture"};
    };
    const auto layers = model.sparseWeights();
    for (const auto& layer : layers) {
        const auto found = weights.sparse.find(layer->name());
        if (found == weights.sparse.end() || found->second.positions != layer->topology().positions())
            throw misfit(layer->name());
        Tensor& value = layer->values().mutableValue();
        value.copyFrom(Tensor::from(found->second.values, value.shape()).to(value.dtype()));
    }
    const auto setDense = [&](const std::string& name, Tensor& value) {
        const auto found = weights.dense.find(name);
        if (found == weights.dense.end() || !(found->second.shape() == value.shape())) throw misfit(name);
        value.copyFrom(found->second);
    };
    for (nn::Parameter& parameter : model.parameters())
        if (std::none_of(layers.begin(), layers.end(),
                         [&](const auto& layer) { return layer->values().is(parameter.variable); }))
            setDense(parameter.name, parameter.variable.mutableValue());
    for (auto& [name, buffer] : model.buffers()) setDense(name, buffer);
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
