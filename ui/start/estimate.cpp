// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/estimate.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "data/catalogue.h"
#include "data/dataset.h"
#include "sparse/drop_schedule.h"
#include "train/model_factory.h"
#include "train/supervised.h"

namespace filigree::ui {
namespace {

constexpr double programBytes = 24e6;
constexpr double bytesPerConnection = 60;
constexpr double evaluationBatch = 500;

bool isSupervised(const config::Schema& schema) {
    for (const char* key : {"data.name", "model.kind", "train.epochs", "train.batch_size", "sparsity.density",
                            "rewire.growth"})
        if (!schema.find(key)) return false;
    return true;
}

/// A set of the right shape without samples.
data::Dataset outline(const data::DatasetInfo& info) {
    data::Dataset set;
    set.name = info.name;
    set.sampleShape = info.sampleShape;
    set.classes = info.classes;
    return set;
}

std::int64_t limited(std::int64_t count, std::int64_t limit) {
    return limit > 0 ? std::min(count, limit) : count;
}

std::int64_t roundsOf(const config::Config& config, std::int64_t steps) {
    if (config.text("rewire.growth") == "none" || config.real("sparsity.density") >= 1) return 0;
    sparse::DropSchedule schedule;
    schedule.intervalSteps = config.integer("rewire.interval_steps");
    schedule.endStep = std::llround(config.real("rewire.end") * static_cast<double>(steps));
    const std::int64_t end = std::min(schedule.endStep, steps);
    const std::int64_t first = schedule.due(schedule.intervalSteps) ? 1 : 2;
    return std::max<std::int64_t>(0, end / schedule.intervalSteps - first + 1);
}

}  // namespace

std::optional<Estimate> estimate(const config::Config& config) {
    if (!isSupervised(config.schema())) return std::nullopt;
    Estimate result;
    try {
        const data::DatasetInfo& info = data::datasetInfo(config.text("data.name"));
        const std::int64_t trainCount = limited(info.trainCount, config.integer("data.train_limit"));
        const std::int64_t testCount = limited(info.testCount, config.integer("data.test_limit"));
        const data::Dataset set = outline(info);
        result.layers = train::plannedConnections(config, train::modelWeights(config, set));
        const train::StepPlan plan = train::planSteps(config, trainCount);
        result.stepsPerEpoch = plan.stepsPerEpoch;
        result.steps = plan.totalSteps;
        result.rounds = roundsOf(config, plan.totalSteps);

        double activations = 0, macs = 0, largest = 0;
        const bool image = info.sampleShape.size() == 3;
        std::int64_t height = image ? info.sampleShape[1] : 1;
        std::int64_t width = image ? info.sampleShape[2] : 1;
        for (const train::LayerConnections& layer : result.layers) {
            result.active += layer.active;
            result.total += layer.shape.elements();
            const bool convolution = layer.shape.rank() == 4;
            const double places = convolution ? static_cast<double>(height * width) : 1;
            activations += static_cast<double>(layer.shape[0]) * places;
            macs += static_cast<double>(layer.active) * places;
            largest = std::max(largest, static_cast<double>(layer.shape.elements()));
            if (!convolution) continue;
            height /= 2;  // every block ends in a 2 x 2 pool
            width /= 2;
        }
        const auto batch = static_cast<double>(config.integer("train.batch_size"));
        const double bytesPerValue = info.origin == data::Origin::Generated ? 4 : 1;
        const double dataBytes =
            static_cast<double>((trainCount + testCount) * set.sampleSize()) * bytesPerValue;
        const double evaluated =
            std::min(evaluationBatch, static_cast<double>(std::max(trainCount, testCount)));
        result.memoryBytes = programBytes + dataBytes +
                             bytesPerConnection * static_cast<double>(result.active) + 4 * largest +
                             4 * activations * std::max(5 * evaluated, 6 * batch);
        result.work = macs * batch * static_cast<double>(result.steps);
    } catch (const Error& error) {
        result.problem = error.message();
        result.problemAdvice = error.advice();
    }
    return result;
}

}  // namespace filigree::ui
