// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/rewiring/rewiring_page.h"
#include "ui/views/rewiring_painter.h"
#include "ui_canvas/validated.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Two layers; fc1 moves two of its four connections at step 100, one at step 200.
class MovingRun {
  public:
    explicit MovingRun(const Scratch& scratch)
        : writer_(store::RunWriter::createRun(scratch.store(), exampleRun("moved"))) {
        writer_->mask({"fc1", 3, 4, {}, {0, 1, 2, 3}}, {0, 0});
        writer_->mask({"fc2", 2, 2, {}, {0, 2}}, {0, 0});
        round(1, {0, 1}, {1, 5}, 100);
        round(2, {2}, {0}, 200);
    }
    void round(std::int64_t number, std::vector<std::uint32_t> dropped, std::vector<std::uint32_t> grown,
               std::int64_t step) {
        writer_->rewiring({"fc1", number, std::move(dropped), std::move(grown)}, {step, 0});
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
        page = std::make_unique<RewiringPage>(workspace, nullptr);
        page->resize(1100, 760);
        page->show();
    }
    void choose(std::int64_t run) {
        workspace.selection.setCurrent({workspace.stores.target()->path(), run});
    }
    const RewiringHistory& history() { return page->painter().rewiring().history; }
    QWindow* canvas() { return &page->findChild<CanvasWidget*>()->window(); }

    Workspace workspace;
    std::unique_ptr<RewiringPage> page;
};

}  // namespace

class RewiringPageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() {
        if (QGuiApplication::platformName() == "offscreen")
            QSKIP("needs a screen: packaging/test.sh makes one in memory");
        vulkan_ = validatedInstance();
    }

    void roundsAreShownAndGrow() {
        const Scratch scratch;
        MovingRun run(scratch);
        Bench bench(scratch);
        QVERIFY(bench.page->findChild<QLabel*>("rewiringEmpty")->isVisible());
        bench.choose(run.id());
        QTRY_COMPARE(bench.history().rounds.size(), std::size_t{3});
        QCOMPARE(bench.history().positions, 16);
        QVERIFY(!bench.page->findChild<QLabel*>("rewiringEmpty")->isVisible());
        auto* layer = bench.page->findChild<QComboBox*>("rewiringLayer");
        QCOMPARE(layer->count(), 3);
        layer->setCurrentIndex(1);
        QTRY_COMPARE(bench.history().positions, 12);
        QCOMPARE(bench.workspace.selection.layer(), QString("fc1"));
        // What is written while the page is open comes by itself.
        run.round(3, {5}, {7}, 300);
        QTRY_COMPARE_WITH_TIMEOUT(bench.history().rounds.size(), std::size_t{4}, 8000);
        QCOMPARE(layer->currentText(), QString("fc1"));
        run.end();
    }

    void aStepIsChosenByMouseAndKeys() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.history().rounds.size(), std::size_t{3});
        QTRY_VERIFY_WITH_TIMEOUT(bench.canvas()->isExposed(), 20000);
        QTest::qWait(200);
        // In the middle of the strips lies the middle of the run.
        const QPoint middle(static_cast<int>(bench.canvas()->width() * 0.35), bench.canvas()->height() / 2);
        QTest::mouseMove(bench.canvas(), middle);
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, middle);
        QTRY_VERIFY_WITH_TIMEOUT(bench.workspace.selection.step().has_value(), 5000);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, middle);
        QCOMPARE(*bench.workspace.selection.step(), 100);
        bench.workspace.actions.find("rewiring.next")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 200);
        bench.workspace.actions.find("rewiring.next")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 200);
        bench.workspace.actions.find("rewiring.previous")->trigger();
        bench.workspace.actions.find("rewiring.previous")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), 0);
        QVERIFY(bench.page->command().contains("filigree render rewiring"));
        QVERIFY(bench.page->command().contains("--step 0"));
    }

    void pictureAndNumbersAreExported() {
        const Scratch scratch;
        MovingRun run(scratch);
        run.end();
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.history().rounds.size(), std::size_t{3});
        const QTemporaryDir folder;
        bench.page->exportTo(folder.filePath("rounds.csv"));
        QFile table(folder.filePath("rounds.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'), 3);
        bench.page->exportTo(folder.filePath("rounds.png"));
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(folder.filePath("rounds.png")), 20000);
        QTRY_VERIFY(!QImage(folder.filePath("rounds.png")).isNull());
        const QImage picture(folder.filePath("rounds.png"));
        QSet<QRgb> inks;
        for (int y = 0; y < picture.height(); y += 3)
            for (int x = 0; x < picture.width(); x += 3) inks.insert(picture.pixel(x, y));
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
        auto* text = bench.page->findChild<QLabel*>("rewiringEmpty");
        QTRY_VERIFY(text->text().contains("never moved"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(RewiringPageTest)
#include "test_rewiring_page.moc"
