// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas/picture.h"
#include "ui/theme/colour_map.h"
#include "ui/views/connectivity_levels.h"

namespace filigree::ui {

/// The part of a matrix that is seen, and how large: position (row, column) covers the pixels from
/// ((column - left) * cellWidth, (row - top) * cellHeight).
struct Viewport {
    double left = 0;
    double top = 0;
    double cellWidth = 1;
    double cellHeight = 1;
    int width = 0;   ///< pixels
    int height = 0;  ///< pixels

    /// How many halvings of the matrix one pixel stands for; 0 or less: a connection is a pixel or more.
    double level() const;
};

struct RasterStyle {
    Rgb ground;                      ///< where nothing is connected
    Rgb presence;                    ///< of connections without values
    const ColourMap* map = nullptr;  ///< of values; lives for ever
    double low = 0;
    double high = 1;
};

/// The matrix as pixels, transparent outside of it. A pixel is the mean over exactly the area that it covers:
/// the share that is connected makes it opaque, the mean value of the connections gives it its colour. Takes
/// time by pixels, not by connections.
Picture rasterize(const ConnectivityLevels& levels, const Viewport& viewport, const RasterStyle& style);

/// Colours of a comparison of two patterns.
struct SideStyle {
    Rgb ground;
    Rgb onlyA, onlyB, both;
};

/// The same for a comparison: a pixel's colour is the mean of the colours of the connections that it covers.
/// Both levels are of the same pattern; values are 1 for a connection of A (B) alone, else 0.
Picture rasterizeSides(const ConnectivityLevels& onlyA, const ConnectivityLevels& onlyB,
                       const Viewport& viewport, const SideStyle& style);

}  // namespace filigree::ui
