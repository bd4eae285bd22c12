// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "backend/vulkan/stream.h"

/// What the files of kernels share.
namespace filigree::vulkan {

constexpr std::uint64_t ceilDivide(std::uint64_t a, std::uint64_t b) {
    return (a + b - 1) / b;
}

/// Every device takes so many work groups along an axis; kernels loop where that is too few.
constexpr std::uint64_t mostGroups = 65535;
/// Invocations of a work group of a kernel over plain lists, and of one that sums by a tree.
constexpr std::uint32_t listThreads = 256;
constexpr std::uint32_t treeThreads = 64;

inline Groups groupsFor(std::uint64_t count, std::uint64_t perGroup = listThreads) {
    return {std::min(ceilDivide(count, perGroup), mostGroups), 1, 1};
}

constexpr std::uint32_t u32(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

/// Throws Error (Run) unless the array has the number of elements that the operation needs.
inline void requireCount(const char* operation, const char* what, const View& view, std::uint64_t count) {
    if (view.count != count)
        throw Error(ErrorKind::Run, std::string(operation) + ": " + what + " has the wrong size",
                    std::to_string(view.count) + " numbers, not " + std::to_string(count));
}

/// Batch-tiled memory [batch / tile][features][tile]; tile 1 is row-major [batch][features], tile = batch
/// feature-major.
struct Layout {
    std::uint64_t batch = 0;
    std::uint64_t tile = 1;

    std::uint64_t tiles() const { return ceilDivide(batch, tile); }
    std::uint64_t padded() const { return tiles() * tile; }
    std::uint64_t count(std::uint64_t features) const { return padded() * features; }
};

}  // namespace filigree::vulkan
