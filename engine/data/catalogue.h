// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace filigree::data {

/// How a set comes to be in memory.
enum class Origin {
    Embedded,   ///< inside the program
    Generated,  ///< computed from seeds
    Idx,        ///< four IDX files (train/t10k, images/labels), plain or gzip
    Cifar,      ///< CIFAR binary records
};

/// A file inside a downloaded archive.
struct ArchiveMember {
    std::string name;    ///< without folders
    std::int64_t bytes;  ///< exact size
};

/// One file that `fetch` can download. It is accepted if one of its known digests is right.
struct RemoteFile {
    std::string name;                    ///< last part of the address, and the name on disk
    std::int64_t maximumBytes;           ///< a longer download is refused
    std::string sha256;                  ///< of the file as published; "" if not known
    std::string contentSha256;           ///< of what gzip unpacks from it; "" if not known
    std::vector<ArchiveMember> members;  ///< for a .tar.gz: what to take out of it; empty for a plain file
};

/// A data set that Filigree knows by name.
struct DatasetInfo {
    std::string name;
    std::string title;
    std::string description;  ///< one sentence
    std::string citation;
    std::string home;  ///< the page of its authors; "" for generated sets
    std::string licence;
    Origin origin;
    std::vector<std::int64_t> sampleShape;
    int classes;
    std::vector<std::string> classNames;
    std::int64_t trainCount;  ///< of the complete set; files found may hold another number
    std::int64_t testCount;
    Normalization normalization;
    std::vector<std::string> folders;  ///< names of folders on the search path that may hold the files
    std::string debianPackage;         ///< "" if none
    std::string downloadUrl;  ///< folder that holds `downloads`, ending in '/'; "" if nothing to fetch
    std::vector<RemoteFile> downloads;
};

/// digits, planted, planted-trap, fashion-mnist, mnist, cifar10, cifar100, in this order.
const std::vector<DatasetInfo>& catalogue();

/// The entry called `name`. Throws Error (Usage) that names the known sets.
const DatasetInfo& datasetInfo(std::string_view name);

}  // namespace filigree::data
