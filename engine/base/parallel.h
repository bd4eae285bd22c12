// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace filigree {

/// Number of threads that `parallelFor` uses (1 until set). Results depend on this number only where a kernel
/// says so.
int threadCount();

/// Sets the number of threads, at least 1. Must not be called from inside a parallel loop. Throws Error (Run)
/// when the system refuses to start that many; the number then stays as it was.
void setThreadCount(int threads);

/// Calls body(first, last) on disjoint ranges that cover [begin, end), each at least `grain` long where
/// possible.
///
/// The ranges depend only on (begin, end, grain, threadCount()), never on timing. The calling thread takes
/// part. Loops nest: an inner loop runs on the thread that starts it. The first exception thrown by a body is
/// rethrown here after all bodies have ended.
void parallelFor(std::int64_t begin, std::int64_t end, std::int64_t grain,
                 const std::function<void(std::int64_t, std::int64_t)>& body);

/// While one lives, parallel loops of this thread run on it alone: for work beside the main computation.
class LoopsInline {
  public:
    LoopsInline();
    ~LoopsInline();
    LoopsInline(const LoopsInline&) = delete;
    LoopsInline& operator=(const LoopsInline&) = delete;

  private:
    bool before_;
};

}  // namespace filigree
