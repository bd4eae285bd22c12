// SPDX-License-Identifier: Apache-2.0
#include "run/channel_pruning.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/stored_network.h"
#include "run/unread_units.h"

namespace filigree::run {
namespace {

nlohmann::json jsonOf(const analysis::PrunedFigures& figures) {
    return {{"parameters", figures.parameters},       {"bytes", figures.bytes},
            {"multiply_adds", figures.multiplyAdds},  {"latency_ms", figures.latencyMs},
            {"accuracy", figures.accuracy},           {"f1_macro", figures.f1Macro},
            {"absolute_error", figures.absoluteError}};
}

void keep(store::Store& store, const store::RecordPlace& place, const analysis::ChannelPruning& pruning) {
    record::Matrix layers{"pruning/layers",
                          {static_cast<std::int64_t>(pruning.layers.size()), 4},
                          {"layer", "inputs, outputs, inputs left, outputs left"},
                          {}};
    nlohmann::json names = nlohmann::json::array(), gates = nlohmann::json::array();
    for (const analysis::PrunedLayer& layer : pruning.layers) {
        for (const std::int64_t count : {layer.inputs, layer.outputs, layer.inputsLeft, layer.outputsLeft})
            layers.values.push_back(static_cast<float>(count));
        names.push_back(layer.name);
        gates.push_back(layer.isGate);
    }
    store::add(store, place, layers);
    const nlohmann::json text{{"layers", std::move(names)},
                              {"gates", std::move(gates)},
                              {"data", pruning.data},
                              {"item", pruning.item},
                              {"unit", pruning.unit},
                              {"notice", pruning.notice},
                              {"items", pruning.items},
                              {"batch", pruning.batch},
                              {"pairs", pruning.pairs},
                              {"threads", pruning.threads},
                              {"threshold", pruning.threshold},
                              {"channels", pruning.channels},
                              {"closed", pruning.closed},
                              {"removed", pruning.removed},
                              {"difference", pruning.difference},
                              {"speed_up", pruning.speedUp},
                              {"before", jsonOf(pruning.before)},
                              {"after", jsonOf(pruning.after)},
                              {"constant_accuracy", pruning.constantAccuracy},
                              {"constant_f1_macro", pruning.constantF1},
                              {"constant_absolute_error", pruning.constantError}};
    // Last: whoever finds it finds the matrix.
    store::add(store, place, record::Text{"pruning", text.dump()});
}

}  // namespace

StoredPruning computeChannelPruning(store::Store& store, const std::string& network,
                                    const analysis::PruningRequest& request,
                                    const std::filesystem::path& file, const data::SearchPath& folders) {
    const StoredCheckpoint stored = readCheckpoint(store, network);
    const std::unique_ptr<train::Experiment> experiment = restore(store, stored, folders);
    StoredPruning result{{stored.info.id, stored.checkpoint.attempt, stored.checkpoint.step}, {}};
    if (auto* const owner = dynamic_cast<analysis::PrunableNetworkOwner*>(experiment.get())) {
        result.pruning = owner->pruneChannels(request);
    } else {
        StoredNetworks networks(store, {network}, folders);
        result.pruning = removeUnreadUnits(networks, request);
    }
    if (!file.empty()) result.pruning.network.write(file);
    keep(store, result.place, result.pruning);
    return result;
}

}  // namespace filigree::run
