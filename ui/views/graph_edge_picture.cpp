// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_edge_picture.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace filigree::ui {
namespace {

constexpr std::size_t quicklyPainted = 1000;  ///< edges, about 10 ms on two cores
constexpr double ahead = 0.125;               ///< of the area's shorter side, painted around it

bool sameExtent(const GraphModel::Viewport& a, const GraphModel::Viewport& b) {
    return a.width == b.width && a.height == b.height;
}

}  // namespace

EdgePicture::~EdgePicture() {
    if (painting_.valid()) painting_.wait();
}

void EdgePicture::takeFiner(const Content& content, const GraphModel::Viewport& viewport) {
    if (!picture_.valid() || picture_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
    next_.picture = picture_.get();
    painting_.get();
    Painted finer = std::exchange(next_, {});
    if (!finer.picture || !(finer.content == content) || !sameExtent(finer.viewport, viewport)) return;
    painted_ = std::move(finer);
    ++version_;
}

void EdgePicture::paintFiner(const GraphModel& model, const Content& content, const GraphInks& inks,
                             int margin) {
    const GraphModel::Viewport& viewport = model.viewport();
    next_ = {content, viewport, margin + static_cast<int>(ahead * std::min(viewport.width, viewport.height)),
             nullptr};
    auto promise = std::make_shared<std::promise<std::shared_ptr<const Picture>>>();
    picture_ = promise->get_future();
    // One thread is left to those who draw frames.
    const int threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
    try {
        painting_ = std::async(std::launch::async,
                               [promise, picture = model.sharedPicture(), edges = model.sharedEdges(),
                                viewport, around = next_.margin, inks, threads, told = onFiner] {
                                   std::shared_ptr<const Picture> made;
                                   try {
                                       made = std::make_shared<const Picture>(
                                           rasterizeGraph(*picture, *edges, viewport, around, inks, threads));
                                   } catch (const std::bad_alloc&) {
                                       // The coarse picture stays.
                                   }
                                   promise->set_value(std::move(made));
                                   if (told) told();
                               });
    } catch (const std::system_error&) {
        picture_ = {};  // the system has no thread left: the next frame tries again
    }
}

EdgePicture::Shown EdgePicture::show(const Canvas& canvas, const GraphModel& model, const Content& content,
                                     const GraphInks& inks, int margin) {
    const GraphModel::Viewport& viewport = model.viewport();
    takeFiner(content, viewport);
    const bool exact = painted_ && painted_->content == content && painted_->viewport == viewport;
    const bool usable = painted_ && painted_->content == content && sameExtent(painted_->viewport, viewport);
    const bool mayBeCoarse = model.edges()->drawn() > quicklyPainted && ImGui::GetFrameCount() > 1;
    if (!exact && usable && mayBeCoarse) {
        if (!picture_.valid()) paintFiner(model, content, inks, margin);
    } else if (!exact) {
        painted_ = Painted{content, viewport, margin, nullptr};
        ++version_;
    }

    const GraphModel::Viewport& of = painted_->viewport;
    Shown shown;
    shown.exact = of == viewport;
    // Always interpolated: another sampling would need the texture made anew when the view begins to move,
    // and an exact picture lies on whole pixels, where both are the same.
    shown.texture =
        canvas.texture(0, version_, true,
                       [made = painted_->picture, picture = model.sharedPicture(),
                        edges = model.sharedEdges(), of, around = painted_->margin,
                        inks] { return made ? *made : rasterizeGraph(*picture, *edges, of, around, inks); });
    const double wide = viewport.scaleX / of.scaleX, high = viewport.scaleY / of.scaleY;
    const double around = painted_->margin;
    const double left = model.toX(of.left), top = model.toY(of.top);
    shown.min = {static_cast<float>(left - around * wide), static_cast<float>(top - around * high)};
    shown.max = {static_cast<float>(left + (of.width + around) * wide),
                 static_cast<float>(top + (of.height + around) * high)};
    return shown;
}

}  // namespace filigree::ui
