// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/picture.h"

#include <qcustomplot.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/base/theme.h"
#include "ui/charts/ticks.h"

namespace filigree::ui {
namespace {

constexpr std::ptrdiff_t mostSmoothVertices = 20'000;

/// Ticks of one of our axes: places and texts come from ticks.h.
class ScaleTicker : public QCPAxisTicker {
  public:
    ScaleMap scale;
    bool durations = false;
    int wanted = 5;

  protected:
    void generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& places,
                  QVector<double>* minor, QVector<QString>* labels) override {
        const bool plain = scale.scale() == Scale::Linear;
        const Ticks ticks = durations && plain ? durationTicks(range.lower, range.upper, wanted)
                                               : scaleTicks(scale, range.lower, range.upper, wanted);
        places.clear();
        for (const double value : ticks.major) places << scale.position(value);
        if (minor) {
            minor->clear();
            for (const double value : ticks.minor) *minor << scale.position(value);
        }
        if (!labels) return;
        labels->clear();
        for (const double value : ticks.major)
            *labels << (durations ? durationTickText(value, ticks.distance)
                                  : tickText(value, ticks.distance));
    }
};

QColor withAlpha(QColor colour, double alpha) {
    colour.setAlphaF(static_cast<float>(colour.alphaF() * alpha));
    return colour;
}

void styleAxis(QCPAxis& axis, const PictureLook& look, const QString& label) {
    const QColor line = colour(mix(look.palette().border, look.palette().secondaryText, 0.4));
    const QPen hairline(line, look.unit);
    axis.setBasePen(hairline);
    axis.setTickPen(hairline);
    axis.setSubTickPen(hairline);
    axis.setTickLengthIn(0);
    axis.setTickLengthOut(static_cast<int>(std::lround(4 * look.unit)));
    axis.setSubTickLengthIn(0);
    axis.setSubTickLengthOut(0);
    axis.setTickLabelPadding(static_cast<int>(std::lround(3 * look.unit)));
    axis.setLabelPadding(static_cast<int>(std::lround(2 * look.unit)));
    axis.setTickLabelFont(look.font);
    axis.setLabelFont(look.font);
    axis.setTickLabelColor(colour(look.palette().secondaryText));
    axis.setLabelColor(colour(look.palette().secondaryText));
    axis.setLabel(label);
    axis.grid()->setPen(QPen(withAlpha(line, 0.3), look.unit));
    axis.grid()->setZeroLinePen(Qt::NoPen);
    axis.grid()->setSubGridVisible(false);
    axis.setSelectableParts(QCPAxis::spNone);
}

void setTicker(QCPAxis& axis, const ScaleMap& scale, bool durations, int wanted) {
    auto ticker = axis.ticker().dynamicCast<ScaleTicker>();
    if (!ticker) {
        ticker = QSharedPointer<ScaleTicker>::create();
        axis.setTicker(ticker);
    }
    ticker->scale = scale;
    ticker->durations = durations;
    ticker->wanted = std::max(2, wanted);
}

void fillGraph(QCPGraph& graph, const PictureCurve& curve, const Picture& picture) {
    QVector<QCPGraphData> points;
    points.reserve(static_cast<qsizetype>(curve.vertices.size()));
    for (const Vertex& vertex : curve.vertices) {
        const double x = picture.xScale.position(vertex.x);
        if (std::isfinite(x)) points.append({x, picture.yScale.position(vertex.y)});
    }
    graph.data()->set(points, true);
}

}  // namespace

QColor PictureLook::ink(const PictureCurve& curve) const {
    const QColor own = curve.ink.in(appearance);
    if (!grey) return own;
    const int level = std::min(qGray(own.rgb()), 160);
    return {level, level, level};
}

void setPlotRanges(QCustomPlot& plot, const Picture& picture, const PictureLook& look) {
    plot.xAxis->setRange(picture.x.low, picture.x.high);
    plot.yAxis->setRange(picture.y.low, picture.y.high);
    const auto seen = [&](const PictureCurve& curve) {
        const auto before = [](const Vertex& vertex, double x) { return vertex.x < x; };
        const auto from = std::lower_bound(curve.vertices.begin(), curve.vertices.end(),
                                           picture.xScale.value(picture.x.low), before);
        const auto to =
            std::lower_bound(from, curve.vertices.end(), picture.xScale.value(picture.x.high), before);
        return to - from;
    };
    std::ptrdiff_t all = 0;
    for (const PictureCurve& curve : picture.curves) all += seen(curve);
    const auto count = std::min(static_cast<std::size_t>(plot.graphCount()), picture.curves.size());
    for (std::size_t i = 0; i < count; ++i) {
        const PictureCurve& curve = picture.curves[i];
        const bool isBand =
            curve.kind == PictureCurve::Kind::BandLow || curve.kind == PictureCurve::Kind::BandHigh;
        // Several points a pixel fill an area: its edges cannot be smooth, and trying to would take a second
        // a frame. Thousands of lines are a texture likewise.
        const bool dense =
            all > mostSmoothVertices || seen(curve) > 2 * std::max(1, plot.axisRect()->width());
        const bool smooth = look.antialiased && !dense;
        QPen pen(withAlpha(look.ink(curve), curve.faint ? 0.25 : 1.0), smooth ? look.lineWidth : look.unit,
                 curve.dash, Qt::FlatCap, Qt::RoundJoin);
        if (curve.emphasis && !dense) pen.setWidthF(look.lineWidth * 1.8);
        if (curve.kind == PictureCurve::Kind::Superseded) pen.setStyle(Qt::SolidLine);
        QCPGraph* graph = plot.graph(static_cast<int>(i));
        graph->setPen(isBand ? QPen(Qt::NoPen) : pen);
        graph->setAntialiased(smooth);
        graph->setAntialiasedFill(smooth);
        graph->setScatterStyle(curve.vertices.size() == 1 && !isBand
                                   ? QCPScatterStyle(QCPScatterStyle::ssDisc, pen.color(), 5 * look.unit)
                                   : QCPScatterStyle());
    }
}

void fillPlot(QCustomPlot& plot, const Picture& picture, const PictureLook& look) {
    const double lineHeight = QFontMetricsF(look.font).height();
    plot.setBackground(look.transparent ? QBrush(Qt::NoBrush) : QBrush(colour(look.palette().ground)));
    plot.axisRect()->setMinimumMargins(QMargins(static_cast<int>(lineHeight * 3),
                                                static_cast<int>(lineHeight / 2),
                                                static_cast<int>(lineHeight * 1.3), 0));
    styleAxis(*plot.xAxis, look, picture.xLabel);
    styleAxis(*plot.yAxis, look, picture.yLabel);
    const double width = plot.viewport().width() - 5 * lineHeight,
                 height = plot.viewport().height() - 3 * lineHeight;
    setTicker(*plot.xAxis, picture.xScale, picture.axis == XAxis::Time,
              static_cast<int>(width / (5.5 * lineHeight)));
    setTicker(*plot.yAxis, picture.yScale, false, static_cast<int>(height / (2.6 * lineHeight)));

    while (plot.graphCount() > static_cast<int>(picture.curves.size()))
        plot.removeGraph(plot.graphCount() - 1);
    for (std::size_t i = 0; i < picture.curves.size(); ++i) {
        const PictureCurve& curve = picture.curves[i];
        QCPGraph* graph =
            static_cast<int>(i) < plot.graphCount() ? plot.graph(static_cast<int>(i)) : plot.addGraph();
        graph->setSelectable(QCP::stNone);
        graph->setChannelFillGraph(nullptr);
        graph->setBrush(Qt::NoBrush);
        if (curve.kind == PictureCurve::Kind::BandHigh && i > 0) {
            graph->setBrush(withAlpha(look.ink(curve), 0.18));
            graph->setChannelFillGraph(plot.graph(static_cast<int>(i) - 1));
        }
        fillGraph(*graph, curve, picture);
    }
    // Segment by segment: a path of many that cross each other takes far longer.
    plot.setPlottingHint(QCP::phFastPolylines);
    setPlotRanges(plot, picture, look);
}

std::vector<LegendRow> legendRows(const Picture& picture, const PictureLook& look) {
    std::vector<LegendRow> rows;
    for (const PictureCurve& curve : picture.curves)
        if (curve.inLegend) rows.push_back({curve.label, {}, look.ink(curve), curve.dash, curve.emphasis});
    return rows;
}

QRectF paintLegend(QPainter& painter, const std::vector<LegendRow>& rows, const QRectF& area,
                   Qt::Corner corner, const PictureLook& look) {
    if (rows.empty()) return {};
    // A row that stands out is set wider: room is measured for all rows as if they did.
    QFont strong = look.font;
    strong.setWeight(QFont::DemiBold);
    const QFontMetricsF metrics(strong);
    const double u = look.unit, line = metrics.height() + 2 * u, swatch = 18 * u, gap = 6 * u;
    const auto fitting = static_cast<std::size_t>(std::max(1.0, (area.height() - 24 * u) / line));
    const std::size_t shown = rows.size() <= fitting ? rows.size() : fitting - 1;
    const QString rest =
        rows.size() > shown
            ? QCoreApplication::translate("filigree::ui::Chart", "and %1 more").arg(rows.size() - shown)
            : QString();
    double labels = metrics.horizontalAdvance(rest), values = 0;
    for (std::size_t i = 0; i < shown; ++i) {
        labels = std::max(labels, metrics.horizontalAdvance(rows[i].label));
        values = std::max(values, metrics.horizontalAdvance(rows[i].value));
    }
    const double fixed = 2 * gap + swatch + gap + (values > 0 ? values + 2 * gap : 0);
    labels = std::min(labels, std::max(40 * u, 0.6 * area.width() - fixed));
    const double lines = static_cast<double>(shown) + (rest.isEmpty() ? 0 : 1);
    const QSizeF size(fixed + labels, lines * line + gap);
    const double margin = 6 * u;
    const bool right = corner == Qt::TopRightCorner || corner == Qt::BottomRightCorner;
    const bool bottom = corner == Qt::BottomLeftCorner || corner == Qt::BottomRightCorner;
    const QRectF box(QPointF(right ? area.right() - margin - size.width() : area.left() + margin,
                             bottom ? area.bottom() - margin - size.height() : area.top() + margin),
                     size);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour(look.palette().ground, 0.85));
    painter.drawRoundedRect(box, 4 * u, 4 * u);
    painter.setFont(look.font);
    double y = box.top() + gap / 2;
    for (std::size_t i = 0; i < shown; ++i, y += line) {
        const LegendRow& row = rows[i];
        painter.setPen(QPen(row.ink, look.lineWidth * (row.emphasis ? 2.2 : 1.4), row.dash, Qt::FlatCap));
        const double x = box.left() + gap;
        painter.drawLine(QPointF(x, y + line / 2), QPointF(x + swatch, y + line / 2));
        painter.setPen(colour(look.palette().text));
        QFont font = look.font;
        if (row.emphasis) font.setWeight(QFont::DemiBold);
        painter.setFont(font);
        painter.drawText(QRectF(x + swatch + gap, y, labels + 1, line), Qt::AlignVCenter | Qt::TextSingleLine,
                         metrics.elidedText(row.label, Qt::ElideMiddle, labels + 1));
        if (!row.value.isEmpty())
            painter.drawText(QRectF(box.right() - gap - values - 1, y, values + 1, line),
                             Qt::AlignVCenter | Qt::AlignRight | Qt::TextSingleLine, row.value);
    }
    if (!rest.isEmpty()) {
        painter.setFont(look.font);
        painter.setPen(colour(look.palette().secondaryText));
        painter.drawText(QRectF(box.left() + 2 * gap + swatch, y, labels + 1, line),
                         Qt::AlignVCenter | Qt::TextSingleLine, rest);
    }
    painter.restore();
    return box;
}

void paintNonFinite(QPainter& painter, const Picture& picture, const QRectF& area, const PictureLook& look) {
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    const double size = 5 * look.unit;
    for (const PictureCurve& curve : picture.curves) {
        const QColor ink = look.ink(curve);
        for (const NonFinite& spot : curve.nonFinite) {
            const double position = picture.xScale.position(spot.x);
            if (!(position >= picture.x.low && position <= picture.x.high)) continue;
            const double x = area.left() + (position - picture.x.low) / picture.x.size() * area.width();
            const bool up = std::isinf(spot.value) && spot.value > 0;
            const double edge = up ? area.top() + 1 : area.bottom() - 1;
            const double tip = up ? edge : edge - (std::isnan(spot.value) ? 1.7 * size : 0);
            const double base = up ? edge + 1.7 * size : edge - (std::isnan(spot.value) ? 0 : 1.7 * size);
            const std::array<QPointF, 3> corners{QPointF(x, tip), QPointF(x - size, base),
                                                 QPointF(x + size, base)};
            painter.setPen(QPen(ink, 1.2 * look.unit));
            painter.setBrush(std::isnan(spot.value) ? colour(look.palette().ground) : ink);
            painter.drawPolygon(corners.data(), static_cast<int>(corners.size()));
        }
    }
    painter.restore();
}

Qt::Corner emptiestCorner(const Picture& picture, double width, double height, Qt::Corner now) {
    constexpr std::array corners{Qt::TopRightCorner, Qt::TopLeftCorner, Qt::BottomRightCorner,
                                 Qt::BottomLeftCorner};
    std::array<std::size_t, 4> points{};
    for (const PictureCurve& curve : picture.curves)
        for (const Vertex& vertex : curve.vertices) {
            const double x = (picture.xScale.position(vertex.x) - picture.x.low) / picture.x.size();
            const double y = (picture.yScale.position(vertex.y) - picture.y.low) / picture.y.size();
            if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) continue;
            const bool left = x <= width, right = x >= 1 - width, low = y <= height, high = y >= 1 - height;
            points[0] += right && high;
            points[1] += left && high;
            points[2] += right && low;
            points[3] += left && low;
        }
    const auto least = std::min_element(points.begin(), points.end());
    const auto at =
        static_cast<std::size_t>(std::find(corners.begin(), corners.end(), now) - corners.begin());
    if (points[at] <= 2 * *least + 2) return now;
    return corners[static_cast<std::size_t>(least - points.begin())];
}

}  // namespace filigree::ui
