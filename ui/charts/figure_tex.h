// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "ui/charts/figure.h"

namespace filigree::ui {

/// The figure as a LaTeX document that compiles alone (classes standalone and pgfplots), with the numbers
/// that are drawn in it. A symmetric logarithmic axis, which pgfplots has not, is plotted in positions of the
/// scale and has its ticks written out; so have axes of time.
QString pictureTex(const Picture& picture, const FigureSettings& settings);

/// Plain text for LaTeX: what would be a command is escaped.
QString texText(const QString& text);

}  // namespace filigree::ui
