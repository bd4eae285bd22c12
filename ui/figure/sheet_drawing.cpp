// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/sheet_drawing.h"

#include <QFileInfo>
#include <QFontMetricsF>
#include <QGuiApplication>
#include <QPainter>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgRenderer>
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.h"
#include "ui/canvas/picture.h"

namespace filigree::ui {
namespace {

constexpr double millimetresPerInch = 25.4, pointsPerInch = 72;
/// Laid out in twentieths of a point: fine enough for metrics of letters.
constexpr double unitsPerPoint = 20;
constexpr double unitsPerMillimetre = pointsPerInch * unitsPerPoint / millimetresPerInch;
constexpr double gapAcross_mm = 4, gapDown_mm = 3, gapInside_mm = 0.8;
constexpr double pictureDotsPerInch = 300;
constexpr int pdfDotsPerInch = 1200;
constexpr double bodyText_px = 13;  ///< of a view, in its own pixels
constexpr double leastWidth_px = 360, leastWidthOfSeveral_px = 600;
constexpr int leastSide_px = 64, mostSide_px = 16384;

QFont fontOf(const Sheet& sheet, bool bold) {
    QFont font = QGuiApplication::font();
    font.setPixelSize(std::max(1, static_cast<int>(std::lround(sheet.font_pt * unitsPerPoint))));
    font.setBold(bold);
    return font;
}

double textHeight_mm(const QFont& font, const QString& text, double width_mm) {
    if (text.isEmpty()) return 0;
    const QRectF room(0, 0, width_mm * unitsPerMillimetre, 1e7);
    return QFontMetricsF(font).boundingRect(room, Qt::TextWordWrap, text).height() / unitsPerMillimetre;
}

QRectF inUnits(const QRectF& mm) {
    return {mm.topLeft() * unitsPerMillimetre, mm.size() * unitsPerMillimetre};
}

/// As large as fits, in the middle across, from the top.
QRectF fittedInto(const QRectF& area, const QSizeF& size) {
    const QSizeF fitted = size.scaled(area.size(), Qt::KeepAspectRatio);
    return {QPointF(area.center().x() - fitted.width() / 2, area.top()), fitted};
}

}  // namespace

SheetFrames arrangeSheet(const Sheet& sheet) {
    const std::vector<SheetPlace> places = placePanels(sheet);
    const double cell = (sheet.width_mm - gapAcross_mm * (sheet.columns - 1)) / sheet.columns;
    const double pictureHeight = cell * sheet.cellHeight;
    const QFont font = fontOf(sheet, false);
    const double letterHeight = QFontMetricsF(font).height() / unitsPerMillimetre + gapInside_mm;
    int rows = 0;
    for (const SheetPlace& place : places) rows = std::max(rows, place.row + place.rows);
    const auto widthOf = [&](const SheetPlace& place) {
        return cell * place.columns + gapAcross_mm * (place.columns - 1);
    };
    std::vector<double> captions(static_cast<std::size_t>(rows), 0);
    std::vector<double> heights;
    for (std::size_t p = 0; p < places.size(); ++p) {
        const double tall = textHeight_mm(font, sheet.panels[p].caption, widthOf(places[p]));
        heights.push_back(tall);
        double& row = captions[static_cast<std::size_t>(places[p].row + places[p].rows - 1)];
        row = std::max(row, tall > 0 ? tall + gapInside_mm : 0);
    }
    std::vector<double> tops{0};
    for (const double caption : captions)
        tops.push_back(tops.back() + letterHeight + pictureHeight + caption + gapDown_mm);
    SheetFrames frames;
    for (std::size_t p = 0; p < places.size(); ++p) {
        const SheetPlace& place = places[p];
        const double left = place.column * (cell + gapAcross_mm), wide = widthOf(place);
        const double top = tops[static_cast<std::size_t>(place.row)];
        const auto last = static_cast<std::size_t>(place.row + place.rows - 1);
        const double end = tops[last + 1] - gapDown_mm - captions[last];
        PanelFrame frame;
        frame.letter = {left, top, wide, letterHeight};
        frame.picture = {left, top + letterHeight, wide, end - top - letterHeight};
        frame.caption = {left, end + gapInside_mm, wide, heights[p]};
        frames.panels.push_back(frame);
    }
    const double end = rows > 0 ? tops.back() : 0;
    const double tall = textHeight_mm(font, sheet.caption, sheet.width_mm);
    frames.caption = {0, end, sheet.width_mm, tall};
    frames.height_mm = std::max(10.0, tall > 0 ? end + tall : end - gapDown_mm);
    return frames;
}

namespace {

double leastWidthOf(const QString& command) {
    static const QStringList ofSeveral{QStringLiteral("rewiring"), QStringLiteral("gates"),
                                       QStringLiteral("soup"), QStringLiteral("predictions")};
    return ofSeveral.contains(command.section(QLatin1Char(' '), 2, 2)) ? leastWidthOfSeveral_px
                                                                       : leastWidth_px;
}

}  // namespace

PanelPixels panelPixels(const Sheet& sheet, const SheetPanel& panel, const PanelFrame& frame) {
    const auto pixels = [](double mm) {
        return std::clamp(static_cast<int>(std::lround(mm / millimetresPerInch * pictureDotsPerInch)),
                          leastSide_px, mostSide_px);
    };
    PanelPixels found{pixels(frame.picture.width()), pixels(frame.picture.height())};
    const double letters = sheet.font_pt / pointsPerInch * pictureDotsPerInch / bodyText_px;
    found.scale = std::clamp(std::min(letters, found.width / leastWidthOf(panel.command)), 0.5, 8.0);
    found.font_pt = found.scale * bodyText_px * pointsPerInch / pictureDotsPerInch;
    return found;
}

SheetPanel fittingPanel(const Sheet& sheet, const QString& command) {
    SheetPanel panel{command};
    Sheet alone = sheet;
    for (int columns = 1; columns <= sheet.columns; ++columns) {
        panel.columns = panel.rows = columns;
        alone.panels = {panel};
        if (panelPixels(alone, panel, arrangeSheet(alone).panels[0]).font_pt > sheet.font_pt - 0.05) break;
    }
    return panel;
}

void drawSheet(QPaintDevice& device, double dotsPerInch, const Sheet& sheet, const SheetFrames& frames,
               const std::function<QImage(std::size_t panel)>& pictureOf) {
    QPainter painter(&device);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    const double scale = dotsPerInch / (pointsPerInch * unitsPerPoint);
    painter.scale(scale, scale);
    const QFont plain = fontOf(sheet, false), bold = fontOf(sheet, true);
    for (std::size_t p = 0; p < frames.panels.size(); ++p) {
        const PanelFrame& frame = frames.panels[p];
        const SheetPanel& panel = sheet.panels[p];
        painter.setPen(Qt::black);
        painter.setFont(bold);
        painter.drawText(inUnits(frame.letter), Qt::AlignLeft | Qt::AlignTop, panelLetter(p));
        painter.setFont(plain);
        painter.drawText(inUnits(frame.caption), Qt::TextWordWrap, panel.caption);
        const QRectF area = inUnits(frame.picture);
        if (!panel.svg.isEmpty()) {
            QSvgRenderer svg(panel.svg.toUtf8());
            if (svg.isValid()) svg.render(&painter, fittedInto(area, svg.defaultSize()));
            continue;
        }
        const QImage picture = pictureOf(p);
        if (!picture.isNull()) {
            const QRectF place = fittedInto(area, picture.size());
            const QSize dots = (place.size() * scale).toSize();
            // Far smaller, as on the screen, the painter would leave pixels out: letters would fall apart.
            const bool shrinks = dots.width() * 4 < picture.width() * 3;
            painter.drawImage(
                place,
                shrinks ? picture.scaled(dots, Qt::IgnoreAspectRatio, Qt::SmoothTransformation) : picture);
            continue;
        }
        painter.setPen(QPen(Qt::lightGray, unitsPerPoint));
        painter.drawRect(area);
    }
    painter.setPen(Qt::black);
    painter.setFont(plain);
    painter.drawText(inUnits(frames.caption), Qt::TextWordWrap, sheet.caption);
}

namespace {

void writePixels(const QString& path, const Sheet& sheet, const SheetFrames& frames,
                 const std::string& source, const std::function<QImage(std::size_t panel)>& pictureOf,
                 const SheetPixels& pixels) {
    const auto dots = [&](double mm) {
        return static_cast<int>(std::lround(mm / millimetresPerInch * pixels.dotsPerInch));
    };
    QImage image(dots(sheet.width_mm), dots(frames.height_mm), QImage::Format_RGB32);
    if (image.isNull())
        throw Error(ErrorKind::Run, "the figure is too large for a picture", path.toStdString(),
                    "write a PDF");
    image.fill(Qt::white);
    drawSheet(image, pixels.dotsPerInch, sheet, frames, pictureOf);
    Picture picture(image.width(), image.height());
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            const QRgb pixel = image.pixel(x, y);
            picture.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width()) +
                           static_cast<std::size_t>(x)] =
                packed({static_cast<std::uint8_t>(qRed(pixel)), static_cast<std::uint8_t>(qGreen(pixel)),
                        static_cast<std::uint8_t>(qBlue(pixel))});
        }
    writePng(picture, std::filesystem::path(path.toStdU16String()),
             {{"Software", "Filigree"}, {"Source", source}}, pixels.colours);
}

}  // namespace

void writeSheet(const QString& path, const Sheet& sheet,
                const std::function<QImage(std::size_t panel)>& pictureOf, const SheetPixels& pixels) {
    const QString kind = QFileInfo(path).suffix().toLower();
    if (kind != QLatin1String("pdf") && kind != QLatin1String("png"))
        throw Error(ErrorKind::Usage,
                    "figures of several panels cannot be written as \"." + kind.toStdString() + "\"",
                    path.toStdString(), "choose .pdf or .png");
    const SheetFrames frames = arrangeSheet(sheet);
    QString commands;
    for (const SheetPanel& panel : sheet.panels)
        if (!panel.command.isEmpty()) commands += panel.command + '\n';
    if (kind == QLatin1String("png")) {
        writePixels(path, sheet, frames, commands.toStdString(), pictureOf, pixels);
        return;
    }
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        throw Error(ErrorKind::Run, "the file cannot be written: " + file.errorString().toStdString(),
                    path.toStdString(), "choose another folder");
    {
        QPdfWriter writer(&file);
        writer.setResolution(pdfDotsPerInch);
        writer.setPageSize(QPageSize(QSizeF(sheet.width_mm, frames.height_mm), QPageSize::Millimeter, {},
                                     QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        writer.setTitle(commands);
        writer.setCreator(QStringLiteral("Filigree"));
        drawSheet(writer, pdfDotsPerInch, sheet, frames, pictureOf);
    }
    if (!file.commit())
        throw Error(ErrorKind::Run, "the file could not be written: " + file.errorString().toStdString(),
                    path.toStdString());
}

}  // namespace filigree::ui
