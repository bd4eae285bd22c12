// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QToolButton>
#include <QtTest>
#include <limits>

#include "store/written_run.h"
#include "ui/rewiring/rewiring_page.h"
#include "ui/views/acquisition_painter.h"
#include "ui/views/rewiring_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Two layers; fc1 moves two of its four connections at step 100, one at step 200.
class MovingRun : public WrittenRun {
  public:
    explicit MovingRun(const Scratch& scratch) : WrittenRun(scratch, "moved") {
        writer_->mask({"fc1", 3, 4, {}, {0, 1, 2, 3}}, {0, 0});
        writer_->mask({"fc2", 2, 2, {}, {0, 2}}, {0, 0});
        round(1, {0, 1}, {1, 5}, 100);
        round(2, {2}, {0}, 200);
    }
    /// What the round at step 100 chose from, with c = 0.1 and eps = 1: of 0, 1 and all that was never
    /// connected.
    void candidates() {
        const float no = std::numeric_limits<float>::quiet_NaN();
        record::Matrix matrix{"candidates/fc1", {2, 3, 4}, {"figure", "output", "input"}, {}};
        matrix.values = {0.9F, 1, no, no, 0.1F, 2, 0.3F, 0.1F, 0.1F, 0.1F, 0.1F, 0.1F,
                         1,    1, no, no, 0,    0, 0,    0,    0,    0,    0,    0};
        writer_->matrix(matrix, {100, 0});
        writer_->text({"candidates/fc1", R"({"grown":2,"step":100,"c":0.1,"eps":1,"normalize":false})"},
                      {100, 0});
        writer_->flush();
    }
    void round(std::int64_t number, std::vector<std::uint32_t> dropped, std::vector<std::uint32_t> grown,
               std::int64_t step) {
        writer_->rewiring({"fc1", number, std::move(dropped), std::move(grown)}, {step, 0});
        writer_->flush();
    }
};

using Bench = PageBench<RewiringPage>;

const RewiringHistory& historyOf(Bench& bench) {
    return bench.page->painter().rewiring().history;
}

}  // namespace

class RewiringPageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() { vulkan_ = validatedScreen(); }

    void roundsAreShownAndGrow() {
        const Scratch scratch;
        MovingRun run(scratch);
        Bench bench(scratch);
        QVERIFY(bench.find<QLabel>("rewiringEmpty")->isVisible());
        bench.choose(run.id());
        QTRY_COMPARE(historyOf(bench).rounds.size(), std::size_t{3});
        QCOMPARE(historyOf(bench).positions, 16);
        QVERIFY(!bench.find<QLabel>("rewiringEmpty")->isVisible());
        auto* layer = bench.find<QComboBox>("rewiringLayer");
        QCOMPARE(layer->count(), 3);
        layer->setCurrentIndex(1);
        QTRY_COMPARE(historyOf(bench).positions, 12);
        QCOMPARE(bench.workspace.selection.layer(), QString("fc1"));
        // What is written while the page is open comes by itself.
        run.round(3, {5}, {7}, 300);
        QTRY_COMPARE_WITH_TIMEOUT(historyOf(bench).rounds.size(), std::size_t{4}, 8000);
        QCOMPARE(layer->currentText(), QString("fc1"));
        run.end();
    }

    void aStepIsChosenByMouseAndKeys() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(historyOf(bench).rounds.size(), std::size_t{3});
        // In the middle of the strips lies the middle of the run.
        chooseSteps(bench, "rewiring", 0.35, 100, 200);
    }

    void anotherTradeOffIsTried() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.candidates();
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(historyOf(bench).rounds.size(), std::size_t{3});
        bench.waitForCanvas();
        QTest::keyClick(bench.canvas(), Qt::Key_W);
        AcquisitionPainter& painter = bench.page->acquisition();
        QTRY_COMPARE(painter.acquisition().round->candidates(), 10);
        auto* slider = bench.find<QSlider>("rewiringSlider");
        auto* field = bench.find<QLineEdit>("rewiringTradeOff");
        auto* own = bench.find<QToolButton>("rewiringOwn");
        QVERIFY(slider->isVisible());
        QCOMPARE(bench.find<QComboBox>("rewiringLayer")->count(), 1);
        QCOMPARE(field->text(), QString("0.1"));
        QVERIFY(!own->isEnabled());
        QCOMPARE(painter.choice().changed, 0);
        // Infinity: never active before gradient, 5 and then 6.
        QTest::keyClick(slider, Qt::Key_End);
        QCOMPARE(field->text(), QString("inf"));
        QCOMPARE(painter.choice().changed, 1);
        QCOMPARE(painter.choice().neverActive, 2);
        QVERIFY(own->isEnabled());
        QVERIFY(bench.page->command().contains("render acquisition"));
        QVERIFY(bench.page->command().contains("--c inf"));
        QTest::mouseClick(own, Qt::LeftButton);
        QCOMPARE(field->text(), QString("0.1"));
        QVERIFY(!bench.page->command().contains("--c"));
        field->setText("7.5");
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(painter.trial(), 7.5);
        QCOMPARE(painter.choice().changed, 1);
        field->setText("-1");
        QTest::keyClick(field, Qt::Key_Return);
        QCOMPARE(field->text(), QString("7.5"));
        const QTemporaryDir folder;
        QCOMPARE(exportedTable(*bench.page, folder.path()).count('\n'), 3);
        const QImage picture = exportedPicture(*bench.page, folder.path());
        QVERIFY(picture.text("Source").contains("filigree render acquisition"));
        QSignalSpy added(&bench.workspace, &Workspace::addToFigure);
        bench.workspace.actions.find("rewiring.addToFigure")->trigger();
        QCOMPARE(added.size(), 1);
        QCOMPARE(added[0][0].toString(), bench.page->command());
        // The pointer over the row of the never active says how many they are, which draws without complaint.
        QTest::mouseMove(bench.canvas(), QPoint(bench.canvas()->width() / 2, 160));
        QTest::qWait(50);
        bench.find<QComboBox>("rewiringShow")->setCurrentIndex(0);
        QVERIFY(!slider->isVisible());
        QTRY_COMPARE(bench.find<QComboBox>("rewiringLayer")->count(), 3);
    }

    void whatWasNotRecordedIsExplained() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(historyOf(bench).rounds.size(), std::size_t{3});
        bench.page->showAcquisition(true);
        auto* text = bench.find<QLabel>("rewiringEmpty");
        QTRY_VERIFY(text->isVisible());
        QVERIFY(text->text().contains("record.candidates_every"));
        QTest::mouseClick(bench.find<QPushButton>("rewiringEmptyButton"), Qt::LeftButton);
        QTRY_VERIFY(!text->isVisible());
    }

    void pictureAndNumbersAreExported() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(historyOf(bench).rounds.size(), std::size_t{3});
        const QTemporaryDir folder;
        QCOMPARE(exportedTable(*bench.page, folder.path()).count('\n'), 3);
        const QImage picture = exportedPicture(*bench.page, folder.path());
        QVERIFY(picture.text("Source").contains("filigree render rewiring"));
        const QSet<QRgb> inks = inksOf(picture);
        const Palette& palette = ui::palette(Appearance::Light);
        QVERIFY(inks.contains(qRgb(palette.grown.red, palette.grown.green, palette.grown.blue)));
        QVERIFY(inks.contains(qRgb(palette.dropped.red, palette.dropped.green, palette.dropped.blue)));
    }

    void aRunThatNeverMovedIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("still"));
        writer->mask({"fc1", 3, 4, {}, {0, 1}}, {0, 0});
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        auto* text = bench.find<QLabel>("rewiringEmpty");
        QTRY_VERIFY(text->text().contains("never moved"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(RewiringPageTest)
#include "test_rewiring_page.moc"
