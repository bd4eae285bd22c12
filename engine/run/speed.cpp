// SPDX-License-Identifier: Apache-2.0
#include "run/speed.h"

namespace filigree::run {

void SpeedMeter::add(double seconds, std::int64_t step) {
    // Some hundred points tell as much as a million.
    if (points_.size() >= 2 && seconds - points_[points_.size() - 2].seconds < window_ / 200)
        points_.pop_back();
    points_.push_back({seconds, step});
    while (points_.size() > 2 && seconds - points_[1].seconds >= window_) points_.pop_front();
}

double SpeedMeter::stepsPerSecond() const {
    if (points_.size() < 2) return 0;
    const double seconds = points_.back().seconds - points_.front().seconds;
    if (seconds < 0.05) return 0;
    return static_cast<double>(points_.back().step - points_.front().step) / seconds;
}

std::optional<double> SpeedMeter::secondsFor(std::int64_t steps) const {
    const double speed = stepsPerSecond();
    if (speed <= 0) return std::nullopt;
    return static_cast<double>(steps) / speed;
}

}  // namespace filigree::run
