// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "ui/canvas/picture.h"
#include "ui/views/graph_model.h"

namespace filigree::ui {

struct GraphInks {
    Rgb ground, rest, negative, positive, unsigned_;
    float unit = 1;  ///< pixels that a person sees as one
};

/// The edges of a graph as a picture: below, those that are not drawn one by one, in shades of `rest`; above
/// them the drawn ones, the weakest first, as curves by sign whose width and opacity grow with their
/// strength. The picture is the viewport with `margin` pixels around it. Its cost follows the pixels of the
/// curves, shared by at most `mostThreads` threads.
Picture rasterizeGraph(const GraphPicture& picture, const GraphEdges& edges,
                       const GraphModel::Viewport& viewport, int margin, const GraphInks& inks,
                       int mostThreads = 4);

}  // namespace filigree::ui
