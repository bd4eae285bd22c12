// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "analysis/channel_pruning.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

struct StoredPruning {
    store::RecordPlace place;
    analysis::ChannelPruning pruning;
};

/// Takes the closed channels out of a stored network ("RUN" or "RUN@STEP"), or, where a method has no gates,
/// the units that nothing reads (run/unread_units.h), writes what is left as safetensors to `file` (empty:
/// nowhere) and keeps what came of it in the store:
///   text   pruning         JSON: "layers": [name, …], "gates": [whether it is a gate, …], "before" and
///                          "after": {"parameters", "bytes", "multiply_adds", "latency_ms", "accuracy",
///                          "f1_macro", "absolute_error"} (null where not known), "constant_accuracy",
///                          "constant_f1_macro", "constant_absolute_error", and the other members of
///                          analysis::ChannelPruning under their names
///   matrix pruning/layers  [layer, (inputs, outputs, inputs left, outputs left)]
/// Throws Error (Usage) for runs with neither, Error (Run) for a file that cannot be written.
StoredPruning computeChannelPruning(store::Store& store, const std::string& network,
                                    const analysis::PruningRequest& request,
                                    const std::filesystem::path& file, const data::SearchPath& folders);

}  // namespace filigree::run
