// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/catalogue.h"

namespace filigree::data {

struct FetchProgress {
    std::string file;   ///< name of the file
    int fileIndex = 0;  ///< 0 .. fileCount-1
    int fileCount = 0;
    std::int64_t receivedBytes = 0;  ///< of this file, what an earlier call left included
    std::int64_t totalBytes = -1;    ///< of this file; -1 while unknown
};

/// Called several times a second. Returning false stops the download; what has arrived is kept for the next
/// call.
using FetchCallback = std::function<bool(const FetchProgress&)>;

struct FetchOptions {
    std::string baseUrl;       ///< replaces the catalogue's downloadUrl (a mirror); http, https; "" keeps it
    int attempts = 4;          ///< tries per file when the connection fails or the server is busy; at least 1
    int retryDelay_ms = 1000;  ///< pause before the second try, doubled for each further one
    int stallTimeout_s = 30;   ///< a connection without a byte for so long has failed
};

/// Downloads the files of a set into folder/NAME and returns their paths. A file that is there already and
/// has a right digest (after an archive: all its members with the right size) is not downloaded again; a file
/// of that name with other content is an error, not overwritten. Archives are unpacked and removed.
///
/// A file is written as NAME.part, from which an interrupted download goes on (HTTP Range) in this call or
/// the next; it gets its name only after its SHA-256 has been compared. A file with a wrong digest is
/// removed. Throws Error (Usage) for a set that needs no download or options that make no sense, Error (Data)
/// otherwise: address, HTTP status or the network library's reason, both digests, what to do.
std::vector<std::filesystem::path> fetch(const DatasetInfo& info, const std::filesystem::path& folder,
                                         const FetchCallback& progress = {},
                                         const FetchOptions& options = {});

/// The same for a name of the catalogue.
std::vector<std::filesystem::path> fetch(std::string_view name, const std::filesystem::path& folder,
                                         const FetchCallback& progress = {},
                                         const FetchOptions& options = {});

}  // namespace filigree::data
