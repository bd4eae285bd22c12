// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ui/canvas/view.h"

/// What the painters of several views need beside Dear ImGui's own drawing.
namespace filigree::ui {

struct Area {
    float left = 0, top = 0, right = 0, bottom = 0;
    float width() const { return right - left; }
    float height() const { return bottom - top; }
    ImVec2 min() const { return {left, top}; }
    ImVec2 max() const { return {right, bottom}; }
    bool contains(ImVec2 at) const { return at.x >= left && at.x <= right && at.y >= top && at.y <= bottom; }
};

/// On whole pixels, so that letters stay sharp.
void drawText(ImFont* font, ImVec2 at, ImU32 colour, const std::string& words);
float widthOf(ImFont* font, const std::string& words);
/// As much of the words as fits into a width, with "..." where some are left out; nothing if not even that.
std::string fitted(ImFont* font, const std::string& words, float width);
/// Words in lines of at most that width, broken at spaces.
std::vector<std::string> inLines(ImFont* font, const std::string& words, float width);
/// Draws them so; returns their height.
float drawLines(ImFont* font, ImVec2 at, ImU32 colour, const std::string& words, float width);
/// Words beside the pointer on a plate that stays inside the canvas; one line a string.
void drawTip(const Canvas& canvas, ImVec2 pointer, const std::vector<std::string>& lines);
/// Below them a room of that size stays free, for whoever draws something into it; returns where it is.
Area drawTip(const Canvas& canvas, ImVec2 pointer, const std::vector<std::string>& lines, ImVec2 room);

/// The colour of the sequential map at a share of its range.
Rgb ofShare(Appearance appearance, double share);
/// Black or white, whichever reads better on a ground.
Rgb letterOn(Rgb ground);

/// Round places on an axis, 1, 2 or 5 times a power of ten apart, at most about `most`.
std::vector<double> roundTicks(double from, double to, int most);
std::string tickLabel(double value);

}  // namespace filigree::ui
