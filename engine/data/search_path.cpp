// SPDX-License-Identifier: Apache-2.0
#include "data/search_path.h"

#include <algorithm>

#include "base/error.h"
#include "base/platform.h"

namespace filigree::data {

namespace fs = std::filesystem;

namespace {

// Windows separates the folders of a list by ';', because ':' follows a drive's letter.
constexpr bool onWindows = fs::path::preferred_separator == '\\';

/// The names under which a file may be there; the first is the usual one.
std::vector<std::vector<std::string>> wantedFiles(const DatasetInfo& info, const std::string& split) {
    const bool train = split == "train";
    if (info.origin == Origin::Idx) {
        const std::string stem = train ? "train" : "t10k";
        const auto variants = [&](const std::string& what, const std::string& kind) {
            const std::string dash = stem + "-" + what + "-" + kind, dot = stem + "-" + what + "." + kind;
            return std::vector{dash + ".gz", dash, dot + ".gz", dot};
        };
        return {variants("images", "idx3-ubyte"), variants("labels", "idx1-ubyte")};
    }
    if (info.name == "cifar100") return {{train ? "train.bin" : "test.bin"}};
    if (!train) return {{"test_batch.bin"}};
    std::vector<std::vector<std::string>> batches;
    for (int i = 1; i <= 5; ++i) batches.push_back({"data_batch_" + std::to_string(i) + ".bin"});
    return batches;
}

std::vector<fs::path> placesUnder(const fs::path& root, const DatasetInfo& info) {
    std::vector<fs::path> places;
    for (const std::string& folder : info.folders) places.push_back(root / folder);
    for (std::size_t i = 1; i < info.folders.size(); ++i)
        places.push_back(root / info.folders[0] / info.folders[i]);
    const fs::path last = root.has_filename() ? root.filename() : root.parent_path().filename();
    if (std::find(info.folders.begin(), info.folders.end(), last.string()) != info.folders.end())
        places.push_back(root);
    return places;
}

}  // namespace

fs::path userDatasetFolder() {
    return platform::folders().data / "datasets";
}

SearchPath searchPath(const std::optional<fs::path>& dataDir) {
    SearchPath path;
    const auto add = [&](const fs::path& folder) {
        const fs::path clean = folder.lexically_normal();
        if (!clean.empty() &&
            std::find(path.folders.begin(), path.folders.end(), clean) == path.folders.end())
            path.folders.push_back(clean);
    };
    if (dataDir) add(*dataDir);
    const std::string variable = platform::environment("FILIGREE_DATA");
    const char separator = onWindows ? ';' : ':';
    for (std::size_t begin = 0; begin <= variable.size();) {
        const std::size_t end = std::min(variable.find(separator, begin), variable.size());
        add(variable.substr(begin, end - begin));
        begin = end + 1;
    }
    add(userDatasetFolder());
    if (!onWindows) add("/usr/share/datasets");
    return path;
}

Search findFiles(const DatasetInfo& info, const std::string& split, const SearchPath& path) {
    if (split != "train" && split != "test")
        throw Error(ErrorKind::Usage, "no split '" + split + "'", {}, "Choose train or test.");
    Search search;
    if (info.origin != Origin::Idx && info.origin != Origin::Cifar) return search;
    const auto wanted = wantedFiles(info, split);
    for (const fs::path& root : path.folders) {
        for (const fs::path& place : placesUnder(root, info)) {
            std::error_code ignored;
            if (!fs::is_directory(place, ignored)) {
                search.lookedAt.push_back(place.string() + ": no such folder");
                continue;
            }
            SplitFiles found{place, {}};
            std::string missing;
            for (const auto& names : wanted) {
                const auto there = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
                    return fs::is_regular_file(place / name, ignored);
                });
                if (there != names.end())
                    found.files.push_back(place / *there);
                else
                    missing += (missing.empty() ? "no " : ", no ") + names.front();
            }
            if (missing.empty()) {
                search.found = std::move(found);
                return search;
            }
            search.lookedAt.push_back(place.string() + ": " + missing);
        }
    }
    return search;
}

std::string howToGet(const DatasetInfo& info) {
    if (info.origin == Origin::Embedded || info.origin == Origin::Generated) return "It is always there.";
    std::string advice = "Run `filigree data fetch " + info.name + "`";
    if (!info.debianPackage.empty())
        advice += ", or install the package " + info.debianPackage + " (Debian, Ubuntu)";
    std::string files;
    for (const std::string split : {"train", "test"})
        for (const auto& names : wantedFiles(info, split))
            files += (files.empty() ? "" : ", ") + names.front();
    return advice + ", or put " + files + " into " + (userDatasetFolder() / info.folders.front()).string() +
           " or into a folder " + info.folders.front() +
           " under the one that --data-dir or FILIGREE_DATA names.";
}

}  // namespace filigree::data
