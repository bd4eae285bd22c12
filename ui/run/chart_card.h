// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QPoint>

namespace filigree::ui {

/// The frame of a chart on a page. It is taken by the chart's header, or by Alt and the arrow keys, and says
/// where a person wants it; the page moves it.
class ChartCard : public QFrame {
    Q_OBJECT
  public:
    explicit ChartCard(QWidget* parent);

    /// While it is dragged.
    bool isDragged() const { return dragged_; }

  signals:
    void dragBegan();
    void draggedTo(QPoint global);
    void dragCancelled();  ///< by Esc: back to where it was
    void moveWanted(int columns, int rows);

  protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    void setDragged(bool dragged);

    QPoint pressed_;
    bool held_ = false, dragged_ = false;
};

}  // namespace filigree::ui
