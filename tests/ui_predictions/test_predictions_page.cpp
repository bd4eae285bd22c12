// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QToolButton>
#include <QtTest>

#include "store/written_run.h"
#include "ui/predictions/predictions_page.h"
#include "ui/views/predictions_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Polyps 4 (true 4 mm) and 7 (true 12 mm), two frames each; the second ones are a tenth of the step off.
class SizedRun : public WrittenRun {
  public:
    explicit SizedRun(const Scratch& scratch) : WrittenRun(scratch, "sized") {
        writer_->text({"predictions/test",
                       R"({"item": "frame", "group": "polyp", "unit": "mm", "constant": 6,
                           "classes": ["diminutive", "small", "large"],
                           "truth_bounds": [[5, "below"], [10, "above"]],
                           "prediction_bounds": [[4.75, "below"], [10, "above"]],
                           "notice": "For research, not for diagnosis"})"},
                      {0, 0});
        for (const std::int64_t step : {10, 20}) at(step);
    }
    void at(std::int64_t step) {
        const float off = static_cast<float>(step) / 10;
        writer_->matrix({"predictions/test",
                         {4, 3},
                         {"frame", "polyp, truth mm, mm"},
                         {4, 4, 4, 4, 4, 4 + off, 7, 12, 9, 7, 12, 9 + off}},
                        {step, 0});
        writer_->matrix({"confusion/frame", {3, 3}, {"truth", "prediction"}, {1, 1, 0, 0, 0, 0, 0, 1, 1}},
                        {step, 0});
        writer_->flush();
    }
    /// Frames of polyp 7 as filigree analyze frames keeps them.
    void frames() {
        writer_->image({"frames/7/image", 8, 4, 3, std::vector<std::uint8_t>(96, 90)}, {20, 0});
        writer_->matrix({"frames/7", {2, 4}, {}, {1, 12, 9, 8, 2, 12, 11, 8}}, {20, 0});
        writer_->matrix({"frames/7/box", {2, 4}, {}, {0, 0, 1, 1, 0, 0, 1, 1}}, {20, 0});
        writer_->matrix({"frames/7/input/loc", {2, 1, 1, 1}, {}, {1, 2}}, {20, 0});
        writer_->matrix({"frames/7/window/loc", {2, 4}, {}, {0, 0, 1, 1, 0, 0, 1, 1}}, {20, 0});
        writer_->matrix({"frames/7/map/loc", {2, 1, 1}, {}, {1, 3}}, {20, 0});
        writer_->text({"frames/7", R"({"item": "frame", "group": "polyp", "unit": "mm", "streams": ["loc"],
                                       "map_unit": "mm", "all": 2, "classes": ["a", "b"],
                                       "truth_bounds": [[10, "above"]], "prediction_bounds": [[10, "above"]]})"},
                      {20, 0});
        writer_->flush();
    }
};

using Bench = PageBench<PredictionsPage>;

const Predictions& shownOf(Bench& bench) {
    return bench.page->painter().predictions();
}

}  // namespace

class PredictionsPageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() { vulkan_ = validatedScreen(); }

    void predictionsAreShownAndGrow() {
        const Scratch scratch;
        SizedRun run(scratch);
        Bench bench(scratch);
        QVERIFY(bench.find<QLabel>("predictionsEmpty")->isVisible());
        bench.choose(run.id());
        QTRY_COMPARE(shownOf(bench).groups.size(), std::size_t{2});
        QCOMPARE(shownOf(bench).step, 20);
        run.at(30);
        QTRY_COMPARE_WITH_TIMEOUT(shownOf(bench).step, 30, 8000);
        // An older record, chosen on this page or another.
        bench.workspace.actions.find("predictions.previous")->trigger();
        QTRY_COMPARE(shownOf(bench).step, 20);
        bench.workspace.selection.setStep(12);
        QTRY_COMPARE(shownOf(bench).step, 10);
        QCOMPARE(shownOf(bench).groups[0].median, 4.5);
        run.end();
    }

    void aGroupIsChosenByMouseAndKeys() {
        const Scratch scratch;
        SizedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(shownOf(bench).groups.size(), std::size_t{2});
        bench.waitForCanvas();
        PredictionsPainter& painter = bench.page->painter();
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(4));
        // The table begins at 88, its rows are 22 high.
        const auto click = [&](QPoint place) {
            QTest::mouseMove(bench.canvas(), place);
            QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, place);
        };
        click({100, 88 + 2 + 22 + 33});
        QTRY_COMPARE_WITH_TIMEOUT(painter.chosen(), std::optional<std::int64_t>(7), 5000);
        QVERIFY(bench.page->command().contains("--group 7"));
        bench.workspace.actions.find("predictions.groupUp")->trigger();
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(4));
        bench.workspace.actions.find("predictions.groupsDown")->trigger();
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(7));
        // The head of the column "true": once up, once more down; the chosen group stays chosen.
        const QPoint head(static_cast<int>(16 + 0.15 * 550), 88 + 10);
        click(head);
        QTRY_COMPARE_WITH_TIMEOUT(painter.order(), GroupOrder::Truth, 5000);
        QTRY_COMPARE(bench.find<QComboBox>("predictionsOrder")->currentData().toString(), QString("truth"));
        QTest::qWait(100);
        click(head);
        QTRY_VERIFY_WITH_TIMEOUT(painter.reverse(), 5000);
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(7));
        bench.workspace.actions.find("predictions.groupDown")->trigger();
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(4));
        QVERIFY(bench.page->command().contains("--sort truth --reverse"));
    }

    void bothPartsAreExported() {
        const Scratch scratch;
        SizedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(shownOf(bench).groups.size(), std::size_t{2});
        const QTemporaryDir folder;
        QCOMPARE(exportedTable(*bench.page, folder.path()).count('\n'), 4);
        const QImage groups = exportedPicture(*bench.page, folder.path());
        QVERIFY(groups.text("Source").contains("filigree render predictions"));
        // Polyp 7 is large and was taken for small.
        const Rgb wrong = ui::palette(Appearance::Light).error;
        QVERIFY(inksOf(groups).contains(qRgb(wrong.red, wrong.green, wrong.blue)));
        bench.workspace.actions.find("predictions.part")->trigger();
        QVERIFY(bench.page->painter().part() == PredictionsPart::Agreement);
        QCOMPARE(bench.page->save().value("part").toString(), QString("agreement"));
        const QTemporaryDir other;
        const QImage agreement = exportedPicture(*bench.page, other.path());
        QVERIFY(agreement.text("Source").contains("--part agreement"));
        // A share of one half in the matrix.
        const Rgb half = ofShare(Appearance::Light, 0.5);
        QVERIFY(inksOf(agreement).contains(qRgb(half.red, half.green, half.blue)));
    }

    void framesAreOpenedAndWalkedThrough() {
        const Scratch scratch;
        SizedRun run(scratch);
        run.frames();
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(shownOf(bench).groups.size(), std::size_t{2});
        PredictionsPainter& painter = bench.page->painter();
        bench.workspace.actions.find("predictions.groupDown")->trigger();
        QCOMPARE(painter.chosen(), std::optional<std::int64_t>(7));
        bench.waitForCanvas();
        // The second of two points, at three quarters of the picture on the right, somewhere above its
        // middle.
        const int left = 16 + bench.canvas()->width() / 2 + 60, right = bench.canvas()->width() - 16;
        for (int y = 110; painter.part() != PredictionsPart::Frames && y < bench.canvas()->height() / 2;
             y += 12) {
            const QPoint place(left + (right - left) * 3 / 4, y);
            QTest::mouseMove(bench.canvas(), place);
            QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, place);
            QTest::qWait(60);
        }
        QVERIFY(painter.part() == PredictionsPart::Frames);
        QTRY_VERIFY(painter.explorer().frames() != nullptr);
        QCOMPARE(painter.explorer().chosen(), std::optional<std::int64_t>(2));
        QVERIFY(QString::fromStdString(painter.summary())
                    .contains("frame 2 of 2: true 12.00 mm (b), predicted 11.00 mm (b)"));
        QVERIFY(bench.page->command().contains("--group 7 --item 2"));
        QVERIFY(bench.find<QToolButton>("predictionsCompute")->isVisible());
        const QTemporaryDir folder;
        QVERIFY(inksOf(exportedPicture(*bench.page, folder.path())).contains(qRgb(90, 90, 90)));
        bench.workspace.actions.find("predictions.previousFrame")->trigger();
        QCOMPARE(painter.explorer().chosen(), std::optional<std::int64_t>(1));
        // Nobody has looked at the other polyp.
        bench.workspace.actions.find("predictions.groupUp")->trigger();
        QTRY_VERIFY(painter.framesKnown());
        QVERIFY(painter.explorer().frames() == nullptr);
        QVERIFY(QString::fromStdString(painter.summary()).contains("No frames of polyp 4 were kept"));
    }

    void framesOfARunThatTellsClassesAreShown() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("classed"));
        const char* const text = R"({"item": "frame", "group": "polyp", "classes": ["not large", "large"],
                                     "notice": "For research, not for diagnosis", "streams": ["loc"], "all": 1})";
        writer->text({"predictions/test", text}, {20, 0});
        writer->matrix({"confusion/frame", {2, 2}, {"truth", "prediction"}, {1, 0, 1, 0}}, {20, 0});
        writer->matrix({"classes/test", {2, 3}, {}, {4, 0, 0, 7, 1, 0}}, {20, 0});
        writer->image({"frames/7/image", 4, 4, 3, std::vector<std::uint8_t>(48, 90)}, {20, 0});
        writer->matrix({"frames/7", {1, 4}, {}, {1, 1, 0, .5F}}, {20, 0});
        writer->matrix({"frames/7/box", {1, 4}, {}, {0, 0, 1, 1}}, {20, 0});
        writer->matrix({"frames/7/input/loc", {1, 1, 1, 1}, {}, {1}}, {20, 0});
        writer->matrix({"frames/7/window/loc", {1, 4}, {}, {0, 0, 1, 1}}, {20, 0});
        writer->text({"frames/7", text}, {20, 0});
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        QTRY_COMPARE(shownOf(bench).groups.size(), std::size_t{2});
        PredictionsPainter& painter = bench.page->painter();
        QVERIFY(painter.part() == PredictionsPart::Agreement);
        auto* part = bench.find<QComboBox>("predictionsPart");
        QVERIFY(part->isEnabled());
        part->setCurrentIndex(part->findData("frames"));
        bench.workspace.actions.find("predictions.groupDown")->trigger();
        QTRY_VERIFY(painter.explorer().frames() != nullptr);
        QVERIFY(QString::fromStdString(painter.summary())
                    .contains("polyp 7, frame 1 of 1: true large, predicted not large"));
        QVERIFY(bench.page->command().contains("--part frames"));
        QVERIFY(bench.find<QToolButton>("predictionsCompute")->isVisible());
        const QTemporaryDir folder;
        QVERIFY(inksOf(exportedPicture(*bench.page, folder.path())).contains(qRgb(90, 90, 90)));
    }

    void aRunWithoutPredictionsIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("plain"));
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        auto* text = bench.find<QLabel>("predictionsEmpty");
        QTRY_VERIFY(text->text().contains("no predictions"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(PredictionsPageTest)
#include "test_predictions_page.moc"
