// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "data/loader.h"

namespace filigree::data {

/// The samples of one batch, row-major, and their labels.
struct LoadedBatch {
    std::vector<float> x;
    std::vector<std::int32_t> labels;
};

/// Reads batches ahead on a thread of its own while the caller computes. What is returned is what the loader
/// returns for the same numbers, whatever was read ahead: it costs time at worst.
class Prefetcher {
  public:
    /// Which batch of which epoch.
    struct Place {
        std::int64_t epoch = 0, index = 0;
        friend bool operator==(const Place&, const Place&) = default;
    };

    explicit Prefetcher(Loader loader);
    ~Prefetcher();
    Prefetcher(const Prefetcher&) = delete;
    Prefetcher& operator=(const Prefetcher&) = delete;

    /// The batch at `place`, which stays until the next call; `next`, unless none, is read ahead meanwhile.
    /// Throws what the loader throws.
    const LoadedBatch& take(const Place& place, const std::optional<Place>& next);

  private:
    void work();

    Loader loader_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Place> wanted_;  ///< to be read, not yet begun
    std::optional<Place> read_;    ///< what `batch_` or `failure_` is of
    bool busy_ = false;
    bool ending_ = false;
    LoadedBatch taken_;
    LoadedBatch batch_;  ///< the thread's own while it is busy
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace filigree::data
