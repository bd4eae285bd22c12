// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace filigree::bench {

using Clock = std::chrono::steady_clock;

/// Milliseconds.
inline double since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Median, 95th percentile and longest of some frames in milliseconds, and how many a person would notice.
inline void print(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
        return times[std::min(times.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(times.size())))];
    };
    std::printf("%-28s median %6.2f ms  p95 %6.2f ms  longest %6.2f ms  (%.0f frames/s), %d over 50 ms\n",
                what, at(0.5), at(0.95), times.back(), 1000 / at(0.5),
                static_cast<int>(times.end() - std::upper_bound(times.begin(), times.end(), 50.0)));
}

}  // namespace filigree::bench
