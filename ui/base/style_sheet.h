// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "ui/theme/palette.h"

namespace filigree::ui {

/// What Fusion does not draw as we want it: flat buttons, calm tables, thin scroll bars, a visible focus.
/// Widgets ask for a variant by a dynamic property: `role` = "primary", "danger", "link", "card", "page",
/// "bar", "chip", "secondary" (text), "title", "section", "error".
QString styleSheet(const Palette& palette);

}  // namespace filigree::ui
