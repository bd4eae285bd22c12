// SPDX-License-Identifier: Apache-2.0
#include "train/recalibration.h"

#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::train {
namespace {

bool isStatistic(const std::string& name) {
    return name.ends_with("running_mean") || name.ends_with("running_var");
}

void forwardAll(nn::Module& model, std::span<const Tensor> batches, double momentum, const auto& afterEach) {
    model.setStatisticsMomentum(momentum);
    for (const Tensor& batch : batches) {
        model.forward(autograd::Variable(batch));
        afterEach();
    }
}

}  // namespace

void recalibrate(nn::Module& model, std::span<const Tensor> batches, StatisticsRule rule, double momentum) {
    std::vector<Tensor> statistics;
    for (auto& [name, buffer] : model.buffers())
        if (isStatistic(name)) statistics.push_back(buffer);
    if (statistics.empty()) {
        model.setTraining(false);
        return;
    }
    if (batches.empty())
        throw Error(ErrorKind::Run, "statistics of batch norm need at least one batch of training data", {},
                    "use a larger share of the batches");
    const autograd::NoGradient noTape;
    model.setTraining(true);
    for (auto& [name, buffer] : model.buffers())
        if (isStatistic(name)) buffer.fill(name.ends_with("running_var") ? 1 : 0);
    if (rule == StatisticsRule::Exponential) {
        forwardAll(model, batches, momentum, [] {});
    } else {
        std::vector<std::vector<double>> sums(statistics.size());
        forwardAll(model, batches, 1, [&] {
            for (std::size_t i = 0; i < statistics.size(); ++i) {
                const std::vector<double> values = statistics[i].toDoubles();
                sums[i].resize(values.size());
                for (std::size_t c = 0; c < values.size(); ++c) sums[i][c] += values[c];
            }
        });
        const auto count = static_cast<double>(batches.size());
        for (std::size_t i = 0; i < statistics.size(); ++i)
            for (std::size_t c = 0; c < sums[i].size(); ++c)
                statistics[i].data<float>()[c] = static_cast<float>(sums[i][c] / count);
    }
    model.setStatisticsMomentum(momentum);
    model.setTraining(false);
}

}  // namespace filigree::train
