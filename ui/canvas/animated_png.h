// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "ui/canvas/picture.h"

namespace filigree::ui {

/// A film as an animated PNG (the chunks acTL, fcTL and fdAT of the PNG specification, third edition): what
/// does not know them shows the first picture. Of every picture only the rectangle that differs from the one
/// before is kept.
class AnimatedPng {
  public:
    /// Shown for `milliseconds` (1 to 65 535). Throws Error (Run) if the size is not that of the first one.
    void add(const Picture& picture, int milliseconds);
    int frames() const { return static_cast<int>(frames_.size()); }

    /// The file; it plays `loops` times, 0: for ever. Throws Error (Run) if there is no picture.
    std::vector<std::uint8_t> encode(const PictureText& text = {}, int loops = 0) const;

  private:
    struct Frame {
        int left = 0, top = 0, width = 0, height = 0;
        int milliseconds = 0;
        std::vector<std::vector<std::uint8_t>> data;  ///< compressed, as in IDAT
    };
    Picture last_;
    std::vector<Frame> frames_;
};

}  // namespace filigree::ui
