// SPDX-License-Identifier: Apache-2.0
#include "tensor/block_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/large_vector.h"

namespace filigree {
namespace {

// Sanitizers must see every block come and go.
#ifdef FILIGREE_SANITIZED
constexpr bool keepsBlocks = false;
#else
constexpr bool keepsBlocks = true;
#endif

/// Eight classes between powers of two: at most an eighth of a block is lost, and blocks of like size serve
/// each other.
struct SizeClass {
    explicit SizeClass(std::size_t bytes) {
        const std::size_t wanted = std::max<std::size_t>(bytes, 64);
        const std::size_t step = std::max<std::size_t>(64, std::bit_floor(wanted) / 8);
        size = (wanted + step - 1) / step * step;
        const auto power = static_cast<std::size_t>(std::bit_width(size)) - 1;
        index = 8 * power +
                (size - (std::size_t{1} << power)) / std::max<std::size_t>(1, (std::size_t{1} << power) / 8);
    }
    static std::size_t sizeOf(std::size_t index) {
        const std::size_t power = std::size_t{1} << (index / 8);
        return power + index % 8 * (power / 8);
    }
    static constexpr std::size_t count = 8 * 64;
    std::size_t size;
    std::size_t index;
};

std::atomic<std::int64_t> allocated{0};

std::byte* allocate(std::size_t bytes) {
    allocated.fetch_add(1, std::memory_order_relaxed);
    return static_cast<std::byte*>(LargeBlocks::take(bytes));
}

class Pool {
  public:
    std::byte* take(SizeClass wanted) {
        {
            const std::lock_guard lock(mutex_);
            used_ += wanted.size;
            mostUsed_ = std::max(mostUsed_, used_);
            // A large block may serve for less, down to half: getting one from the system costs more than the
            // work on it, since every page is cleared first.
            const std::size_t last =
                wanted.size < worthLending ? wanted.index : std::min(wanted.index + 8, SizeClass::count - 1);
            for (std::size_t index = wanted.index; index <= last; ++index) {
                auto& free = free_[index];
                if (free.empty()) continue;
                std::byte* const block = free.back();
                free.pop_back();
                kept_ -= SizeClass::sizeOf(index);
                if (index > wanted.index) lent_.emplace(block, index);
                return block;
            }
        }
        std::byte* block = allocate(wanted.size);
        if (block) return block;
        // Blocks kept for other sizes may be what is missing.
        clear();
        block = allocate(wanted.size);
        if (!block) {
            const std::lock_guard lock(mutex_);
            used_ -= wanted.size;
        }
        return block;
    }

    void giveBack(std::byte* block, SizeClass given) {
        {
            const std::lock_guard lock(mutex_);
            used_ -= given.size;
            if (given.size >= worthLending)
                if (const auto lent = lent_.find(block); lent != lent_.end()) {
                    given = SizeClass(SizeClass::sizeOf(lent->second));
                    lent_.erase(lent);
                }
            // Three quarters more than was in use at once: not all sizes have their peak at the same moment.
            if (used_ + kept_ + given.size <= mostUsed_ + mostUsed_ / 4 * 3 + slack) {
                free_[given.index].push_back(block);
                kept_ += given.size;
                return;
            }
        }
        LargeBlocks::giveBack(block, given.size);
    }

  private:
    static constexpr std::size_t slack = std::size_t{1} << 20, worthLending = std::size_t{1} << 18;

    void clear() {
        const std::lock_guard lock(mutex_);
        for (std::size_t index = 0; index < free_.size(); ++index) {
            for (std::byte* block : free_[index]) LargeBlocks::giveBack(block, SizeClass::sizeOf(index));
            free_[index].clear();
        }
        kept_ = 0;
    }

    std::mutex mutex_;
    std::array<std::vector<std::byte*>, SizeClass::count> free_;
    std::unordered_map<std::byte*, std::size_t> lent_;  ///< larger blocks in use for less: the index of each
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
    return keepsBlocks ? pool().take(SizeClass(bytes)) : allocate(bytes);
}

void giveBackBlock(std::byte* block, std::size_t bytes) {
    if (keepsBlocks)
        pool().giveBack(block, SizeClass(bytes));
    else
        LargeBlocks::giveBack(block, bytes);
}

std::int64_t blocksFromSystem() {
    return allocated.load(std::memory_order_relaxed);
}

}  // namespace filigree
