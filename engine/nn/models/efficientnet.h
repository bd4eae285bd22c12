// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "nn/sequential.h"

namespace filigree::nn {

/// One row of an EfficientNet: `repeats` inverted bottlenecks, the first with the stride.
struct EfficientNetStage {
    std::int64_t expansion, channels, repeats, stride, kernel;
};

/// Feature extractor of EfficientNet (Tan and Le, ICML 2019, table 1): conv 3x3/2, norm, SiLU; stages of
/// inverted bottlenecks
///   x + norm(conv1x1(squeeze(silu(norm(depthwise(silu(norm(conv1x1 x))))))))
/// (the sum where the shape stays, the first convolution where it expands) with
///   squeeze(h) = h sigmoid(W2 silu(W1 mean(h) + b1) + b2), W1 to a quarter of the block's inputs;
/// conv 1x1, norm, SiLU, mean over the image. The defaults are those of B0, to 1280 features.
struct EfficientNetOptions {
    std::int64_t imageChannels = 3;
    std::int64_t stem = 32;
    std::vector<EfficientNetStage> stages{{1, 16, 1, 1, 3}, {6, 24, 2, 2, 3},  {6, 40, 2, 2, 5},
                                          {6, 80, 3, 2, 3}, {6, 112, 3, 1, 5}, {6, 192, 4, 2, 5},
                                          {6, 320, 1, 1, 3}};
    std::int64_t features = 1280;
};

/// Images [N, imageChannels, H, W] to [N, features]. Throws Error (Run) for sizes below 1.
std::unique_ptr<Sequential> makeEfficientNetTrunk(const EfficientNetOptions& options = {});

}  // namespace filigree::nn
