// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/tasks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.h"
#include "data/endoscopy/video_set.h"

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
    samples.shape = {decoyInputs};
    samples.inputs.resize(static_cast<std::size_t>(rows * decoyInputs));
    for (float& x : samples.inputs) x = static_cast<float>(random.normal());
    return samples;
}

std::vector<double> scores(const Rule& rule, const Samples& samples) {
    std::vector<double> all;
    for (std::size_t at = 0; at < samples.inputs.size(); at += decoyInputs)
        all.push_back(rule.score(samples.inputs.data() + at));
    return all;
}

/// Moves the samples from `first` on to a set of their own.
Samples splitOff(Samples& samples, std::int64_t first) {
    Samples rest;
    rest.shape = samples.shape;
    const std::int64_t size = samples.shape.elements();
    const auto move = [](auto& from, auto& to, std::int64_t at) {
        if (from.empty()) return;
        to.assign(from.begin() + at, from.end());
        from.resize(static_cast<std::size_t>(at));
    };
    move(samples.inputs, rest.inputs, first * size);
    move(samples.targets, rest.targets, first);
    move(samples.polyps, rest.polyps, first);
    move(samples.sizesMm, rest.sizesMm, first);
    return rest;
}

constexpr std::array<float, 3> pixelMean{.32239652F, .22631808F, .17500061F};
constexpr std::array<float, 3> pixelDeviation{.31781745F, .2405859F, .19327126F};

}  // namespace

void addFrame(const data::endoscopy::StoredFrame& frame, std::int64_t width, Samples& samples) {
    if (!frame.valid) return;
    const auto pixels = static_cast<std::size_t>(width * width);
    const std::size_t first = samples.inputs.size();
    samples.inputs.resize(first + 4 * pixels);
    float* const to = samples.inputs.data() + first;
    for (std::int64_t i = frame.box.yMin; i < frame.box.yMax; ++i)
        for (std::int64_t j = frame.box.xMin; j < frame.box.xMax; ++j) {
            const auto at = static_cast<std::size_t>(i * width + j);
            for (std::size_t c = 0; c < 3; ++c)
                to[c * pixels + at] =
                    (static_cast<float>(frame.rgb[3 * at + c]) / 255 - pixelMean[c]) / pixelDeviation[c];
            to[3 * pixels + at] = std::min(static_cast<float>(frame.depth[at]) / 256, 60.0F) / 30;
        }
    samples.targets.push_back(static_cast<float>(scaledSize(frame.diameterMm)));
    samples.polyps.push_back(frame.polyp);
    samples.sizesMm.push_back(frame.diameterMm);
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

Task makeSizing(std::uint64_t seed, bool heldOut, const std::filesystem::path& folder) {
    namespace endoscopy = data::endoscopy;
    const endoscopy::VideoSet set =
        endoscopy::cachedSet({}, folder.empty() ? endoscopy::cacheFolder() : folder);
    constexpr std::int64_t trainingPolyps = 48, testPolyps = 100;
    const std::int64_t width = set.request.width;
    const auto order = RandomStream(seed, "polyps").permutation(set.request.polyps);
    Task task;
    task.sizing = true;
    for (Samples* samples : {&task.train, &task.heldOut, &task.test}) samples->shape = {4, width, width};
    for (std::int64_t i = 0; i < trainingPolyps; ++i)
        for (std::int64_t frame = 0; frame < set.request.frames; frame += 2)
            addFrame(set.at(order[static_cast<std::size_t>(i)], frame), width,
                     heldOut && i >= trainingPolyps * 3 / 4 ? task.heldOut : task.train);
    for (std::size_t i = order.size() - testPolyps; i < order.size(); ++i)
        for (const std::int64_t frame : {1, 5, 9}) addFrame(set.at(order[i], frame), width, task.test);
    return task;
}

Batch gather(const Samples& samples, std::span<const std::int64_t> chosen) {
    const auto count = static_cast<std::int64_t>(chosen.size());
    Shape shape{count};
    for (const std::int64_t size : samples.shape) shape.append(size);
    Batch batch{Tensor::empty(shape), Tensor::empty({count, 1})};
    const std::int64_t size = samples.shape.elements();
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t row = chosen[static_cast<std::size_t>(i)];
        std::copy_n(samples.inputs.data() + row * size, size, batch.x.data<float>() + i * size);
        batch.target.data<float>()[i] = samples.targets[static_cast<std::size_t>(row)];
    }
    return batch;
}

void mirrorAtRandom(Tensor& images, std::uint64_t seed, std::uint64_t step) {
    RandomStream random(seed, "augment", step);
    const std::int64_t channels = images.dim(1), height = images.dim(2), width = images.dim(3);
    for (std::int64_t n = 0; n < images.dim(0); ++n) {
        const bool across = random.uniform() < 0.5, down = random.uniform() < 0.5;
        for (std::int64_t c = 0; c < channels; ++c) {
            float* const plane = images.data<float>() + (n * channels + c) * height * width;
            if (across)
                for (std::int64_t i = 0; i < height; ++i)
                    std::reverse(plane + i * width, plane + (i + 1) * width);
            if (down)
                for (std::int64_t i = 0; i < height / 2; ++i)
                    std::swap_ranges(plane + i * width, plane + (i + 1) * width,
                                     plane + (height - 1 - i) * width);
        }
    }
}

}  // namespace filigree::methods::hard_attention_gates
