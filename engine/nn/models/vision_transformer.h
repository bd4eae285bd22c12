// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "nn/channel_gate.h"
#include "nn/module.h"

namespace filigree::nn {

/// Vision transformer with a class token, normalisation in front of each branch and learnt positions
/// (Dosovitskiy et al., "An image is worth 16x16 words", ICLR 2021):
///   t = [class; patches of x times W + b] + positions,
///   t <- t + g1(attention(norm(t))),  t <- t + g2(W2 gelu(W1 norm(t))),   depth times,
///   y = head(norm(t)[class]).
/// g1 and g2 are the identity or, with `gates`, channel gates (Roffo et al., MICCAI 2024: they stand where
/// other transformers scale a branch). Names are those of timm: "patch_embed.proj", "cls_token", "pos_embed",
/// "blocks.0.norm1", "blocks.0.attn.qkv", "blocks.0.mlp.fc1", "norm", "head"; gates are "blocks.0.gate1" and
/// "blocks.0.gate2". The defaults are those of ViT-Tiny/16 at 384 pixels.
struct VisionTransformerOptions {
    std::int64_t imageChannels = 3;
    std::int64_t size = 384;  ///< height and width of images, a multiple of `patch`
    std::int64_t patch = 16;
    std::int64_t width = 192;  ///< of a token, a multiple of `heads`
    std::int64_t depth = 12;
    std::int64_t heads = 3;
    std::int64_t mlpRatio = 4;
    std::int64_t outputs = 1;
    std::optional<GateOptions> gates;
    /// Of a pruned network: the channels that each branch of each block still adds, ascending, from input to
    /// output; empty: all. The others of t stay as they are.
    std::vector<std::vector<std::int64_t>> kept{};
};

/// Images [N, imageChannels, size, size] to [N, outputs].
class VisionTransformer final : public Module {
  public:
    /// Throws Error (Run) for sizes that do not fit.
    explicit VisionTransformer(const VisionTransformerOptions& options);
    autograd::Variable forward(const autograd::Variable& x) override;
    /// From input to output; empty without gates.
    const std::vector<ChannelGate*>& gates() const { return gates_; }

  protected:
    /// Class token and positions from N(0, 0.02^2), as published.
    void initializeSelf(std::uint64_t seed, const Initialization& how) override;

  private:
    Module* patches_;
    autograd::Variable classToken_, positions_;
    std::vector<Module*> blocks_;
    Module* norm_;
    Module* head_;
    std::vector<ChannelGate*> gates_;
};

}  // namespace filigree::nn
