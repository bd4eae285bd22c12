// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/figure.h"

#include <qcustomplot.h>

#include <array>
#include <cmath>

#include "store/export_csv.h"
#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/charts/figure_tex.h"

namespace filigree::ui {
namespace {

// Laid out in quarters of a point: whole numbers of them are fine enough for fonts and margins.
constexpr double unitsPerPoint = 4;
constexpr double pointsPerInch = 72;

int units(double millimetres) {
    return static_cast<int>(std::lround(millimetres / millimetresPerInch * pointsPerInch * unitsPerPoint));
}

QString describe(const Picture& picture) {
    return QCoreApplication::translate("filigree::ui::Figure", "%1 against %2")
        .arg(picture.title, picture.xLabel);
}

const char* word(PictureCurve::Kind kind) {
    constexpr std::array words{"raw", "smoothed", "superseded", "mean", "low", "high"};
    return words[static_cast<std::size_t>(kind)];
}

}  // namespace

void drawFigure(QPaintDevice& device, double dotsPerInch, const Picture& picture,
                const FigureSettings& settings) {
    PictureLook look;
    look.appearance = settings.appearance;
    look.grey = settings.grey;
    look.unit = unitsPerPoint * 0.75;
    look.lineWidth = settings.line_pt * unitsPerPoint;
    look.font = QApplication::font();
    look.font.setPixelSize(static_cast<int>(std::lround(settings.font_pt * unitsPerPoint)));

    const int width = units(settings.width_mm), height = units(settings.height_mm);
    QCustomPlot plot;
    plot.setViewport(QRect(0, 0, width, height));
    fillPlot(plot, picture, look);
    for (int i = 0; i < plot.graphCount(); ++i) plot.graph(i)->setAntialiased(true);
    if (settings.title) {
        QFont font = look.font;
        font.setWeight(QFont::DemiBold);
        auto* title = new QCPTextElement(&plot, picture.title, font);
        title->setTextColor(colour(look.palette().text));
        plot.plotLayout()->insertRow(0);
        plot.plotLayout()->addElement(0, 0, title);
    }
    QCPPainter painter(&device);
    painter.setMode(QCPPainter::pmVectorized);
    painter.scale(dotsPerInch / (pointsPerInch * unitsPerPoint),
                  dotsPerInch / (pointsPerInch * unitsPerPoint));
    plot.toPainter(&painter, width, height);
    painter.setClipping(false);
    const QRectF area(plot.axisRect()->rect());
    paintNonFinite(painter, picture, area, look);
    if (settings.legend) paintLegend(painter, legendRows(picture, look), area, picture.legendCorner, look);
}

QImage figureImage(const Picture& picture, const FigureSettings& settings, double dotsPerInch) {
    return figureImage(
        {{},
         settings.width_mm,
         settings.height_mm,
         colour(ui::palette(settings.appearance).ground),
         [&](QPaintDevice& device, double dots) { drawFigure(device, dots, picture, settings); },
         {},
         {}},
        dotsPerInch);
}

void writeFigure(const QString& path, const Picture& picture, const FigureSettings& settings,
                 const QString& table) {
    writeFigureFile(path, {describe(picture), settings.width_mm, settings.height_mm,
                           colour(ui::palette(settings.appearance).ground),
                           [&](QPaintDevice& device, double dotsPerInch) {
                               drawFigure(device, dotsPerInch, picture, settings);
                           },
                           table, pictureTex(picture, settings)});
}

QByteArray figureSvg(const Picture& picture, const FigureSettings& settings) {
    return figureSvg({describe(picture),
                      settings.width_mm,
                      settings.height_mm,
                      colour(ui::palette(settings.appearance).ground),
                      [&](QPaintDevice& device, double dotsPerInch) {
                          drawFigure(device, dotsPerInch, picture, settings);
                      },
                      {},
                      {}});
}

QString pictureCsv(const Picture& picture) {
    QString out = QStringLiteral("run,metric,curve,step,x,value,n\r\n");
    const auto field = [](const QString& text) {
        return QString::fromStdString(store::csvField(text.toStdString()));
    };
    for (const PictureCurve& curve : picture.curves) {
        const QString start =
            field(curve.run) + ',' + field(curve.metric) + ',' + QLatin1String(word(curve.kind)) + ',';
        const bool ofGroup = curve.kind == PictureCurve::Kind::Mean ||
                             curve.kind == PictureCurve::Kind::BandLow ||
                             curve.kind == PictureCurve::Kind::BandHigh;
        for (std::size_t i = 0; i < curve.vertices.size(); ++i) {
            const Vertex& vertex = curve.vertices[i];
            const double position = picture.xScale.position(vertex.x);
            if (!(position >= picture.x.low && position <= picture.x.high)) continue;
            out += start;
            if (!ofGroup) out += QString::number(vertex.step);
            out += ',' + exactNumber(vertex.x) + ',' + exactNumber(vertex.y) + ',';
            if (i < curve.counts.size()) out += QString::number(curve.counts[i]);
            out += QLatin1String("\r\n");
        }
    }
    return out;
}

}  // namespace filigree::ui
