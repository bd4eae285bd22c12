// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/graph_edge_picture.h"
#include "ui/views/graph_model.h"

namespace filigree::ui {

/// Draws a GraphModel: columns of units, the drawn edges by sign and strength, all others as density, dead
/// units marked. Wheel zooms at the pointer (Ctrl: finely, Shift: along x only), dragging pans, Ctrl and
/// dragging zooms to a box, a click chooses a unit or none, a double click on a unit enlarges, else fits.
class GraphPainter final : public View {
  public:
    GraphModel& model() { return model_; }
    const GraphModel& model() const { return model_; }
    void draw(const Canvas& canvas) override;
    std::string summary() const override { return model_.summary(); }

    /// Shown in place of the graph while there is none: why, and what to do.
    void setMessage(const std::string& text) { message_ = text; }
    /// Older content while newer is read.
    void setDimmed(bool on) { dimmed_ = on; }
    /// Called on a thread of its own when another frame would show the edges finer than the last.
    void setOnFiner(std::function<void()> told) { edgePicture_.onFiner = std::move(told); }

  private:
    struct Layout;
    Layout arrange(const Canvas& canvas) const;
    void takeGestures(const Canvas& canvas, const Layout& layout);
    void drawHead(const Canvas& canvas, const Layout& layout) const;
    void drawLegend(const Canvas& canvas, const Layout& layout) const;
    void drawEdges(const Canvas& canvas, const Layout& layout);
    void drawColumn(const Canvas& canvas, const Layout& layout, std::size_t column) const;
    void drawMarks(const Canvas& canvas, const Layout& layout) const;
    void drawLabels(const Canvas& canvas, const Layout& layout) const;

    GraphModel model_;
    std::string message_;
    bool dimmed_ = false;
    bool pressed_ = false;  ///< the left button went down on the graph
    bool dragged_ = false;  ///< … and moved since
    bool boxing_ = false;   ///< with Ctrl: a box is drawn to zoom to
    ImVec2 pressedAt_{};
    EdgePicture edgePicture_;
};

}  // namespace filigree::ui
