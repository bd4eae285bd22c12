// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "store_fixture.h"
#include "ui/charts/curve_reader.h"
#include "ui/charts/smoothing.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

Curve readCurve(const StoreFixture& fixture, std::int64_t run, const std::string& tag,
                const CurveQuery& query) {
    const store::Store store = store::Store::open(fixture.path(), store::Mode::ReadOnly);
    const store::Reader reader(store);
    return CurveReader(reader, run).read(tag, query);
}

}  // namespace

/// What is drawn of stored series.
class CurveReaderTest : public QObject {
    Q_OBJECT

  private slots:
    void shortSeriesComePointByPoint() {
        StoreFixture fixture;
        const auto run = fixture.add("a", [](store::RunWriter& writer) {
            for (int step = 0; step < 10; ++step) writer.scalar("t/v", step * step, {step, step / 4.0});
        });
        CurveQuery query;
        const Curve steps = readCurve(fixture, run, "t/v", query);
        QCOMPARE(steps.raw.size(), std::size_t{10});
        QVERIFY(!steps.reduced);
        QCOMPARE(steps.raw[3].y, 9.0);
        QCOMPARE(steps.total, std::int64_t{10});
        QCOMPARE(steps.last, 81.0);
        QCOMPARE(steps.extent->high, 9.0);
        query.axis = XAxis::Epoch;
        const Curve epochs = readCurve(fixture, run, "t/v", query);
        QCOMPARE(epochs.raw[8].x, 2.0);
        QVERIFY(!readCurve(fixture, run, "t/none", {}).extent);
    }

    void longSeriesAreReducedWithTheirSpikes() {
        StoreFixture fixture;
        const auto run = fixture.add("a", [](store::RunWriter& writer) {
            for (int step = 0; step < 20000; ++step)
                writer.scalar("t/v",
                              step == 12345 ? 50.0
                              : step == 777 ? -50.0
                                            : std::sin(step * 0.01),
                              {step, 0});
        });
        CurveQuery query;
        query.buckets = 200;
        const Curve all = readCurve(fixture, run, "t/v", query);
        QVERIFY(all.reduced);
        QCOMPARE(all.points, std::int64_t{20000});
        QVERIFY(all.raw.size() < 2000);
        const auto holds = [&](const Curve& curve, std::int64_t step, double value) {
            return std::any_of(curve.raw.begin(), curve.raw.end(),
                               [&](const Vertex& v) { return v.step == step && v.y == value; });
        };
        QVERIFY(holds(all, 12345, 50));
        QVERIFY(holds(all, 777, -50));
        QVERIFY(holds(all, 0, 0));
        QVERIFY(holds(all, 19999, std::sin(19999 * 0.01)));
        // Zoomed in, single points show.
        query.range = Interval{12300, 12400};
        const Curve part = readCurve(fixture, run, "t/v", query);
        QVERIFY(!part.reduced);
        QCOMPARE(part.raw.size(), std::size_t{101});
        QCOMPARE(part.total, std::int64_t{20000});
        // On a logarithmic axis the first decades get their share.
        query.range.reset();
        query.byDecades = true;
        const Curve decades = readCurve(fixture, run, "t/v", query);
        QVERIFY(holds(decades, 5, std::sin(0.05)));
        QVERIFY(holds(decades, 12345, 50));
        QCOMPARE(std::count_if(decades.raw.begin(), decades.raw.end(),
                               [](const Vertex& v) { return v.step < 10; }),
                 std::ptrdiff_t{10});
    }

    void valuesThatAreNotNumbersAreCountedAndPlaced() {
        StoreFixture fixture;
        const auto run = fixture.add("a", [](store::RunWriter& writer) {
            const double values[] = {1, notANumber, 2, inf, -inf, 3};
            for (int step = 0; step < 6; ++step) writer.scalar("t/v", values[step], {step, 0});
        });
        const Curve curve = readCurve(fixture, run, "t/v", {});
        QCOMPARE(curve.nonFiniteCount, std::int64_t{3});
        QCOMPARE(curve.firstNonFiniteX, 1.0);
        QCOMPARE(curve.nonFinite.size(), std::size_t{3});
        QVERIFY(std::isnan(curve.nonFinite[0].value));
        QCOMPARE(curve.nonFinite[1].value, inf);
        QCOMPARE(curve.nonFinite[2].value, -inf);
        // The line is broken there, and the range is that of the others.
        QVERIFY(std::isnan(curve.raw[1].y));
        QCOMPARE(curve.least, 1.0);
        QCOMPARE(curve.greatest, 3.0);
    }

    void smoothingDoesNotDependOnTheZoom() {
        StoreFixture fixture;
        std::vector<double> x, y;
        const auto run = fixture.add("a", [&](store::RunWriter& writer) {
            for (int step = 0; step < 5000; ++step) {
                x.push_back(step);
                y.push_back(std::sin(step * 0.7) + (step % 97 == 0 ? 5 : 0));
                writer.scalar("t/v", y.back(), {step, 0});
            }
        });
        const std::vector<double> expected = smooth(x, y, 40);
        CurveQuery query;
        query.halfLife = 40;
        query.buckets = 50;
        for (const auto& range : {std::optional<Interval>{}, std::optional<Interval>{Interval{3000, 3100}}}) {
            query.range = range;
            const Curve curve = readCurve(fixture, run, "t/v", query);
            QVERIFY(!curve.smoothed.empty() && !curve.smoothedBuckets);
            for (const Vertex& vertex : curve.smoothed)
                QCOMPARE(vertex.y, expected[static_cast<std::size_t>(vertex.step)]);
        }
    }

    void smoothingGoesOnWhereItWasLeft() {
        StoreFixture fixture;
        store::NewRun description;
        auto writer = store::RunWriter::createRun(fixture.path(), description);
        CurveQuery query;
        query.halfLife = 10;
        query.smoothed = std::make_shared<SmoothedSeries>();
        std::vector<double> x, y;
        Curve curve;
        for (int part = 0; part < 4; ++part) {
            for (int i = 0; i < 50; ++i) {
                x.push_back(part * 50 + i);
                y.push_back(std::cos(x.back()));
                writer->scalar("t/v", y.back(), {part * 50 + i, 0});
            }
            writer->flush();
            curve = readCurve(fixture, writer->run(), "t/v", query);
        }
        const std::vector<double> expected = smooth(x, y, 10);
        QCOMPARE(curve.smoothed.size(), expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i)
            QVERIFY(std::abs(curve.smoothed[i].y - expected[i]) < 1e-14);
        writer->finish({});
    }

    void aResumedRunShowsItsNewestAttempt() {
        StoreFixture fixture;
        const auto run = fixture.add("a", [](store::RunWriter& writer) {
            for (int step = 0; step < 10; ++step) writer.scalar("t/v", 1, {step, 0});
        });
        auto again = store::RunWriter::resumeRun(fixture.path(), run, 6);
        for (int step = 6; step < 12; ++step) again->scalar("t/v", 2, {step, 0});
        again->finish({});
        CurveQuery query;
        query.superseded = true;
        const Curve curve = readCurve(fixture, run, "t/v", query);
        QCOMPARE(curve.raw.size(), std::size_t{12});
        QCOMPARE(curve.raw[5].y, 1.0);
        QCOMPARE(curve.raw[6].y, 2.0);
        QCOMPARE(curve.superseded.size(), std::size_t{4});
        QCOMPARE(curve.superseded.front().step, std::int64_t{6});
        QCOMPARE(curve.superseded.front().y, 1.0);
        query.superseded = false;
        QVERIFY(readCurve(fixture, run, "t/v", query).superseded.empty());
    }

    void relativeTimeStartsWithTheRun() {
        StoreFixture fixture;
        const auto run = fixture.add("a", [](store::RunWriter& writer) {
            for (int step = 0; step < 300; ++step) {
                if (step == 150) QTest::qSleep(60);
                writer.scalar("t/v", step, {step, 0});
            }
        });
        CurveQuery query;
        query.axis = XAxis::Time;
        const Curve points = readCurve(fixture, run, "t/v", query);
        QCOMPARE(points.raw.size(), std::size_t{300});
        QVERIFY(points.raw.front().x >= 0 && points.raw.front().x < 5);
        for (std::size_t i = 1; i < points.raw.size(); ++i) QVERIFY(points.raw[i].x >= points.raw[i - 1].x);
        QVERIFY(points.raw[150].x - points.raw[149].x >= 0.05);
        QCOMPARE(points.extent->high, points.raw.back().x);
        query.buckets = 20;
        const Curve reduced = readCurve(fixture, run, "t/v", query);
        QVERIFY(reduced.reduced);
        QVERIFY(std::abs(reduced.raw.back().x - points.raw.back().x) < 1e-9);
        query.axis = XAxis::Epoch;
        QVERIFY(readCurve(fixture, run, "t/v", query).noEpochs);
    }
};

QTEST_GUILESS_MAIN(CurveReaderTest)
#include "test_curve_reader.moc"
