// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/batches.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "base/random.h"

namespace filigree::methods::hard_attention_gates {
namespace {

constexpr std::uint64_t mostOfBatch = 65536;

void appendRow(const Samples& samples, std::int64_t row, std::vector<float>& inputs) {
    const auto first = samples.rows.begin() + row * samples.rowLength;
    inputs.insert(inputs.end(), first, first + samples.rowLength);
}

data::endoscopy::PolypPicture pictureAt(const Samples& samples, std::int64_t index) {
    const auto at = static_cast<std::size_t>(index);
    if (samples.files.empty())
        return data::endoscopy::pictureOf(samples.frames[at], samples.frameWidth, samples.size);
    return data::endoscopy::pictureOf(readFrame(samples.files[at], samples.size), samples.size, samples.size);
}

/// Samples by group, in ascending order of both.
std::map<std::int64_t, std::vector<std::int64_t>> groupsOf(const Samples& samples) {
    std::map<std::int64_t, std::vector<std::int64_t>> groups;
    for (std::size_t i = 0; i < samples.polyps.size(); ++i)
        groups[samples.polyps[i]].push_back(static_cast<std::int64_t>(i));
    return groups;
}

}  // namespace

Batch makeBatch(const Samples& samples, std::span<const std::int64_t> chosen,
                const data::endoscopy::InputPlan& plan, const std::optional<AugmentationStream>& stream) {
    Batch batch;
    const auto count = static_cast<std::int64_t>(chosen.size());
    for (const std::int64_t index : chosen) {
        batch.targets.push_back(samples.targets[static_cast<std::size_t>(index)]);
        if (!samples.sizesMm.empty())
            batch.sizesMm.push_back(samples.sizesMm[static_cast<std::size_t>(index)]);
    }
    if (samples.rowLength > 0) {
        batch.shape = {count, samples.rowLength};
        for (const std::int64_t index : chosen) appendRow(samples, index, batch.inputs);
        return batch;
    }
    batch.shape = {count, plan.channels(), samples.size, samples.size};
    batch.inputs.resize(static_cast<std::size_t>(batch.shape.elements()));
    const std::size_t each = chosen.empty() ? 0 : batch.inputs.size() / chosen.size();
    for (std::size_t k = 0; k < chosen.size(); ++k) {
        data::endoscopy::PolypPicture picture = pictureAt(samples, chosen[k]);
        if (stream && plan.augmentation.enabled()) {
            RandomStream random(stream->seed, stream->name, mostOfBatch * stream->number + k);
            data::endoscopy::augment(plan.augmentation, random, picture);
        }
        data::endoscopy::writeInput(plan, picture, std::span(batch.inputs).subspan(k * each, each));
    }
    return batch;
}

std::vector<std::int64_t> epochOrder(const Samples& samples, std::int64_t mostOfGroup, bool skipSingles,
                                     std::uint64_t seed, std::int64_t epoch) {
    RandomStream random(seed, "order", static_cast<std::uint64_t>(epoch));
    std::vector<std::int64_t> chosen;
    if (samples.polyps.empty()) {
        return random.permutation(samples.count());
    }
    for (const auto& [group, members] : groupsOf(samples)) {
        const auto count = static_cast<std::int64_t>(members.size());
        if (skipSingles && count == 1) continue;
        if (count <= mostOfGroup) {
            chosen.insert(chosen.end(), members.begin(), members.end());
            continue;
        }
        for (const std::int64_t place : random.sample(count, mostOfGroup))
            chosen.push_back(members[static_cast<std::size_t>(place)]);
    }
    std::vector<std::int64_t> order;
    for (const std::int64_t place : random.permutation(static_cast<std::int64_t>(chosen.size())))
        order.push_back(chosen[static_cast<std::size_t>(place)]);
    return order;
}

std::int64_t epochLength(const Samples& samples, std::int64_t mostOfGroup, bool skipSingles) {
    if (samples.polyps.empty()) return samples.count();
    std::int64_t length = 0;
    for (const auto& [group, members] : groupsOf(samples)) {
        const auto count = static_cast<std::int64_t>(members.size());
        if (!skipSingles || count > 1) length += std::min(count, mostOfGroup);
    }
    return length;
}

StepBatches BatchesAhead::take(std::int64_t step) {
    const bool ahead = next_.valid() && nextStep_ == step;
    const auto before = std::chrono::steady_clock::now();
    if (next_.valid() && !ahead) next_.wait();
    StepBatches batches = ahead ? next_.get() : make_(step);
    if (taken_++ > 0)
        waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
    if (step + 1 < last_) {
        nextStep_ = step + 1;
        next_ = std::async(std::launch::async, [this, step] { return make_(step + 1); });
    }
    return batches;
}

}  // namespace filigree::methods::hard_attention_gates
