// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/base/theme.h"
#include "ui/transport/timeline.h"

namespace filigree::ui {

/// Something on the track: what happened, or what a person marked.
struct TrackEvent {
    enum class Kind { Rewiring, Checkpoint, Evaluation, Bookmark, Warning };
    qint64 step = 0;
    Kind kind = Kind::Rewiring;
    QString label;
};

/// A run's steps from left to right in their true distances: how densely frames were recorded, events,
/// bookmarks, and where one stands. Dragging goes there.
class TransportTrack : public QWidget {
    Q_OBJECT
  public:
    TransportTrack(Theme& theme, Timeline& timeline, QWidget* parent = nullptr);

    void setEvents(std::vector<TrackEvent> events);
    void setLastStep(qint64 step);  ///< how far the run has come, or will
    QSize sizeHint() const override { return {320, 32}; }

  signals:
    /// `resting`: the drag is over.
    void wanted(qint64 step, bool resting);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

  private:
    double xOf(qint64 step) const;
    qint64 stepAt(double x) const;
    qint64 from() const;
    qint64 to() const;

    Theme& theme_;
    Timeline& timeline_;
    std::vector<TrackEvent> events_;
    qint64 lastStep_ = 0;
    bool dragging_ = false;
};

}  // namespace filigree::ui
