// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "ui/views/connectivity_model.h"

namespace filigree::ui {
namespace {

constexpr double readableSpacing = 26;  ///< pixels
constexpr double mostAcross = 8;

bool sameNetwork(const NetworkGraph& a, const NetworkGraph& b) {
    return a.run == b.run && a.columns.size() == b.columns.size() &&
           std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(),
                      [](const GraphColumn& x, const GraphColumn& y) {
                          return x.name == y.name && x.nodes == y.nodes;
                      });
}

}  // namespace

void GraphModel::changed() {
    if (onChange) onChange();
}

void GraphModel::show(std::shared_ptr<const GraphPicture> picture, std::shared_ptr<const GraphEdges> edges) {
    const bool same = picture_ && picture && sameNetwork(picture_->graph, picture->graph);
    picture_ = std::move(picture);
    edges_ = std::move(edges);
    ++version_;
    if (!same) {
        hovered_.reset();
        selected_ = edges_ ? edges_->node : std::nullopt;
        fit();
    }
    changed();
}

void GraphModel::clear() {
    picture_.reset();
    edges_.reset();
    hovered_.reset();
    selected_.reset();
    ++version_;
    changed();
}

void GraphModel::resize(double width, double height) {
    if (width == viewport_.width && height == viewport_.height) return;
    viewport_.width = width;
    viewport_.height = height;
    clampViewport();
}

void GraphModel::fit() {
    viewport_.scaleX = viewport_.scaleY = 1;
    viewport_.left = viewport_.top = 0;
    changed();
}

void GraphModel::clampViewport() {
    viewport_.left = std::clamp(viewport_.left, 0.0, 1 - 1 / viewport_.scaleX);
    viewport_.top = std::clamp(viewport_.top, 0.0, 1 - 1 / viewport_.scaleY);
}

void GraphModel::zoom(double x, double y, double factor, bool horizontal, bool vertical) {
    if (!picture_ || viewport_.width <= 0 || viewport_.height <= 0) return;
    double closest = 1;
    for (std::size_t c = 0; c < picture_->graph.columns.size(); ++c)
        closest = std::max(closest, readableSpacing / (picture_->shape.spacing(c) * viewport_.height));
    const auto along = [&](double& scale, double& start, double at, double extent, double most) {
        const double unit = start + at / (extent * scale);
        scale = std::clamp(scale * factor, 1.0, most);
        start = unit - at / (extent * scale);
    };
    if (horizontal) along(viewport_.scaleX, viewport_.left, x, viewport_.width, mostAcross);
    if (vertical) along(viewport_.scaleY, viewport_.top, y, viewport_.height, closest);
    clampViewport();
    changed();
}

void GraphModel::zoomTo(double left, double top, double right, double bottom) {
    const double wide = std::abs(right - left), high = std::abs(bottom - top);
    if (!picture_ || wide < 4 || high < 4) return;
    const double x = viewport_.left + std::min(left, right) / (viewport_.width * viewport_.scaleX);
    const double y = viewport_.top + std::min(top, bottom) / (viewport_.height * viewport_.scaleY);
    zoom(0, 0, viewport_.width / wide, true, false);
    zoom(0, 0, viewport_.height / high, false, true);
    viewport_.left = x;
    viewport_.top = y;
    clampViewport();
    changed();
}

void GraphModel::pan(double dx, double dy) {
    if (viewport_.width <= 0 || viewport_.height <= 0) return;
    const Viewport before = viewport_;
    viewport_.left -= dx / (viewport_.width * viewport_.scaleX);
    viewport_.top -= dy / (viewport_.height * viewport_.scaleY);
    clampViewport();
    if (viewport_.left != before.left || viewport_.top != before.top) changed();
}

void GraphModel::fitSelection() {
    const auto node = selected_ ? selected_ : hovered_;
    if (!picture_ || !node || viewport_.height <= 0) return;
    const double wanted = readableSpacing / (picture_->shape.spacing(node->column) * viewport_.height);
    viewport_.scaleY = std::max(viewport_.scaleY, wanted);
    viewport_.top = picture_->shape.y(*node) - 0.5 / viewport_.scaleY;
    viewport_.left = picture_->shape.x(node->column) - 0.5 / viewport_.scaleX;
    clampViewport();
    changed();
}

double GraphModel::spacing(std::size_t column) const {
    return picture_->shape.spacing(column) * viewport_.height * viewport_.scaleY;
}

std::optional<GraphNode> GraphModel::nodeAt(double x, double y, double reach) const {
    if (!picture_) return std::nullopt;
    const GraphShape& shape = picture_->shape;
    std::optional<std::size_t> nearest;
    double least = reach;
    for (std::size_t c = 0; c < picture_->graph.columns.size(); ++c) {
        const double away = std::abs(toX(shape.x(c)) - x);
        if (away > least) continue;
        least = away;
        nearest = c;
    }
    if (!nearest) return std::nullopt;
    const double unit = viewport_.top + y / (viewport_.height * viewport_.scaleY);
    const double index = std::round(shape.indexAt(*nearest, unit));
    const double last = static_cast<double>(picture_->graph.columns[*nearest].nodes - 1);
    const double inside = std::clamp(index, 0.0, last);
    if (std::abs(toY(shape.y(*nearest, inside)) - y) > std::max(reach, spacing(*nearest) / 2))
        return std::nullopt;
    return GraphNode{*nearest, static_cast<std::uint32_t>(inside)};
}

bool GraphModel::has(const GraphNode& node) const {
    return picture_ && node.column < picture_->graph.columns.size() &&
           node.index < picture_->graph.columns[node.column].nodes;
}

void GraphModel::hover(std::optional<GraphNode> node) {
    if (node == hovered_) return;
    hovered_ = node;
    changed();
}

void GraphModel::select(std::optional<GraphNode> node) {
    if (node && !has(*node)) node.reset();
    if (node == selected_) return;
    selected_ = node;
    if (onSelect) onSelect();
    changed();
}

std::vector<GraphModel::Neighbour> GraphModel::neighbours(const GraphNode& node, bool incoming,
                                                          std::size_t most) const {
    const NetworkGraph& graph = picture_->graph;
    const GraphColumn& column = graph.columns[node.column];
    const auto& number = incoming ? column.layerIn : column.layerOut;
    if (!number) return {};
    const GraphLayer& layer = graph.layers[*number];
    std::vector<Neighbour> found;
    if (incoming)
        for (std::uint32_t e = layer.start[node.index]; e < layer.start[node.index + 1]; ++e)
            found.push_back({layer.source[e], e});
    else
        for (std::uint32_t i = layer.outStart[node.index]; i < layer.outStart[node.index + 1]; ++i)
            found.push_back({layer.targetOf(layer.outEdge[i]), layer.outEdge[i]});
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(most, found.size()));
    std::partial_sort(found.begin(), end, found.end(), [&](const Neighbour& a, const Neighbour& b) {
        return layer.strength[a.edge] != layer.strength[b.edge]
                   ? layer.strength[a.edge] > layer.strength[b.edge]
                   : a.node < b.node;
    });
    found.erase(end, found.end());
    return found;
}

void GraphModel::moveSelection(int dx, int dy) {
    if (!picture_ || picture_->graph.columns.empty()) return;
    if (!selected_) {
        select(GraphNode{0, 0});
        return;
    }
    GraphNode next = *selected_;
    if (dy != 0) {
        const std::int64_t last = picture_->graph.columns[next.column].nodes - 1;
        next.index = static_cast<std::uint32_t>(std::clamp<std::int64_t>(next.index + dy, 0, last));
    } else {
        const auto strongest = neighbours(next, dx < 0, 1);
        if (strongest.empty()) return;
        next = {dx < 0 ? next.column - 1 : next.column + 1, strongest.front().node};
    }
    select(next);
}

std::string GraphModel::summary() const {
    if (!picture_) return "No network is shown.";
    const NetworkGraph& graph = picture_->graph;
    std::string sizes;
    for (std::size_t c = 0; c < graph.columns.size(); ++c)
        sizes += (c == 0                         ? ""
                  : c + 1 < graph.columns.size() ? ", "
                                                 : " and ") +
                 countText(graph.columns[c].nodes);
    const NetworkGraph::Dead dead = graph.dead();
    std::string text = fmt::format(
        "{} at step {}: columns of {} units, {} connections, {} edges drawn, {} units without incoming, {} "
        "without outgoing connections.",
        graph.runName, graph.step, sizes, countText(graph.connections()),
        countText(static_cast<std::int64_t>(edges_ ? edges_->drawn() : 0)), dead.noIncoming, dead.noOutgoing);
    if (selected_)
        for (const std::string& line : describe(*selected_)) text += " " + line + ".";
    return text;
}

std::vector<std::string> GraphModel::describe(const GraphNode& node) const {
    if (!has(node)) return {};
    const NetworkGraph& graph = picture_->graph;
    const GraphColumn& column = graph.columns[node.column];
    std::vector<std::string> lines{
        fmt::format("{}, {} {}", column.name, column.channels ? "channel" : "unit", node.index)};
    std::string degrees;
    if (column.layerIn) degrees = countText(column.inDegree[node.index]) + " in";
    if (column.layerOut)
        degrees += (degrees.empty() ? "" : ", ") + countText(column.outDegree[node.index]) + " out";
    lines.push_back("connections: " + degrees);
    if (column.lacksIncoming(node.index)) lines.push_back("dead: no incoming connection");
    if (column.lacksOutgoing(node.index))
        lines.push_back(column.layerIn ? "dead: no outgoing connection" : "unused: no outgoing connection");
    constexpr std::size_t named = 3;
    for (const bool incoming : {true, false}) {
        const auto strongest = neighbours(node, incoming, named);
        if (strongest.empty()) continue;
        const GraphLayer& layer = graph.layers[incoming ? *column.layerIn : *column.layerOut];
        std::string line = incoming ? "strongest in: " : "strongest out: ";
        for (std::size_t i = 0; i < strongest.size(); ++i) {
            const std::uint32_t edge = strongest[i].edge;
            const double shown =
                static_cast<double>(layer.value.empty() ? layer.strength[edge] : layer.value[edge]);
            line += fmt::format("{}{} ({})", i == 0 ? "" : ", ", strongest[i].node, numberText(shown, 3));
        }
        lines.push_back(line);
    }
    if (edges_ && edges_->paths && edges_->node && *edges_->node != node && edges_->paths->joins(node)) {
        const bool before = edges_->paths->into[node.column][node.index] >= 0;
        const float share = before ? edges_->paths->into[node.column][node.index]
                                   : edges_->paths->from[node.column][node.index];
        lines.push_back(fmt::format("{} the chosen unit, {} of the most in this column",
                                    before ? "reaches" : "is reached from",
                                    numberText(static_cast<double>(share), 3)));
    }
    return lines;
}

std::string nameOf(const NetworkGraph& graph, const GraphNode& node) {
    // Several columns may be inputs: only the first is called so.
    const std::string& name = graph.columns[node.column].name;
    const bool first =
        std::none_of(graph.columns.begin(), graph.columns.begin() + static_cast<std::ptrdiff_t>(node.column),
                     [&](const GraphColumn& column) { return column.name == name; });
    return fmt::format("{}:{}", first ? name : std::to_string(node.column), node.index);
}

GraphNode parseNode(const NetworkGraph& graph, const std::string& text) {
    const std::size_t colon = text.rfind(':');
    std::string names;
    for (const GraphColumn& column : graph.columns)
        names += fmt::format("{}{} (0 to {})", names.empty() ? "" : ", ", column.name, column.nodes - 1);
    const auto number = [](const std::string& digits) -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
        return value;
    };
    if (colon != std::string::npos) {
        const std::string name = text.substr(0, colon);
        const auto named = std::find_if(graph.columns.begin(), graph.columns.end(),
                                        [&](const GraphColumn& column) { return column.name == name; });
        std::optional<std::size_t> column;
        if (named != graph.columns.end())
            column = static_cast<std::size_t>(named - graph.columns.begin());
        else if (const auto place = number(name); place && *place < graph.columns.size())
            column = *place;
        const auto index = number(text.substr(colon + 1));
        if (column && index && *index < graph.columns[*column].nodes) return {*column, *index};
    }
    throw Error(ErrorKind::Usage, fmt::format("\"{}\" names no unit of this network", text), "--neuron",
                "write it like fc1:37; there are " + names);
}

}  // namespace filigree::ui
