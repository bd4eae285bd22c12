// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/frames.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

struct StoredFrames {
    store::RecordPlace place;
    analysis::FrameSet frames;
};

/// Looks at single frames of one group (none: the first) with a stored network ("RUN" or "RUN@STEP") and
/// keeps what it sees in the store, n frames under the tags "frames/<group>…" (analysis/frames.h says what
/// each holds; what the data or the network do not have is left out):
///   text   frames/G                 JSON: what predictions of the run say of themselves, and
///                                   "streams": [name, …], "map_unit", "all": frames of the group,
///                                   "gates": [name, …] with feature maps, "mapped": m, their frames
///   matrix frames/G                 [frame, (item, truth, prediction, offset)]; offset NaN without maps
///   matrix frames/G/box             [frame, (left, top, right, bottom)], shares
///   image  frames/G/image           RGB, n pictures one below the other
///   image  frames/G/mask            grey, likewise
///   matrix frames/G/depth           [frame, y, x], mm
///   matrix frames/G/input/STREAM    [frame, channel, y, x]
///   matrix frames/G/window/STREAM   [frame, (left, top, right, bottom)], shares
///   matrix frames/G/map/STREAM      [frame, y, x]
///   matrix frames/G/features/GATE   [frame, channel, y, x], what a gate is given for the first m frames
///   matrix frames/G/factors/GATE    [channel], by what it multiplies
/// A method may record the same while it trains. At most `most` frames, feature maps of at most `features`
/// of them. Throws Error (Usage) for runs that
/// look at no frames and groups that are not tested.
StoredFrames computeFrames(store::Store& store, const std::string& network, std::optional<std::int64_t> group,
                           std::int64_t most, std::int64_t features, const data::SearchPath& folders);

}  // namespace filigree::run
