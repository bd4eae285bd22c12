// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/saliency.h"

#include <cmath>

#include "autograd/elementwise.h"
#include "autograd/loss.h"
#include "base/random.h"
#include "sparse/distribution.h"

namespace filigree::methods::sparse_training {
namespace {

void clearGradients(nn::Module& model) {
    for (nn::Parameter& parameter : model.parameters()) parameter.variable.clearGradient();
}

using Values = std::vector<std::vector<double>>;

/// dL/dw of each sparse weight, L = cross entropy of logits / temperature.
Values gradients(nn::Module& model, const Tensor& x, const Tensor& labels, double temperature) {
    clearGradients(model);
    const autograd::Variable logits = model.forward(autograd::Variable(x));
    autograd::crossEntropy(autograd::scale(logits, 1 / temperature), labels).backward();
    Values result;
    for (const auto& weight : model.sparseWeights())
        result.push_back(weight->values().gradient().toDoubles());
    clearGradients(model);
    return result;
}

/// Each sparse weight moved by `step` times a direction, from where it was.
void move(nn::Module& model, const std::vector<Tensor>& from, const Values& direction, double step) {
    const auto weights = model.sparseWeights();
    for (std::size_t l = 0; l < weights.size(); ++l) {
        Tensor moved = from[l].clone();
        dispatchFloating(moved.dtype(), "step along the gradient", [&](auto zero) {
            using T = decltype(zero);
            T* const w = moved.data<T>();
            for (std::size_t e = 0; e < direction[l].size(); ++e)
                w[e] = static_cast<T>(static_cast<double>(w[e]) + step * direction[l][e]);
        });
        weights[l]->values().mutableValue() = std::move(moved);
    }
}

/// Scores function(w, other) of each connection.
template <typename Function>
std::vector<sparse::ScoredLayer> scored(const nn::Module& model, const Values& other, Function&& function) {
    std::vector<sparse::ScoredLayer> layers;
    const auto weights = model.sparseWeights();
    for (std::size_t l = 0; l < weights.size(); ++l) {
        std::vector<double> scores = weights[l]->values().value().toDoubles();
        for (std::size_t e = 0; e < scores.size(); ++e) scores[e] = function(scores[e], other[l][e]);
        layers.push_back({weights[l]->denseShape(), weights[l]->topology().positions(), std::move(scores)});
    }
    return layers;
}

}  // namespace

std::vector<std::int64_t> firstOfEachClass(const Tensor& labels, std::int64_t classes, std::int64_t each) {
    std::vector<std::int64_t> missing(static_cast<std::size_t>(classes), each), chosen;
    const std::span<const std::int32_t> label = labels.values<std::int32_t>();
    for (std::size_t i = 0; i < label.size(); ++i)
        if (missing[static_cast<std::size_t>(label[i])]-- > 0) chosen.push_back(static_cast<std::int64_t>(i));
    if (std::ssize(chosen) < classes * each) chosen.clear();
    return chosen;
}

std::vector<sparse::ScoredLayer> snipScores(nn::Module& model, const Tensor& x, const Tensor& labels) {
    return scored(model, gradients(model, x, labels, 1), [](double w, double g) { return std::abs(w * g); });
}

std::vector<sparse::ScoredLayer> graspScores(nn::Module& model, const Tensor& x, const Tensor& labels,
                                             double temperature) {
    std::vector<Tensor> weights;
    for (const auto& weight : model.sparseWeights()) weights.push_back(weight->values().value().clone());
    const Values g = gradients(model, x, labels, temperature);
    double squares = 0;
    for (const auto& layer : g)
        for (const double value : layer) squares += value * value;
    const double step = squares > 0 ? 1e-2 / std::sqrt(squares) : 0;
    move(model, weights, g, step);
    const Values ahead = gradients(model, x, labels, temperature);
    move(model, weights, g, -step);
    Values product = gradients(model, x, labels, temperature);
    move(model, weights, g, 0);
    for (std::size_t l = 0; l < g.size(); ++l)
        for (std::size_t e = 0; e < g[l].size(); ++e)
            product[l][e] = step > 0 ? (ahead[l][e] - product[l][e]) / (2 * step) : 0;
    return scored(model, product, [](double w, double hg) { return w * hg; });
}

std::vector<sparse::ScoredLayer> synflowScores(nn::Module& model, const Tensor& x) {
    clearGradients(model);
    model.forward(autograd::Variable(x)).backward();
    Values flow;
    for (const auto& weight : model.sparseWeights()) flow.push_back(weight->values().gradient().toDoubles());
    clearGradients(model);
    return scored(model, flow, [](double w, double d) { return std::abs(w * d); });
}

namespace {

/// Weights become |w|; then in each iteration `choose` prunes by the scores, told the share of iterations
/// done.
template <typename Choose>
sparse::Survivors synflowIterations(nn::Module& model, const Shape& sample, std::int64_t iterations,
                                    Choose&& choose) {
    model.setTraining(false);
    const auto weights = model.sparseWeights();
    const DType type = weights.front()->values().value().dtype();
    for (const nn::Parameter& parameter : model.parameters()) {
        if (!parameter.decays) continue;
        autograd::Variable variable = parameter.variable;
        const autograd::NoGradient noTape;
        variable.mutableValue() = autograd::abs(variable).value().clone();
    }
    Shape input{1};
    for (const std::int64_t axis : sample) input.append(axis);
    for (std::int64_t i = 1; i <= iterations; ++i) {
        for (const auto& weight : weights) {
            double sum = 0;
            for (const double w : weight->values().value().toDoubles()) sum += w;
            if (sum <= 0) continue;
            Tensor& values = weight->values().mutableValue();
            const autograd::NoGradient noTape;
            values = autograd::scale(autograd::Variable(values),
                                     static_cast<double>(weight->topology().rows()) / sum)
                         .value()
                         .clone();
        }
        const sparse::Survivors survivors = choose(synflowScores(model, Tensor::full(input, 1, type)),
                                                   static_cast<double>(i) / static_cast<double>(iterations));
        for (std::size_t l = 0; l < weights.size(); ++l) sparse::prune(*weights[l], survivors[l]);
    }
    sparse::Survivors survivors;
    for (const auto& weight : weights) survivors.push_back(weight->topology().positions());
    return survivors;
}

/// Of `size` connections those left after a share of the iterations; `kept` after all.
std::int64_t leftAfter(double share, std::int64_t kept, std::int64_t size) {
    if (share == 1 || kept == 0) return kept;
    const double density = static_cast<double>(kept) / static_cast<double>(size);
    return std::max<std::int64_t>(kept, std::llround(std::pow(density, share) * static_cast<double>(size)));
}

}  // namespace

sparse::Survivors synflowSurvivors(nn::Module& model, const Shape& sample, std::int64_t kept,
                                   std::int64_t iterations) {
    std::int64_t size = 0;
    for (const auto& weight : model.sparseWeights()) size += weight->topology().size();
    return synflowIterations(model, sample, iterations,
                             [&](const std::vector<sparse::ScoredLayer>& layers, double share) {
                                 return sparse::keepGlobally(layers, leftAfter(share, kept, size));
                             });
}

sparse::Survivors synflowSurvivors(nn::Module& model, const Shape& sample,
                                   const std::vector<std::int64_t>& kept, std::int64_t iterations) {
    return synflowIterations(model, sample, iterations,
                             [&](const std::vector<sparse::ScoredLayer>& layers, double share) {
                                 std::vector<std::int64_t> left;
                                 for (std::size_t l = 0; l < layers.size(); ++l)
                                     left.push_back(leftAfter(share, kept[l], layers[l].shape.elements()));
                                 return sparse::keepPerLayer(layers, left);
                             });
}

sparse::Survivors shuffledWithinLayers(const sparse::Survivors& survivors, const std::vector<Shape>& shapes,
                                       std::uint64_t seed) {
    sparse::Survivors result;
    for (std::size_t l = 0; l < survivors.size(); ++l) {
        RandomStream random(seed, "prune/shuffle", l);
        result.push_back(sparse::randomTopology(shapes[l][0], shapes[l].elements() / shapes[l][0],
                                                std::ssize(survivors[l]), random)
                             .positions());
    }
    return result;
}

}  // namespace filigree::methods::sparse_training
