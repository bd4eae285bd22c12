// SPDX-License-Identifier: Apache-2.0
#include "data/cifar.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/error.h"

namespace filigree::data {

std::int64_t countCifarRecords(const std::filesystem::path& path, CifarVersion version) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    if (failure)
        throw Error(ErrorKind::Data, "cannot read the file: " + failure.message(), path.string(),
                    "Check the path.");
    const auto bytes = static_cast<std::int64_t>(std::min<std::uintmax_t>(size, std::uintmax_t{1} << 62));
    const std::int64_t record = cifarRecordBytes(version);
    if (bytes == 0 || bytes % record != 0 || bytes > (std::int64_t{1} << 30))
        throw Error(
            ErrorKind::Data,
            fmt::format(
                "a CIFAR file is a whole number of records of {} bytes, at most 1 GiB; this has {} bytes",
                record, bytes),
            path.string(), "Get the binary version of the set (not the one for Python or Matlab) again.");
    return bytes / record;
}

namespace {

int readLabel(std::uint8_t value, int classes, const char* what, const std::filesystem::path& path,
              std::int64_t record) {
    if (value >= classes)
        throw Error(ErrorKind::Data,
                    fmt::format("the {} of record {} is {}, not below {}", what, record, value, classes),
                    path.string(), "Get the file again; it is damaged or not what its name says.");
    return value;
}

}  // namespace

CifarImages readCifar(std::span<const std::filesystem::path> paths, CifarVersion version) {
    std::vector<std::int64_t> counts;
    std::int64_t total = 0;
    for (const auto& path : paths) total += counts.emplace_back(countCifarRecords(path, version));

    CifarImages images;
    images.pixels.resize(static_cast<std::size_t>(total * cifarImageBytes));
    images.labels.reserve(static_cast<std::size_t>(total));
    std::vector<char> record(static_cast<std::size_t>(cifarRecordBytes(version)));
    auto* out = images.pixels.data();
    for (std::size_t file = 0; file < paths.size(); ++file) {
        std::ifstream stream(paths[file], std::ios::binary);
        for (std::int64_t i = 0; i < counts[file]; ++i) {
            if (!stream.read(record.data(), static_cast<std::streamsize>(record.size())))
                throw Error(ErrorKind::Data, fmt::format("cannot read record {}", i), paths[file].string(),
                            "Check that the file may be read and is not being changed.");
            const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(record[at]); };
            const bool fine = version == CifarVersion::Cifar100;
            if (fine) readLabel(byte(0), 20, "coarse label", paths[file], i);
            images.labels.push_back(readLabel(byte(fine ? 1 : 0), fine ? 100 : 10, "label", paths[file], i));
            out = std::transform(record.end() - cifarImageBytes, record.end(), out,
                                 [](char c) { return static_cast<std::uint8_t>(c); });
        }
    }
    return images;
}

}  // namespace filigree::data
