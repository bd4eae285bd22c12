// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QString>

#include "ui/charts/figure_file.h"
#include "ui/charts/picture.h"

class QPaintDevice;

namespace filigree::ui {

/// How a picture goes into a paper or onto a slide.
struct FigureSettings {
    double width_mm = 84;
    double height_mm = 60;
    double font_pt = 8;
    double line_pt = 1;
    Appearance appearance = Appearance::Light;
    bool grey = false;
    bool legend = true;
    bool title = false;
};

/// Draws the figure onto a device that has `dotsPerInch` dots in each direction.
void drawFigure(QPaintDevice& device, double dotsPerInch, const Picture& picture,
                const FigureSettings& settings);
QImage figureImage(const Picture& picture, const FigureSettings& settings, double dotsPerInch);

/// As writeFigureFile; `table` is what .csv gets.
void writeFigure(const QString& path, const Picture& picture, const FigureSettings& settings,
                 const QString& table);

/// As an SVG file.
QByteArray figureSvg(const Picture& picture, const FigureSettings& settings);

/// Everything that is drawn, as lines `run,metric,curve,step,x,value,n` (RFC 4180): `curve` is raw, smoothed,
/// superseded, mean, low or high; `n` only for means. Shortest digits that read back exactly.
QString pictureCsv(const Picture& picture);

}  // namespace filigree::ui
