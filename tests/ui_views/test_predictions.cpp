// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/frames.h"
#include "ui/views/predictions.h"
#include "ui/views/predictions_painter.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

const char* const description = R"({"item": "frame", "group": "polyp", "unit": "mm", "constant": 6,
 "classes": ["diminutive", "small", "large"], "truth_bounds": [[5, "below"], [10, "above"]],
 "prediction_bounds": [[4.75, "below"], [10, "above"]], "notice": "For research"})";

const char* const twoBoundsForTwoClasses =
    R"({"classes": ["a", "b"], "prediction_bounds": [[1, "below"], [2, "below"]]})";

/// Polyp 9 (true 4): 4, 7, 5; polyp 2 (true 10): 9, 8; polyp 5 (true 6): 6.5.
const std::vector<float> values{9, 4, 4, 2, 10, 9, 9, 4, 7, 9, 4, 5, 2, 10, 8, 5, 6, 6.5F};

void note(store::RunWriter& writer, std::int64_t step, std::vector<float> numbers) {
    writer.matrix({"predictions/test",
                   {static_cast<std::int64_t>(numbers.size() / 3), 3},
                   {"frame", "polyp, truth mm, mm"},
                   std::move(numbers)},
                  {step, 0});
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-9;
}

}  // namespace

class TestPredictions : public QObject {
    Q_OBJECT

  private slots:
    void boundsBelongToOneClass() {
        const std::vector<ClassBound> bounds{{5, true}, {10, false}};
        QCOMPARE(classOf(5, bounds), std::size_t{0});
        QCOMPARE(classOf(5.01, bounds), std::size_t{1});
        QCOMPARE(classOf(9.99, bounds), std::size_t{1});
        QCOMPARE(classOf(10, bounds), std::size_t{2});
    }

    void groupsAndFiguresAreThoseByHand() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("sized"));
        writer->text({"predictions/test", description}, {0, 0});
        note(*writer, 10, values);
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Predictions p = loadPredictions(store::Reader(store), writer->run());
        QCOMPARE(p.set, std::string("test"));
        QCOMPARE(p.items.size(), std::size_t{6});
        QCOMPARE(p.groups.size(), std::size_t{3});
        QCOMPARE(p.groups[0].group, 2);
        QCOMPARE(p.groups[0].predicted, (std::vector<double>{9, 8}));
        QCOMPARE(p.groups[0].median, 8.5);
        QVERIFY(near(p.groups[0].deviation, std::sqrt(0.5)));
        QCOMPARE(p.groups[1].deviation, 0.0);
        // 4, 5, 7: median 5, mean 16/3, sum of squares 14/3.
        QCOMPARE(p.groups[2].median, 5.0);
        QVERIFY(near(p.groups[2].mean, 16.0 / 3));
        QVERIFY(near(p.groups[2].deviation, std::sqrt(7.0 / 3)));
        // Errors of frames: 0, 3, 1, -1, -2, 0.5; of polyps: -1.5, 0.5, 1.
        QVERIFY(near(p.ofItems().absolute, 7.5 / 6));
        QVERIFY(near(p.ofItems().bias, 1.5 / 6));
        QVERIFY(near(p.ofItems().squared, std::sqrt(15.25 / 6)));
        QVERIFY(near(p.ofGroups().absolute, 1.0));
        // Constant 6: 2, 2, 2, 4, 4, 0. All are "small": one of six is.
        QVERIFY(near(p.ofConstant()->absolute, 14.0 / 6));
        QVERIFY(near(*p.constantAccuracy, 1.0 / 6));
        QVERIFY(near(*p.constantF1, (2.0 / 7) / 3));
    }

    void differencesHaveBiasAndLimits() {
        Predictions p;
        for (const auto& [number, truth, median] : {std::tuple(1, 4.0, 5.0), {2, 10.0, 8.0}, {3, 6.0, 7.0}}) {
            PredictedGroup group;
            group.group = number;
            group.truth = truth;
            group.median = median;
            p.groups.push_back(group);
        }
        // Differences 1, -2, 1: mean 0, sum of squares 6, variance 3.
        const Agreement a = p.agreement();
        QVERIFY(near(a.bias, 0));
        QVERIFY(near(a.high(), 1.96 * std::sqrt(3.0)));
        QVERIFY(near(a.low(), -1.96 * std::sqrt(3.0)));
        QVERIFY(near(a.points[0].mean, 4.5));
        QVERIFY(near(a.points[1].difference, -2));
    }

    void groupsAreSorted() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("sized"));
        writer->text({"predictions/test", description}, {0, 0});
        note(*writer, 10, values);
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Predictions p = loadPredictions(store::Reader(store), writer->run());
        const auto numbers = [&](GroupOrder order, bool reverse = false) {
            std::vector<std::int64_t> all;
            for (const std::size_t place : ordered(p, order, reverse)) all.push_back(p.groups[place].group);
            return all;
        };
        using Numbers = std::vector<std::int64_t>;
        QCOMPARE(numbers(GroupOrder::Number), (Numbers{2, 5, 9}));
        QCOMPARE(numbers(GroupOrder::Truth), (Numbers{9, 5, 2}));
        QCOMPARE(numbers(GroupOrder::Error), (Numbers{2, 9, 5}));
        QCOMPARE(numbers(GroupOrder::Error, true), (Numbers{5, 9, 2}));
        QCOMPARE(numbers(GroupOrder::Deviation), (Numbers{9, 2, 5}));
        QCOMPARE(numbers(GroupOrder::Items), (Numbers{5, 2, 9}));
        // Diminutive 9, small 5, large 2.
        QCOMPARE(numbers(GroupOrder::Class), (Numbers{9, 5, 2}));
        QCOMPARE(groupOrderFrom("error"), GroupOrder::Error);
        QVERIFY_THROWS_EXCEPTION(Error, groupOrderFrom("size"));
        const QByteArrayList lines = QByteArray::fromStdString(p.csv()).trimmed().split('\n');
        QCOMPARE(lines.size(), 7);
        QCOMPARE(lines[3], QByteArray("9,2,4,7,5,diminutive,small"));
    }

    void theRecordAtAStepIsRead() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("sized"));
        note(*writer, 10, {1, 4, 5});
        note(*writer, 20, {1, 4, 6});
        writer->matrix({"confusion/frame", {2, 2}, {"truth", "prediction"}, {3, 1, 0, 2}}, {20, 0});
        writer->matrix({"confusion/odd", {4}, {"class"}, {1, 1, 1, 1}}, {20, 0});
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        QCOMPARE(loadPredictions(reader, writer->run()).items[0].predicted, 6.0);
        const Predictions before = loadPredictions(reader, writer->run(), 15);
        QCOMPARE(before.items[0].predicted, 5.0);
        QCOMPARE(before.steps, (std::vector<std::int64_t>{10, 20}));
        QVERIFY(!before.ofConstant());
        // Before the first: the first.
        QCOMPARE(loadPredictions(reader, writer->run(), 3).items[0].predicted, 5.0);
        const Predictions last = loadPredictions(reader, writer->run());
        QCOMPARE(last.confusions.size(), std::size_t{1});
        QCOMPARE(last.confusions[0].of, std::string("frame"));
        QCOMPARE(last.confusions[0].counts.at(0, 1), 1);
        QCOMPARE(last.confusions[0].counts.truths(0), 4);
    }

    void groupsOfClassRunsLeadToTheirFrames() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("classed"));
        writer->matrix({"confusion/frame", {2, 2}, {"truth", "prediction"}, {1, 1, 0, 1}}, {20, 0});
        writer->matrix({"classes/test", {3, 3}, {}, {9, 1, 1, 4, 0, 0, 4, 0, 1}}, {20, 0});
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Predictions found = loadPredictions(store::Reader(store), writer->run());
        QVERIFY(found.items.empty());
        QCOMPARE(found.groups.size(), std::size_t{2});
        QCOMPARE(found.groups[0].group, 4);
        QCOMPARE(found.groups[0].predicted, (std::vector<double>{0, 1}));
        PredictionsPainter painter;
        painter.show(found);
        painter.setPart(PredictionsPart::Groups);
        QVERIFY(painter.part() == PredictionsPart::Agreement);
        painter.setPart(PredictionsPart::Frames);
        QVERIFY(painter.part() == PredictionsPart::Frames);
        painter.move(1);
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(9));
        QVERIFY(painter.summary().find("polyp") == std::string::npos);
    }

    void framesAreReadAndPainted() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("sized"));
        const auto keep = [&](std::vector<float> maps, std::int64_t step) {
            const auto count = static_cast<std::int64_t>(maps.size());
            writer->image({"frames/4/image", 4, 2, 3, std::vector<std::uint8_t>(24, 100)}, {step, 0});
            writer->matrix({"frames/4", {2, 4}, {}, {1, 4, 5, 3, 3, 4, 7, 3}}, {step, 0});
            writer->matrix({"frames/4/box", {2, 4}, {}, {0, 0, 1, 1, 0, 0, 0.5F, 1}}, {step, 0});
            writer->matrix({"frames/4/input/loc", {2, 1, 2, 2}, {}, {0, 1, 2, 4, 0, 0, 0, 0}}, {step, 0});
            // The first frame is seen whole, of the second its left half.
            writer->matrix({"frames/4/window/loc", {2, 4}, {}, {0, 0, 1, 1, 0, 0, 0.5F, 1}}, {step, 0});
            writer->matrix({"frames/4/map/loc", {count, 1, 1}, {}, std::move(maps)}, {step, 0});
            writer->text({"frames/4", std::string(description).insert(1, R"("streams": ["loc"], "all": 3,
                                                                           "map_unit": "mm", )")},
                         {step, 0});
            writer->flush();
        };
        keep({2, -4}, 10);
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        QVERIFY(!loadFrames(reader, writer->run(), 5));
        const auto frames = loadFrames(reader, writer->run(), 4);
        QVERIFY(frames.has_value());
        QCOMPARE(frames->set.items, (std::vector<std::int64_t>{1, 3}));
        QCOMPARE(frames->set.predicted[1], 7.0);
        QCOMPARE(frames->placeOf(2), std::size_t{0});
        QCOMPARE(frames->placeOf(9), std::size_t{1});
        QCOMPARE(frames->mapLimit(), 4.0);
        QVERIFY(frames->set.mask.empty() && frames->set.depthMm.empty());
        QCOMPARE(imageOf(frames->set, 1).at(1, 1), packed({100, 100, 100}));
        // From the least to the greatest value.
        const Picture plane = planesOf(frames->set.streams[0], 0, 0, 1);
        QCOMPARE(plane.at(0, 0), packed({0, 0, 0}));
        QCOMPARE(plane.at(0, 1), packed({128, 128, 128}));
        QCOMPARE(plane.at(1, 1), packed({255, 255, 255}));
        const Picture map = mapPicture(frames->set, 0, 1, 4, Appearance::Light);
        QCOMPARE(map.at(map.width - 1, 0), packed({100, 100, 100}));
        const Rgb negative = palette(Appearance::Light).negative;
        QVERIFY(std::abs(static_cast<int>(map.at(0, 0) & 255) - (15 * 100 + 85 * negative.red) / 100) <= 3);
        keep({1, 2, 3}, 20);
        QVERIFY_THROWS_EXCEPTION(Error, loadFrames(reader, writer->run(), 4));
    }

    void damagedRecordsAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, readPredictionScale("{"));
        QVERIFY_THROWS_EXCEPTION(Error, readPredictionScale(twoBoundsForTwoClasses));
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("bad"));
        writer->matrix({"predictions/test", {2, 2}, {"frame", "polyp, mm"}, {1, 2, 3, 4}}, {1, 0});
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        QVERIFY_THROWS_EXCEPTION(Error, loadPredictions(store::Reader(store), writer->run()));
    }

    void thePictureSaysHowItWasMade() {
        PredictionsPictureRequest request;
        request.run = 3;
        request.order = "error";
        request.group = 17;
        QCOMPARE(commandOf(request),
                 std::string("filigree render predictions --run 3 --part groups --group 17 "
                             "--sort error --size 1200x800 --theme light"));
        request.part = "frames";
        request.item = 2;
        QVERIFY(commandOf(request).find("--part frames --group 17 --item 2 ") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(TestPredictions)
#include "test_predictions.moc"
