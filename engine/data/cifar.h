// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/large_vector.h"

namespace filigree::data {

/// The two versions of the CIFAR binary format. A record is one byte per label, then 1024 red, 1024 green and
/// 1024 blue bytes, each plane row-major 32 x 32; a file is a row of records and nothing else. Source: A.
/// Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html.
enum class CifarVersion {
    Cifar10,   ///< label 0..9
    Cifar100,  ///< coarse label 0..19 (checked, not kept), then fine label 0..99
};

inline constexpr std::int64_t cifarImageBytes = 3 * 32 * 32;
constexpr std::int64_t cifarRecordBytes(CifarVersion version) {
    return cifarImageBytes + (version == CifarVersion::Cifar10 ? 1 : 2);
}

struct CifarImages {
    LargeVector<std::uint8_t> pixels;  ///< [n, 3, 32, 32]
    std::vector<std::int32_t> labels;  ///< [n]
};

/// Number of records in a file. Throws Error (Data) if it is empty, larger than 1 GiB or no whole number of
/// records.
std::int64_t countCifarRecords(const std::filesystem::path& path, CifarVersion version);

/// All records of all files in order. Throws Error (Data) as countCifarRecords, and for a label that is too
/// large.
CifarImages readCifar(std::span<const std::filesystem::path> paths, CifarVersion version);

}  // namespace filigree::data
