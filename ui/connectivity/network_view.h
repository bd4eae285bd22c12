// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/views/connectivity_painter.h"
#include "ui/views/graph_painter.h"

namespace filigree::ui {

/// What the canvas of the connectivity page shows: one layer as a matrix, or all as a graph.
class NetworkView final : public View {
  public:
    ConnectivityPainter matrix;
    GraphPainter graph;
    bool showsGraph = false;

    void draw(const Canvas& canvas) override {
        if (showsGraph)
            graph.draw(canvas);
        else
            matrix.draw(canvas);
    }
    /// Calls function(model) with that of what is shown.
    template <typename Function>
    void withModel(Function function) {
        if (showsGraph)
            function(graph.model());
        else
            function(matrix.model());
    }
    std::string summary() const override { return showsGraph ? graph.summary() : matrix.summary(); }
};

}  // namespace filigree::ui
