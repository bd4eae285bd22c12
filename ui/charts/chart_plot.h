// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <QPointF>
#include <QRectF>
#include <functional>
#include <optional>

namespace filigree::ui {

/// The surface of a chart: translates mouse, touchpad and keys into the gestures that charts and canvases
/// share, and paints marks (cross-hair, legend) over the curves without drawing these again. Positions are in
/// pixels of the widget.
class ChartPlot : public QCustomPlot {
    Q_OBJECT
  public:
    explicit ChartPlot(QWidget* parent);

    /// Called after the curves are on the screen.
    void setMarks(std::function<void(QPainter&)> paint) { marks_ = std::move(paint); }
    QRectF area() const { return QRectF(axisRect()->rect()); }
    /// While Ctrl or Shift is dragged.
    const std::optional<QRectF>& box() const { return box_; }
    bool isDragging() const { return dragging_; }

  signals:
    void panned(QPointF pixels);
    void panEnded();
    /// Factors above 1 show less; the point under `at` stays where it is.
    void zoomed(QPointF at, double xFactor, double yFactor);
    void zoomedToBox(QRectF box);
    void brushed(QRectF box);
    void clicked(QPointF at, bool add);
    void moved(QPointF at);
    void left();
    void fitWanted();
    void endWanted(int side);  ///< Home: -1, End: +1
    void menuWanted(QPoint global, QPointF at);
    void cancelled();

  protected:
    /// Draws anew at the next turn of the loop; until then the old picture stands.
    void resizeEvent(QResizeEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    bool event(QEvent* event) override;

  private:
    enum class Gesture { None, Click, Pan, ZoomBox, Brush };
    void cancelGesture();

    std::function<void(QPainter&)> marks_;
    Gesture gesture_ = Gesture::None;
    Qt::MouseButton button_ = Qt::NoButton;
    QPointF pressed_, last_;
    bool dragging_ = false;
    bool doubleClicked_ = false;
    std::optional<QRectF> box_;
};

}  // namespace filigree::ui
