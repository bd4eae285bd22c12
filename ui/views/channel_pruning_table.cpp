// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/views/gate_board_painter.h"

/// What taking closed channels out saved and cost: figures before and after, and the channels of each layer.
namespace filigree::ui {
namespace {

struct Line {
    std::string name, before, after, constant;
};

std::string number(const char* form, double value) {
    return std::isnan(value) ? "-" : fmt::format(fmt::runtime(form), value);
}

std::string counted(double value) {
    if (std::isnan(value)) return "-";
    if (value >= 1e9) return fmt::format("{:.2f} G", value / 1e9);
    if (value >= 1e6) return fmt::format("{:.2f} M", value / 1e6);
    return value >= 1e4 ? fmt::format("{:.1f} k", value / 1e3) : fmt::format("{:.0f}", value);
}

std::vector<Line> linesOf(const analysis::ChannelPruning& pruning) {
    const analysis::PrunedFigures &before = pruning.before, &after = pruning.after;
    std::vector<Line> lines{
        {"parameters", counted(static_cast<double>(before.parameters)),
         counted(static_cast<double>(after.parameters)), ""},
        {"bytes", counted(static_cast<double>(before.bytes)), counted(static_cast<double>(after.bytes)), ""},
        {"multiply-adds of a " + pruning.item, counted(before.multiplyAdds), counted(after.multiplyAdds), ""},
        {fmt::format("ms for {} {}s", pruning.batch, pruning.item), number("{:.3f}", before.latencyMs),
         number("{:.3f}", after.latencyMs), ""},
        {"accuracy", number("{:.3f}", before.accuracy), number("{:.3f}", after.accuracy),
         number("{:.3f}", pruning.constantAccuracy)},
        {"macro F1", number("{:.3f}", before.f1Macro), number("{:.3f}", after.f1Macro),
         number("{:.3f}", pruning.constantF1)}};
    if (!std::isnan(before.absoluteError))
        lines.push_back({"mean absolute error, " + pruning.unit, number("{:.2f}", before.absoluteError),
                         number("{:.2f}", after.absoluteError), number("{:.2f}", pruning.constantError)});
    return lines;
}

}  // namespace

void GateBoardPainter::drawPruning(const Canvas& canvas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = canvas.scale, line = canvas.body->FontSize, row = line + 8 * u;
    const float wide = canvas.width - 32 * u, left = 16 * u;
    const ImU32 grey = ink(canvas.palette.secondaryText), text = ink(canvas.palette.text);
    if (!records_->pruning) {
        const float top = 84 * u + shift_;
        const float high = drawLines(
            canvas.body, {left, top}, grey,
            "Not computed yet: Compute above does it, from a checkpoint of the run and its data, or", wide);
        drawText(canvas.body, {left, top + high + 0.3F * line}, text,
                 fmt::format("filigree analyze prune {}", records_->run));
        return;
    }
    const analysis::ChannelPruning& pruning = records_->pruning->pruning;
    drawText(canvas.body, {canvas.width - left - widthOf(canvas.body, pruning.notice), 12 * u},
             ink(canvas.palette.warning), pruning.notice);
    const std::string outputs =
        pruning.difference > 0
            ? fmt::format("differ from those with closed gates by at most {:.1e}", pruning.difference)
            : "are those with closed gates";
    float y = 66 * u + shift_;
    y += drawLines(
        canvas.body, {left, y}, text,
        fmt::format("{} of {} channels have a score below {:.4f}; {} were taken out: {:.2f} times "
                    "as fast",
                    pruning.closed, pruning.channels, pruning.threshold, pruning.removed, pruning.speedUp),
        wide);
    y += drawLines(
        canvas.small, {left, y + 2 * u}, grey,
        fmt::format("Per {}, {} {}s of the {} data, network of step {}, nothing trained "
                    "afterwards; wall time, median of {} pairs in turns, {} thread{}; outputs {}",
                    pruning.item, pruning.items, pruning.item, pruning.data, records_->pruning->step,
                    pruning.pairs, pruning.threads, pruning.threads == 1 ? "" : "s", outputs),
        wide);
    y += 14 * u;
    // Figures in columns that end at these places.
    const float ends[] = {left + std::min(0.62F * wide, 360 * u), left + std::min(0.81F * wide, 460 * u),
                          left + std::min(wide, 560 * u)};
    const auto cells = [&](const Line& words, ImU32 colour) {
        drawText(canvas.body, {left, y}, colour, fitted(canvas.body, words.name, ends[0] - left - 80 * u));
        const std::string* const columns[] = {&words.before, &words.after, &words.constant};
        for (std::size_t c = 0; c < 3; ++c)
            drawText(canvas.body, {ends[c] - widthOf(canvas.body, *columns[c]), y}, colour, *columns[c]);
        y += row;
    };
    cells({"", "before", "pruned", "constant"}, grey);
    for (const Line& words : linesOf(pruning)) {
        list.AddLine({left, y - 4 * u}, {ends[2], y - 4 * u}, ink(canvas.palette.border), u);
        cells(words, text);
    }
    // Channels that layers still have, as bars.
    y += 10 * u;
    drawText(canvas.small, {left, y}, grey, "outputs of layers and gates that changed: left of all");
    y += canvas.small->FontSize + 8 * u;
    std::vector<const analysis::PrunedLayer*> changed;
    for (const analysis::PrunedLayer& layer : pruning.layers)
        if (layer.outputsLeft != layer.outputs) changed.push_back(&layer);
    float names = 0;
    for (const analysis::PrunedLayer* layer : changed)
        names = std::max(names, widthOf(canvas.small, layer->name));
    const float from = left + std::min(names, 0.4F * wide) + 10 * u, to = canvas.width - left - 110 * u;
    const float pitch = canvas.small->FontSize + 5 * u;
    for (std::size_t i = 0; i < changed.size(); ++i) {
        const analysis::PrunedLayer& layer = *changed[i];
        if (y + 2 * pitch > canvas.height && i + 1 < changed.size()) {
            drawText(canvas.small, {left, y}, grey, fmt::format("and {} more", changed.size() - i));
            return;
        }
        drawText(canvas.small, {left, y}, text, fitted(canvas.small, layer.name, from - left - 8 * u));
        const float share = static_cast<float>(layer.outputsLeft) / static_cast<float>(layer.outputs);
        list.AddRectFilled({from, y}, {to, y + canvas.small->FontSize}, ink(canvas.palette.border), 2 * u);
        list.AddRectFilled({from, y}, {from + share * (to - from), y + canvas.small->FontSize},
                           ink(layer.isGate ? canvas.palette.runs[1] : canvas.palette.runs[0]), 2 * u);
        drawText(canvas.small, {to + 8 * u, y}, grey,
                 fmt::format("{} of {}{}", layer.outputsLeft, layer.outputs, layer.isGate ? ", gate" : ""));
        y += pitch;
    }
}

}  // namespace filigree::ui
