// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ui/theme/palette.h"

namespace filigree::ui {

/// An 8-bit picture, rows from the top. A pixel is 0xAABBGGRR: in memory red, green, blue, alpha.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint32_t> pixels;

    Picture() = default;
    Picture(int pictureWidth, int pictureHeight, std::uint32_t fill = 0)
        : width(pictureWidth),
          height(pictureHeight),
          pixels(static_cast<std::size_t>(pictureWidth) * static_cast<std::size_t>(pictureHeight), fill) {}

    std::uint32_t at(int x, int y) const {
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(x)];
    }
};

/// A colour as a pixel or a vertex.
constexpr std::uint32_t packed(Rgb colour, std::uint8_t alpha = 255) {
    return static_cast<std::uint32_t>(alpha) << 24 | static_cast<std::uint32_t>(colour.blue) << 16 |
           static_cast<std::uint32_t>(colour.green) << 8 | colour.red;
}

/// Keywords and Latin-1 values, for example {"Software", "Filigree"}.
using PictureText = std::vector<std::pair<std::string, std::string>>;

/// The picture as a PNG file in memory, without its alpha; the text is written into it. With `colours` (1 to
/// 256) it is reduced to at most so many (see indexed_picture.h), which makes a drawing about a third as
/// large.
std::vector<std::uint8_t> encodePng(const Picture& picture, const PictureText& text = {}, int colours = 0);

/// encodePng into a file, durably. Throws Error (Run) naming the path and the reason.
void writePng(const Picture& picture, const std::filesystem::path& path, const PictureText& text = {},
              int colours = 0);

}  // namespace filigree::ui
