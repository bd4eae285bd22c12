// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>
#include <QString>
#include <optional>
#include <vector>

#include "ui/charts/curve_reader.h"
#include "ui/charts/scale.h"
#include "ui/theme/palette.h"

class QCustomPlot;
class QPainter;

/// What is on a chart, apart from where it is drawn: the window, a page of PDF or a table of numbers get the
/// same.
namespace filigree::ui {

/// Colours belong to a run, and its colour depends on light or dark: pictures keep both.
struct InkPair {
    QColor light;
    QColor dark;
    const QColor& in(Appearance appearance) const { return appearance == Appearance::Dark ? dark : light; }
};

struct PictureCurve {
    enum class Kind { Raw, Smoothed, Superseded, Mean, BandLow, BandHigh };
    Kind kind = Kind::Raw;
    QString run;     ///< name of the run or group
    QString metric;  ///< tag
    QString label;   ///< in the legend
    InkPair ink;
    Qt::PenStyle dash = Qt::SolidLine;
    bool faint = false;     ///< raw values behind their smoothed curve, superseded attempts
    bool emphasis = false;  ///< selected
    bool inLegend = true;
    std::vector<Vertex> vertices;  ///< y in units of the metric
    std::vector<NonFinite> nonFinite;
    std::vector<std::size_t> counts;  ///< runs behind each vertex of a mean
};

struct Picture {
    QString title;
    QString xLabel, yLabel;
    XAxis axis = XAxis::Step;
    ScaleMap xScale, yScale;
    Interval x;  ///< visible, in positions of the scale (see ScaleMap)
    Interval y;
    std::vector<PictureCurve> curves;
    Qt::Corner legendCorner = Qt::TopRightCorner;
    // What a person chose for the window, from which a figure starts.
    bool legend = true;
    bool ownTitle = false;
    std::optional<double> lineWidth_px;
};

/// How it is drawn. Lengths are in units of the painter.
struct PictureLook {
    Appearance appearance = Appearance::Light;
    QFont font;
    double lineWidth = 1.4;
    double unit = 1;  ///< of all other lengths: tick lengths, margins, triangles
    bool antialiased = true;
    bool transparent = false;  ///< no ground
    bool grey = false;
    bool showTitle = false;
    const Palette& palette() const { return ui::palette(appearance); }
    QColor ink(const PictureCurve& curve) const;
};

/// Makes the plot show the picture, reusing what it has.
void fillPlot(QCustomPlot& plot, const Picture& picture, const PictureLook& look);
/// Only the ranges, for panning; and how finely lines can be drawn there.
void setPlotRanges(QCustomPlot& plot, const Picture& picture, const PictureLook& look);

/// One line of a legend.
struct LegendRow {
    QString label;
    QString value;
    QColor ink;
    Qt::PenStyle dash = Qt::SolidLine;
    bool emphasis = false;
};
std::vector<LegendRow> legendRows(const Picture& picture, const PictureLook& look);
/// Draws the legend into a corner of `area`; returns where it is. At most as many rows as fit, the last of
/// which then says how many more there are.
QRectF paintLegend(QPainter& painter, const std::vector<LegendRow>& rows, const QRectF& area,
                   Qt::Corner corner, const PictureLook& look);
/// Triangles at the edge of `area` where values are not finite: up for +inf at the top, down for -inf at the
/// bottom, hollow for NaN at the bottom.
void paintNonFinite(QPainter& painter, const Picture& picture, const QRectF& area, const PictureLook& look);

/// Corner of the picture with the fewest points; `now` is kept unless another is far emptier.
Qt::Corner emptiestCorner(const Picture& picture, double width, double height, Qt::Corner now);

}  // namespace filigree::ui
