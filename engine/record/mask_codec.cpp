// SPDX-License-Identifier: Apache-2.0
#include "record/mask_codec.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>

#include "base/error.h"

namespace filigree::record {
namespace {

static_assert(std::endian::native == std::endian::little, "payloads are little-endian");

constexpr std::uint8_t formatVersion = 1;
enum class Kind : std::uint8_t { Key = 0, Delta = 1, Indices = 2 };
constexpr std::uint64_t largestUniverse = std::uint64_t{1} << 32;
constexpr std::size_t checksumBytes = 4;
constexpr int largestRiceParameter = 32;

[[noreturn]] void failReading(const std::string& what) {
    throw Error(ErrorKind::Data, "the bytes of a mask are damaged: " + what, "mask codec",
                "Restore the store from a copy, or delete the run.");
}

std::uint32_t checksum(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
    return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed));
}

std::uint64_t fingerprint(std::span<const std::uint32_t> indices) {
    return XXH3_64bits(indices.data(), indices.size_bytes());
}

void appendVarint(std::vector<std::uint8_t>& bytes, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

class BitWriter {
  public:
    explicit BitWriter(std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

    /// `count` <= 32 low bits of `value`.
    void put(std::uint64_t value, int count) {
        buffer_ |= value << used_;
        used_ += count;
        while (used_ >= 8) {
            bytes_.push_back(static_cast<std::uint8_t>(buffer_));
            buffer_ >>= 8;
            used_ -= 8;
        }
    }
    void putUnary(std::uint64_t zeros) {
        for (; zeros >= 32; zeros -= 32) put(0, 32);
        put(std::uint64_t{1} << zeros, static_cast<int>(zeros) + 1);
    }
    void finish() {
        if (used_ > 0) bytes_.push_back(static_cast<std::uint8_t>(buffer_));
        buffer_ = 0;
        used_ = 0;
    }

  private:
    std::vector<std::uint8_t>& bytes_;
    std::uint64_t buffer_ = 0;
    int used_ = 0;
};

class BitReader {
  public:
    explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::uint64_t remaining() const { return bytes_.size() * 8 - position_; }

    std::uint64_t get(int count) {
        if (remaining() < static_cast<std::uint64_t>(count)) failReading("a list ends early");
        const std::uint64_t value = peek() & ((std::uint64_t{1} << count) - 1);
        position_ += static_cast<std::uint64_t>(count);
        return value;
    }
    std::uint64_t getUnary() {
        std::uint64_t zeros = 0;
        while (true) {
            // `peek` holds at least 57 bits, or all that are left; bits after the end read as zero.
            const int run = std::countr_zero(peek());
            if (run < 57) {
                if (static_cast<std::uint64_t>(run) >= remaining()) failReading("a list ends early");
                position_ += static_cast<std::uint64_t>(run) + 1;
                return zeros + static_cast<std::uint64_t>(run);
            }
            if (remaining() <= 57) failReading("a list ends early");
            position_ += 57;
            zeros += 57;
        }
    }
    /// Bytes used so far; the bits that fill the last one must be zero.
    std::size_t finish() {
        const int rest = static_cast<int>(position_ % 8);
        if (rest != 0 && get(8 - rest) != 0) failReading("padding that is not zero");
        return static_cast<std::size_t>(position_ / 8);
    }

  private:
    std::uint64_t peek() const {
        const std::size_t byte = static_cast<std::size_t>(position_ / 8);
        std::uint64_t word = 0;
        std::memcpy(&word, bytes_.data() + byte, std::min<std::size_t>(8, bytes_.size() - byte));
        return word >> (position_ % 8);
    }

    std::span<const std::uint8_t> bytes_;
    std::uint64_t position_ = 0;
};

/// Bits of the gaps under one Rice parameter.
std::uint64_t riceBits(std::span<const std::uint32_t> indices, int parameter) {
    std::uint64_t bits = indices.size() * (static_cast<std::uint64_t>(parameter) + 1);
    std::uint64_t next = 0;
    for (const std::uint32_t index : indices) {
        bits += (index - next) >> parameter;
        next = std::uint64_t{index} + 1;
    }
    return bits;
}

int bestRiceParameter(std::span<const std::uint32_t> indices) {
    const std::uint64_t meanGap = (std::uint64_t{indices.back()} + 1 - indices.size()) / indices.size();
    const int near = static_cast<int>(std::bit_width(meanGap));
    int best = 0;
    std::uint64_t fewest = std::numeric_limits<std::uint64_t>::max();
    for (int parameter = std::max(0, near - 3); parameter <= std::min(near + 1, largestRiceParameter);
         ++parameter) {
        const std::uint64_t bits = riceBits(indices, parameter);
        if (bits < fewest) {
            fewest = bits;
            best = parameter;
        }
    }
    return best;
}

void appendList(std::vector<std::uint8_t>& bytes, std::span<const std::uint32_t> indices) {
    appendVarint(bytes, indices.size());
    if (indices.empty()) return;
    const int parameter = bestRiceParameter(indices);
    bytes.push_back(static_cast<std::uint8_t>(parameter));
    bytes.reserve(bytes.size() + static_cast<std::size_t>(riceBits(indices, parameter) / 8) + 1 +
                  checksumBytes);
    BitWriter bits(bytes);
    std::uint64_t next = 0;
    const std::uint64_t low = (std::uint64_t{1} << parameter) - 1;
    for (const std::uint32_t index : indices) {
        const std::uint64_t gap = index - next;
        bits.putUnary(gap >> parameter);
        bits.put(gap & low, parameter);
        next = std::uint64_t{index} + 1;
    }
    bits.finish();
}

std::vector<std::uint8_t> begin(Kind kind, std::uint64_t universe) {
    std::vector<std::uint8_t> bytes{formatVersion, static_cast<std::uint8_t>(kind)};
    appendVarint(bytes, universe);
    return bytes;
}

std::vector<std::uint8_t> end(std::vector<std::uint8_t> bytes, std::uint64_t seed) {
    const std::uint32_t sum = checksum(bytes, seed);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<std::uint8_t>(sum >> shift));
    return bytes;
}

class Parser {
  public:
    Parser(std::span<const std::uint8_t> bytes, Kind kind, std::uint64_t universe, std::uint64_t seed) {
        if (bytes.size() < 4 + checksumBytes) failReading("too short");
        const auto body = bytes.first(bytes.size() - checksumBytes);
        if (body[0] != formatVersion)
            throw Error(ErrorKind::Data,
                        "a mask is stored in format " + std::to_string(body[0]) +
                            ", this program knows format " + std::to_string(formatVersion),
                        "mask codec", "Open the store with a newer version of the program.");
        if (body[1] != static_cast<std::uint8_t>(kind)) failReading("another kind of list than expected");
        std::uint32_t stored = 0;
        std::memcpy(&stored, bytes.data() + body.size(), checksumBytes);
        if (stored != checksum(body, seed)) failReading("the checksum differs");
        rest_ = body.subspan(2);
        if (varint() != universe) failReading("the layer has another size");
    }

    std::vector<std::uint32_t> list(std::uint64_t universe) {
        const std::uint64_t count = varint();
        if (count > universe) failReading("more indices than positions");
        if (count == 0) return {};
        if (rest_.empty()) failReading("a list ends early");
        const int parameter = rest_[0];
        if (parameter > largestRiceParameter) failReading("an impossible code parameter");
        BitReader bits(rest_.subspan(1));
        // Every index takes at least parameter + 1 bits: this bounds what is allocated by the size of the
        // input.
        if (count > bits.remaining() / (static_cast<std::uint64_t>(parameter) + 1))
            failReading("a list ends early");
        std::vector<std::uint32_t> indices;
        indices.reserve(static_cast<std::size_t>(count));
        std::uint64_t next = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t high = bits.getUnary();
            if (high > (universe >> parameter)) failReading("an index outside the layer");
            next += (high << parameter) | bits.get(parameter);
            if (next >= universe) failReading("an index outside the layer");
            indices.push_back(static_cast<std::uint32_t>(next));
            ++next;
        }
        rest_ = rest_.subspan(1 + bits.finish());
        return indices;
    }

    void end() const {
        if (!rest_.empty()) failReading("bytes after the end");
    }

  private:
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            if (rest_.empty()) failReading("a number ends early");
            const std::uint8_t byte = rest_[0];
            rest_ = rest_.subspan(1);
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        failReading("a number that is too long");
    }

    std::span<const std::uint8_t> rest_;
};

std::vector<std::uint32_t> decodeList(std::span<const std::uint8_t> bytes, Kind kind,
                                      std::uint64_t universe) {
    Parser parser(bytes, kind, universe, 0);
    auto indices = parser.list(universe);
    parser.end();
    return indices;
}

std::vector<std::uint8_t> encodeList(std::span<const std::uint32_t> indices, Kind kind,
                                     std::uint64_t universe, const char* where) {
    checkIndices(indices, universe, where);
    auto bytes = begin(kind, universe);
    appendList(bytes, indices);
    return end(std::move(bytes), 0);
}

}  // namespace

void checkIndices(std::span<const std::uint32_t> indices, std::uint64_t universe, const char* where) {
    if (universe > largestUniverse)
        throw Error(ErrorKind::Run,
                    "a layer has " + std::to_string(universe) + " positions; at most 2^32 can be recorded",
                    where);
    std::uint64_t next = 0;
    for (const std::uint32_t index : indices) {
        if (index < next || index >= universe)
            throw Error(ErrorKind::Run,
                        "flat indices must be strictly ascending and below " + std::to_string(universe) +
                            ", found " + std::to_string(index),
                        where);
        next = std::uint64_t{index} + 1;
    }
}

std::vector<std::uint8_t> encodeMask(std::span<const std::uint32_t> active, std::uint64_t universe) {
    return encodeList(active, Kind::Key, universe, "mask");
}

std::vector<std::uint32_t> decodeMask(std::span<const std::uint8_t> bytes, std::uint64_t universe) {
    return decodeList(bytes, Kind::Key, universe);
}

std::vector<std::uint8_t> encodeIndices(std::span<const std::uint32_t> indices, std::uint64_t universe) {
    return encodeList(indices, Kind::Indices, universe, "indices");
}

std::vector<std::uint32_t> decodeIndices(std::span<const std::uint8_t> bytes, std::uint64_t universe) {
    return decodeList(bytes, Kind::Indices, universe);
}

std::vector<std::uint8_t> encodeMaskDelta(std::span<const std::uint32_t> previous,
                                          std::span<const std::uint32_t> active, std::uint64_t universe) {
    checkIndices(previous, universe, "previous mask");
    checkIndices(active, universe, "mask");
    std::vector<std::uint32_t> removedRanks;
    std::vector<std::uint32_t> added;
    std::size_t rank = 0;
    for (const std::uint32_t index : active) {
        for (; rank < previous.size() && previous[rank] < index; ++rank)
            removedRanks.push_back(static_cast<std::uint32_t>(rank));
        if (rank < previous.size() && previous[rank] == index)
            ++rank;
        else
            added.push_back(index);
    }
    for (; rank < previous.size(); ++rank) removedRanks.push_back(static_cast<std::uint32_t>(rank));

    auto bytes = begin(Kind::Delta, universe);
    appendList(bytes, removedRanks);
    appendList(bytes, added);
    return end(std::move(bytes), fingerprint(previous));
}

std::vector<std::uint32_t> decodeMaskDelta(std::span<const std::uint8_t> bytes,
                                           std::span<const std::uint32_t> previous, std::uint64_t universe) {
    Parser parser(bytes, Kind::Delta, universe, fingerprint(previous));
    const auto removedRanks = parser.list(previous.size());
    const auto added = parser.list(universe);
    parser.end();

    std::vector<std::uint32_t> active;
    active.reserve(previous.size() - removedRanks.size() + added.size());
    std::size_t nextRemoved = 0;
    std::size_t nextAdded = 0;
    for (std::size_t rank = 0; rank < previous.size(); ++rank) {
        if (nextRemoved < removedRanks.size() && removedRanks[nextRemoved] == rank) {
            ++nextRemoved;
            continue;
        }
        for (; nextAdded < added.size() && added[nextAdded] < previous[rank]; ++nextAdded)
            active.push_back(added[nextAdded]);
        if (nextAdded < added.size() && added[nextAdded] == previous[rank])
            failReading("an index is added that was there");
        active.push_back(previous[rank]);
    }
    active.insert(active.end(), added.begin() + static_cast<std::ptrdiff_t>(nextAdded), added.end());
    return active;
}

}  // namespace filigree::record
