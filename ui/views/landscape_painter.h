// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/landscape_model.h"
#include "ui/views/landscape_relief.h"
#include "ui/views/landscape_viewport.h"

namespace filigree::ui {

/// Draws a LandscapeModel: a plane as a map of colours with contour lines and the networks on it, a line as a
/// curve. Networks are filled with the colour of their own loss, not of the map's below them, and have a ring
/// whose radius grows with their distance to the plane. The recipe is always shown. The value under the
/// pointer is told. The wheel zooms at the pointer (Ctrl: finely), dragging pans, a double click shows all.
///
/// As a relief, a plane is a lit mesh with the contour lines on it, and networks stand at the height of their
/// own value, over the place of the plane below them; dragging turns it.
class LandscapePainter final : public View {
  public:
    LandscapePainter() = default;

    /// What is seen stays as it is while the range of the axes does.
    void show(LandscapeModel model);
    const LandscapeModel& model() const { return *model_; }
    LandscapeViewport& viewport() { return viewport_; }
    /// A line has no relief: it stays a curve.
    void setRelief(bool on) { wantsRelief_ = on; }
    bool showsRelief() const { return wantsRelief_ && !model_->empty() && !model_->isLine(); }
    ReliefCamera& camera() { return camera_; }
    /// Shown while there is no landscape: why, and what to do.
    void setMessage(const std::string& text) { message_ = text; }
    void draw(const Canvas& canvas) override;
    std::string summary() const override { return model_->summary(); }

  private:
    struct Layout;
    struct Stage;
    struct Corner {
        ImVec2 at{};
        double depth = 0;
    };

    void drawRelief(const Canvas& canvas);
    void turnRelief(const Area& area);
    void drawGround(const Canvas& canvas, const Stage& stage) const;
    void drawMesh(const Canvas& canvas, const Stage& stage);
    void drawPath(const Canvas& canvas, const Stage& stage) const;
    void pointAtRelief(const Canvas& canvas, const Stage& stage) const;
    Layout arrange(const Canvas& canvas) const;
    void takeGestures(const Layout& layout);
    void drawHeader(const Canvas& canvas, const Layout& layout) const;
    void drawLegend(const Canvas& canvas, const Layout& layout) const;
    void drawMap(const Canvas& canvas, const Layout& layout);
    void drawContours(const Canvas& canvas, const Layout& layout) const;
    void drawCurve(const Canvas& canvas, const Layout& layout) const;
    void drawNetworks(const Canvas& canvas, const Layout& layout) const;
    void drawAxes(const Canvas& canvas, const Layout& layout) const;
    void drawPointer(const Canvas& canvas, const Layout& layout) const;

    std::shared_ptr<const LandscapeModel> model_ = std::make_shared<LandscapeModel>();
    LandscapeViewport viewport_;
    std::uint64_t version_ = 0;
    bool dragging_ = false;  ///< the left button went down on the map
    bool wantsRelief_ = false;
    ReliefCamera camera_;
    std::unique_ptr<Relief> relief_;
    std::uint64_t reliefVersion_ = 0;
    std::vector<Corner> corners_;  ///< of the mesh, as it was drawn last
    std::string message_ =
        "No landscape was computed for this run. Compute one with: filigree analyze landscape RUN";
};

}  // namespace filigree::ui
