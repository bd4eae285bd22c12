// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Vulkan's header before Qt's, which include it their own way.
#include <volk.h>

#include <QElapsedTimer>
#include <QTimer>
#include <QVulkanInstance>
#include <QWindow>
#include <memory>

#include "ui/canvas/presenter.h"
#include "ui/canvas/scene.h"

namespace filigree::ui {

/// The native window of a canvas: gives Dear ImGui what happens in it and shows its frames. Draws only when
/// asked.
class CanvasWindow : public QWindow {
    Q_OBJECT
  public:
    CanvasWindow();
    ~CanvasWindow() override;

    /// The view must outlive its use here; nullptr shows the ground.
    void setView(View* view);
    void setAppearance(Appearance appearance);
    /// One frame, as soon as the last is done.
    void requestFrame();
    /// Makes everything anew. `deviceName`: as for Device::open.
    void restart(const QString& deviceName = {});

    /// Median of the last frames' times from the beginning of one to the beginning of the next while drawing
    /// without pause, in milliseconds; 0 if there were none.
    double frameInterval_ms() const;
    qint64 framesShown() const { return shown_; }
    const QString& deviceName() const { return device_; }
    bool isWorking() const { return presenter_ != nullptr; }
    /// What the canvas looks like now, at another size if wanted; drawn off screen by the caller's thread.
    Frame buildFrame(int width, int height, float scale, Appearance appearance);
    void loseDeviceForTest();

  signals:
    /// A frame is on the screen.
    void frameShown();
    /// Nothing can be drawn: no driver, device lost, …
    void failed(const filigree::Error& error);
    /// A key that the view has no use for. Accept it, or it is offered to the widgets around the canvas.
    void keyPressed(QKeyEvent* event);
    void pressed();  ///< of a button of the mouse
    /// The right button, or the key for it, at this place of the screen.
    void menuWanted(const QPoint& global);

  protected:
    bool event(QEvent* event) override;
    void exposeEvent(QExposeEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void touchEvent(QTouchEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

  private:
    void start();
    void startOn(const std::shared_ptr<Instance>& instance);
    void stop();
    void draw();
    void finished(quint64 generation, const Presenter::Report& report);
    void setModifiers(Qt::KeyboardModifiers modifiers);
    void move(const QPointF& position);

    Scene scene_;
    View* view_ = nullptr;
    std::shared_ptr<Instance> instance_;
    QVulkanInstance qtInstance_;
    std::unique_ptr<Presenter> presenter_;
    QString wantedDevice_;
    QString device_;
    quint64 generation_ = 0;  ///< of the presenter: reports of older ones are dropped
    bool starting_ = false;
    bool broken_ = false;
    bool busy_ = false;
    bool dirty_ = true;
    bool queued_ = false;
    qint64 shown_ = 0;
    QElapsedTimer sinceFrame_;
    bool continuous_ = false;
    std::vector<double> intervals_;
};

}  // namespace filigree::ui
