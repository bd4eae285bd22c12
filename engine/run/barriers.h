// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/stop_check.h"
#include "data/search_path.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

struct BarriersRequest {
    std::vector<std::string> networks;  ///< two or more: RUN or RUN@STEP
    int resolution = 11;                ///< places on each line, ends included
    std::int64_t samples = 1000;        ///< 0: all
    std::string data = "test";          ///< "train", "test" or "both"
    data::SearchPath dataFolders;
};

struct BarriersProgress {
    std::string pair;               ///< "3@400 to 4@400"
    std::size_t pairs = 0, of = 0;  ///< done
};

/// Linear mode connectivity of every two of some networks.
struct Barriers {
    std::vector<std::string> networks;  ///< "3@400"
    std::vector<std::string> figures;   ///< "test/loss", "test/error", …
    /// [figure][row * networks + column]: analysis::Barrier::linear, symmetric, 0 on the diagonal, NaN where
    /// it was not computed yet.
    std::vector<std::vector<double>> values;
    /// Likewise: analysis::Barrier::where, as the share of the way from the row's network to the column's.
    std::vector<std::vector<double>> places;
    bool complete = false;

    /// Of the line between networks a and b.
    double at(std::size_t figure, std::size_t a, std::size_t b) const {
        return values[figure][a * networks.size() + b];
    }
    /// A line per pair: a,b, and a column for each figure.
    std::string csv() const;
};

struct BarriersResult {
    Barriers barriers;
    store::RecordPlace place;  ///< of the first network
    std::string tag;
    std::size_t computed = 0;  ///< places on lines computed this time
    std::size_t found = 0;     ///< places that were in the store
};

/// Computes the lines between all pairs (see computeLandscape, along networks) and keeps them in the store,
/// each with its first network, so that what was computed before is not computed again: after an
/// interruption, or when a network is named in addition. The matrix so far is kept with the first network as
/// the text "barriers/<first digits of the SHA-256 of the recipe>", in JSON (see writeBarriers).
///
/// Throws Error (Usage) for fewer than two networks, and as computeLandscape.
BarriersResult computeBarriers(store::Store& store, const BarriersRequest& request,
                               const std::function<void(const BarriersProgress&)>& progress = {},
                               const analysis::StopCheck& stop = {});

/// The text of the record: {"networks": […], "resolution": 11, "samples": 1000, "split": "test", "complete":
/// true, "barriers": {"test/loss": [[0, …], …], …}, "places": {"test/loss": [[0, …], …], …}}, null where
/// nothing was computed.
std::string writeBarriers(const Barriers& barriers, const BarriersRequest& request);

}  // namespace filigree::run
