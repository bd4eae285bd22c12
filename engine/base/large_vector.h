// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include "base/platform.h"

namespace filigree {

/// Memory from the system: blocks of several large pages (2 MiB) start at one and ask for them. What walks
/// through many places of such a block at once, or jumps about in it, would otherwise wait for the translation
/// of addresses.
class LargeBlocks {
  public:
    /// Null if there is none left.
    static void* take(std::size_t bytes) {
        const std::align_val_t alignment = alignmentOf(bytes);
        void* const block = ::operator new(bytes > 0 ? bytes : 1, alignment, std::nothrow);
        if (block && alignment == largePage) platform::preferLargePages(block, bytes);
        return block;
    }
    /// `bytes` as they were asked for.
    static void giveBack(void* block, std::size_t bytes) { ::operator delete(block, alignmentOf(bytes)); }

  private:
    static constexpr std::align_val_t cacheLine{64}, largePage{std::size_t{1} << 21};
    static std::align_val_t alignmentOf(std::size_t bytes) {
        return bytes >= 2 * static_cast<std::size_t>(largePage) ? largePage : cacheLine;
    }
};

template <typename T>
struct LargeBlockAllocator {
    using value_type = T;

    LargeBlockAllocator() = default;
    template <typename U>
    LargeBlockAllocator(const LargeBlockAllocator<U>&) {}

    T* allocate(std::size_t count) {
        void* const block = count <= static_cast<std::size_t>(-1) / sizeof(T)
                                ? LargeBlocks::take(count * sizeof(T))
                                : nullptr;
        if (!block) throw std::bad_alloc();
        return static_cast<T*>(block);
    }
    void deallocate(T* block, std::size_t count) { LargeBlocks::giveBack(block, count * sizeof(T)); }

    template <typename U>
    bool operator==(const LargeBlockAllocator<U>&) const {
        return true;
    }
};

/// A vector for data that is read in random order.
template <typename T>
using LargeVector = std::vector<T, LargeBlockAllocator<T>>;

}  // namespace filigree
