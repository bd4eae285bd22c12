// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_painter.h"

#include <algorithm>
#include <cmath>

#include "ui/views/connectivity_layout.h"

namespace filigree::ui {

ConnectivityPainter::ConnectivityPainter() = default;
ConnectivityPainter::~ConnectivityPainter() = default;

ConnectivityPainter::Layout ConnectivityPainter::arrange(const Canvas& canvas) const {
    const float u = canvas.scale;
    Layout layout;
    layout.unit = u;
    const float pad = 16 * u;
    layout.narrow = canvas.width < 860 * u;
    layout.header = {pad, 12 * u, canvas.width - pad, (layout.narrow ? 70 : 52) * u};
    layout.legend = {std::max(pad, layout.header.right - 160 * u), layout.header.top, layout.header.right,
                     layout.header.bottom};
    if (canvas.width < 480 * u) {
        layout.legend = {pad, layout.header.bottom + 4 * u, std::min(pad + 160 * u, layout.header.right),
                         layout.header.bottom + 34 * u};
        layout.header.bottom = layout.legend.bottom;
    }
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
        brushing_ = io.KeyShift && !io.KeyCtrl;
        pressedAt_ = at;
        outline_.clear();
        if (brushing_ && lasso_) outline_.push_back(at);
    }
    if (pressed_) {
        constexpr float shortest = 2;  // a hand draws no finer
        if (!outline_.empty() && (std::abs(at.x - outline_.back().x) >= shortest ||
                                  std::abs(at.y - outline_.back().y) >= shortest))
            outline_.push_back(at);
        // The last move and the release may come with one frame.
        if (std::abs(at.x - pressedAt_.x) > still || std::abs(at.y - pressedAt_.y) > still) dragged_ = true;
        if (dragged_ && !boxing_ && !brushing_)
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
        } else if (dragged_ && !outline_.empty()) {
            endLasso(layout);
        } else if (dragged_ && brushing_) {
            const auto inside = [&](ImVec2 point) {
                return model_.nearestCell(static_cast<double>(point.x - layout.matrix.left),
                                          static_cast<double>(point.y - layout.matrix.top));
            };
            if (model_.onBrush) model_.onBrush(inside(pressedAt_), inside(at));
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

void ConnectivityPainter::endLasso(const Layout& layout) const {
    if (!model_.onLasso) return;
    const Viewport& viewport = model_.viewport();
    std::vector<MatrixPoint> points;
    for (const ImVec2& point : outline_)
        points.push_back(
            {viewport.left + static_cast<double>(point.x - layout.matrix.left) / viewport.cellWidth,
             viewport.top + static_cast<double>(point.y - layout.matrix.top) / viewport.cellHeight});
    model_.onLasso(points);
}

void ConnectivityPainter::drawBrush(const Canvas& canvas) const {
    if (!pressed_ || !dragged_ || !(boxing_ || brushing_)) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImU32 line = ink(canvas.palette.accent);
    if (!outline_.empty()) {
        list.AddPolyline(outline_.data(), static_cast<int>(outline_.size()), line, ImDrawFlags_None,
                         1.5F * canvas.scale);
        // How it would close.
        list.AddLine(outline_.back(), outline_.front(), ink(canvas.palette.accent, 110), canvas.scale);
        return;
    }
    const ImVec2 to = ImGui::GetIO().MousePos;
    list.AddRectFilled(pressedAt_, to, ink(canvas.palette.accent, 40));
    list.AddRect(pressedAt_, to, line, 0, 0, canvas.scale);
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
