// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/selection.h"

namespace filigree::ui {

void Selection::setRuns(const QList<RunKey>& runs) {
    if (runs == runs_) return;
    runs_ = runs;
    emit runsChanged();
}

void Selection::setCurrent(const RunKey& run) {
    if (run == current_) return;
    current_ = run;
    // Step and connection mean nothing in another run; a layer of the same name does.
    setStep({});
    setEdge({});
    emit currentChanged();
}

void Selection::setHovered(const RunKey& run) {
    if (run == hovered_) return;
    hovered_ = run;
    emit hoveredChanged();
}

void Selection::setStep(std::optional<qint64> step) {
    if (step == step_) return;
    step_ = step;
    emit stepChanged();
}

void Selection::setLayer(const QString& layer) {
    if (layer == layer_) return;
    layer_ = layer;
    setEdge({});
    emit layerChanged();
}

void Selection::setEdge(std::optional<EdgeRef> edge) {
    if (edge == edge_) return;
    edge_ = edge;
    emit edgeChanged();
}

void Selection::clear() {
    if (edge_)
        setEdge({});
    else
        setRuns({});
}

}  // namespace filigree::ui
