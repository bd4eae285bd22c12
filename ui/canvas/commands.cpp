// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/commands.h"

#include <utility>

namespace filigree::ui {

Commands::Commands(std::shared_ptr<Device> device) : device_(std::move(device)) {
    try {
        auto pool = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
        pool.queueFamilyIndex = device_->queueFamily();
        check(vkCreateCommandPool(device_->handle(), &pool, nullptr, &pool_), "vkCreateCommandPool");
        auto buffer = structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
        buffer.commandPool = pool_;
        buffer.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
        buffer.commandBufferCount = 1;
        check(vkAllocateCommandBuffers(device_->handle(), &buffer, &buffer_), "vkAllocateCommandBuffers");
        auto fence = structure<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
        check(vkCreateFence(device_->handle(), &fence, nullptr, &fence_), "vkCreateFence");
    } catch (...) {
        release();
        throw;
    }
}

Commands::~Commands() {
    release();
}

void Commands::release() {
    vkDeviceWaitIdle(device_->handle());
    if (fence_) vkDestroyFence(device_->handle(), fence_, nullptr);
    if (pool_) vkDestroyCommandPool(device_->handle(), pool_, nullptr);
}

VkCommandBuffer Commands::begin() {
    check(vkResetCommandPool(device_->handle(), pool_, 0), "vkResetCommandPool");
    auto info = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
    info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    check(vkBeginCommandBuffer(buffer_, &info), "vkBeginCommandBuffer");
    return buffer_;
}

void Commands::submitAndWait(VkSemaphore wait, VkSemaphore signal) {
    check(vkEndCommandBuffer(buffer_), "vkEndCommandBuffer");
    const VkPipelineStageFlags stage = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;
    auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
    info.commandBufferCount = 1;
    info.pCommandBuffers = &buffer_;
    if (wait) {
        info.waitSemaphoreCount = 1;
        info.pWaitSemaphores = &wait;
        info.pWaitDstStageMask = &stage;
    }
    if (signal) {
        info.signalSemaphoreCount = 1;
        info.pSignalSemaphores = &signal;
    }
    device_->submitAndWait(info, fence_);
}

}  // namespace filigree::ui
