// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/layout.h"

namespace filigree::analysis {

/// How a random direction d is scaled to the weights w (Li et al., "Visualizing the loss landscape of neural
/// nets", NeurIPS 2018, section 4).
enum class Normalization {
    None,
    Filter,      ///< d_i <- d_i |w_i| / (|d_i| + 1e-10) for every filter i (row of the weight)
    Layer,       ///< the same for the whole weight
    Weight,      ///< d <- d * w, value by value
    UnitFilter,  ///< d_i <- d_i / (|d_i| + 1e-10) for every filter
    UnitLayer,   ///< the same for the whole weight
};
/// "none", "filter", "layer", "weight", "dfilter", "dlayer". Throws Error (Usage) for another word.
Normalization parseNormalization(std::string_view word);
const char* nameOf(Normalization normalization);

/// Scales a direction at `point`. Parameters that are no weights (biases, scales and shifts) get 0. Over the
/// values of the layout alone: for a sparse layer these are its connections.
void normalize(const Layout& layout, const Point& point, Point& direction, Normalization normalization);

/// Standard normal values at every weight, normalised. The value at a position of a weight depends on (seed,
/// number, parameter's name, position) alone: a direction within the mask is the one over all positions
/// without the rest (before it is normalised).
Point randomDirection(const Layout& layout, const Point& point, std::uint64_t seed, std::uint64_t number,
                      Normalization normalization);

/// A line or a plane: origin + x axes[0] (+ y axes[1]).
struct Plane {
    Point origin;
    std::vector<Point> axes;

    Point at(double x, double y = 0) const;
};

/// Coordinates in a plane, and how far the point lies from it.
struct Projection {
    double x = 0;
    double y = 0;
    double residual = 0;  ///< Euclidean distance to the plane
};
/// Least squares, so that axes need not be orthogonal.
Projection project(const Plane& plane, const Point& point);

/// The line from a (x = 0) to b (x = 1).
Plane lineThrough(const Point& a, const Point& b);

/// The plane through three points: u = b - a, v = c - a - <c - a, u> u / |u|^2 (Garipov et al., NeurIPS 2018;
/// Izmailov et al., UAI 2018), both scaled to unit length, so that coordinates are distances; a lies at (0,
/// 0), b at (|u|, 0). Throws Error (Usage) if the points lie on one line.
Plane planeThrough(const Point& a, const Point& b, const Point& c);

}  // namespace filigree::analysis
