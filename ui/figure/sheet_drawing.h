// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QRectF>
#include <functional>

#include "ui/figure/sheet.h"

class QPaintDevice;

namespace filigree::ui {

/// Where the parts of a panel lie on the page, in mm.
struct PanelFrame {
    QRectF letter, picture, caption;
    QRectF whole() const { return letter.united(picture).united(caption); }
};
struct SheetFrames {
    std::vector<PanelFrame> panels;
    QRectF caption;  ///< of the figure
    double height_mm = 0;
};
/// Columns are 4 mm apart, rows 3 mm. A cell is as high as its letter, its picture and the longest caption
/// that ends in its row.
SheetFrames arrangeSheet(const Sheet& sheet);

/// Pixels of a view's picture at 300 dots per inch, and how many of them one of the view's own pixels takes:
/// its letters get the size of the figure's, unless the view would have fewer pixels of its own across than
/// it needs: 360, or 600 for views of several pictures (rewiring, gates, soup, predictions).
struct PanelPixels {
    int width = 0, height = 0;
    double scale = 1;
    double font_pt = 0;  ///< of the view's letters
    bool operator==(const PanelPixels&) const = default;
};
PanelPixels panelPixels(const Sheet& sheet, const SheetPanel& panel, const PanelFrame& frame);
/// The line's view as a panel of the figure that spans as many columns, and rows, as its letters need to have
/// the size of the figure's, if there are as many.
SheetPanel fittingPanel(const Sheet& sheet, const QString& command);

/// Draws the figure onto a device with so many dots per inch: charts and words as such, views as pictures.
/// `pictureOf(panel)`: a null picture leaves an empty frame.
void drawSheet(QPaintDevice& device, double dotsPerInch, const Sheet& sheet, const SheetFrames& frames,
               const std::function<QImage(std::size_t panel)>& pictureOf);

/// How a picture of pixels is written.
struct SheetPixels {
    int dotsPerInch = 300;
    int colours = 0;  ///< at most so many, for a smaller file; 0: all
};

/// Writes a .pdf or a .png, by the ending. Throws Error (Usage) for another ending, Error (Run) if the file
/// cannot be written.
void writeSheet(const QString& path, const Sheet& sheet,
                const std::function<QImage(std::size_t panel)>& pictureOf, const SheetPixels& pixels = {});

}  // namespace filigree::ui
