// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "backend/vulkan/device.h"
#include "backend/vulkan/span_allocator.h"

namespace filigree::vulkan {

class Memory;

/// Some 4-byte numbers in the memory of a device: a part of a buffer that many share. Does not own; see
/// Array.
struct View {
    VkBuffer buffer = VK_NULL_HANDLE;
    std::uint64_t offset = 0;  ///< bytes
    std::uint64_t count = 0;   ///< numbers

    std::uint64_t bytes() const { return 4 * count; }
    /// Numbers first … first + length - 1. A kernel can only be given parts that begin at a multiple of
    /// Array::alignment numbers.
    View part(std::uint64_t first, std::uint64_t length) const {
        return {buffer, offset + 4 * first, length};
    }
};

/// Owned memory of a device for `count` 4-byte numbers (f32 or u32; at least room for one). Given back to the
/// pool when destroyed, which is allowed while commands that use it are still running: whoever gets the bytes
/// next runs after them on the same queue.
class Array {
  public:
    static constexpr std::uint64_t alignment =
        64;  ///< in numbers: 256 bytes, the most that a device may ask for

    Array() = default;
    Array(Array&& other) noexcept { swap(other); }
    Array& operator=(Array&& other) noexcept {
        Array(std::move(other)).swap(*this);
        return *this;
    }
    ~Array();

    View view() const { return view_; }
    operator View() const { return view_; }
    std::uint64_t count() const { return view_.count; }
    explicit operator bool() const { return memory_ != nullptr; }

  private:
    friend class Memory;
    Array(std::shared_ptr<Memory> memory, std::size_t block, View view)
        : memory_(std::move(memory)), block_(block), view_(view) {}
    void swap(Array& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(block_, other.block_);
        std::swap(view_, other.view_);
    }

    std::shared_ptr<Memory> memory_;
    std::size_t block_ = 0;
    View view_;
};

/// The arrays of a device: blocks of device memory, each one buffer, divided among arrays and kept for reuse.
class Memory : public std::enable_shared_from_this<Memory> {
  public:
    static constexpr std::uint64_t blockBytes = 64ULL << 20;

    static std::shared_ptr<Memory> of(std::shared_ptr<Device> device) {
        return std::shared_ptr<Memory>(new Memory(std::move(device)));
    }
    ~Memory();
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    /// Uninitialised. `name` is the tensor's. Throws Error (Device) that names it and the sizes when the
    /// budget or the device's memory is used up, or when it is larger than what a kernel can bind at once.
    Array make(std::uint64_t count, const std::string& name);

    std::uint64_t usedBytes() const { return usedBytes_; }
    std::uint64_t reservedBytes() const { return reservedBytes_; }
    std::uint64_t peakBytes() const { return peakBytes_; }
    Device& device() const { return *device_; }

  private:
    friend class Array;
    struct Block {
        VkDeviceMemory memory;
        VkBuffer buffer;
        SpanAllocator spans;
    };
    explicit Memory(std::shared_ptr<Device> device) : device_(std::move(device)) {}
    /// A new block, or false if the device or the budget has no room for it.
    bool grow(std::uint64_t bytes);
    void give(std::size_t block, std::uint64_t offset, std::uint64_t bytes);

    std::shared_ptr<Device> device_;
    std::vector<Block> blocks_;
    std::uint64_t usedBytes_ = 0;
    std::uint64_t reservedBytes_ = 0;
    std::uint64_t peakBytes_ = 0;
};

/// A buffer of its own that the host sees: what travels to and from a device lies here on the way.
class HostMemory {
  public:
    HostMemory(Device& device, std::uint32_t memoryType, std::uint64_t bytes);
    HostMemory(HostMemory&& other) noexcept
        : device_(other.device_),
          memory_(std::exchange(other.memory_, nullptr)),
          buffer_(std::exchange(other.buffer_, nullptr)),
          bytes_(other.bytes_),
          mapped_(other.mapped_) {}
    HostMemory& operator=(HostMemory&&) = delete;
    ~HostMemory();

    VkBuffer buffer() const { return buffer_; }
    std::uint64_t bytes() const { return bytes_; }
    std::byte* data() const { return mapped_; }

  private:
    Device* device_;
    VkDeviceMemory memory_ = VK_NULL_HANDLE;
    VkBuffer buffer_ = VK_NULL_HANDLE;
    std::uint64_t bytes_;
    std::byte* mapped_ = nullptr;
};

}  // namespace filigree::vulkan
