// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "ui/canvas/commands.h"
#include "ui/canvas/renderer.h"

namespace filigree::ui {

/// The pictures of a window. Draws one frame at a time and waits for it; meant for a thread of its own.
class SwapChain {
  public:
    /// What became of a frame.
    enum class Outcome {
        Shown,
        NotShown,     ///< the window has no area now, or changed while drawing: draw again
        SurfaceLost,  ///< make a new surface and a new SwapChain
    };

    SwapChain(std::shared_ptr<Device> device, VkSurfaceKHR surface);
    ~SwapChain();
    SwapChain(const SwapChain&) = delete;
    SwapChain& operator=(const SwapChain&) = delete;

    /// Draws and presents. The window may have another size than the frame: the swap chain follows the
    /// window, and what is missing shows the frame's ground. Throws DeviceLost.
    Outcome draw(const Frame& frame);
    const Device& device() const { return *device_; }

  private:
    struct Target {
        VkImageView view = VK_NULL_HANDLE;
        VkFramebuffer framebuffer = VK_NULL_HANDLE;
        VkSemaphore drawn = VK_NULL_HANDLE;
    };

    static VkSurfaceFormatKHR chooseFormat(const Device& device, VkSurfaceKHR surface);
    /// False if the window has no area.
    bool rebuild(int width, int height);
    void dropTargets();

    std::shared_ptr<Device> device_;
    VkSurfaceKHR surface_;
    VkSurfaceFormatKHR format_;
    Renderer renderer_;
    Commands commands_;
    VkSemaphore acquired_ = VK_NULL_HANDLE;
    VkSwapchainKHR chain_ = VK_NULL_HANDLE;
    VkExtent2D extent_{};
    std::vector<Target> targets_;
    bool stale_ = true;
};

}  // namespace filigree::ui
