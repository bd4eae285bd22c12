// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

namespace filigree::ui {
namespace {

struct Area {
    float left = 0, top = 0, right = 0, bottom = 0;
    float width() const { return right - left; }
    float height() const { return bottom - top; }
    ImVec2 min() const { return {left, top}; }
    ImVec2 max() const { return {right, bottom}; }
    bool contains(ImVec2 at) const { return at.x >= left && at.x < right && at.y >= top && at.y < bottom; }
};

void text(ImDrawList& list, ImFont* font, ImVec2 at, ImU32 colour, const std::string& words) {
    list.AddText(font, font->FontSize, {std::round(at.x), std::round(at.y)}, colour, words.data(),
                 words.data() + words.size());
}

float widthOf(ImFont* font, const std::string& words) {
    return font->CalcTextSizeA(font->FontSize, 1e9F, 0, words.data(), words.data() + words.size()).x;
}

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
    }
    return {};
}

const ColourMap& mapOf(Colouring colouring, Appearance appearance) {
    return colouring == Colouring::Sign ? divergingMap(appearance) : sequentialMap(appearance);
}

}  // namespace

struct ConnectivityPainter::Layout {
    Area header;
    Area matrix;
    Area top;    ///< connections of each column
    Area right;  ///< connections of each row
    Area side;   ///< the pixels of a first layer; empty if there are none
    float unit = 1;
    bool narrow = false;  ///< no room for counts and changes beside the legend
};

ConnectivityPainter::ConnectivityPainter() = default;
ConnectivityPainter::~ConnectivityPainter() = default;

ConnectivityPainter::Layout ConnectivityPainter::arrange(const Canvas& canvas) const {
    const float u = canvas.scale;
    Layout layout;
    layout.unit = u;
    const float pad = 16 * u;
    layout.narrow = canvas.width < 860 * u;
    layout.header = {pad, 12 * u, canvas.width - pad, (layout.narrow ? 70 : 52) * u};
    const bool pixels = model_.data() && model_.data()->pattern->pixels && canvas.width > 640 * u;
    const float side = pixels ? std::clamp(canvas.width * 0.2F, 168 * u, 260 * u) : 0;
    const float margin = 44 * u;
    layout.matrix = {pad + 48 * u, layout.header.bottom + margin + 12 * u,
                     canvas.width - pad - margin - 4 * u - (pixels ? side + 24 * u : 0),
                     canvas.height - 48 * u};
    layout.matrix.left = std::round(layout.matrix.left);
    layout.matrix.top = std::round(layout.matrix.top);
    layout.matrix.right = std::round(std::max(layout.matrix.left + 16 * u, layout.matrix.right));
    layout.matrix.bottom = std::round(std::max(layout.matrix.top + 16 * u, layout.matrix.bottom));
    layout.top = {layout.matrix.left, layout.matrix.top - 4 * u - margin, layout.matrix.right,
                  layout.matrix.top - 4 * u};
    layout.right = {layout.matrix.right + 4 * u, layout.matrix.top, layout.matrix.right + 4 * u + margin,
                    layout.matrix.bottom};
    if (pixels)
        layout.side = {canvas.width - pad - side, layout.matrix.top, canvas.width - pad,
                       layout.matrix.bottom};
    return layout;
}

void ConnectivityPainter::draw(const Canvas& canvas) {
    const Layout layout = arrange(canvas);
    if (!model_.data() || !message_.empty()) {
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const float wide = std::min(canvas.width - 48 * canvas.scale, 520 * canvas.scale);
        const ImVec2 size = canvas.body->CalcTextSizeA(canvas.body->FontSize, 1e9F, wide, message_.c_str());
        list.AddText(canvas.body, canvas.body->FontSize,
                     {std::round((canvas.width - size.x) / 2), std::round((canvas.height - size.y) / 2)},
                     ink(canvas.palette.secondaryText), message_.c_str(), nullptr, wide);
        return;
    }
    model_.resize(static_cast<int>(layout.matrix.width()), static_cast<int>(layout.matrix.height()));
    takeGestures(canvas, layout);
    drawHeader(canvas, layout);
    drawLegend(canvas, layout);
    drawMatrix(canvas, layout);
    drawMargins(canvas, layout);
    drawAxes(canvas, layout);
    if (layout.side.width() > 0) drawPixels(canvas, layout);
    if (dimmed_)
        ImGui::GetWindowDrawList()->AddRectFilled({0, 0}, {canvas.width, canvas.height},
                                                  ink(canvas.palette.ground, 120));
    else
        drawHint(canvas, layout);
}

void ConnectivityPainter::takeGestures(const Canvas& canvas, const Layout& layout) {
    const ImGuiIO& io = ImGui::GetIO();
    const ImVec2 at = io.MousePos;
    const float x = at.x - layout.matrix.left;
    const float y = at.y - layout.matrix.top;
    const bool over = layout.matrix.contains(at);
    const float still = 4 * canvas.scale;

    if (over && (io.MouseWheel != 0 || io.MouseWheelH != 0)) {
        const double turned = static_cast<double>(io.MouseWheel != 0 ? io.MouseWheel : io.MouseWheelH);
        const double base = io.KeyCtrl ? 1.05 : 1.25;
        model_.zoom(static_cast<double>(x), static_cast<double>(y), std::pow(base, turned), true,
                    !io.KeyShift);
    }
    if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
        const auto cell = model_.cellAt(static_cast<double>(x), static_cast<double>(y));
        const bool onItem = cell && model_.viewport().cellWidth >= 3 &&
                            model_.data()->pattern->find(cell->row, cell->column).has_value() &&
                            model_.viewport().cellWidth < 50;
        if (onItem) {
            model_.select(cell);
            model_.fitSelection();
        } else {
            model_.fit();
        }
        pressed_ = false;
        return;
    }
    if (over && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        pressed_ = true;
        dragged_ = false;
        boxing_ = io.KeyCtrl;
        pressedAt_ = at;
    }
    if (pressed_ && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
        if (std::abs(at.x - pressedAt_.x) > still || std::abs(at.y - pressedAt_.y) > still) dragged_ = true;
        if (dragged_ && !boxing_)
            model_.pan(static_cast<double>(io.MouseDelta.x), static_cast<double>(io.MouseDelta.y));
    }
    if (ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0))
        model_.pan(static_cast<double>(io.MouseDelta.x), static_cast<double>(io.MouseDelta.y));
    if (pressed_ && ImGui::IsMouseReleased(ImGuiMouseButton_Left)) {
        pressed_ = false;
        if (dragged_ && boxing_) {
            model_.zoomTo(static_cast<double>(pressedAt_.x - layout.matrix.left),
                          static_cast<double>(pressedAt_.y - layout.matrix.top), static_cast<double>(x),
                          static_cast<double>(y));
        } else if (!dragged_) {
            const auto nearest = model_.connectionAt(static_cast<double>(x), static_cast<double>(y),
                                                     static_cast<double>(6 * canvas.scale));
            const Connectivity& pattern = *model_.data()->pattern;
            model_.select(nearest ? MatrixCell{pattern.rowOf(*nearest), pattern.column[*nearest]}
                                  : model_.cellAt(static_cast<double>(x), static_cast<double>(y)));
        }
    }
    if (pressed_ && dragged_)
        model_.hover(std::nullopt);
    else if (over)
        model_.hover(model_.cellAt(static_cast<double>(x), static_cast<double>(y)));
    else if (!layout.side.contains(at))
        model_.hover(std::nullopt);
}

void ConnectivityPainter::drawHeader(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Connectivity& pattern = *model_.data()->pattern;
    const ImVec2 at = layout.header.min();
    text(list, canvas.heading, at, ink(canvas.palette.text), pattern.layer);
    const float nameWidth = widthOf(canvas.heading, pattern.layer);
    const std::string shape = pattern.kernel.size() == 3
                                  ? fmt::format("{} × {} × {} × {}", pattern.rows, pattern.kernel[0],
                                                pattern.kernel[1], pattern.kernel[2])
                                  : fmt::format("{} × {}", pattern.rows, pattern.columns);
    text(list, canvas.body,
         {at.x + nameWidth + 12 * layout.unit, at.y + canvas.heading->FontSize - canvas.body->FontSize},
         ink(canvas.palette.secondaryText), fmt::format("{}   step {}", shape, countText(pattern.step)));
    float line = at.y + canvas.heading->FontSize + 6 * layout.unit;
    std::string counts =
        fmt::format("{} of {} connections, density {:.3g} %", countText(pattern.connections()),
                    countText(pattern.rows * pattern.columns), 100 * pattern.density());
    if (at.x + widthOf(canvas.body, counts) > layout.header.right - 180 * layout.unit)
        counts = fmt::format("{} connections, {:.3g} %", countText(pattern.connections()),
                             100 * pattern.density());
    text(list, canvas.body, {at.x, line}, ink(canvas.palette.secondaryText), counts);
    if (!pattern.previousStep || !model_.showsChanges()) return;
    float x = at.x + widthOf(canvas.body, counts) + 20 * layout.unit;
    if (layout.narrow) {
        x = at.x;
        line += canvas.body->FontSize + 4 * layout.unit;
    }
    const auto mark = [&](const char* sign, Rgb colour, const std::string& words) {
        text(list, canvas.body, {x, line}, ink(colour), sign);
        x += widthOf(canvas.body, sign) + 5 * layout.unit;
        text(list, canvas.body, {x, line}, ink(canvas.palette.secondaryText), words);
        x += widthOf(canvas.body, words) + 14 * layout.unit;
    };
    mark("+", canvas.palette.grown, countText(pattern.grownCount) + " grown");
    mark("×", canvas.palette.dropped,
         countText(static_cast<std::int64_t>(pattern.dropped.size())) + " dropped");
    text(list, canvas.body, {x, line}, ink(canvas.palette.secondaryText),
         "since step " + countText(*pattern.previousStep));
}

void ConnectivityPainter::drawLegend(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ConnectivityData& data = *model_.data();
    const float u = layout.unit;
    const float wide = 160 * u;
    const Area bar{layout.header.right - wide, layout.header.top + 3 * u, layout.header.right,
                   layout.header.top + 13 * u};
    const bool presence = data.colouring == Colouring::Presence;
    const double full = data.levels.fullDensity(model_.viewport().level());
    const ImU32 colour = ink(canvas.palette.secondaryText);
    if (presence && full >= 0.999) {
        // Whole connections: there is nothing in between.
        const std::string word = "connected";
        text(list, canvas.small, {bar.right - widthOf(canvas.small, word), bar.top - 2 * u}, colour, word);
        const float right = bar.right - widthOf(canvas.small, word) - 6 * u;
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
    text(list, canvas.small, {bar.left, line}, colour, left);
    text(list, canvas.small, {bar.right - widthOf(canvas.small, right), line}, colour, right);
    std::string what = unitOf(data.colouring);
    const bool weights = data.colouring == Colouring::Sign || data.colouring == Colouring::Magnitude;
    if (weights && data.pattern->weightStep != data.pattern->step)
        what += " of step " + countText(data.pattern->weightStep);
    // Beside the bar, or on a narrow canvas below it.
    if (layout.narrow)
        text(list, canvas.small,
             {bar.right - widthOf(canvas.small, what), line + canvas.small->FontSize + 4 * u}, colour, what);
    else
        text(list, canvas.small, {bar.left - widthOf(canvas.small, what) - 10 * u, bar.top - 2 * u}, colour,
             what);
}

void ConnectivityPainter::drawMatrix(const Canvas& canvas, const Layout& layout) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    if (drawnVersion_ != model_.version() || drawnAppearance_ != canvas.appearance) {
        drawnVersion_ = model_.version();
        drawnAppearance_ = canvas.appearance;
        ++rasterVersion_;
    }
    RasterStyle style;
    style.ground = canvas.palette.ground;
    style.presence = canvas.palette.accent;
    style.map = &mapOf(model_.data()->colouring, canvas.appearance);
    std::tie(style.low, style.high) = model_.range();
    const ImTextureID picture = canvas.texture(0, rasterVersion_, false,
                                               [data = model_.shared(), viewport = model_.viewport(), style] {
                                                   return rasterize(data->levels, viewport, style);
                                               });
    list.AddImage(picture, layout.matrix.min(), layout.matrix.max());

    list.PushClipRect(layout.matrix.min(), layout.matrix.max(), true);
    drawGrid(canvas, layout);
    if (model_.showsChanges()) drawChanges(canvas, layout);
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
            text(list, font,
                 {from.x + static_cast<float>((box.left + box.right) / 2) - widthOf(font, number) / 2,
                  from.y + static_cast<float>((box.top + box.bottom) / 2) - font->FontSize / 2},
                 bright ? IM_COL32(20, 22, 26, 255) : IM_COL32(255, 255, 255, 255), number);
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
    if (pressed_ && dragged_ && boxing_) {
        const ImVec2 to = ImGui::GetIO().MousePos;
        list.AddRectFilled(pressedAt_, to, ink(canvas.palette.accent, 40));
        list.AddRect(pressedAt_, to, ink(canvas.palette.accent), 0, 0, u);
    }
}

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
    text(list, canvas.small,
         {layout.top.left - 6 * layout.unit - widthOf(canvas.small, outMost),
          layout.top.top - 2 * layout.unit},
         grey, outMost);
    text(list, canvas.small,
         {layout.top.left - 6 * layout.unit - widthOf(canvas.small, "out"),
          layout.top.bottom - canvas.small->FontSize},
         grey, "out");
    const std::string inMost = countText(static_cast<std::int64_t>(mostIn));
    text(list, canvas.small,
         {layout.right.right - widthOf(canvas.small, inMost),
          layout.right.top - canvas.small->FontSize - 2 * layout.unit},
         grey, inMost);
    text(list, canvas.small, {layout.right.left, layout.right.bottom + 4 * layout.unit}, grey, "in");
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
            draw(static_cast<float>(middle), std::to_string(at));
        }
    };
    ticks(view.left, view.cellWidth, view.width, pattern.columns, static_cast<double>(56 * u),
          [&](float x, const std::string& label) {
              const float at = std::round(layout.matrix.left + x);
              list.AddRectFilled({at, layout.matrix.bottom}, {at + 1, layout.matrix.bottom + 4 * u}, grey);
              text(list, canvas.small, {at - widthOf(canvas.small, label) / 2, layout.matrix.bottom + 5 * u},
                   grey, label);
          });
    ticks(
        view.top, view.cellHeight, view.height, pattern.rows, static_cast<double>(32 * u),
        [&](float y, const std::string& label) {
            const float at = std::round(layout.matrix.top + y);
            list.AddRectFilled({layout.matrix.left - 4 * u, at}, {layout.matrix.left, at + 1}, grey);
            text(list, canvas.small,
                 {layout.matrix.left - 7 * u - widthOf(canvas.small, label), at - canvas.small->FontSize / 2},
                 grey, label);
        });
    const float line = layout.matrix.bottom + 6 * u + canvas.small->FontSize + 2 * u;
    const auto selected = model_.selected();
    if (!selected || !layout.narrow)
        text(list, canvas.small, {layout.matrix.left, line}, grey, "columns are inputs, rows are outputs");
    if (selected) {
        const std::string facts = model_.brief(*selected);
        const float wide = widthOf(canvas.small, facts);
        const float right = layout.side.width() > 0 ? layout.side.right : layout.right.right;
        const float left = std::max(layout.matrix.left + (layout.narrow ? 0 : 230 * u), right - wide);
        list.PushClipRect({left, line}, {right, canvas.height}, true);
        text(list, canvas.small, {left, line}, ink(canvas.palette.text), facts);
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
        counts[c % counts.size()] += pattern.outDegree[c];
    const std::uint32_t most = std::max(1U, *std::max_element(counts.begin(), counts.end()));
    const float cell =
        std::max(1.0F, std::floor(std::min(layout.side.width() / static_cast<float>(grid.width),
                                           layout.side.height() * 0.6F / static_cast<float>(grid.height))));
    const Area area{layout.side.right - cell * static_cast<float>(grid.width), layout.side.top,
                    layout.side.right, layout.side.top + cell * static_cast<float>(grid.height)};
    text(list, canvas.small, {area.left, area.top - canvas.small->FontSize - 6 * u},
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
    text(list, canvas.small, {bar.left, bar.bottom + 3 * u}, ink(canvas.palette.secondaryText), "1");
    text(list, canvas.small, {bar.right - widthOf(canvas.small, right), bar.bottom + 3 * u},
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
        const auto x = static_cast<float>(shown->column % grid.width);
        const auto y = static_cast<float>(shown->column / grid.width % grid.height);
        list.AddRect({area.left + x * cell - u, area.top + y * cell - u},
                     {area.left + (x + 1) * cell + u, area.top + (y + 1) * cell + u},
                     ink(canvas.palette.text), u, 0, 2 * u);
    }
}

void ConnectivityPainter::drawHint(const Canvas& canvas, const Layout& layout) {
    const auto hovered = model_.hovered();
    if (!hovered || !layout.matrix.contains(ImGui::GetIO().MousePos)) return;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {10 * canvas.scale, 8 * canvas.scale});
    ImGui::BeginTooltip();
    ImGui::TextUnformatted(model_.describe(*hovered).c_str());
    ImGui::EndTooltip();
    ImGui::PopStyleVar();
}

}  // namespace filigree::ui
