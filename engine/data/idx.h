// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/large_vector.h"

namespace filigree::data {

/// A file larger than this once unpacked is refused.
inline constexpr std::int64_t maximumIdxBytes = std::int64_t{2} << 30;

/// An array of bytes in the IDX format of the MNIST family: two zero bytes, element type 0x08 (unsigned
/// byte), number of dimensions (1 to 4), one big-endian u32 per dimension, then the values in row-major
/// order. Plain or gzip.
struct IdxArray {
    std::vector<std::int64_t> shape;
    LargeVector<std::uint8_t> values;
};

/// The shape that the header claims, checked against what a file of its size can hold.
/// Throws Error (Data): not IDX, other element type, no elements, larger than `maximumBytes` or than the file
/// can be.
std::vector<std::int64_t> readIdxShape(const std::filesystem::path& path,
                                       std::int64_t maximumBytes = maximumIdxBytes);

/// The whole array. Throws as readIdxShape, and if fewer or more bytes follow than the header claims.
IdxArray readIdx(const std::filesystem::path& path, std::int64_t maximumBytes = maximumIdxBytes);

}  // namespace filigree::data
