// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/networks.h"

#include <algorithm>
#include <cmath>

#include "autograd/elementwise.h"
#include "autograd/shape.h"
#include "base/error.h"
#include "nn/activation.h"
#include "nn/convolution.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/models/efficientnet.h"
#include "nn/models/vision_transformer.h"
#include "nn/normalization.h"
#include "nn/pooling.h"
#include "nn/sequential.h"

namespace filigree::methods::hard_attention_gates {
namespace {

// Uniform in +-1 / sqrt(fan_in): what the calibrated experiments started from.
const nn::Initialization uniformStart{nn::Distribution::HeUniform, 1 / std::sqrt(3.0)};

/// relu(norm(conv(relu(norm(conv x)))) + shortcut(x)).
class ResidualBlock final : public nn::Module {
  public:
    ResidualBlock(std::int64_t in, std::int64_t out, std::int64_t stride)
        : conv1_(addChild("conv1",
                          std::make_unique<nn::Conv2d>(
                              in, out, 3, autograd::Conv2dOptions{{stride, stride}, {1, 1}, 1}, false))),
          norm1_(addChild("bn1", std::make_unique<nn::BatchNorm>(out, nn::BatchNorm::Then::Relu))),
          conv2_(addChild("conv2", std::make_unique<nn::Conv2d>(
                                       out, out, 3, autograd::Conv2dOptions{{1, 1}, {1, 1}, 1}, false))),
          norm2_(addChild("bn2", std::make_unique<nn::BatchNorm>(out, nn::BatchNorm::Then::Relu))) {
        if (stride == 1 && in == out) return;
        auto shortcut = std::make_unique<nn::Sequential>();
        shortcut->add("0", std::make_unique<nn::Conv2d>(
                               in, out, 1, autograd::Conv2dOptions{{stride, stride}, {0, 0}, 1}, false));
        shortcut->add("1", std::make_unique<nn::BatchNorm>(out));
        shortcut_ = &addChild("downsample", std::move(shortcut));
    }

    autograd::Variable forward(const autograd::Variable& x) override {
        const autograd::Variable shortcut = shortcut_ ? call(*shortcut_, x) : x;
        return nn::convolveAndNormalize(conv2_, norm2_, nn::convolveAndNormalize(conv1_, norm1_, x),
                                        shortcut);
    }

  private:
    nn::Module& conv1_;
    nn::BatchNorm& norm1_;
    nn::Module& conv2_;
    nn::BatchNorm& norm2_;
    nn::Module* shortcut_ = nullptr;
};

/// A chain that notes its gates.
class Builder {
  public:
    Builder(bool gated, const nn::GateOptions& options)
        : gated_(gated), options_(options), chain_(std::make_unique<nn::Sequential>()) {}

    template <typename Layer, typename... Arguments>
    void add(const std::string& name, Arguments&&... arguments) {
        chain_->add(name, std::make_unique<Layer>(std::forward<Arguments>(arguments)...));
    }
    void gate(const std::string& name, std::int64_t channels) {
        if (gated_)
            gates_.emplace_back(name,
                                &chain_->add(name, std::make_unique<nn::ChannelGate>(channels, options_)));
    }
    GatedNetwork finish(std::uint64_t seed) {
        chain_->initialize(seed, uniformStart);
        return {std::move(chain_), std::move(gates_)};
    }

  private:
    bool gated_;
    nn::GateOptions options_;
    std::unique_ptr<nn::Sequential> chain_;
    std::vector<std::pair<std::string, nn::ChannelGate*>> gates_;
};

using Gates = std::vector<std::pair<std::string, nn::ChannelGate*>>;

/// A residual feature extractor of one branch, to [N, features].
struct ResidualPlan {
    std::int64_t stemKernel;
    bool pooled;  ///< a max pool behind the stem
    std::vector<std::int64_t> blocks;
    std::int64_t width;
};

std::int64_t addResidualTrunk(nn::Sequential& trunk, const ResidualPlan& plan, const Branch& branch,
                              const NetworkOptions& options, Gates& gates) {
    const std::int64_t padding = plan.stemKernel / 2;
    trunk.add("conv1",
              std::make_unique<nn::Conv2d>(branch.channels, plan.width, plan.stemKernel,
                                           autograd::Conv2dOptions{{2, 2}, {padding, padding}, 1}, false));
    trunk.add("bn1", std::make_unique<nn::BatchNorm>(plan.width, nn::BatchNorm::Then::Relu));
    if (plan.pooled)
        trunk.add("maxpool",
                  std::make_unique<nn::MaxPool2d>(autograd::Pool2dOptions{{3, 3}, {2, 2}, {1, 1}}));
    std::int64_t features = plan.width;
    for (std::size_t stage = 0; stage < plan.blocks.size(); ++stage) {
        const std::int64_t out = plan.width << stage;
        const std::string name = "layer" + std::to_string(stage + 1);
        auto blocks = std::make_unique<nn::Sequential>();
        for (std::int64_t b = 0; b < plan.blocks[stage]; ++b) {
            blocks->add(std::to_string(b),
                        std::make_unique<ResidualBlock>(features, out, stage > 0 && b == 0 ? 2 : 1));
            features = out;
        }
        trunk.add(name, std::move(blocks));
        if (options.gated)
            gates.emplace_back(
                branch.name + "." + name,
                &trunk.add(name + "_gate", std::make_unique<nn::ChannelGate>(out, options.gate)));
    }
    trunk.add("pool", std::make_unique<nn::GlobalAveragePool>());
    return features;
}

std::int64_t orDefault(std::int64_t value, std::int64_t otherwise) {
    return value > 0 ? value : otherwise;
}

/// Branches, each with its planes of the input, and a head over their joined features.
class BranchedNetwork final : public nn::Module {
  public:
    explicit BranchedNetwork(const NetworkOptions& options) : branches_(options.branches) {
        std::int64_t features = 0;
        for (const Branch& branch : branches_) {
            std::int64_t own = 0;
            trunks_.push_back(&addChild(branch.name, makeTrunk(branch, options, own)));
            features += own;
        }
        const std::int64_t hidden = orDefault(options.hidden, options.backbone == Backbone::Small ? 32 : 128);
        gate("head1", features, options);
        if (options.dropout > 0)
            head_.push_back(&addChild("dropout", std::make_unique<nn::Dropout>(options.dropout)));
        head_.push_back(&addChild("fc1", std::make_unique<nn::Linear>(features, hidden)));
        head_.push_back(&addChild("relu", std::make_unique<nn::Activation>(nn::ActivationKind::Relu)));
        gate("head2", hidden, options);
        head_.push_back(&addChild("fc2", std::make_unique<nn::Linear>(hidden, options.outputs)));
    }

    autograd::Variable forward(const autograd::Variable& x) override {
        std::vector<autograd::Variable> features;
        std::int64_t first = 0;
        for (std::size_t i = 0; i < branches_.size(); ++i) {
            const std::int64_t last = first + branches_[i].channels;
            const bool whole = first == 0 && last == x.dim(1);
            features.push_back(call(*trunks_[i], whole ? x : autograd::slice(x, 1, first, last)));
            first = last;
        }
        autograd::Variable value =
            features.size() == 1 ? features.front() : autograd::concatenate(features, 1);
        for (Module* const part : head_) value = call(*part, value);
        return value;
    }

    const Gates& gates() const { return gates_; }

  private:
    std::unique_ptr<nn::Sequential> makeTrunk(const Branch& branch, const NetworkOptions& options,
                                              std::int64_t& features) {
        if (options.backbone == Backbone::EfficientNetB0) {
            nn::EfficientNetOptions trunk;
            trunk.imageChannels = branch.channels;
            const std::int64_t width = orDefault(options.width, trunk.stem);
            const auto scaled = [&](std::int64_t& channels) {
                channels = std::max<std::int64_t>(1, channels * width / 32);
            };
            for (nn::EfficientNetStage& stage : trunk.stages) scaled(stage.channels);
            scaled(trunk.features);
            trunk.stem = width;
            features = trunk.features;
            return nn::makeEfficientNetTrunk(trunk);
        }
        auto trunk = std::make_unique<nn::Sequential>();
        const ResidualPlan plan = options.backbone == Backbone::Small
                                      ? ResidualPlan{3, false, {1, 1, 1}, orDefault(options.width, 8)}
                                      : ResidualPlan{7, true, {2, 2, 2, 2}, orDefault(options.width, 64)};
        features = addResidualTrunk(*trunk, plan, branch, options, gates_);
        return trunk;
    }

    void gate(const std::string& name, std::int64_t channels, const NetworkOptions& options) {
        if (!options.gated) return;
        auto& added = addChild("gate_" + name, std::make_unique<nn::ChannelGate>(channels, options.gate));
        head_.push_back(&added);
        gates_.emplace_back(name, &added);
    }

    std::vector<Branch> branches_;
    std::vector<Module*> trunks_, head_;
    Gates gates_;
};

GatedNetwork makeVit(const NetworkOptions& options, std::uint64_t seed) {
    if (options.branches.size() != 1)
        throw Error(ErrorKind::Usage, "a vision transformer takes one stream",
                    std::to_string(options.branches.size()) + " streams",
                    "set model.streams to rgb, loc or whole");
    nn::VisionTransformerOptions plan;
    plan.imageChannels = options.branches.front().channels;
    plan.size = options.size;
    plan.patch = options.patch;
    plan.width = orDefault(options.width, 192);
    plan.depth = options.depth;
    plan.heads = options.heads;
    plan.outputs = options.outputs;
    if (options.gated) plan.gates = options.gate;
    auto network = std::make_unique<nn::VisionTransformer>(plan);
    network->initialize(seed, {nn::Distribution::XavierUniform});
    Gates gates;
    for (std::size_t i = 0; i < network->gates().size(); ++i)
        gates.emplace_back("block" + std::to_string(i / 2) + (i % 2 == 0 ? ".attention" : ".mlp"),
                           network->gates()[i]);
    return {std::move(network), std::move(gates)};
}

}  // namespace

GatedNetwork makeDecoyNetwork(bool gated, bool hiddenGate, const nn::GateOptions& options,
                              std::uint64_t seed) {
    Builder net(gated, options);
    net.gate("gate_input", 128);
    net.add<nn::Linear>("fc1", 128, 64);
    net.add<nn::Activation>("relu", nn::ActivationKind::Relu);
    if (hiddenGate) net.gate("gate_hidden", 64);
    net.add<nn::Linear>("fc2", 64, 1);
    return net.finish(seed);
}

Backbone backboneFrom(std::string_view name) {
    if (name == "small") return Backbone::Small;
    if (name == "resnet18") return Backbone::ResNet18;
    if (name == "efficientnet_b0") return Backbone::EfficientNetB0;
    if (name == "vit_tiny") return Backbone::VitTiny;
    throw Error(ErrorKind::Usage, "there is no network named '" + std::string(name) + "'", {},
                "small, resnet18, efficientnet_b0, vit_tiny");
}

GatedNetwork makeNetwork(const NetworkOptions& options, std::uint64_t seed) {
    if (options.branches.empty()) throw Error(ErrorKind::Run, "a network needs an input");
    if (options.backbone == Backbone::VitTiny) return makeVit(options, seed);
    auto network = std::make_unique<BranchedNetwork>(options);
    // Small starts as the calibrated experiments did.
    network->initialize(seed, options.backbone == Backbone::Small ? uniformStart : nn::Initialization{});
    auto gates = network->gates();
    return {std::move(network), std::move(gates)};
}

}  // namespace filigree::methods::hard_attention_gates
