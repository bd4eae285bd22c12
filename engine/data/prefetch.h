// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
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

    /// The batch at `place`, which stays until the next call. Of the `following` batches after it, through
    /// the epochs, some are read ahead meanwhile. Throws what the loader throws.
    const LoadedBatch& take(const Place& place, std::int64_t following);

  private:
    struct Read {
        Place place;
        LoadedBatch batch;
        std::exception_ptr failure;
    };
    void work();
    Place after(const Place& place) const;

    Loader loader_;
    std::size_t mostAhead_;
    std::mutex mutex_;
    std::condition_variable toDo_, done_;
    std::deque<Read> ready_;          ///< consecutive places
    Place next_;                      ///< what is being read or will be: the one after these
    std::int64_t left_ = 0;           ///< how many to read from there
    std::vector<LoadedBatch> spare_;  ///< memory for more
    LoadedBatch taken_;
    bool busy_ = false;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace filigree::data
