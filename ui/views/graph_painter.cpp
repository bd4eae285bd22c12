// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_painter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ui/views/connectivity_model.h"

namespace filigree::ui {
namespace {

constexpr float marginOfEdges = 6;  ///< curves are wider than their ends
constexpr float circleSpacing = 5;  ///< from here on units are circles, below that they make a bar

}  // namespace

struct GraphPainter::Layout {
    float unit = 1;
    Area head, graph;

    float x(const GraphModel& model, std::size_t column) const {
        return graph.left + static_cast<float>(model.toX(model.picture()->shape.x(column)));
    }
    float y(const GraphModel& model, double height) const {
        return graph.top + static_cast<float>(model.toY(height));
    }
};

GraphPainter::Layout GraphPainter::arrange(const Canvas& canvas) const {
    const float u = canvas.scale;
    Layout layout;
    layout.unit = u;
    const float pad = 16 * u;
    const float lines = canvas.width < 640 * u ? 3 : 2;
    layout.head = {pad, 12 * u, canvas.width - pad,
                   12 * u + canvas.heading->FontSize + lines * (canvas.body->FontSize + 4 * u)};
    const float side = std::clamp(canvas.width * 0.05F, 24 * u, 56 * u);
    // On whole pixels, as the picture of the edges is.
    layout.graph = {std::round(side), std::round(layout.head.bottom + 30 * u), 0, 0};
    layout.graph.right = std::round(std::max(layout.graph.left + 16 * u, canvas.width - side));
    layout.graph.bottom = std::round(std::max(layout.graph.top + 16 * u, canvas.height - 48 * u));
    return layout;
}

void GraphPainter::draw(const Canvas& canvas) {
    if (!model_.picture() || !message_.empty()) {
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const float wide = std::min(canvas.width - 48 * canvas.scale, 520 * canvas.scale);
        const ImVec2 size = canvas.body->CalcTextSizeA(canvas.body->FontSize, 1e9F, wide, message_.c_str());
        list.AddText(canvas.body, canvas.body->FontSize,
                     {std::round((canvas.width - size.x) / 2), std::round((canvas.height - size.y) / 2)},
                     ink(canvas.palette.secondaryText), message_.c_str(), nullptr, wide);
        return;
    }
    const Layout layout = arrange(canvas);
    model_.resize(static_cast<double>(layout.graph.width()), static_cast<double>(layout.graph.height()));
    takeGestures(canvas, layout);
    drawHead(canvas, layout);
    drawLegend(canvas, layout);
    const float margin = 14 * layout.unit;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect({layout.graph.left - margin, layout.graph.top - margin / 2},
                      {layout.graph.right + margin, layout.graph.bottom + margin / 2}, true);
    drawEdges(canvas, layout);
    for (std::size_t c = 0; c < model_.picture()->graph.columns.size(); ++c) drawColumn(canvas, layout, c);
    drawMarks(canvas, layout);
    if (pressed_ && dragged_ && boxing_)
        list.AddRect(pressedAt_, ImGui::GetIO().MousePos, ink(canvas.palette.accent), 0, 0, layout.unit);
    list.PopClipRect();
    drawLabels(canvas, layout);
    if (dimmed_)
        list.AddRectFilled({0, 0}, {canvas.width, canvas.height}, ink(canvas.palette.ground, 120));
    else if (const auto hovered = model_.hovered(); hovered && !pressed_)
        drawTip(canvas, ImGui::GetIO().MousePos, model_.describe(*hovered));
}

void GraphPainter::takeGestures(const Canvas& canvas, const Layout& layout) {
    const ImGuiIO& io = ImGui::GetIO();
    const ImVec2 at = io.MousePos;
    const float margin = 10 * canvas.scale;
    const bool over = at.x >= layout.graph.left - margin && at.x <= layout.graph.right + margin &&
                      at.y >= layout.graph.top - margin && at.y <= layout.graph.bottom + margin;
    const auto x = static_cast<double>(at.x - layout.graph.left);
    const auto y = static_cast<double>(at.y - layout.graph.top);
    const float still = 4 * canvas.scale;
    const auto reach = static_cast<double>(9 * canvas.scale);

    if (over && (io.MouseWheel != 0 || io.MouseWheelH != 0)) {
        const auto turned = static_cast<double>(io.MouseWheel != 0 ? io.MouseWheel : io.MouseWheelH);
        model_.zoom(x, y, std::pow(io.KeyCtrl ? 1.05 : 1.25, turned), true, !io.KeyShift);
    }
    if (over && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) {
        pressed_ = false;
        if (const auto node = model_.nodeAt(x, y, reach)) {
            model_.select(node);
            model_.fitSelection();
        } else {
            model_.fit();
        }
        return;
    }
    if (over && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        pressed_ = true;
        dragged_ = false;
        boxing_ = io.KeyCtrl;
        pressedAt_ = at;
    }
    if (pressed_) {
        // The last move and the release may come with one frame.
        if (std::abs(at.x - pressedAt_.x) > still || std::abs(at.y - pressedAt_.y) > still) dragged_ = true;
        if (dragged_ && !boxing_)
            model_.pan(static_cast<double>(io.MouseDelta.x), static_cast<double>(io.MouseDelta.y));
    }
    if (ImGui::IsMouseDragging(ImGuiMouseButton_Middle, 0))
        model_.pan(static_cast<double>(io.MouseDelta.x), static_cast<double>(io.MouseDelta.y));
    if (pressed_ && ImGui::IsMouseReleased(ImGuiMouseButton_Left)) {
        pressed_ = false;
        if (dragged_ && boxing_)
            model_.zoomTo(static_cast<double>(pressedAt_.x - layout.graph.left),
                          static_cast<double>(pressedAt_.y - layout.graph.top), x, y);
        else if (!dragged_)
            model_.select(model_.nodeAt(x, y, reach));
    }
    model_.hover(over && !(pressed_ && dragged_) ? model_.nodeAt(x, y, reach) : std::nullopt);
}

void GraphPainter::drawHead(const Canvas& canvas, const Layout& layout) const {
    const NetworkGraph& graph = model_.picture()->graph;
    const GraphEdges& edges = *model_.edges();
    const float u = layout.unit;
    const ImVec2 at = layout.head.min();
    const ImU32 faint = ink(canvas.palette.secondaryText);
    drawText(canvas.heading, at, ink(canvas.palette.text), graph.runName);
    drawText(canvas.body,
             {at.x + widthOf(canvas.heading, graph.runName) + 12 * u,
              at.y + canvas.heading->FontSize - canvas.body->FontSize},
             faint, "step " + countText(graph.step));
    float line = at.y + canvas.heading->FontSize + 6 * u;
    const bool narrow = canvas.width < 640 * u;
    std::string counts = countText(graph.connections()) + " connections";
    const std::string drawn =
        countText(static_cast<std::int64_t>(edges.drawn())) +
        (edges.node ? " edges on paths drawn" : " edges drawn, the strongest of each layer");
    if (narrow) {
        drawText(canvas.body, {at.x, line}, faint, counts);
        line += canvas.body->FontSize + 4 * u;
        drawText(canvas.body, {at.x, line}, faint, drawn);
    } else {
        drawText(canvas.body, {at.x, line}, faint, counts + "   " + drawn);
    }
    line += canvas.body->FontSize + 4 * u;
    if (edges.node) {
        const auto reached = [&](const std::vector<float>& column) {
            return std::count_if(column.begin(), column.end(), [](float share) { return share >= 0; });
        };
        std::string words = nameOf(graph, *edges.node);
        if (edges.node->column > 0)
            words +=
                fmt::format(": reached from {} of {} in {}", countText(reached(edges.paths->into.front())),
                            countText(graph.columns.front().nodes), graph.columns.front().name);
        if (edges.node->column + 1 < graph.columns.size())
            words += fmt::format("{} reaches {} of {} in {}", edges.node->column > 0 ? "," : ":",
                                 countText(reached(edges.paths->from.back())),
                                 countText(graph.columns.back().nodes), graph.columns.back().name);
        drawText(canvas.body, {at.x, line}, ink(canvas.palette.accent), words);
        return;
    }
    const NetworkGraph::Dead dead = graph.dead();
    const bool none = dead.noIncoming + dead.noOutgoing + dead.unusedInputs == 0;
    drawText(
        canvas.body, {at.x, line}, faint,
        fitted(canvas.body,
               none ? "every unit is connected"
                    : fmt::format("{} without incoming, {} without outgoing connections; {} inputs unused",
                                  countText(dead.noIncoming), countText(dead.noOutgoing),
                                  countText(dead.unusedInputs)),
               canvas.width - 2 * at.x));
}

void GraphPainter::drawLegend(const Canvas& canvas, const Layout& layout) const {
    const float u = layout.unit;
    if (canvas.width < 640 * u) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const bool weighed =
        std::any_of(model_.picture()->graph.layers.begin(), model_.picture()->graph.layers.end(),
                    [](const GraphLayer& layer) { return layer.weighed; });
    const bool kernels =
        std::any_of(model_.picture()->graph.layers.begin(), model_.picture()->graph.layers.end(),
                    [](const GraphLayer& layer) { return layer.value.empty(); });
    struct Entry {
        Rgb colour;
        std::string words;
        bool mark;
    };
    std::vector<Entry> entries;
    if (weighed) {
        entries.push_back({canvas.palette.negative, "negative", false});
        entries.push_back({canvas.palette.positive, "positive", false});
    }
    if (kernels)
        entries.push_back({canvas.palette.accent, weighed ? "norm of a kernel" : "connected", false});
    entries.push_back({canvas.palette.warning, "no incoming (left), no outgoing (right)", true});
    float x = layout.head.right;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        x -= widthOf(canvas.small, entry->words);
        const float top = layout.head.top + 2 * u;
        drawText(canvas.small, {x, top}, ink(canvas.palette.secondaryText), entry->words);
        const float wide = entry->mark ? 6 * u : 16 * u;
        x -= wide + 5 * u;
        const float middle = std::round(top + canvas.small->FontSize / 2);
        list.AddRectFilled({x, middle - u}, {x + wide, middle + u}, ink(entry->colour));
        x -= 14 * u;
    }
}

void GraphPainter::drawEdges(const Canvas& canvas, const Layout& layout) {
    const Palette& colours = canvas.palette;
    const GraphInks inks{colours.ground,   colours.secondaryText, colours.negative,
                         colours.positive, colours.accent,        layout.unit};
    const int margin = static_cast<int>(layout.unit * marginOfEdges);
    const EdgePicture::Shown shown =
        edgePicture_.show(canvas, model_, {model_.version(), canvas.appearance, layout.unit}, inks, margin);
    const auto around = static_cast<float>(margin);
    const ImVec2 from = layout.graph.min();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.PushClipRect({from.x - around, from.y - around},
                      {layout.graph.right + around, layout.graph.bottom + around}, true);
    list.AddImage(shown.texture, {from.x + shown.min.x, from.y + shown.min.y},
                  {from.x + shown.max.x, from.y + shown.max.y});
    list.PopClipRect();
}

void GraphPainter::drawColumn(const Canvas& canvas, const Layout& layout, std::size_t number) const {
    const GraphPicture& picture = *model_.picture();
    const GraphColumn& column = picture.graph.columns[number];
    const auto& paths = model_.edges()->paths;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float u = layout.unit;
    const float x = layout.x(model_, number);
    if (x < list.GetClipRectMin().x || x > list.GetClipRectMax().x) return;
    const auto spacing = static_cast<float>(model_.spacing(number));
    const ImU32 plain = ink(canvas.palette.secondaryText), off = ink(canvas.palette.border),
                warning = ink(canvas.palette.warning);
    const auto indexAt = [&](float pixel) {
        const double unit = model_.viewport().top + static_cast<double>(pixel - layout.graph.top) /
                                                        (model_.viewport().height * model_.viewport().scaleY);
        return picture.shape.indexAt(number, unit);
    };
    const double last = static_cast<double>(column.nodes - 1);
    const double first = std::clamp(std::floor(indexAt(list.GetClipRectMin().y)), 0.0, last);
    const double end = std::clamp(std::ceil(indexAt(list.GetClipRectMax().y)), 0.0, last);
    const auto on = [&](std::uint32_t node) { return !paths || paths->joins({number, node}); };
    const auto mark = [&](float side, float top, float bottom) {
        const float away = std::max(4 * u, std::min(spacing * 0.36F, 7 * u)) + 2 * u;
        const float from = side < 0 ? x - away - 6 * u : x + away;
        list.AddRectFilled({from, top}, {from + 6 * u, bottom}, warning);
    };
    if (spacing >= circleSpacing * u) {
        const float radius = std::min(spacing * 0.36F, 7 * u);
        for (auto node = static_cast<std::uint32_t>(first); node <= static_cast<std::uint32_t>(end); ++node) {
            const float y = layout.y(model_, picture.shape.y({number, node}));
            const bool dead = column.lacksIncoming(node) || column.lacksOutgoing(node);
            if (dead) {
                list.AddCircleFilled({x, y}, radius, ink(canvas.palette.ground));
                list.AddCircle({x, y}, radius, warning, 0, 1.4F * u);
            } else {
                list.AddCircleFilled({x, y}, radius, on(node) ? plain : off);
            }
            const float half = std::clamp(radius * 0.4F, u, 1.5F * u);
            if (column.lacksIncoming(node)) mark(-1, y - half, y + half);
            if (column.lacksOutgoing(node)) mark(1, y - half, y + half);
        }
        return;
    }
    // Closer than that, a row of pixels stands for the units in it.
    const float top = layout.y(model_, picture.shape.y(number, first - 0.5));
    const float bottom = layout.y(model_, picture.shape.y(number, end + 0.5));
    list.AddRectFilled({x - 3 * u, top}, {x + 3 * u, bottom}, paths ? off : plain);
    const float high = std::max(1.0F, spacing);
    float filled = -1e9F, left = -1e9F, right = -1e9F;
    for (auto node = static_cast<std::uint32_t>(first); node <= static_cast<std::uint32_t>(end); ++node) {
        const float y =
            std::floor(layout.y(model_, picture.shape.y(number, static_cast<double>(node) - 0.5)));
        if (paths && y > filled && on(node)) {
            list.AddRectFilled({x - 3 * u, y}, {x + 3 * u, y + high}, plain);
            filled = y;
        }
        if (y > left && column.lacksIncoming(node)) {
            mark(-1, y, y + high);
            left = y;
        }
        if (y > right && column.lacksOutgoing(node)) {
            mark(1, y, y + high);
            right = y;
        }
    }
}

void GraphPainter::drawMarks(const Canvas& canvas, const Layout& layout) const {
    const auto ring = [&](const std::optional<GraphNode>& node, bool filled) {
        if (!node || node->column >= model_.picture()->graph.columns.size()) return;
        const ImVec2 centre{layout.x(model_, node->column),
                            layout.y(model_, model_.picture()->shape.y(*node))};
        const float radius = std::clamp(static_cast<float>(model_.spacing(node->column)) * 0.36F,
                                        4 * layout.unit, 7 * layout.unit);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        if (filled) list.AddCircleFilled(centre, radius, ink(canvas.palette.accent));
        list.AddCircle(centre, radius + 2 * layout.unit, ink(canvas.palette.accent), 0, 1.6F * layout.unit);
    };
    ring(model_.selected(), true);
    if (model_.hovered() != model_.selected()) ring(model_.hovered(), false);
}

void GraphPainter::drawLabels(const Canvas& canvas, const Layout& layout) const {
    const NetworkGraph& graph = model_.picture()->graph;
    const float u = layout.unit;
    const auto inside = [&](float x) { return x >= layout.graph.left - 1 && x <= layout.graph.right + 1; };
    // What would run into the label before it is left out.
    const auto centred = [&](ImFont* font, float x, float y, ImU32 colour, const std::string& words,
                             float& taken) {
        const float wide = widthOf(font, words);
        const float left = std::clamp(x - wide / 2, 4 * u, std::max(4 * u, canvas.width - wide - 4 * u));
        if (left < taken) return;
        drawText(font, {left, y}, colour, words);
        taken = left + wide + 8 * u;
    };
    float names = 0, sizes = 0, layers = 0;
    for (std::size_t c = 0; c < graph.columns.size(); ++c) {
        const float x = layout.x(model_, c);
        if (!inside(x)) continue;
        const float y = layout.graph.bottom + 10 * u;
        centred(canvas.body, x, y, ink(canvas.palette.text), graph.columns[c].name, names);
        centred(canvas.small, x, y + canvas.body->FontSize + 2 * u, ink(canvas.palette.secondaryText),
                countText(graph.columns[c].nodes), sizes);
    }
    for (std::size_t l = 0; l < graph.layers.size(); ++l) {
        const GraphLayer& layer = graph.layers[l];
        const float x = (layout.x(model_, layer.from) + layout.x(model_, layer.to)) / 2;
        if (!inside(x)) continue;
        const double density =
            100 * static_cast<double>(layer.connections) / static_cast<double>(layer.positions);
        std::string words = fmt::format("{}, {:.3g} %", layer.name, density);
        if (model_.edges()->layers[l].restConnections > 0)
            words += fmt::format(", {} as density", countText(model_.edges()->layers[l].restConnections));
        if (widthOf(canvas.small, words) > layout.x(model_, layer.to) - layout.x(model_, layer.from) + 20 * u)
            words = fmt::format("{:.3g} %", density);
        centred(canvas.small, x, layout.graph.top - 24 * u, ink(canvas.palette.secondaryText), words, layers);
    }
}

}  // namespace filigree::ui
