// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "nn/models/layer_weights.h"
#include "nn/module.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

/// Builds the parts of supervised training from the groups [model] and [optimizer] of supervisedSchema().
namespace filigree::train {

/// The layers whose weights may be sparse, from input to output, for samples like those of `data`.
/// Throws Error (Usage) if model and data do not fit (a cnn on vectors).
std::vector<nn::LayerWeight> modelWeights(const config::Config& config, const data::Dataset& data);

std::unique_ptr<nn::Module> makeModel(const config::Config& config, const data::Dataset& data,
                                      const nn::Topologies& topologies, std::uint64_t seed);

std::unique_ptr<optim::Optimizer> makeOptimizer(const config::Config& config,
                                                const std::vector<nn::Parameter>& parameters);

optim::Schedule makeSchedule(const config::Config& config, std::int64_t totalSteps,
                             std::int64_t stepsPerEpoch);

}  // namespace filigree::train
