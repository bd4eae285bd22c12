// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/networks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "autograd/elementwise.h"
#include "autograd/indexing.h"
#include "autograd/pooling.h"
#include "autograd/shape.h"
#include "base/error.h"
#include "methods/hard_attention_gates/activation_map.h"
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

std::int64_t countOf(const std::vector<std::int64_t>& channels) {
    return static_cast<std::int64_t>(channels.size());
}

/// Those of a gate with so many channels in the whole network.
std::vector<std::int64_t> keptOf(const KeptChannels& kept, const std::string& gate, std::int64_t channels) {
    const auto found = kept.find(gate);
    if (found == kept.end()) {
        std::vector<std::int64_t> all(static_cast<std::size_t>(channels));
        std::iota(all.begin(), all.end(), 0);
        return all;
    }
    const std::vector<std::int64_t>& some = found->second;
    const bool ascending = std::adjacent_find(some.begin(), some.end(), std::greater_equal<>()) == some.end();
    if (some.empty() || !ascending || some.front() < 0 || some.back() >= channels)
        throw Error(ErrorKind::Data, "the kept channels are not those of a gate",
                    gate + " has " + std::to_string(channels) + " channels",
                    "use the settings of the run that was pruned");
    return some;
}

// Uniform in +-1 / sqrt(fan_in): what the calibrated experiments started from.
const nn::Initialization uniformStart{nn::Distribution::HeUniform, 1 / std::sqrt(3.0)};

/// Some channels of what it gets (axis 1).
class ChannelSelection final : public nn::Module {
  public:
    explicit ChannelSelection(const std::vector<std::int64_t>& channels)
        : channels_(Tensor::from(channels, {static_cast<std::int64_t>(channels.size())})) {}
    autograd::Variable forward(const autograd::Variable& x) override {
        return autograd::indexSelect(x, 1, channels_);
    }

  private:
    Tensor channels_;
};

/// What a residual block is like. Its inputs may be fewer than `in` where the block before was pruned.
struct BlockPlan {
    std::int64_t in, inner, stride;
    bool projects;                   ///< the shortcut is a convolution
    std::vector<std::int64_t> kept;  ///< channels of its `inner` ones that it gives on
};

/// relu(norm(conv(relu(norm(conv x)))) + shortcut(x)).
class ResidualBlock final : public nn::Module {
  public:
    explicit ResidualBlock(const BlockPlan& plan)
        : conv1_(
              addChild("conv1", std::make_unique<nn::Conv2d>(
                                    plan.in, plan.inner, 3,
                                    autograd::Conv2dOptions{{plan.stride, plan.stride}, {1, 1}, 1}, false))),
          norm1_(addChild("bn1", std::make_unique<nn::BatchNorm>(plan.inner, nn::BatchNorm::Then::Relu))),
          conv2_(addChild("conv2",
                          std::make_unique<nn::Conv2d>(plan.inner, countOf(plan.kept), 3,
                                                       autograd::Conv2dOptions{{1, 1}, {1, 1}, 1}, false))),
          norm2_(addChild("bn2",
                          std::make_unique<nn::BatchNorm>(countOf(plan.kept), nn::BatchNorm::Then::Relu))) {
        if (!plan.projects) {
            if (countOf(plan.kept) < plan.inner)
                shortcut_ = &addChild("shortcut", std::make_unique<ChannelSelection>(plan.kept));
            return;
        }
        auto shortcut = std::make_unique<nn::Sequential>();
        shortcut->add("0", std::make_unique<nn::Conv2d>(
                               plan.in, countOf(plan.kept), 1,
                               autograd::Conv2dOptions{{plan.stride, plan.stride}, {0, 0}, 1}, false));
        shortcut->add("1", std::make_unique<nn::BatchNorm>(countOf(plan.kept)));
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
        return {std::move(chain_), std::move(gates_), nullptr};
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
        const std::string name = "layer" + std::to_string(stage + 1), gate = branch.name + "." + name;
        const std::vector<std::int64_t> whole = keptOf({}, gate, out), kept = keptOf(options.kept, gate, out);
        auto blocks = std::make_unique<nn::Sequential>();
        for (std::int64_t b = 0; b < plan.blocks[stage]; ++b) {
            const bool halves = stage > 0 && b == 0, last = b + 1 == plan.blocks[stage];
            const BlockPlan block{features, out, halves ? 2 : 1, halves, last ? kept : whole};
            blocks->add(std::to_string(b), std::make_unique<ResidualBlock>(block));
            features = countOf(block.kept);
        }
        trunk.add(name, std::move(blocks));
        if (options.gated)
            gates.emplace_back(gate, &trunk.add(name + "_gate", std::make_unique<nn::ChannelGate>(
                                                                    countOf(kept), options.gate)));
    }
    trunk.add("pool", std::make_unique<nn::GlobalAveragePool>());
    return features;
}

std::int64_t orDefault(std::int64_t value, std::int64_t otherwise) {
    return value > 0 ? value : otherwise;
}

/// Branches, each with its planes of the input, and a head over their joined features.
class BranchedNetwork final : public nn::Module, public ActivationMapper {
  public:
    explicit BranchedNetwork(const NetworkOptions& options) : branches_(options.branches) {
        std::int64_t features = 0;
        for (std::size_t i = 0; i < branches_.size(); ++i) {
            std::int64_t own = 0;
            trunks_.push_back(&addChild(branches_[i].name, makeTrunk(i, options, own)));
            features += own;
        }
        const std::int64_t hidden =
            countOf(keptOf(options.kept, "head2",
                           orDefault(options.hidden, options.backbone == Backbone::Small ? 32 : 128)));
        pooledGate_ = gate("head1", features, options);
        if (options.dropout > 0)
            head_.push_back(&addChild("dropout", std::make_unique<nn::Dropout>(options.dropout)));
        hidden_ = &addChild("fc1", std::make_unique<nn::Linear>(features, hidden));
        head_.push_back(hidden_);
        head_.push_back(&addChild("relu", std::make_unique<nn::Activation>(nn::ActivationKind::Relu)));
        hiddenGate_ = gate("head2", hidden, options);
        output_ = &addChild("fc2", std::make_unique<nn::Linear>(hidden, options.outputs));
        head_.push_back(output_);
    }

    autograd::Variable forward(const autograd::Variable& x) override {
        std::vector<autograd::Variable> features;
        for (std::size_t i = 0; i < branches_.size(); ++i)
            features.push_back(call(*trunks_[i], planesOf(i, x)));
        autograd::Variable value =
            features.size() == 1 ? features.front() : autograd::concatenate(features, 1);
        for (Module* const part : head_) value = call(*part, value);
        return value;
    }

    ActivationMaps map(const autograd::Variable& x, std::optional<std::int64_t> output) override {
        if (x.dim(0) != 1) throw Error(ErrorKind::Run, "maps are of one picture", x.shape().text());
        const autograd::NoGradient noTape;
        std::vector<autograd::Variable> maps, pooled;
        for (std::size_t i = 0; i < branches_.size(); ++i) {
            maps.push_back(trunks_[i]->beforeLast(planesOf(i, x)));
            pooled.push_back(autograd::globalAveragePool2d(maps.back()));
        }
        autograd::Variable value = pooled.size() == 1 ? pooled.front() : autograd::concatenate(pooled, 1);
        const auto features = static_cast<std::size_t>(value.dim(1));
        std::vector<double> r;
        for (Module* const part : head_) {
            value = call(*part, value);
            if (part == hidden_) r = value.value().toDoubles();
        }
        ActivationMaps result;
        result.outputs = value.value().toDoubles();
        result.explained = output.value_or(std::max_element(result.outputs.begin(), result.outputs.end()) -
                                           result.outputs.begin());
        const std::vector<double> weights = weightsFor(result.explained, features, r, result.offset);
        std::size_t next = 0;
        for (const autograd::Variable& map : maps) {
            const std::vector<double> values = map.value().toDoubles();
            const auto channels = static_cast<std::size_t>(map.dim(1));
            std::vector<float> sum;
            const std::size_t places = values.size() / channels;
            for (std::size_t at = 0; at < places; ++at) {
                double total = 0;
                for (std::size_t c = 0; c < channels; ++c)
                    total += weights[next + c] * values[c * places + at];
                sum.push_back(static_cast<float>(total));
            }
            result.maps.push_back(Tensor::from(sum, {map.dim(2), map.dim(3)}));
            next += channels;
        }
        return result;
    }

    const Gates& gates() const { return gates_; }

  private:
    /// What a branch sees of x.
    autograd::Variable planesOf(std::size_t branch, const autograd::Variable& x) const {
        std::int64_t first = 0;
        for (std::size_t i = 0; i < branch; ++i) first += branches_[i].channels;
        const std::int64_t last = first + branches_[branch].channels;
        return first == 0 && last == x.dim(1) ? x : autograd::slice(x, 1, first, last);
    }

    static std::vector<double> valuesOf(const Module& linear, std::size_t parameter) {
        return linear.parameters()[parameter].variable.value().toDoubles();
    }

    /// By what a gate multiplies its channels.
    static std::vector<double> factorsOf(Module* gate, std::size_t channels) {
        if (!gate) return std::vector<double>(channels, 1);
        const DType type = gate->parameters().front().variable.value().dtype();
        const Tensor ones =
            Tensor::from(std::vector<float>(channels, 1), {1, static_cast<std::int64_t>(channels)});
        return gate->forward(autograd::Variable(ones.to(type))).value().toDoubles();
    }

    /// w and the offset of one output, for the hidden values r.
    std::vector<double> weightsFor(std::int64_t output, std::size_t features, const std::vector<double>& r,
                                   double& offset) const {
        const std::vector<double> w1 = valuesOf(*hidden_, 0), b1 = valuesOf(*hidden_, 1);
        const std::vector<double> w2 = valuesOf(*output_, 0), b2 = valuesOf(*output_, 1);
        const std::vector<double> s1 = factorsOf(pooledGate_, features),
                                  s2 = factorsOf(hiddenGate_, r.size());
        const auto row = static_cast<std::size_t>(output);
        std::vector<double> weights(features);
        offset = b2[row];
        for (std::size_t j = 0; j < r.size(); ++j) {
            if (!(r[j] > 0)) continue;
            const double through = w2[row * r.size() + j] * s2[j];
            offset += through * b1[j];
            for (std::size_t c = 0; c < features; ++c) weights[c] += s1[c] * through * w1[j * features + c];
        }
        return weights;
    }

    /// Features of a branch that the head of a pruned network still reads; `whole`: of each branch before.
    static std::int64_t featuresRead(const NetworkOptions& options, std::size_t branch, std::int64_t whole) {
        const auto own = static_cast<std::int64_t>(branch) * whole;
        const std::vector<std::int64_t> head =
            keptOf(options.kept, "head1", whole * static_cast<std::int64_t>(options.branches.size()));
        return std::count_if(head.begin(), head.end(),
                             [&](std::int64_t c) { return c >= own && c < own + whole; });
    }

    std::unique_ptr<nn::Sequential> makeTrunk(std::size_t number, const NetworkOptions& options,
                                              std::int64_t& features) {
        const Branch& branch = options.branches[number];
        if (options.backbone == Backbone::EfficientNetB0) {
            nn::EfficientNetOptions trunk = efficientNetOf(branch.channels, options.width);
            trunk.features = features = featuresRead(options, number, trunk.features);
            return nn::makeEfficientNetTrunk(trunk);
        }
        auto trunk = std::make_unique<nn::Sequential>();
        const ResidualPlan plan = options.backbone == Backbone::Small
                                      ? ResidualPlan{3, false, {1, 1, 1}, orDefault(options.width, 8)}
                                      : ResidualPlan{7, true, {2, 2, 2, 2}, orDefault(options.width, 64)};
        features = addResidualTrunk(*trunk, plan, branch, options, gates_);
        const std::int64_t whole = plan.width << (plan.blocks.size() - 1);
        if (featuresRead(options, number, whole) != features)
            throw Error(ErrorKind::Data, "the head and the branch kept other channels", branch.name,
                        "use the settings of the run that was pruned");
        return trunk;
    }

    /// nullptr without gates.
    Module* gate(const std::string& name, std::int64_t channels, const NetworkOptions& options) {
        if (!options.gated) return nullptr;
        auto& added = addChild("gate_" + name, std::make_unique<nn::ChannelGate>(channels, options.gate));
        head_.push_back(&added);
        gates_.emplace_back(name, &added);
        return &added;
    }

    std::vector<Branch> branches_;
    std::vector<nn::Sequential*> trunks_;
    std::vector<Module*> head_;
    Module *pooledGate_ = nullptr, *hidden_ = nullptr, *hiddenGate_ = nullptr,
           *output_ = nullptr;  // in head_
    Gates gates_;
};

/// From input to output.
std::string transformerGate(std::int64_t number) {
    return "block" + std::to_string(number / 2) + (number % 2 == 0 ? ".attention" : ".mlp");
}

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
    for (std::int64_t i = 0; i < 2 * plan.depth; ++i)
        plan.kept.push_back(keptOf(options.kept, transformerGate(i), plan.width));
    auto network = std::make_unique<nn::VisionTransformer>(plan);
    network->initialize(seed, {nn::Distribution::XavierUniform});
    Gates gates;
    for (std::size_t i = 0; i < network->gates().size(); ++i)
        gates.emplace_back(transformerGate(static_cast<std::int64_t>(i)), network->gates()[i]);
    return {std::move(network), std::move(gates), nullptr};
}

}  // namespace

nn::EfficientNetOptions efficientNetOf(std::int64_t imageChannels, std::int64_t width) {
    nn::EfficientNetOptions trunk;
    trunk.imageChannels = imageChannels;
    const std::int64_t usual = trunk.stem, stem = orDefault(width, usual);
    const auto scaled = [&](std::int64_t& channels) {
        channels = std::max<std::int64_t>(1, channels * stem / usual);
    };
    for (nn::EfficientNetStage& stage : trunk.stages) scaled(stage.channels);
    scaled(trunk.features);
    trunk.stem = stem;
    return trunk;
}

GatedNetwork makeDecoyNetwork(bool gated, bool hiddenGate, const nn::GateOptions& options, std::uint64_t seed,
                              const KeptChannels& kept) {
    const std::vector<std::int64_t> inputs = keptOf(kept, "gate_input", 128);
    const std::int64_t hidden = countOf(keptOf(kept, "gate_hidden", 64));
    Builder net(gated, options);
    if (inputs.size() < 128) net.add<ChannelSelection>("inputs", inputs);
    net.gate("gate_input", countOf(inputs));
    net.add<nn::Linear>("fc1", countOf(inputs), hidden);
    net.add<nn::Activation>("relu", nn::ActivationKind::Relu);
    if (hiddenGate) net.gate("gate_hidden", hidden);
    net.add<nn::Linear>("fc2", hidden, 1);
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
    ActivationMapper* const mapper = network.get();
    return {std::move(network), std::move(gates), mapper};
}

}  // namespace filigree::methods::hard_attention_gates
