// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <set>

#include "analysis/directions.h"
#include "analysis/grid.h"
#include "analysis/mode_connectivity.h"
#include "analysis/trajectory.h"
#include "base/error.h"
#include "golden_file.h"

using namespace filigree;
using namespace filigree::analysis;
using filigree::tests::golden;
using filigree::tests::near;

namespace {

/// A weight of the given shape and a bias as long as its rows.
Layout layerLayout(std::int64_t rows, std::int64_t columns, std::vector<std::uint32_t> positions = {}) {
    Block weight{"fc1.weight", 0, static_cast<std::size_t>(rows * columns), {rows, columns}, false, {}};
    if (!positions.empty()) {
        weight.sparse = true;
        weight.size = positions.size();
        weight.positions = std::move(positions);
    }
    Block bias{"fc1.bias", weight.size, static_cast<std::size_t>(rows), {rows}, false, {}};
    return {{weight, bias}, weight.size + bias.size};
}

}  // namespace

class GeometryTest : public QObject {
    Q_OBJECT

  private slots:
    void filterNormalisationIsTheReference() {
        const auto reference = golden("filter_norm");
        const Layout layout = layerLayout(2, 2);
        Point point, direction;
        for (const auto& row : reference["w"])
            for (const double value : row) point.push_back(value);
        for (const auto& row : reference["d"])
            for (const double value : row) direction.push_back(value);
        point.insert(point.end(), {1, 1});
        direction.insert(direction.end(), {5, 5});
        normalize(layout, point, direction, Normalization::Filter);
        std::size_t at = 0;
        for (const auto& row : reference["out"])
            for (const double value : row) QVERIFY(near(direction[at++], value));
        QCOMPARE(direction[4], 0.0);  // biases do not move
        QCOMPARE(direction[5], 0.0);
    }

    void otherNormalisationsScaleAsTheySay() {
        const Layout layout = layerLayout(2, 2);
        const Point point{3, 4, 0, 12, 1, 1};  // rows of norm 5 and 12, the whole 13
        const auto scaled = [&](Normalization how) {
            Point direction{3, 4, 0, 2, 9, 9};
            normalize(layout, point, direction, how);
            return direction;
        };
        const double whole = std::sqrt(29.0);
        QVERIFY(near(scaled(Normalization::Layer)[0], 3 * 13 / whole));
        QVERIFY(near(scaled(Normalization::UnitLayer)[3], 2 / whole));
        QVERIFY(near(scaled(Normalization::UnitFilter)[0], 0.6));
        QVERIFY(near(scaled(Normalization::UnitFilter)[3], 1));
        QVERIFY(near(scaled(Normalization::Weight)[1], 16));
        QVERIFY(near(scaled(Normalization::None)[1], 4));
        for (const char* word : {"none", "filter", "layer", "weight", "dfilter", "dlayer"})
            QCOMPARE(nameOf(parseNormalization(word)), word);
        QVERIFY_THROWS_EXCEPTION(Error, parseNormalization("row"));
    }

    void aMaskedDirectionIsThePartOfTheDenseOne() {
        const Layout dense = layerLayout(3, 4);
        const std::vector<std::uint32_t> positions{1, 4, 6, 11};
        const Layout sparse = layerLayout(3, 4, positions);
        const Point all = randomDirection(dense, Point(dense.size, 1), 7, 0, Normalization::None);
        const Point some = randomDirection(sparse, Point(sparse.size, 1), 7, 0, Normalization::None);
        for (std::size_t i = 0; i < positions.size(); ++i) QCOMPARE(some[i], all[positions[i]]);
        const Point other = randomDirection(sparse, Point(sparse.size, 1), 7, 1, Normalization::None);
        QVERIFY(other != some);
        // Filter-normalised: every row as long as the row of the weights, over its connections alone.
        const Point point{2, 3, 4, 5, 9, 9, 9};
        const Point scaled = randomDirection(sparse, point, 7, 0, Normalization::Filter);
        QVERIFY(near(std::abs(scaled[0]), 2));
        QVERIFY(near(std::hypot(scaled[1], scaled[2]), 5));
        QVERIFY(near(std::abs(scaled[3]), 5));
    }

    void thePlaneThroughThreePointsHoldsThem() {
        const Point a{1, 0, 0, 2}, b{4, 4, 0, 2}, c{1, 5, 6, 2};
        const Plane plane = planeThrough(a, b, c);
        const Projection first = project(plane, a), second = project(plane, b), third = project(plane, c);
        QVERIFY(near(first.x, 0) && near(first.y, 0) && near(first.residual, 0));
        QVERIFY(near(second.x, 5) && near(second.y, 0) && near(second.residual, 0));
        // (c - a) = (0, 5, 6, 0); u = (3, 4, 0, 0) / 5: 4 along u; what is left is (-2.4, 1.8, 6, 0).
        QVERIFY(near(third.x, 4) && near(third.y, std::sqrt(2.4 * 2.4 + 1.8 * 1.8 + 36)));
        QVERIFY(near(dot(plane.axes[0], plane.axes[1]), 0));
        QVERIFY(near(project(plane, Point{1, 0, 0, 5}).residual, 3));
        QVERIFY_THROWS_EXCEPTION(Error, planeThrough(a, b, plus(a, 2, plus(b, -1, a))));
    }

    void theLineRunsFromOneToTheOther() {
        const Plane line = lineThrough({1, 2}, {3, 6});
        QCOMPARE(line.at(0), (Point{1, 2}));
        QCOMPARE(line.at(1), (Point{3, 6}));
        QCOMPARE(line.at(0.25), (Point{1.5, 3}));
        QVERIFY(near(project(line, {2, 4}).x, 0.5));
    }

    void principalComponentsAreTheReference() {
        const auto reference = golden("pca_traj");
        const Layout layout{{{"fc1.weight", 0, 3, {1, 3}, false, {}}}, 3};
        std::vector<Point> points;
        for (const auto& row : reference["points"]) points.push_back(row.get<Point>());
        const Trajectory found = principalPlane(layout, points);
        const auto ratios = reference["explained_ratio"].get<std::vector<double>>();
        for (std::size_t k = 0; k < ratios.size(); ++k)
            QVERIFY(near(found.explainedVariance[k], ratios[k], 1e-6));
        for (std::size_t i = 0; i < 3; ++i) {
            QVERIFY(near(std::abs(found.plane.axes[0][i]), reference["pc1_abs"][i].get<double>(), 1e-6));
            QVERIFY(near(std::abs(found.plane.axes[1][i]), reference["pc2_abs"][i].get<double>(), 1e-6));
        }
        // The last point is the origin; coordinates and residual give back the distance.
        QVERIFY(near(found.path.back().x, 0) && near(found.path.back().residual, 0));
        for (std::size_t p = 0; p < points.size(); ++p) {
            const Projection& at = found.path[p];
            QVERIFY(near(std::hypot(at.x, at.y, at.residual), norm(plus(points[p], -1, points.back()))));
        }
        QVERIFY_THROWS_EXCEPTION(Error, principalPlane(layout, std::span(points).first(2)));
        const std::vector<Point> straight{{0, 0, 0}, {1, 2, 3}, {2, 4, 6}};
        QVERIFY_THROWS_EXCEPTION(Error, principalPlane(layout, straight));
    }

    void biasesCountInTheResidualOnly() {
        const Layout layout = layerLayout(1, 2);
        const std::vector<Point> points{{0, 0, 4}, {1, 0, 0}, {0, 1, 0}, {0, 0, 0}};
        const Trajectory found = principalPlane(layout, points);
        QCOMPARE(found.plane.axes[0][2], 0.0);
        QCOMPARE(found.plane.axes[1][2], 0.0);
        QVERIFY(near(found.path[0].residual, 4));
        QVERIFY(near(found.path[1].residual, 0));
    }

    void theBarrierIsTheReferenceInBothDefinitions() {
        const auto reference = golden("barrier");
        const auto along = reference["alpha"].get<std::vector<double>>();
        const auto loss = reference["loss"].get<std::vector<double>>();
        const Barrier found = barrier(along, loss);
        QVERIFY(near(found.linear, reference["barrier_linear"].get<double>()));
        QVERIFY(near(found.midpoint, reference["barrier_mean_end"].get<double>()));
        QCOMPARE(found.where, 0.5);
        // They differ where the ends do: 1, 2.5, 2: linear 2.5 - 1.5, midpoint the same; off the middle not.
        const std::vector<double> places{0, 0.75, 1}, errors{1, 2.5, 2};
        const Barrier uneven = barrier(places, errors);
        QVERIFY(near(uneven.linear, 0.75) && near(uneven.midpoint, 1));
        QVERIFY_THROWS_EXCEPTION(Error, barrier(places, loss));
    }

    void refinementTakesEveryPlaceOnceCoarseFirst() {
        for (const auto& [columns, rows] :
             {std::pair{31, 31}, {51, 51}, {5, 4}, {101, 1}, {9, 9}, {20, 70}}) {
            const auto levels = refinement(columns, rows);
            std::set<std::size_t> seen;
            std::size_t count = 0;
            for (const auto& level : levels) {
                seen.insert(level.begin(), level.end());
                count += level.size();
            }
            QCOMPARE(seen.size(), static_cast<std::size_t>(columns * rows));
            QCOMPARE(count, seen.size());
            QCOMPARE(*seen.rbegin(), static_cast<std::size_t>(columns * rows - 1));
        }
        const auto levels = refinement(31, 31);
        QCOMPARE(levels.size(), std::size_t{3});
        QCOMPARE(levels[0].size(), std::size_t{81});
        QVERIFY(std::find(levels[0].begin(), levels[0].end(), 15U * 31 + 15) != levels[0].end());
        QCOMPARE(levels[1].size(), std::size_t{17 * 17 - 81});
    }
};

QTEST_GUILESS_MAIN(GeometryTest)
#include "test_geometry.moc"
