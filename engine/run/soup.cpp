// SPDX-License-Identifier: Apache-2.0
#include "run/soup.h"

#include "base/error.h"
#include "data/loader.h"
#include "run/stored_network.h"
#include "train/recalibration.h"

namespace filigree::run {
namespace {

/// Whole batches of the training data in its order.
std::vector<Tensor> trainingBatches(const data::Dataset& train, std::int64_t size) {
    data::Loader loader(train, size, 0, false, true);
    std::vector<Tensor> batches;
    std::vector<std::int32_t> labels(static_cast<std::size_t>(size));
    for (std::int64_t index = 0; index < loader.batchesPerEpoch(); ++index) {
        Shape shape{size};
        for (const std::int64_t axis : train.sampleShape) shape.append(axis);
        Tensor x = Tensor::empty(shape);
        loader.batch(0, index, x.values<float>(), labels);
        batches.push_back(std::move(x));
    }
    return batches;
}

}  // namespace

SoupResult averageNetworks(const store::Store& store, const SoupRequest& request) {
    StoredNetworks stored(store, request.networks, request.dataFolders);
    std::vector<analysis::SavedWeights> networks;
    for (const StoredNetwork& network : stored.networks()) networks.push_back(network.weights);
    SoupResult result;
    for (const analysis::SavedWeights& network : networks)
        result.sameMask = result.sameMask && analysis::samePatterns(network, networks.front());
    const auto patterns = request.force ? analysis::Patterns::Union : analysis::Patterns::MustAgree;
    const analysis::SavedWeights soup = analysis::average(networks, patterns);

    const analysis::Samples test = analysis::takeSamples(stored.data("test"), 0, 500, 0);
    const std::vector<Tensor> batches =
        trainingBatches(stored.data("train"), stored.config().integer("train.batch_size"));
    const auto evaluate = [&](const analysis::SavedWeights& weights) {
        const auto network = stored.make(analysis::unionOf({&weights, 1}));
        analysis::setWeights(network->model(), weights);
        train::recalibrate(network->model(), batches);
        return network->evaluate(test, analysis::Statistics::Running);
    };
    for (std::size_t n = 0; n < networks.size(); ++n)
        result.members.push_back({stored.networks()[n].label(),
                                  analysis::density(networks[n], stored.layerWeights()),
                                  evaluate(networks[n])});
    result.density = analysis::density(soup, stored.layerWeights());
    result.test = evaluate(soup);
    result.diversity = analysis::diversity(networks);
    if (!request.file.empty()) {
        train::Checkpoint file;
        analysis::writeWeights(file, soup);
        file.write(request.file);
    }
    return result;
}

}  // namespace filigree::run
