// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "nn/models/layer_weights.h"
#include "sparse/structure.h"

namespace filigree::train {

/// The shape of tiles that connections come in, if [sparsity] asks for tiles.
std::optional<sparse::BlockShape> tileFrom(const config::Config& config);
/// Whether [sparsity] asks for as many connections for each output.
bool hasFixedFanIn(const config::Config& config);

/// How many connections a layer starts with.
struct LayerConnections {
    std::string layer;
    Shape shape;
    std::int64_t active = 0;
    bool sparse = false;                        ///< false: dense by choice, not counted in the density
    std::optional<sparse::BlockShape> block{};  ///< tiles that its connections come in
    bool fixedFanIn = false;                    ///< as many for each output
};

/// What [sparsity] gives each of the layers, from input to output, at the density it names or another one.
/// Throws Error (Usage) if the density leaves a sparse layer without any connection.
std::vector<LayerConnections> plannedConnections(const config::Config& config,
                                                 const std::vector<nn::LayerWeight>& layers,
                                                 std::optional<double> density = {});

/// Patterns of the sparse layers of a plan: that many random connections or whole tiles, from the streams
/// "mask/<layer>"; or every connection there can be.
nn::Topologies randomTopologies(const std::vector<LayerConnections>& plan, std::uint64_t seed);
nn::Topologies fullTopologies(const std::vector<LayerConnections>& plan);

}  // namespace filigree::train
