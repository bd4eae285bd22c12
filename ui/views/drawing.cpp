// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/drawing.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/theme/colour_map.h"

namespace filigree::ui {

void drawText(ImFont* font, ImVec2 at, ImU32 colour, const std::string& words) {
    ImGui::GetWindowDrawList()->AddText(font, font->FontSize, {std::round(at.x), std::round(at.y)}, colour,
                                        words.data(), words.data() + words.size());
}

float widthOf(ImFont* font, const std::string& words) {
    return font->CalcTextSizeA(font->FontSize, 1e9F, 0, words.data(), words.data() + words.size()).x;
}

std::string fitted(ImFont* font, const std::string& words, float width) {
    if (widthOf(font, words) <= width) return words;
    std::string shown = words;
    while (!shown.empty()) {
        // A letter may be several bytes.
        do shown.pop_back();
        while (!shown.empty() && (static_cast<unsigned char>(shown.back()) & 0x80) != 0);
        if (widthOf(font, shown + "...") <= width) return shown + "...";
    }
    return {};
}

std::vector<std::string> inLines(ImFont* font, const std::string& words, float width) {
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t from = 0; from < words.size();) {
        const std::size_t end = std::min(words.find(' ', from), words.size());
        const std::string word = words.substr(from, end - from);
        const std::string longer = line.empty() ? word : line + ' ' + word;
        if (line.empty() || widthOf(font, longer) <= width) {
            line = longer;
        } else {
            lines.push_back(line);
            line = word;
        }
        from = end + 1;
    }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

float drawLines(ImFont* font, ImVec2 at, ImU32 colour, const std::string& words, float width) {
    const float pitch = font->FontSize + std::round(font->FontSize / 5);
    float y = at.y;
    for (const std::string& line : inLines(font, words, width)) {
        drawText(font, {at.x, y}, colour, line);
        y += pitch;
    }
    return y - at.y;
}

void drawTip(const Canvas& canvas, ImVec2 pointer, const std::vector<std::string>& lines) {
    drawTip(canvas, pointer, lines, {});
}

Area drawTip(const Canvas& canvas, ImVec2 pointer, const std::vector<std::string>& lines, ImVec2 room) {
    const float u = canvas.scale, line = canvas.body->FontSize + 2 * u;
    float wide = room.x;
    for (const std::string& words : lines) wide = std::max(wide, widthOf(canvas.body, words));
    const float below = line * static_cast<float>(lines.size()), high = below + room.y;
    const ImVec2 corner{std::max(8 * u, std::min(pointer.x + 14 * u, canvas.width - wide - 16 * u)),
                        std::max(8 * u, std::min(pointer.y + 16 * u, canvas.height - high - 12 * u))};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 from{corner.x - 6 * u, corner.y - 4 * u},
        to{corner.x + wide + 6 * u, corner.y + high + 4 * u};
    list.AddRectFilled(from, to, ink(canvas.palette.panel), 4 * u);
    list.AddRect(from, to, ink(canvas.palette.border), 4 * u, 0, u);
    for (std::size_t i = 0; i < lines.size(); ++i)
        drawText(canvas.body, {corner.x, corner.y + line * static_cast<float>(i)}, ink(canvas.palette.text),
                 lines[i]);
    return {corner.x, corner.y + below, corner.x + wide, corner.y + high};
}

Rgb ofShare(Appearance appearance, double share) {
    return sequentialMap(
        appearance)[static_cast<std::size_t>(std::lround(255 * std::clamp(share, 0.0, 1.0)))];
}

Rgb letterOn(Rgb ground) {
    const double light = 0.299 * ground.red + 0.587 * ground.green + 0.114 * ground.blue;
    return light > 140 ? Rgb{16, 18, 22} : Rgb{248, 249, 250};
}

std::vector<double> roundTicks(double from, double to, int most) {
    std::vector<double> places;
    if (!(to > from)) return places;
    const double least = (to - from) / most;
    double step = std::pow(10, std::floor(std::log10(least)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0})
        if (factor * step >= least) {
            step *= factor;
            break;
        }
    for (double k = std::ceil(from / step - 1e-9); k * step <= to + 1e-9 * step; ++k)
        places.push_back(k * step);
    return places;
}

std::string tickLabel(double value) {
    const double shown = std::abs(value) < 1e-12 ? 0.0 : value;
    if (std::abs(shown) >= 10000 && std::abs(shown) < 1e7) return fmt::format("{:.0f}", shown);
    return fmt::format("{:.4g}", shown);
}

}  // namespace filigree::ui
