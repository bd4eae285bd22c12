// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/rewiring_model.h"

namespace filigree::ui {

/// Draws what rewiring did over a run. On the left strips over one axis of steps: connections dropped, grown
/// and regrown in each round; exploration and churn; distances to the first, previous and last pattern; the
/// connections by the round of their birth (their ages). On the right survival curves by birth, and how alike
/// the patterns of any two rounds are. A line marks the step that is shown elsewhere; dragging over the
/// strips moves it.
class RewiringPainter final : public View {
  public:
    void show(Rewiring rewiring);
    const Rewiring& rewiring() const { return *rewiring_; }
    void setStep(std::optional<std::int64_t> step) { step_ = step; }
    /// Called while drawing, with the step of a round, when a person chose one with the mouse.
    std::function<void(std::int64_t)> stepChosen;

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    struct Layout;
    /// One curve of a strip.
    struct Curve {
        std::string name;
        Rgb colour;
        std::function<double(std::size_t round)> value;
    };

    Layout arrange(const Canvas& canvas) const;
    void drawFrame(const Canvas& canvas, const Layout& layout, const Area& area, const std::string& title,
                   double least, double greatest, bool share) const;
    void drawCurves(const Canvas& canvas, const Layout& layout, const Area& area, const std::string& title,
                    const std::vector<Curve>& curves, bool fromZero) const;
    void drawMoves(const Canvas& canvas, const Layout& layout) const;
    void drawAges(const Canvas& canvas, const Layout& layout) const;
    void drawSurvival(const Canvas& canvas, const Layout& layout) const;
    void drawLikeness(const Canvas& canvas, const Layout& layout) const;
    void drawPointer(const Canvas& canvas, const Layout& layout);

    std::shared_ptr<const Rewiring> rewiring_ = std::make_shared<Rewiring>();
    std::uint64_t version_ = 0;
    std::optional<std::int64_t> step_;
};

}  // namespace filigree::ui
