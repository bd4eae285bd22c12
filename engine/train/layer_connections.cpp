// SPDX-License-Identifier: Apache-2.0
#include "train/layer_connections.h"

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "sparse/distribution.h"

namespace filigree::train {
namespace {

sparse::Distribution distributionFrom(const std::string& name) {
    if (name == "uniform") return sparse::Distribution::Uniform;
    return name == "er" ? sparse::Distribution::ErdosRenyi : sparse::Distribution::ErdosRenyiKernel;
}

}  // namespace

std::optional<sparse::BlockShape> tileFrom(const config::Config& config) {
    if (config.text("sparsity.pattern") != "block") return {};
    return sparse::BlockShape{config.integer("sparsity.block_rows"),
                              config.integer("sparsity.block_columns")};
}

bool hasFixedFanIn(const config::Config& config) {
    return config.text("sparsity.pattern") == "fan_in";
}

std::vector<LayerConnections> plannedConnections(const config::Config& config,
                                                 const std::vector<nn::LayerWeight>& layers,
                                                 std::optional<double> density) {
    const double wanted = density.value_or(config.real("sparsity.density"));
    const bool firstDense = config.boolean("sparsity.first_layer_dense");
    const bool lastDense = config.boolean("sparsity.last_layer_dense");
    const std::optional<sparse::BlockShape> tile = tileFrom(config);
    std::vector<LayerConnections> plan;
    std::vector<Shape> shapes;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const bool dense = config.real("sparsity.density") >= 1 || (firstDense && l == 0) ||
                           (lastDense && l + 1 == layers.size());
        const Shape& shape = layers[l].shape;
        plan.push_back({layers[l].layer, shape, shape.elements(), !dense});
        if (dense) continue;
        shapes.push_back(shape);
        if (tile && tile->fits(shape)) plan.back().block = tile;
        plan.back().fixedFanIn = hasFixedFanIn(config);
    }
    if (shapes.empty()) return plan;
    const std::vector<double> densities =
        sparse::layerDensities(shapes, wanted, distributionFrom(config.text("sparsity.distribution")),
                               config.real("sparsity.distribution_power"));
    auto share = densities.begin();
    for (LayerConnections& layer : plan) {
        if (!layer.sparse) continue;
        layer.active = sparse::activeCount(layer.shape, *share);
        if (layer.fixedFanIn) {
            const std::int64_t inputs = layer.shape.elements() / layer.shape[0];
            layer.active = std::llround(*share * static_cast<double>(inputs)) * layer.shape[0];
        }
        if (layer.block) {
            const double tiles =
                static_cast<double>(layer.shape.elements()) / static_cast<double>(layer.block->area());
            layer.active = std::llround(*share * tiles) * layer.block->area();
        }
        ++share;
        if (layer.active == 0)
            throw Error(ErrorKind::Usage,
                        "this density leaves the layer '" + layer.layer + "' without a connection",
                        "sparsity.density", "raise the density or choose another distribution");
    }
    return plan;
}

nn::Topologies randomTopologies(const std::vector<LayerConnections>& plan, std::uint64_t seed) {
    nn::Topologies topologies;
    for (const LayerConnections& layer : plan) {
        if (!layer.sparse) continue;
        const std::int64_t rows = layer.shape[0];
        const std::int64_t columns = layer.shape.elements() / rows;
        RandomStream random(seed, "mask/" + layer.layer);
        if (layer.fixedFanIn) {
            std::vector<std::uint32_t> positions;
            for (std::int64_t row = 0; row < rows; ++row)
                for (const std::int64_t column : random.sample(columns, layer.active / rows))
                    positions.push_back(static_cast<std::uint32_t>(row * columns + column));
            topologies.emplace(layer.layer, sparse::survivorTopology(layer.shape, positions));
            continue;
        }
        if (!layer.block) {
            topologies.emplace(layer.layer, sparse::randomTopology(rows, columns, layer.active, random));
            continue;
        }
        const sparse::BlockShape& block = *layer.block;
        const std::vector<std::uint32_t> tiles =
            sparse::randomTopology(rows / block.rows, columns / block.columns, layer.active / block.area(),
                                   random)
                .positions();
        topologies.emplace(layer.layer, sparse::survivorTopology(
                                            layer.shape, sparse::expandBlocks(layer.shape, block, tiles)));
    }
    return topologies;
}

nn::Topologies fullTopologies(const std::vector<LayerConnections>& plan) {
    nn::Topologies topologies;
    for (const LayerConnections& layer : plan) {
        if (!layer.sparse) continue;
        std::vector<std::uint32_t> all(static_cast<std::size_t>(layer.shape.elements()));
        std::iota(all.begin(), all.end(), 0U);
        topologies.emplace(layer.layer, sparse::survivorTopology(layer.shape, all));
    }
    return topologies;
}

}  // namespace filigree::train
