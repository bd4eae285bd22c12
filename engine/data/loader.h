// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/augmentation.h"
#include "data/dataset.h"

namespace filigree::data {

/// Batches of a set in a random order. What batch(epoch, index) returns depends on the arguments alone, not
/// on what was asked before, so a resumed run goes on exactly where it stopped.
///
/// Order: epoch e visits RandomStream(seed, "order", e).permutation(count), or 0 .. count-1 without
/// `shuffle`. Augmentation: sample i in epoch e draws from RandomStream(seed, "augment", e * count + i),
/// whatever batch it is in.
class Loader {
  public:
    /// `dataset` must outlive the loader. Throws Error (Usage) if batchSize < 1, if the set is smaller than
    /// one batch and `dropLast`, or if the samples to augment are not images.
    Loader(const Dataset& dataset, std::int64_t batchSize, std::uint64_t seed, bool shuffle = true,
           bool dropLast = false, Augmentation augmentation = {});
    Loader(Dataset&&, std::int64_t, std::uint64_t, bool = true, bool = false, Augmentation = {}) = delete;

    const Dataset& dataset() const { return *dataset_; }
    std::int64_t batchSize() const { return batchSize_; }
    /// count / batchSize, rounded down with dropLast and up otherwise.
    std::int64_t batchesPerEpoch() const;
    /// Samples in batch `index`: batchSize, or what is left in the last one.
    std::int64_t batchCount(std::int64_t index) const;

    /// Writes batch `index` (0 .. batchesPerEpoch()-1) of `epoch` (0, 1, …): x as [n, sampleShape…]
    /// row-major, labels as [n]; returns n = batchCount(index). The spans must hold n samples at least; what
    /// lies behind is left alone. Remembers the order of the epoch asked last, so one loader must not be
    /// shared between threads.
    std::int64_t batch(std::int64_t epoch, std::int64_t index, std::span<float> x,
                       std::span<std::int32_t> labels);
    /// The numbers of the samples that batch() would write.
    std::span<const std::int64_t> indices(std::int64_t epoch, std::int64_t index);

  private:
    const Dataset* dataset_;
    std::int64_t batchSize_;
    std::uint64_t seed_;
    bool shuffle_;
    bool dropLast_;
    Augmentation augmentation_;
    std::vector<float> zero_;
    std::int64_t orderEpoch_ = -1;
    std::vector<std::int64_t> order_;
};

}  // namespace filigree::data
