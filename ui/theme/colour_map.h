// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "ui/theme/palette.h"

namespace filigree::ui {

/// 256 colours from the least value to the greatest.
using ColourMap = std::array<Rgb, 256>;

/// Viridis (S. van der Walt, N. Smith, 2015): lightness rises evenly and it reads the same without red or
/// green. The ends that would vanish in the ground are left out: the yellow ones on light, the violet ones on
/// dark.
const ColourMap& sequentialMap(Appearance appearance);

/// From `negative` over `zero` to `positive` of the palette, for values that mean something on both sides of
/// zero. Beside zero it starts away from the ground, so that the sign of the smallest value still shows.
const ColourMap& divergingMap(Appearance appearance);

}  // namespace filigree::ui
