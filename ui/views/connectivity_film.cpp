// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_film.h"

namespace filigree::ui {

std::vector<std::int64_t> ConnectivityFilm::steps(const store::Reader& reader, std::int64_t last) const {
    std::vector<std::int64_t> found;
    for (const store::MaskFrameInfo& frame : reader.maskSteps(request.run, request.layer))
        if (frame.step <= last && (found.empty() || found.back() != frame.step)) found.push_back(frame.step);
    return found;
}

std::shared_ptr<const ConnectivityData> ConnectivityFilm::load(const store::Reader& reader, std::int64_t step,
                                                               const std::optional<Against>& against) const {
    const auto pattern = loadShown(reader, request.run, request.layer, step, against, order);
    return prepare(pattern, knows(*pattern, request.colouring) ? request.colouring : Colouring::Presence);
}

FilmPainter::FilmPainter(const ConnectivityFilm& film, std::shared_ptr<const ConnectivityData> last)
    : request_(film.request) {
    scene_.setAppearance(request_.appearance);
    scene_.setScale(static_cast<float>(film.scale));
    painter_.model().show(std::move(last));
    if (painter_.model().data() && painter_.model().data()->colouring != Colouring::Presence)
        range_ = painter_.model().range();
}

Frame FilmPainter::frame(std::shared_ptr<const ConnectivityData> data) {
    painter_.model().show(std::move(data));
    const bool valued = painter_.model().data()->colouring == request_.colouring;
    if (valued && range_.first < range_.second) painter_.model().setRange(range_.first, range_.second);
    scene_.build(painter_, request_.width, request_.height);  // sizes settle in the first
    return scene_.build(painter_, request_.width, request_.height);
}

}  // namespace filigree::ui
