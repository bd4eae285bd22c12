// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/figure_file.h"

#include <QBuffer>
#include <QFileInfo>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <cmath>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr int pngDotsPerInch = 300;
constexpr int pdfDotsPerInch = 1200;
constexpr int svgDotsPerInch = 288;  // quarters of a point

int dots(double millimetres, double dotsPerInch) {
    return static_cast<int>(std::lround(millimetres / millimetresPerInch * dotsPerInch));
}

void writeSvg(QIODevice& device, const FigureSource& figure) {
    QSvgGenerator generator;
    generator.setOutputDevice(&device);
    generator.setResolution(svgDotsPerInch);
    generator.setSize(QSize(dots(figure.width_mm, svgDotsPerInch), dots(figure.height_mm, svgDotsPerInch)));
    generator.setViewBox(QRect(QPoint(), generator.size()));
    generator.setTitle(figure.description);
    generator.setDescription(QStringLiteral("Filigree"));
    figure.draw(generator, svgDotsPerInch);
}

}  // namespace

QByteArray figureSvg(const FigureSource& figure) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    writeSvg(buffer, figure);
    return buffer.data();
}

QImage figureImage(const FigureSource& figure, double dotsPerInch) {
    QImage image(dots(figure.width_mm, dotsPerInch), dots(figure.height_mm, dotsPerInch),
                 QImage::Format_ARGB32_Premultiplied);
    image.fill(figure.ground);
    const int perMetre = dots(1000, dotsPerInch);
    image.setDotsPerMeterX(perMetre);
    image.setDotsPerMeterY(perMetre);
    figure.draw(image, dotsPerInch);
    return image;
}

void writeFigureFile(const QString& path, const FigureSource& figure) {
    const QString kind = QFileInfo(path).suffix().toLower();
    if (kind != QLatin1String("pdf") && kind != QLatin1String("svg") && kind != QLatin1String("png") &&
        kind != QLatin1String("csv") && (kind != QLatin1String("tex") || figure.tex.isEmpty()))
        throw Error(ErrorKind::Usage, "figures cannot be written as \"." + kind.toStdString() + "\"",
                    path.toStdString(),
                    figure.tex.isEmpty() ? "choose .pdf, .svg, .png or .csv"
                                         : "choose .pdf, .svg, .png, .tex or .csv");
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        throw Error(ErrorKind::Run, "the file cannot be written: " + file.errorString().toStdString(),
                    path.toStdString(), "choose another folder");
    if (kind == QLatin1String("csv")) {
        file.write(figure.table.toUtf8());
    } else if (kind == QLatin1String("tex")) {
        file.write(figure.tex.toUtf8());
    } else if (kind == QLatin1String("png")) {
        QImage image = figureImage(figure, pngDotsPerInch);
        image.setText(QStringLiteral("Description"), figure.description);
        image.setText(QStringLiteral("Software"), QStringLiteral("Filigree"));
        image.save(&file, "PNG");
    } else if (kind == QLatin1String("pdf")) {
        QPdfWriter writer(&file);
        writer.setResolution(pdfDotsPerInch);
        writer.setPageSize(QPageSize(QSizeF(figure.width_mm, figure.height_mm), QPageSize::Millimeter, {},
                                     QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        writer.setTitle(figure.description);
        writer.setCreator(QStringLiteral("Filigree"));
        figure.draw(writer, pdfDotsPerInch);
    } else {
        writeSvg(file, figure);
    }
    if (!file.commit())
        throw Error(ErrorKind::Run, "the file could not be written: " + file.errorString().toStdString(),
                    path.toStdString());
}

}  // namespace filigree::ui
