// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/theme/colour_map.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/drawing.h"

namespace filigree::ui {

/// Where the parts of the connectivity view lie, in device pixels.
struct ConnectivityPainter::Layout {
    Area header;
    Area matrix;
    Area top;    ///< connections of each column
    Area right;  ///< connections of each row
    Area side;   ///< the pixels of a first layer; empty if there are none
    float unit = 1;
    bool narrow = false;  ///< no room for counts and changes beside the legend
    Area legend;          ///< at the end of the header, or on a very narrow canvas below its lines
};

inline const ColourMap& mapOf(Colouring colouring, Appearance appearance) {
    return colouring == Colouring::Sign ? divergingMap(appearance) : sequentialMap(appearance);
}

/// Colours of a comparison: A's and B's as what is grown and dropped, both in between the ground and the
/// text.
inline SideStyle sideStyle(const Palette& palette) {
    return {palette.ground, palette.grown, palette.dropped, mix(palette.ground, palette.secondaryText, 0.55)};
}

}  // namespace filigree::ui
