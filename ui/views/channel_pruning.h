// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "analysis/channel_pruning.h"
#include "store/reader.h"

namespace filigree::ui {

/// A network whose closed channels were taken out, as `filigree analyze prune` keeps it.
struct ShownPruning {
    std::int64_t step = 0;             ///< of the network
    analysis::ChannelPruning pruning;  ///< without the network itself
};

/// The one of the newest network: text "pruning" and matrix "pruning/layers"; none if none was computed.
/// Throws Error (Data) for damaged ones.
std::optional<ShownPruning> loadPruning(const store::Reader& reader, std::int64_t run);

}  // namespace filigree::ui
