// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_overlay.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>
#include <QPolygonF>
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ui/base/text.h"
#include "ui/base/theme.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::ChartOverlay", text);
}

QString cursorText(XAxis axis, double x) {
    constexpr std::array words{QT_TRANSLATE_NOOP("filigree::ui::ChartOverlay", "step %1"),
                               QT_TRANSLATE_NOOP("filigree::ui::ChartOverlay", "epoch %1"), "%1"};
    return tr(words[static_cast<std::size_t>(axis)]).arg(xText(axis, x));
}

/// Where not all rows fit, those nearest to the pointer come first.
std::vector<LegendRow> byDistance(const std::vector<LegendRow>& rows, const std::vector<double>& distances) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (rows[a].emphasis != rows[b].emphasis) return rows[a].emphasis;
        return distances[a] < distances[b];
    });
    std::vector<LegendRow> sorted;
    for (const std::size_t i : order) sorted.push_back(rows[i]);
    return sorted;
}

}  // namespace

void ChartOverlay::paint(QPainter& painter) const {
    const QRectF& area = place.area();
    const Palette& colours = look.palette();
    painter.setClipRect(area.adjusted(-8, -8, 8, 8));
    paintNonFinite(painter, picture, area, look);
    painter.setClipRect(area);
    paintStep(painter);
    paintHovered(painter);
    paintReadout(painter);
    if (box) {
        painter.setPen(QPen(colour(colours.accent), 1));
        painter.setBrush(colour(colours.accent, 0.12));
        painter.drawRect(*box);
    }
    if (!message.isEmpty()) {
        painter.setPen(colour(colours.secondaryText));
        painter.setFont(messageFont);
        painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, message);
    }
}

void ChartOverlay::paintStep(QPainter& painter) const {
    if (!step) return;
    const double px = place.pixel({*step, 0, 0}).x();
    painter.setPen(QPen(colour(look.palette().accent), 1.5));
    painter.drawLine(QPointF(px, place.area().top()), QPointF(px, place.area().bottom()));
}

/// Again, above the others and stronger.
void ChartOverlay::paintHovered(QPainter& painter) const {
    const QRectF& area = place.area();
    for (std::size_t i = 0; i < picture.curves.size(); ++i) {
        const PictureCurve& curve = picture.curves[i];
        if (!curve.inLegend || !hovered[i]) continue;
        QPolygonF line;
        for (const Vertex& vertex : curve.vertices) {
            const QPointF point = place.pixel(vertex);
            if (std::isfinite(point.y()) && point.x() > area.left() - 50 && point.x() < area.right() + 50)
                line << point;
        }
        const bool dense = line.size() > static_cast<qsizetype>(2 * area.width());
        painter.setRenderHint(QPainter::Antialiasing, !dense);
        if (!dense) {
            painter.setPen(QPen(colour(look.palette().ground, 0.7), 5));
            painter.drawPolyline(line);
        }
        painter.setPen(QPen(look.ink(curve), dense ? 1 : 2.6, curve.dash, Qt::FlatCap, Qt::RoundJoin));
        painter.drawPolyline(line);
    }
}

void ChartOverlay::paintReadout(QPainter& painter) const {
    const QRectF& area = place.area();
    const Palette& colours = look.palette();
    const double px = cursor ? place.pixel({*cursor, 0, 0}).x() : 0;
    const bool inside = cursor && px >= area.left() && px <= area.right();
    if (inside) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(colour(mix(colours.ground, colours.secondaryText, 0.6)), 1, Qt::DashLine));
        painter.drawLine(QPointF(px, area.top()), QPointF(px, area.bottom()));
        painter.setRenderHint(QPainter::Antialiasing, true);
    }
    std::vector<LegendRow> rows;
    std::vector<double> distances;  // of each row's value from the pointer, pixels
    for (std::size_t i = 0; i < picture.curves.size(); ++i) {
        const PictureCurve& curve = picture.curves[i];
        if (!curve.inLegend) continue;
        LegendRow row{curve.label, valueText(picture, i, inside ? cursor : std::nullopt), look.ink(curve),
                      curve.dash, curve.emphasis || hovered[i]};
        double distance = 0;
        if (inside) {
            distance = 1e9;
            if (const Vertex* vertex = vertexAt(curve.vertices, *cursor); vertex && !row.value.isEmpty()) {
                const QPointF spot = place.pixel(*vertex);
                paintSpot(painter, curve, spot);
                distance = pointer ? std::abs(spot.y() - pointer->y()) : 0;
            }
            if (row.value.isEmpty()) row.value = QStringLiteral("–");
        }
        rows.push_back(std::move(row));
        distances.push_back(distance);
    }
    if (inside && pointer && rows.size() > 6) rows = byDistance(rows, distances);
    // One curve needs no key: the header says its value.
    if (rows.size() == 1 || !legend) rows.clear();
    paintLegend(painter, rows, area, picture.legendCorner, look);
    if (inside) paintCursorText(painter, px);
}

void ChartOverlay::paintSpot(QPainter& painter, const PictureCurve& curve, QPointF spot) const {
    if (!place.area().contains(spot)) return;
    painter.setPen(QPen(colour(look.palette().ground), 1));
    painter.setBrush(look.ink(curve));
    painter.drawEllipse(spot, 3.5, 3.5);
}

void ChartOverlay::paintCursorText(QPainter& painter, double px) const {
    const QRectF& area = place.area();
    const QString text = cursorText(picture.axis, *cursor);
    painter.setFont(look.font);
    const QFontMetricsF metrics(look.font);
    QRectF ground(0, 0, metrics.horizontalAdvance(text) + 8, metrics.height() + 2);
    ground.moveBottomLeft(
        {std::clamp(px - ground.width() / 2, area.left(), area.right() - ground.width()), area.bottom() - 2});
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour(look.palette().text));
    painter.drawRoundedRect(ground, 3, 3);
    painter.setPen(colour(look.palette().ground));
    painter.drawText(ground, Qt::AlignCenter, text);
}

QString valueText(const Picture& picture, std::size_t index, std::optional<double> cursor) {
    const PictureCurve& curve = picture.curves[index];
    if (curve.vertices.empty()) return {};
    const auto text = [](double value) { return std::isfinite(value) ? formatNumber(value) : tr("NaN"); };
    if (!cursor) return picture.curves.size() < 60 ? text(curve.vertices.back().y) : QString();
    const double slack = 1e-9 * std::max(1.0, std::abs(*cursor));
    if (*cursor < curve.vertices.front().x - slack || *cursor > curve.vertices.back().x + slack) return {};
    const Vertex* vertex = vertexAt(curve.vertices, *cursor);
    QString value = text(vertex->y);
    if (!curve.counts.empty())
        value += tr(" (n = %1)").arg(curve.counts[static_cast<std::size_t>(vertex - curve.vertices.data())]);
    if (curve.kind == PictureCurve::Kind::Smoothed && index > 0)
        if (const Vertex* raw = vertexAt(picture.curves[index - 1].vertices, *cursor))
            value += tr(" (raw %1)").arg(text(raw->y));
    return value;
}

QString xText(XAxis axis, double x) {
    if (axis == XAxis::Time) return formatDuration(x);
    return axis == XAxis::Step ? formatCount(std::llround(x)) : formatNumber(x);
}

}  // namespace filigree::ui
