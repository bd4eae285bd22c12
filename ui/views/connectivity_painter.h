// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ui/canvas/view.h"
#include "ui/views/connectivity_model.h"

namespace filigree::ui {

/// Draws a ConnectivityModel and takes the gestures of the canvas: wheel zooms at the pointer (Ctrl: finely,
/// Shift: along x only), dragging pans, Ctrl and dragging zooms to a box, Shift and dragging draws a
/// rectangle (ConnectivityModel::onBrush) or an outline (onLasso), a click selects, a double click fits.
class ConnectivityPainter final : public View {
  public:
    ConnectivityPainter();
    ~ConnectivityPainter() override;

    ConnectivityModel& model() { return model_; }
    void draw(const Canvas& canvas) override;
    std::string summary() const override { return model_.summary(); }

    /// Shown in place of the matrix while there is none: why, and what to do.
    void setMessage(const std::string& text) { message_ = text; }
    /// Older content while newer is read.
    void setDimmed(bool on) { dimmed_ = on; }
    /// Shift and dragging draws an outline by hand.
    void setLasso(bool on) { lasso_ = on; }

  private:
    struct Layout;

    Layout arrange(const Canvas& canvas) const;
    void takeGestures(const Canvas& canvas, const Layout& layout);
    void drawHeader(const Canvas& canvas, const Layout& layout);
    void drawLegend(const Canvas& canvas, const Layout& layout);
    void drawMatrix(const Canvas& canvas, const Layout& layout);
    void drawGrid(const Canvas& canvas, const Layout& layout);
    void drawGroups(const Canvas& canvas, const Layout& layout);
    void drawSides(const Canvas& canvas, const Layout& layout);
    void drawComparison(const Canvas& canvas, ImVec2 at, const Layout& layout);
    void drawSideLegend(const Canvas& canvas, const Layout& layout);
    void drawChanges(const Canvas& canvas, const Layout& layout);
    void drawMargins(const Canvas& canvas, const Layout& layout);
    void drawAxes(const Canvas& canvas, const Layout& layout);
    void drawPixels(const Canvas& canvas, const Layout& layout);
    void drawCut(const Canvas& canvas, const Layout& layout);
    void drawMarks(const Canvas& canvas, const Layout& layout);
    void drawBrush(const Canvas& canvas) const;
    void drawHint(const Canvas& canvas, const Layout& layout);
    void endLasso(const Layout& layout) const;

    ConnectivityModel model_;
    std::string message_;
    bool dimmed_ = false;
    bool pressed_ = false;   ///< the left button went down on the matrix
    bool dragged_ = false;   ///< … and moved since
    bool boxing_ = false;    ///< with Ctrl: a box is drawn to zoom to
    bool brushing_ = false;  ///< with Shift: a rectangle or an outline of connections is drawn
    bool lasso_ = false;
    std::vector<ImVec2> outline_;  ///< the pointer's way so far, if it is an outline
    ImVec2 pressedAt_{};
    std::uint64_t drawnVersion_ = 0;
    Appearance drawnAppearance_ = Appearance::Light;
    std::uint64_t rasterVersion_ = 0;
};

}  // namespace filigree::ui
