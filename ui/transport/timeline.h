// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <optional>
#include <vector>

namespace filigree::ui {

/// The steps at which something was recorded, and where one stands among them. Without widgets, so that it
/// can be tested alone.
class Timeline {
  public:
    /// Ascending. Where one stands stays, or moves to the nearest frame; following moves to the last.
    void setFrames(std::vector<qint64> steps);
    const std::vector<qint64>& frames() const { return frames_; }
    bool isEmpty() const { return frames_.empty(); }

    qint64 step() const { return frames_.empty() ? 0 : frames_[at_]; }
    std::size_t index() const { return at_; }
    bool atEnd() const { return frames_.empty() || at_ + 1 == frames_.size(); }

    bool follows() const { return follows_; }
    /// Following, one stands at the last frame and goes on with it.
    void setFollowing(bool on);

    /// Each returns whether one stands elsewhere now, and ends following unless it leads to the last frame.
    bool goTo(qint64 step);  ///< the nearest frame
    bool move(int count);    ///< frames; stops at both ends
    bool first() { return moveTo(0); }
    bool last();

    /// The next frame of playing; at the end the first if `loop`, else none.
    std::optional<std::size_t> next(bool loop) const;
    /// How long frame `index` is shown before the next, at speed 1: `base_ms` for a gap of the usual (median)
    /// length, in proportion for others, but 40 ms to 4 s.
    int pause_ms(std::size_t index, int base_ms) const;
    bool moveTo(std::size_t index);

  private:
    std::vector<qint64> frames_;
    std::size_t at_ = 0;
    bool follows_ = true;
    qint64 usualGap_ = 1;
};

}  // namespace filigree::ui
