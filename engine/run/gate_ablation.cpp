// SPDX-License-Identifier: Apache-2.0
#include "run/gate_ablation.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/stored_network.h"

namespace filigree::run {

StoredAblation computeGateAblation(store::Store& store, const std::string& network, std::int64_t levels,
                                   const data::SearchPath& folders) {
    if (levels < 2)
        throw Error(ErrorKind::Usage, "an ablation needs at least two levels", std::to_string(levels),
                    "none and all channels are the least");
    const StoredCheckpoint stored = readCheckpoint(store, network);
    const std::unique_ptr<train::Experiment> experiment = restore(store, stored, folders);
    auto* const gated = dynamic_cast<analysis::GatedNetworkOwner*>(experiment.get());
    if (!gated)
        throw Error(ErrorKind::Usage, "the method " + stored.info.method + " has no gates",
                    "run " + std::to_string(stored.info.id), "choose a run of hard_attention_gates");
    StoredAblation result{{stored.info.id, stored.checkpoint.attempt, stored.checkpoint.step},
                          gated->closeGates(levels)};
    const analysis::GateAblation& ablation = result.ablation;
    record::Matrix matrix{"ablation/gates",
                          {static_cast<std::int64_t>(ablation.levels.size()), 6},
                          {"level", "closed, threshold, accuracy, macro f1, absolute error, multiply-adds"},
                          {}};
    for (const analysis::AblationLevel& level : ablation.levels)
        for (const double value : {static_cast<double>(level.closed), level.threshold, level.accuracy,
                                   level.f1Macro, level.absoluteError, level.multiplyAdds})
            matrix.values.push_back(static_cast<float>(value));
    store::add(store, result.place, matrix);
    const nlohmann::json text{{"data", ablation.data},
                              {"item", ablation.item},
                              {"unit", ablation.unit},
                              {"notice", ablation.notice},
                              {"items", ablation.items},
                              {"channels", ablation.channels},
                              {"constant_accuracy", ablation.constantAccuracy},
                              {"constant_f1_macro", ablation.constantF1},
                              {"constant_absolute_error", ablation.constantError}};
    store::add(store, result.place, record::Text{"ablation/gates", text.dump()});
    return result;
}

}  // namespace filigree::run
