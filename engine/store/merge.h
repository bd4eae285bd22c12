// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

#include "store/store.h"

namespace filigree::store {

struct MergeResult {
    /// (id there, id here) of every run that was copied.
    std::vector<std::pair<std::int64_t, std::int64_t>> copied;
    /// Ids here of the runs that were here already (same uuid): left as they are.
    std::vector<std::int64_t> alreadyHere;
    std::int64_t checkpointFiles = 0;
};

/// Copies the runs of the store file `other` with all their records, what a person wrote about them, and
/// their checkpoint files into `into`. Runs get new ids; the uuid keeps duplicates out, so that merging twice
/// adds nothing. All rows are one transaction. Throws Error (Usage) if a run of `other` is running or paused
/// (as observed) or both are one file, Error (Data) if `other` is not a store of this version, Error (Run) if
/// a file cannot be copied.
MergeResult merge(Store& into, const std::filesystem::path& other);

}  // namespace filigree::store
