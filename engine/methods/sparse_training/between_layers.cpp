// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/between_layers.h"

#include <algorithm>

#include "base/error.h"
#include "sparse/redistribution.h"

namespace filigree::methods::sparse_training {

void requireSingleConnections(const config::Config& config) {
    if (config.text("sparsity.pattern") == "single") return;
    throw Error(ErrorKind::Usage,
                "this algorithm moves single connections between layers, so they cannot come in tiles",
                "sparsity.pattern", "choose pattern = \"single\", or another algorithm");
}

std::vector<train::DropAndGrow::Budget> shareGrowth(const train::DynamicSparsity& sparsity,
                                                    const std::vector<std::int64_t>& drops,
                                                    const std::vector<double>& shares) {
    std::vector<train::DropAndGrow::Budget> budgets;
    std::vector<std::int64_t> room;
    std::int64_t total = 0;
    for (std::size_t l = 0; l < drops.size(); ++l) {
        const sparse::Topology& topology = sparsity.weights()[l]->topology();
        const std::int64_t here =
            std::clamp<std::int64_t>(drops[l], 0, std::max<std::int64_t>(0, topology.edges() - 1));
        budgets.push_back({here, 0});
        room.push_back(topology.size() - topology.edges() + here);
        total += here;
    }
    const std::vector<std::int64_t> grows = sparse::apportion(total, shares, room);
    for (std::size_t l = 0; l < drops.size(); ++l) budgets[l].grows = grows[l];
    return budgets;
}

}  // namespace filigree::methods::sparse_training
