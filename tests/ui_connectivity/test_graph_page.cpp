// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QPushButton>
#include <QToolButton>
#include <QtTest>

#include "store/written_run.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/graph_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// fc1 (3 x 3) and fc2 (2 x 3): unit c of fc1 is dead until step 20, when it takes the place of b.
class SmallRun : public WrittenRun {
  public:
    explicit SmallRun(const Scratch& scratch) : WrittenRun(scratch, "small") {
        writer_->mask({"fc1", 3, 3, {}, {0, 1, 4}}, {0, 0});
        writer_->edgeValues({"fc1", "weight", {2, -1, 3}}, {0, 0});
        writer_->mask({"fc2", 2, 3, {}, {0, 1, 4}}, {0, 0});
        writer_->mask({"fc1", 3, 3, {}, {0, 1, 7}}, {20, 0});
        writer_->mask({"fc2", 2, 3, {}, {0, 2, 5}}, {20, 0});
        writer_->flush();
    }
    void at(std::int64_t step) {
        writer_->mask({"fc1", 3, 3, {}, {0}}, {step, 0});
        writer_->heartbeat({step, 100, 1, 1});
        writer_->flush();
    }
};

struct Bench : PageBench<ConnectivityPage> {
    Bench(const Scratch& scratch, const SmallRun& run) : PageBench(scratch) {
        choose(run.id());
        find<QToolButton>("connectivityGraph")->click();
    }
    GraphModel& model() { return page->graph().model(); }
    std::int64_t step() { return model().picture() ? model().picture()->graph.step : -1; }
    std::size_t drawn() { return model().edges() ? model().edges()->drawn() : 0; }
    std::optional<GraphNode> chosen() { return model().edges() ? model().edges()->node : std::nullopt; }
    void trigger(const char* id) { workspace.actions.find(QLatin1String(id))->trigger(); }
};

}  // namespace

class TestGraphPage : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() { vulkan_ = validatedScreen(); }

    void theGraphFollowsTheTransport() {
        const Scratch scratch;
        SmallRun run(scratch);
        Bench bench(scratch, run);
        QTRY_COMPARE(bench.step(), 20);
        QCOMPARE(bench.model().picture()->graph.dead().noIncoming, 1);
        bench.find<TransportBar>("transport")->first();
        QTRY_COMPARE(bench.step(), 0);
        QCOMPARE(bench.drawn(), std::size_t{6});
        // Back to the newest; then the run goes on.
        bench.find<TransportBar>("transport")->setFollowing(true);
        QTRY_COMPARE(bench.step(), 20);
        run.at(30);
        QTRY_COMPARE_WITH_TIMEOUT(bench.step(), 30, 8000);
        QCOMPARE(bench.drawn(), std::size_t{4});
        run.end();
        // The matrix comes back, at the same step.
        bench.find<QToolButton>("connectivityGraph")->click();
        QTRY_VERIFY(bench.page->painter().model().data());
        QTRY_COMPARE(bench.page->painter().model().data()->pattern->step, 30);
        QVERIFY(bench.page->command().contains("render connectivity"));
    }

    void unitsAreChosenByMouseAndKeys() {
        const Scratch scratch;
        SmallRun run(scratch);
        run.end();
        Bench bench(scratch, run);
        QTRY_COMPARE(bench.step(), 20);
        bench.find<TransportBar>("transport")->first();
        QTRY_COMPARE(bench.step(), 0);
        bench.waitForCanvas();
        QTRY_VERIFY_WITH_TIMEOUT(bench.model().viewport().width > 100, 20000);
        QTest::qWait(200);
        // The canvas' middle is that of the graph's middle column but for the lines above and below it.
        const auto place = [&](const GraphNode& node) {
            const GraphShape& shape = bench.model().picture()->shape;
            const double left = (bench.canvas()->width() - bench.model().viewport().width) / 2;
            const double top = bench.canvas()->height() - 48 - bench.model().viewport().height;
            return QPoint(static_cast<int>(left + bench.model().toX(shape.x(node.column))),
                          static_cast<int>(top + bench.model().toY(shape.y(node))));
        };
        QTest::mouseMove(bench.canvas(), place({1, 1}));
        QTRY_VERIFY_WITH_TIMEOUT(bench.model().hovered() == (GraphNode{1, 1}), 5000);
        QTest::mouseClick(bench.canvas(), Qt::LeftButton, {}, place({1, 1}));
        QTRY_VERIFY_WITH_TIMEOUT(bench.chosen() == (GraphNode{1, 1}), 5000);
        QCOMPARE(bench.drawn(), std::size_t{3});  // in1 to b, b to y0 and y1
        QVERIFY(bench.page->command().contains("render graph"));
        QVERIFY(bench.page->command().contains("--neuron fc1:1"));
        bench.trigger("connectivity.copyDescription");
        QVERIFY(QGuiApplication::clipboard()->text().startsWith("fc1, unit 1\nconnections: 1 in, 2 out"));
        // Ctrl and an arrow lead to the strongest neighbour; Esc ends it.
        QTest::keyClick(bench.canvas(), Qt::Key_Left, Qt::ControlModifier);
        QTRY_VERIFY_WITH_TIMEOUT(bench.chosen() == (GraphNode{0, 1}), 5000);
        QTest::keyClick(bench.canvas(), Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.chosen() && bench.drawn() == 6, 5000);
        // The wheel enlarges, A shows everything.
        const double before = bench.model().viewport().scaleX;
        const QPointF middle(bench.canvas()->width() / 2.0, bench.canvas()->height() / 2.0);
        QWheelEvent wheel(middle, bench.canvas()->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(bench.canvas(), &wheel);
        QTRY_VERIFY_WITH_TIMEOUT(bench.model().viewport().scaleX > before, 5000);
        // Dragging pans.
        const double left = bench.model().viewport().left;
        QTest::mouseMove(bench.canvas(), QPoint(300, 300));
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, QPoint(300, 300));
        QTest::qWait(50);
        QTest::mouseMove(bench.canvas(), QPoint(250, 300));
        QTest::qWait(50);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, QPoint(250, 300));
        QTRY_VERIFY_WITH_TIMEOUT(bench.model().viewport().left > left, 5000);
        QVERIFY(!bench.chosen());
        QTest::keyClick(bench.canvas(), Qt::Key_A);
        QTRY_COMPARE(bench.model().viewport().scaleX, 1.0);
        QTest::keyClick(bench.canvas(), Qt::Key_G);
        QTRY_VERIFY(bench.page->painter().model().data());
        QVERIFY(!bench.find<QToolButton>("connectivityGraph")->isChecked());
    }

    void pictureAndEdgesAreExported() {
        const Scratch scratch;
        SmallRun run(scratch);
        run.end();
        Bench bench(scratch, run);
        QTRY_COMPARE(bench.drawn(), std::size_t{6});
        const QTemporaryDir folder;
        bench.page->exportEdges(folder.filePath("edges.csv"));
        QTRY_VERIFY(QFile::exists(folder.filePath("edges.csv")));
        QFile table(folder.filePath("edges.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'), 6);
        bench.page->exportTo(folder.filePath("graph.png"), QSize(800, 500), 1, Appearance::Dark);
        QTRY_VERIFY_WITH_TIMEOUT(!QImage(folder.filePath("graph.png")).isNull(), 20000);
        QVERIFY(QImage(folder.filePath("graph.png")).text("Source").startsWith("filigree render graph"));
    }

    void choicesAreKept() {
        const Scratch scratch;
        SmallRun run(scratch);
        run.end();
        QJsonObject state;
        {
            Bench bench(scratch, run);
            auto* edges = bench.find<QComboBox>("connectivityEdges");
            edges->setCurrentIndex(edges->findData(100));
            QTRY_VERIFY(bench.model().edges() && bench.model().edges()->budget == 100);
            // Beside the table of runs there is that much room in the smallest window.
            QVERIFY(bench.page->minimumSizeHint().width() <= 820);
            state = bench.page->save();
        }
        PageBench<ConnectivityPage> again(scratch);
        again.page->restore(state);
        again.choose(run.id());
        QTRY_VERIFY(again.page->graph().model().edges());
        QCOMPARE(again.page->graph().model().edges()->budget, std::size_t{100});
        again.find<QToolButton>("connectivityGraph")->click();
        QVERIFY(again.page->minimumSizeHint().width() <= 820);
    }

    void aFilmIsExportedOrCancelled() {
        const Scratch scratch;
        SmallRun run(scratch);
        run.at(30);
        run.end();
        PageBench<ConnectivityPage> bench(scratch);
        bench.choose(run.id());
        QTRY_VERIFY(bench.page->painter().model().data());
        const QTemporaryDir folder;
        const QString path = folder.filePath("film.png");
        bench.page->exportFilm(path);
        QVERIFY(bench.find<QWidget>("filmBar")->isVisibleTo(bench.page.get()));
        QVERIFY(!bench.find<QToolButton>("connectivityFilm")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), 20000);
        QTRY_VERIFY(!bench.find<QWidget>("filmBar")->isVisibleTo(bench.page.get()));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray bytes = file.readAll();
        // fc1 was recorded at steps 0, 20 and 30.
        QCOMPARE(bytes.count("fcTL"), 3);
        QVERIFY(!QImage(path).isNull());
        QVERIFY(QImage(path).text("Source").startsWith("filigree render connectivity"));
        // The graph has a film of its own.
        bench.find<QToolButton>("connectivityGraph")->click();
        QTRY_VERIFY(bench.page->graph().model().picture());
        const QString graph = folder.filePath("graph.png");
        bench.page->exportFilm(graph);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(graph), 20000);
        QTRY_VERIFY(!bench.find<QWidget>("filmBar")->isVisibleTo(bench.page.get()));
        QFile graphFile(graph);
        QVERIFY(graphFile.open(QIODevice::ReadOnly));
        QCOMPARE(graphFile.readAll().count("fcTL"), 3);
        QVERIFY(QImage(graph).text("Source").startsWith("filigree render graph"));
        bench.find<QToolButton>("connectivityGraph")->click();
        // Cancelled, nothing is written.
        const QString none = folder.filePath("none.png");
        bench.page->exportFilm(none);
        QTest::mouseClick(bench.find<QPushButton>("filmCancel"), Qt::LeftButton);
        QVERIFY(!bench.find<QWidget>("filmBar")->isVisibleTo(bench.page.get()));
        QVERIFY(bench.find<QToolButton>("connectivityFilm")->isEnabled());
        QTest::qWait(100);
        QVERIFY(!QFile::exists(none));
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(TestGraphPage)
#include "test_graph_page.moc"
