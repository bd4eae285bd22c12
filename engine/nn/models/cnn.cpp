// SPDX-License-Identifier: Apache-2.0
#include "nn/models/cnn.h"

#include "base/error.h"
#include "nn/convolution.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/normalization.h"
#include "nn/pooling.h"

namespace filigree::nn {

std::vector<LayerWeight> cnnWeights(const CnnOptions& options) {
    const auto require = [](bool holds, const std::string& what) {
        if (!holds) throw Error(ErrorKind::Run, "the convolutional network cannot be built: " + what);
    };
    require(options.imageChannels > 0 && options.height > 0 && options.width > 0,
            "images need channels and a size");
    require(options.classes > 0 && options.hidden >= 0, "layers need at least one unit");
    std::vector<LayerWeight> weights;
    std::int64_t channels = options.imageChannels, height = options.height, width = options.width;
    for (const std::int64_t next : options.channels) {
        require(next > 0, "blocks need at least one channel");
        require(height >= 2 && width >= 2, "images of " + std::to_string(options.height) + " x " +
                                               std::to_string(options.width) + " are too small for " +
                                               std::to_string(options.channels.size()) + " poolings");
        const std::size_t number = weights.size() + 1;
        weights.push_back({"conv" + std::to_string(number),
                           {next, channels, 3, 3},
                           height * width,
                           number == options.channels.size() ? "fc1" : "conv" + std::to_string(number + 1),
                           "norm" + std::to_string(number)});
        channels = next;
        height /= 2;
        width /= 2;
    }
    std::int64_t features = channels * height * width;
    if (options.hidden > 0) {
        weights.push_back({"fc1", {options.hidden, features}, 1, "fc2"});
        features = options.hidden;
    }
    weights.push_back({options.hidden > 0 ? "fc2" : "fc1", {options.classes, features}});
    return weights;
}

std::unique_ptr<Module> makeCnn(const CnnOptions& options, const Topologies& topologies, std::uint64_t seed,
                                const Initialization& initialization) {
    const std::vector<LayerWeight> weights = cnnWeights(options);
    requireLayers(weights, topologies);
    auto network = std::make_unique<Sequential>();
    const autograd::Conv2dOptions samePlaces{{1, 1}, {1, 1}, 1};
    for (std::size_t block = 0; block < options.channels.size(); ++block) {
        const LayerWeight& weight = weights[block];
        const std::string number = std::to_string(block + 1);
        // Batch norm takes the mean away: a bias before it would have no effect.
        if (auto sparse = sparseWeightFor(weight, topologies))
            network->add(weight.layer, std::make_unique<SparseConv2d>(std::move(sparse), samePlaces, false));
        else
            network->add(weight.layer,
                         std::make_unique<Conv2d>(weight.shape[1], weight.shape[0], 3, samePlaces, false));
        if (options.activation == ActivationKind::Relu) {
            network->add("norm" + number,
                         std::make_unique<BatchNorm>(weight.shape[0], BatchNorm::Then::ReluAndMaxPool));
            continue;
        }
        network->add("norm" + number, std::make_unique<BatchNorm>(weight.shape[0]));
        network->add("activation" + number, std::make_unique<Activation>(options.activation));
        network->add("pool" + number, std::make_unique<MaxPool2d>());
    }
    network->add("flatten", std::make_unique<Flatten>());
    for (std::size_t i = options.channels.size(); i < weights.size(); ++i) {
        const LayerWeight& weight = weights[i];
        const bool last = i + 1 == weights.size();
        if (last && options.dropout > 0) network->add("dropout", std::make_unique<Dropout>(options.dropout));
        if (auto sparse = sparseWeightFor(weight, topologies))
            network->add(weight.layer, std::make_unique<SparseLinear>(std::move(sparse)));
        else
            network->add(weight.layer, std::make_unique<Linear>(weight.shape[1], weight.shape[0]));
        if (!last)
            network->add("activation" + std::to_string(i + 1),
                         std::make_unique<Activation>(options.activation));
    }
    network->initialize(seed, initialization);
    return network;
}

}  // namespace filigree::nn
