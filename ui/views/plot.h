// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "ui/views/drawing.h"

namespace filigree::ui {

/// A rectangle with two linear axes, in which a view draws points and lines.
struct Plot {
    Area area;
    double left = 0, right = 1;  ///< values at its edges
    double bottom = 0, top = 1;

    float xOf(double value) const {
        return area.left + static_cast<float>((value - left) / (right - left)) * area.width();
    }
    float yOf(double value) const {
        return area.bottom - static_cast<float>((value - bottom) / (top - bottom)) * area.height();
    }
    ImVec2 at(double x, double y) const { return {xOf(x), yOf(y)}; }
};

/// Ground lines and labels at round values, the title above on the left, what the axes are beside them: that
/// of x below on the right, that of y above on the right.
struct PlotWords {
    std::string title, x, y;
    bool logarithmic = false;  ///< values upwards are logarithms to the base of 10
};
void drawAxes(const Canvas& canvas, const Plot& plot, const PlotWords& words, int mostTicksAcross,
              int mostTicksUp);
/// A horizontal line, solid or in dashes.
void drawLevel(const Canvas& canvas, const Plot& plot, double value, ImU32 colour, float thickness,
               bool dashed);
/// The range of values with some room around, never empty.
std::pair<double, double> roomyRange(const std::vector<double>& values);

}  // namespace filigree::ui
