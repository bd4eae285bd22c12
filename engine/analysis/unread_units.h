// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/saved_weights.h"
#include "nn/models/layer_weights.h"

namespace filigree::analysis {

/// A network with fewer units.
struct SmallerNetwork {
    SavedWeights weights;
    std::vector<nn::LayerWeight> layers;  ///< with the shapes that are left
    std::int64_t units = 0, removed = 0;  ///< of layers whose outputs one other layer reads
};

/// Takes out the units (channels) that nothing reads: those without outgoing connections, then those that
/// only they read, and so on; with their weights, bias, and scale, shift and statistics of their batch norm.
/// The outputs stay what they were, but for rounding. A layer keeps one unit at least. Layers that are left
/// with every connection become dense.
SmallerNetwork withoutUnreadUnits(const SavedWeights& network, const std::vector<nn::LayerWeight>& layers);

}  // namespace filigree::analysis
