// SPDX-License-Identifier: Apache-2.0
#include "train/recalibration.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::train {
namespace {

bool isStatistic(const std::string& name) {
    return name.ends_with("running_mean") || name.ends_with("running_var");
}

void forwardAll(nn::Module& model, std::int64_t batches, const BatchReader& read, double momentum,
                const auto& afterEach) {
    model.setStatisticsMomentum(momentum);
    for (std::int64_t batch = 0; batch < batches; ++batch) {
        model.forward(autograd::Variable(read(batch)));
        afterEach();
    }
}

}  // namespace

bool hasStatistics(const nn::Module& model) {
    const auto buffers = model.buffers();
    return std::any_of(buffers.begin(), buffers.end(), [](const auto& b) { return isStatistic(b.first); });
}

void recalibrate(nn::Module& model, std::span<const Tensor> batches, StatisticsRule rule, double momentum) {
    recalibrate(
        model, std::ssize(batches),
        [&](std::int64_t batch) { return batches[static_cast<std::size_t>(batch)]; }, rule, momentum);
}

void recalibrate(nn::Module& model, std::int64_t batches, const BatchReader& read, StatisticsRule rule,
                 double momentum) {
    std::vector<Tensor> statistics;
    for (auto& [name, buffer] : model.buffers())
        if (isStatistic(name)) statistics.push_back(buffer);
    if (statistics.empty()) {
        model.setTraining(false);
        return;
    }
    if (batches < 1)
        throw Error(ErrorKind::Run, "statistics of batch norm need at least one batch of training data", {},
                    "use a larger share of the batches");
    const autograd::NoGradient noTape;
    model.setTraining(true);
    for (auto& [name, buffer] : model.buffers())
        if (isStatistic(name)) buffer.fill(name.ends_with("running_var") ? 1 : 0);
    if (rule == StatisticsRule::Exponential) {
        forwardAll(model, batches, read, momentum, [] {});
    } else {
        std::vector<std::vector<double>> sums(statistics.size());
        forwardAll(model, batches, read, 1, [&] {
            for (std::size_t i = 0; i < statistics.size(); ++i) {
                const std::vector<double> values = statistics[i].toDoubles();
                sums[i].resize(values.size());
                for (std::size_t c = 0; c < values.size(); ++c) sums[i][c] += values[c];
            }
        });
        for (std::size_t i = 0; i < statistics.size(); ++i) {
            for (double& sum : sums[i]) sum /= static_cast<double>(batches);
            statistics[i].copyFrom(Tensor::from(sums[i], statistics[i].shape()).to(statistics[i].dtype()));
        }
    }
    model.setStatisticsMomentum(momentum);
    model.setTraining(false);
}

}  // namespace filigree::train
