// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "base/profile.h"
#include "methods/hard_attention_gates/tasks.h"
#include "nn/activation.h"
#include "nn/convolution.h"
#include "nn/linear.h"
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
        const autograd::Variable inner = call(conv2_, call(norm1_, call(conv1_, x)));
        const autograd::Variable shortcut = shortcut_ ? call(*shortcut_, x) : x;
        const profile::Layer layer(norm2_.path());
        return norm2_.forward(inner, shortcut);
    }

  private:
    nn::Module& conv1_;
    nn::Module& norm1_;
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

GatedNetwork makeSizingNetwork(bool gated, const nn::GateOptions& options, std::uint64_t seed) {
    Builder net(gated, options);
    net.add<nn::Conv2d>("conv1", 4, 8, 3, autograd::Conv2dOptions{{2, 2}, {1, 1}, 1}, false);
    net.add<nn::BatchNorm>("bn1", 8, nn::BatchNorm::Then::Relu);
    net.add<ResidualBlock>("layer1", 8, 8, 1);
    net.gate("gate1", 8);
    net.add<ResidualBlock>("layer2", 8, 16, 2);
    net.gate("gate2", 16);
    net.add<ResidualBlock>("layer3", 16, 32, 2);
    net.gate("gate3", 32);
    net.add<nn::GlobalAveragePool>("pool");
    net.gate("gate_pool", 32);
    net.add<nn::Linear>("fc1", 32, 32);
    net.add<nn::Activation>("relu", nn::ActivationKind::Relu);
    net.gate("gate_fc", 32);
    net.add<nn::Linear>("fc2", 32, 1);
    return net.finish(seed);
}

}  // namespace filigree::methods::hard_attention_gates
