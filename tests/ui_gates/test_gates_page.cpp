// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QtTest>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/gates/gates_page.h"
#include "ui/theme/colour_map.h"
#include "ui/views/gate_board_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Two gates, recorded at steps 0, 100 and 200; channel 0 of "one" opens, channel 1 closes.
class GatedRun {
  public:
    explicit GatedRun(const Scratch& scratch)
        : writer_(store::RunWriter::createRun(scratch.store(), exampleRun("gated"))) {
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
    void end() { writer_->finish({}); }
    std::int64_t id() const { return writer_->run(); }

  private:
    std::unique_ptr<store::RunWriter> writer_;
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
    void initTestCase() {
        if (QGuiApplication::platformName() == "offscreen")
            QSKIP("needs a screen: packaging/test.sh makes one in memory");
        vulkan_ = validatedInstance();
    }

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
        QTRY_VERIFY_WITH_TIMEOUT(bench.canvas()->isExposed(), 20000);
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
