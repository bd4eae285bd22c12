// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "backend/indexing.h"
#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/dense_to_sparse.h"
#include "methods/sparse_training/saliency.h"
#include "sparse/distribution.h"
#include "sparse/structure.h"

namespace filigree::methods::sparse_training {
namespace {

/// How many connections are kept: in all, or of each layer if `perLayer` is not empty.
struct Budget {
    std::int64_t total = 0;
    std::vector<std::int64_t> perLayer;

    sparse::Survivors best(const std::vector<sparse::ScoredLayer>& layers) const {
        return perLayer.empty() ? sparse::keepGlobally(layers, total)
                                : sparse::keepPerLayer(layers, perLayer);
    }
};

/// What prune.scope asks for; the number over all layers is that of their plans together.
Budget budgetFor(const std::vector<train::LayerConnections>& plan, const config::Config& config) {
    Budget budget;
    std::vector<Shape> shapes;
    for (const train::LayerConnections& layer : plan) {
        if (!layer.sparse) continue;
        budget.total += layer.active;
        shapes.push_back(layer.shape);
    }
    const sparse::PruningScope scope = scopeFrom(config);
    if (scope == sparse::PruningScope::Global) return budget;
    const auto densities = sparse::layerDensities(shapes, config.real("sparsity.density"),
                                                  scope == sparse::PruningScope::Uniform
                                                      ? sparse::Distribution::Uniform
                                                      : sparse::Distribution::ErdosRenyiKernel);
    for (std::size_t l = 0; l < shapes.size(); ++l)
        budget.perLayer.push_back(sparse::activeCount(shapes[l], densities[l]));
    return budget;
}

/// Scores every connection of the initial network, keeps the best over all layers or of each, and never
/// changes them.
class BeforeTraining : public train::SparseAlgorithm {
  public:
    nn::Topologies initial(const train::Beginning& beginning) const override {
        const auto plan = train::plannedConnections(beginning.config, beginning.layers);
        const auto model = beginning.model(train::fullTopologies(plan));
        for (const auto& weight : model->sparseWeights())
            weight->setExecution(sparse::Execution::MaskedDense);
        sparse::Survivors survivors = choose(*model, beginning, budgetFor(plan, beginning.config));
        if (beginning.config.boolean("prune.shuffle")) {
            std::vector<Shape> shapes;
            for (const auto& weight : model->sparseWeights()) shapes.push_back(weight->denseShape());
            survivors = shuffledWithinLayers(survivors, shapes, beginning.seed);
        }
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
                                     const Budget& budget) const = 0;
};

class Snip final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             const Budget& budget) const override {
        const auto batch = beginning.samples(beginning.config.integer("prune.saliency_samples"));
        return budget.best(snipScores(model, batch.x, batch.labels));
    }
};

/// As many samples of each class, the first in the order of the run.
train::Beginning::Samples balancedSamples(const train::Beginning& beginning, std::int64_t count) {
    const std::int64_t classes = beginning.layers.back().shape[0];
    const std::int64_t each = std::max<std::int64_t>(1, count / classes);
    for (std::int64_t wanted = 2 * classes * each;; wanted *= 2) {
        const auto all = beginning.samples(wanted);
        const auto chosen = firstOfEachClass(all.labels, classes, each);
        if (!chosen.empty()) {
            const Tensor ids = Tensor::from(chosen, {std::ssize(chosen)});
            std::vector<std::int32_t> labels;
            for (const std::int64_t i : chosen)
                labels.push_back(all.labels.values<std::int32_t>()[static_cast<std::size_t>(i)]);
            return {backend::indexSelect(all.x.contiguous(), 0, ids), Tensor::from(labels, ids.shape())};
        }
        if (all.labels.dim(0) < wanted)
            throw Error(ErrorKind::Usage,
                        "a class has fewer than " + std::to_string(each) + " training samples",
                        "prune.saliency_samples", "lower it or set prune.balanced = false");
    }
}

class Grasp final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             const Budget& budget) const override {
        const std::int64_t count = beginning.config.integer("prune.saliency_samples");
        const auto batch = beginning.config.boolean("prune.balanced") ? balancedSamples(beginning, count)
                                                                      : beginning.samples(count);
        return budget.best(
            graspScores(model, batch.x, batch.labels, beginning.config.real("prune.temperature")));
    }
};

class Synflow final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning& beginning,
                             const Budget& budget) const override {
        const Shape batch = beginning.samples(1).x.shape();
        Shape sample;
        for (int axis = 1; axis < batch.rank(); ++axis) sample.append(batch[axis]);
        const std::int64_t iterations = beginning.config.integer("prune.iterations");
        return budget.perLayer.empty() ? synflowSurvivors(model, sample, budget.total, iterations)
                                       : synflowSurvivors(model, sample, budget.perLayer, iterations);
    }
};

/// |w| of the initial weights: the control that looks at nothing but them.
class InitialMagnitude final : public BeforeTraining {
  protected:
    sparse::Survivors choose(nn::Module& model, const train::Beginning&,
                             const Budget& budget) const override {
        std::vector<sparse::ScoredLayer> layers;
        for (const auto& weight : model.sparseWeights()) layers.push_back(sparse::magnitudes(*weight));
        return budget.best(layers);
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

Created createInitialMagnitude(const config::Config& config) {
    requireSingle(config);
    return std::make_unique<InitialMagnitude>();
}

Created createSynflow(const config::Config& config) {
    requireSingle(config);
    return std::make_unique<Synflow>();
}

}  // namespace filigree::methods::sparse_training
