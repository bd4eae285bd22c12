// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_layout.h"
#include "ui/views/connectivity_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace filigree::ui {
namespace {

std::string unitOf(Colouring colouring) {
    switch (colouring) {
        case Colouring::Presence:
            return "share of positions connected";
        case Colouring::Sign:
            return "weight";
        case Colouring::Magnitude:
            return "|weight|";
        case Colouring::Age:
            return "age in rounds";
        case Colouring::Activity:
            return "rounds active";
        case Colouring::Side:
            break;
    }
    return {};
}

}  // namespace

void ConnectivityPainter::drawHeader(const Canvas& canvas, const Layout& layout) {
    const Connectivity& pattern = *model_.data()->pattern;
    const ImVec2 at = layout.header.min();
    drawText(canvas.heading, at, ink(canvas.palette.text), pattern.layer);
    const float nameWidth = widthOf(canvas.heading, pattern.layer);
    const std::string shape = pattern.kernel.size() == 3
                                  ? fmt::format("{} × {} × {} × {}", pattern.rows, pattern.kernel[0],
                                                pattern.kernel[1], pattern.kernel[2])
                                  : fmt::format("{} × {}", pattern.rows, pattern.columns);
    drawText(canvas.body,
             {at.x + nameWidth + 12 * layout.unit, at.y + canvas.heading->FontSize - canvas.body->FontSize},
             ink(canvas.palette.secondaryText),
             fmt::format("{}   step {}{}", shape, countText(pattern.step), pattern.against ? " (A)" : ""));
    float line = at.y + canvas.heading->FontSize + 6 * layout.unit;
    if (pattern.against) {
        drawComparison(canvas, {at.x, line}, layout);
        return;
    }
    std::string counts =
        fmt::format("{} of {} connections, density {:.3g} %", countText(pattern.connections()),
                    countText(pattern.rows * pattern.columns), 100 * pattern.density());
    if (at.x + widthOf(canvas.body, counts) > layout.header.right - 180 * layout.unit)
        counts = fmt::format("{} connections, {:.3g} %", countText(pattern.connections()),
                             100 * pattern.density());
    drawText(canvas.body, {at.x, line}, ink(canvas.palette.secondaryText), counts);
    if (!pattern.previousStep || !model_.showsChanges()) return;
    float x = at.x + widthOf(canvas.body, counts) + 20 * layout.unit;
    if (layout.narrow) {
        x = at.x;
        line += canvas.body->FontSize + 4 * layout.unit;
    }
    const auto mark = [&](const char* sign, Rgb colour, const std::string& words) {
        drawText(canvas.body, {x, line}, ink(colour), sign);
        x += widthOf(canvas.body, sign) + 5 * layout.unit;
        drawText(canvas.body, {x, line}, ink(canvas.palette.secondaryText), words);
        x += widthOf(canvas.body, words) + 14 * layout.unit;
    };
    mark("+", canvas.palette.grown, countText(pattern.grownCount) + " grown");
    mark("×", canvas.palette.dropped,
         countText(static_cast<std::int64_t>(pattern.dropped.size())) + " dropped");
    drawText(canvas.body, {x, line}, ink(canvas.palette.secondaryText),
             "since step " + countText(*pattern.previousStep));
}

void ConnectivityPainter::drawComparison(const Canvas& canvas, ImVec2 at, const Layout& layout) {
    const Comparison& against = *model_.data()->pattern->against;
    const SideStyle style = sideStyle(canvas.palette);
    const float u = layout.unit;
    const auto count = [&](Rgb colour, std::int64_t number, const std::string& words) {
        const float top = std::round(at.y + (canvas.body->FontSize - 10 * u) / 2);
        ImGui::GetWindowDrawList()->AddRectFilled({at.x, top}, {at.x + 10 * u, top + 10 * u}, ink(colour));
        at.x += 15 * u;
        const std::string label = countText(number) + " " + words;
        drawText(canvas.body, at, ink(canvas.palette.secondaryText), label);
        at.x += widthOf(canvas.body, label) + 16 * u;
    };
    const float left = at.x;
    count(style.onlyA, against.onlyA, "only in A");
    count(style.onlyB, against.onlyB, "only in B");
    count(style.both, against.both, "in both");
    std::string rest = fmt::format("Jaccard {:.3f} ({:.3f} by chance)   B: {}", against.jaccard(),
                                   against.chance, nameOf(against));
    if (against.matched)
        rest += against.optimallyMatched ? ", neurons matched" : ", neurons matched greedily";
    if (layout.narrow) {
        at.x = left;
        at.y += canvas.body->FontSize + 4 * u;
    }
    drawText(canvas.body, at, ink(canvas.palette.text), rest);
}

void ConnectivityPainter::drawSideLegend(const Canvas& canvas, const Layout& layout) {
    const double full = model_.data()->levels.fullDensity(model_.viewport().level());
    if (full >= 0.999) return;
    const std::string words = fmt::format("full strength: {:.3g} % connected", 100 * full);
    const bool below = layout.legend.top > layout.header.top;
    drawText(
        canvas.small,
        {below ? layout.legend.left : layout.header.right - widthOf(canvas.small, words), layout.legend.top},
        ink(canvas.palette.secondaryText), words);
}

void ConnectivityPainter::drawLegend(const Canvas& canvas, const Layout& layout) {
    if (model_.data()->onlyB) {
        drawSideLegend(canvas, layout);
        return;
    }
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ConnectivityData& data = *model_.data();
    const float u = layout.unit;
    const float wide = layout.legend.width();
    const bool below = layout.legend.top > layout.header.top;
    const Area bar{layout.legend.left, layout.legend.top + 3 * u, layout.legend.right,
                   layout.legend.top + 13 * u};
    const bool presence = data.colouring == Colouring::Presence;
    const double full = data.levels.fullDensity(model_.viewport().level());
    const ImU32 colour = ink(canvas.palette.secondaryText);
    if (presence && full >= 0.999) {
        // Whole connections: there is nothing in between.
        const std::string word = "connected";
        const float end = below ? bar.left + 16 * u + widthOf(canvas.small, word) : bar.right;
        drawText(canvas.small, {end - widthOf(canvas.small, word), bar.top - 2 * u}, colour, word);
        const float right = end - widthOf(canvas.small, word) - 6 * u;
        list.AddRectFilled({right - 10 * u, bar.top}, {right, bar.bottom}, ink(canvas.palette.accent));
        return;
    }
    constexpr int pieces = 32;
    const auto colourAt = [&](float share) {
        // As the matrix is drawn: the root of the density.
        if (presence)
            return ink(
                mix(canvas.palette.ground, canvas.palette.accent, std::sqrt(static_cast<double>(share))));
        const auto index = static_cast<std::size_t>(share * 255);
        return ink(mapOf(data.colouring, canvas.appearance)[index]);
    };
    for (int i = 0; i < pieces; ++i) {
        const float from = static_cast<float>(i) / pieces;
        const float to = static_cast<float>(i + 1) / pieces;
        list.AddRectFilledMultiColor({bar.left + from * wide, bar.top}, {bar.left + to * wide, bar.bottom},
                                     colourAt(from), colourAt(to), colourAt(to), colourAt(from));
    }
    list.AddRect(bar.min(), bar.max(), ink(canvas.palette.border), 0, 0, u);
    const auto [low, high] = model_.range();
    const std::string left = presence ? "0" : numberText(low);
    const std::string right = presence ? fmt::format("{:.3g} %", 100 * full) : numberText(high);
    const float line = bar.bottom + 4 * u;
    drawText(canvas.small, {bar.left, line}, colour, left);
    drawText(canvas.small, {bar.right - widthOf(canvas.small, right), line}, colour, right);
    std::string what = unitOf(data.colouring);
    const bool weights = data.colouring == Colouring::Sign || data.colouring == Colouring::Magnitude;
    if (weights && data.pattern->weightStep != data.pattern->step)
        what += " of step " + countText(data.pattern->weightStep);
    // Beside the bar, or on a narrow canvas below it.
    if (below)
        drawText(canvas.small, {bar.right + 8 * u, bar.top - 2 * u}, colour, what);
    else if (layout.narrow)
        drawText(canvas.small,
                 {bar.right - widthOf(canvas.small, what), line + canvas.small->FontSize + 4 * u}, colour,
                 what);
    else
        drawText(canvas.small, {bar.left - widthOf(canvas.small, what) - 10 * u, bar.top - 2 * u}, colour,
                 what);
}

}  // namespace filigree::ui
