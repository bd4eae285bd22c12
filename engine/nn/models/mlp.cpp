// SPDX-License-Identifier: Apache-2.0
#include "nn/models/mlp.h"

#include "base/error.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/normalization.h"

namespace filigree::nn {

std::vector<LayerWeight> mlpWeights(const MlpOptions& options) {
    std::vector<std::int64_t> sizes{options.inputs};
    sizes.insert(sizes.end(), options.hidden.begin(), options.hidden.end());
    sizes.push_back(options.classes);
    std::vector<LayerWeight> weights;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] < 1)
            throw Error(ErrorKind::Run,
                        "every layer of a network needs at least one unit, not " + std::to_string(sizes[i]));
        if (i == 0) continue;
        const std::string number = std::to_string(i);
        const bool last = i + 1 == sizes.size();
        weights.push_back({"fc" + number,
                           {sizes[i], sizes[i - 1]},
                           1,
                           last ? "" : "fc" + std::to_string(i + 1),
                           last || !options.batchNorm ? "" : "norm" + number});
    }
    return weights;
}

std::unique_ptr<Module> makeMlp(const MlpOptions& options, const Topologies& topologies, std::uint64_t seed,
                                const Initialization& initialization) {
    const std::vector<LayerWeight> weights = mlpWeights(options);
    requireLayers(weights, topologies);
    auto network = std::make_unique<Sequential>();
    network->add("flatten", std::make_unique<Flatten>());
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const LayerWeight& weight = weights[i];
        const bool last = i + 1 == weights.size();
        const bool normalized = options.batchNorm && !last;
        const bool relu = !last && options.activation == ActivationKind::Relu;
        // A sparse layer rectifies in the pass that multiplies, batch norm in the one that normalises.
        bool activated = false;
        if (auto sparse = sparseWeightFor(weight, topologies)) {
            activated = relu && !normalized;
            network->add(weight.layer,
                         std::make_unique<SparseLinear>(std::move(sparse), !normalized, activated));
        } else {
            network->add(weight.layer,
                         std::make_unique<Linear>(weight.shape[1], weight.shape[0], !normalized));
        }
        if (last) break;
        const std::string number = std::to_string(i + 1);
        if (normalized) {
            network->add("norm" + number,
                         std::make_unique<BatchNorm>(
                             weight.shape[0], relu ? BatchNorm::Then::Relu : BatchNorm::Then::Nothing));
            activated = relu;
        }
        if (!activated) network->add("activation" + number, std::make_unique<Activation>(options.activation));
        if (options.dropout > 0) network->add("dropout" + number, std::make_unique<Dropout>(options.dropout));
    }
    network->initialize(seed, initialization);
    return network;
}

}  // namespace filigree::nn
