// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace filigree::ui {

/// A stretch of the clock, Unix seconds.
struct TimeSpan {
    double from = 0;
    double to = 0;
};

/// Relative time of a run: seconds of work since its start. Pauses, and the time between an attempt's end and
/// the next one's start, are left out. Work that a resumed run had to repeat counts: it was done.
class ActiveTime {
  public:
    struct Attempt {
        std::int64_t number = 0;
        TimeSpan span;                 ///< `to` may be infinite while it goes on
        std::vector<TimeSpan> pauses;  ///< ascending, apart from each other
    };

    ActiveTime() = default;
    explicit ActiveTime(std::vector<Attempt> attempts);

    /// Of a moment within an attempt; moments outside it count as its start or end.
    double at(std::int64_t attempt, double unixTime) const;

  private:
    static double within(const Attempt& attempt, double unixTime);

    std::vector<Attempt> attempts_;
    std::vector<double> before_;  ///< seconds of the attempts before each
};

}  // namespace filigree::ui
