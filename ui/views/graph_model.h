// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "ui/views/graph_edges.h"

namespace filigree::ui {

/// What the graph view shows: the network, its drawn edges, what is enlarged, hovered and chosen. Pixels
/// count from the top left of the area that the graph has.
class GraphModel {
  public:
    /// The same network at another step keeps what is chosen and enlarged.
    void show(std::shared_ptr<const GraphPicture> picture, std::shared_ptr<const GraphEdges> edges);
    void clear();
    const GraphPicture* picture() const { return picture_.get(); }
    const GraphEdges* edges() const { return edges_.get(); }
    std::shared_ptr<const GraphPicture> sharedPicture() const { return picture_; }
    std::shared_ptr<const GraphEdges> sharedEdges() const { return edges_; }
    /// Counts up when the network or its drawn edges change.
    std::uint64_t version() const { return version_; }

    struct Viewport {
        double width = 0, height = 0;   ///< pixels
        double scaleX = 1, scaleY = 1;  ///< 1: all fits
        double left = 0, top = 0;       ///< units
        bool operator==(const Viewport&) const = default;
    };
    const Viewport& viewport() const { return viewport_; }
    void resize(double width, double height);
    void fit();
    void fitSelection();
    void zoom(double x, double y, double factor, bool horizontal = true, bool vertical = true);
    /// So that the box fills the area, as far as enlarging goes.
    void zoomTo(double left, double top, double right, double bottom);
    void pan(double dx, double dy);
    double toX(double unit) const { return (unit - viewport_.left) * viewport_.width * viewport_.scaleX; }
    double toY(double unit) const { return (unit - viewport_.top) * viewport_.height * viewport_.scaleY; }
    double spacing(std::size_t column) const;  ///< of its nodes, pixels

    /// The nearest node of the nearest column within `reach` pixels, of a column whose nodes stand wider
    /// apart within half their distance.
    std::optional<GraphNode> nodeAt(double x, double y, double reach) const;
    std::optional<GraphNode> hovered() const { return hovered_; }
    std::optional<GraphNode> selected() const { return selected_; }
    void hover(std::optional<GraphNode> node);
    /// Nodes that the network does not have count as none.
    void select(std::optional<GraphNode> node);
    /// dy: to the node above or below; dx: to the strongest neighbour in the column before or after.
    void moveSelection(int dx, int dy);

    /// "MLP at step 4000: 784, 300, 100 and 10 units, 26 670 connections, 5 000 edges drawn, …"
    std::string summary() const;
    /// Everything known of a node, one fact per line.
    std::vector<std::string> describe(const GraphNode& node) const;

    std::function<void()> onChange;  ///< anything that is drawn
    std::function<void()> onSelect;

  private:
    struct Neighbour {
        std::uint32_t node = 0;
        std::uint32_t edge = 0;
    };
    /// The strongest first, at most `most`.
    std::vector<Neighbour> neighbours(const GraphNode& node, bool incoming, std::size_t most) const;
    bool has(const GraphNode& node) const;
    void clampViewport();
    void changed();

    std::shared_ptr<const GraphPicture> picture_;
    std::shared_ptr<const GraphEdges> edges_;
    Viewport viewport_;
    std::optional<GraphNode> hovered_, selected_;
    std::uint64_t version_ = 0;
};

/// "fc1:37" or, of the n-th column, "0:37" (0 is the input): a node as a command names it. Throws Error
/// (Usage) with the names there are.
GraphNode parseNode(const NetworkGraph& graph, const std::string& text);
/// The same word back; "input:37" for a network's first inputs.
std::string nameOf(const NetworkGraph& graph, const GraphNode& node);

}  // namespace filigree::ui
