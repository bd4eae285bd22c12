// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "record/record.h"

/// Payloads of the table `record`: a version byte (1) and one zstd frame with checksum. Inside, integers are
/// LEB128 varints; floats lie in four planes (all lowest bytes, …, all highest bytes), which compresses
/// better.
///
/// edge values: floats | matrix: dimensions, sizes, (length, bytes) per axis name, floats | image: height,
/// width, channels, pixels | text: UTF-8.
///
/// surface: number and values of x, of y (doubles, 8 bytes little-endian each), fields, points (label, step,
/// five doubles), recipe, results, floats; texts are (length, bytes).
///
/// Encoders throw Error (Run) for records whose sizes disagree; decoders throw Error (Data) for bytes that
/// are damaged, of a newer version or larger than 1 GiB when unpacked, and never allocate more than the data
/// that is really there.
namespace filigree::store {

std::vector<std::uint8_t> encode(const record::EdgeValues& values);
std::vector<std::uint8_t> encode(const record::Matrix& matrix);
std::vector<std::uint8_t> encode(const record::Image& image);
std::vector<std::uint8_t> encode(const record::Text& text);
std::vector<std::uint8_t> encode(const record::Surface& surface);

record::EdgeValues decodeEdgeValues(std::span<const std::uint8_t> bytes, std::string layer,
                                    std::string field);
record::Matrix decodeMatrix(std::span<const std::uint8_t> bytes, std::string tag);
record::Image decodeImage(std::span<const std::uint8_t> bytes, std::string tag);
record::Text decodeText(std::span<const std::uint8_t> bytes, std::string tag);
record::Surface decodeSurface(std::span<const std::uint8_t> bytes, std::string tag);

/// Throw Error (Run) if the sizes of a record disagree.
void check(const record::Matrix& matrix);
void check(const record::Image& image);
void check(const record::Surface& surface);

}  // namespace filigree::store
