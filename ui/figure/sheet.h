// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

namespace filigree::ui {

/// One picture of a figure: a view, drawn by a line of `filigree render`, or a chart as it was when it was
/// added.
struct SheetPanel {
    QString command;  ///< "filigree render rewiring --store runs.filigree --run 3"; empty for a chart
    QString svg{};    ///< of a chart
    QString caption{};
    int columns = 1;  ///< of the grid that it spans
    int rows = 1;
    bool operator==(const SheetPanel&) const = default;
};

/// A figure of several panels on a grid, as it goes into a paper: panels fill the grid in their order, row by
/// row, each in the first place with room for it.
struct Sheet {
    double width_mm = 174;
    int columns = 2;
    double font_pt = 8;
    double cellHeight = 0.7;  ///< of the picture in one cell of the grid, over its width
    QString caption{};
    std::vector<SheetPanel> panels{};
    bool operator==(const Sheet&) const = default;

    static constexpr int mostColumns = 6, mostRows = 6;
    static constexpr std::size_t mostPanels = 52;
};

/// A figure as a TOML file: `width_mm`, `columns`, `font_pt`, `cell_height`, `caption`, and for each panel a
/// table [[panel]] with `render` or `svg`, `caption`, `columns`, `rows`.
QString sheetToml(const Sheet& sheet);
/// Inverse of sheetToml. Throws Error (Usage) with line and column for anything else: `where` is the file.
Sheet readSheet(const QString& toml, const QString& where);

/// Where a panel lies in the grid.
struct SheetPlace {
    int row = 0, column = 0, rows = 1, columns = 1;
    bool operator==(const SheetPlace&) const = default;
};
/// Of each panel; spans are cut to the columns that there are.
std::vector<SheetPlace> placePanels(const Sheet& sheet);

/// "a", "b", ..., "z", "aa"
QString panelLetter(std::size_t panel);

/// The words of a command line as a POSIX shell takes them: '...', "...", \x. Throws Error (Usage) for an
/// open quote.
QStringList commandWords(const QString& line);
/// The arguments after the program for drawing a panel's view so large, light, into a file: size, scale,
/// theme and file of the line give way. `scale`: device pixels per pixel. Throws Error (Usage) if the line is
/// not one of `filigree render`.
QStringList renderArguments(const QString& line, int width_px, int height_px, double scale,
                            const QString& file);

}  // namespace filigree::ui
