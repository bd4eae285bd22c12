// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/canvas_window/canvas_window.h"
// After Vulkan's header.
#include <QWidget>

#include "ui/base/theme.h"

class QLabel;
class QPushButton;
class QStackedLayout;

namespace filigree::ui {

/// A canvas among widgets: the native window in its container, and in its place a message with what to do
/// when nothing can be drawn. Keys that the view has no use for go on to the widgets around, Tab leaves it.
class CanvasWidget : public QWidget {
    Q_OBJECT
  public:
    CanvasWidget(Theme& theme, View& view, QWidget* parent = nullptr);
    ~CanvasWidget() override;

    CanvasWindow& window() { return *window_; }
    /// Something that the view shows has changed.
    void update();
    /// The sentence for those who do not see the canvas.
    void describe(const QString& summary);
    /// Why nothing is drawn; empty if something is.
    const QString& problem() const { return problem_; }

    /// What the view shows, as a picture of that size, drawn off screen on another thread; `done` is called
    /// back here with the picture or the error, unless this is gone.
    void exportPicture(QSize pixels, float scale, Appearance appearance,
                       std::function<void(const QImage&, const QString& error)> done);

  signals:
    /// A key pressed on the canvas that no action took.
    void keyPressed(QKeyEvent* event);

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void showProblem(const Error& error);
    void showCanvas();
    void forward(QKeyEvent* event);
    bool triggerAction(const QKeyEvent& event);

    Theme& theme_;
    CanvasWindow* window_;  ///< owned by its container
    QWidget* container_;
    QWidget* message_;
    QLabel* reason_;
    QPushButton* retry_;
    QPushButton* software_;
    QStackedLayout* stack_;
    QString problem_;
};

}  // namespace filigree::ui
