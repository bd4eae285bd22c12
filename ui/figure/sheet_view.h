// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QWidget>
#include <functional>

#include "ui/base/theme.h"
#include "ui/figure/sheet_drawing.h"

namespace filigree::ui {

/// The page as it will be printed, on which panels are chosen, swapped and resized by mouse and keys. It
/// changes nothing itself: it says what a person wants.
class SheetView : public QWidget {
    Q_OBJECT
  public:
    explicit SheetView(Theme& theme, QWidget* parent = nullptr);

    void show(const Sheet& sheet);
    /// Pictures came.
    void refresh();
    /// Asked while drawing.
    std::function<QImage(std::size_t panel)> pictureOf;
    std::function<QString(std::size_t panel)> problemOf;

    int selected() const { return selected_; }  ///< -1: none
    void select(int panel);
    /// On the screen, for tests and the pointer; empty if there is no such panel.
    QRect areaOf(int panel) const;
    int panelAt(const QPoint& place) const;

    QSize minimumSizeHint() const override { return {200, 160}; }

  signals:
    void selectionChanged(int panel);
    void swapWanted(int a, int b);
    /// By so many columns and rows of the grid.
    void resizeWanted(int panel, int columns, int rows);
    void removeWanted(int panel);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

  private:
    double dotsPerMillimetre() const;
    QPointF origin() const;
    /// Next to the selected one in a direction.
    int neighbour(int key) const;

    Theme& theme_;
    Sheet sheet_;
    SheetFrames frames_;
    QImage paper_;  ///< drawn; null: to be drawn again
    int selected_ = -1;
    int dragged_ = -1, target_ = -1;
    QPoint pressed_;
};

}  // namespace filigree::ui
