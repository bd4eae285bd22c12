// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "ui/canvas/scene.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/connectivity_picture.h"
#include "ui/views/render_command.h"

namespace filigree::ui {

/// A layer at every step at which it was recorded. Reading (`steps`, `load`) may be on another thread than
/// drawing (`frame`).
struct ConnectivityFilm {
    ConnectivityRequest request;  ///< of a picture of it; its step is not looked at
    ChosenOrder order;
    double scale = 1;

    /// Up to and with `last`, ascending.
    std::vector<std::int64_t> steps(const store::Reader& reader, std::int64_t last) const;
    /// What is shown at a step. As in the window: before values were recorded, presence.
    std::shared_ptr<const ConnectivityData> load(const store::Reader& reader, std::int64_t step,
                                                 const std::optional<Against>& against) const;
};

/// Makes the pictures of a film, on the thread that builds frames of Dear ImGui.
class FilmPainter {
  public:
    /// `last`: what the film ends with; colours span its range in all pictures.
    FilmPainter(const ConnectivityFilm& film, std::shared_ptr<const ConnectivityData> last);
    Frame frame(std::shared_ptr<const ConnectivityData> data);

  private:
    ConnectivityRequest request_;
    ConnectivityPainter painter_;
    Scene scene_;
    std::pair<double, double> range_;
};

}  // namespace filigree::ui
