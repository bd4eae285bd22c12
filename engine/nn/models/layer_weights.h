// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "sparse/topology.h"
#include "tensor/shape.h"

namespace filigree::nn {

/// The weight of a layer that may be sparse: path of the layer and shape, [out, in] or [out, in, kh, kw].
struct LayerWeight {
    std::string layer;
    Shape shape;
};

/// Patterns of the layers that are sparse, by path; layers that are not named are dense.
using Topologies = std::map<std::string, sparse::Topology>;

}  // namespace filigree::nn
