// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QtTest>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/gates/gates_page.h"
#include "ui/theme/colour_map.h"
#include "ui/views/gate_board_painter.h"
#include "ui_canvas/validated.h"

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
        writer_->flush();
    }
    void end() { writer_->finish({}); }
    std::int64_t id() const { return writer_->run(); }

  private:
    std::unique_ptr<store::RunWriter> writer_;
};

struct Bench {
    explicit Bench(const Scratch& scratch) : workspace(Workspace::Options{}) {
        workspace.theme.setMode(Theme::Mode::Light);
        workspace.stores.open(QString::fromStdString(scratch.store().string()));
        page = std::make_unique<GatesPage>(workspace, nullptr);
        page->resize(1100, 760);
        page->show();
    }
    void choose(std::int64_t run) {
        workspace.selection.setCurrent({workspace.stores.target()->path(), run});
    }
    const GateRecords& records() { return page->painter().records(); }
    QWindow* canvas() { return &page->findChild<CanvasWidget*>()->window(); }

    Workspace workspace;
    std::unique_ptr<GatesPage> page;
};

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
        QVERIFY(bench.page->findChild<QLabel*>("gatesEmpty")->isVisible());
        bench.choose(run.id());
        QTRY_COMPARE(bench.records().gates.size(), std::size_t{2});
        QVERIFY(!bench.page->findChild<QLabel*>("gatesEmpty")->isVisible());
        auto* gate = bench.page->findChild<QComboBox*>("gatesGate");
        QCOMPARE(gate->count(), 2);
        gate->setCurrentIndex(1);
        QCOMPARE(bench.page->painter().chosenGate(), std::string("two"));
        auto* order = bench.page->findChild<QComboBox*>("gatesOrder");
        order->setCurrentIndex(order->findData("last"));
        QVERIFY(bench.page->painter().order() == GateOrder::Last);
        // What is written while the page is open comes by itself; choices stay.
        run.at(300);
        QTRY_COMPARE_WITH_TIMEOUT(bench.records().steps.size(), std::size_t{4}, 8000);
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
        QTRY_COMPARE(bench.records().gates.size(), std::size_t{2});
        QTRY_VERIFY_WITH_TIMEOUT(bench.canvas()->isExposed(), 20000);
        QTest::qWait(200);
        // Below the board the time picture reaches from 86 to about 770 pixels; its middle is step 100.
        const QPoint middle(static_cast<int>(bench.canvas()->width() * 0.4), bench.canvas()->height() / 2);
        QTest::mouseMove(bench.canvas(), middle);
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, middle);
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace.selection.step().has_value(), 5000);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, middle);
        QCOMPARE(*bench.workspace.selection.step(), 100);
        bench.workspace.actions.find("gates.next")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 200);
        bench.workspace.actions.find("gates.next")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 200);
        bench.workspace.actions.find("gates.previous")->trigger();
        bench.workspace.actions.find("gates.previous")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 0);
        QVERIFY(bench.page->command().contains("filigree render gates"));
        QVERIFY(bench.page->command().contains("--step 0"));
        // The second row of the board.
        QTest::mouseMove(bench.canvas(), QPoint(400, 76 + 45));
        QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, QPoint(400, 76 + 45));
        QTRY_COMPARE_WITH_TIMEOUT(bench.page->painter().chosenGate(), std::string("two"), 5000);
        QTRY_COMPARE(bench.page->findChild<QComboBox*>("gatesGate")->currentText(), QString("two"));
    }

    void pictureAndScoresAreExported() {
        const Scratch scratch;
        GatedRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.records().gates.size(), std::size_t{2});
        const QTemporaryDir folder;
        bench.page->exportTo(folder.filePath("gates.csv"));
        QTRY_VERIFY(QFile::exists(folder.filePath("gates.csv")));
        QFile table(folder.filePath("gates.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'), 3 * 3 + 3 * 2);
        bench.page->exportTo(folder.filePath("gates.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(folder.filePath("gates.png")), 20000);
        QTRY_VERIFY(!QImage(folder.filePath("gates.png")).isNull());
        const QImage picture(folder.filePath("gates.png"));
        QSet<QRgb> inks;
        for (int y = 0; y < picture.height(); y += 3)
            for (int x = 0; x < picture.width(); x += 3) inks.insert(picture.pixel(x, y));
        // Scores .9 and .1 of the second gate.
        for (const double score : {.9, .1}) {
            const Rgb c =
                sequentialMap(Appearance::Light)[static_cast<std::size_t>(std::lround(255 * score))];
            QVERIFY(inks.contains(qRgb(c.red, c.green, c.blue)));
        }
    }

    void aRunWithoutGatesIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("plain"));
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        auto* text = bench.page->findChild<QLabel*>("gatesEmpty");
        QTRY_VERIFY(text->text().contains("no gates"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(GatesPageTest)
#include "test_gates_page.moc"
