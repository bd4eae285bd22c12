// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "analysis/gate_ablation.h"
#include "store/reader.h"

namespace filigree::ui {

/// What becomes of a network whose weakest channels are closed, as `filigree analyze ablation` keeps it.
struct ShownAblation {
    std::int64_t step = 0;  ///< of the network
    analysis::GateAblation ablation;
};

/// The one of the newest network: matrix and text "ablation/gates"; none if none was computed. Throws Error
/// (Data) for damaged ones.
std::optional<ShownAblation> loadAblation(const store::Reader& reader, std::int64_t run);

}  // namespace filigree::ui
