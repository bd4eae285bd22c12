// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "ui/canvas/view.h"
#include "ui/views/density_model.h"
#include "ui/views/drawing.h"

namespace filigree::ui {

/// Draws how dense each layer is over the steps of a run, a line a layer, named at its end: a step curve,
/// since a density holds until a round changes it. The whole network is thick. The axis is logarithmic where
/// densities lie far apart.
class DensityPainter final : public View {
  public:
    void show(DensityHistory history);
    const DensityHistory& history() const { return *history_; }

    void draw(const Canvas& canvas) override;
    std::string summary() const override;

  private:
    std::shared_ptr<const DensityHistory> history_ = std::make_shared<DensityHistory>();
};

}  // namespace filigree::ui
