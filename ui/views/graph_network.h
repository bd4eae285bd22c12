// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "record/record.h"
#include "store/reader.h"

namespace filigree::ui {

/// A unit of a network as a graph: a neuron of a linear layer, a channel of a convolution.
struct GraphNode {
    std::size_t column = 0;
    std::uint32_t index = 0;
    bool operator==(const GraphNode&) const = default;
};

/// Units that stand below each other: what one layer gives and the next one takes.
struct GraphColumn {
    std::string name;  ///< of the layer whose outputs these are; "input" where none is on record
    std::int64_t nodes = 0;
    bool channels = false;                         ///< of a convolution
    std::optional<std::size_t> layerIn, layerOut;  ///< which reach them, which start from them
    std::vector<std::uint32_t> inDegree,
        outDegree;  ///< connections, of each node; empty without such a layer

    /// Neither an input of the network nor reached by any connection.
    bool lacksIncoming(std::uint32_t node) const { return layerIn && inDegree[node] == 0; }
    bool lacksOutgoing(std::uint32_t node) const { return layerOut && outDegree[node] == 0; }
};

/// The edges between two columns: by ascending target, then source. A node may stand for several columns of
/// the weight (the positions of a kernel, the pixels of a flattened map); an edge then is all their
/// connections.
struct GraphLayer {
    std::string name;
    std::size_t from = 0, to = 0;  ///< columns
    std::int64_t connections = 0;
    std::int64_t positions = 0;           ///< connections that there could be
    std::int64_t group = 1;               ///< columns of the weight that a source stands for
    bool weighed = false;                 ///< weights are on record
    std::vector<std::uint32_t> start;     ///< nodes(to) + 1
    std::vector<std::uint32_t> source;    ///< of each edge
    std::vector<std::uint32_t> count;     ///< connections of each edge
    std::vector<float> value;             ///< of each edge: its weight, NaN if unknown; empty if group > 1
    std::vector<std::uint32_t> outStart;  ///< nodes(from) + 1
    std::vector<std::uint32_t> outEdge;   ///< edges by ascending source, then target

    /// Of each edge: the norm of its weights (of the kernel between two channels, of a single weight its
    /// absolute value), unknown ones left out. Where no weight is on record: its number of connections.
    std::vector<float> strength;

    std::size_t edges() const { return source.size(); }
    std::uint32_t targetOf(std::size_t edge) const;
};

/// All recorded layers of a network at one step. Layers are joined in the order in which the run recorded
/// them: a layer starts at the column that the one before it ends at if the sizes fit (the same number of
/// units; after a convolution also a whole number of pixels per channel), else at a column of its own.
/// Connections around layers are not known to it.
struct NetworkGraph {
    std::int64_t run = 0;
    std::string runName;
    std::int64_t step = 0;  ///< of the newest pattern in it
    std::vector<GraphColumn> columns;
    std::vector<GraphLayer> layers;

    bool empty() const { return layers.empty(); }
    std::int64_t connections() const;
    /// Units that no connection reaches, that none leaves (the network's last units aside), and inputs of
    /// the network that none leaves.
    struct Dead {
        std::int64_t noIncoming = 0, noOutgoing = 0, unusedInputs = 0;
    };
    Dead dead() const;
};

/// One layer of a graph; `weights`: one per active position, NaN where unknown, or empty.
struct WeighedMask {
    record::Mask mask;
    std::vector<float> weights;
};
/// Throws Error (Data) for a layer whose columns are not a whole number per channel.
NetworkGraph makeGraph(const std::vector<WeighedMask>& layers);

/// At the newest snapshots at or before `step`, with the newest weights at or before it; layers that were
/// not yet on record then are left out. Throws Error (Usage) if nothing is.
NetworkGraph loadGraph(const store::Reader& reader, std::int64_t run, std::int64_t step);

/// How much of a node each other one carries: the sum over all paths between them of the product of the
/// strengths along it, divided in every column by the largest. Negative: no path.
struct GraphPaths {
    std::vector<std::vector<float>> into;  ///< [column][node]: from that node to the chosen one
    std::vector<std::vector<float>> from;  ///< from the chosen node to that one
    bool joins(const GraphNode& node) const {
        return into[node.column][node.index] >= 0 || from[node.column][node.index] >= 0;
    }
};
GraphPaths pathsThrough(const NetworkGraph& graph, const GraphNode& node);

}  // namespace filigree::ui
