// SPDX-License-Identifier: Apache-2.0
#include "data/prefetch.h"

#include <utility>

#include "base/parallel.h"

namespace filigree::data {

Prefetcher::Prefetcher(Loader loader) : loader_(std::move(loader)), thread_([this] { work(); }) {}

Prefetcher::~Prefetcher() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

const LoadedBatch& Prefetcher::take(const Place& place, const std::optional<Place>& next) {
    std::unique_lock lock(mutex_);
    // Something else may be on its way; its reader cannot be interrupted.
    changed_.wait(lock, [&] { return !busy_ && !wanted_; });
    if (read_ != place) {
        wanted_ = place;
        changed_.notify_all();
        changed_.wait(lock, [&] { return !busy_ && !wanted_; });
    }
    read_.reset();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    std::swap(taken_, batch_);
    wanted_ = next;
    lock.unlock();
    changed_.notify_all();
    return taken_;
}

void Prefetcher::work() {
    // The threads of the pool are busy with the step that is computed meanwhile.
    const LoopsInline here;
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return ending_ || wanted_; });
        if (ending_) return;
        const Place place = *std::exchange(wanted_, std::nullopt);
        busy_ = true;
        lock.unlock();
        std::exception_ptr failure;
        try {
            const auto count = static_cast<std::size_t>(loader_.batchCount(place.index));
            batch_.x.resize(count * static_cast<std::size_t>(loader_.dataset().sampleSize()));
            batch_.labels.resize(count);
            loader_.batch(place.epoch, place.index, batch_.x, batch_.labels);
        } catch (...) {
            failure = std::current_exception();
        }
        lock.lock();
        failure_ = failure;
        read_ = place;
        busy_ = false;
        changed_.notify_all();
    }
}

}  // namespace filigree::data
