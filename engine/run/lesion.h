// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/network.h"
#include "data/search_path.h"
#include "run/stored_network.h"
#include "store/added_records.h"
#include "store/store.h"

namespace filigree::run {

/// Connections to take away: of these layers, those that a query names (analysis::select), or a list.
struct Cut {
    std::vector<std::string> layers;  ///< none: every sparse layer
    std::string where;                ///< empty: all connections, unless there is a list
    std::vector<std::pair<std::int64_t, std::int64_t>> places;  ///< row and column, in one layer
};

struct LesionLayer {
    std::string layer;
    std::int64_t removed = 0;
    std::int64_t connections = 0;          ///< before
    std::vector<std::uint32_t> positions;  ///< removed, flat indices, ascending
};

struct LesionResult {
    std::vector<LesionLayer> layers;
    analysis::ClassEvaluation intact;
    analysis::ClassEvaluation cut;
    double seconds = 0;  ///< selecting, cutting and evaluating
};

/// A stored network held ready for lesions: each is evaluated on the same samples, with the statistics that
/// training left behind, and leaves the network as it was.
class LesionBench {
  public:
    /// `samples` of the test data; 0: all.
    LesionBench(const store::Store& store, const std::string& network, std::int64_t samples,
                const data::SearchPath& folders);

    const StoredNetwork& subject() const { return stored_.first(); }
    std::int64_t samples() const { return samples_.count; }
    const std::vector<std::string>& classNames() const { return classNames_; }
    /// Throws Error (Usage) for a layer, a place or a query that cannot be read.
    LesionResult apply(const Cut& cut);

  private:
    StoredNetworks stored_;
    analysis::Samples samples_;
    std::vector<std::string> classNames_;
    std::unique_ptr<analysis::Network> network_;
    analysis::Point point_;
    analysis::ClassEvaluation intact_;
};

/// The lesion as it is stored and printed. `positions`: also every connection that was removed.
std::string toJson(const LesionBench& bench, const Cut& cut, const LesionResult& result, bool positions);

/// Keeps a lesion as the text "lesion/<name>".
void saveLesion(store::Store& store, const LesionBench& bench, const Cut& cut, const LesionResult& result,
                const std::string& name);

}  // namespace filigree::run
