// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/tasks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/random.h"
#include "data/endoscopy/video_set.h"
#include "data/load.h"
#include "methods/hard_attention_gates/sizing.h"

namespace filigree::methods::hard_attention_gates {
namespace {

constexpr std::int64_t decoyInputs = 128, decoyInformative = 8, decoyHidden = 6;
constexpr std::int64_t decoyTrain = 400, decoyHeldOut = 100, decoyTest = 2000;

/// The rule that decides the label of a row by its first eight inputs.
class Rule {
  public:
    explicit Rule(std::uint64_t seed) {
        RandomStream random(seed, "decoys/rule");
        for (auto& row : inner_)
            for (double& w : row) w = random.normal();
        for (double& w : outer_) w = random.normal();
        for (double& w : direct_) w = 0.7 * random.normal();
    }
    double score(const float* z) const {
        double sum = 0;
        for (std::size_t h = 0; h < outer_.size(); ++h) {
            double inside = 0;
            for (std::size_t i = 0; i < direct_.size(); ++i)
                inside += static_cast<double>(z[i]) * inner_[i][h];
            sum += std::tanh(inside) * outer_[h];
        }
        for (std::size_t i = 0; i < direct_.size(); ++i) sum += static_cast<double>(z[i]) * direct_[i];
        return sum;
    }

  private:
    std::array<std::array<double, decoyHidden>, decoyInformative> inner_{};
    std::array<double, decoyHidden> outer_{};
    std::array<double, decoyInformative> direct_{};
};

Samples normalRows(std::uint64_t seed, const char* stream, std::int64_t rows) {
    RandomStream random(seed, stream);
    Samples samples;
    samples.rowLength = decoyInputs;
    samples.rows.resize(static_cast<std::size_t>(rows * decoyInputs));
    for (float& x : samples.rows) x = static_cast<float>(random.normal());
    return samples;
}

std::vector<double> scores(const Rule& rule, const Samples& samples) {
    std::vector<double> all;
    for (std::size_t at = 0; at < samples.rows.size(); at += decoyInputs)
        all.push_back(rule.score(samples.rows.data() + at));
    return all;
}

/// Moves the rows from `first` on to a set of their own.
Samples splitOff(Samples& samples, std::int64_t first) {
    Samples rest;
    rest.rowLength = samples.rowLength;
    const auto move = [](auto& from, auto& to, std::int64_t at) {
        to.assign(from.begin() + at, from.end());
        from.resize(static_cast<std::size_t>(at));
    };
    move(samples.rows, rest.rows, first * samples.rowLength);
    move(samples.targets, rest.targets, first);
    return rest;
}

float targetOf(double diameterMm, PolypTarget target) {
    if (target == PolypTarget::Size) return static_cast<float>(scaledSize(diameterMm));
    const int size = sizeClass(diameterMm);
    return static_cast<float>(target == PolypTarget::Triclass ? size : size == 2 ? 1 : 0);
}

}  // namespace

PolypTarget polypTargetFrom(std::string_view name) {
    if (name == "size") return PolypTarget::Size;
    if (name == "binary") return PolypTarget::Binary;
    if (name == "triclass") return PolypTarget::Triclass;
    throw Error(ErrorKind::Usage, "there is no target named '" + std::string(name) + "'", {},
                "size, binary, triclass");
}

void addFrame(const data::endoscopy::StoredFrame& frame, PolypTarget target, Samples& samples) {
    if (!frame.valid) return;
    samples.targets.push_back(targetOf(frame.diameterMm, target));
    samples.polyps.push_back(frame.polyp);
    samples.sizesMm.push_back(frame.diameterMm);
    samples.frames.push_back(frame);
}

Task makeDecoys(std::uint64_t seed, bool heldOut) {
    const Rule rule(seed);
    Task task;
    task.informative = decoyInformative;
    task.train = normalRows(seed, "decoys/train", decoyTrain);
    task.test = normalRows(seed, "decoys/test", decoyTest);
    const std::vector<double> training = scores(rule, task.train);
    std::vector<double> sorted = training;
    std::sort(sorted.begin(), sorted.end());
    const double median = (sorted[sorted.size() / 2 - 1] + sorted[sorted.size() / 2]) / 2;
    for (const double s : training) task.train.targets.push_back(s > median);
    for (const double s : scores(rule, task.test)) task.test.targets.push_back(s > median);
    RandomStream random(seed, "decoys/flips");
    for (const std::int64_t row : random.sample(decoyTrain, decoyTrain / 20))
        task.train.targets[static_cast<std::size_t>(row)] =
            1 - task.train.targets[static_cast<std::size_t>(row)];
    if (heldOut) task.heldOut = splitOff(task.train, decoyTrain - decoyHeldOut);
    return task;
}

void prepareForPolyps(const PolypChoice& choice, Task& task) {
    task.goal = choice.target == PolypTarget::Size ? Goal::Size : Goal::Classes;
    task.outputs = choice.target == PolypTarget::Triclass ? 3 : choice.target == PolypTarget::Binary ? 2 : 1;
    for (Samples* const samples : {&task.train, &task.heldOut, &task.validation, &task.test})
        samples->frameWidth = samples->size = choice.size;
}

Task makeSizing(std::uint64_t seed, const PolypChoice& choice, std::int64_t trainingPolyps,
                const std::filesystem::path& folder) {
    if (trainingPolyps < 4 || trainingPolyps > mostTrainingPolyps)
        throw Error(ErrorKind::Usage, "so many polyps cannot train", std::to_string(trainingPolyps),
                    "data.training_polyps lies between 4 and " + std::to_string(mostTrainingPolyps));
    namespace endoscopy = data::endoscopy;
    endoscopy::SetRequest request;
    request.width = choice.size;
    const endoscopy::VideoSet set =
        endoscopy::cachedSet(request, folder.empty() ? endoscopy::cacheFolder() : folder);
    constexpr std::int64_t validationPolyps = 50, testPolyps = 100;
    const auto order = RandomStream(seed, "polyps").permutation(set.request.polyps);
    Task task;
    prepareForPolyps(choice, task);
    for (std::int64_t i = 0; i < trainingPolyps; ++i)
        for (std::int64_t frame = 0; frame < set.request.frames; frame += 2)
            addFrame(set.at(order[static_cast<std::size_t>(i)], frame), choice.target,
                     choice.heldOut && i >= trainingPolyps * 3 / 4 ? task.heldOut : task.train);
    const auto addSome = [&](std::int64_t first, std::int64_t count, Samples& samples) {
        for (std::int64_t i = first; i < first + count; ++i)
            for (const std::int64_t frame : {1, 5, 9})
                addFrame(set.at(order[static_cast<std::size_t>(i)], frame), choice.target, samples);
    };
    if (choice.validation) addSome(trainingPolyps, validationPolyps, task.validation);
    addSome(set.request.polyps - testPolyps, testPolyps, task.test);
    return task;
}

Task makeCifar100(const data::SearchPath& folders, std::int64_t size, bool heldOut, bool validation) {
    constexpr int validationOfClass = 50;
    Task task;
    task.goal = Goal::Classes;
    task.outputs = 100;
    for (const char* split : {"train", "test"}) {
        const data::Dataset set = data::load("cifar100", split, folders);
        const auto& pixels = std::get<LargeVector<std::uint8_t>>(set.samples);
        const std::int64_t width = set.sampleShape[2];
        const auto plane = static_cast<std::size_t>(width * width);
        std::vector<int> left(100), seen(100);
        for (const std::int32_t label : set.labels) ++left[static_cast<std::size_t>(label)];
        for (std::size_t n = 0; n < set.labels.size(); ++n) {
            const auto label = static_cast<std::size_t>(set.labels[n]);
            const bool last = left[label]-- <= validationOfClass;
            Samples* to = &task.train;
            if (set.split == "test")
                to = &task.test;
            else if (validation && last)
                to = &task.validation;
            else if (heldOut && seen[label]++ % 4 == 3)
                to = &task.heldOut;
            data::endoscopy::StoredFrame frame;
            frame.box = {0, 0, width, width};
            frame.rgb.resize(3 * plane);
            for (std::size_t c = 0; c < 3; ++c)
                for (std::size_t i = 0; i < plane; ++i)
                    frame.rgb[3 * i + c] = pixels[(3 * n + c) * plane + i];
            to->frames.push_back(std::move(frame));
            to->targets.push_back(static_cast<float>(label));
            to->polyps.push_back(static_cast<std::int64_t>(label));
            to->frameWidth = width;
            to->size = size;
        }
    }
    return task;
}

}  // namespace filigree::methods::hard_attention_gates
