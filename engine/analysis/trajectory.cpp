// SPDX-License-Identifier: Apache-2.0
#include "analysis/trajectory.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace filigree::analysis {

Trajectory principalPlane(const Layout& layout, std::span<const Point> points, bool withBiases) {
    if (points.size() < 3)
        throw Error(
            ErrorKind::Usage,
            "a plane of a trajectory needs three checkpoints, and there are " + std::to_string(points.size()),
            {},
            "keep more of them: --set checkpoint.keep=50 --set checkpoint.every_steps=200 when the run "
            "starts");
    const std::size_t count = points.size();
    Point mean(layout.size, 0);
    std::vector<Point> rows;
    for (const Point& point : points) {
        Point row = plus(point, -1, points.back());
        if (!withBiases)
            for (const Block& block : layout.blocks)
                if (!block.isWeight())
                    std::fill_n(row.begin() + static_cast<std::ptrdiff_t>(block.offset), block.size, 0.0);
        mean = plus(mean, 1.0 / static_cast<double>(count), row);
        rows.push_back(std::move(row));
    }
    for (Point& row : rows) row = plus(row, -1, mean);

    const auto size = static_cast<Eigen::Index>(count);
    Eigen::MatrixXd gram(size, size);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j <= i; ++j) {
            const auto a = static_cast<Eigen::Index>(i), b = static_cast<Eigen::Index>(j);
            gram(a, b) = gram(b, a) = dot(rows[i], rows[j]);
        }
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram);
    const double total = gram.trace();
    Trajectory trajectory;
    trajectory.plane.origin = points.back();
    // Ascending eigenvalues; the last of the centred points adds nothing.
    for (Eigen::Index k = size - 1; k > 0; --k)
        trajectory.explainedVariance.push_back(total > 0 ? std::max(0.0, solver.eigenvalues()[k]) / total
                                                         : 0);
    if (!(trajectory.explainedVariance[1] > 1e-12))
        throw Error(ErrorKind::Usage, "the checkpoints lie on one line and span no plane", {},
                    "analyse the line between two of them");
    for (Eigen::Index k = size - 1; k >= size - 2; --k) {
        Point axis(layout.size, 0);
        for (std::size_t i = 0; i < count; ++i)
            axis = plus(axis, solver.eigenvectors()(static_cast<Eigen::Index>(i), k), rows[i]);
        double length = norm(axis), largest = 0;
        for (const double value : axis)
            if (std::abs(value) > std::abs(largest)) largest = value;
        if (largest < 0) length = -length;
        for (double& value : axis) value /= length;
        trajectory.plane.axes.push_back(std::move(axis));
    }
    for (const Point& point : points) trajectory.path.push_back(project(trajectory.plane, point));
    return trajectory;
}

}  // namespace filigree::analysis
