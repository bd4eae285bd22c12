// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sparse/sparse_weight.h"
#include "sparse/topology.h"
#include "tensor/shape.h"

namespace filigree::nn {

/// The weight of a layer that may be sparse: path of the layer and shape, [out, in] or [out, in, kh, kw].
struct LayerWeight {
    std::string layer;
    Shape shape;
    std::int64_t positions = 1;  ///< at which one sample is multiplied by it: the pixels of an output image
    std::string reader{};  ///< the layer that alone reads its outputs, unit by unit; "" if there is none
    std::string norm{};    ///< the batch norm of its outputs
};

/// Patterns of the layers that are sparse, by path; layers that are not named are dense.
using Topologies = std::map<std::string, sparse::Topology>;

/// A weight of zeros for a layer that has a topology, null for a dense one. Throws Error (Run) if they do not
/// fit.
std::shared_ptr<sparse::SparseWeight> sparseWeightFor(const LayerWeight& weight,
                                                      const Topologies& topologies);

/// Throws Error (Run) for a topology whose layer is not among the weights.
void requireLayers(const std::vector<LayerWeight>& weights, const Topologies& topologies);

}  // namespace filigree::nn
