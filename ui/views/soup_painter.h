// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/soup_model.h"

namespace filigree::ui {

/// Draws the networks of a soup. On top the tree: each phase prunes, retrains copies side by side and merges
/// them; a box for each network, coloured by test accuracy, joined to what it came from. Below on the left
/// the accuracy of every phase, on the right the barriers between all pairs of copies of one phase. What lies
/// under the pointer is told; a click on a box chooses the run that trained it, a click on a phase its
/// barriers.
class SoupPainter final : public View {
  public:
    void show(Soup soup);
    const Soup& soup() const { return *soup_; }
    /// Whose barriers are shown: the last that has any until another is chosen.
    void setPhase(std::optional<int> phase) { phase_ = phase; }
    int phase() const;
    /// Called while drawing.
    std::function<void(std::int64_t run)> runChosen;
    std::function<void(int phase)> phaseChosen;

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    struct Layout;

    Layout arrange(const Canvas& canvas) const;
    Area boxOf(const Layout& layout, const SoupNetwork& network) const;
    Rgb colourOf(const Canvas& canvas, double accuracy) const;
    void drawTree(const Canvas& canvas, const Layout& layout) const;
    void drawLegend(const Canvas& canvas, const Layout& layout) const;
    void drawCurves(const Canvas& canvas, const Layout& layout) const;
    void drawBarriers(const Canvas& canvas, const Layout& layout) const;
    void drawPointer(const Canvas& canvas, const Layout& layout) const;

    std::shared_ptr<const Soup> soup_ = std::make_shared<Soup>();
    std::optional<int> phase_;
};

}  // namespace filigree::ui
