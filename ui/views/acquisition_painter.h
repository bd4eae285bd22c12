// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ui/canvas/view.h"
#include "ui/views/acquisition_model.h"
#include "ui/views/drawing.h"

namespace filigree::ui {

/// Draws what a round chose from: every candidate by |G| (across, logarithmic) and by its bonus (upwards), as
/// a density, since candidates of equal activity share a bonus. What would be grown with the trade-off c on
/// trial is coloured, apart from what the run grew with its own, and a line joins the places of equal score
/// that part the chosen from the others. Candidates keep their places while c changes: it is the line that
/// moves, and the labels of the bonus.
class AcquisitionPainter final : public View {
  public:
    /// Keeps the c on trial if that is asked for, else shows the run's own.
    void show(Acquisition acquisition, bool keepTrial = false);
    const Acquisition& acquisition() const { return *acquisition_; }
    const AcquisitionChoice& choice() const { return *choice_; }
    /// Chooses again. Infinity: fewest rounds first.
    void setTrial(double c);
    double trial() const { return choice_->c; }

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    struct Layout;
    Layout arrange(const Canvas& canvas) const;
    void drawAxes(const Canvas& canvas, const Layout& layout) const;
    void drawThreshold(const Canvas& canvas, const Layout& layout) const;
    void drawLegend(const Canvas& canvas, const Layout& layout) const;
    void drawPointer(const Canvas& canvas, const Layout& layout) const;
    std::string verdict() const;

    std::shared_ptr<const Acquisition> acquisition_ = std::make_shared<Acquisition>();
    std::shared_ptr<const AcquisitionChoice> choice_ = std::make_shared<AcquisitionChoice>();
    std::uint64_t version_ = 0;
};

/// "0.03", or "infinity".
std::string tradeOffText(double c);

}  // namespace filigree::ui
