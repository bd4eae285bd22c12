// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/sheet_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace filigree::ui {
namespace {

constexpr double margin_px = 16;
constexpr double millimetresPerInch = 25.4;
constexpr double largestDotsPerMillimetre = 12;

}  // namespace

SheetView::SheetView(Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
    setObjectName(QStringLiteral("figureSheet"));
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Figure"));
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void SheetView::show(const Sheet& sheet) {
    sheet_ = sheet;
    frames_ = arrangeSheet(sheet);
    paper_ = {};
    setAccessibleDescription(tr("%n panel(s), %1 by %2 mm", nullptr, static_cast<int>(sheet.panels.size()))
                                 .arg(sheet.width_mm, 0, 'f', 0)
                                 .arg(frames_.height_mm, 0, 'f', 0));
    dragged_ = target_ = -1;
    select(std::min(selected_, static_cast<int>(sheet.panels.size()) - 1));
    update();
}

void SheetView::refresh() {
    paper_ = {};
    update();
}

void SheetView::select(int panel) {
    if (panel == selected_) return;
    selected_ = panel;
    update();
    emit selectionChanged(panel);
}

double SheetView::dotsPerMillimetre() const {
    const double across = (width() - 2 * margin_px) / sheet_.width_mm,
                 down = (height() - 2 * margin_px) / std::max(1.0, frames_.height_mm);
    return std::clamp(std::min(across, down), 0.1, largestDotsPerMillimetre);
}

QPointF SheetView::origin() const {
    const double scale = dotsPerMillimetre();
    return {std::round((width() - sheet_.width_mm * scale) / 2),
            std::max(margin_px, std::round((height() - frames_.height_mm * scale) / 2))};
}

QRect SheetView::areaOf(int panel) const {
    if (panel < 0 || panel >= static_cast<int>(frames_.panels.size())) return {};
    const QRectF mm = frames_.panels[static_cast<std::size_t>(panel)].whole();
    const double scale = dotsPerMillimetre();
    return QRectF(origin() + mm.topLeft() * scale, mm.size() * scale).toRect();
}

int SheetView::panelAt(const QPoint& place) const {
    for (int p = 0; p < static_cast<int>(frames_.panels.size()); ++p)
        if (areaOf(p).contains(place)) return p;
    return -1;
}

void SheetView::paintEvent(QPaintEvent*) {
    const Palette& palette = theme_.palette();
    QPainter painter(this);
    painter.fillRect(rect(), colour(palette.panel));
    const double scale = dotsPerMillimetre();
    const QRectF page(origin(), QSizeF(sheet_.width_mm, frames_.height_mm) * scale);
    // Paper is white in the dark too: this is what will be printed.
    painter.fillRect(page.adjusted(-6, -6, 6, 6), Qt::white);
    const double ratio = devicePixelRatioF();
    const QSize pixels = (page.size() * ratio).toSize().expandedTo({1, 1});
    if (paper_.size() != pixels) {
        paper_ = QImage(pixels, QImage::Format_RGB32);
        paper_.fill(Qt::white);
        drawSheet(paper_, scale * ratio * millimetresPerInch, sheet_, frames_,
                  [this](std::size_t panel) { return pictureOf ? pictureOf(panel) : QImage(); });
    }
    painter.drawImage(page, paper_);
    for (int p = 0; p < static_cast<int>(frames_.panels.size()); ++p) {
        const auto panel = static_cast<std::size_t>(p);
        if (!sheet_.panels[panel].svg.isEmpty() || (pictureOf && !pictureOf(panel).isNull())) continue;
        const QString problem = problemOf ? problemOf(panel) : QString();
        painter.setPen(colour(ui::palette(Appearance::Light).secondaryText));
        painter.drawText(areaOf(p).adjusted(8, 24, -8, -8), Qt::AlignCenter | Qt::TextWordWrap,
                         problem.isEmpty() ? tr("drawing…") : problem);
    }
    painter.setBrush(Qt::NoBrush);
    const QColor accent = colour(ui::palette(Appearance::Light).accent);
    if (selected_ >= 0) {
        painter.setPen(QPen(accent, hasFocus() ? 2 : 1));
        painter.drawRect(areaOf(selected_).adjusted(-3, -3, 3, 3));
    }
    if (target_ >= 0) {
        painter.setPen(QPen(accent, 2, Qt::DashLine));
        painter.drawRect(areaOf(target_).adjusted(-3, -3, 3, 3));
    }
}

void SheetView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    pressed_ = event->position().toPoint();
    dragged_ = panelAt(pressed_);
    select(dragged_);
}

void SheetView::mouseMoveEvent(QMouseEvent* event) {
    const QPoint place = event->position().toPoint();
    if (dragged_ < 0 || (place - pressed_).manhattanLength() < QApplication::startDragDistance()) return;
    const int over = panelAt(place);
    const int target = over == dragged_ ? -1 : over;
    setCursor(Qt::ClosedHandCursor);
    if (target == target_) return;
    target_ = target;
    update();
}

void SheetView::mouseReleaseEvent(QMouseEvent*) {
    unsetCursor();
    const int from = dragged_, to = target_;
    dragged_ = target_ = -1;
    update();
    if (from >= 0 && to >= 0) emit swapWanted(from, to);
}

int SheetView::neighbour(int key) const {
    if (selected_ < 0) return frames_.panels.empty() ? -1 : 0;
    const QPoint from = areaOf(selected_).center();
    int best = -1;
    double nearest = 0;
    for (int p = 0; p < static_cast<int>(frames_.panels.size()); ++p) {
        const QPoint away = areaOf(p).center() - from;
        const bool across = key == Qt::Key_Left || key == Qt::Key_Right;
        const int along =
            (key == Qt::Key_Right || key == Qt::Key_Down ? 1 : -1) * (across ? away.x() : away.y());
        const int aside = std::abs(across ? away.y() : away.x());
        if (p == selected_ || along <= 0) continue;
        const double distance = along + 2.0 * aside;
        if (best < 0 || distance < nearest) {
            best = p;
            nearest = distance;
        }
    }
    return best;
}

void SheetView::keyPressEvent(QKeyEvent* event) {
    const int key = event->key();
    const bool arrow =
        key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
    const Qt::KeyboardModifiers held = event->modifiers() & ~Qt::KeypadModifier;
    if (arrow && held == Qt::NoModifier) {
        if (const int next = neighbour(key); next >= 0) select(next);
    } else if (arrow && held == Qt::ControlModifier) {
        const int next = neighbour(key), from = selected_;
        if (from < 0 || next < 0) return;
        emit swapWanted(from, next);
    } else if (arrow && held == Qt::ShiftModifier && selected_ >= 0) {
        emit resizeWanted(selected_,
                          key == Qt::Key_Right  ? 1
                          : key == Qt::Key_Left ? -1
                                                : 0,
                          key == Qt::Key_Down ? 1
                          : key == Qt::Key_Up ? -1
                                              : 0);
    } else if ((key == Qt::Key_Delete || key == Qt::Key_Backspace) && selected_ >= 0) {
        emit removeWanted(selected_);
    } else if (key == Qt::Key_Escape && selected_ >= 0) {
        select(-1);
    } else {
        QWidget::keyPressEvent(event);
    }
}

void SheetView::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void SheetView::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

}  // namespace filigree::ui
