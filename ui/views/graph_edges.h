// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>
#include <string>

#include "ui/views/graph_network.h"

namespace filigree::ui {

/// Where nodes and edges of a graph are, in units: columns stand at x = 0 … 1, the largest column spans
/// y = 0 … 1, one of few nodes only the middle. Edges between two neighbourhoods of nodes (at most 24 of them
/// in a column) run together halfway, as a bundle.
class GraphShape {
  public:
    GraphShape() = default;
    explicit GraphShape(const NetworkGraph& graph);

    double x(std::size_t column) const { return x_[column]; }
    double y(const GraphNode& node) const { return y(node.column, static_cast<double>(node.index)); }
    /// Of a place between two nodes too.
    double y(std::size_t column, double index) const;
    /// Between neighbours in a column.
    double spacing(std::size_t column) const { return spacing_[column]; }
    /// Index that lies at a height; may be outside the column.
    double indexAt(std::size_t column, double y) const;

    std::uint32_t bins(std::size_t column) const { return bins_[column]; }
    std::uint32_t binOf(const GraphNode& node) const;
    double binCentre(std::size_t column, std::uint32_t bin) const;
    double binHeight(std::size_t column) const;

    /// Heights of the four points of the Bezier curve that an edge is; its x goes evenly.
    std::array<float, 4> course(const GraphNode& source, const GraphNode& target) const;

  private:
    std::vector<double> x_, spacing_, nodes_;
    std::vector<std::uint32_t> bins_;
};

/// How much of each of (source, own bundle, other bundle, target) an edge has at share t of its way; they
/// add to 1.
std::array<double, 4> bundleWeights(double t);

/// Which edges are drawn one by one: up to `budget`, the strongest of every layer first. The budget is shared
/// out evenly to the layers; what one does not need goes to the others. With a node: of the edges on paths
/// into and out of it, those that carry most (strength times GraphPaths of the end that is farther along);
/// its own come first.
struct GraphEdges {
    std::size_t budget = 0;
    std::optional<GraphNode> node;
    std::optional<GraphPaths> paths;  ///< of `node`
    struct Layer {
        std::vector<std::uint32_t> drawn;  ///< edges, the weakest first
        std::int64_t candidates = 0;       ///< all, or all on paths
        float strongest = 0;               ///< strength among those drawn
        /// Connections on candidates that are not drawn, by [bin of source * bins(to) + bin of target].
        std::vector<float> rest;
        std::int64_t restConnections = 0;
        /// The same as a picture over the gap between the columns, heights 0 … 1 from the top: the root of
        /// densityOfRest over its largest, by [row][column]; empty if there is no rest.
        std::vector<float> density;
    };
    static constexpr int densityWidth = 96, densityHeight = 256;
    std::vector<Layer> layers;

    std::size_t drawn() const;
};
GraphEdges chooseEdges(const NetworkGraph& graph, const GraphShape& shape, std::size_t budget,
                       const std::optional<GraphNode>& node);

/// Connections per height by [row][column] of the gap, of those that are not drawn one by one: every pair of
/// bundles is a band as wide as its edges would be, with its connections spread over it.
std::vector<float> densityOfRest(const GraphShape& shape, const GraphLayer& layer,
                                 const std::vector<float>& rest, int width, int height);

/// All that a picture needs; made on a worker, never changed.
struct GraphPicture {
    NetworkGraph graph;
    GraphShape shape;
};

/// The drawn edges: layer,source,target,connections,strength,weight; the strongest first. The weight is empty
/// where an edge has several or none is known.
std::string graphCsv(const NetworkGraph& graph, const GraphEdges& edges);

}  // namespace filigree::ui
