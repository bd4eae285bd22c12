// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "ui/views/predictions_painter.h"

namespace filigree::ui {

/// Where the parts of the picture of predictions lie.
struct PredictionsPainter::Layout {
    float unit = 1, pad = 0;
    Area table, timeline, scatter;  ///< of groups
    std::vector<Area> confusions;   ///< of agreement
    Area differences;
    Area frames;

    float rowHeight() const { return 22 * unit; }
};

}  // namespace filigree::ui
