// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"

#ifdef Q_OS_LINUX
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#endif

using namespace filigree;

namespace {

using Range = std::pair<std::int64_t, std::int64_t>;

std::set<Range> rangesOf(std::int64_t begin, std::int64_t end, std::int64_t grain) {
    std::mutex mutex;
    std::set<Range> ranges;
    parallelFor(begin, end, grain, [&](std::int64_t first, std::int64_t last) {
        const std::lock_guard lock(mutex);
        ranges.insert({first, last});
    });
    return ranges;
}

}  // namespace

class ParallelTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(4); }
    void cleanup() { setThreadCount(1); }

    void theNumberOfThreadsIsWhatWasSetAndAtLeastOne() {
        QCOMPARE(threadCount(), 4);
        setThreadCount(2);
        QCOMPARE(threadCount(), 2);
        setThreadCount(0);
        QCOMPARE(threadCount(), 1);
        setThreadCount(-3);
        QCOMPARE(threadCount(), 1);
    }

    void rangesCoverEveryIndexExactlyOnce() {
        for (const int threads : {1, 2, 3, 4, 7}) {
            setThreadCount(threads);
            for (const std::int64_t begin : {-5, 0, 11}) {
                for (const std::int64_t count : {0, 1, 2, 3, 5, 64, 1001}) {
                    for (const std::int64_t grain : {-1, 0, 1, 2, 16, 5000}) {
                        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(count));
                        parallelFor(begin, begin + count, grain, [&](std::int64_t first, std::int64_t last) {
                            for (std::int64_t i = first; i < last; ++i)
                                ++visits[static_cast<std::size_t>(i - begin)];
                        });
                        for (const auto& visit : visits) QCOMPARE(visit.load(), 1);
                    }
                }
            }
        }
    }

    void anEmptyOrReversedIntervalCallsNothing() {
        QVERIFY(rangesOf(3, 3, 1).empty());
        QVERIFY(rangesOf(3, 2, 1).empty());
    }

    void rangesAreAsEvenAsPossibleAndNoShorterThanTheGrain() {
        // 10 over 4 threads: cut at 10 i / 4, rounded down.
        QCOMPARE(rangesOf(0, 10, 1), (std::set<Range>{{0, 2}, {2, 5}, {5, 7}, {7, 10}}));
        // Only two pieces of at least 4 fit into 10.
        QCOMPARE(rangesOf(0, 10, 4), (std::set<Range>{{0, 5}, {5, 10}}));
        QCOMPARE(rangesOf(0, 10, 10), (std::set<Range>{{0, 10}}));
        // Shorter than one grain: one piece all the same.
        QCOMPARE(rangesOf(0, 10, 11), (std::set<Range>{{0, 10}}));
        QCOMPARE(rangesOf(100, 103, 1), (std::set<Range>{{100, 101}, {101, 102}, {102, 103}}));
    }

    void rangesOfTheWidestIntervalsDoNotOverflow() {
        const std::int64_t last = std::int64_t{1} << 60;
        const auto ranges = rangesOf(0, last, 1);
        QCOMPARE(ranges.size(), std::size_t{4});
        QCOMPARE(ranges.begin()->second, last / 4);
        QCOMPARE(ranges.rbegin()->second, last);
    }

    // Each thread adds its own range; the partial sums are then added in the order of the ranges.
    // Floating-point sums differ as soon as a range moves by one element, whatever the threads' speed.
    void aReductionHasTheSameBitsEveryTime() {
        std::vector<float> values(10007);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1.0F / static_cast<float>(i + 1);
        std::set<float> sums;
        for (int repeat = 0; repeat < 200; ++repeat) {
            std::vector<float> partial(values.size(), 0.0F);
            parallelFor(0, static_cast<std::int64_t>(values.size()), 1,
                        [&](std::int64_t first, std::int64_t last) {
                            if (repeat % 10 == first % 10)
                                std::this_thread::sleep_for(std::chrono::microseconds(200));
                            float sum = 0;
                            for (std::int64_t i = first; i < last; ++i)
                                sum += values[static_cast<std::size_t>(i)];
                            partial[static_cast<std::size_t>(first)] = sum;
                        });
            sums.insert(std::accumulate(partial.begin(), partial.end(), 0.0F));
        }
        QCOMPARE(sums.size(), std::size_t{1});
        // The harmonic number H(10007) = ln n + gamma + 1/(2n) - ... = 9.788306 to seven digits.
        QVERIFY(std::abs(*sums.begin() - 9.788306F) < 1e-4F);
    }

    // All four bodies wait for each other: this can only end if four threads run at once.
    void everyRangeHasAThreadOfItsOwnAndTheCallerTakesTheFirst() {
        std::atomic<int> arrived{0};
        std::mutex mutex;
        std::set<std::thread::id> threads;
        std::thread::id first;
        parallelFor(0, 4, 1, [&](std::int64_t begin, std::int64_t) {
            {
                const std::lock_guard lock(mutex);
                threads.insert(std::this_thread::get_id());
                if (begin == 0) first = std::this_thread::get_id();
            }
            ++arrived;
            while (arrived.load() < 4) std::this_thread::yield();
        });
        QCOMPARE(threads.size(), std::size_t{4});
        QCOMPARE(first, std::this_thread::get_id());
    }

    void anInnerLoopRunsWholeOnTheThreadThatStartsIt() {
        std::atomic<int> inner{0};
        std::atomic<int> elsewhere{0};
        std::atomic<int> split{0};
        parallelFor(0, 8, 1, [&](std::int64_t first, std::int64_t last) {
            const auto outer = std::this_thread::get_id();
            for (std::int64_t i = first; i < last; ++i) {
                parallelFor(0, 100, 1, [&](std::int64_t begin, std::int64_t end) {
                    if (std::this_thread::get_id() != outer) ++elsewhere;
                    if (begin != 0 || end != 100) ++split;
                    inner += static_cast<int>(end - begin);
                });
            }
        });
        QCOMPARE(inner.load(), 800);
        QCOMPARE(elsewhere.load(), 0);
        QCOMPARE(split.load(), 0);
        // After a nest the next outer loop is parallel again.
        QCOMPARE(rangesOf(0, 4, 1).size(), std::size_t{4});
    }

    void anExceptionArrivesAfterAllOthersHaveEnded() {
        for (const std::int64_t thrower : {0, 3}) {  // the caller's range, a worker's range
            std::atomic<int> ended{0};
            try {
                parallelFor(0, 4, 1, [&](std::int64_t first, std::int64_t) {
                    if (first == thrower) throw std::out_of_range("range " + std::to_string(first));
                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                    ++ended;
                });
                QFAIL("nothing was thrown");
            } catch (const std::out_of_range& error) {
                QCOMPARE(std::string(error.what()), "range " + std::to_string(thrower));
            }
            QCOMPARE(ended.load(), 3);
        }
        // The failed loop leaves nothing behind: neither an old exception nor a smaller pool.
        QCOMPARE(rangesOf(0, 4, 1).size(), std::size_t{4});
    }

    void oneOfSeveralExceptionsArrives() {
        for (int repeat = 0; repeat < 50; ++repeat)
            QVERIFY_THROWS_EXCEPTION(std::runtime_error, parallelFor(0, 4, 1, [](std::int64_t, std::int64_t) {
                                         throw std::runtime_error("each");
                                     }));
        QCOMPARE(rangesOf(0, 4, 1).size(), std::size_t{4});
    }

    void anExceptionOfAnInnerLoopPassesThroughBoth() {
        QVERIFY_THROWS_EXCEPTION(Error, parallelFor(0, 4, 1, [](std::int64_t first, std::int64_t) {
                                     parallelFor(0, 4, 1, [first](std::int64_t, std::int64_t) {
                                         if (first == 2) throw Error(ErrorKind::Run, "inner");
                                     });
                                 }));
        QCOMPARE(rangesOf(0, 4, 1).size(), std::size_t{4});
    }

    // Training calls thousands of short loops a second from one thread, and a recorder may call some from
    // another.
    void loopsFromTwoThreadsDoNotMix() {
        std::atomic<std::int64_t> wrong{0};
        const auto caller = [&] {
            for (std::int64_t repeat = 0; repeat < 500; ++repeat) {
                std::atomic<std::int64_t> sum{0};
                parallelFor(0, 100 + repeat, 1, [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t i = first; i < last; ++i) sum += i;
                });
                const std::int64_t count = 100 + repeat;
                if (sum != count * (count - 1) / 2) ++wrong;
            }
        };
        std::thread other(caller);
        caller();
        other.join();
        QCOMPARE(wrong.load(), std::int64_t{0});
    }

    void theNumberOfThreadsMayChangeBetweenLoops() {
        for (int repeat = 0; repeat < 50; ++repeat) {
            const int threads = 1 + repeat % 5;
            setThreadCount(threads);
            QCOMPARE(rangesOf(0, 1000, 1).size(), static_cast<std::size_t>(threads));
        }
    }

    void refusedThreadsAreAnErrorAndChangeNothing() {
#if defined(Q_OS_LINUX) && !defined(FILIGREE_SANITIZED)
        // Leave room for a few stacks more, not for 512.
        std::int64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        if (pages == 0) QSKIP("no /proc here");
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_AS, &before), 0);
        rlimit tight = before;
        tight.rlim_cur = static_cast<rlim_t>(pages * sysconf(_SC_PAGE_SIZE)) + (rlim_t{256} << 20);
        QCOMPARE(setrlimit(RLIMIT_AS, &tight), 0);
        std::string message, advice;
        try {
            setThreadCount(512);
        } catch (const Error& error) {
            message = error.message();
            advice = error.advice();
        }
        QCOMPARE(setrlimit(RLIMIT_AS, &before), 0);
        QVERIFY2(message.starts_with("cannot start 512 threads: "), message.c_str());
        QVERIFY(!advice.empty());
        QCOMPARE(threadCount(), 4);
        QCOMPARE(rangesOf(0, 4, 1).size(), std::size_t{4});
#else
        QSKIP("needs a limit on address space, which sanitizers and other systems do not bear");
#endif
    }
};

QTEST_APPLESS_MAIN(ParallelTest)
#include "test_parallel.moc"
