// SPDX-License-Identifier: Apache-2.0
#include "nn/models/vision_transformer.h"

#include <algorithm>
#include <cmath>

#include "autograd/elementwise.h"
#include "autograd/indexing.h"
#include "autograd/matmul.h"
#include "autograd/shape.h"
#include "autograd/softmax.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/activation.h"
#include "nn/convolution.h"
#include "nn/linear.h"
#include "nn/normalization.h"
#include "nn/sequential.h"

namespace filigree::nn {
namespace {

using autograd::Variable;

constexpr double normEpsilon = 1e-6;
constexpr double tokenDeviation = 0.02;

/// softmax(q k^T / sqrt(width of a head)) v of all heads, then a linear layer. Tokens [N, T, D].
class Attention final : public Module {
  public:
    Attention(std::int64_t width, std::int64_t heads, std::int64_t out)
        : heads_(heads),
          qkv_(addChild("qkv", std::make_unique<Linear>(width, 3 * width))),
          proj_(addChild("proj", std::make_unique<Linear>(width, out))) {}

    Variable forward(const Variable& x) override {
        const std::int64_t n = x.dim(0), tokens = x.dim(1), width = x.dim(2), each = width / heads_;
        // [N, T, 3 D] to [3, N, heads, T, D / heads], in the order of timm's weights.
        const Variable qkv = autograd::permute(autograd::reshape(call(qkv_, x), {n, tokens, 3, heads_, each}),
                                               {2, 0, 3, 1, 4});
        const auto part = [&](std::int64_t i) {
            return autograd::reshape(autograd::slice(qkv, 0, i, i + 1), {n * heads_, tokens, each});
        };
        const Variable q = autograd::scale(part(0), 1 / std::sqrt(static_cast<double>(each)));
        const Variable weights =
            autograd::softmax(autograd::batchedMatmul(q, autograd::transpose(part(1), 1, 2)), 2);
        const Variable mixed =
            autograd::reshape(autograd::batchedMatmul(weights, part(2)), {n, heads_, tokens, each});
        return call(proj_, autograd::reshape(autograd::permute(mixed, {0, 2, 1, 3}), {n, tokens, width}));
    }

  private:
    std::int64_t heads_;
    Module& qkv_;
    Module& proj_;
};

class Mlp final : public Module {
  public:
    Mlp(std::int64_t width, std::int64_t hidden, std::int64_t out)
        : first_(addChild("fc1", std::make_unique<Linear>(width, hidden))),
          second_(addChild("fc2", std::make_unique<Linear>(hidden, out))) {}
    Variable forward(const Variable& x) override {
        return call(second_, activate(ActivationKind::Gelu, call(first_, x)));
    }

  private:
    Module& first_;
    Module& second_;
};

/// The channels that a branch adds to a token.
class Addends {
  public:
    Addends(const std::vector<std::int64_t>& kept, std::int64_t width)
        : count(kept.empty() ? width : static_cast<std::int64_t>(kept.size())) {
        if (count == width) return;
        // Channels that are not there are read behind those that are.
        std::vector<std::int64_t> places(static_cast<std::size_t>(width), count);
        for (std::size_t i = 0; i < kept.size(); ++i)
            places[static_cast<std::size_t>(kept[i])] = static_cast<std::int64_t>(i);
        places_ = Tensor::from(places, {width});
    }
    /// t + y, y [N, T, count].
    Variable addTo(const Variable& t, const Variable& y) const {
        if (!places_.defined()) return autograd::add(t, y);
        const Variable nothing(Tensor::zeros({y.dim(0), y.dim(1), 1}, y.value().dtype()));
        return autograd::add(t, autograd::indexSelect(autograd::concatenate({y, nothing}, 2), 2, places_));
    }
    std::int64_t count;

  private:
    Tensor places_;
};

class Block final : public Module {
  public:
    Block(const VisionTransformerOptions& options, std::size_t number, std::vector<ChannelGate*>& gates)
        : attended_(keptOf(options, 2 * number), options.width),
          computed_(keptOf(options, 2 * number + 1), options.width),
          norm1_(addChild("norm1", std::make_unique<LayerNorm>(Shape{options.width}, normEpsilon))),
          attention_(
              addChild("attn", std::make_unique<Attention>(options.width, options.heads, attended_.count))),
          norm2_(addChild("norm2", std::make_unique<LayerNorm>(Shape{options.width}, normEpsilon))),
          mlp_(addChild("mlp", std::make_unique<Mlp>(options.width, options.mlpRatio * options.width,
                                                     computed_.count))) {
        if (!options.gates) return;
        gate1_ = &addChild("gate1", std::make_unique<ChannelGate>(attended_.count, *options.gates));
        gate2_ = &addChild("gate2", std::make_unique<ChannelGate>(computed_.count, *options.gates));
        gates.push_back(gate1_);
        gates.push_back(gate2_);
    }
    Variable forward(const Variable& x) override {
        const Variable t = attended_.addTo(x, gated(gate1_, call(attention_, call(norm1_, x))));
        return computed_.addTo(t, gated(gate2_, call(mlp_, call(norm2_, t))));
    }

  private:
    static Variable gated(ChannelGate* gate, const Variable& x) { return gate ? call(*gate, x) : x; }
    static std::vector<std::int64_t> keptOf(const VisionTransformerOptions& options, std::size_t branch) {
        return options.kept.empty() ? std::vector<std::int64_t>() : options.kept[branch];
    }

    Addends attended_, computed_;
    Module& norm1_;
    Module& attention_;
    Module& norm2_;
    Module& mlp_;
    ChannelGate* gate1_ = nullptr;
    ChannelGate* gate2_ = nullptr;
};

/// Blocks under their numbers: "blocks.0".
class Blocks final : public Module {
  public:
    Block& add(std::int64_t number, std::unique_ptr<Block> block) {
        return addChild(std::to_string(number), std::move(block));
    }
    Variable forward(const Variable& x) override { return x; }
};

std::int64_t tokensOf(const VisionTransformerOptions& options) {
    if (options.patch < 1 || options.size < options.patch || options.size % options.patch != 0)
        throw Error(ErrorKind::Run, "images must be a whole number of patches wide",
                    "images of " + std::to_string(options.size) + ", patches of " +
                        std::to_string(options.patch) + " pixels");
    if (options.heads < 1 || options.width < 1 || options.width % options.heads != 0)
        throw Error(ErrorKind::Run, "the width of a token must be a multiple of the number of heads",
                    "width " + std::to_string(options.width) + ", heads " + std::to_string(options.heads));
    if (options.depth < 1 || options.mlpRatio < 1 || options.outputs < 1)
        throw Error(ErrorKind::Run, "a vision transformer needs a block, hidden units and an output");
    const bool fit = std::all_of(options.kept.begin(), options.kept.end(), [&](const auto& channels) {
        return channels.empty() || (channels.front() >= 0 && channels.back() < options.width);
    });
    if (!fit || (!options.kept.empty() && options.kept.size() != 2 * static_cast<std::size_t>(options.depth)))
        throw Error(ErrorKind::Run, "the kept channels do not fit the branches of a vision transformer");
    const std::int64_t across = options.size / options.patch;
    return across * across + 1;
}

void drawNormal(Variable& variable, std::uint64_t seed, const std::string& stream) {
    RandomStream random(seed, stream);
    Tensor& tensor = variable.mutableValue();
    dispatchFloating(tensor.dtype(), "initialize", [&](auto zero) {
        using T = decltype(zero);
        for (T& value : tensor.values<T>()) value = static_cast<T>(tokenDeviation * random.normal());
    });
}

}  // namespace

VisionTransformer::VisionTransformer(const VisionTransformerOptions& options) {
    const std::int64_t tokens = tokensOf(options);
    auto embed = std::make_unique<Sequential>();
    embed->add("proj",
               std::make_unique<Conv2d>(options.imageChannels, options.width, options.patch,
                                        autograd::Conv2dOptions{{options.patch, options.patch}, {0, 0}, 1}));
    patches_ = &addChild("patch_embed", std::move(embed));
    classToken_ = addParameter("cls_token", Tensor::zeros({1, 1, options.width}), false);
    positions_ = addParameter("pos_embed", Tensor::zeros({1, tokens, options.width}), false);
    Blocks& blocks = addChild("blocks", std::make_unique<Blocks>());
    for (std::int64_t i = 0; i < options.depth; ++i)
        blocks_.push_back(
            &blocks.add(i, std::make_unique<Block>(options, static_cast<std::size_t>(i), gates_)));
    norm_ = &addChild("norm", std::make_unique<LayerNorm>(Shape{options.width}, normEpsilon));
    head_ = &addChild("head", std::make_unique<Linear>(options.width, options.outputs));
}

Variable VisionTransformer::forward(const Variable& x) {
    const Variable image = call(*patches_, x);
    const std::int64_t n = image.dim(0), width = image.dim(1);
    const Variable patches =
        autograd::transpose(autograd::reshape(image, {n, width, image.dim(2) * image.dim(3)}), 1, 2);
    Variable t = autograd::concatenate({autograd::expand(classToken_, {n, 1, width}), patches}, 1);
    t = autograd::add(t, positions_);
    for (Module* const block : blocks_) t = call(*block, t);
    // Normalisation is by token: the class token alone is needed behind it.
    const Variable token = autograd::reshape(autograd::slice(t, 1, 0, 1), {n, width});
    return call(*head_, call(*norm_, token));
}

void VisionTransformer::initializeSelf(std::uint64_t seed, const Initialization&) {
    drawNormal(classToken_, seed, "init/cls_token");
    drawNormal(positions_, seed, "init/pos_embed");
}

}  // namespace filigree::nn
