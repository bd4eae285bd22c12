// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_film.h"

#include <set>

namespace filigree::ui {

std::vector<std::int64_t> GraphFilm::steps(const store::Reader& reader, std::int64_t last) const {
    std::set<std::int64_t> found;
    for (const store::MaskLayer& layer : reader.maskLayers(request.run))
        for (const store::MaskFrameInfo& frame : reader.maskSteps(request.run, layer.layer))
            if (frame.step <= last) found.insert(frame.step);
    return {found.begin(), found.end()};
}

std::shared_ptr<const GraphFilmData> GraphFilm::load(const store::Reader& reader, std::int64_t step) const {
    auto picture = std::make_shared<GraphPicture>();
    picture->graph = loadGraph(reader, request.run, step);
    picture->shape = GraphShape(picture->graph);
    std::optional<GraphNode> node;
    if (!request.neuron.empty()) node = parseNode(picture->graph, request.neuron);
    auto edges =
        std::make_shared<const GraphEdges>(chooseEdges(picture->graph, picture->shape, request.edges, node));
    return std::make_shared<const GraphFilmData>(GraphFilmData{std::move(picture), std::move(edges)});
}

GraphFilmPainter::GraphFilmPainter(const GraphFilm& film) : request_(film.request) {
    scene_.setAppearance(request_.appearance);
    scene_.setScale(static_cast<float>(film.scale));
}

Frame GraphFilmPainter::frame(const GraphFilmData& data) {
    painter_.model().show(data.picture, data.edges);
    scene_.build(painter_, request_.width, request_.height);  // sizes settle in the first
    return scene_.build(painter_, request_.width, request_.height);
}

}  // namespace filigree::ui
