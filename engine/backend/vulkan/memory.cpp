// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/memory.h"

#include <algorithm>

namespace filigree::vulkan {
namespace {

using gpu::structure;

std::string mebibytes(std::uint64_t bytes) {
    const std::uint64_t tenths = (bytes * 10 + (1ULL << 19)) >> 20;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

VkBuffer makeBuffer(Device& device, std::uint64_t bytes, VkBufferUsageFlags usage) {
    auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
    info.size = bytes;
    info.usage = usage | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    VkBuffer buffer = VK_NULL_HANDLE;
    device.check(vkCreateBuffer(device.handle(), &info, nullptr, &buffer), "vkCreateBuffer");
    return buffer;
}

/// Memory for the buffer, or the reason why there is none.
VkResult allocateFor(Device& device, VkBuffer buffer, std::uint32_t type, VkDeviceMemory& memory) {
    VkMemoryRequirements requirements{};
    vkGetBufferMemoryRequirements(device.handle(), buffer, &requirements);
    auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
    info.allocationSize = requirements.size;
    info.memoryTypeIndex = type;
    if (device.allocationFailsNow()) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    const VkResult result = vkAllocateMemory(device.handle(), &info, nullptr, &memory);
    if (result != VK_SUCCESS) return result;
    return vkBindBufferMemory(device.handle(), buffer, memory, 0);
}

}  // namespace

Array::~Array() {
    if (memory_) memory_->give(block_, view_.offset, view_.bytes());
}

Array Memory::make(std::uint64_t count, const std::string& name) {
    // Even an array of nothing can be bound.
    const std::uint64_t numbers = std::max<std::uint64_t>(count, 1);
    const std::uint64_t unit = 4 * Array::alignment;
    const std::uint64_t bytes = (4 * numbers + unit - 1) / unit * unit;
    const std::string wanted = "tensor '" + name + "' of " + mebibytes(4 * numbers);
    if (bytes > device_->limits().maxStorageBufferRange)
        throw Error(ErrorKind::Device, "the array is larger than the device can bind to a kernel",
                    wanted + ", at most " + mebibytes(device_->limits().maxStorageBufferRange),
                    "choose a smaller layer or batch");
    if (usedBytes_ + bytes <= device_->budgetBytes())
        for (int attempt = 0; attempt < 2; ++attempt) {
            for (std::size_t b = 0; b < blocks_.size(); ++b)
                if (const auto offset = blocks_[b].spans.take(bytes, unit)) {
                    usedBytes_ += bytes;
                    peakBytes_ = std::max(peakBytes_, usedBytes_);
                    return {shared_from_this(), b, {blocks_[b].buffer, *offset, count}};
                }
            if (!grow(bytes)) break;
        }
    throw Error(ErrorKind::Device, "out of device memory",
                wanted + "; " + mebibytes(usedBytes_) + " of " + mebibytes(device_->budgetBytes()) +
                    " are in use on " + device_->info().name,
                "choose a smaller batch or model, or a larger memory budget");
}

bool Memory::grow(std::uint64_t bytes) {
    const std::uint64_t left = device_->budgetBytes() - std::min(device_->budgetBytes(), reservedBytes_);
    // A small budget, or what is left of it, still makes a block.
    const std::uint64_t unit = 4 * Array::alignment;
    const std::uint64_t size = std::max(bytes, std::min(blockBytes, left / unit * unit));
    if (size > left) return false;
    const VkBuffer buffer = makeBuffer(*device_, size, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT);
    VkDeviceMemory memory = VK_NULL_HANDLE;
    const VkResult result = allocateFor(*device_, buffer, device_->memoryTypes().device, memory);
    if (result != VK_SUCCESS) {
        vkDestroyBuffer(device_->handle(), buffer, nullptr);
        vkFreeMemory(device_->handle(), memory, nullptr);
        if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY) return false;
        device_->check(result, "vkAllocateMemory");
    }
    reservedBytes_ += size;
    blocks_.push_back({memory, buffer, SpanAllocator(size)});
    return true;
}

void Memory::give(std::size_t block, std::uint64_t offset, std::uint64_t bytes) {
    const std::uint64_t unit = 4 * Array::alignment;
    usedBytes_ -= (std::max<std::uint64_t>(bytes, 4) + unit - 1) / unit * unit;
    blocks_[block].spans.give(offset);
}

Memory::~Memory() {
    vkDeviceWaitIdle(device_->handle());
    for (const Block& block : blocks_) {
        vkDestroyBuffer(device_->handle(), block.buffer, nullptr);
        vkFreeMemory(device_->handle(), block.memory, nullptr);
    }
}

HostMemory::HostMemory(Device& device, std::uint32_t memoryType, std::uint64_t bytes)
    : device_(&device), bytes_(bytes) {
    buffer_ = makeBuffer(device, bytes, 0);
    VkResult result = allocateFor(device, buffer_, memoryType, memory_);
    void* address = nullptr;
    if (result == VK_SUCCESS) result = vkMapMemory(device.handle(), memory_, 0, VK_WHOLE_SIZE, 0, &address);
    mapped_ = static_cast<std::byte*>(address);
    if (result == VK_SUCCESS) return;
    vkDestroyBuffer(device.handle(), buffer_, nullptr);
    vkFreeMemory(device.handle(), memory_, nullptr);
    if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
        throw Error(ErrorKind::Device, "out of memory for what travels to or from the device",
                    mebibytes(bytes), "close other programs, or choose a smaller batch");
    device.check(result, "vkMapMemory");
}

HostMemory::~HostMemory() {
    if (buffer_) vkDestroyBuffer(device_->handle(), buffer_, nullptr);
    if (memory_) vkFreeMemory(device_->handle(), memory_, nullptr);
}

}  // namespace filigree::vulkan
