// SPDX-License-Identifier: Apache-2.0
#include "nn/models/efficientnet.h"

#include <algorithm>

#include "autograd/elementwise.h"
#include "autograd/pooling.h"
#include "autograd/shape.h"
#include "base/error.h"
#include "nn/activation.h"
#include "nn/convolution.h"
#include "nn/linear.h"
#include "nn/normalization.h"
#include "nn/pooling.h"

namespace filigree::nn {
namespace {

using autograd::Variable;

/// Convolution, norm and, if wanted, SiLU, padded so that the size follows from the stride alone.
std::unique_ptr<Sequential> unit(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t groups, bool activated) {
    const std::int64_t padding = kernel / 2;
    auto chain = std::make_unique<Sequential>();
    chain->add("0", std::make_unique<Conv2d>(
                        in, out, kernel,
                        autograd::Conv2dOptions{{stride, stride}, {padding, padding}, groups}, false));
    chain->add("1", std::make_unique<BatchNorm>(out));
    if (activated) chain->add("2", std::make_unique<Activation>(ActivationKind::Silu));
    return chain;
}

class SqueezeExcite final : public Module {
  public:
    SqueezeExcite(std::int64_t channels, std::int64_t squeezed)
        : reduce_(addChild("fc1", std::make_unique<Linear>(channels, squeezed))),
          expand_(addChild("fc2", std::make_unique<Linear>(squeezed, channels))) {}
    Variable forward(const Variable& x) override {
        const Variable mean = autograd::globalAveragePool2d(x);
        const Variable scores =
            autograd::sigmoid(call(expand_, activate(ActivationKind::Silu, call(reduce_, mean))));
        return autograd::multiply(x, autograd::reshape(scores, {x.dim(0), x.dim(1), 1, 1}));
    }

  private:
    Module& reduce_;
    Module& expand_;
};

class InvertedBottleneck final : public Module {
  public:
    InvertedBottleneck(std::int64_t in, const EfficientNetStage& stage, std::int64_t stride)
        : adds_(stride == 1 && in == stage.channels) {
        const std::int64_t inner = stage.expansion * in;
        if (stage.expansion > 1) chain_.push_back(&addChild("expand", unit(in, inner, 1, 1, 1, true)));
        chain_.push_back(&addChild("depthwise", unit(inner, inner, stage.kernel, stride, inner, true)));
        chain_.push_back(
            &addChild("squeeze", std::make_unique<SqueezeExcite>(inner, std::max<std::int64_t>(1, in / 4))));
        chain_.push_back(&addChild("project", unit(inner, stage.channels, 1, 1, 1, false)));
    }
    Variable forward(const Variable& x) override {
        Variable value = x;
        for (Module* const part : chain_) value = call(*part, value);
        return adds_ ? autograd::add(value, x) : value;
    }

  private:
    bool adds_;
    std::vector<Module*> chain_;
};

}  // namespace

std::unique_ptr<Sequential> makeEfficientNetTrunk(const EfficientNetOptions& options) {
    const bool stagesFit = std::all_of(options.stages.begin(), options.stages.end(), [](const auto& s) {
        return s.expansion > 0 && s.channels > 0 && s.repeats > 0 && s.stride > 0 && s.kernel > 0;
    });
    if (options.imageChannels < 1 || options.stem < 1 || options.features < 1 || !stagesFit)
        throw Error(ErrorKind::Run, "all sizes of an EfficientNet must be above 0");
    auto trunk = std::make_unique<Sequential>();
    trunk->add("stem", unit(options.imageChannels, options.stem, 3, 2, 1, true));
    std::int64_t channels = options.stem;
    for (std::size_t stage = 0; stage < options.stages.size(); ++stage) {
        auto blocks = std::make_unique<Sequential>();
        for (std::int64_t b = 0; b < options.stages[stage].repeats; ++b) {
            blocks->add(std::to_string(b),
                        std::make_unique<InvertedBottleneck>(channels, options.stages[stage],
                                                             b == 0 ? options.stages[stage].stride : 1));
            channels = options.stages[stage].channels;
        }
        trunk->add("stage" + std::to_string(stage + 1), std::move(blocks));
    }
    trunk->add("top", unit(channels, options.features, 1, 1, 1, true));
    trunk->add("pool", std::make_unique<GlobalAveragePool>());
    return trunk;
}

}  // namespace filigree::nn
