// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

#include "store/annotations.h"
#include "store/commands.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/base/error_bar.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/range_control.h"
#include "ui/connectivity/values_table.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/connectivity_painter.h"
#include "ui_canvas/validated.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// A run that is still going on in this process: fc1 (10 x 64) and fc2 (5 x 10), frames at 0, 10 and 20,
/// weights at 10.
class LiveRun {
  public:
    explicit LiveRun(const Scratch& scratch) {
        store::NewRun run = exampleRun("watched");
        run.config = {{"data.name", std::string("digits")}};
        run.totalSteps = 100;
        writer_ = store::RunWriter::createRun(scratch.store(), run);
        writer_->mask({"fc1", 10, 64, {}, {0, 1, 2, 70, 200}}, {0, 0});
        writer_->mask({"fc2", 5, 10, {}, {0, 11}}, {0, 0});
        writer_->mask({"fc1", 10, 64, {}, {0, 1, 3, 70, 200}}, {10, 1});
        writer_->edgeValues({"fc1", "weight", {1, -2, 0.5F, 0.25F, -0.125F}}, {10, 1});
        frame(20, {0, 1, 4, 70, 201});
    }
    void frame(std::int64_t step, std::vector<std::uint32_t> active) {
        writer_->mask({"fc1", 10, 64, {}, std::move(active)}, {step, 1});
        writer_->heartbeat({step, 100, 1, 1});
        writer_->flush();
    }
    std::int64_t id() const { return writer_->run(); }
    void end() { writer_->finish({}); }

  private:
    std::unique_ptr<store::RunWriter> writer_;
};

struct Bench {
    explicit Bench(const Scratch& scratch) : workspace(Workspace::Options{}) {
        workspace.theme.setMode(Theme::Mode::Light);
        workspace.stores.open(QString::fromStdString(scratch.store().string()));
        page = std::make_unique<ConnectivityPage>(workspace, nullptr);
        page->resize(1000, 640);
        page->show();
    }
    void choose(std::int64_t run) {
        workspace.selection.setCurrent({workspace.stores.target()->path(), run});
    }
    const Connectivity* pattern() {
        const ConnectivityData* shown = page->painter().model().data();
        return shown ? shown->pattern.get() : nullptr;
    }
    qint64 step() { return pattern() ? pattern()->step : -1; }
    template <typename Widget>
    Widget* find(const char* name) {
        return page->findChild<Widget*>(name);
    }
    TransportBar& transport() { return *find<TransportBar>("transport"); }

    Workspace workspace;
    std::unique_ptr<ConnectivityPage> page;
};

}  // namespace

class TestPage : public QObject {
    Q_OBJECT

  private slots:
    void withoutARunItSaysWhatToDo() {
        const Scratch scratch;
        Bench bench(scratch);
        auto* text = bench.find<QLabel>("connectivityEmpty");
        QVERIFY(text->isVisible());
        QVERIFY(text->text().contains("No run is chosen"));
        QSignalSpy gallery(&bench.workspace, &Workspace::showGallery);
        QTest::mouseClick(bench.find<QPushButton>("connectivityEmptyButton"), Qt::LeftButton);
        QCOMPARE(gallery.count(), 1);
    }

    void aRunWithoutPatternsIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        QTRY_VERIFY(bench.find<QLabel>("connectivityEmpty")->text().contains("dense"));
    }

    void showsTheNewestFrameOfTheFirstLayer() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        QCOMPARE(bench.pattern()->layer, std::string("fc1"));
        QCOMPARE(bench.workspace.selection.layer(), QString("fc1"));
        QVERIFY(bench.transport().timeline().follows());
        QVERIFY(bench.find<QWidget>("canvasContainer")
                    ->accessibleDescription()
                    .startsWith("fc1: 5 of 640 connections"));
        QVERIFY(bench.find<QLabel>("connectivityRun")->text().contains("watched"));
    }

    void followsTheRunWhileItGoesOn() {
        const Scratch scratch;
        LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        run.frame(30, {0, 5});
        QTRY_COMPARE(bench.step(), 30);
        // Going back ends following; new frames do not move the person.
        bench.transport().move(-1);
        QTRY_COMPARE(bench.step(), 20);
        QCOMPARE(bench.workspace.selection.step(), std::optional<qint64>(20));
        run.frame(40, {0, 6});
        QTRY_COMPARE(bench.transport().timeline().frames().size(), std::size_t{5});
        QCOMPARE(bench.step(), 20);
        bench.transport().setFollowing(true);
        QTRY_COMPARE(bench.step(), 40);
        QVERIFY(!bench.workspace.selection.step());
    }

    void asksTheRunForPatternsWhileItIsWatched() {
        const Scratch scratch;
        const LiveRun run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const auto arguments = [&] {
            QStringList list;
            for (const store::Command& command : store::commands(opened, run.id()))
                if (command.verb == "watch") list.append(QString::fromStdString(command.argument));
            return list;
        };
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(arguments(), QStringList{"mask 500"});
        bench.find<QComboBox>("connectivityColouring")->setCurrentIndex(1);
        QTRY_COMPARE(arguments(), (QStringList{"mask 500", "mask 0", "edge_values 500"}));
        bench.page->hide();
        QTRY_COMPARE(arguments().last(), QString("edge_values 0"));
        bench.page->show();
        QTRY_COMPARE(arguments().last(), QString("edge_values 500"));
    }

    void otherPagesChooseStepLayerAndConnection() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        bench.workspace.selection.setStep(9);
        QTRY_COMPARE(bench.step(), 10);
        bench.workspace.selection.setEdge(EdgeRef{1, 6});
        QCOMPARE(bench.page->painter().model().selected(), std::optional(MatrixCell{1, 6}));
        bench.workspace.selection.setLayer("fc2");
        QTRY_COMPARE(bench.pattern()->layer, std::string("fc2"));
        QVERIFY(!bench.workspace.selection.edge());
    }

    void aColouringWithoutValuesFallsBackAndSaysSo() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        bench.find<QComboBox>("connectivityColouring")->setCurrentIndex(1);
        QTRY_VERIFY(bench.page->painter().model().data()->colouring == Colouring::Sign);
        QVERIFY(bench.find<QWidget>("rangeControl")->isVisible());
        bench.transport().first();
        QTRY_COMPARE(bench.step(), 0);
        QVERIFY(bench.page->painter().model().data()->colouring == Colouring::Presence);
        QVERIFY(bench.find<QLabel>("connectivityNote")->text().contains("no weights"));
        QVERIFY(!bench.find<QWidget>("rangeControl")->isVisible());
    }

    void theRangeIsTypedDraggedAndResets() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        bench.find<QComboBox>("connectivityColouring")->setCurrentIndex(1);
        QTRY_VERIFY(bench.page->painter().model().data() &&
                    bench.page->painter().model().data()->colouring == Colouring::Sign);
        ConnectivityModel& model = bench.page->painter().model();
        auto* high = bench.find<QLineEdit>("rangeHigh");
        high->selectAll();
        QTest::keyClicks(high, "0.75");
        QTest::keyClick(high, Qt::Key_Return);
        QCOMPARE(model.range(), std::pair(-0.75, 0.75));  // signed: both ends
        QTest::mouseClick(bench.find<QToolButton>("rangeAutomatic"), Qt::LeftButton);
        QVERIFY(model.rangeIsAutomatic());
        auto* strip = bench.find<QWidget>("rangeStrip");
        QTest::mouseClick(strip, Qt::LeftButton, {}, {strip->width() * 3 / 4, 20});
        QVERIFY(!model.rangeIsAutomatic());
        QCOMPARE(model.range().first, -model.range().second);
    }

    void theTableHoldsTheSameSelection() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        QTest::mouseClick(bench.find<QToolButton>("connectivityTable"), Qt::LeftButton);
        auto* table = bench.find<QTableView>("values");
        QVERIFY(table->isVisible());
        QCOMPARE(table->model()->rowCount(), 5);
        table->selectRow(3);  // row 1, column 6
        QCOMPARE(bench.workspace.selection.edge(), std::optional(EdgeRef{1, 6}));
        bench.page->painter().model().select(MatrixCell{0, 4});
        QCOMPARE(table->selectionModel()->selectedRows().value(0).row(), 2);
        bench.workspace.actions.find("connectivity.copyRows")->trigger();
        QVERIFY(QGuiApplication::clipboard()->text().startsWith(
            "row\tcolumn\tweight\tage\tactive\tgrown\n0\t4\t"));
    }

    void theTableSortsByAnyColumn() {
        Connectivity pattern = makeConnectivity({"fc1", 2, 3, {}, {0, 2, 4}}, 0);
        pattern.weight = {0.5F, NAN, -1};
        ValuesModel model;
        model.setPattern(std::make_shared<const Connectivity>(pattern));
        model.sort(ValuesModel::Weight, Qt::AscendingOrder);
        QCOMPARE(model.connectionAt(0), std::size_t{2});
        QCOMPARE(model.connectionAt(2), std::size_t{1});  // unknown comes last
        model.sort(ValuesModel::Weight, Qt::DescendingOrder);
        QCOMPARE(model.connectionAt(0), std::size_t{0});
        QCOMPARE(model.connectionAt(2), std::size_t{1});
        QCOMPARE(model.rowOf(1, 1), 1);
        QCOMPARE(model.rowOf(1, 0), -1);
    }

    void rowsAndColumnsAreOrdered() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        bench.page->painter().model().select(MatrixCell{3, 9});  // flat 201
        auto* rows = bench.find<QComboBox>("rowOrder");
        rows->setFocus();
        QTest::keyClick(rows, Qt::Key_Down);  // degree
        // Rows 0, 1, 3 have 3, 1, 1 connections; the selection moves along, to other pages it stays.
        QTRY_COMPARE(bench.pattern()->rowOrder, std::string("degree"));
        QCOMPARE(bench.pattern()->rowId(1), 1);
        QCOMPARE(bench.pattern()->rowId(2), 3);
        QCOMPARE(bench.page->painter().model().selected(), std::optional(MatrixCell{2, 9}));
        QCOMPARE(bench.workspace.selection.edge(), std::optional(EdgeRef{3, 9}));
        QVERIFY(bench.page->command().contains(" --rows degree"));
        // The order is kept in other frames.
        bench.transport().goTo(10);
        QTRY_COMPARE(bench.step(), 10);
        QCOMPARE(bench.pattern()->rowOrder, std::string("degree of step 20"));
        QVERIFY(bench.page->command().contains(" --order-step 20"));
        bench.workspace.selection.setEdge(EdgeRef{1, 6});
        QCOMPARE(bench.page->painter().model().selected(), std::optional(MatrixCell{1, 6}));
        // Nothing tells ages: the order by them says so.
        bench.find<QComboBox>("columnOrder")->setCurrentIndex(3);
        QTRY_VERIFY(bench.find<QLabel>("connectivityNote")->text().contains("seen first"));
    }

    void framesAndRunsAreCompared() {
        const Scratch scratch;
        LiveRun run(scratch);
        const LiveRun twin(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        auto* against = bench.find<QComboBox>("against");
        QTRY_COMPARE(against->count(), 4);  // nothing, before, first, the twin
        against->setFocus();
        QTest::keyClick(against, Qt::Key_Down);
        QTRY_VERIFY(bench.pattern()->against);
        // Step 20 has 4 and 201, step 10 has 3 and 200 alone.
        QCOMPARE(bench.pattern()->against->step, 10);
        QCOMPARE(bench.pattern()->against->onlyA, 2);
        QCOMPARE(bench.pattern()->against->onlyB, 2);
        QCOMPARE(bench.pattern()->against->both, 3);
        QVERIFY(!bench.find<QWidget>("matchNeurons")->isEnabled());
        QVERIFY(bench.page->command().contains(" --against 1@10"));
        bench.transport().move(-1);
        QTRY_COMPARE(bench.pattern()->against->step, 0);  // the frame before that
        // Pinned by its key on the canvas.
        bench.workspace.actions.find("connectivity.pin")->trigger();
        bench.transport().last();
        QTRY_VERIFY(bench.step() == 20 && bench.pattern()->against->step == 10);
        QCOMPARE(against->currentText(), QString("Pinned step 10"));
        against->setCurrentIndex(against->count() - 1);
        QTRY_VERIFY(bench.pattern()->against->otherRun);
        QCOMPARE(bench.pattern()->against->jaccard(), 1.0);
        QTest::mouseClick(bench.find<QWidget>("matchNeurons"), Qt::LeftButton, {}, {8, 8});
        QTRY_VERIFY(bench.pattern()->against->matched);
        QVERIFY(bench.page->command().endsWith(" --against 2 --match -o connectivity.png"));
        // The table says which pattern a connection is of.
        QTest::mouseClick(bench.find<QToolButton>("connectivityTable"), Qt::LeftButton);
        auto* table = bench.find<QTableView>("values");
        QCOMPARE(table->model()->index(0, ValuesModel::Change).data().toString(), QString("A and B"));
        against->setCurrentIndex(0);
        QTRY_VERIFY(!bench.pattern()->against);
    }

    void bookmarksLandInTheStoreAndOnTheTrack() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        bench.transport().goTo(10);
        bench.workspace.actions.find("connectivity.bookmark")->trigger();
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        QTRY_COMPARE(store::bookmarks(opened, run.id()).size(), std::size_t{1});
        QCOMPARE(store::bookmarks(opened, run.id())[0].step, 10);
    }

    void exportsAPictureAndTheCommandForIt() {
        const Scratch scratch;
        const LiveRun run(scratch);
        Bench bench(scratch);
        bench.choose(run.id());
        QTRY_COMPARE(bench.step(), 20);
        QVERIFY(bench.page->command().contains("--run 1 --layer fc1 --step 20 "));
        QVERIFY(bench.page->command().endsWith(" -o connectivity.png"));
        const QString file = QString::fromStdString((scratch.folder() / "a.png").string());
        bench.page->exportTo(file, {500, 400}, 1, Appearance::Dark);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(file) || !bench.page->findChild<ErrorBar*>()->text().isEmpty(),
                                 15000);
        if (!QFile::exists(file)) QSKIP("there is no Vulkan driver to draw with");
        QTRY_COMPARE(QImage(file).size(), QSize(500, 400));
        QCOMPARE(QImage(file).pixel(0, 0), 0xFF1B1D21U);
    }

    void everyControlHasANameAndAnAction() {
        const Scratch scratch;
        Bench bench(scratch);
        for (const QWidget* widget : bench.page->findChildren<QWidget*>()) {
            const bool control = qobject_cast<const QAbstractButton*>(widget) ||
                                 qobject_cast<const QComboBox*>(widget) ||
                                 qobject_cast<const QLineEdit*>(widget);
            if (!control || qobject_cast<const QAbstractItemView*>(widget->parentWidget())) continue;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            const bool named = !widget->accessibleName().isEmpty() || (button && !button->text().isEmpty());
            QVERIFY2(named || widget->metaObject()->className() == QByteArray("QTableCornerButton"),
                     qPrintable(widget->objectName() + widget->metaObject()->className()));
        }
        for (const ActionTable::Entry& entry : bench.workspace.actions.entries()) {
            QVERIFY(!entry.spec.tip.isEmpty());
            QVERIFY(!entry.spec.text.isEmpty());
        }
    }

    void whatItShowedSurvivesARestart() {
        const Scratch scratch;
        QJsonObject kept;
        {
            Bench bench(scratch);
            bench.find<QComboBox>("connectivityColouring")->setCurrentIndex(3);
            bench.transport().setSpeed(4);
            kept = bench.page->save();
        }
        Bench bench(scratch);
        bench.page->restore(kept);
        QCOMPARE(bench.find<QComboBox>("connectivityColouring")->currentIndex(), 3);
        QCOMPARE(bench.transport().speed(), 4.0);
        bench.page->restore({});
    }
};

int main(int argc, char** argv) {
    // Without a display the canvas says that it cannot draw; the rest of the page works.
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    keepDriversLoaded();
    QApplication application(argc, argv);
    TestPage test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_page.moc"
