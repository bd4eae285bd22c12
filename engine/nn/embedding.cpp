// SPDX-License-Identifier: Apache-2.0
#include "nn/embedding.h"

#include <cmath>

#include "autograd/indexing.h"

namespace filigree::nn {

Embedding::Embedding(std::int64_t count, std::int64_t width)
    : weight_(addParameter("weight", Tensor::zeros({count, width}), true)) {}

autograd::Variable Embedding::forward(const autograd::Variable& ids) {
    return autograd::embedding(weight_, ids.value());
}

void Embedding::initializeSelf(std::uint64_t seed, const Initialization&) {
    if (weight_.value().elements() == 0) return;
    // He's deviation is gain / sqrt(fan in): this gain makes it 1.
    const double gain = std::sqrt(static_cast<double>(weight_.dim(1)));
    InitialWeights(seed, path(), weight_.shape(), {Distribution::HeNormal, gain})
        .fill(weight_.mutableValue());
}

}  // namespace filigree::nn
