// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "sparse/topology.h"
#include "tensor/shape.h"

namespace filigree::sparse {

/// How a global density is shared among layers.
enum class Distribution {
    Uniform,     ///< every layer the same
    ErdosRenyi,  ///< proportional to (n_in + n_out) / (n_in n_out), channels only for convolutions (SET)
    ErdosRenyiKernel,  ///< proportional to (sum of all dimensions) / (product of all dimensions) (RigL)
};

/// Density of each layer so that sum d_l size_l = density sum size_l. Layers whose share would exceed 1 are
/// made dense, all that attain the maximum at once, and the rest is shared anew. Weight shapes [O, I] or [O,
/// C, kh, kw]. `power` of the ratios: 0 makes them uniform. Source: Evci et al., "Rigging the Lottery", ICML
/// 2020, section 3 (1) and its code (`erk_power_scale`). Throws Error (Run) unless 0 < density <= 1.
std::vector<double> layerDensities(std::span<const Shape> shapes, double density, Distribution distribution,
                                   double power = 1);

/// round(d_l size_l), the number of connections that a layer keeps for the whole run.
std::int64_t activeCount(const Shape& shape, double density);

/// `count` positions of a rows x columns layer, every subset equally likely.
Topology randomTopology(std::int64_t rows, std::int64_t columns, std::int64_t count, RandomStream& random);

}  // namespace filigree::sparse
