// SPDX-License-Identifier: Apache-2.0
#include "data/prefetch.h"

#include <algorithm>
#include <utility>

#include "base/parallel.h"

namespace filigree::data {
namespace {

/// Several small batches: waking the thread for each costs a few per cent of a short step. One large one.
std::size_t batchesAhead(const Loader& loader) {
    constexpr std::int64_t values = 1 << 20, most = 4;
    const std::int64_t each = loader.batchCount(0) * loader.dataset().sampleSize();
    return static_cast<std::size_t>(std::clamp<std::int64_t>(values / each, 1, most));
}

}  // namespace

Prefetcher::Prefetcher(Loader loader)
    : loader_(std::move(loader)), mostAhead_(batchesAhead(loader_)), thread_([this] { work(); }) {}

Prefetcher::~Prefetcher() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    toDo_.notify_all();
    thread_.join();
}

const LoadedBatch& Prefetcher::take(const Place& place, std::int64_t following) {
    std::unique_lock lock(mutex_);
    const Place first = ready_.empty() ? next_ : ready_.front().place;
    if (first != place) {
        // Something else may be on its way; its reader cannot be interrupted.
        left_ = 0;
        done_.wait(lock, [&] { return !busy_; });
        for (Read& read : ready_) spare_.push_back(std::move(read.batch));
        ready_.clear();
        next_ = place;
    }
    left_ = std::max<std::int64_t>(0, following + 1 - std::ssize(ready_));
    if (ready_.empty()) {
        toDo_.notify_one();
        done_.wait(lock, [&] { return !ready_.empty(); });
    }
    Read read = std::move(ready_.front());
    ready_.pop_front();
    spare_.push_back(std::exchange(taken_, std::move(read.batch)));
    const bool runsShort = left_ > 0 && 2 * ready_.size() <= mostAhead_;
    lock.unlock();
    if (runsShort) toDo_.notify_one();
    if (read.failure) std::rethrow_exception(read.failure);
    return taken_;
}

Prefetcher::Place Prefetcher::after(const Place& place) const {
    return place.index + 1 < loader_.batchesPerEpoch() ? Place{place.epoch, place.index + 1}
                                                       : Place{place.epoch + 1, 0};
}

void Prefetcher::work() {
    // The threads of the pool are busy with the step that is computed meanwhile.
    const LoopsInline here;
    std::unique_lock lock(mutex_);
    for (;;) {
        toDo_.wait(lock, [&] { return ending_ || (left_ > 0 && ready_.size() < mostAhead_); });
        if (ending_) return;
        Read read{next_, {}, {}};
        if (!spare_.empty()) {
            read.batch = std::move(spare_.back());
            spare_.pop_back();
        }
        busy_ = true;
        lock.unlock();
        try {
            const auto count = static_cast<std::size_t>(loader_.batchCount(read.place.index));
            read.batch.x.resize(count * static_cast<std::size_t>(loader_.dataset().sampleSize()));
            read.batch.labels.resize(count);
            loader_.batch(read.place.epoch, read.place.index, read.batch.x, read.batch.labels);
        } catch (...) {
            read.failure = std::current_exception();
        }
        lock.lock();
        left_ = read.failure ? 0 : std::max<std::int64_t>(0, left_ - 1);
        next_ = after(read.place);
        ready_.push_back(std::move(read));
        busy_ = false;
        done_.notify_one();
    }
}

}  // namespace filigree::data
