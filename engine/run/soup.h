// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/averaging.h"
#include "analysis/network.h"
#include "data/search_path.h"
#include "store/store.h"

namespace filigree::run {

struct SoupRequest {
    std::vector<std::string> networks;  ///< RUN or RUN@STEP, at least two
    bool force = false;                 ///< average different masks too: denser than they are
    std::filesystem::path file;         ///< write the average there as safetensors; empty: nowhere
    data::SearchPath dataFolders;
};

struct SoupMember {
    std::string label;  ///< "3@4000"
    double density = 0;
    analysis::Evaluation test;
};

struct SoupResult {
    std::vector<SoupMember> members;
    bool sameMask = true;
    double density = 0;  ///< of the average
    analysis::Evaluation test;
    analysis::Diversity diversity;
};

/// Averages stored networks and evaluates them and their average on the test data, each with the statistics
/// of batch norm computed anew from all training batches (train::recalibrate). Throws Error (Usage) for
/// different masks unless forced, and as StoredNetworks.
SoupResult averageNetworks(const store::Store& store, const SoupRequest& request);

}  // namespace filigree::run
