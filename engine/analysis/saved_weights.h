// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "analysis/layout.h"
#include "nn/models/layer_weights.h"
#include "train/checkpoint.h"

namespace filigree::analysis {

/// The connections of one sparse layer as a checkpoint holds them, one entry per connection.
struct SavedLayer {
    Shape shape;                           ///< of the dense weight
    std::vector<std::uint32_t> positions;  ///< flat indices, ascending
    std::vector<double> values;
    std::vector<std::int64_t> ages;      ///< rounds since it was grown
    std::vector<std::int64_t> activity;  ///< rounds in which it was active, over all its lives
};

/// What a checkpoint knows of a network, without its optimiser.
struct SavedWeights {
    std::map<std::string, SavedLayer> sparse;  ///< by layer: "fc1"
    std::map<std::string, Tensor> dense;       ///< by parameter: "fc1.bias"; buffers too
};

/// `layers`: those whose weights may be sparse. Throws Error (Data) for a checkpoint that is damaged or of
/// another network.
SavedWeights readWeights(const train::Checkpoint& checkpoint, const std::vector<nn::LayerWeight>& layers);

/// Puts the network into a checkpoint as training does; `readWeights` gives it back, with ages and activity
/// 0.
void writeWeights(train::Checkpoint& checkpoint, const SavedWeights& weights);

/// Sets every parameter and buffer of a model. Throws Error (Data) if the model has other ones, or a layer
/// has another pattern.
void setWeights(nn::Module& model, const SavedWeights& weights);

/// Patterns that hold the connections of all the networks. A layer that is dense in one of them is dense.
nn::Topologies unionOf(std::span<const SavedWeights> networks);

/// The network as a point: connections that it lacks are 0. Throws Error (Data) if it has connections or
/// parameters that the layout does not hold.
Point pointOf(const SavedWeights& network, const Layout& layout);

}  // namespace filigree::analysis
