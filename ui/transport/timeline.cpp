// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/transport/timeline.h"

#include <algorithm>

namespace filigree::ui {
namespace {

std::size_t nearest(const std::vector<qint64>& frames, qint64 step) {
    const auto after = std::lower_bound(frames.begin(), frames.end(), step);
    if (after == frames.begin()) return 0;
    if (after == frames.end()) return frames.size() - 1;
    const auto before = after - 1;
    return static_cast<std::size_t>((step - *before <= *after - step ? before : after) - frames.begin());
}

}  // namespace

void Timeline::setFrames(std::vector<qint64> steps) {
    const qint64 before = step();
    const bool had = !frames_.empty();
    frames_ = std::move(steps);
    at_ = 0;
    if (frames_.empty()) return;
    at_ = follows_ || !had ? frames_.size() - 1 : nearest(frames_, before);
    std::vector<qint64> gaps;
    for (std::size_t i = 1; i < frames_.size(); ++i) gaps.push_back(frames_[i] - frames_[i - 1]);
    if (gaps.empty()) return;
    const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    usualGap_ = std::max<qint64>(1, *middle);
}

void Timeline::setFollowing(bool on) {
    follows_ = on;
    if (on && !frames_.empty()) at_ = frames_.size() - 1;
}

bool Timeline::moveTo(std::size_t index) {
    if (frames_.empty()) return false;
    index = std::min(index, frames_.size() - 1);
    if (index + 1 != frames_.size()) follows_ = false;
    if (index == at_) return false;
    at_ = index;
    return true;
}

bool Timeline::goTo(qint64 step) {
    return !frames_.empty() && moveTo(nearest(frames_, step));
}

bool Timeline::move(int count) {
    if (frames_.empty()) return false;
    const auto wanted = static_cast<qint64>(at_) + count;
    return moveTo(
        static_cast<std::size_t>(std::clamp<qint64>(wanted, 0, static_cast<qint64>(frames_.size()) - 1)));
}

bool Timeline::last() {
    return !frames_.empty() && moveTo(frames_.size() - 1);
}

std::optional<std::size_t> Timeline::next(bool loop) const {
    if (frames_.size() < 2) return std::nullopt;
    if (!atEnd()) return at_ + 1;
    return loop ? std::optional<std::size_t>(0) : std::nullopt;
}

int Timeline::pause_ms(std::size_t index, int base_ms) const {
    if (index + 1 >= frames_.size()) return base_ms;
    const double gap = static_cast<double>(frames_[index + 1] - frames_[index]);
    return static_cast<int>(std::clamp(base_ms * gap / static_cast<double>(usualGap_), 40.0, 4000.0));
}

}  // namespace filigree::ui
