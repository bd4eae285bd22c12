// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/soup_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/views/barrier_matrix.h"

namespace filigree::ui {
namespace {

constexpr int mostTicksUp = 4;
/// More members than that leave no room for numbers in the cells.

std::string percent(double share, int digits = 2) {
    return std::isnan(share) ? "-" : fmt::format("{:.{}f} %", 100 * share, digits);
}

float middle(float a, float b) {
    return (a + b) / 2;
}

}  // namespace

struct SoupPainter::Layout {
    float unit = 1, pad = 0;
    Area tree, curves, barriers;
    float columnWidth = 0, rowHeight = 0, boxWidth = 0, boxHeight = 0;
};

void SoupPainter::show(Soup soup) {
    soup_ = std::make_shared<const Soup>(std::move(soup));
}

int SoupPainter::phase() const {
    if (phase_ && soup_->barriersOf(*phase_)) return *phase_;
    return soup_->barriers.empty() ? 0 : soup_->barriers.back().phase;
}

std::string SoupPainter::summary() const {
    if (soup_->empty()) return "No network of a soup was recorded.";
    std::string text =
        fmt::format("{}: {} networks in {} phases.", soup_->runName, soup_->networks.size(), soup_->phases());
    for (const SoupCurve& curve : soup_->curves()) {
        text += ' ' + curve.title + " by phase:";
        for (std::size_t phase = 1; phase < curve.accuracy.size(); ++phase)
            text += ' ' + percent(curve.accuracy[phase]);
        text += '.';
    }
    if (const SoupBarriers* barriers = soup_->barriersOf(phase()))
        text += fmt::format(" Greatest barrier of phase {}: {:.3g}.", barriers->phase, barriers->greatest());
    return text;
}

SoupPainter::Layout SoupPainter::arrange(const Canvas& canvas) const {
    Layout layout;
    const float u = canvas.scale;
    layout.unit = u;
    layout.pad = 16 * u;
    const float top = 84 * u, bottom = canvas.height - 40 * u, right = canvas.width - layout.pad;
    const auto rows = static_cast<float>(soup_->rows()), columns = static_cast<float>(soup_->columns());
    // The tree takes what it needs, and leaves the lower third in any case.
    const float wanted = rows * 44 * u;
    const float split = top + std::min(wanted, (bottom - top) * 0.62F);
    layout.tree = {layout.pad, top, right, split};
    layout.columnWidth = layout.tree.width() / columns;
    layout.rowHeight = layout.tree.height() / rows;
    layout.boxWidth = std::round(std::min(112 * u, layout.columnWidth - 14 * u));
    layout.boxHeight = std::round(std::min(36 * u, layout.rowHeight - 6 * u));
    const float low = split + 56 * u;
    const float square = std::max(48 * u, std::min(bottom - low, canvas.width * 0.34F));
    layout.barriers = {std::round(right - square), std::round(low), std::round(right),
                       std::round(low + square)};
    const float left = layout.pad + 52 * u;
    layout.curves = {std::round(left), std::round(low),
                     std::round(std::max(left + 60 * u, layout.barriers.left - 84 * u)), std::round(bottom)};
    return layout;
}

Area SoupPainter::boxOf(const Layout& layout, const SoupNetwork& network) const {
    const float x = layout.tree.left + layout.columnWidth * (static_cast<float>(network.column) + 0.5F);
    const float y = layout.tree.top + layout.rowHeight * (static_cast<float>(network.row) + 0.5F);
    return {std::round(x - layout.boxWidth / 2), std::round(y - layout.boxHeight / 2),
            std::round(x + layout.boxWidth / 2), std::round(y + layout.boxHeight / 2)};
}

Rgb SoupPainter::colourOf(const Canvas& canvas, double accuracy) const {
    if (std::isnan(accuracy)) return canvas.palette.raised;
    const auto [least, greatest] = soup_->range();
    return ofShare(canvas.appearance, greatest > least ? (accuracy - least) / (greatest - least) : 0.5);
}

void SoupPainter::draw(const Canvas& canvas) {
    const ImU32 grey = ink(canvas.palette.secondaryText);
    if (soup_->empty()) {
        const std::string words = soup_->runName.empty()
                                      ? "No run is shown"
                                      : soup_->runName + ": no network of a soup was recorded";
        drawText(canvas.body, {(canvas.width - widthOf(canvas.body, words)) / 2, canvas.height / 2}, grey,
                 words);
        return;
    }
    const Layout layout = arrange(canvas);
    const float u = layout.unit;
    drawText(canvas.heading, {layout.pad, 10 * u}, ink(canvas.palette.text), soup_->runName);
    const SoupNetwork& last =
        *std::max_element(soup_->networks.begin(), soup_->networks.end(),
                          [](const SoupNetwork& a, const SoupNetwork& b) { return a.phase < b.phase; });
    drawText(canvas.body, {layout.pad, 10 * u + canvas.heading->FontSize + 4 * u}, grey,
             fmt::format("{} networks, {} phases, {} of the weights left", soup_->networks.size(),
                         soup_->phases(), percent(last.density)));
    drawLegend(canvas, layout);
    drawTree(canvas, layout);
    drawCurves(canvas, layout);
    drawBarriers(canvas, layout);
    drawPointer(canvas, layout);
}

void SoupPainter::drawTree(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    // The heads of the columns. A phase is told in words where there is room.
    constexpr std::array stages{"prune", "retrain", "merge"};
    for (int column = 0; column < soup_->columns(); ++column) {
        const std::string stage =
            column == 0 ? "train" : std::string(stages[static_cast<std::size_t>((column - 1) % 3)]);
        const std::string phased = fmt::format("phase {}: {}", (column + 2) / 3, stage);
        const bool opensPhase = column % 3 == 1 && widthOf(canvas.small, phased) < layout.columnWidth;
        const std::string& words = opensPhase ? phased : stage;
        const float x = layout.tree.left + layout.columnWidth * (static_cast<float>(column) + 0.5F);
        drawText(canvas.small,
                 {x - widthOf(canvas.small, words) / 2, layout.tree.top - canvas.small->FontSize - 4 * u},
                 grey, words);
    }
    for (int phase = 1; phase <= soup_->phases(); ++phase) {
        const float left = layout.tree.left + layout.columnWidth * static_cast<float>(3 * phase - 2);
        list.AddLine({left, layout.tree.top - 2 * u}, {left, layout.tree.bottom}, ink(canvas.palette.border),
                     u);
    }
    for (const SoupNetwork& network : soup_->networks) {
        const Area to = boxOf(layout, network);
        for (const std::size_t parent : network.parents) {
            const SoupNetwork& source = soup_->networks[parent];
            const Area from = boxOf(layout, source);
            const ImVec2 start{from.right, middle(from.top, from.bottom)},
                end{to.left, middle(to.top, to.bottom)};
            const float bend = std::max(8 * u, (end.x - start.x) / 2);
            // What goes on to the next phase stands out; what only judges it stays back.
            const bool main = network.kind != "greedy" && network.kind != "ensemble" &&
                              network.kind != "one_shot" && network.kind != "dense_soup" &&
                              network.kind != "learned" && network.kind != "reprune";
            list.AddBezierCubic(start, {start.x + bend, start.y}, {end.x - bend, end.y}, end,
                                main ? grey : ink(canvas.palette.border), (main ? 1.4F : 1.0F) * u);
        }
    }
    for (const SoupNetwork& network : soup_->networks) {
        const Area box = boxOf(layout, network);
        const Rgb fill = colourOf(canvas, network.accuracy);
        const Rgb letter = std::isnan(network.accuracy) ? canvas.palette.text : letterOn(fill);
        list.AddRectFilled({box.left, box.top}, {box.right, box.bottom}, ink(fill), 4 * u);
        list.AddRect({box.left, box.top}, {box.right, box.bottom}, ink(canvas.palette.border), 4 * u, 0, u);
        const std::string title = network.title();
        const std::string value = percent(network.accuracy, layout.boxWidth > 72 * u ? 2 : 1);
        const float line = canvas.small->FontSize;
        const float wide = std::max(widthOf(canvas.small, title), widthOf(canvas.small, value));
        if (box.height() >= 2 * line + 4 * u && wide <= box.width() - 6 * u) {
            const float y = middle(box.top, box.bottom) - line;
            drawText(canvas.small, {middle(box.left, box.right) - widthOf(canvas.small, title) / 2, y},
                     ink(letter), title);
            drawText(canvas.small, {middle(box.left, box.right) - widthOf(canvas.small, value) / 2, y + line},
                     ink(letter), value);
        } else if (box.height() >= line && widthOf(canvas.small, title) <= box.width() - 4 * u) {
            drawText(canvas.small,
                     {middle(box.left, box.right) - widthOf(canvas.small, title) / 2,
                      middle(box.top, box.bottom) - line / 2},
                     ink(letter), title);
        }
    }
}

void SoupPainter::drawLegend(const Canvas& canvas, const Layout& layout) const {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit, wide = 140 * u, high = 10 * u;
    const auto [least, greatest] = soup_->range();
    const std::string low = percent(least, 1), high_ = percent(greatest, 1), name = "test accuracy";
    const float right = canvas.width - layout.pad - widthOf(canvas.small, high_) - 8 * u, left = right - wide;
    const float top = 18 * u;
    for (int i = 0; i < 64; ++i) {
        const float x = left + wide * static_cast<float>(i) / 64;
        list.AddRectFilled({x, top}, {x + wide / 64 + u, top + high},
                           ink(ofShare(canvas.appearance, (i + 0.5) / 64)));
    }
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const float y = top + high / 2 - canvas.small->FontSize / 2;
    drawText(canvas.small, {right + 8 * u, y}, grey, high_);
    const float lowLeft = left - 8 * u - widthOf(canvas.small, low);
    drawText(canvas.small, {lowLeft, y}, grey, low);
    drawText(canvas.small, {lowLeft - 12 * u - widthOf(canvas.small, name), y}, grey, name);
}

void SoupPainter::drawCurves(const Canvas& canvas, const Layout& layout) const {
    const std::vector<SoupCurve> curves = soup_->curves();
    if (curves.empty()) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const Area& area = layout.curves;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    double least = 1, greatest = 0;
    for (const SoupCurve& curve : curves)
        for (const double value : curve.accuracy)
            if (!std::isnan(value)) {
                least = std::min(least, value);
                greatest = std::max(greatest, value);
            }
    const double room = std::max(0.002, 0.08 * (greatest - least));
    least -= room;
    greatest += room;
    const auto yOf = [&](double value) {
        return area.bottom - static_cast<float>((value - least) / (greatest - least)) * area.height();
    };
    const auto xOf = [&](std::size_t phase) {
        return area.left + area.width() * static_cast<float>(phase) / static_cast<float>(soup_->phases());
    };
    drawText(canvas.small, {area.left, area.top - 2 * canvas.small->FontSize - 10 * u},
             ink(canvas.palette.text), "Test accuracy after each phase");
    for (const double tick : roundTicks(100 * least, 100 * greatest, mostTicksUp)) {
        const float y = yOf(tick / 100);
        list.AddLine({area.left, y}, {area.right, y}, ink(canvas.palette.border), u);
        const std::string label = tickLabel(tick) + " %";
        drawText(canvas.small,
                 {area.left - 8 * u - widthOf(canvas.small, label), y - canvas.small->FontSize / 2}, grey,
                 label);
    }
    list.AddLine({area.left, area.bottom}, {area.right, area.bottom}, grey, u);
    for (int phase = 0; phase <= soup_->phases(); ++phase) {
        double density = 1;
        for (const SoupNetwork& network : soup_->networks)
            if (network.phase == phase && network.kind != "dense_soup") density = network.density;
        const std::string label =
            phase == 0 ? "dense" : fmt::format("phase {}, {:.3g} % sparse", phase, 100 * (1 - density));
        const float wide = widthOf(canvas.small, label);
        const float x = std::clamp(xOf(static_cast<std::size_t>(phase)) - wide / 2, area.left - 40 * u,
                                   area.right + 40 * u - wide);
        if (phase == 0 || wide + 12 * u < area.width() / static_cast<float>(soup_->phases()))
            drawText(canvas.small, {x, area.bottom + 6 * u}, grey, label);
    }
    float x = area.left;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        const SoupCurve& curve = curves[i];
        const ImU32 colour = ink(canvas.palette.runs[i % canvas.palette.runs.size()]);
        const float wide = widthOf(canvas.small, curve.title) + 24 * u;
        const float y = area.top - canvas.small->FontSize - 5 * u;
        if (x + wide <= area.right + 60 * u) {
            list.AddLine({x, y + canvas.small->FontSize / 2}, {x + 14 * u, y + canvas.small->FontSize / 2},
                         colour, 2 * u);
            drawText(canvas.small, {x + 18 * u, y}, grey, curve.title);
            x += wide + 12 * u;
        }
    }
    // The soup comes first and lies on top.
    for (std::size_t i = curves.size(); i-- > 0;) {
        const SoupCurve& curve = curves[i];
        const ImU32 colour = ink(canvas.palette.runs[i % canvas.palette.runs.size()]);
        std::vector<ImVec2> places;
        for (std::size_t phase = 0; phase < curve.accuracy.size(); ++phase)
            if (!std::isnan(curve.accuracy[phase]))
                places.push_back({xOf(phase), yOf(curve.accuracy[phase])});
        list.AddPolyline(places.data(), static_cast<int>(places.size()), colour, 0,
                         (curve.kind == "soup" ? 2.6F : 1.6F) * u);
        for (const ImVec2& place : places)
            list.AddCircleFilled(place, (curve.kind == "soup" ? 3.5F : 2.5F) * u, colour);
    }
}

void SoupPainter::drawBarriers(const Canvas& canvas, const Layout& layout) const {
    const Area& area = layout.barriers;
    const float u = layout.unit, line = canvas.small->FontSize;
    const ImU32 grey = ink(canvas.palette.secondaryText);
    const SoupBarriers* barriers = soup_->barriersOf(phase());
    const std::string title = barriers
                                  ? fmt::format("Loss barriers between copies, phase {}", barriers->phase)
                                  : "No barriers were measured";
    drawText(canvas.small,
             {std::min(area.left, area.right - widthOf(canvas.small, title)), area.top - 2 * line - 10 * u},
             ink(canvas.palette.text), title);
    if (!barriers || barriers->members == 0) return;
    const float greatest = barriers->greatest();
    BarrierCells cells{barriers->members, barriers->values, {}, {}};
    for (std::size_t i = 1; i <= barriers->members; ++i) {
        cells.above.push_back(std::to_string(i));
        cells.beside.push_back((i == 1 ? "copy " : "") + std::to_string(i));
    }
    drawBarrierCells(canvas, area, cells);
    const std::string words = fmt::format("greatest {:.4f}", greatest);
    drawText(canvas.small, {area.right - widthOf(canvas.small, words), area.bottom + 6 * u}, grey, words);
}

void SoupPainter::drawPointer(const Canvas& canvas, const Layout& layout) const {
    const ImVec2 pointer = ImGui::GetIO().MousePos;
    for (const SoupNetwork& network : soup_->networks) {
        const Area box = boxOf(layout, network);
        if (!box.contains(pointer)) continue;
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddRect({box.left, box.top}, {box.right, box.bottom}, ink(canvas.palette.accent),
                     4 * layout.unit, 0, 2 * layout.unit);
        std::vector<std::string> lines{network.name};
        if (!network.configuration.empty()) lines.push_back(network.configuration);
        lines.push_back(fmt::format("density {:.4g}", network.density));
        lines.push_back("test " + percent(network.accuracy));
        if (!std::isnan(network.validationAccuracy))
            lines.push_back("validation " + percent(network.validationAccuracy));
        if (!std::isnan(network.corruptedAccuracy))
            lines.push_back("corrupted " + percent(network.corruptedAccuracy));
        if (network.run > 0)
            lines.push_back(fmt::format("trained by run {}: click to choose it", network.run));
        drawTip(canvas, pointer, lines);
        if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
            if (network.run > 0 && runChosen) runChosen(network.run);
            if (soup_->barriersOf(network.phase) && phaseChosen) phaseChosen(network.phase);
        }
        return;
    }
    const SoupBarriers* barriers = soup_->barriersOf(phase());
    if (!barriers || !layout.barriers.contains(pointer)) return;
    for (std::size_t row = 0; row < barriers->members; ++row)
        for (std::size_t column = 0; column < barriers->members; ++column)
            if (row != column &&
                barrierCell(layout.barriers, row, column, barriers->members).contains(pointer))
                return drawTip(canvas, pointer,
                               {fmt::format("copies {} and {}", row + 1, column + 1),
                                fmt::format("barrier {:.5f}", barriers->at(row, column))});
}

}  // namespace filigree::ui
