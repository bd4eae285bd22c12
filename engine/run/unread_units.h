// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analysis/channel_pruning.h"
#include "run/stored_network.h"

namespace filigree::run {

/// The report on the first of the networks without the units that nothing reads (analysis/unread_units.h),
/// judged on its test data; `network` is the smaller one as a file, `notice` says which settings of [model]
/// fit it. Throws Error (Usage) if `request` chooses channels: training has chosen; and for batches or pairs
/// below 1.
analysis::ChannelPruning removeUnreadUnits(StoredNetworks& stored, const analysis::PruningRequest& request);

}  // namespace filigree::run
