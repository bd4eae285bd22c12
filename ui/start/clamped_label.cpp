// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/clamped_label.h"

#include <QEvent>
#include <QPainter>
#include <QTextLayout>
#include <algorithm>

namespace filigree::ui {

ClampedLabel::ClampedLabel(int lines, QWidget* parent) : QWidget(parent), lines_(lines) {
    setSizePolicy(QSizePolicy::Expanding, lines == 1 ? QSizePolicy::Fixed : QSizePolicy::MinimumExpanding);
}

void ClampedLabel::setText(const QString& text) {
    text_ = text;
    setAccessibleName(text);
    setToolTip({});
    update();
}

void ClampedLabel::setSecondary(bool on) {
    secondary_ = on;
    update();
}

int ClampedLabel::lineHeight() const {
    return fontMetrics().lineSpacing() + 2;
}

QSize ClampedLabel::sizeHint() const {
    return {160, lines_ * lineHeight()};
}

QSize ClampedLabel::minimumSizeHint() const {
    return {40, lines_ * lineHeight()};
}

void ClampedLabel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(palette().color(secondary_ ? QPalette::PlaceholderText : QPalette::WindowText));
    QTextLayout layout(text_, font(), this);
    layout.beginLayout();
    bool cut = false;
    const int room = std::max(1, height() / lineHeight());
    for (int line = 0;; ++line) {
        QTextLine next = layout.createLine();
        if (!next.isValid()) break;
        next.setLineWidth(width());
        const QPointF at(0, line * lineHeight());
        const bool last = line + 1 == room;
        const int end = next.textStart() + next.textLength();
        if (last && end < text_.size()) {
            const QString rest = text_.mid(next.textStart());
            painter.drawText(QRectF(at, QSizeF(width(), lineHeight())), Qt::AlignLeft | Qt::AlignTop,
                             fontMetrics().elidedText(rest, Qt::ElideRight, width()));
            cut = true;
            break;
        }
        next.draw(&painter, at);
    }
    layout.endLayout();
    if (toolTip().isEmpty() == cut) setToolTip(cut ? text_ : QString());
}

void ClampedLabel::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) updateGeometry();
    QWidget::changeEvent(event);
}

}  // namespace filigree::ui
