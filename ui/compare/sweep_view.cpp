// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/sweep_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/base/text.h"
#include "ui/theme/colour_map.h"

namespace filigree::ui {
namespace {

constexpr double near_px = 8;
constexpr double dot = 4;
constexpr double faint = 0.12;

double distanceToSegment(QPointF p, QPointF a, QPointF b) {
    const QPointF along = b - a;
    const double length = QPointF::dotProduct(along, along);
    const double t = length > 0 ? std::clamp(QPointF::dotProduct(p - a, along) / length, 0.0, 1.0) : 0;
    const QPointF away = p - (a + t * along);
    return std::sqrt(QPointF::dotProduct(away, away));
}

/// Where the axes of parallel coordinates stand.
struct Pillars {
    double left, step, top, bottom;
    Pillars(const QRectF& rect, std::size_t axes, const QFont& font) {
        const QFontMetricsF metrics(font);
        // A title is as wide as the room between two axes; the first and last keep half of theirs.
        const double side = std::clamp(
            rect.width() / (2.0 * static_cast<double>(std::max<std::size_t>(axes, 1))), 36.0, 90.0);
        left = rect.left() + side;
        step = axes > 1 ? (rect.width() - 2 * side) / static_cast<double>(axes - 1) : 0;
        top = rect.top() + metrics.height() + 16;
        bottom = rect.bottom() - 12;
    }
    QPointF at(std::size_t axis, double position) const {
        return {left + step * static_cast<double>(axis), bottom - position * (bottom - top)};
    }
    /// Along an axis, 0 to 1; the last pixels before an end are the end, so that what lies there can be
    /// marked.
    double position(double y) const {
        if (y > bottom - 4) return 0;
        if (y < top + 4) return 1;
        return (bottom - y) / (bottom - top);
    }
};

}  // namespace

SweepView::SweepView(const Theme& theme, Selection& selection, SweepFilter& filter, QWidget* parent)
    : QWidget(parent), theme_(theme), selection_(selection), filter_(filter) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    const auto again = [this] { update(); };
    connect(&theme, &Theme::changed, this, again);
    connect(&selection, &Selection::hoveredChanged, this, again);
    connect(&selection, &Selection::runsChanged, this, again);
}

void SweepView::setTable(const SweepTable& table, const QString& colouredBy) {
    table_ = &table;
    colouredBy_ = colouredBy;
    update();
}

const SweepAxis* SweepView::colourAxis() const {
    const std::size_t place = table().find(colouredBy_);
    return place < table().axes.size() ? &table().axes[place] : nullptr;
}

QColor SweepView::inkOf(std::size_t entry, Appearance appearance, const Palette& palette) const {
    const SweepAxis* axis = colourAxis();
    const double position = axis ? axis->position(axis->values[entry]) : std::nan("");
    if (std::isnan(position)) return colour(palette.secondaryText);
    return colour(sequentialMap(appearance)[static_cast<std::size_t>(std::lround(255 * position))]);
}

bool SweepView::isLit(std::size_t entry) const {
    for (const RowPointer& row : table().entries[entry].runs)
        if (row->key == selection_.hovered()) return true;
    return false;
}

QString SweepView::describe(std::size_t entry) const {
    QStringList lines{table().entries[entry].title};
    if (const std::size_t n = table().entries[entry].runs.size(); n > 1)
        lines.front() += tr("  (n %1)").arg(n);
    for (const SweepAxis& axis : table().axes) {
        QString line = axis.title + QStringLiteral(": ") + axis.text(axis.values[entry]);
        if (entry < axis.deviations.size() && std::isfinite(axis.deviations[entry]))
            line += QStringLiteral(" ± ") + formatNumber(axis.deviations[entry], 2);
        lines << line;
    }
    return lines.join(QLatin1Char('\n'));
}

void SweepView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), colour(theme_.palette().ground));
    draw(painter, QRectF(rect()), theme_.palette(), theme_.appearance(), theme_.font(0.9));
    if (hasFocus()) {
        painter.setPen(QPen(colour(theme_.palette().accent), 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void SweepView::mouseMoveEvent(QMouseEvent* event) {
    const auto entry = entryAt(event->position());
    selection_.setHovered(entry ? table().entries[*entry].runs.front()->key : RunKey{});
}

void SweepView::leaveEvent(QEvent* event) {
    selection_.setHovered({});
    QWidget::leaveEvent(event);
}

void SweepView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange) update();
    QWidget::changeEvent(event);
}

bool SweepView::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        if (const auto entry = entryAt(QPointF(help->pos())))
            QToolTip::showText(help->globalPos(), describe(*entry), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QWidget::event(event);
}

void SweepView::select(QPointF place, bool add) {
    const auto entry = entryAt(place);
    QList<RunKey> runs = add ? selection_.runs() : QList<RunKey>{};
    if (entry)
        for (const RowPointer& row : table().entries[*entry].runs)
            if (!runs.contains(row->key)) runs << row->key;
    if (entry) selection_.setRuns(runs);
}

QPointF ParallelCoordinates::placeOf(std::size_t axis, double position) const {
    return Pillars(QRectF(rect()), table().axes.size(), theme_.font(0.9)).at(axis, position);
}

std::optional<std::size_t> ParallelCoordinates::axisAt(QPointF place) const {
    for (std::size_t i = 0; i < table().axes.size(); ++i)
        if (std::abs(placeOf(i, 0).x() - place.x()) <= near_px) return i;
    return std::nullopt;
}

std::optional<std::size_t> ParallelCoordinates::entryAt(QPointF place) const {
    const Pillars pillars(QRectF(rect()), table().axes.size(), theme_.font(0.9));
    std::optional<std::size_t> best;
    double nearest = near_px;
    for (std::size_t entry = 0; entry < table().entries.size(); ++entry) {
        if (!filter_.passes(table(), entry)) continue;
        QPointF before;
        bool joined = false;  // to the axis before
        for (std::size_t i = 0; i < table().axes.size(); ++i) {
            const SweepAxis& axis = table().axes[i];
            const double position = axis.position(axis.values[entry]);
            if (std::isnan(position)) {
                joined = false;
                continue;
            }
            const QPointF now = pillars.at(i, position);
            const double distance = distanceToSegment(place, joined ? before : now, now);
            if (distance < nearest) {
                nearest = distance;
                best = entry;
            }
            before = now;
            joined = true;
        }
    }
    return best;
}

void ParallelCoordinates::draw(QPainter& painter, const QRectF& area, const Palette& palette,
                               Appearance appearance, const QFont& font) const {
    const std::vector<SweepAxis>& axes = table().axes;
    const Pillars pillars(area, axes.size(), font);
    const QFontMetricsF metrics(font);
    const auto path = [&](std::size_t entry) {
        QPainterPath line;
        bool drawing = false;
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const double position = axes[i].position(axes[i].values[entry]);
            if (std::isnan(position)) {
                drawing = false;
                continue;
            }
            const QPointF now = pillars.at(i, position);
            if (drawing)
                line.lineTo(now);
            else
                line.moveTo(now);
            drawing = true;
        }
        return line;
    };
    painter.setBrush(Qt::NoBrush);
    // What does not pass lies below, what is under the pointer on top.
    for (const bool passing : {false, true})
        for (std::size_t entry = 0; entry < table().entries.size(); ++entry) {
            if (filter_.passes(table(), entry) != passing) continue;
            QColor ink = passing ? inkOf(entry, appearance, palette) : colour(palette.secondaryText);
            ink.setAlphaF(passing ? (table().entries.size() > 200 ? 0.5f : 0.8f) : static_cast<float>(faint));
            painter.setPen(QPen(ink, 1.3));
            painter.drawPath(path(entry));
        }
    for (std::size_t entry = 0; entry < table().entries.size(); ++entry)
        if (isLit(entry)) {
            painter.setPen(QPen(colour(palette.ground), 5));
            painter.drawPath(path(entry));
            painter.setPen(QPen(colour(palette.text), 2.5));
            painter.drawPath(path(entry));
        }

    painter.setFont(font);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const SweepAxis& axis = axes[i];
        const QPointF top = pillars.at(i, 1), bottom = pillars.at(i, 0);
        painter.setPen(QPen(colour(palette.secondaryText), 1));
        painter.drawLine(top, bottom);
        if (const SweepFilter::Range* range = filter_.find(axis.title)) {
            const QPointF from = pillars.at(i, range->from), to = pillars.at(i, range->to);
            painter.setPen(QPen(colour(palette.accent), 1));
            painter.setBrush(colour(palette.accent, 0.25));
            painter.drawRect(QRectF(QPointF(to.x() - 5, to.y()), QPointF(from.x() + 5, from.y())));
            painter.setBrush(Qt::NoBrush);
        }
        // The last axis has its numbers on the left, so that they stay inside.
        const bool left = i + 1 == axes.size() && axes.size() > 1;
        const int wanted = std::max(2, static_cast<int>((bottom.y() - top.y()) / (5 * metrics.height())));
        double last = std::numeric_limits<double>::infinity();
        for (const SweepAxis::Tick& tick : axis.ticks(wanted)) {
            const QPointF at = pillars.at(i, tick.position);
            painter.setPen(QPen(colour(palette.secondaryText), 1));
            painter.drawLine(at, at + QPointF(left ? -4 : 4, 0));
            if (last - at.y() < metrics.height()) continue;  // ticks ascend, so places go up
            last = at.y();
            const QString text =
                metrics.elidedText(tick.text, Qt::ElideMiddle, std::max(40.0, pillars.step - 16));
            const double width = metrics.horizontalAdvance(text);
            const QRectF box(left ? at.x() - 8 - width : at.x() + 8, at.y() - metrics.height() / 2, width,
                             metrics.height());
            // Numbers stay readable over the lines.
            painter.fillRect(box.adjusted(-2, 1, 2, -1), colour(palette.ground, 0.75));
            painter.setPen(colour(palette.text));
            painter.drawText(box, Qt::AlignCenter, text);
        }
        const double room = axes.size() > 1 ? pillars.step - 8 : area.width();
        const QString title = metrics.elidedText(axis.title, Qt::ElideLeft, std::max(60.0, room));
        const double width = metrics.horizontalAdvance(title);
        const double x = std::clamp(top.x() - width / 2, area.left() + 4,
                                    std::max(area.left() + 4, area.right() - width - 4));
        painter.setPen(colour(axis.kind == SweepAxis::Kind::Metric ? palette.text : palette.secondaryText));
        painter.drawText(QPointF(x, area.top() + metrics.ascent() + 6), title);
    }
}

void ParallelCoordinates::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    if (const auto axis = axisAt(event->position())) {
        const Pillars pillars(QRectF(rect()), table().axes.size(), theme_.font(0.9));
        drag_ = Drag{*axis, pillars.position(event->position().y()), event->position()};
    } else {
        select(event->position(), event->modifiers() & Qt::ControlModifier);
    }
}

void ParallelCoordinates::mouseMoveEvent(QMouseEvent* event) {
    if (!drag_) {
        setCursor(axisAt(event->position()) ? Qt::SplitVCursor : Qt::ArrowCursor);
        SweepView::mouseMoveEvent(event);
        return;
    }
    if (!drag_->moved && std::abs(event->position().y() - drag_->pressed.y()) < 3) return;
    drag_->moved = true;
    const Pillars pillars(QRectF(rect()), table().axes.size(), theme_.font(0.9));
    filter_.set(table().axes[drag_->axis].title, drag_->from, pillars.position(event->position().y()));
    update();
    emit filterChanged();
}

void ParallelCoordinates::mouseReleaseEvent(QMouseEvent* event) {
    if (!drag_) return;
    if (!drag_->moved) {
        const QString axis = table().axes[drag_->axis].title;
        if (filter_.find(axis)) {
            filter_.set(axis, 0, 0);
            update();
            emit filterChanged();
        } else {
            select(event->position(), event->modifiers() & Qt::ControlModifier);
        }
    }
    drag_.reset();
}

void ParallelCoordinates::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape && !filter_.ranges().empty()) {
        filter_.clear();
        update();
        emit filterChanged();
        return;
    }
    SweepView::keyPressEvent(event);
}

/// Where the plot of the scatter lies.
struct SweepScatter::Frame {
    QRectF plot;
    const SweepAxis* x;
    const SweepAxis* y;
    QPointF at(double xPosition, double yPosition) const {
        // A margin inside, so that points at the ends are whole.
        const QRectF inner = plot.adjusted(10, 10, -10, -10);
        return {inner.left() + xPosition * inner.width(), inner.bottom() - yPosition * inner.height()};
    }
};

std::optional<SweepScatter::Frame> SweepScatter::frame(const QRectF& area, const QFont& font) const {
    const std::size_t x = table().find(x_), y = table().find(y_);
    if (x >= table().axes.size() || y >= table().axes.size()) return std::nullopt;
    const QFontMetricsF metrics(font);
    double numbers = 0;
    for (const SweepAxis::Tick& tick : table().axes[y].ticks(5))
        numbers = std::max(numbers, std::min(90.0, metrics.horizontalAdvance(tick.text)));
    return Frame{area.adjusted(numbers + 16, metrics.height() + 12, -12, -2 * metrics.height() - 16),
                 &table().axes[x], &table().axes[y]};
}

void SweepScatter::setAxes(const QString& x, const QString& y) {
    x_ = x;
    y_ = y;
    update();
}

void SweepScatter::setFront(bool shown) {
    front_ = shown;
    update();
}

QString SweepScatter::nameOf(std::size_t entry) const {
    QStringList words;
    for (const SweepAxis& axis : table().axes)
        if (!axis.categories.empty() && !std::isnan(axis.values[entry]))
            words << axis.text(axis.values[entry]);
    return words.isEmpty() ? table().entries[entry].title : words.join(QStringLiteral(", "));
}

void SweepScatter::drawFront(QPainter& painter, const Frame& where, const Palette& palette,
                             const QFont& font) const {
    const std::vector<std::size_t> front = paretoFront(table(), filter_, table().find(x_), table().find(y_));
    if (front.empty()) return;
    const auto at = [&](std::size_t entry) {
        return where.at(where.x->position(where.x->values[entry]), where.y->position(where.y->values[entry]));
    };
    // Beyond a point lies what it beats: the steps turn at the worse of both coordinates.
    const bool lessX = betterSide(*where.x) < 0, lessY = betterSide(*where.y) < 0;
    const QRectF& plot = where.plot;
    QPainterPath steps;
    steps.moveTo(lessX ? QPointF(at(front.front()).x(), lessY ? plot.top() : plot.bottom())
                       : QPointF(plot.left(), at(front.front()).y()));
    steps.lineTo(at(front.front()));
    for (std::size_t i = 1; i < front.size(); ++i) {
        const QPointF before = at(front[i - 1]), now = at(front[i]);
        steps.lineTo(lessX ? QPointF(now.x(), before.y()) : QPointF(before.x(), now.y()));
        steps.lineTo(now);
    }
    const QPointF last = at(front.back());
    steps.lineTo(lessX ? QPointF(plot.right(), last.y())
                       : QPointF(last.x(), lessY ? plot.top() : plot.bottom()));
    painter.setPen(QPen(colour(palette.accent), 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(steps);

    const QFontMetricsF metrics(font);
    std::vector<QRectF> taken;
    painter.setPen(colour(palette.text));
    for (const std::size_t entry : front) {
        const QString name = metrics.elidedText(nameOf(entry), Qt::ElideRight, 120);
        const double width = metrics.horizontalAdvance(name);
        // On the side of the better y, where no entry lies.
        QRectF box(at(entry).x() + 6, at(entry).y() + (lessY ? 4 : -4 - metrics.height()), width,
                   metrics.height());
        if (box.right() > plot.right()) box.moveRight(at(entry).x() - 6);
        if (std::any_of(taken.begin(), taken.end(),
                        [&](const QRectF& other) { return other.intersects(box); }))
            continue;
        taken.push_back(box);
        painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, name);
    }
}

std::optional<QPointF> SweepScatter::placeOf(std::size_t entry) const {
    const auto where = frame(QRectF(rect()), theme_.font(0.9));
    if (!where) return std::nullopt;
    const double x = where->x->position(where->x->values[entry]),
                 y = where->y->position(where->y->values[entry]);
    if (std::isnan(x) || std::isnan(y)) return std::nullopt;
    return where->at(x, y);
}

std::optional<std::size_t> SweepScatter::entryAt(QPointF place) const {
    std::optional<std::size_t> best;
    double nearest = near_px;
    for (std::size_t entry = 0; entry < table().entries.size(); ++entry) {
        const auto point = filter_.passes(table(), entry) ? placeOf(entry) : std::nullopt;
        if (!point) continue;
        const double distance = std::hypot(point->x() - place.x(), point->y() - place.y());
        if (distance < nearest) {
            nearest = distance;
            best = entry;
        }
    }
    return best;
}

void SweepScatter::draw(QPainter& painter, const QRectF& area, const Palette& palette, Appearance appearance,
                        const QFont& font) const {
    const auto where = frame(area, font);
    if (!where) return;
    const QFontMetricsF metrics(font);
    painter.setFont(font);
    const QRectF& plot = where->plot;
    const auto at = [&](std::size_t entry) -> std::optional<QPointF> {
        const double x = where->x->position(where->x->values[entry]),
                     y = where->y->position(where->y->values[entry]);
        if (std::isnan(x) || std::isnan(y)) return std::nullopt;
        return where->at(x, y);
    };
    double last = -std::numeric_limits<double>::infinity();
    for (const SweepAxis::Tick& tick : where->x->ticks(5)) {
        const double x = where->at(tick.position, 0).x();
        painter.setPen(QPen(colour(palette.border), 1));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        const QString text = metrics.elidedText(tick.text, Qt::ElideMiddle, 90);
        const double width = metrics.horizontalAdvance(text);
        const double left = std::min(x - width / 2, area.right() - width - 2);
        if (left < last + 8) continue;
        last = left + width;
        painter.setPen(colour(palette.secondaryText));
        painter.drawText(QPointF(left, plot.bottom() + metrics.ascent() + 4), text);
    }
    for (const SweepAxis::Tick& tick : where->y->ticks(5)) {
        const double y = where->at(0, tick.position).y();
        painter.setPen(QPen(colour(palette.border), 1));
        painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter.setPen(colour(palette.secondaryText));
        painter.drawText(QRectF(area.left() + 4, y - metrics.height() / 2, plot.left() - area.left() - 10,
                                metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter,
                         metrics.elidedText(tick.text, Qt::ElideMiddle, 90));
    }
    painter.setPen(colour(palette.text));
    painter.drawText(QPointF(area.left() + 8, area.top() + metrics.ascent() + 4),
                     metrics.elidedText(where->y->title, Qt::ElideLeft, area.width() - 16));
    painter.drawText(
        QRectF(area.left() + 8, area.bottom() - metrics.height() - 6, area.width() - 16, metrics.height()),
        Qt::AlignRight | Qt::AlignVCenter,
        metrics.elidedText(where->x->title, Qt::ElideLeft, area.width() - 16));

    if (front_) drawFront(painter, *where, palette, font);
    const auto drawEntry = [&](std::size_t entry, const QColor& ink, double radius) {
        const auto point = at(entry);
        if (!point) return;
        const auto bar = [&](const SweepAxis& axis, bool upright) {
            if (entry >= axis.deviations.size() || !std::isfinite(axis.deviations[entry])) return;
            const double low =
                             axis.position(std::max(axis.least, axis.values[entry] - axis.deviations[entry])),
                         high = axis.position(axis.values[entry] + axis.deviations[entry]);
            const QPointF from = where->at(low, low), to = where->at(high, high);
            painter.setPen(QPen(ink, 1.4));
            if (upright)
                painter.drawLine(QPointF(point->x(), from.y()), QPointF(point->x(), to.y()));
            else
                painter.drawLine(QPointF(from.x(), point->y()), QPointF(to.x(), point->y()));
        };
        bar(*where->y, true);
        bar(*where->x, false);
        painter.setPen(QPen(colour(palette.ground), 1));
        painter.setBrush(ink);
        painter.drawEllipse(*point, radius, radius);
        painter.setBrush(Qt::NoBrush);
    };
    for (const bool passing : {false, true})
        for (std::size_t entry = 0; entry < table().entries.size(); ++entry) {
            if (filter_.passes(table(), entry) != passing) continue;
            QColor ink = passing ? inkOf(entry, appearance, palette) : colour(palette.secondaryText);
            if (!passing) ink.setAlphaF(static_cast<float>(faint));
            drawEntry(entry, ink, dot);
        }
    for (std::size_t entry = 0; entry < table().entries.size(); ++entry)
        if (isLit(entry)) drawEntry(entry, colour(palette.text), dot + 2);
}

void SweepScatter::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton)
        select(event->position(), event->modifiers() & Qt::ControlModifier);
}

}  // namespace filigree::ui
