// SPDX-License-Identifier: Apache-2.0
#include "data/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/parallel.h"

namespace filigree::data {

Loader::Loader(const Dataset& dataset, std::int64_t batchSize, std::uint64_t seed, bool shuffle,
               bool dropLast, Augmentation augmentation)
    : dataset_(&dataset),
      batchSize_(batchSize),
      seed_(seed),
      shuffle_(shuffle),
      dropLast_(dropLast),
      augmentation_(augmentation),
      zero_(dataset.normalizedZero()) {
    const auto refuse = [&](const std::string& message, const std::string& advice) {
        throw Error(ErrorKind::Usage, message, dataset.name, advice);
    };
    if (batchSize < 1)
        refuse(fmt::format("a batch of {} samples is not possible", batchSize), "Choose at least 1.");
    if (dropLast && batchSize > dataset.count())
        refuse(fmt::format("no full batch of {} in {} samples", batchSize, dataset.count()),
               "Choose a smaller batch, or keep the last incomplete one.");
    if (augmentation.padCrop < 0 || augmentation.padCrop > 4096)
        refuse(fmt::format("a padding of {} pixels is not possible", augmentation.padCrop),
               "Choose 0 to 4096.");
    if (augmentation.enabled() && dataset.sampleShape.size() != 3)
        refuse("only images can be cropped and mirrored", "Switch the augmentation off.");
}

std::int64_t Loader::batchesPerEpoch() const {
    const std::int64_t full = dataset_->count() / batchSize_;
    return dropLast_ || dataset_->count() % batchSize_ == 0 ? full : full + 1;
}

std::int64_t Loader::batchCount(std::int64_t index) const {
    if (index < 0 || index >= batchesPerEpoch())
        throw Error(ErrorKind::Usage, fmt::format("batch {} of {}", index, batchesPerEpoch()),
                    dataset_->name);
    return std::min(batchSize_, dataset_->count() - index * batchSize_);
}

std::span<const std::int64_t> Loader::indices(std::int64_t epoch, std::int64_t index) {
    const std::int64_t n = batchCount(index);
    if (epoch < 0) throw Error(ErrorKind::Usage, fmt::format("epoch {}", epoch), dataset_->name);
    if (order_.empty() || (shuffle_ && epoch != orderEpoch_)) {
        if (shuffle_) {
            order_ = RandomStream(seed_, "order", static_cast<std::uint64_t>(epoch))
                         .permutation(dataset_->count());
        } else {
            order_.resize(static_cast<std::size_t>(dataset_->count()));
            std::iota(order_.begin(), order_.end(), std::int64_t{0});
        }
        orderEpoch_ = epoch;
    }
    return std::span(order_).subspan(static_cast<std::size_t>(index * batchSize_),
                                     static_cast<std::size_t>(n));
}

std::int64_t Loader::batch(std::int64_t epoch, std::int64_t index, std::span<float> x,
                           std::span<std::int32_t> labels) {
    const auto chosen = indices(epoch, index);
    const auto size = static_cast<std::size_t>(dataset_->sampleSize());
    if (x.size() < chosen.size() * size || labels.size() < chosen.size())
        throw Error(ErrorKind::Usage,
                    fmt::format("room for {} values and {} labels where a batch needs {} and {}", x.size(),
                                labels.size(), chosen.size() * size, chosen.size()),
                    dataset_->name);

    const auto& shape = dataset_->sampleShape;
    const std::int64_t grain =
        std::max<std::int64_t>(1, (std::int64_t{1} << 16) / static_cast<std::int64_t>(size));
    parallelFor(
        0, static_cast<std::int64_t>(chosen.size()), grain, [&](std::int64_t begin, std::int64_t end) {
            std::vector<float> scratch;
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                const std::span<float> sample = x.subspan(i * size, size);
                constexpr std::size_t ahead = 4;
                if (i + ahead < static_cast<std::size_t>(end)) dataset_->prefetch(chosen[i + ahead]);
                dataset_->read(chosen[i], sample);
                labels[i] = dataset_->labels[static_cast<std::size_t>(chosen[i])];
                if (!augmentation_.enabled()) continue;
                RandomStream random(seed_, "augment",
                                    static_cast<std::uint64_t>(epoch * dataset_->count() + chosen[i]));
                augment(augmentation_, random, shape[0], shape[1], shape[2], zero_, sample, scratch);
            }
        });
    return static_cast<std::int64_t>(chosen.size());
}

}  // namespace filigree::data
