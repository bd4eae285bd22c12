// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/chart_card.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QStyle>

namespace filigree::ui {

ChartCard::ChartCard(QWidget* parent) : QFrame(parent) {
    setProperty("role", "chartcard");
}

void ChartCard::mousePressEvent(QMouseEvent* event) {
    // Only what the chart itself does not want arrives here: its header.
    held_ = event->button() == Qt::LeftButton;
    pressed_ = event->pos();
    event->setAccepted(held_);
}

void ChartCard::mouseMoveEvent(QMouseEvent* event) {
    if (!held_) return;
    if (!dragged_) {
        if ((event->pos() - pressed_).manhattanLength() < QApplication::startDragDistance()) return;
        setDragged(true);
        emit dragBegan();
    }
    emit draggedTo(event->globalPosition().toPoint());
}

void ChartCard::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    held_ = false;
    setDragged(false);
}

void ChartCard::keyPressEvent(QKeyEvent* event) {
    if (dragged_ && event->key() == Qt::Key_Escape) {
        held_ = false;
        setDragged(false);
        emit dragCancelled();
        return;
    }
    if ((event->modifiers() & ~Qt::KeypadModifier) == Qt::AltModifier) switch (event->key()) {
            case Qt::Key_Left:
                emit moveWanted(-1, 0);
                return;
            case Qt::Key_Right:
                emit moveWanted(1, 0);
                return;
            case Qt::Key_Up:
                emit moveWanted(0, -1);
                return;
            case Qt::Key_Down:
                emit moveWanted(0, 1);
                return;
            default:
                break;
        }
    QFrame::keyPressEvent(event);
}

void ChartCard::hideEvent(QHideEvent* event) {
    held_ = false;
    setDragged(false);
    QFrame::hideEvent(event);
}

void ChartCard::setDragged(bool dragged) {
    if (dragged == dragged_) return;
    dragged_ = dragged;
    setProperty("dragged", dragged);
    style()->unpolish(this);
    style()->polish(this);
    if (dragged) {
        grabKeyboard();  // for Esc
        setCursor(Qt::ClosedHandCursor);
    } else {
        releaseKeyboard();
        unsetCursor();
    }
}

}  // namespace filigree::ui
