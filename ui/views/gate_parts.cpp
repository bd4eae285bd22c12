// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/views/gate_board_painter.h"
#include "ui/views/plot.h"

/// What the page of gates shows beside the board: ridges of histograms, the two passes of gradient routing.
namespace filigree::ui {
namespace {

constexpr std::size_t mostRidges = 24, ridgeBins = 40;
constexpr int mostTicksAcross = 6, mostTicksUp = 4;

double shownValue(double value, bool logarithmic) {
    return logarithmic ? std::log10(value) : value;
}

}  // namespace

void GateBoardPainter::tellStep(std::int64_t step) {
    const auto& steps = records_->steps;
    const auto after = std::upper_bound(steps.begin(), steps.end(), step);
    const std::int64_t recorded = after == steps.begin() ? steps.front() : *(after - 1);
    if (recorded == shownStep()) return;
    step_ = recorded;
    if (stepChosen) stepChosen(recorded);
}

void GateBoardPainter::drawRidges(const Canvas& canvas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText), text = ink(canvas.palette.text);
    const GateSeries& gate = records_->gates[chosen_];
    const std::vector<Ridge> ridges = ridgesOf(gate, mostRidges, ridgeBins);
    const Area area{86 * u, 112 * u + shift_, canvas.width - 200 * u, canvas.height - 48 * u};
    drawText(
        canvas.small, {16 * u, 74 * u + shift_}, text,
        fitted(canvas.small,
               fmt::format("{}: how its {} scores are spread, from the first record at the top to the last",
                           gate.name, gate.channels),
               canvas.width - 32 * u));
    const auto count = static_cast<float>(ridges.size());
    const float pitch = area.height() / std::max(1.0F, count);
    double most = 1e-9;
    for (const Ridge& ridge : ridges)
        most = std::max(most, *std::max_element(ridge.shares.begin(), ridge.shares.end()));
    // A ridge may reach over the one above it.
    const float high = std::min(2.2F * pitch, 120 * u);
    const float right = area.right + 12 * u;
    drawText(canvas.small, {area.left - 8 * u - widthOf(canvas.small, "step"), area.top - 2 * line}, grey,
             "step");
    drawText(canvas.small, {right, area.top - 2 * line}, grey, "mean, below 0.5");
    const std::int64_t shown = gate.steps[gate.momentAt(shownStep())];
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    for (std::size_t r = 0; r < ridges.size(); ++r) {
        const Ridge& ridge = ridges[r];
        const float base = area.top + (static_cast<float>(r) + 1) * pitch;
        std::vector<ImVec2> outline;
        for (std::size_t b = 0; b < ridge.shares.size(); ++b)
            outline.push_back({area.left + (static_cast<float>(b) + 0.5F) / ridgeBins * area.width(),
                               base - static_cast<float>(ridge.shares[b] / most) * high});
        outline.insert(outline.begin(), {area.left, outline.front().y});
        outline.push_back({area.right, outline.back().y});
        const bool isShown = ridge.step == shown;
        // Column by column: the outline is not convex.
        for (std::size_t b = 1; b < outline.size(); ++b)
            list.AddQuadFilled({outline[b - 1].x, base}, outline[b - 1], outline[b], {outline[b].x, base},
                               ink(ofShare(canvas.appearance, ridge.mean)));
        list.AddPolyline(outline.data(), static_cast<int>(outline.size()),
                         isShown ? ink(canvas.palette.accent) : ink(canvas.palette.ground), 0,
                         (isShown ? 2.4F : 1.2F) * u);
        list.AddLine({area.left, base}, {area.right, base}, ink(canvas.palette.border), u);
        const Area row{0, base - pitch, canvas.width, base};
        const bool under = row.contains(pointer) && part_ == GatePart::Ridges;
        if (under && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) tellStep(ridge.step);
        if (pitch < line && !isShown && !under) continue;
        const std::string step = tickLabel(static_cast<double>(ridge.step));
        drawText(canvas.small, {area.left - 8 * u - widthOf(canvas.small, step), base - line},
                 isShown ? text : grey, step);
        drawText(canvas.small, {right, base - line}, isShown ? text : grey,
                 fmt::format("{:.3f}, {:.1f} %", ridge.mean, 100 * ridge.belowHalf));
    }
    for (const double tick : {0.0, 0.25, 0.5, 0.75, 1.0}) {
        const std::string label = tickLabel(tick);
        const float x = area.left + static_cast<float>(tick) * area.width();
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, area.bottom + 6 * u}, grey, label);
    }
    const std::string score = fmt::format("score; the highest bar is {:.0f} % of channels", 100 * most);
    drawText(canvas.small, {area.right - widthOf(canvas.small, score), area.bottom + line + 10 * u}, grey,
             score);
}

void GateBoardPainter::drawRouting(const Canvas& canvas) {
    const float u = canvas.scale;
    if (records_->routing.empty()) {
        drawText(canvas.body, {16 * u, 84 * u + shift_}, ink(canvas.palette.secondaryText),
                 "Nothing of the passes was recorded");
        return;
    }
    const std::size_t count = records_->routing.size();
    const Area whole{16 * u, 72 * u + shift_, canvas.width - 16 * u, canvas.height - 8 * u};
    // Side by side where there is room, and where one below the other none would be left for the curves.
    const bool low = whole.height() < 130 * u * static_cast<float>(count);
    const std::size_t columns = low || canvas.width > 700 * u ? 2 : 1, rows = (count + columns - 1) / columns;
    for (std::size_t i = 0; i < count; ++i) {
        const float wide = whole.width() / static_cast<float>(columns),
                    high = whole.height() / static_cast<float>(rows);
        const float left = whole.left + static_cast<float>(i % columns) * wide,
                    top = whole.top + static_cast<float>(i / columns) * high;
        drawPanel(canvas, {left + 56 * u, top + 40 * u, left + wide - 20 * u, top + high - 40 * u},
                  records_->routing[i]);
    }
}

void GateBoardPainter::drawPanel(const Canvas& canvas, const Area& area, const StepPanel& panel) {
    if (area.height() < 20 * canvas.scale) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    std::vector<double> values;
    std::int64_t first = records_->steps.front(), last = records_->steps.back();
    for (const StepCurve& curve : panel.curves) {
        first = std::min(first, curve.points.front().first);
        last = std::max(last, curve.points.back().first);
        for (const auto& point : curve.points) values.push_back(shownValue(point.second, panel.logarithmic));
    }
    const auto [bottom, top] = roomyRange(values);
    const Plot plot{area, static_cast<double>(first), static_cast<double>(std::max(first + 1, last)), bottom,
                    top};
    drawAxes(canvas, plot, {panel.title, "step", "", panel.logarithmic}, mostTicksAcross, mostTicksUp);
    list.PushClipRect(area.min(), area.max(), true);
    for (std::size_t c = 0; c < panel.curves.size(); ++c) {
        std::vector<ImVec2> places;
        for (const auto& [step, value] : panel.curves[c].points)
            places.push_back(plot.at(static_cast<double>(step), shownValue(value, panel.logarithmic)));
        const ImU32 colour = ink(canvas.palette.runs[c]);
        if (places.size() == 1) list.AddCircleFilled(places[0], 3 * u, colour);
        list.AddPolyline(places.data(), static_cast<int>(places.size()), colour, 0,
                         (c == 0 ? 3.0F : 1.5F) * u);  // where both coincide, both show
    }
    const float x = plot.xOf(static_cast<double>(shownStep()));
    list.AddLine({x, area.top}, {x, area.bottom}, ink(canvas.palette.accent), u);
    list.PopClipRect();
    // The curves' names, and their values where the pointer or the step is.
    float from = area.left;
    const float y = area.bottom + line + 8 * u;
    for (std::size_t c = 0; c < panel.curves.size(); ++c) {
        const float room = area.right - widthOf(canvas.small, "step") - 10 * u - from - 18 * u;
        const std::string words =
            fitted(canvas.small,
                   fmt::format("{} {:.4g}", panel.curves[c].name, panel.curves[c].at(shownStep())), room);
        if (words.empty()) break;
        list.AddLine({from, y + line / 2}, {from + 14 * u, y + line / 2}, ink(canvas.palette.runs[c]), 2 * u);
        drawText(canvas.small, {from + 18 * u, y}, ink(canvas.palette.secondaryText), words);
        from += 34 * u + widthOf(canvas.small, words);
    }
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    if (!area.contains(pointer)) return;
    const auto step = static_cast<std::int64_t>(std::llround(
        plot.left + static_cast<double>((pointer.x - area.left) / area.width()) * (plot.right - plot.left)));
    std::vector<std::string> tip{fmt::format("step {}", step)};
    for (const StepCurve& curve : panel.curves)
        tip.push_back(fmt::format("{} {:.6g}", curve.name, curve.at(step)));
    if (ImGui::IsMouseDown(ImGuiMouseButton_Left)) tellStep(step);
    drawTip(canvas, pointer, tip);
}

}  // namespace filigree::ui
