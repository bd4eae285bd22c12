// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/channel_gate.h"
#include "nn/models/efficientnet.h"
#include "nn/module.h"

namespace filigree::methods::hard_attention_gates {

class ActivationMapper;

/// A network and its gates under their names.
struct GatedNetwork {
    std::unique_ptr<nn::Module> module;
    std::vector<std::pair<std::string, nn::ChannelGate*>> gates;
    ActivationMapper* mapper = nullptr;  ///< the module, if it pools feature maps of pictures
};

/// Which channels of a gate a pruned network still has, by the gate's name: ascending numbers in the whole
/// network. Gates that are not named have all of theirs.
using KeptChannels = std::map<std::string, std::vector<std::int64_t>>;

/// 128 - 64 - 1 with ReLU; a gate on the inputs ("gate_input"), and with `hiddenGate` one on the hidden units
/// ("gate_hidden"). A pruned one takes all 128 inputs and reads those that it kept.
GatedNetwork makeDecoyNetwork(bool gated, bool hiddenGate, const nn::GateOptions& options, std::uint64_t seed,
                              const KeptChannels& kept = {});

/// What looks at a picture.
enum class Backbone {
    Small,           ///< conv 3x3/2 to 8 channels; residual blocks of 8, 16 (/2) and 32 (/2) channels
    ResNet18,        ///< He et al., CVPR 2016: conv 7x7/2, max pool 3x3/2, four stages of two blocks from 64
    EfficientNetB0,  ///< nn/models/efficientnet.h
    VitTiny,         ///< nn/models/vision_transformer.h
};
/// "small", "resnet18", "efficientnet_b0", "vit_tiny"; throws Error (Usage) for other words.
Backbone backboneFrom(std::string_view name);

/// Part of the input, for a branch of its own: the next so many planes.
struct Branch {
    std::string name;
    std::int64_t channels;
};

struct NetworkOptions {
    Backbone backbone = Backbone::Small;
    std::vector<Branch> branches{{"loc_depth", 4}};
    std::int64_t size = 48;  ///< height and width of pictures
    std::int64_t outputs = 1;
    std::int64_t width = 0;   ///< channels of the first stage, or of a token; 0: 8, 64, 32, 192
    std::int64_t hidden = 0;  ///< units of the head's hidden layer; 0: 32 for Small, else 128
    double dropout = 0;       ///< in front of the head's hidden layer
    std::int64_t patch = 16, depth = 12, heads = 3;  ///< of VitTiny
    bool gated = true;
    nn::GateOptions gate{};
    KeptChannels kept{};  ///< of a pruned network (pruning.h)
};

/// The trunk of EfficientNetB0 with so many channels behind the stem (0: its 32), all others in proportion.
nn::EfficientNetOptions efficientNetOf(std::int64_t imageChannels, std::int64_t width);

/// Convolutional backbones: every branch has weights of its own, and (Small and ResNet18) a gate behind every
/// stage, "<branch>.layer1" …; the branches' mean features are joined, then gate "head1", linear to hidden,
/// ReLU, gate "head2", linear to the outputs. Parameters are "<branch>.conv1.weight",
/// "<branch>.layer1.0.conv1.weight", … as in torchvision, then "fc1", "fc2".
/// VitTiny: one branch; gates "block0.attention", "block0.mlp", ….
/// Throws Error (Run) for sizes that do not fit, Error (Usage) for a transformer with several branches, Error
/// (Data) for kept channels that a gate does not have or that contradict each other.
GatedNetwork makeNetwork(const NetworkOptions& options, std::uint64_t seed);

}  // namespace filigree::methods::hard_attention_gates
