// SPDX-License-Identifier: Apache-2.0
#include "nn/models/layer_weights.h"

#include "base/error.h"

namespace filigree::nn {

std::shared_ptr<sparse::SparseWeight> sparseWeightFor(const LayerWeight& weight,
                                                      const Topologies& topologies) {
    const auto found = topologies.find(weight.layer);
    if (found == topologies.end()) return nullptr;
    return std::make_shared<sparse::SparseWeight>(weight.layer, weight.shape, found->second);
}

void requireLayers(const std::vector<LayerWeight>& weights, const Topologies& topologies) {
    std::string names;
    for (const LayerWeight& weight : weights) names += (names.empty() ? "" : ", ") + weight.layer;
    for (const auto& [layer, topology] : topologies) {
        bool known = false;
        for (const LayerWeight& weight : weights) known = known || weight.layer == layer;
        if (!known)
            throw Error(ErrorKind::Run, "a topology names no layer of the model", layer,
                        "the layers are " + names);
    }
}

}  // namespace filigree::nn
