// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/large_vector.h"

/// Small files in the true formats, made by the tests themselves.
namespace filigree::test {

using Bytes = filigree::LargeVector<std::uint8_t>;

void writeFile(const std::filesystem::path& path, const Bytes& bytes);
Bytes readFile(const std::filesystem::path& path);

/// One gzip member with the bytes.
Bytes gzip(const Bytes& bytes);

/// An IDX file: two zero bytes, the element type, the number of dimensions, the dimensions, the values.
Bytes idx(const std::vector<std::uint32_t>& shape, const Bytes& values, std::uint8_t elementType = 0x08);

/// `count` bytes that are different enough for shifts to be noticed: byte i is (7 i + start) mod 251.
Bytes ramp(std::size_t count, std::size_t start = 0);

/// A tar archive (ustar) of the files; a name ending in '/' is a folder.
Bytes tar(const std::vector<std::pair<std::string, Bytes>>& files);

/// Largest single request to operator new since resetLargestAllocation(), in bytes.
std::size_t largestAllocation();
void resetLargestAllocation();

}  // namespace filigree::test
