// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/models/layer_weights.h"
#include "nn/module.h"

namespace filigree::nn {

/// Residual network for small images (He et al., "Deep residual learning for image recognition", CVPR 2016;
/// the usual form for 32 x 32: a 3x3 convolution without pooling in front): conv 3x3, batch norm, ReLU; one
/// stage per entry of `blocks`, of basic blocks
///   relu(norm(conv3x3(relu(norm(conv3x3(x))))) + shortcut(x)),
/// the first of each stage but the first with stride 2, the shortcut a conv 1x1 with batch norm where the
/// shape changes and x itself elsewhere; mean over the image; a linear layer to classes. ResNet-18: blocks
/// {2, 2, 2, 2}.
struct ResNetOptions {
    std::int64_t imageChannels = 3;
    std::int64_t height = 32;
    std::int64_t width = 32;
    std::vector<std::int64_t> blocks{2, 2, 2, 2};
    std::int64_t channels = 64;  ///< of the first stage; each further stage has twice as many
    std::int64_t classes = 10;
    std::vector<std::int64_t> inner{};  ///< channels inside each block; 0, empty or {0}: as many as it gives
};

/// The layers from input to output, named as torchvision does: "conv1", "layer1.0.conv1", …,
/// "layer2.0.downsample.0", …, "fc". Throws Error (Run) for sizes below 1.
std::vector<LayerWeight> resNetWeights(const ResNetOptions& options);

/// The network for images [N, imageChannels, height, width], all parameters initialised from `seed`. Throws
/// Error (Run) for topologies that name no layer or do not have the shape of theirs.
std::unique_ptr<Module> makeResNet(const ResNetOptions& options, const Topologies& topologies,
                                   std::uint64_t seed, const Initialization& initialization = {});

}  // namespace filigree::nn
