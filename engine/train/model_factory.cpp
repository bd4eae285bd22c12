// SPDX-License-Identifier: Apache-2.0
#include "train/model_factory.h"

#include <cmath>

#include "base/error.h"
#include "nn/models/cnn.h"
#include "nn/models/mlp.h"
#include "nn/models/resnet.h"

namespace filigree::train {
namespace {

nn::MlpOptions mlpOptions(const config::Config& config, const data::Dataset& data) {
    return {data.sampleSize(),
            config.integers("model.hidden"),
            data.classes,
            nn::activationFrom(config.text("model.activation")),
            config.real("model.dropout"),
            config.boolean("model.batch_norm")};
}

nn::CnnOptions cnnOptions(const config::Config& config, const data::Dataset& data) {
    if (data.sampleShape.size() != 3)
        throw Error(ErrorKind::Usage, "a cnn needs images, but '" + data.name + "' holds vectors",
                    "model.kind", "set model.kind = \"mlp\", or choose a data set of images");
    return {data.sampleShape[0],
            data.sampleShape[1],
            data.sampleShape[2],
            config.integers("model.channels"),
            config.integer("model.cnn_hidden"),
            data.classes,
            nn::activationFrom(config.text("model.activation")),
            config.real("model.dropout")};
}

nn::ResNetOptions resNetOptions(const config::Config& config, const data::Dataset& data) {
    if (data.sampleShape.size() != 3)
        throw Error(ErrorKind::Usage, "a resnet needs images, but '" + data.name + "' holds vectors",
                    "model.kind", "set model.kind = \"mlp\", or choose a data set of images");
    return {data.sampleShape[0],
            data.sampleShape[1],
            data.sampleShape[2],
            config.integers("model.blocks"),
            config.integer("model.base_channels"),
            data.classes,
            config.integers("model.block_channels")};
}

bool isCnn(const config::Config& config) {
    return config.text("model.kind") == "cnn";
}
bool isResNet(const config::Config& config) {
    return config.text("model.kind") == "resnet";
}

}  // namespace

std::vector<nn::LayerWeight> modelWeights(const config::Config& config, const data::Dataset& data) {
    if (isResNet(config)) return nn::resNetWeights(resNetOptions(config, data));
    return isCnn(config) ? nn::cnnWeights(cnnOptions(config, data))
                         : nn::mlpWeights(mlpOptions(config, data));
}

std::unique_ptr<nn::Module> makeModel(const config::Config& config, const data::Dataset& data,
                                      const nn::Topologies& topologies, std::uint64_t seed) {
    if (isResNet(config)) return nn::makeResNet(resNetOptions(config, data), topologies, seed);
    return isCnn(config) ? nn::makeCnn(cnnOptions(config, data), topologies, seed)
                         : nn::makeMlp(mlpOptions(config, data), topologies, seed);
}

std::unique_ptr<optim::Optimizer> makeOptimizer(const config::Config& config,
                                                const std::vector<nn::Parameter>& parameters) {
    const std::string& kind = config.text("optimizer.kind");
    auto groups =
        optim::groupByDecay(parameters, config.real("optimizer.lr"), config.real("optimizer.weight_decay"));
    const auto decay = config.boolean("optimizer.decoupled_decay") || kind == "adamw"
                           ? optim::WeightDecay::Decoupled
                           : optim::WeightDecay::Coupled;
    if (kind == "sgd")
        return std::make_unique<optim::Sgd>(std::move(groups),
                                            optim::SgdOptions{config.real("optimizer.momentum"),
                                                              config.boolean("optimizer.nesterov"), decay});
    return std::make_unique<optim::Adam>(
        std::move(groups),
        optim::AdamOptions{config.real("optimizer.beta1"), config.real("optimizer.beta2"), 1e-8, decay});
}

optim::Schedule makeSchedule(const config::Config& config, std::int64_t totalSteps,
                             std::int64_t stepsPerEpoch) {
    const std::string& kind = config.text("optimizer.schedule");
    const auto rise =
        static_cast<std::int64_t>(config.real("optimizer.warmup_share") * static_cast<double>(totalSteps));
    if (kind == "linear") return optim::LinearSchedule{totalSteps, rise};
    const auto rising = [&](auto schedule) -> optim::Schedule {
        if (rise == 0) return schedule;
        return optim::RisingSchedule{rise, std::move(schedule)};
    };
    const std::int64_t left = totalSteps - rise;
    const auto steps = [&](double epochs) {
        return std::llround(epochs * static_cast<double>(stepsPerEpoch));
    };
    if (kind == "constant") return rising(optim::ConstantSchedule{});
    if (kind == "step") {
        optim::StepSchedule schedule{{}, config.real("optimizer.gamma")};
        for (const double share : config.reals("optimizer.milestones"))
            schedule.milestones.push_back(std::llround(share * static_cast<double>(left)));
        return rising(std::move(schedule));
    }
    if (kind == "one_cycle") return rising(optim::OneCycleSchedule{.totalSteps = left});
    return rising(optim::CosineSchedule{.totalSteps = left,
                                        .warmupSteps = steps(config.real("optimizer.warmup_epochs")),
                                        .minimum = config.real("optimizer.minimum_share"),
                                        .restartSteps = steps(config.real("optimizer.restart_epochs")),
                                        .restartGrowth = config.integer("optimizer.restart_growth")});
}

}  // namespace filigree::train
