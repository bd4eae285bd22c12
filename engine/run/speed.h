// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace filigree::run {

/// Steps per second over the last seconds, for a progress line.
class SpeedMeter {
  public:
    /// `window` in seconds: long enough to smooth over evaluations, short enough to follow a change.
    explicit SpeedMeter(double window = 10) : window_(window) {}

    /// `seconds` and `step` never fall.
    void add(double seconds, std::int64_t step);
    /// After a pause: what was before does not count.
    void restart() { points_.clear(); }
    /// 0 until two points lie at least 50 ms apart.
    double stepsPerSecond() const;
    /// Time for so many steps at this speed; none until the speed is known.
    std::optional<double> secondsFor(std::int64_t steps) const;

  private:
    struct Point {
        double seconds;
        std::int64_t step;
    };
    double window_;
    std::deque<Point> points_;
};

}  // namespace filigree::run
