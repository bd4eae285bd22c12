// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QComboBox>
#include <QDirIterator>
#include <QLabel>
#include <QProcess>
#include <QToolButton>
#include <QtTest>

#include "store/added_records.h"
#include "store/written_run.h"
#include "ui/base/error_bar.h"
#include "ui/gates/gates_page.h"
#include "ui/theme/colour_map.h"
#include "ui/views/gate_board_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

const char* const ablationText =
    R"({"data": "test", "item": "frame", "unit": "mm", "notice": "For research", "items": 20, "channels": 5,
        "constant_accuracy": 0.5, "constant_f1_macro": 0.3, "constant_absolute_error": 4})";

/// Two gates, recorded at steps 0, 100 and 200; channel 0 of "one" opens, channel 1 closes.
class GatedRun : public WrittenRun {
  public:
    explicit GatedRun(const Scratch& scratch) : WrittenRun(scratch, "gated"), scratch_(scratch) {
        for (const std::int64_t step : {0, 100, 200}) at(step);
    }
    void at(std::int64_t step) {
        const float s = static_cast<float>(step) / 400;
        writer_->matrix({"gate/one", {3}, {"channel"}, {.5F + s, .5F - s, .2F}}, {step, 0});
        writer_->matrix({"gate/two", {2}, {"channel"}, {.9F, .1F}}, {step, 0});
        writer_->scalar("train/loss", 1 - static_cast<double>(s), {step, 0});
        writer_->scalar("gate/loss", 1 + static_cast<double>(s), {step, 0});
        writer_->flush();
    }
    /// As an analysis does it afterwards: none, two or all of five.
    void closeChannels() {
        store::Store store = store::Store::open(scratch_.store(), store::Mode::ReadWrite);
        store::add(store, {id(), 1, 200},
                   record::Matrix{"ablation/gates",
                                  {3, 6},
                                  {"level", "numbers"},
                                  {0, 0, .9F, .8F, 1, 100, 2, .3F, .7F, .6F, 2, 50, 5, 2, .5F, .4F, 4, 0}});
        store::add(store, {id(), 1, 200}, record::Text{"ablation/gates", ablationText});
    }
    /// As filigree analyze frames does it: maps of gate "one" for two frames of polyp 7.
    void keepFeatures() {
        store::Store store = store::Store::open(scratch_.store(), store::Mode::ReadWrite);
        const store::RecordPlace place{id(), 1, 200};
        std::vector<std::uint8_t> pixels;
        for (int i = 0; i < 8; ++i) pixels.insert(pixels.end(), {200, 10, 20});
        store::add(store, place, record::Image{"frames/7/image", 4, 2, 3, pixels});
        store::add(store, place,
                   record::Matrix{"frames/7/box", {2, 4}, {"frame", "edges"}, std::vector<float>(8, .5F)});
        store::add(store, place,
                   record::Matrix{"frames/7", {2, 4}, {"frame", "numbers"}, {1, 6, 5, 0, 2, 6, 7, 0}});
        std::vector<float> values(24, 1);
        values[12] = 3;  // channel 0 of the second frame
        store::add(
            store, place,
            record::Matrix{"frames/7/features/one", {2, 3, 2, 2}, {"frame", "channel", "y", "x"}, values});
        store::add(store, place, record::Matrix{"frames/7/factors/one", {3}, {"channel"}, {.5F, .5F, .2F}});
        store::add(store, place,
                   record::Text{"frames/7",
                                R"({"item": "frame", "group": "polyp", "gates": ["one"], "mapped": 2})"});
    }

  private:
    const Scratch& scratch_;
};

using Bench = PageBench<GatesPage>;

const GateRecords& recordsOf(Bench& bench) {
    return bench.page->painter().records();
}

}  // namespace

class GatesPageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() { vulkan_ = validatedScreen(); }

    void gatesAreShownAndGrow() {
        const Scratch scratch;
        GatedRun run(scratch);
        Bench bench(scratch);
        QVERIFY(bench.find<QLabel>("gatesEmpty")->isVisible());
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        QVERIFY(!bench.find<QLabel>("gatesEmpty")->isVisible());
        auto* gate = bench.find<QComboBox>("gatesGate");
        QCOMPARE(gate->count(), 2);
        gate->setCurrentIndex(1);
        QCOMPARE(bench.page->painter().chosenGate(), std::string("two"));
        auto* order = bench.find<QComboBox>("gatesOrder");
        order->setCurrentIndex(order->findData("last"));
        QVERIFY(bench.page->painter().order() == GateOrder::Last);
        // What is written while the page is open comes by itself; choices stay.
        run.at(300);
        QTRY_COMPARE_WITH_TIMEOUT(recordsOf(bench).steps.size(), std::size_t{4}, 8000);
        QCOMPARE(gate->currentText(), QString("two"));
        QVERIFY(bench.page->painter().order() == GateOrder::Last);
        run.end();
    }

    void stepAndGateAreChosenByMouseAndKeys() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        // Below the board the time picture reaches from 86 to about 770 pixels; its middle is step 100.
        chooseSteps(bench, "gates", 0.4, 100, 200);
        // The second row of the board.
        QTest::mouseMove(bench.canvas(), QPoint(400, 76 + 45));
        QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, QPoint(400, 76 + 45));
        QTRY_COMPARE_WITH_TIMEOUT(bench.page->painter().chosenGate(), std::string("two"), 5000);
        QTRY_COMPARE(bench.find<QComboBox>("gatesGate")->currentText(), QString("two"));
    }

    void pictureAndScoresAreExported() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        const QTemporaryDir folder;
        QCOMPARE(exportedTable(*bench.page, folder.path()).count('\n'), 3 * 3 + 3 * 2);
        const QImage picture = exportedPicture(*bench.page, folder.path());
        QVERIFY(picture.text("Source").contains("filigree render gates"));
        const QSet<QRgb> inks = inksOf(picture);
        // Scores .9 and .1 of the second gate.
        for (const double score : {.9, .1}) {
            const Rgb c =
                sequentialMap(Appearance::Light)[static_cast<std::size_t>(std::lround(255 * score))];
            QVERIFY(inks.contains(qRgb(c.red, c.green, c.blue)));
        }
    }

    void theOtherPicturesAreChosenByKeyAndByMouse() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        bench.waitForCanvas();
        bench.workspace.actions.find("gates.part")->trigger();
        QVERIFY(bench.page->painter().part() == GatePart::Ridges);
        QTest::qWait(200);
        // Three ridges between 112 and 48 from below; the second is that of step 100.
        const QPoint second(300, 112 + (bench.canvas()->height() - 160) / 2);
        QTest::mouseMove(bench.canvas(), second);
        QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, second);
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace.selection.step().has_value(), 5000);
        QCOMPARE(*bench.workspace.selection.step(), 100);
        QVERIFY(bench.page->command().contains("--part ridges"));
        const QTemporaryDir folder;
        const Rgb shown = ui::palette(Appearance::Light).accent;
        QVERIFY(inksOf(exportedPicture(*bench.page, folder.path()))
                    .contains(qRgb(shown.red, shown.green, shown.blue)));
        bench.workspace.actions.find("gates.part")->trigger();
        QVERIFY(bench.page->painter().part() == GatePart::Routing);
        const QTemporaryDir other;
        const Rgb gates = ui::palette(Appearance::Light).runs[1];
        QVERIFY(inksOf(exportedPicture(*bench.page, other.path()))
                    .contains(qRgb(gates.red, gates.green, gates.blue)));
        QCOMPARE(bench.page->save().value("part").toString(), QString("routing"));
    }

    void channelsAreClosedByMouseAndKeys() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        bench.waitForCanvas();
        auto* part = bench.find<QComboBox>("gatesPart");
        part->setCurrentIndex(part->findData("ablation"));
        // It is computed by a process of its own; what that writes is shown by itself.
        QVERIFY(!recordsOf(bench).ablation);
        run.closeChannels();
        QTRY_VERIFY_WITH_TIMEOUT(recordsOf(bench).ablation.has_value(), 8000);
        GateBoardPainter& painter = bench.page->painter();
        bench.workspace.actions.find("gates.closeMore")->trigger();
        QCOMPARE(painter.closed(), 2);
        bench.workspace.actions.find("gates.closeFewer")->trigger();
        QCOMPARE(painter.closed(), 0);
        QTest::qWait(200);
        // Pictures reach from 64 to 24 before the right edge.
        const QPoint end(bench.canvas()->width() - 30, bench.canvas()->height() / 3);
        QTest::mouseMove(bench.canvas(), end);
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, end);
        QTRY_COMPARE_WITH_TIMEOUT(painter.closed(), 5, 5000);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, end);
        QVERIFY(bench.page->command().contains("--part ablation --closed 5"));
    }

    void channelsOfACheckpointAreClosedByAButton() {
        const QTemporaryDir folder;
        const QString store = folder.filePath("real.filigree");
        QProcess program;
        program.start(FILIGREE_PROGRAM, {"run", "decoys", "--threads", "1", "--progress", "none", "--set",
                                         "train.epochs=2", "--store", store});
        QVERIFY(program.waitForFinished());
        QCOMPARE(program.exitCode(), 0);
        Bench bench(store, {{}, FILIGREE_PROGRAM, {}});
        bench.choose(1);
        QTRY_VERIFY(!recordsOf(bench).gates.empty());
        auto* compute = bench.find<QToolButton>("gatesClose");
        QVERIFY(!compute->isVisible());
        auto* part = bench.find<QComboBox>("gatesPart");
        part->setCurrentIndex(part->findData("ablation"));
        QTest::mouseClick(compute, Qt::LeftButton);
        QVERIFY(!compute->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(recordsOf(bench).ablation.has_value(), 20000);
        QCOMPARE(recordsOf(bench).ablation->ablation.channels, 128);
        QTRY_VERIFY(compute->isEnabled());
        QVERIFY(bench.page->findChild<ErrorBar*>()->text().isEmpty());
        part->setCurrentIndex(part->findData("pruning"));
        QVERIFY(!recordsOf(bench).pruning);
        QTest::mouseClick(compute, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(recordsOf(bench).pruning.has_value(), 20000);
        QCOMPARE(recordsOf(bench).pruning->pruning.channels, 128);
        QVERIFY(recordsOf(bench).pruning->pruning.speedUp > 0);
        QVERIFY(bench.page->command().contains("--part pruning"));
        QTRY_VERIFY(compute->isEnabled());
        // Without the checkpoint's file the reason is told.
        QDirIterator files(folder.path(), {"*.safetensors"}, QDir::Files, QDirIterator::Subdirectories);
        QVERIFY(files.hasNext());
        while (files.hasNext()) QVERIFY(QFile::remove(files.next()));
        QTest::mouseClick(compute, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.page->findChild<ErrorBar*>()->text().contains("nothing was computed"),
                                 20000);
    }

    void aChannelIsShownOnAFrameBeforeAndAfterItsGate() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{2});
        bench.waitForCanvas();
        auto* frame = bench.find<QComboBox>("gatesFrame");
        QCOMPARE(frame->count(), 0);
        run.keepFeatures();
        QTRY_COMPARE_WITH_TIMEOUT(frame->count(), 2, 8000);
        frame->setCurrentIndex(1);
        QTRY_VERIFY(bench.page->painter().features() && bench.page->painter().features()->frame.item == 2);
        // The left end of the first row: the channel with the greatest mean, the first one of "one".
        QTest::mouseMove(bench.canvas(), QPoint(120, 76 + 8));
        QTRY_COMPARE_WITH_TIMEOUT(bench.page->painter().pointedChannel(), std::optional<std::int32_t>(0),
                                  5000);
        QVERIFY(bench.page->command().contains("--channel 0 --frame 7:2"));
        bench.page->painter().setHovered(0);
        const QTemporaryDir folder;
        const QSet<QRgb> inks = inksOf(exportedPicture(*bench.page, folder.path()));
        // The frame's own colour, and the map's greatest value before and after its gate of 0.5.
        QVERIFY(inks.contains(qRgb(200, 10, 20)));
        for (const std::size_t place : {std::size_t{255}, std::size_t{128}}) {
            const Rgb c = sequentialMap(Appearance::Light)[place];
            QVERIFY(inks.contains(qRgb(c.red, c.green, c.blue)));
        }
    }

    void runsWithOtherGatesAreCompared() {
        const Scratch scratch;
        std::int64_t first = 0;
        for (const std::int64_t seed : {1, 2}) {
            store::NewRun one = exampleRun("gated");
            one.seed = seed;
            one.config = {{"gate.routing", std::string("clean")}, {"seed", seed}};
            const auto writer = store::RunWriter::createRun(scratch.store(), one);
            writer->matrix({"gate/one", {2}, {"channel"}, {.5F, .7F}}, {0, 0});
            writer->scalar("test/frame/mae_mm", static_cast<double>(seed), {1, 0});
            writer->scalar("constant/frame/mae_mm", 4, {0, 0});
            writer->finish({});
            if (first == 0) first = writer->run();
        }
        Bench bench(scratch);
        bench.choose(first);
        QTRY_COMPARE(recordsOf(bench).gates.size(), std::size_t{1});
        QVERIFY(!bench.page->painter().modes());
        auto* part = bench.find<QComboBox>("gatesPart");
        part->setCurrentIndex(part->findData("modes"));
        QTRY_VERIFY(bench.page->painter().modes());
        QCOMPARE(bench.page->painter().modes()->groups.at(0).runs.size(), std::size_t{2});
        QVERIFY(bench.page->command().contains("--part modes"));
        const QTemporaryDir folder;
        QVERIFY(exportedTable(*bench.page, folder.path()).contains("\"clean\",test/frame/mae_mm,2,1.5"));
        // The constant prediction is drawn.
        const Rgb dashed = ui::palette(Appearance::Light).warning;
        QVERIFY(inksOf(exportedPicture(*bench.page, folder.path()))
                    .contains(qRgb(dashed.red, dashed.green, dashed.blue)));
    }

    void aRunWithoutGatesIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("plain"));
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        auto* text = bench.find<QLabel>("gatesEmpty");
        QTRY_VERIFY(text->text().contains("no gates"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(GatesPageTest)
#include "test_gates_page.moc"
