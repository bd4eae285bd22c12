// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Compact bytes for the pattern of a sparse layer: sorted flat indices as gaps in Golomb-Rice codes (R. F.
/// Rice, "Some practical universal noiseless coding techniques", JPL 1979), which is within 1 % of the
/// entropy of a random pattern.
///
/// Layout, integers as LEB128 varints: version byte 1 | kind byte | universe | lists | 4-byte checksum. A
/// list is count | Rice parameter byte (if count > 0) | bits, least significant first, padded with zeros to a
/// byte. A key frame holds one list, the active indices; a delta holds two: the ranks of the removed indices
/// among the previous active ones, and the added flat indices. The checksum of a delta depends on the
/// previous pattern too.
///
/// The decoders take any bytes: they throw Error (Data) unless all is consistent, and never allocate more
/// than a small multiple of the input.
namespace filigree::record {

/// Bytes of a whole pattern: `active` strictly ascending, all < universe (= rows * columns <= 2^32).
/// Throws Error (Run) if not.
std::vector<std::uint8_t> encodeMask(std::span<const std::uint32_t> active, std::uint64_t universe);

/// Bytes that turn the pattern `previous` into `active`; both as above.
std::vector<std::uint8_t> encodeMaskDelta(std::span<const std::uint32_t> previous,
                                          std::span<const std::uint32_t> active, std::uint64_t universe);

/// Inverse of encodeMask. `universe` must be the one it was encoded with.
std::vector<std::uint32_t> decodeMask(std::span<const std::uint8_t> bytes, std::uint64_t universe);

/// Inverse of encodeMaskDelta for the same `previous`.
std::vector<std::uint32_t> decodeMaskDelta(std::span<const std::uint8_t> bytes,
                                           std::span<const std::uint32_t> previous, std::uint64_t universe);

/// One strictly ascending list of numbers < universe, alone, with version byte and checksum.
std::vector<std::uint8_t> encodeIndices(std::span<const std::uint32_t> indices, std::uint64_t universe);
std::vector<std::uint32_t> decodeIndices(std::span<const std::uint8_t> bytes, std::uint64_t universe);

/// Throws Error (Run), naming `where`, unless `indices` are strictly ascending and < universe <= 2^32.
void checkIndices(std::span<const std::uint32_t> indices, std::uint64_t universe, const char* where);

}  // namespace filigree::record
