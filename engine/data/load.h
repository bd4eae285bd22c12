// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/catalogue.h"
#include "data/dataset.h"
#include "data/planted.h"
#include "data/search_path.h"

namespace filigree::data {

struct LoadOptions {
    PlantedOptions planted;  ///< used by planted and planted-trap only
    std::int64_t limit = 0;  ///< keep the first `limit` samples; 0 keeps all
};

/// The split "train" or "test" of the catalogue's set `name`.
///
/// Throws Error (Usage) for an unknown name, split or option, Error (Data) if the files are malformed or,
/// with every place looked at and what to do, if there are none.
Dataset load(std::string_view name, std::string_view split, const SearchPath& path,
             const LoadOptions& options = {});

/// One line of `filigree data list`.
struct Listing {
    DatasetInfo info;
    bool available = false;  ///< both splits are there and their headers can be read
    std::string where;       ///< "embedded", "generated" or the folder(s); "" if not found
    std::int64_t trainCount = 0;
    std::int64_t testCount = 0;
    std::int64_t bytes = 0;  ///< size of the files on disk, 0 if none
    std::string problem;     ///< why it is not available: missing split, malformed file; "" if available
    std::string advice;      ///< how to get it; "" if available
    std::vector<std::string> lookedAt;  ///< every place looked at in vain
};

/// What is there of every set of the catalogue. Reads headers only, never a whole file, and never throws for
/// a bad file.
std::vector<Listing> list(const SearchPath& path);

}  // namespace filigree::data
