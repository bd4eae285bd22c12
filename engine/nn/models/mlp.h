// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/activation.h"
#include "nn/models/layer_weights.h"
#include "nn/sequential.h"

namespace filigree::nn {

/// Fully connected network: (linear, batch norm if wanted, activation, dropout if > 0) for each hidden size,
/// then a linear layer to classes.
struct MlpOptions {
    std::int64_t inputs = 784;
    std::vector<std::int64_t> hidden{300, 100};
    std::int64_t classes = 10;
    ActivationKind activation = ActivationKind::Relu;
    double dropout = 0;
    /// Batch norm "norm1", … after each hidden linear layer, which has no bias then.
    bool batchNorm = false;
};

/// The layers "fc1", "fc2", … with their shapes, from input to output. Throws Error (Run) for sizes below 1.
std::vector<LayerWeight> mlpWeights(const MlpOptions& options);

/// The network for inputs [N, …] with `inputs` values per sample (flattened first), all parameters
/// initialised from `seed`. Throws Error (Run) for topologies that name no layer or do not have the shape of
/// theirs.
std::unique_ptr<Module> makeMlp(const MlpOptions& options, const Topologies& topologies, std::uint64_t seed,
                                const Initialization& initialization = {});

}  // namespace filigree::nn
