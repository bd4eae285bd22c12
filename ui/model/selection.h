// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QObject>
#include <QString>
#include <optional>

#include "ui/model/run_key.h"

namespace filigree::ui {

/// A connection of a layer: weight row (output unit) and column (input unit).
struct EdgeRef {
    qint64 row = 0;
    qint64 column = 0;
    bool operator==(const EdgeRef&) const = default;
};

/// The one selection that all pages read and write: runs, step, layer, connection. Setting what is set
/// already does nothing, so linked pages do not call each other in circles.
class Selection : public QObject {
    Q_OBJECT
  public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    /// Selected in the run table, in that order.
    const QList<RunKey>& runs() const { return runs_; }
    void setRuns(const QList<RunKey>& runs);

    /// The one that pages about a single run show; null if there is none.
    const RunKey& current() const { return current_; }
    void setCurrent(const RunKey& run);

    /// Under the pointer anywhere; null if none.
    const RunKey& hovered() const { return hovered_; }
    void setHovered(const RunKey& run);

    /// The step that views of history show; empty: follow the newest.
    std::optional<qint64> step() const { return step_; }
    void setStep(std::optional<qint64> step);

    const QString& layer() const { return layer_; }
    void setLayer(const QString& layer);

    std::optional<EdgeRef> edge() const { return edge_; }
    void setEdge(std::optional<EdgeRef> edge);

    /// Esc: connection first, then runs.
    void clear();

  signals:
    void runsChanged();
    void currentChanged();
    void hoveredChanged();
    void stepChanged();
    void layerChanged();
    void edgeChanged();

  private:
    QList<RunKey> runs_;
    RunKey current_;
    RunKey hovered_;
    std::optional<qint64> step_;
    QString layer_;
    std::optional<EdgeRef> edge_;
};

}  // namespace filigree::ui
