// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "ui/canvas/picture.h"

namespace filigree::ui {

/// A picture of few colours: a number of a colour per pixel, rows from the top.
struct IndexedPicture {
    int width = 0;
    int height = 0;
    std::vector<Rgb> colours;  ///< at most 256
    std::vector<std::uint8_t> pixels;
};

/// The picture in at most `colours` (1 to 256) colours, without its alpha: exactly, if it has no more; else
/// by median cut (Heckbert 1982). The colours are divided into boxes, again and again the one with the
/// greatest squared error along its longest side, where half of its pixels lie on either side; a box becomes
/// its mean.
IndexedPicture indexed(const Picture& picture, int colours);

}  // namespace filigree::ui
