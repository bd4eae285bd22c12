// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <imgui.h>

#include <cstdint>
#include <functional>
#include <string>

#include "ui/canvas/frame.h"

namespace filigree::ui {

/// What a view draws on: a Dear ImGui window that covers the canvas is open. Coordinates are device pixels;
/// what a person sees as one pixel is `scale` of them.
struct Canvas {
    float width = 0;
    float height = 0;
    float scale = 1;
    Appearance appearance = Appearance::Light;
    const Palette& palette;
    ImFont* body = nullptr;
    ImFont* small = nullptr;
    ImFont* heading = nullptr;

    /// Puts a picture to draw with (ImDrawList::AddImage) into slot 0, 1, …; made again only if `version`
    /// changed. `make` may run later and on another thread: it must own what it reads.
    ImTextureID texture(std::size_t slot, std::uint64_t version, bool smooth,
                        std::function<Picture()> make) const;

    Frame& frame;  ///< being built
};

/// A colour for ImDrawList.
constexpr ImU32 ink(Rgb colour, std::uint8_t alpha = 255) {
    return packed(colour, alpha);
}

/// One view: draws one kind of record. It knows neither Vulkan nor a window.
class View {
  public:
    virtual ~View() = default;
    virtual void draw(const Canvas& canvas) = 0;
    /// What it shows, in a sentence, for those who do not see it.
    virtual std::string summary() const = 0;
};

}  // namespace filigree::ui
