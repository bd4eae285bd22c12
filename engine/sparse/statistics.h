// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sparse/topology.h"

namespace filigree::sparse {

/// Units that no connection reaches or leaves.
struct DeadUnits {
    std::int64_t withoutInput = 0;   ///< rows without an edge: their output is the bias alone
    std::int64_t withoutOutput = 0;  ///< input channels none of whose columns has an edge
};
/// `columnsPerInput`: columns that belong to one input unit: 1 for linear layers, kh kw for convolutions.
DeadUnits deadUnits(const Topology& topology, std::int64_t columnsPerInput = 1);

/// Number of positions active in exactly one of two patterns of equal size.
std::int64_t hammingDistance(const Topology& a, const Topology& b);

}  // namespace filigree::sparse
