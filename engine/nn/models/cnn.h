// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/activation.h"
#include "nn/models/layer_weights.h"
#include "nn/sequential.h"

namespace filigree::nn {

/// Small batch-normalised convolutional network: for each entry of `channels` a block conv 3x3 (padding 1, no
/// bias), batch norm, activation, max pool 2x2; then flatten, a hidden linear layer with activation if
/// `hidden` > 0 (with dropout before the last layer if > 0), and a linear layer to classes.
struct CnnOptions {
    std::int64_t imageChannels = 1;
    std::int64_t height = 28;
    std::int64_t width = 28;
    std::vector<std::int64_t> channels{32, 64};
    std::int64_t hidden = 128;
    std::int64_t classes = 10;
    ActivationKind activation = ActivationKind::Relu;
    double dropout = 0;
};

/// The layers "conv1", "conv2", …, "fc1", ("fc2") with their shapes, from input to output. Throws Error (Run)
/// for sizes below 1 and when the image is too small for its pools.
std::vector<LayerWeight> cnnWeights(const CnnOptions& options);

/// The network for images [N, imageChannels, height, width], all parameters initialised from `seed`. Throws
/// Error (Run) for topologies that name no layer or do not have the shape of theirs.
std::unique_ptr<Module> makeCnn(const CnnOptions& options, const Topologies& topologies, std::uint64_t seed,
                                const Initialization& initialization = {});

}  // namespace filigree::nn
