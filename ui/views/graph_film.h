// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "ui/canvas/scene.h"
#include "ui/views/graph_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {

/// A network as a graph, and which of its edges are drawn.
struct GraphFilmData {
    std::shared_ptr<const GraphPicture> picture;
    std::shared_ptr<const GraphEdges> edges;
};

/// A network at every step at which one of its layers was recorded. Reading (`steps`, `load`) may be on
/// another thread than drawing (see GraphFilmPainter).
struct GraphFilm {
    GraphPictureRequest request;  ///< of a picture of it; its step is not looked at
    double scale = 1;

    /// Up to and with `last`, ascending.
    std::vector<std::int64_t> steps(const store::Reader& reader, std::int64_t last) const;
    std::shared_ptr<const GraphFilmData> load(const store::Reader& reader, std::int64_t step) const;
};

/// Makes the pictures of a film, on the thread that builds frames of Dear ImGui.
class GraphFilmPainter {
  public:
    explicit GraphFilmPainter(const GraphFilm& film);
    Frame frame(const GraphFilmData& data);

  private:
    GraphPictureRequest request_;
    GraphPainter painter_;
    Scene scene_;
};

}  // namespace filigree::ui
