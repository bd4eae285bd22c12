// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/acquisition_painter.h"
#include "ui/views/rewiring_painter.h"

namespace filigree::ui {

/// What the canvas of the rewiring page shows: all rounds over time, or what one of them chose from.
class RewiringView final : public View {
  public:
    RewiringPainter history;
    AcquisitionPainter acquisition;
    bool showsAcquisition = false;

    void draw(const Canvas& canvas) override {
        if (showsAcquisition)
            acquisition.draw(canvas);
        else
            history.draw(canvas);
    }
    std::string summary() const override {
        return showsAcquisition ? acquisition.summary() : history.summary();
    }
};

}  // namespace filigree::ui
