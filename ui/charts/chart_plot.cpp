// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_plot.h"

#include <QApplication>
#include <QInputDevice>
#include <QNativeGestureEvent>
#include <cmath>

namespace filigree::ui {
namespace {

constexpr double wheelStep = 1.25;      // per notch of 120
constexpr double fineWheelStep = 1.05;  // with Ctrl
constexpr double keyStep = 0.1;         // of the axis

}  // namespace

ChartPlot::ChartPlot(QWidget* parent) : QCustomPlot(parent) {
    setInteractions({});
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAutoAddPlottableToLegend(false);
    setNoAntialiasingOnDrag(false);
}

void ChartPlot::paintEvent(QPaintEvent* event) {
    QCustomPlot::paintEvent(event);
    QPainter painter(this);
    if (marks_) marks_(painter);
}

void ChartPlot::mousePressEvent(QMouseEvent* event) {
    setFocus(Qt::MouseFocusReason);
    event->accept();
    if (gesture_ != Gesture::None || doubleClicked_) return;
    button_ = event->button();
    pressed_ = last_ = event->position();
    dragging_ = false;
    if (button_ == Qt::MiddleButton)
        gesture_ = Gesture::Pan;
    else if (button_ == Qt::LeftButton && event->modifiers() & Qt::ShiftModifier)
        gesture_ = Gesture::Brush;
    else if (button_ == Qt::LeftButton && event->modifiers() & Qt::ControlModifier)
        gesture_ = Gesture::ZoomBox;
    else if (button_ == Qt::LeftButton)
        gesture_ = Gesture::Click;
}

void ChartPlot::mouseMoveEvent(QMouseEvent* event) {
    event->accept();
    const QPointF at = event->position();
    if (gesture_ == Gesture::None) {
        emit moved(at);
        return;
    }
    if (!dragging_ && (at - pressed_).manhattanLength() < QApplication::startDragDistance() / 2.0) return;
    if (!dragging_ && gesture_ == Gesture::Click) gesture_ = Gesture::Pan;
    dragging_ = true;
    if (gesture_ == Gesture::Pan) {
        setCursor(Qt::ClosedHandCursor);
        emit panned(at - last_);
    } else {
        box_ = QRectF(pressed_, at).normalized() & area();
        update();
    }
    last_ = at;
}

void ChartPlot::mouseReleaseEvent(QMouseEvent* event) {
    event->accept();
    doubleClicked_ = false;
    if (event->button() != button_ || gesture_ == Gesture::None) return;
    const Gesture gesture = gesture_;
    const std::optional<QRectF> box = box_;
    const bool dragged = dragging_;
    cancelGesture();
    if (!dragged) {
        if (button_ == Qt::LeftButton)
            emit clicked(event->position(), event->modifiers() & Qt::ControlModifier);
        return;
    }
    if (gesture == Gesture::Pan)
        emit panEnded();
    else if (box && box->width() > 3 && box->height() > 3)
        gesture == Gesture::ZoomBox ? emit zoomedToBox(*box) : emit brushed(*box);
}

void ChartPlot::mouseDoubleClickEvent(QMouseEvent* event) {
    event->accept();
    if (event->button() != Qt::LeftButton) return;
    doubleClicked_ = true;
    emit fitWanted();
}

void ChartPlot::wheelEvent(QWheelEvent* event) {
    event->accept();
    const bool touchpad = event->device() && event->device()->type() == QInputDevice::DeviceType::TouchPad &&
                          event->hasPixelDelta();
    if (touchpad && !(event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier))) {
        emit panned(event->pixelDelta());
        if (event->phase() == Qt::ScrollEnd) emit panEnded();
        return;
    }
    // Some systems turn the wheel sideways while Shift is held.
    const QPoint turned = event->angleDelta();
    const double notches = (turned.y() != 0 ? turned.y() : turned.x()) / 120.0;
    if (notches == 0) return;
    const double factor =
        std::pow(event->modifiers() & Qt::ControlModifier ? fineWheelStep : wheelStep, notches);
    const QPointF at = event->position();
    // On an axis: that axis only.
    const bool below = at.y() > area().bottom(), beside = at.x() < area().left();
    const bool xOnly = event->modifiers() & Qt::ShiftModifier || below;
    emit zoomed(at, beside ? 1 : factor, xOnly ? 1 : factor);
}

void ChartPlot::keyPressEvent(QKeyEvent* event) {
    const QPointF centre = area().center();
    const double dx = keyStep * area().width(), dy = keyStep * area().height();
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) {
        event->ignore();
        return;
    }
    switch (event->key()) {
        case Qt::Key_Left:
            emit panned({dx, 0});
            return;
        case Qt::Key_Right:
            emit panned({-dx, 0});
            return;
        case Qt::Key_Up:
            emit panned({0, dy});
            return;
        case Qt::Key_Down:
            emit panned({0, -dy});
            return;
        case Qt::Key_Plus:
        case Qt::Key_Equal:
            emit zoomed(centre, wheelStep, 1);
            return;
        case Qt::Key_Minus:
            emit zoomed(centre, 1 / wheelStep, 1);
            return;
        case Qt::Key_A:
        case Qt::Key_F:
        case Qt::Key_L:
            emit fitWanted();
            return;
        case Qt::Key_Home:
            emit endWanted(-1);
            return;
        case Qt::Key_End:
            emit endWanted(1);
            return;
        case Qt::Key_Escape:
            if (gesture_ != Gesture::None) {
                cancelGesture();
                emit cancelled();
                return;
            }
            break;
        default:
            break;
    }
    event->ignore();
}

void ChartPlot::leaveEvent(QEvent* event) {
    QCustomPlot::leaveEvent(event);
    emit left();
}

void ChartPlot::contextMenuEvent(QContextMenuEvent* event) {
    event->accept();
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QPoint at = byKey ? area().center().toPoint() : event->pos();
    emit menuWanted(mapToGlobal(at), at);
}

bool ChartPlot::event(QEvent* event) {
    if (event->type() == QEvent::NativeGesture) {
        const auto* gesture = static_cast<QNativeGestureEvent*>(event);
        if (gesture->gestureType() == Qt::ZoomNativeGesture) {
            const double factor = 1 + gesture->value();
            if (factor > 0) emit zoomed(gesture->position(), factor, factor);
            return true;
        }
    }
    return QCustomPlot::event(event);
}

void ChartPlot::cancelGesture() {
    gesture_ = Gesture::None;
    dragging_ = false;
    box_.reset();
    unsetCursor();
    update();
}

void ChartPlot::resizeEvent(QResizeEvent*) {
    setViewport(rect());
    replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace filigree::ui
