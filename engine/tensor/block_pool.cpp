// SPDX-License-Identifier: Apache-2.0
#include "tensor/block_pool.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "base/platform.h"

namespace filigree {
namespace {

constexpr std::align_val_t alignment{64};

// Smaller blocks are the system allocator's strength. Sanitizers must see every block come and go.
#ifdef FILIGREE_SANITIZED
constexpr bool keepsBlocks = false;
#else
constexpr bool keepsBlocks = true;
#endif
constexpr std::size_t smallestKept = 16384;

/// Eight classes between powers of two: at most an eighth of a block is lost, and blocks of like size serve
/// each other.
std::size_t classOf(std::size_t bytes) {
    const std::size_t step = std::bit_floor(bytes) / 8;
    return (bytes + step - 1) / step * step;
}

/// Blocks of several large pages start at one, and ask for them: kernels that walk through many planes at once would
/// otherwise wait for the translation of addresses.
constexpr std::align_val_t pageAlignment{std::size_t{1} << 21};
std::align_val_t alignmentOf(std::size_t bytes) {
    return bytes >= 2 * static_cast<std::size_t>(pageAlignment) ? pageAlignment : alignment;
}

std::byte* allocate(std::size_t bytes) {
    auto* const block = static_cast<std::byte*>(
        ::operator new(std::max<std::size_t>(bytes, 1), alignmentOf(bytes), std::nothrow));
    if (block && alignmentOf(bytes) == pageAlignment) platform::preferLargePages(block, bytes);
    return block;
}

void release(std::byte* block, std::size_t bytes) {
    ::operator delete(block, alignmentOf(bytes));
}

class Pool {
  public:
    std::byte* take(std::size_t size) {
        {
            const std::lock_guard lock(mutex_);
            used_ += size;
            mostUsed_ = std::max(mostUsed_, used_);
            auto& free = free_[size];
            if (!free.empty()) {
                std::byte* const block = free.back();
                free.pop_back();
                kept_ -= size;
                return block;
            }
        }
        std::byte* block = allocate(size);
        if (block) return block;
        // Blocks kept for other sizes may be what is missing.
        clear();
        block = allocate(size);
        if (!block) {
            const std::lock_guard lock(mutex_);
            used_ -= size;
        }
        return block;
    }

    void giveBack(std::byte* block, std::size_t size) {
        {
            const std::lock_guard lock(mutex_);
            used_ -= size;
            if (used_ + kept_ + size <= mostUsed_) {
                free_[size].push_back(block);
                kept_ += size;
                return;
            }
        }
        release(block, size);
    }

  private:
    void clear() {
        const std::lock_guard lock(mutex_);
        for (auto& [size, blocks] : free_)
            for (std::byte* block : blocks) release(block, size);
        free_.clear();
        kept_ = 0;
    }

    std::mutex mutex_;
    std::unordered_map<std::size_t, std::vector<std::byte*>> free_;
    std::size_t used_ = 0;
    std::size_t mostUsed_ = 0;
    std::size_t kept_ = 0;
};

// Never destroyed: tensors with static lifetime may give their memory back after everything else is gone.
Pool& pool() {
    static Pool* const instance = new Pool;
    return *instance;
}

}  // namespace

std::byte* takeBlock(std::size_t bytes) {
    return keepsBlocks && bytes >= smallestKept ? pool().take(classOf(bytes)) : allocate(bytes);
}

void giveBackBlock(std::byte* block, std::size_t bytes) {
    if (keepsBlocks && bytes >= smallestKept)
        pool().giveBack(block, classOf(bytes));
    else
        release(block, bytes);
}

}  // namespace filigree
