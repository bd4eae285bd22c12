// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QTextDocument>
#include <memory>

#include "ui/help/help_library.h"
#include "ui/theme/palette.h"

namespace filigree::ui {

/// How a page is set.
struct HelpStyle {
    Palette palette;
    QFont text, monospaced;
    bool dark = false;       ///< of a picture called …-light the one called …-dark is shown
    int pictureWidth = 560;  ///< pixels; wider pictures are drawn smaller
};

/// The page as a document: anchors at its headings, code on a ground of its own, tables with hairlines,
/// its pictures from the folder of the page. Works
/// on any thread; the document belongs to the calling one.
std::unique_ptr<QTextDocument> makeHelpDocument(const HelpPage& page, const HelpStyle& style);

}  // namespace filigree::ui
