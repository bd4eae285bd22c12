// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/span_allocator.h"

#include <algorithm>

namespace filigree::vulkan {

SpanAllocator::SpanAllocator(std::uint64_t size) : size_(size) {
    if (size > 0) gaps_.emplace(0, size);
}

std::optional<std::uint64_t> SpanAllocator::take(std::uint64_t bytes, std::uint64_t alignment) {
    auto best = gaps_.end();
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
        const std::uint64_t start = (gap->first + alignment - 1) / alignment * alignment;
        const bool fits = start + bytes <= gap->first + gap->second;
        if (fits && (best == gaps_.end() || gap->second < best->second)) best = gap;
    }
    if (best == gaps_.end()) return std::nullopt;
    const auto [first, length] = *best;
    const std::uint64_t start = (first + alignment - 1) / alignment * alignment;
    gaps_.erase(best);
    if (start > first) gaps_.emplace(first, start - first);
    if (start + bytes < first + length) gaps_.emplace(start + bytes, first + length - start - bytes);
    taken_.emplace(start, bytes);
    used_ += bytes;
    return start;
}

void SpanAllocator::give(std::uint64_t offset) {
    const auto found = taken_.find(offset);
    if (found == taken_.end()) return;
    std::uint64_t first = found->first;
    std::uint64_t length = found->second;
    used_ -= length;
    taken_.erase(found);
    auto after = gaps_.lower_bound(first);
    if (after != gaps_.end() && after->first == first + length) {
        length += after->second;
        after = gaps_.erase(after);
    }
    if (after != gaps_.begin()) {
        const auto before = std::prev(after);
        if (before->first + before->second == first) {
            first = before->first;
            length += before->second;
            gaps_.erase(before);
        }
    }
    gaps_.emplace(first, length);
}

std::uint64_t SpanAllocator::largestGap() const {
    std::uint64_t largest = 0;
    for (const auto& [offset, bytes] : gaps_) largest = std::max(largest, bytes);
    return largest;
}

}  // namespace filigree::vulkan
