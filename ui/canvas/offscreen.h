// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "ui/canvas/commands.h"
#include "ui/canvas/renderer.h"
#include "ui/canvas/view.h"

namespace filigree::ui {

/// A target without a window: frames become pictures.
class Offscreen {
  public:
    explicit Offscreen(std::shared_ptr<Device> device);
    /// On a device of its own: see Device::open for `deviceName`. Throws Error (Device).
    explicit Offscreen(const std::string& deviceName);
    ~Offscreen();
    Offscreen(const Offscreen&) = delete;
    Offscreen& operator=(const Offscreen&) = delete;

    /// Draws the frame at its size and reads it back. Throws DeviceLost, or Error (Device) for a size beyond
    /// what the device can draw.
    Picture draw(const Frame& frame);

  private:
    void resize(int width, int height);

    std::shared_ptr<Device> device_;
    Renderer renderer_;
    Commands commands_;
    HostBuffer pixels_;
    std::unique_ptr<DeviceImage> image_;
    VkFramebuffer framebuffer_ = VK_NULL_HANDLE;
};

/// A view as a picture, as on a screen with `scale` device pixels per pixel. Opens a device of its own (see
/// Device::open for `deviceName`). Throws Error (Device).
Picture render(View& view, int width, int height, float scale, Appearance appearance,
               const std::string& deviceName = {});

}  // namespace filigree::ui
