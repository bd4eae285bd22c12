// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/views/gate_board_painter.h"
#include "ui/views/plot.h"

/// Runs of the same task with other gates: every figure with its spread over seeds.
namespace filigree::ui {
namespace {

constexpr int mostTicks = 5;

std::string meanWords(const Spread& spread) {
    if (spread.count == 0) return "-";
    return std::isnan(spread.deviation)
               ? fmt::format("{:.3f} (1)", spread.mean)
               : fmt::format("{:.3f} \u00b1 {:.3f} ({})", spread.mean, spread.deviation, spread.count);
}

/// A row per group: a dot per run, mean and standard deviation, and where the constant prediction stands.
void drawFigure(const Canvas& canvas, const Area& area, const ModeComparison& modes,
                const ModeFigure& figure) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText), text = ink(canvas.palette.text);
    float names = 0, numbers = 0;
    for (std::size_t g = 0; g < modes.groups.size(); ++g) {
        names = std::max(names, widthOf(canvas.small, modes.groups[g].name));
        numbers = std::max(numbers, widthOf(canvas.small, meanWords(figure.spread(g))));
    }
    names = std::min(names, 0.3F * area.width());
    double most = figure.constant.value_or(0);
    for (const auto& values : figure.values)
        for (const double value : values) most = std::max(most, value);
    const Area inner{area.left + names + 10 * u, area.top + line + 8 * u, area.right - numbers - 10 * u,
                     area.bottom - 2 * line - 8 * u};
    drawText(canvas.small, {area.left, area.top}, text, fitted(canvas.small, figure.title, area.width()));
    if (inner.width() < 20 * u || inner.height() < 10 * u) return;
    const Plot plot{inner, 0, most > 0 ? 1.05 * most : 1, 0, 1};
    for (const double tick : roundTicks(plot.left, plot.right, mostTicks)) {
        const float x = plot.xOf(tick);
        const std::string label = tickLabel(tick);
        list.AddLine({x, inner.top}, {x, inner.bottom}, ink(canvas.palette.border), u);
        drawText(canvas.small, {x - widthOf(canvas.small, label) / 2, inner.bottom + 3 * u}, grey, label);
    }
    if (figure.constant) {
        const float x = plot.xOf(*figure.constant);
        for (float y = inner.top; y < inner.bottom; y += 7 * u)
            list.AddLine({x, y}, {x, std::min(y + 4 * u, inner.bottom)}, ink(canvas.palette.warning),
                         1.5F * u);
        const std::string words = fmt::format("constant prediction {:.3f}", *figure.constant);
        const float left = std::clamp(x - widthOf(canvas.small, words) / 2, area.left,
                                      std::max(area.left, area.right - widthOf(canvas.small, words)));
        drawText(canvas.small, {left, inner.bottom + line + 4 * u}, ink(canvas.palette.warning), words);
    }
    const float pitch = inner.height() / static_cast<float>(modes.groups.size());
    for (std::size_t g = 0; g < modes.groups.size(); ++g) {
        const float y = inner.top + (static_cast<float>(g) + 0.5F) * pitch;
        const Rgb colour = canvas.palette.runs[g % canvas.palette.runs.size()];
        if (pitch >= line) {
            drawText(canvas.small, {area.left, y - line / 2}, text,
                     fitted(canvas.small, modes.groups[g].name, names));
            drawText(canvas.small, {inner.right + 8 * u, y - line / 2}, grey, meanWords(figure.spread(g)));
        }
        const Spread spread = figure.spread(g);
        if (spread.count == 0) continue;
        for (const double value : figure.values[g])
            list.AddCircleFilled({plot.xOf(value), y}, 2.5F * u, ink(colour, 110));
        const float mean = plot.xOf(spread.mean), half = std::min(0.35F * pitch, 8 * u);
        if (!std::isnan(spread.deviation))
            list.AddLine({plot.xOf(spread.mean - spread.deviation), y},
                         {plot.xOf(spread.mean + spread.deviation), y}, ink(colour), 2 * u);
        list.AddLine({mean, y - half}, {mean, y + half}, ink(colour), 3 * u);
    }
}

}  // namespace

void GateBoardPainter::showModes(std::optional<ModeComparison> modes) {
    modes_ = modes ? std::make_shared<const ModeComparison>(std::move(*modes)) : nullptr;
}

void GateBoardPainter::drawModes(const Canvas& canvas) {
    const float u = canvas.scale, left = 16 * u;
    float y = 66 * u + shift_;
    if (!modes_) return;
    drawText(canvas.body, {canvas.width - left - widthOf(canvas.body, modes_->notice), 12 * u},
             ink(canvas.palette.warning), modes_->notice);
    const std::size_t count = modes_->figures.size();
    std::size_t runs = 0;
    for (const ModeGroup& group : modes_->groups) runs += group.runs.size();
    const std::string words =
        count == 0
            ? "No finished run of the store differs from this one in its gates and its seed alone, itself "
              "included. Finish it, then run others: filigree run ... --seed 1 --set gate.routing=plain"
            : fmt::format(
                  "{} finished runs of this task that differ in gates and seed alone: a dot a run, "
                  "mean \u00b1 sample standard deviation (seeds)",
                  runs);
    y += drawLines(canvas.body, {left, y}, ink(canvas.palette.secondaryText), words, canvas.width - 2 * left);
    if (count == 0) return;
    const std::size_t columns = canvas.width > 620 * u ? 2 : 1, rows = (count + columns - 1) / columns;
    const float top = y + 8 * u, gap = 24 * u;
    const float wide = (canvas.width - 2 * left - gap * static_cast<float>(columns - 1)) /
                       static_cast<float>(columns),
                high = (canvas.height - top - 8 * u) / static_cast<float>(rows);
    for (std::size_t i = 0; i < count; ++i) {
        const float x = left + static_cast<float>(i % columns) * (wide + gap),
                    from = top + static_cast<float>(i / columns) * high;
        drawFigure(canvas, {x, from, x + wide, from + high - 6 * u}, *modes_, modes_->figures[i]);
    }
}

std::string GateBoardPainter::modesWords() const {
    std::string text = records_->runName + ":";
    for (const ModeFigure& figure : modes_->figures) {
        text += " " + figure.title;
        for (std::size_t g = 0; g < modes_->groups.size(); ++g)
            text += fmt::format("{} {} {}", g == 0 ? ":" : ",", modes_->groups[g].name,
                                meanWords(figure.spread(g)));
        text += figure.constant ? fmt::format(", constant prediction {:.3f}.", *figure.constant) : ".";
    }
    return text;
}

}  // namespace filigree::ui
