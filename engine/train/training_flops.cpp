// SPDX-License-Identifier: Apache-2.0
#include "train/training_flops.h"

#include <algorithm>
#include <limits>

namespace filigree::train {
namespace {

const std::string key = "train.flops";

}  // namespace

TrainingFlops::TrainingFlops(const std::vector<nn::LayerWeight>& layers, const DynamicSparsity& sparsity)
    : perWeight_(sparsity.weights().size(), 0) {
    for (const nn::LayerWeight& layer : layers) {
        const double each = 2 * static_cast<double>(layer.positions);
        const auto found = std::find_if(sparsity.weights().begin(), sparsity.weights().end(),
                                        [&](const auto& weight) { return weight->name() == layer.layer; });
        if (found == sparsity.weights().end())
            densePart_ += each * static_cast<double>(layer.shape.elements());
        else
            perWeight_[static_cast<std::size_t>(found - sparsity.weights().begin())] = each;
    }
}

void TrainingFlops::add(const SparseAlgorithm& algorithm, const DynamicSparsity& sparsity, bool denseGradient,
                        std::int64_t samples) {
    double perSample = 3 * densePart_;
    for (std::size_t l = 0; l < perWeight_.size(); ++l) {
        const sparse::SparseWeight& weight = *sparsity.weights()[l];
        const SparseAlgorithm::Used used = algorithm.used(weight, l);
        const std::int64_t gradients = denseGradient ? weight.topology().size() : used.inGradient;
        perSample += perWeight_[l] * static_cast<double>(2 * used.inProducts + gradients);
    }
    total_ += perSample * static_cast<double>(samples);
}

double TrainingFlops::forward(const SparseAlgorithm& algorithm, const DynamicSparsity& sparsity) const {
    double sum = densePart_;
    for (std::size_t l = 0; l < perWeight_.size(); ++l)
        sum += perWeight_[l] * static_cast<double>(algorithm.used(*sparsity.weights()[l], l).inProducts);
    return sum;
}

void TrainingFlops::save(Checkpoint& checkpoint) const {
    checkpoint.put(key, Tensor::from(std::vector<double>{total_}, {1}));
}

void TrainingFlops::load(const Checkpoint& checkpoint) {
    total_ = checkpoint.has(key) ? checkpoint.get(key, DType::F64, {1}).item()
                                 : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace filigree::train
