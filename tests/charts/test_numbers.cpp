// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "ui/charts/active_time.h"
#include "ui/charts/curve_reader.h"
#include "ui/charts/group_statistics.h"
#include "ui/charts/scale.h"
#include "ui/charts/smoothing.h"
#include "ui/charts/ticks.h"

using namespace filigree::ui;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

bool close(double a, double b, double tolerance = 1e-12) {
    return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

}  // namespace

/// What charts compute, without any window.
class NumbersTest : public QObject {
    Q_OBJECT

  private slots:
    void smoothingIsTheWeightedMeanOfItsFormula() {
        const std::vector<double> x{0, 1, 3, 3.5}, y{4, 2, 8, -1};
        const double h = 2;
        const std::vector<double> smoothed = smooth(x, y, h);
        for (std::size_t i = 0; i < x.size(); ++i) {
            double above = 0, below = 0;
            for (std::size_t j = 0; j <= i; ++j) {
                const double w = std::pow(2, -(x[i] - x[j]) / h);
                above += w * y[j];
                below += w;
            }
            QVERIFY(close(smoothed[i], above / below));
        }
        // Half a half-life apart, 2 and 4: (2 * 2^-1/2 + 4) / (2^-1/2 + 1), by hand 3.17157….
        QVERIFY(close(smooth(std::vector{0.0, 1.0}, std::vector{2.0, 4.0}, 2)[1], 3.1715728752538097));
    }

    void constantSeriesAndSinglePointsStayAsTheyAre() {
        std::vector<double> x, y;
        for (int i = 0; i < 1000; ++i) {
            x.push_back(i * 0.37);
            y.push_back(0.1);
        }
        for (const double value : smooth(x, y, 5)) QCOMPARE(value, 0.1);
        QCOMPARE(smooth(std::vector{3.0}, std::vector{7.5}, 10), std::vector{7.5});
        QCOMPARE(smooth(std::vector{1.0, 2.0}, std::vector{5.0, 6.0}, 0), (std::vector{5.0, 6.0}));
    }

    void valuesThatAreNotNumbersDoNotSpoilTheMean() {
        const std::vector<double> s = smooth(std::vector{0.0, 1.0, 2.0}, std::vector{1.0, notANumber, 3.0}, 1);
        QCOMPARE(s[1], 1.0);
        // x = 2: the value at 0 weighs 2^-2.
        QVERIFY(close(s[2], (0.25 * 1 + 3) / 1.25));
    }

    void studentsQuantilesAgreeWithTables() {
        QCOMPARE(studentQuantile975(0), inf);
        QVERIFY(close(studentQuantile975(1), 12.7062, 1e-5));
        QVERIFY(close(studentQuantile975(4), 2.7764, 1e-4));
        QVERIFY(close(studentQuantile975(11), 2.2010, 1e-4));
        QVERIFY(close(studentQuantile975(30), 2.0423, 1e-4));
        QVERIFY(close(studentQuantile975(120), 1.9799, 1e-4));
    }

    void bandsOfThreeRuns() {
        const std::vector<CurvePoints> curves{{{0, 10}, {1, 1}}, {{0, 10}, {2, 2}}, {{0, 5}, {6, 6}}};
        const std::vector<double> grid = commonGrid(curves, 100);
        QCOMPARE(grid, (std::vector<double>{0, 5, 10}));
        const auto sd = groupStatistics(curves, grid, Band::Deviation);
        QCOMPARE(sd.size(), std::size_t{3});
        QCOMPARE(sd[0].n, std::size_t{3});
        QVERIFY(close(sd[0].mean, 3));
        // 1, 2, 6: squares of the distances 4 + 1 + 9 = 14, over n - 1 = 2.
        QVERIFY(close(sd[0].high - sd[0].mean, std::sqrt(7.0)));
        // The third run ends at 5: nothing is extrapolated.
        QCOMPARE(sd[2].n, std::size_t{2});
        QVERIFY(close(sd[2].mean, 1.5));
        const auto error = groupStatistics(curves, grid, Band::StandardError);
        QVERIFY(close(error[0].high - error[0].mean, std::sqrt(7.0 / 3)));
        const auto t = groupStatistics(curves, grid, Band::Interval95);
        QVERIFY(close(t[0].mean - t[0].low, 4.302652730 * std::sqrt(7.0 / 3), 1e-9));
        const auto range = groupStatistics(curves, grid, Band::MinMax);
        QCOMPARE(range[0].low, 1.0);
        QCOMPARE(range[0].high, 6.0);
        const std::vector<CurvePoints> one{{{0, 1}, {5, 5}}};
        QVERIFY(std::isnan(groupStatistics(one, std::vector{0.5}, Band::Interval95)[0].low));
    }

    void curvesAreInterpolatedWithinTheirRangeOnly() {
        const CurvePoints curve{{0, 2, 4}, {0, 10, notANumber}};
        QCOMPARE(interpolate(curve, 0.5), 2.5);
        QVERIFY(std::isnan(interpolate(curve, -0.1)));
        QVERIFY(std::isnan(interpolate(curve, 3)));
        QVERIFY(std::isnan(interpolate(curve, 4.1)));
    }

    void relativeTimeLeavesPausesAndGapsOut() {
        const ActiveTime time({{1, {100, 200}, {{120, 150}}}, {2, {1000, inf}, {{1010, inf}}}});
        QCOMPARE(time.at(1, 100), 0.0);
        QCOMPARE(time.at(1, 120), 20.0);
        QCOMPARE(time.at(1, 140), 20.0);
        QCOMPARE(time.at(1, 160), 30.0);
        QCOMPARE(time.at(1, 250), 70.0);  // clamped to the attempt's end
        QCOMPARE(time.at(2, 1000), 70.0);
        QCOMPARE(time.at(2, 1005), 75.0);
        QCOMPARE(time.at(2, 5000), 80.0);  // still paused
    }

    void scalesGoThereAndBack() {
        const ScaleMap log(Scale::Log), symlog(Scale::Symlog, 0.01);
        QCOMPARE(log.position(1000), 3.0);
        QVERIFY(std::isnan(log.position(0)));
        QCOMPARE(symlog.position(0), 0.0);
        for (const double value : {-5.0, -0.001, 0.0, 0.02, 300.0})
            QVERIFY(close(symlog.value(symlog.position(value)), value));
        QCOMPARE(symlog.position(-3), -symlog.position(3));
        QCOMPARE(symlogThreshold(20), 0.01);
        QCOMPARE(symlogThreshold(1000), 1.0);
        QCOMPARE(symlogThreshold(0), 1.0);
    }

    void ticksAreRoundNumbers() {
        QCOMPARE(linearTicks(0, 10, 5).major, (std::vector<double>{0, 2, 4, 6, 8, 10}));
        QCOMPARE(linearTicks(-0.25, 0.26, 5).distance, 0.2);
        QVERIFY(linearTicks(1, 1, 5).major.empty());
        QVERIFY(linearTicks(0, inf, 5).major.empty());
        const ScaleMap log(Scale::Log);
        QCOMPARE(scaleTicks(log, -3, 2, 6).major.size(), std::size_t{6});
        QCOMPARE(scaleTicks(log, 0, 1, 5).major, (std::vector<double>{1, 2, 5, 10}));
        // A small part of a decade: equal distances.
        QVERIFY(scaleTicks(log, 0.30, 0.31, 5).distance > 0);
        const ScaleMap symlog(Scale::Symlog, 1);
        const auto both = scaleTicks(symlog, symlog.position(-1000), symlog.position(1000), 9).major;
        QVERIFY(std::find(both.begin(), both.end(), 0.0) != both.end());
        QVERIFY(std::find(both.begin(), both.end(), -1000.0) != both.end() ||
                std::find(both.begin(), both.end(), -100.0) != both.end());
        QVERIFY(std::is_sorted(both.begin(), both.end()));
        QCOMPARE(durationTicks(0, 3600, 6).distance, 600.0);
        QCOMPARE(durationTicks(0, 50, 6).distance, 10.0);
    }

    void tickTextsTellNeighboursApart() {
        QCOMPARE(tickText(0.98765, 0.00001), QString("0.98765"));
        QCOMPARE(tickText(0.5, 0.1), QString("0.5"));
        QCOMPARE(tickText(20000, 5000), QString::fromUtf8("20\u2009000"));
        QCOMPARE(tickText(1e-5, 0), QString("1e-5"));
        QCOMPARE(tickText(0, 0.1), QString("0"));
        QCOMPARE(durationTickText(90, 30), QString("1:30"));
        QCOMPARE(durationTickText(0.5, 0.5), QString("0.5 s"));
    }

    void reducingKeepsEveryExtreme() {
        std::vector<Vertex> curve;
        for (int i = 0; i < 10000; ++i) curve.push_back({static_cast<double>(i), std::sin(i * 0.01), i});
        curve[5003].y = 9;
        curve[7001].y = -9;
        const std::vector<Vertex> reduced = reduceVertices(curve, {}, 100);
        QVERIFY(reduced.size() <= 404);
        QCOMPARE(reduced.front().x, 0.0);
        QCOMPARE(reduced.back().x, 9999.0);
        double least = 0, greatest = 0, before = -1;
        for (const Vertex& vertex : reduced) {
            least = std::min(least, vertex.y);
            greatest = std::max(greatest, vertex.y);
            QVERIFY(vertex.x > before);
            before = vertex.x;
        }
        QCOMPARE(least, -9.0);
        QCOMPARE(greatest, 9.0);
        // A part with its neighbours on both sides, whole if it is short.
        const auto part = reduceVertices(curve, Interval{10, 13}, 100);
        QCOMPARE(part.front().x, 9.0);
        QCOMPARE(part.back().x, 13.0);
    }
};

QTEST_GUILESS_MAIN(NumbersTest)
#include "test_numbers.moc"
