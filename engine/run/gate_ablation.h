// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "analysis/gate_ablation.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

struct StoredAblation {
    store::RecordPlace place;
    analysis::GateAblation ablation;
};

/// Closes more and more of the weakest channels of a stored network ("RUN" or "RUN@STEP") and keeps what
/// becomes of it in the store, as the matrix "ablation/gates" [level, (closed, threshold, accuracy, macro F1,
/// absolute error, multiply-adds)] and the text of that name: {"data", "item", "unit", "notice", "items",
/// "channels", "constant_accuracy", "constant_f1_macro", "constant_absolute_error" (null where classes are
/// told)}. Throws Error (Usage) for fewer than two levels and for runs without gates.
StoredAblation computeGateAblation(store::Store& store, const std::string& network, std::int64_t levels,
                                   const data::SearchPath& folders);

}  // namespace filigree::run
