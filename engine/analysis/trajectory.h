// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "analysis/directions.h"

namespace filigree::analysis {

/// The plane in which a trajectory moves most (Li et al. 2018, section 7.2).
struct Trajectory {
    Plane plane;                            ///< origin: the last point; axes: unit vectors
    std::vector<double> explainedVariance;  ///< ratio of each principal component, descending, all of them
    std::vector<Projection> path;           ///< every point, in order
};

/// Principal components of the rows point_i - point_last, centred, from the P x P Gram matrix (P points, P
/// much less than the dimension). Biases, scales and shifts are left out of the axes unless `withBiases`, but
/// not out of the residuals. The sign of an axis is such that its largest component is positive.
///
/// Throws Error (Usage) for fewer than three points, or points that all lie on one line.
Trajectory principalPlane(const Layout& layout, std::span<const Point> points, bool withBiases = false);

}  // namespace filigree::analysis
