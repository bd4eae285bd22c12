// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace filigree::vulkan {

/// Divides a range of bytes [0, size) among whoever asks: best fit, and neighbours that are given back become
/// one again. Knows nothing of Vulkan.
class SpanAllocator {
  public:
    explicit SpanAllocator(std::uint64_t size);

    /// Offset of `bytes` > 0 free bytes at a multiple of `alignment`, or none if no gap is large enough.
    std::optional<std::uint64_t> take(std::uint64_t bytes, std::uint64_t alignment);
    /// Returns what `take` gave at this offset.
    void give(std::uint64_t offset);

    std::uint64_t size() const { return size_; }
    std::uint64_t used() const { return used_; }
    std::uint64_t largestGap() const;

  private:
    std::uint64_t size_;
    std::uint64_t used_ = 0;
    std::map<std::uint64_t, std::uint64_t> gaps_;   ///< offset to bytes
    std::map<std::uint64_t, std::uint64_t> taken_;  ///< offset to bytes
};

}  // namespace filigree::vulkan
