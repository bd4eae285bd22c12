// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "ui/views/barrier_matrix.h"
#include "ui/views/landscape_painter.h"

namespace filigree::ui {

/// What the canvas of the landscape page shows: the loss around networks, or the barriers between them.
class LandscapeView final : public View {
  public:
    LandscapePainter landscape;
    BarrierMatrixPainter barriers;
    bool showsBarriers = false;

    void draw(const Canvas& canvas) override {
        if (showsBarriers)
            barriers.draw(canvas);
        else
            landscape.draw(canvas);
    }
    std::string summary() const override { return showsBarriers ? barriers.summary() : landscape.summary(); }
};

}  // namespace filigree::ui
