// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace filigree::data {

/// SHA-256 of the bytes of a file, as 64 lower-case hexadecimal digits. Throws Error (Data) if it cannot be
/// read.
std::string sha256OfFile(const std::filesystem::path& path);

/// SHA-256 of what the file holds once unpacked (of the file itself if it is not gzip). Throws Error (Data)
/// if it cannot be read or unpacked, or unpacks to more than `maximumBytes`.
std::string sha256OfContent(const std::filesystem::path& path, std::int64_t maximumBytes);

}  // namespace filigree::data
