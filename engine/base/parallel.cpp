// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace filigree {
namespace {

thread_local bool insideLoop = false;

/// Tells the processor that this is a waiting loop, where it can be told.
void pauseProcessor() {
#if defined(__SSE2__) || defined(_M_X64)
    _mm_pause();
#endif
}

/// Workers wait on a generation counter: a short spin (steps follow each other within microseconds), then
/// sleep.
class Pool {
  public:
    explicit Pool(int threads) {
        try {
            for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
        } catch (const std::system_error& refusal) {
            const std::size_t started = workers_.size() + 1;
            end();
            throw Error(ErrorKind::Run,
                        fmt::format("cannot start {} threads: {}", threads, refusal.code().message()), {},
                        fmt::format("ask for fewer; the system refused after {}", started));
        }
    }

    ~Pool() { end(); }

    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    int size() const { return static_cast<int>(workers_.size()) + 1; }

    /// Runs task(0) here and task(1 .. size-1) on the workers; returns when all have ended.
    void run(const std::function<void(int)>& task) {
        const std::lock_guard serial(entry_);
        task_ = &task;
        pending_.store(size() - 1, std::memory_order_relaxed);
        {
            const std::lock_guard lock(mutex_);
            generation_.fetch_add(1, std::memory_order_release);
        }
        wake_.notify_all();
        call(0);
        if (!spinUntil([&] { return pending_.load(std::memory_order_acquire) == 0; })) {
            std::unique_lock lock(mutex_);
            done_.wait(lock, [&] { return pending_.load(std::memory_order_acquire) == 0; });
        }
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

  private:
    void end() {
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            generation_.fetch_add(1, std::memory_order_release);
        }
        wake_.notify_all();
        for (std::thread& worker : workers_) worker.join();
    }

    void call(int index) {
        insideLoop = true;
        try {
            (*task_)(index);
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!failure_) failure_ = std::current_exception();
        }
        insideLoop = false;
    }

    void work(int index) {
        std::uint64_t seen = 0;
        for (;;) {
            const auto called = [&] { return generation_.load(std::memory_order_acquire) != seen; };
            if (!spinUntil(called)) {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, called);
            }
            seen = generation_.load(std::memory_order_acquire);
            if (ending_) return;
            call(index);
            if (pending_.fetch_sub(1, std::memory_order_acq_rel) > 1) continue;
            // The lock: or the caller could look, and fall asleep just after this word.
            { const std::lock_guard lock(mutex_); }
            done_.notify_one();
        }
    }

    /// Looks for as long as waking a sleeper may take (tens of microseconds, more in a virtual machine),
    /// since the loops of a step follow each other within that; then it is time to sleep. Yields on the way:
    /// where more threads run than there are cores, whoever spins would keep the one that is waited for from
    /// running.
    template <typename Condition>
    static bool spinUntil(Condition&& condition) {
        constexpr auto longest = std::chrono::microseconds(200);
        constexpr int looksPerYield = 64;
        const auto begin = std::chrono::steady_clock::now();
        do {
            for (int look = 0; look < looksPerYield; ++look) {
                if (condition()) return true;
                pauseProcessor();
            }
            std::this_thread::yield();
        } while (std::chrono::steady_clock::now() - begin < longest);
        return false;
    }

    std::vector<std::thread> workers_;
    std::mutex entry_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable done_;
    std::atomic<std::uint64_t> generation_{0};
    std::atomic<int> pending_{0};
    std::atomic<bool> ending_{false};
    const std::function<void(int)>* task_ = nullptr;
    std::exception_ptr failure_;
};

// The one piece of process-wide state of the engine: the machine has one set of cores.
std::unique_ptr<Pool>& pool() {
    static std::unique_ptr<Pool> instance = std::make_unique<Pool>(1);
    return instance;
}

}  // namespace

LoopsInline::LoopsInline() : before_(std::exchange(insideLoop, true)) {}
LoopsInline::~LoopsInline() {
    insideLoop = before_;
}

#if defined(__SSE2__) || defined(_M_X64)

FlushSubnormals::FlushSubnormals() : before_(_mm_getcsr()) {
    constexpr unsigned flushResults = 0x8000, readAsZero = 0x0040;
    _mm_setcsr(static_cast<unsigned>(before_) | flushResults | readAsZero);
}
FlushSubnormals::~FlushSubnormals() {
    _mm_setcsr(static_cast<unsigned>(before_));
}

#elif defined(__aarch64__) && defined(__GNUC__)

FlushSubnormals::FlushSubnormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"(before_ | (std::uint64_t{1} << 24)));
}
FlushSubnormals::~FlushSubnormals() {
    __asm__ volatile("msr fpcr, %0" : : "r"(before_));
}

#else

FlushSubnormals::FlushSubnormals() : before_(0) {}
FlushSubnormals::~FlushSubnormals() = default;

#endif

int threadCount() {
    return pool()->size();
}

void setThreadCount(int threads) {
    threads = std::max(1, threads);
    if (threads != pool()->size()) pool() = std::make_unique<Pool>(threads);
}

void parallelFor(std::int64_t begin, std::int64_t end, std::int64_t grain,
                 const std::function<void(std::int64_t, std::int64_t)>& body) {
    const std::int64_t count = end - begin;
    if (count <= 0) return;
    if (insideLoop) {
        body(begin, end);
        return;
    }
    Pool& threads = *pool();
    const std::int64_t parts = std::min<std::int64_t>(
        threads.size(), std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, grain)));
    if (parts == 1) {
        body(begin, end);
        return;
    }
    threads.run([&](int index) {
        if (index >= parts) return;
        const std::int64_t first = begin + count * index / parts;
        const std::int64_t last = begin + count * (index + 1) / parts;
        if (first < last) body(first, last);
    });
}

}  // namespace filigree
