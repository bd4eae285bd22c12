// SPDX-License-Identifier: Apache-2.0
#include "nn/models/resnet.h"

#include <numeric>

#include "base/error.h"
#include "nn/convolution.h"
#include "nn/linear.h"
#include "nn/normalization.h"
#include "nn/pooling.h"
#include "nn/sequential.h"

namespace filigree::nn {
namespace {

/// Where a convolution with its batch norm stands and what it does.
struct Place {
    std::string layer;
    std::int64_t in, out, kernel, stride;
    std::int64_t pixels;  ///< of its output
};

/// One basic block: its convolutions; the shortcut has no kernel where it is the identity.
struct BlockPlan {
    std::string path;
    Place first, second, shortcut;
    bool projects() const { return shortcut.kernel > 0; }
};

struct Plan {
    Place stem;
    std::vector<std::vector<BlockPlan>> stages;
    std::int64_t features;
};

Plan planOf(const ResNetOptions& options) {
    const auto require = [](bool holds, const std::string& what) {
        if (!holds) throw Error(ErrorKind::Run, "the residual network cannot be built: " + what);
    };
    require(options.imageChannels > 0 && options.height > 0 && options.width > 0,
            "images need channels and a size");
    require(options.classes > 0 && options.channels > 0, "layers need at least one unit");
    const std::int64_t all = std::accumulate(options.blocks.begin(), options.blocks.end(), std::int64_t{0});
    const bool asGiven = options.inner.empty() || options.inner == std::vector<std::int64_t>{0};
    require(asGiven || std::ssize(options.inner) == all, "it needs as many inner channels as blocks");
    std::int64_t height = options.height, width = options.width;
    std::size_t place = 0;
    Plan plan{{"conv1", options.imageChannels, options.channels, 3, 1, height * width}, {}, options.channels};
    for (std::size_t stage = 0; stage < options.blocks.size(); ++stage) {
        require(options.blocks[stage] > 0, "stages need at least one block");
        const std::int64_t out = options.channels << stage;
        std::vector<BlockPlan> blocks;
        for (std::int64_t b = 0; b < options.blocks[stage]; ++b) {
            const std::int64_t stride = stage > 0 && b == 0 ? 2 : 1;
            const std::string path = "layer" + std::to_string(stage + 1) + '.' + std::to_string(b);
            const bool projects = stride != 1 || plan.features != out;
            const std::int64_t wanted = asGiven ? 0 : options.inner[place++];
            const std::int64_t inner = wanted == 0 ? out : wanted;
            require(inner > 0, "blocks need at least one inner channel");
            height = (height + stride - 1) / stride;
            width = (width + stride - 1) / stride;
            const std::int64_t pixels = height * width;
            blocks.push_back(
                {path,
                 {path + ".conv1", plan.features, inner, 3, stride, pixels},
                 {path + ".conv2", inner, out, 3, 1, pixels},
                 {path + ".downsample.0", plan.features, out, projects ? 1 : 0, stride, pixels}});
            plan.features = out;
        }
        plan.stages.push_back(std::move(blocks));
    }
    return plan;
}

LayerWeight weightOf(const Place& place) {
    return {place.layer, {place.out, place.in, place.kernel, place.kernel}, place.pixels};
}

std::unique_ptr<Module> convolutionAt(const Place& place, const Topologies& topologies) {
    const std::int64_t padding = place.kernel / 2;
    const autograd::Conv2dOptions options{{place.stride, place.stride}, {padding, padding}, 1};
    if (auto sparse = sparseWeightFor(weightOf(place), topologies))
        return std::make_unique<SparseConv2d>(std::move(sparse), options, false);
    return std::make_unique<Conv2d>(place.in, place.out, place.kernel, options, false);
}

class BasicBlock final : public Module {
  public:
    BasicBlock(const BlockPlan& plan, const Topologies& topologies)
        : conv1_(addChild("conv1", convolutionAt(plan.first, topologies))),
          norm1_(addChild("bn1", std::make_unique<BatchNorm>(plan.first.out, BatchNorm::Then::Relu))),
          conv2_(addChild("conv2", convolutionAt(plan.second, topologies))),
          norm2_(addChild("bn2", std::make_unique<BatchNorm>(plan.second.out, BatchNorm::Then::Relu))) {
        if (!plan.projects()) return;
        auto shortcut = std::make_unique<Sequential>();
        shortcut->add("0", convolutionAt(plan.shortcut, topologies));
        shortcut->add("1", std::make_unique<BatchNorm>(plan.shortcut.out));
        shortcut_ = &addChild("downsample", std::move(shortcut));
    }

    autograd::Variable forward(const autograd::Variable& x) override {
        const autograd::Variable shortcut = shortcut_ ? call(*shortcut_, x) : x;
        return convolveAndNormalize(conv2_, norm2_, convolveAndNormalize(conv1_, norm1_, x), shortcut);
    }

  private:
    Module& conv1_;
    BatchNorm& norm1_;
    Module& conv2_;
    BatchNorm& norm2_;
    Module* shortcut_ = nullptr;
};

}  // namespace

std::vector<LayerWeight> resNetWeights(const ResNetOptions& options) {
    const Plan plan = planOf(options);
    std::vector<LayerWeight> weights{weightOf(plan.stem)};
    for (const auto& stage : plan.stages)
        for (const BlockPlan& block : stage) {
            // What a block gives is added to what passes it by, so its units are read in many places.
            weights.push_back(weightOf(block.first));
            weights.back().reader = block.second.layer;
            weights.back().norm = block.path + ".bn1";
            weights.push_back(weightOf(block.second));
            if (block.projects()) weights.push_back(weightOf(block.shortcut));
        }
    weights.push_back({"fc", {options.classes, plan.features}});
    return weights;
}

std::unique_ptr<Module> makeResNet(const ResNetOptions& options, const Topologies& topologies,
                                   std::uint64_t seed, const Initialization& initialization) {
    const Plan plan = planOf(options);
    const std::vector<LayerWeight> weights = resNetWeights(options);
    requireLayers(weights, topologies);
    auto network = std::make_unique<Sequential>();
    network->add("conv1", convolutionAt(plan.stem, topologies));
    network->add("bn1", std::make_unique<BatchNorm>(plan.stem.out, BatchNorm::Then::Relu));
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
        auto blocks = std::make_unique<Sequential>();
        for (std::size_t b = 0; b < plan.stages[stage].size(); ++b)
            blocks->add(std::to_string(b), std::make_unique<BasicBlock>(plan.stages[stage][b], topologies));
        network->add("layer" + std::to_string(stage + 1), std::move(blocks));
    }
    network->add("pool", std::make_unique<GlobalAveragePool>());
    const LayerWeight& last = weights.back();
    if (auto sparse = sparseWeightFor(last, topologies))
        network->add("fc", std::make_unique<SparseLinear>(std::move(sparse)));
    else
        network->add("fc", std::make_unique<Linear>(last.shape[1], last.shape[0]));
    network->initialize(seed, initialization);
    return network;
}

}  // namespace filigree::nn
