// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "backend/optimizer.h"
#include "base/error.h"
#include "optim/optimizer.h"

namespace filigree::optim {
namespace {

std::vector<std::string> kindsOf(const SgdOptions& options) {
    if (options.momentum == 0) return {};
    return {"momentum"};
}

}  // namespace

Sgd::Sgd(std::vector<ParameterGroup> groups, const SgdOptions& options)
    : Optimizer(std::move(groups), kindsOf(options), false), options_(options) {
    if (!std::isfinite(options.momentum) || options.momentum < 0 || options.momentum >= 1)
        throw Error(ErrorKind::Run,
                    "the momentum must lie in [0, 1), not " + std::to_string(options.momentum));
    if (options.nesterov && options.momentum == 0)
        throw Error(ErrorKind::Run, "Nesterov's step needs a momentum above 0");
}

void Sgd::update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) {
    const bool isCoupled = options_.decay == WeightDecay::Coupled;
    backend::sgd({.rate = group.learningRate,
                  .momentum = options_.momentum,
                  .nesterov = options_.nesterov,
                  .shrink = isCoupled ? 1.0 : 1.0 - group.learningRate * group.weightDecay,
                  .pull = isCoupled ? group.weightDecay : 0.0},
                 value, slot.buffers.empty() ? nullptr : &slot.buffers[0], gradient);
}

}  // namespace filigree::optim
