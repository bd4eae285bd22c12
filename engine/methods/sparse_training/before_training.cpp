// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "methods/sparse_training/saliency.h"
#include "sparse/structure.h"

namespace filigree::methods::sparse_training {
namespace {

/// Scores every connection of the initial network, keeps the best over all layers, and never changes them.
/// The number kept is that of all layers' plans together.
class BeforeTraining : public train::SparseAlgorithm {
  public:
    nn::Topologies initial(const train::Beginning& beginning) const override {
        const auto plan = train::plannedConnections(beginning.config, beginning.layers);
        const auto model = beginning.model(train::fullTopologies(plan));
        for (const auto& weight : model->sparseWeights())
            weight->setExecution(sparse::Execution::MaskedDense);
        std::int64_t kept = 0;
        for (const train::LayerConnections& layer : plan)
            if (layer.sparse) kept += layer.active;
        const sparse::Survivors survivors = choose(*model, beginning, kept);
        nn::Topologies topologies;
        for (std::size_t l = 0; l < survivors.size(); ++l) {
            const sparse::SparseWeight& weight = *model->sparseWeights()[l];
            if (survivors[l].empty())
                throw Error(
                    ErrorKind::Usage,
                    "pruning before training leaves the layer '" + weight.name() + "' without a connection",
                    "sparsity.density", "raise the density or choose another algorithm");
            topologies.emplace(weight.name(), sparse::survivorTopology(weight.denseShape(), survivors[l]));
        }
        return topologies;
    }

  protected:
    virtual sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                                     std::int64_t kept) const = 0;
};

class Snip final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             std::int64_t kept) const override {
        const auto batch = beginning.samples(beginning.config.integer("prune.saliency_samples"));
        return sparse::keepGlobally(snipScores(model, batch.x, batch.labels), kept);
    }
};

class Grasp final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             std::int64_t kept) const override {
        const auto batch = beginning.samples(beginning.config.integer("prune.saliency_samples"));
        return sparse::keepGlobally(
            graspScores(model, batch.x, batch.labels, beginning.config.real("prune.temperature")), kept);
    }
};

class Synflow final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             std::int64_t kept) const override {
        const Shape batch = beginning.samples(1).x.shape();
        Shape sample;
        for (int axis = 1; axis < batch.rank(); ++axis) sample.append(batch[axis]);
        return synflowSurvivors(model, sample, kept, beginning.config.integer("prune.iterations"));
    }
};

/// Tiles would need their scores summed over them before the choice.
void requireSingle(const config::Config& config) {
    if (config.text("sparsity.pattern") != "single")
        throw Error(ErrorKind::Usage, "pruning before training chooses single connections",
                    "sparsity.pattern", "choose pattern = \"single\", or another algorithm");
}

}  // namespace

Created createSnip(const config::Config& config) {
    requireSingle(config);
    return std::make_unique<Snip>();
}

Created createGrasp(const config::Config& config) {
    requireSingle(config);
    return std::make_unique<Grasp>();
}

Created createSynflow(const config::Config& config) {
    requireSingle(config);
    return std::make_unique<Synflow>();
}

}  // namespace filigree::methods::sparse_training
