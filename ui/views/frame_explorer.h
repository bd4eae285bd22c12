// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ui/canvas/view.h"
#include "ui/views/drawing.h"
#include "ui/views/frames.h"

namespace filigree::ui {

/// Draws one frame of a group: the frame with its box, its mask and depth where the data have them, what each
/// stream of the network gets, each stream's map over the frame, and the prediction against the truth on the
/// bands of classes. Above them all kept frames, small; a click on one chooses it.
class FrameExplorer {
  public:
    void show(std::optional<ShownFrames> frames);
    const ShownFrames* frames() const { return frames_.get(); }
    /// The frame with that number among those of its group, or the nearest that was kept.
    void choose(std::int64_t item) { item_ = item; }
    /// Number of the frame that is drawn; none without frames.
    std::optional<std::int64_t> chosen() const;
    /// So many kept frames further.
    void move(int frames);

    /// Called while drawing, when a person chose with the mouse.
    std::function<void(std::int64_t)> frameChosen;

    /// Only with frames.
    void draw(const Canvas& canvas, const Area& area);
    /// "frame 2 of 10: true 6.20 mm (small), predicted 5.93 mm (small)"
    std::string words() const;

  private:
    struct Panel;
    std::size_t place() const { return frames_->placeOf(item_); }
    std::string valueWords(double value, const std::vector<ClassBound>& bounds) const;
    /// How the prediction is the sum of an offset and the maps; empty without maps.
    std::string sumWords() const;
    std::vector<Panel> panels(const Canvas& canvas) const;
    float drawThumbnails(const Canvas& canvas, const Area& area);
    void drawPanels(const Canvas& canvas, const Area& area) const;
    void drawOutline(const Canvas& canvas, const Area& picture) const;
    void drawScale(const Canvas& canvas, const Area& area) const;
    void drawMapColours(const Canvas& canvas, float left, float right, float top) const;

    std::shared_ptr<const ShownFrames> frames_;
    std::int64_t item_ = 1;
    std::uint64_t version_ = 0;
};

}  // namespace filigree::ui
