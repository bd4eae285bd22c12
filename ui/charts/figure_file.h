// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QImage>
#include <QString>
#include <functional>

class QPaintDevice;

namespace filigree::ui {

constexpr double millimetresPerInch = 25.4;

/// Something that can be drawn at its true size onto any device, with the numbers behind it.
struct FigureSource {
    QString description;  ///< kept in the file
    double width_mm = 0, height_mm = 0;
    QColor ground;
    /// The device has `dotsPerInch` dots in each direction.
    std::function<void(QPaintDevice& device, double dotsPerInch)> draw;
    QString table;  ///< comma-separated values
    QString tex{};  ///< a LaTeX document; empty: cannot be written as one
};

QImage figureImage(const FigureSource& figure, double dotsPerInch);

/// The figure as an SVG file.
QByteArray figureSvg(const FigureSource& figure);

/// Writes a .pdf, .svg, .png (300 dpi), .csv or, where the figure has one, .tex, by the ending. Text stays
/// text in PDF and SVG. Throws Error (Usage) for another ending, Error (Run) if the file cannot be written.
void writeFigureFile(const QString& path, const FigureSource& figure);

}  // namespace filigree::ui
