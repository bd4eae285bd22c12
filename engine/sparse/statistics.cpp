// SPDX-License-Identifier: Apache-2.0
#include "sparse/statistics.h"

#include <algorithm>

namespace filigree::sparse {

DeadUnits deadUnits(const Topology& topology, std::int64_t columnsPerInput) {
    DeadUnits dead;
    for (std::int64_t row = 0; row < topology.rows(); ++row) dead.withoutInput += topology.inDegree(row) == 0;
    for (std::int64_t first = 0; first < topology.columns(); first += columnsPerInput) {
        std::int64_t degree = 0;
        const std::int64_t last = std::min(first + columnsPerInput, topology.columns());
        for (std::int64_t column = first; column < last; ++column) degree += topology.outDegree(column);
        dead.withoutOutput += degree == 0;
    }
    return dead;
}

std::int64_t hammingDistance(const Topology& a, const Topology& b) {
    std::int64_t shared = 0;
    for (const std::int64_t source : edgeSources(a, b)) shared += source >= 0;
    return a.edges() + b.edges() - 2 * shared;
}

}  // namespace filigree::sparse
