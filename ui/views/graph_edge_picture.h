// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "ui/canvas/view.h"
#include "ui/views/graph_raster.h"

namespace filigree::ui {

/// The drawn edges of a graph while the view moves. Many edges take longer to paint than a frame may, so a
/// picture of where the view was is moved and stretched to where it is, and one of where it is is painted on
/// a thread of its own, a little larger than the area, and takes its place when it is done. Few edges, and
/// the first frame of a scene (a file, an export), are painted for the frame that shows them.
class EdgePicture {
  public:
    EdgePicture() = default;
    ~EdgePicture();  ///< waits for what is being painted
    EdgePicture(const EdgePicture&) = delete;
    EdgePicture& operator=(const EdgePicture&) = delete;

    /// What depends on nothing but the network, its drawn edges and the colours.
    struct Content {
        std::uint64_t version = 0;  ///< of the model
        Appearance appearance = Appearance::Light;
        float unit = 1;
        bool operator==(const Content&) const = default;
    };
    struct Shown {
        ImTextureID texture{};
        ImVec2 min, max;     ///< where its corners lie, pixels from the area's top left
        bool exact = false;  ///< it is a picture of this very viewport
    };
    /// The picture to show now, in slot 0. `margin`: pixels that curves may reach beyond the area.
    Shown show(const Canvas& canvas, const GraphModel& model, const Content& content, const GraphInks& inks,
               int margin);

    /// Called on the painting thread when a frame would show something finer.
    std::function<void()> onFiner;

  private:
    struct Painted {
        Content content;
        GraphModel::Viewport viewport;
        int margin = 0;
        std::shared_ptr<const Picture> picture;  ///< none: painted where the frame is drawn
    };
    void takeFiner(const Content& content, const GraphModel::Viewport& viewport);
    void paintFiner(const GraphModel& model, const Content& content, const GraphInks& inks, int margin);

    std::optional<Painted> painted_;
    Painted next_;  ///< what is being painted
    std::future<std::shared_ptr<const Picture>> picture_;
    std::future<void> painting_;
    /// Of a picture that shares its canvas with those of other views: no number is used twice.
    std::uint64_t version_ = std::uint64_t{1} << 32;
};

}  // namespace filigree::ui
