// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/catalogue.h"

namespace filigree::data {

/// Folders in which data sets are looked for, best first. A set called NAME is expected in FOLDER/NAME, or in
/// FOLDER itself if FOLDER is called NAME.
struct SearchPath {
    std::vector<std::filesystem::path> folders;
};

/// `dataDir` (the option --data-dir) if given; each folder of $FILIGREE_DATA (separated like $PATH); the
/// user's own data folder; /usr/share/datasets on systems that have it.
SearchPath searchPath(const std::optional<std::filesystem::path>& dataDir = {});

/// Where `fetch` puts data sets unless told otherwise: folder "datasets" in the user's data folder.
std::filesystem::path userDatasetFolder();

/// The files of one split of one set, all present.
struct SplitFiles {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> files;  ///< IDX: images, labels; CIFAR: record files in order
};

/// Result of looking for a split: what was found first, and every folder looked at with the reason it did not
/// do.
struct Search {
    std::optional<SplitFiles> found;
    std::vector<std::string> lookedAt;  ///< "FOLDER: what is missing"
};
Search findFiles(const DatasetInfo& info, const std::string& split, const SearchPath& path);

/// How a person gets the set: install, fetch or copy. One or two sentences.
std::string howToGet(const DatasetInfo& info);

}  // namespace filigree::data
