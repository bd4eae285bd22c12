// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/plot.h"

#include <algorithm>
#include <cmath>

namespace filigree::ui {
namespace {

/// Places and labels upwards.
std::vector<std::pair<double, std::string>> marksUp(const Plot& plot, bool logarithmic, int most) {
    std::vector<std::pair<double, std::string>> marks;
    if (!logarithmic || plot.top - plot.bottom < 0.3) {
        for (const double tick : roundTicks(plot.bottom, plot.top, most))
            marks.emplace_back(tick, tickLabel(logarithmic ? std::pow(10, tick) : tick));
        return marks;
    }
    const bool within = plot.top - plot.bottom < 2;  // a decade or two: 2 and 5 as well
    for (double decade = std::floor(plot.bottom); decade <= plot.top; ++decade)
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double place = decade + std::log10(factor);
            if ((factor > 1 && !within) || place < plot.bottom || place > plot.top) continue;
            marks.emplace_back(place, tickLabel(std::pow(10, place)));
        }
    return marks;
}

}  // namespace

void drawAxes(const Canvas& canvas, const Plot& plot, const PlotWords& words, int mostTicksAcross,
              int mostTicksUp) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const Area& area = plot.area;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    // What is upwards is said whole; the title takes the room that is left.
    const std::string y = fitted(canvas.small, words.y, area.width());
    const float upwards = widthOf(canvas.small, y);
    drawText(canvas.small, {area.left, area.top - line - 6 * u}, ink(canvas.palette.text),
             fitted(canvas.small, words.title, area.width() - (upwards > 0 ? upwards + 10 * u : 0)));
    drawText(canvas.small, {area.right - upwards, area.top - line - 6 * u}, grey, y);
    const std::string x = fitted(canvas.small, words.x, area.width());
    drawText(canvas.small, {area.right - widthOf(canvas.small, x), area.bottom + line + 8 * u}, grey, x);
    for (const auto& [tick, label] : marksUp(plot, words.logarithmic, mostTicksUp)) {
        const float at = plot.yOf(tick);
        list.AddLine({area.left, at}, {area.right, at}, ink(canvas.palette.border), u);
        drawText(canvas.small, {area.left - 6 * u - widthOf(canvas.small, label), at - line / 2}, grey,
                 label);
    }
    for (const double tick : roundTicks(plot.left, plot.right, mostTicksAcross)) {
        const std::string label = tickLabel(tick);
        list.AddLine({plot.xOf(tick), area.bottom}, {plot.xOf(tick), area.bottom + 4 * u}, grey, u);
        drawText(canvas.small, {plot.xOf(tick) - widthOf(canvas.small, label) / 2, area.bottom + 5 * u}, grey,
                 label);
    }
    list.AddLine({area.left, area.bottom}, {area.right, area.bottom}, grey, u);
}

void drawLevel(const Canvas& canvas, const Plot& plot, double value, ImU32 colour, float thickness,
               bool dashed) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float y = plot.yOf(value), dash = 6 * canvas.scale;
    if (y < plot.area.top || y > plot.area.bottom) return;
    if (!dashed) {
        list.AddLine({plot.area.left, y}, {plot.area.right, y}, colour, thickness);
        return;
    }
    for (float x = plot.area.left; x < plot.area.right; x += 2 * dash)
        list.AddLine({x, y}, {std::min(x + dash, plot.area.right), y}, colour, thickness);
}

std::pair<double, double> roomyRange(const std::vector<double>& values) {
    double least = 0, greatest = 0;
    bool any = false;
    for (const double value : values) {
        if (!std::isfinite(value)) continue;
        least = any ? std::min(least, value) : value;
        greatest = any ? std::max(greatest, value) : value;
        any = true;
    }
    if (!any) return {0, 1};
    const double room = greatest > least ? 0.05 * (greatest - least) : 1;
    return {least - room, greatest + room};
}

}  // namespace filigree::ui
