// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "methods/hard_attention_gates/networks.h"

namespace filigree::methods::hard_attention_gates {

/// What an import did.
struct ImportReport {
    std::int64_t tensors = 0;          ///< of the network that were set
    std::vector<std::string> extra;    ///< in the file and not in the network
    std::vector<std::string> missing;  ///< in the network (gates apart) and not in the file
    std::vector<std::string>
        fresh;  ///< first convolutions of branches that have other channels than the file

    std::string text(const std::filesystem::path& file) const;
};

/// Sets the weights and running statistics of a network from a safetensors file.
/// ResNet18: torchvision's names ("conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight",
/// "layer2.0.downsample.0.weight", …), for every branch; its classifier "fc" is extra. A branch without three
/// channels keeps its own first convolution. VitTiny: timm's names; the classifier "head" is extra.
/// Throws Error (Data) naming tensor and shapes where a shape differs or the file holds nothing for the
/// network, Error (Usage) for other networks.
ImportReport importWeights(const std::filesystem::path& file, Backbone backbone,
                           const std::vector<Branch>& branches, nn::Module& network);

}  // namespace filigree::methods::hard_attention_gates
