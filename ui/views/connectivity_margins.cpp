// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_layout.h"
#include "ui/views/connectivity_painter.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace filigree::ui {
namespace {

/// A step of 1, 2 or 5 times a power of ten that leaves at least `room` pixels between ticks.
std::int64_t tickStep(double cell, double room) {
    std::int64_t step = 1;
    for (;;) {
        for (const int factor : {1, 2, 5})
            if (static_cast<double>(step * factor) * cell >= room) return step * factor;
        step *= 10;
    }
}

/// Mean degree of the rows or columns under each pixel of a margin.
std::vector<float> meanDegrees(const std::vector<std::uint32_t>& degrees, double start, double cell,
                               int pixels) {
    std::vector<float> means(static_cast<std::size_t>(pixels), -1);
    const double count = static_cast<double>(degrees.size());
    for (int i = 0; i < pixels; ++i) {
        const double from = start + i / cell;
        const double to = start + (i + 1) / cell;
        if (to <= 0 || from >= count) continue;
        const auto first = static_cast<std::size_t>(std::max(0.0, from));
        const auto last =
            std::min(degrees.size(), std::max(first + 1, static_cast<std::size_t>(std::ceil(to))));
        double sum = 0;
        for (std::size_t d = first; d < last; ++d) sum += degrees[d];
        means[static_cast<std::size_t>(i)] = static_cast<float>(sum / static_cast<double>(last - first));
    }
    return means;
}

}  // namespace

void ConnectivityPainter::drawMargins(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Connectivity& pattern = *model_.data()->pattern;
    const Viewport& view = model_.viewport();
    const ImU32 bar = ink(canvas.palette.secondaryText, 150);
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const auto greatest = [](const std::vector<std::uint32_t>& degrees) {
        return degrees.empty()
                   ? 1.0F
                   : static_cast<float>(std::max(1U, *std::max_element(degrees.begin(), degrees.end())));
    };
    const float mostOut = greatest(pattern.outDegree);
    const std::vector<float> out = meanDegrees(pattern.outDegree, view.left, view.cellWidth, view.width);
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i] <= 0) continue;
        const float x = layout.top.left + static_cast<float>(i);
        list.AddRectFilled({x, layout.top.bottom - out[i] / mostOut * layout.top.height()},
                           {x + 1, layout.top.bottom}, bar);
    }
    const float mostIn = greatest(pattern.inDegree);
    const std::vector<float> in = meanDegrees(pattern.inDegree, view.top, view.cellHeight, view.height);
    for (std::size_t i = 0; i < in.size(); ++i) {
        if (in[i] <= 0) continue;
        const float y = layout.right.top + static_cast<float>(i);
        list.AddRectFilled({layout.right.left, y},
                           {layout.right.left + in[i] / mostIn * layout.right.width(), y + 1}, bar);
    }
    // Scale of the two histograms.
    const std::string outMost = countText(static_cast<std::int64_t>(mostOut));
    drawText(canvas.small,
             {layout.top.left - 6 * layout.unit - widthOf(canvas.small, outMost),
              layout.top.top - 2 * layout.unit},
             grey, outMost);
    drawText(canvas.small,
             {layout.top.left - 6 * layout.unit - widthOf(canvas.small, "out"),
              layout.top.bottom - canvas.small->FontSize},
             grey, "out");
    const std::string inMost = countText(static_cast<std::int64_t>(mostIn));
    drawText(canvas.small,
             {layout.right.right - widthOf(canvas.small, inMost),
              layout.right.top - canvas.small->FontSize - 2 * layout.unit},
             grey, inMost);
    drawText(canvas.small, {layout.right.left, layout.right.bottom + 4 * layout.unit}, grey, "in");
    list.AddLine({layout.right.right, layout.right.top}, {layout.right.right, layout.right.bottom},
                 ink(canvas.palette.border), 1);
    list.AddLine({layout.top.left, layout.top.top}, {layout.top.right, layout.top.top},
                 ink(canvas.palette.border), 1);
}

void ConnectivityPainter::drawAxes(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Viewport& view = model_.viewport();
    const Connectivity& pattern = *model_.data()->pattern;
    const float u = layout.unit;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const auto ticks = [&](double start, double cell, int pixels, std::int64_t cells, double room,
                           auto&& draw) {
        const std::int64_t step = tickStep(cell, room);
        auto at =
            static_cast<std::int64_t>(std::ceil(std::max(0.0, start) / static_cast<double>(step))) * step;
        for (; at < cells; at += step) {
            const double middle = (static_cast<double>(at) + 0.5 - start) * cell;
            if (middle > pixels) break;
            draw(static_cast<float>(middle), at);
        }
    };
    ticks(view.left, view.cellWidth, view.width, pattern.columns, static_cast<double>(56 * u),
          [&](float x, std::int64_t place) {
              const std::string label = std::to_string(pattern.columnId(place));
              const float at = std::round(layout.matrix.left + x);
              list.AddRectFilled({at, layout.matrix.bottom}, {at + 1, layout.matrix.bottom + 4 * u}, grey);
              drawText(canvas.small, {at - widthOf(canvas.small, label) / 2, layout.matrix.bottom + 5 * u},
                       grey, label);
          });
    ticks(view.top, view.cellHeight, view.height, pattern.rows, static_cast<double>(32 * u),
          [&](float y, std::int64_t place) {
              const std::string label = std::to_string(pattern.rowId(place));
              const float at = std::round(layout.matrix.top + y);
              list.AddRectFilled({layout.matrix.left - 4 * u, at}, {layout.matrix.left, at + 1}, grey);
              drawText(canvas.small,
                       {layout.matrix.left - 7 * u - widthOf(canvas.small, label),
                        at - canvas.small->FontSize / 2},
                       grey, label);
          });
    const float line = layout.matrix.bottom + 6 * u + canvas.small->FontSize + 2 * u;
    const auto selected = model_.selected();
    const auto ordered = [](const std::string& what, const std::string& order) {
        return order.empty() ? what : what + " by " + order;
    };
    const std::string meaning = ordered("columns are inputs", pattern.columnOrder) + ", " +
                                ordered("rows are outputs", pattern.rowOrder);
    if (!selected || !layout.narrow) drawText(canvas.small, {layout.matrix.left, line}, grey, meaning);
    if (selected) {
        const std::string facts = model_.brief(*selected);
        const float wide = widthOf(canvas.small, facts);
        const float right = layout.side.width() > 0 ? layout.side.right : layout.right.right;
        const float left = std::max(
            layout.matrix.left + (layout.narrow ? 0 : widthOf(canvas.small, meaning) + 20 * u), right - wide);
        list.PushClipRect({left, line}, {right, canvas.height}, true);
        drawText(canvas.small, {left, line}, ink(canvas.palette.text), facts);
        list.PopClipRect();
    }
}

void ConnectivityPainter::drawPixels(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Connectivity& pattern = *model_.data()->pattern;
    const PixelGrid grid = *pattern.pixels;
    const float u = layout.unit;
    std::vector<std::uint32_t> counts(static_cast<std::size_t>(grid.height * grid.width), 0);
    for (std::size_t c = 0; c < pattern.outDegree.size(); ++c)
        counts[static_cast<std::size_t>(pattern.columnId(static_cast<std::int64_t>(c))) % counts.size()] +=
            pattern.outDegree[c];
    const std::uint32_t most = std::max(1U, *std::max_element(counts.begin(), counts.end()));
    const float cell =
        std::max(1.0F, std::floor(std::min(layout.side.width() / static_cast<float>(grid.width),
                                           layout.side.height() * 0.6F / static_cast<float>(grid.height))));
    const Area area{layout.side.right - cell * static_cast<float>(grid.width), layout.side.top,
                    layout.side.right, layout.side.top + cell * static_cast<float>(grid.height)};
    drawText(canvas.small, {area.left, area.top - canvas.small->FontSize - 6 * u},
             ink(canvas.palette.secondaryText), "connections of each pixel");
    const ImTextureID picture = canvas.texture(
        1, rasterVersion_, false,
        [counts, most, grid, appearance = canvas.appearance, ground = canvas.palette.ground] {
            Picture map(static_cast<int>(grid.width), static_cast<int>(grid.height));
            const ColourMap& colours = sequentialMap(appearance);
            for (std::size_t i = 0; i < counts.size(); ++i)
                map.pixels[i] = packed(counts[i] == 0 ? ground : colours[counts[i] * 255ULL / most]);
            return map;
        });
    list.AddImage(picture, area.min(), area.max());
    list.AddRect(area.min(), area.max(), ink(canvas.palette.border), 0, 0, u);

    const float line = area.bottom + 8 * u;
    const Area bar{area.left, line, area.right, line + 8 * u};
    constexpr int pieces = 32;
    for (int i = 0; i < pieces; ++i) {
        const auto at = [&](int piece) {
            return ink(sequentialMap(canvas.appearance)[static_cast<std::size_t>(piece * 255 / pieces)]);
        };
        list.AddRectFilledMultiColor(
            {bar.left + bar.width() * static_cast<float>(i) / pieces, bar.top},
            {bar.left + bar.width() * static_cast<float>(i + 1) / pieces, bar.bottom}, at(i), at(i + 1),
            at(i + 1), at(i));
    }
    const std::string right = countText(most);
    drawText(canvas.small, {bar.left, bar.bottom + 3 * u}, ink(canvas.palette.secondaryText), "1");
    drawText(canvas.small, {bar.right - widthOf(canvas.small, right), bar.bottom + 3 * u},
             ink(canvas.palette.secondaryText), right);

    // The pixel that a column reads, and the column that a pixel is read by.
    const ImVec2 at = ImGui::GetIO().MousePos;
    if (area.contains(at) && !(pressed_ && dragged_)) {
        const auto x = static_cast<std::int64_t>((at.x - area.left) / cell);
        const auto y = static_cast<std::int64_t>((at.y - area.top) / cell);
        const std::int64_t pixel = std::min(grid.height - 1, y) * grid.width + std::min(grid.width - 1, x);
        model_.hover(std::nullopt);
        ImGui::BeginTooltip();
        ImGui::Text("pixel x %d, y %d", static_cast<int>(x), static_cast<int>(y));
        ImGui::Text("%s connections", countText(counts[static_cast<std::size_t>(pixel)]).c_str());
        ImGui::EndTooltip();
    }
    const auto shown = model_.hovered() ? model_.hovered() : model_.selected();
    if (shown) {
        const std::int64_t column = pattern.columnId(shown->column);
        const auto x = static_cast<float>(column % grid.width);
        const auto y = static_cast<float>(column / grid.width % grid.height);
        list.AddRect({area.left + x * cell - u, area.top + y * cell - u},
                     {area.left + (x + 1) * cell + u, area.top + (y + 1) * cell + u},
                     ink(canvas.palette.text), u, 0, 2 * u);
    }
}

}  // namespace filigree::ui
