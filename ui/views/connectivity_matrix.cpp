// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_layout.h"
#include "ui/views/connectivity_painter.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace filigree::ui {

void ConnectivityPainter::drawMatrix(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (drawnVersion_ != model_.version() || drawnAppearance_ != canvas.appearance) {
        drawnVersion_ = model_.version();
        drawnAppearance_ = canvas.appearance;
        ++rasterVersion_;
    }
    const SideStyle sides = sideStyle(canvas.palette);
    RasterStyle style;
    style.ground = canvas.palette.ground;
    style.presence = canvas.palette.accent;
    style.map = &mapOf(model_.data()->colouring, canvas.appearance);
    std::tie(style.low, style.high) = model_.range();
    const ImTextureID picture = canvas.texture(
        0, rasterVersion_, false, [data = model_.shared(), viewport = model_.viewport(), style, sides] {
            if (data->onlyB) return rasterizeSides(data->levels, *data->onlyB, viewport, sides);
            return rasterize(data->levels, viewport, style);
        });
    list.AddImage(picture, layout.matrix.min(), layout.matrix.max());

    list.PushClipRect(layout.matrix.min(), layout.matrix.max(), true);
    drawGrid(canvas, layout);
    drawGroups(canvas, layout);
    if (model_.showsChanges()) drawChanges(canvas, layout);
    if (model_.hasCut()) drawCut(canvas, layout);
    drawMarks(canvas, layout);
    list.PopClipRect();

    // Around the matrix itself, which may be smaller than its area.
    const ConnectivityModel::Box first = model_.boxOf({0, 0});
    const ConnectivityModel::Box last =
        model_.boxOf({model_.data()->pattern->rows - 1, model_.data()->pattern->columns - 1});
    const auto inside = [](double value, float from, float to) {
        return std::round(std::clamp(from + static_cast<float>(value), from, to));
    };
    list.AddRect({inside(first.left, layout.matrix.left, layout.matrix.right),
                  inside(first.top, layout.matrix.top, layout.matrix.bottom)},
                 {inside(last.right, layout.matrix.left, layout.matrix.right),
                  inside(last.bottom, layout.matrix.top, layout.matrix.bottom)},
                 ink(canvas.palette.border), 0, 0, std::max(1.0F, std::floor(layout.unit)));
}

void ConnectivityPainter::drawGrid(const Canvas& canvas, const Layout& layout) {
    const Viewport& view = model_.viewport();
    const float u = layout.unit;
    const auto smaller = static_cast<float>(std::min(view.cellWidth, view.cellHeight));
    if (smaller < 8 * u) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Connectivity& pattern = *model_.data()->pattern;
    const auto firstColumn = static_cast<std::int64_t>(std::max(0.0, std::floor(view.left)));
    const auto firstRow = static_cast<std::int64_t>(std::max(0.0, std::floor(view.top)));
    const auto endColumn = std::min(
        pattern.columns, static_cast<std::int64_t>(std::ceil(view.left + view.width / view.cellWidth)));
    const auto endRow = std::min(
        pattern.rows, static_cast<std::int64_t>(std::ceil(view.top + view.height / view.cellHeight)));
    // Faint where cells are small, so that the lines do not outweigh them.
    const auto alpha = static_cast<std::uint8_t>(std::clamp((smaller / u - 8) * 14, 20.0F, 110.0F));
    const ImU32 colour = ink(canvas.palette.border, alpha);
    const ImVec2 from = layout.matrix.min();
    const ConnectivityModel::Box all = model_.boxOf({pattern.rows - 1, pattern.columns - 1});
    const float bottom = std::min(layout.matrix.bottom, from.y + static_cast<float>(all.bottom));
    const float right = std::min(layout.matrix.right, from.x + static_cast<float>(all.right));
    const ConnectivityModel::Box origin = model_.boxOf({0, 0});
    const float top = std::max(from.y, from.y + static_cast<float>(origin.top));
    const float left = std::max(from.x, from.x + static_cast<float>(origin.left));
    for (std::int64_t c = firstColumn; c <= endColumn; ++c) {
        const float x =
            std::round(from.x + static_cast<float>((static_cast<double>(c) - view.left) * view.cellWidth));
        list.AddRectFilled({x, top}, {x + std::max(1.0F, std::floor(u)), bottom}, colour);
    }
    for (std::int64_t r = firstRow; r <= endRow; ++r) {
        const float y =
            std::round(from.y + static_cast<float>((static_cast<double>(r) - view.top) * view.cellHeight));
        list.AddRectFilled({left, y}, {right, y + std::max(1.0F, std::floor(u))}, colour);
    }
    if (pattern.against) {
        drawSides(canvas, layout);
        return;
    }
    // Values, once they fit.
    const std::vector<float>& values =
        model_.data()->colouring == Colouring::Presence ? pattern.weight : model_.data()->levels.values();
    if (values.empty() || view.cellWidth < static_cast<double>(50 * u) ||
        view.cellHeight < static_cast<double>(18 * u))
        return;
    const bool presence = model_.data()->colouring == Colouring::Presence;
    const ColourMap& map = mapOf(model_.data()->colouring, canvas.appearance);
    const auto [low, high] = model_.range();
    for (std::int64_t r = firstRow; r < endRow; ++r) {
        const auto begin = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r)];
        const auto end = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r) + 1];
        for (auto at = std::lower_bound(begin, end, static_cast<std::uint32_t>(firstColumn));
             at != end && *at < static_cast<std::uint64_t>(endColumn); ++at) {
            const auto e = static_cast<std::size_t>(at - pattern.column.begin());
            const ConnectivityModel::Box box = model_.boxOf({r, *at});
            const double share = (static_cast<double>(values[e]) - low) / (high - low);
            const Rgb ground = presence ? canvas.palette.accent
                                        : map[static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * 255)];
            const bool bright = 0.299 * ground.red + 0.587 * ground.green + 0.114 * ground.blue > 140;
            const double value = static_cast<double>(values[e]);
            ImFont* font = view.cellWidth >= static_cast<double>(72 * u) ? canvas.body : canvas.small;
            const std::string number = numberText(value, 3);
            drawText(font,
                     {from.x + static_cast<float>((box.left + box.right) / 2) - widthOf(font, number) / 2,
                      from.y + static_cast<float>((box.top + box.bottom) / 2) - font->FontSize / 2},
                     bright ? IM_COL32(20, 22, 26, 255) : IM_COL32(255, 255, 255, 255), number);
        }
    }
}

/// Lines between the tiles or groups of a structured pattern, once these are large enough to be told apart.
void ConnectivityPainter::drawGroups(const Canvas& canvas, const Layout& layout) {
    const Connectivity& pattern = *model_.data()->pattern;
    // Sorted rows or columns tear groups apart.
    if (!pattern.groups || !pattern.rowIds.empty() || !pattern.columnIds.empty()) return;
    const Viewport& view = model_.viewport();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, wide = std::max(1.0F, std::floor(u));
    const ConnectivityModel::Box first = model_.boxOf({0, 0});
    const ConnectivityModel::Box last = model_.boxOf({pattern.rows - 1, pattern.columns - 1});
    const ImVec2 from = layout.matrix.min();
    const float left = std::max(layout.matrix.left, from.x + static_cast<float>(first.left));
    const float right = std::min(layout.matrix.right, from.x + static_cast<float>(last.right));
    const float top = std::max(layout.matrix.top, from.y + static_cast<float>(first.top));
    const float bottom = std::min(layout.matrix.bottom, from.y + static_cast<float>(last.bottom));
    const auto places = [&](std::int64_t group, std::int64_t count, double begin, double extent, double cell,
                            auto&& line) {
        const double size = static_cast<double>(group) * cell;
        if (group <= 1 || size < static_cast<double>(7 * u)) return;
        const ImU32 colour =
            ink(canvas.palette.secondaryText,
                static_cast<std::uint8_t>(std::clamp(size / static_cast<double>(u) * 6, 50.0, 170.0)));
        const auto start = static_cast<std::int64_t>(std::max(0.0, std::floor(begin))) / group * group;
        for (std::int64_t at = std::max(group, start); at < count; at += group) {
            const double offset = (static_cast<double>(at) - begin) * cell;
            if (offset > extent) return;
            if (offset >= 0) line(static_cast<float>(offset), colour);
        }
    };
    places(pattern.groups->columns, pattern.columns, view.left, static_cast<double>(layout.matrix.width()),
           view.cellWidth, [&](float offset, ImU32 colour) {
               const float x = std::round(from.x + offset);
               list.AddRectFilled({x, top}, {x + wide, bottom}, colour);
           });
    places(pattern.groups->rows, pattern.rows, view.top, static_cast<double>(layout.matrix.height()),
           view.cellHeight, [&](float offset, ImU32 colour) {
               const float y = std::round(from.y + offset);
               list.AddRectFilled({left, y}, {right, y + wide}, colour);
           });
}

void ConnectivityPainter::drawSides(const Canvas& canvas, const Layout& layout) {
    const Viewport& view = model_.viewport();
    const Connectivity& pattern = *model_.data()->pattern;
    const float u = layout.unit;
    // Letters, once they fit: colour is not the only sign.
    if (view.cellWidth < static_cast<double>(14 * u) || view.cellHeight < static_cast<double>(14 * u)) return;
    const SideStyle style = sideStyle(canvas.palette);
    const auto firstColumn = static_cast<std::uint32_t>(std::max(0.0, std::floor(view.left)));
    const double endColumn = view.left + view.width / view.cellWidth;
    const auto firstRow = static_cast<std::int64_t>(std::max(0.0, std::floor(view.top)));
    const auto endRow = std::min(
        pattern.rows, static_cast<std::int64_t>(std::ceil(view.top + view.height / view.cellHeight)));
    for (std::int64_t r = firstRow; r < endRow; ++r) {
        const auto begin = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r)];
        const auto end = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r) + 1];
        for (auto at = std::lower_bound(begin, end, firstColumn); at != end && *at < endColumn; ++at) {
            const std::uint8_t side = pattern.side[static_cast<std::size_t>(at - pattern.column.begin())];
            const Rgb ground = side == Connectivity::OnlyA   ? style.onlyA
                               : side == Connectivity::OnlyB ? style.onlyB
                                                             : style.both;
            const bool bright = 0.299 * ground.red + 0.587 * ground.green + 0.114 * ground.blue > 140;
            const std::string letter = side == Connectivity::OnlyA   ? "A"
                                       : side == Connectivity::OnlyB ? "B"
                                                                     : "AB";
            ImFont* font = view.cellWidth >= static_cast<double>(40 * u) ? canvas.body : canvas.small;
            if (widthOf(font, letter) > static_cast<float>(view.cellWidth)) continue;
            const ConnectivityModel::Box box = model_.boxOf({r, *at});
            drawText(
                font,
                {layout.matrix.left + static_cast<float>((box.left + box.right) / 2) -
                     widthOf(font, letter) / 2,
                 layout.matrix.top + static_cast<float>((box.top + box.bottom) / 2) - font->FontSize / 2},
                bright ? IM_COL32(20, 22, 26, 255) : IM_COL32(255, 255, 255, 255), letter);
        }
    }
}

void ConnectivityPainter::drawChanges(const Canvas& canvas, const Layout& layout) {
    const Viewport& view = model_.viewport();
    const Connectivity& pattern = *model_.data()->pattern;
    const float u = layout.unit;
    if (!pattern.previousStep || std::min(view.cellWidth, view.cellHeight) < static_cast<double>(7 * u))
        return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 from = layout.matrix.min();
    const auto size = static_cast<float>(std::min(view.cellWidth, view.cellHeight));
    const float reach = std::clamp(size * 0.28F, 2.5F * u, 7 * u);
    const float thick = std::max(1.5F * u, 1.0F);
    const bool corner = view.cellWidth >= static_cast<double>(50 * u);  // the middle holds the value
    const auto place = [&](std::int64_t row, std::int64_t column) {
        const ConnectivityModel::Box box = model_.boxOf({row, column});
        if (corner)
            return ImVec2(from.x + static_cast<float>(box.left) + 9 * u,
                          from.y + static_cast<float>(box.top) + 9 * u);
        return ImVec2(from.x + static_cast<float>((box.left + box.right) / 2),
                      from.y + static_cast<float>((box.top + box.bottom) / 2));
    };
    const auto firstColumn = static_cast<std::int64_t>(std::max(0.0, std::floor(view.left)));
    const auto firstRow = static_cast<std::int64_t>(std::max(0.0, std::floor(view.top)));
    const auto endColumn = std::min(
        pattern.columns, static_cast<std::int64_t>(std::ceil(view.left + view.width / view.cellWidth)));
    const auto endRow = std::min(
        pattern.rows, static_cast<std::int64_t>(std::ceil(view.top + view.height / view.cellHeight)));
    const ImU32 grown = ink(canvas.palette.grown);
    const ImU32 halo = ink(canvas.palette.ground, 230);
    const ImU32 dropped = ink(canvas.palette.dropped);
    const auto plus = [&](ImVec2 at, float r, float width, ImU32 colour) {
        list.AddRectFilled({at.x - r, at.y - width / 2}, {at.x + r, at.y + width / 2}, colour);
        list.AddRectFilled({at.x - width / 2, at.y - r}, {at.x + width / 2, at.y + r}, colour);
    };
    for (std::int64_t row = firstRow; row < endRow; ++row) {
        for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(row)];
             e < pattern.rowStart[static_cast<std::size_t>(row) + 1]; ++e) {
            if (pattern.column[e] < firstColumn || pattern.column[e] >= endColumn) continue;
            if (pattern.grown.empty() || !pattern.grown[e]) continue;
            const ImVec2 at = place(row, pattern.column[e]);
            plus(at, reach + u, thick + 2 * u, halo);
            plus(at, reach, thick, grown);
        }
        const auto begin = std::lower_bound(pattern.dropped.begin(), pattern.dropped.end(),
                                            static_cast<std::uint32_t>(row * pattern.columns + firstColumn));
        const auto limit = row * pattern.columns + endColumn;
        for (auto at = begin; at != pattern.dropped.end() && *at < static_cast<std::uint64_t>(limit); ++at) {
            const ImVec2 centre = place(row, *at % pattern.columns);
            const float r = reach * 0.8F;
            list.AddLine({centre.x - r, centre.y - r}, {centre.x + r, centre.y + r}, dropped, thick);
            list.AddLine({centre.x - r, centre.y + r}, {centre.x + r, centre.y - r}, dropped, thick);
        }
    }
}

void ConnectivityPainter::drawCut(const Canvas& canvas, const Layout& layout) {
    const Viewport& view = model_.viewport();
    const Connectivity& pattern = *model_.data()->pattern;
    const float u = layout.unit;
    // Where many connections share a pixel, single ones cannot be marked; where cells are smaller than the
    // sign, their colour marks them.
    const double smaller = std::min(view.cellWidth, view.cellHeight);
    if (smaller < 1) return;
    const bool crossed = smaller >= static_cast<double>(4 * u);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const auto firstColumn = static_cast<std::uint32_t>(std::max(0.0, std::floor(view.left)));
    const double endColumn = view.left + view.width / view.cellWidth;
    const auto firstRow = static_cast<std::int64_t>(std::max(0.0, std::floor(view.top)));
    const auto endRow = std::min(
        pattern.rows, static_cast<std::int64_t>(std::ceil(view.top + view.height / view.cellHeight)));
    const float reach = std::clamp(static_cast<float>(view.cellHeight) * 0.4F, 2 * u, 9 * u);
    for (std::int64_t r = firstRow; r < endRow; ++r) {
        const auto begin = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r)];
        const auto end = pattern.column.begin() + pattern.rowStart[static_cast<std::size_t>(r) + 1];
        for (auto at = std::lower_bound(begin, end, firstColumn); at != end && *at < endColumn; ++at) {
            if (!model_.isCut(r, *at)) continue;
            const ConnectivityModel::Box box = model_.boxOf({r, *at});
            const ImVec2 from{layout.matrix.left + static_cast<float>(box.left),
                              layout.matrix.top + static_cast<float>(box.top)};
            const ImVec2 to{layout.matrix.left + static_cast<float>(box.right),
                            layout.matrix.top + static_cast<float>(box.bottom)};
            if (!crossed) {
                list.AddRectFilled(from, to, ink(canvas.palette.error));
                continue;
            }
            list.AddRectFilled(from, to, ink(canvas.palette.ground, 170));
            const ImVec2 middle{(from.x + to.x) / 2, (from.y + to.y) / 2};
            const ImU32 colour = ink(canvas.palette.error);
            list.AddLine({middle.x - reach, middle.y - reach}, {middle.x + reach, middle.y + reach}, colour,
                         1.3F * u);
            list.AddLine({middle.x - reach, middle.y + reach}, {middle.x + reach, middle.y - reach}, colour,
                         1.3F * u);
        }
    }
}

void ConnectivityPainter::drawMarks(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const ImVec2 from = layout.matrix.min();
    const auto boxOf = [&](MatrixCell cell) {
        const ConnectivityModel::Box box = model_.boxOf(cell);
        Area area{from.x + static_cast<float>(box.left), from.y + static_cast<float>(box.top),
                  from.x + static_cast<float>(box.right), from.y + static_cast<float>(box.bottom)};
        // Never too small to be found.
        const float least = 7 * u;
        if (area.width() < least) {
            const float centre = (area.left + area.right) / 2;
            area.left = centre - least / 2;
            area.right = centre + least / 2;
        }
        if (area.height() < least) {
            const float centre = (area.top + area.bottom) / 2;
            area.top = centre - least / 2;
            area.bottom = centre + least / 2;
        }
        return area;
    };
    if (const auto hovered = model_.hovered()) {
        const Area area = boxOf(*hovered);
        const ImU32 band = ink(canvas.palette.text, 20);
        list.AddRectFilled({layout.matrix.left, area.top}, {layout.matrix.right, area.bottom}, band);
        list.AddRectFilled({area.left, layout.matrix.top}, {area.right, layout.matrix.bottom}, band);
    }
    if (const auto selected = model_.selected()) {
        const Area area = boxOf(*selected);
        list.AddRect({area.left - u, area.top - u}, {area.right + u, area.bottom + u},
                     ink(canvas.palette.ground), 2 * u, 0, 4 * u);
        list.AddRect({area.left - u, area.top - u}, {area.right + u, area.bottom + u},
                     ink(canvas.palette.text), 2 * u, 0, 2 * u);
    }
    drawBrush(canvas);
}

}  // namespace filigree::ui
