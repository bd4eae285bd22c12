// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

/// Pictures in files. Whatever is read is treated as hostile: sizes are checked before memory is taken.
namespace filigree::data {

/// Rows from top to bottom, pixels from left to right, [height, width, channels].
struct ColourImage {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint8_t> rgb;  ///< three channels
};

/// Reads a PNG or JPEG file (told apart by its first bytes); grey becomes three equal channels, transparency
/// lies on black. Throws Error (Data) that names the file if it cannot be read, is damaged, or has more than
/// 2^26 pixels.
ColourImage readImage(const std::filesystem::path& path);

/// Writes 8-bit PNG files of 3 channels or 1. Throws Error (Run) if the file cannot be written or the sizes
/// do not fit the values.
void writePng(const std::filesystem::path& path, std::int64_t width, std::int64_t height, int channels,
              std::span<const std::uint8_t> pixels);
/// The same for one channel of 16 bits.
void writePng16(const std::filesystem::path& path, std::int64_t width, std::int64_t height,
                std::span<const std::uint16_t> pixels);

/// A grey PNG of 8 or 16 bits as 16-bit values (8 bits fill the range: v becomes 257 v). Throws as readImage.
struct DepthImage {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint16_t> values;
};
DepthImage readDepthPng(const std::filesystem::path& path);

}  // namespace filigree::data
