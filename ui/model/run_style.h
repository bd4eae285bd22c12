// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>

#include "store/run_row.h"
#include "ui/theme/palette.h"

namespace filigree::ui {

/// How a run looks wherever it is drawn: its own colour if a person gave it one, else the palette's by its
/// number; after six the dash pattern changes.
struct RunStyle {
    QColor colour;
    Qt::PenStyle dash = Qt::SolidLine;
};
RunStyle runStyle(std::int64_t id, const std::string& chosenColour, const Palette& palette);
inline RunStyle runStyle(const store::RunInfo& run, const Palette& palette) {
    return runStyle(run.id, run.colour, palette);
}

/// The name, or "run 12" for one without.
QString runName(const store::RunInfo& run);
/// "1 run", "12 runs".
QString runCount(qsizetype count);
/// "running", "no contact since 12:04", "interrupted", …
QString stateText(const store::RunInfo& run);
/// Ink of a state: shape and word tell it too.
Rgb stateColour(const store::RunInfo& run, const Palette& palette);
/// One character that draws the shape of the state: ○ ▶ ⏸ ● ✕ ■ !
QString stateGlyph(const store::RunInfo& run);

}  // namespace filigree::ui
