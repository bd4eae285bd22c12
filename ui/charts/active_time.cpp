// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/active_time.h"

#include <algorithm>
#include <utility>

namespace filigree::ui {

ActiveTime::ActiveTime(std::vector<Attempt> attempts) : attempts_(std::move(attempts)) {
    double seconds = 0;
    for (const Attempt& attempt : attempts_) {
        before_.push_back(seconds);
        seconds += within(attempt, attempt.span.to);
    }
}

double ActiveTime::within(const Attempt& attempt, double unixTime) {
    const double now = std::clamp(unixTime, attempt.span.from, std::max(attempt.span.from, attempt.span.to));
    double seconds = now - attempt.span.from;
    for (const TimeSpan& pause : attempt.pauses)
        seconds -= std::max(0.0, std::min(now, pause.to) - std::max(attempt.span.from, pause.from));
    return std::max(0.0, seconds);
}

double ActiveTime::at(std::int64_t attempt, double unixTime) const {
    for (std::size_t i = 0; i < attempts_.size(); ++i)
        if (attempts_[i].number == attempt) return before_[i] + within(attempts_[i], unixTime);
    return 0;
}

}  // namespace filigree::ui
