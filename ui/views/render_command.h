// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ui/theme/palette.h"
#include "ui/views/connectivity_levels.h"
#include "ui/views/mask_difference.h"
#include "ui/views/matrix_order.h"

namespace filigree::ui {

/// What every picture has.
struct PictureRequest {
    std::string store;  ///< path; empty: the default one
    std::int64_t run = 0;
    Appearance appearance = Appearance::Light;
    int width = 1200;
    int height = 800;
};

/// A picture of the connectivity of one layer, as `filigree render connectivity` makes it.
struct ConnectivityRequest : PictureRequest {
    std::string layer;
    std::int64_t step = 0;
    Colouring colouring = Colouring::Presence;
    MatrixOrder rows = MatrixOrder::Index;
    MatrixOrder columns = MatrixOrder::Index;
    std::optional<std::int64_t> orderStep;  ///< whose pattern is ordered; none: the one that is drawn
    std::optional<Against> against;
};

/// A picture of a landscape, as `filigree render landscape` makes it.
struct LandscapePictureRequest : PictureRequest {
    std::string tag;
    std::string field;
    bool relief = false;
    double turn = 0, tilt = 0;  ///< of a relief, degrees
};

/// A picture of all rewiring rounds, as `filigree render rewiring` makes it.
struct RewiringPictureRequest : PictureRequest {
    std::string layer;                 ///< empty: all as one
    std::optional<std::int64_t> step;  ///< marked by a line
};

/// A picture of what a round chose from, as `filigree render acquisition` makes it.
struct AcquisitionPictureRequest : PictureRequest {
    std::string layer;
    std::int64_t step = 0;
    std::optional<double> c;  ///< on trial; none: the run's own. Infinity: fewest rounds first
};

/// A picture of the networks of a soup, as `filigree render soup` makes it.
struct SoupPictureRequest : PictureRequest {
    int phase = 0;  ///< whose barriers; 0: the last
};

/// A picture of the densities of a run, as `filigree render density` makes it.
struct DensityPictureRequest : PictureRequest {};

/// A picture of all gates, as `filigree render gates` makes it.
struct GatePictureRequest : PictureRequest {
    std::string part = "board";
    std::string gate;                                       ///< drawn over time; empty: the first
    std::string order = "mean";                             ///< of channels
    std::optional<std::int64_t> step;                       ///< empty: the newest
    std::int64_t closed = 0;                                ///< channels, of the ablation
    std::optional<std::int32_t> channel{};                  ///< of the gate, whose tip is drawn on the board
    std::optional<std::int64_t> frameGroup{}, frameItem{};  ///< whose maps the tip shows
};

/// A picture of predictions, as `filigree render predictions` makes it.
struct PredictionsPictureRequest : PictureRequest {
    std::string part = "groups";
    std::string order = "number";  ///< of the table
    bool reverse = false;
    std::optional<std::int64_t> group;  ///< whose items are drawn
    std::optional<std::int64_t> item;   ///< of the group; drawn by the part "frames"
    std::optional<std::int64_t> step;   ///< empty: the newest
};

/// A picture of a whole network as a graph, as `filigree render graph` makes it.
struct GraphPictureRequest : PictureRequest {
    std::int64_t step = 0;
    std::size_t edges = 5000;  ///< drawn at most
    std::string neuron;        ///< whose paths are drawn, as nameOf(graph, node) writes it; empty: all edges
};

/// A picture of the barriers between networks, as `filigree render barriers` makes it.
struct BarrierPictureRequest : PictureRequest {
    std::string tag;
    std::string figure;
};

/// The line that makes the picture, without the file that it goes to; words are quoted for a POSIX shell
/// where needed.
std::string commandOf(const ConnectivityRequest& request);
std::string commandOf(const AcquisitionPictureRequest& request);
std::string commandOf(const BarrierPictureRequest& request);
std::string commandOf(const GraphPictureRequest& request);
std::string commandOf(const LandscapePictureRequest& request);
std::string commandOf(const RewiringPictureRequest& request);
std::string commandOf(const GatePictureRequest& request);
std::string commandOf(const SoupPictureRequest& request);
std::string commandOf(const DensityPictureRequest& request);
std::string commandOf(const PredictionsPictureRequest& request);

}  // namespace filigree::ui
