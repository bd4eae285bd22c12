// SPDX-License-Identifier: Apache-2.0
#include "data/load.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "data/cifar.h"
#include "data/digits.h"
#include "data/idx.h"

namespace filigree::data {

namespace {

Dataset emptySet(const DatasetInfo& info, const std::string& split, const SplitFiles& files) {
    Dataset set;
    set.name = info.name;
    set.split = split;
    set.where = files.folder.string();
    set.sampleShape = info.sampleShape;
    set.classes = info.classes;
    set.classNames = info.classNames;
    set.normalization = info.normalization;
    return set;
}

/// Number of images, once the shapes of both files fit each other and the catalogue.
std::int64_t checkIdxShapes(const DatasetInfo& info, const SplitFiles& files,
                            const std::vector<std::int64_t>& images,
                            const std::vector<std::int64_t>& labels) {
    if (images.size() != 3 || images[1] != info.sampleShape[1] || images[2] != info.sampleShape[2])
        throw Error(ErrorKind::Data,
                    fmt::format("images of shape {} where {} x {} x {} is expected", fmt::join(images, " x "),
                                "count", info.sampleShape[1], info.sampleShape[2]),
                    files.files[0].string(), "Check that the file belongs to " + info.title + ".");
    if (labels.size() != 1 || labels[0] != images[0])
        throw Error(ErrorKind::Data,
                    fmt::format("labels of shape {} for {} images", fmt::join(labels, " x "), images[0]),
                    files.files[1].string(),
                    "Check that both files belong to the same split of " + info.title + ".");
    return images[0];
}

Dataset loadIdx(const DatasetInfo& info, const std::string& split, const SplitFiles& files) {
    // Shapes first, so that a mismatch costs no reading.
    checkIdxShapes(info, files, readIdxShape(files.files[0]), readIdxShape(files.files[1]));
    IdxArray images = readIdx(files.files[0]);
    const IdxArray labels = readIdx(files.files[1]);
    checkIdxShapes(info, files, images.shape, labels.shape);
    Dataset set = emptySet(info, split, files);
    set.samples = std::move(images.values);
    set.labels.assign(labels.values.begin(), labels.values.end());
    return set;
}

CifarVersion cifarVersion(const DatasetInfo& info) {
    return info.name == "cifar100" ? CifarVersion::Cifar100 : CifarVersion::Cifar10;
}

Dataset loadCifar(const DatasetInfo& info, const std::string& split, const SplitFiles& files) {
    CifarImages images = readCifar(files.files, cifarVersion(info));
    Dataset set = emptySet(info, split, files);
    set.samples = std::move(images.pixels);
    set.labels = std::move(images.labels);
    return set;
}

void keepFirst(Dataset& set, std::int64_t limit) {
    if (limit == 0 || limit >= set.count()) return;
    const auto values = static_cast<std::size_t>(limit * set.sampleSize());
    std::visit(
        [&](auto& samples) {
            samples.resize(values);
            samples.shrink_to_fit();
        },
        set.samples);
    set.labels.resize(static_cast<std::size_t>(limit));
}

Dataset loadWhole(const DatasetInfo& info, const std::string& split, const SearchPath& path,
                  const LoadOptions& options) {
    if (info.origin == Origin::Embedded) return loadDigits(split);
    if (info.origin == Origin::Generated)
        return makePlanted(split, info.name == "planted-trap", options.planted);
    const Search search = findFiles(info, split, path);
    if (!search.found)
        throw Error(
            ErrorKind::Data, fmt::format("the data set {} ({}) was not found", info.name, split),
            fmt::format("looked in:\n  {}", search.lookedAt.empty()
                                                ? std::string("no folder at all")
                                                : fmt::format("{}", fmt::join(search.lookedAt, "\n  "))),
            howToGet(info));
    return info.origin == Origin::Idx ? loadIdx(info, split, *search.found)
                                      : loadCifar(info, split, *search.found);
}

std::int64_t countSamples(const DatasetInfo& info, const SplitFiles& files) {
    if (info.origin == Origin::Idx)
        return checkIdxShapes(info, files, readIdxShape(files.files[0]), readIdxShape(files.files[1]));
    std::int64_t count = 0;
    for (const auto& file : files.files) count += countCifarRecords(file, cifarVersion(info));
    return count;
}

}  // namespace

Dataset load(std::string_view name, std::string_view split, const SearchPath& path,
             const LoadOptions& options) {
    const DatasetInfo& info = datasetInfo(name);
    if (split != "train" && split != "test")
        throw Error(ErrorKind::Usage, "no split '" + std::string(split) + "'", {}, "Choose train or test.");
    if (options.limit < 0)
        throw Error(ErrorKind::Usage, fmt::format("a limit of {} samples is not possible", options.limit), {},
                    "Choose a positive number, or 0 for all.");
    Dataset set = loadWhole(info, std::string(split), path, options);
    keepFirst(set, options.limit);
    set.validate();
    return set;
}

std::vector<Listing> list(const SearchPath& path) {
    std::vector<Listing> listings;
    for (const DatasetInfo& info : catalogue()) {
        Listing& line = listings.emplace_back();
        line.info = info;
        if (info.origin == Origin::Embedded || info.origin == Origin::Generated) {
            line.available = true;
            line.where = info.origin == Origin::Embedded ? "embedded" : "generated";
            line.trainCount = info.trainCount;
            line.testCount = info.testCount;
            continue;
        }
        for (const std::string split : {"train", "test"}) {
            const Search search = findFiles(info, split, path);
            if (!search.found) {
                line.problem += (line.problem.empty() ? "" : "; ") + std::string("no ") + split + " split";
                line.lookedAt.insert(line.lookedAt.end(), search.lookedAt.begin(), search.lookedAt.end());
                continue;
            }
            const std::string folder = search.found->folder.string();
            if (line.where.find(folder) == std::string::npos)
                line.where += (line.where.empty() ? "" : ", ") + folder;
            try {
                (split == "train" ? line.trainCount : line.testCount) = countSamples(info, *search.found);
                for (const auto& file : search.found->files)
                    line.bytes += static_cast<std::int64_t>(std::filesystem::file_size(file));
            } catch (const std::exception& error) {
                line.problem += (line.problem.empty() ? "" : "; ") + std::string(error.what());
            }
        }
        line.available = line.problem.empty();
        if (!line.available) line.advice = howToGet(info);
    }
    return listings;
}

}  // namespace filigree::data
