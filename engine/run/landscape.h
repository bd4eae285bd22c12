// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/directions.h"
#include "analysis/stop_check.h"
#include "data/search_path.h"
#include "record/record.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

/// What the axes of a landscape are.
enum class Along {
    Random,      ///< random directions at one network
    Trajectory,  ///< principal components of the checkpoints of one run
    Networks,    ///< the line through two networks, the plane through three
};

/// While the coarsest grid is being computed, the record has this field last: the loss of few samples.
inline constexpr const char* previewField = "preview/loss";

struct LandscapeRequest {
    std::vector<std::string> networks;  ///< RUN or RUN@STEP
    Along along = Along::Random;
    int dimensions = 2;   ///< 1 or 2; for Networks it follows from their number
    int resolution = 31;  ///< places on each axis, 2 to 1001
    /// Of both axes, in their units; none: -1 to 1 for random directions, else what is to be seen and 20 %
    /// of its larger side around it (for a line of networks: from one to the other).
    std::optional<std::pair<double, double>> range;
    std::int64_t samples = 1000;  ///< 0: all
    std::string data = "train";   ///< "train", "test" or "both"
    std::uint64_t seed = 0;       ///< of directions and samples
    analysis::Normalization normalization = analysis::Normalization::Filter;
    bool outsideMask = false;  ///< random directions over all positions of the weights
    data::SearchPath dataFolders;
};

struct LandscapeProgress {
    std::size_t done = 0;  ///< places, those that were in the store included
    std::size_t total = 0;
    bool newPicture = false;  ///< a coarser grid is complete and in the store
};

struct LandscapeResult {
    store::RecordPlace place;
    record::Surface surface;
    std::size_t computed = 0;        ///< places computed this time
    std::size_t found = 0;           ///< places that were in the store
    bool complete = false;           ///< false: stopped before all places were computed
    double firstPictureSeconds = 0;  ///< from the call to the first complete coarse grid
    double seconds = 0;
};

/// Computes loss and accuracy over a line or a plane, coarse to fine, and keeps it in the store: about once a
/// second what there is, so that a computation that was stopped or killed goes on where it was when the same
/// request comes again. The record belongs to the first network; its tag is
/// "landscape/<kind>-<first digits of the recipe's SHA-256>".
///
/// Batch norm: statistics are computed anew at each place. Training data: each batch of 125 evaluated samples
/// is normalised by its own. Test data: by those of as many training samples. Values do not depend on the
/// number of threads.
///
/// Throws Error (Usage) for a request that cannot be met, Error (Data, Run) as StoredNetworks and the store.
LandscapeResult computeLandscape(store::Store& store, const LandscapeRequest& request,
                                 const std::function<void(const LandscapeProgress&)>& progress = {},
                                 const analysis::StopCheck& stop = {});

/// One line a place: x, y, and a column for each field; empty where nothing was computed.
std::string csvOf(const record::Surface& surface);

}  // namespace filigree::run
