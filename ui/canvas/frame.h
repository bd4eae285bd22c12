// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ui/canvas/picture.h"

namespace filigree::ui {

/// A corner of a triangle: position in pixels from the top left, texture coordinate in 0..1, straight alpha.
struct FrameVertex {
    float x, y;
    float u, v;
    std::uint32_t colour;
};

/// Indexed triangles with one texture inside one rectangle.
struct DrawCommand {
    float left = 0, top = 0, right = 0, bottom = 0;
    std::size_t texture = 0;
    std::uint32_t firstIndex = 0;
    std::uint32_t indexCount = 0;
    std::int32_t vertexOffset = 0;
};

/// A picture that triangles are filled with. It is made (where the frame is drawn, perhaps on another thread)
/// and uploaded only if the renderer's texture of the same number has another version; `make` must therefore
/// own what it reads.
struct FrameTexture {
    std::uint64_t version = 0;
    bool smooth = true;  ///< interpolate between pixels
    std::function<Picture()> make;
};

/// Everything that one picture of a canvas consists of, free of Dear ImGui's memory: it may be drawn on any
/// thread.
struct Frame {
    int width = 0;
    int height = 0;
    Rgb ground;
    std::vector<FrameVertex> vertices;
    std::vector<std::uint16_t> indices;
    std::vector<DrawCommand> commands;
    std::vector<FrameTexture> textures;
};

}  // namespace filigree::ui
