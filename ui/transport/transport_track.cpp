// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/transport/transport_track.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

constexpr double padding = 8;

QString nameOf(TrackEvent::Kind kind) {
    switch (kind) {
        case TrackEvent::Kind::Rewiring:
            return TransportTrack::tr("rewiring");
        case TrackEvent::Kind::Checkpoint:
            return TransportTrack::tr("checkpoint");
        case TrackEvent::Kind::Evaluation:
            return TransportTrack::tr("evaluation");
        case TrackEvent::Kind::Bookmark:
            return TransportTrack::tr("bookmark");
        case TrackEvent::Kind::Warning:
            return TransportTrack::tr("warning");
    }
    return {};
}

}  // namespace

TransportTrack::TransportTrack(Theme& theme, Timeline& timeline, QWidget* parent)
    : QWidget(parent), theme_(theme), timeline_(timeline) {
    setObjectName(QStringLiteral("transportTrack"));
    setAccessibleName(tr("Track of recorded steps"));
    setFocusPolicy(Qt::StrongFocus);
    setMinimumHeight(32);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, [this] { update(); });
}

void TransportTrack::setEvents(std::vector<TrackEvent> events) {
    events_ = std::move(events);
    update();
}

void TransportTrack::setLastStep(qint64 step) {
    lastStep_ = step;
    update();
}

qint64 TransportTrack::from() const {
    return timeline_.isEmpty() ? 0 : std::min<qint64>(0, timeline_.frames().front());
}

qint64 TransportTrack::to() const {
    return std::max<qint64>({1, lastStep_, timeline_.isEmpty() ? 0 : timeline_.frames().back()});
}

double TransportTrack::xOf(qint64 step) const {
    const double wide = width() - 2 * padding;
    return padding + wide * static_cast<double>(step - from()) / static_cast<double>(to() - from());
}

qint64 TransportTrack::stepAt(double x) const {
    const double wide = std::max(1.0, width() - 2 * padding);
    const double share = std::clamp((x - padding) / wide, 0.0, 1.0);
    return from() + static_cast<qint64>(std::llround(share * static_cast<double>(to() - from())));
}

void TransportTrack::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Palette& colours = theme_.palette();
    const double middle = height() / 2.0 + 3;
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour(colours.border));
    painter.drawRoundedRect(QRectF(padding, middle - 2, width() - 2 * padding, 4), 2, 2);

    // How many frames lie under each pixel: the more, the stronger.
    if (!timeline_.isEmpty() && width() > 2 * padding) {
        std::vector<int> counts(static_cast<std::size_t>(width()) + 1, 0);
        for (const qint64 step : timeline_.frames())
            ++counts[static_cast<std::size_t>(std::clamp(xOf(step), 0.0, static_cast<double>(width())))];
        const int most = std::max(1, *std::max_element(counts.begin(), counts.end()));
        for (std::size_t x = 0; x < counts.size(); ++x) {
            if (counts[x] == 0) continue;
            const double strength = 0.35 + 0.65 * std::sqrt(static_cast<double>(counts[x]) / most);
            painter.setBrush(colour(colours.secondaryText, strength * 0.8));
            painter.drawRect(QRectF(static_cast<double>(x), middle - 4, 1, 8));
        }
    }
    // Shape and height tell events apart, not colour alone.
    for (const TrackEvent& event : events_) {
        const double x = xOf(event.step);
        switch (event.kind) {
            case TrackEvent::Kind::Rewiring:
            case TrackEvent::Kind::Evaluation:
                break;  // as many as frames: they are in the tool tip
            case TrackEvent::Kind::Checkpoint:
                painter.setBrush(colour(colours.success));
                painter.drawRect(QRectF(x - 2, middle - 12, 4, 4));
                break;
            case TrackEvent::Kind::Warning:
                painter.setBrush(colour(colours.warning));
                painter.drawPolygon(QPolygonF(
                    {QPointF(x - 4, middle - 7), QPointF(x + 4, middle - 7), QPointF(x, middle - 14)}));
                break;
            case TrackEvent::Kind::Bookmark:
                painter.setBrush(colour(colours.accent));
                painter.drawPolygon(QPolygonF({QPointF(x - 4, middle - 15), QPointF(x + 4, middle - 15),
                                               QPointF(x + 4, middle - 5), QPointF(x, middle - 8),
                                               QPointF(x - 4, middle - 5)}));
                break;
        }
    }
    if (!timeline_.isEmpty()) {
        const QPointF at(xOf(timeline_.step()), middle);
        painter.setBrush(colour(colours.accent));
        painter.setPen(QPen(colour(colours.panel), 2));
        painter.drawEllipse(at, 7, 7);
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colour(colours.accent), 2));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
        }
    }
}

void TransportTrack::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || timeline_.isEmpty()) return;
    dragging_ = true;
    emit wanted(stepAt(event->position().x()), false);
}

void TransportTrack::mouseMoveEvent(QMouseEvent* event) {
    if (dragging_) emit wanted(stepAt(event->position().x()), false);
}

void TransportTrack::mouseReleaseEvent(QMouseEvent* event) {
    if (!dragging_ || event->button() != Qt::LeftButton) return;
    dragging_ = false;
    emit wanted(stepAt(event->position().x()), true);
}

void TransportTrack::keyPressEvent(QKeyEvent* event) {
    const auto go = [&](qint64 index) {
        const auto& frames = timeline_.frames();
        if (frames.empty()) return;
        emit wanted(frames[static_cast<std::size_t>(
                        std::clamp<qint64>(index, 0, static_cast<qint64>(frames.size()) - 1))],
                    true);
    };
    const auto at = static_cast<qint64>(timeline_.index());
    switch (event->key()) {
        case Qt::Key_Left:
            return go(at - 1);
        case Qt::Key_Right:
            return go(at + 1);
        case Qt::Key_PageDown:
            return go(at - 10);
        case Qt::Key_PageUp:
            return go(at + 10);
        case Qt::Key_Home:
            return go(0);
        case Qt::Key_End:
            return go(static_cast<qint64>(timeline_.frames().size()));
        default:
            QWidget::keyPressEvent(event);
    }
}

void TransportTrack::focusInEvent(QFocusEvent* event) {
    QWidget::focusInEvent(event);
    update();
}

void TransportTrack::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    update();
}

bool TransportTrack::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    QString text = tr("step %1").arg(formatCount(stepAt(help->pos().x())));
    int lines = 0;
    for (const TrackEvent& one : events_) {
        if (std::abs(xOf(one.step) - help->pos().x()) > 5 || lines++ >= 6) continue;
        text += QStringLiteral("\n%1: %2%3")
                    .arg(formatCount(one.step), nameOf(one.kind),
                         one.label.isEmpty() ? QString() : QStringLiteral(", ") + one.label);
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

}  // namespace filigree::ui
