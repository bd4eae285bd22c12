// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/canvas/device.h"

namespace filigree::ui {

/// One command buffer with the fence that says when the device has done it.
class Commands {
  public:
    explicit Commands(std::shared_ptr<Device> device);
    ~Commands();
    Commands(const Commands&) = delete;
    Commands& operator=(const Commands&) = delete;

    VkCommandBuffer begin();
    /// Ends, submits and waits. The semaphores are optional; `wait` is waited for before colour is written.
    void submitAndWait(VkSemaphore wait = VK_NULL_HANDLE, VkSemaphore signal = VK_NULL_HANDLE);

  private:
    void release();

    std::shared_ptr<Device> device_;
    VkCommandPool pool_ = VK_NULL_HANDLE;
    VkCommandBuffer buffer_ = VK_NULL_HANDLE;
    VkFence fence_ = VK_NULL_HANDLE;
};

}  // namespace filigree::ui
