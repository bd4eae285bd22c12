// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QToolButton>
#include <QtTest>
#include <cmath>

#include "store/added_records.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/base/error_bar.h"
#include "ui/landscape/landscape_page.h"
#include "ui/landscape/landscape_view.h"
#include "ui/landscape/surface_list.h"
#include "ui/theme/colour_map.h"
#include "ui/views/landscape_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// (x + 1)^2 + y^2 + 1 as the loss over 5 x 5 places from -1 to 1, and an accuracy.
record::Surface slope(const std::string& tag) {
    record::Surface surface;
    surface.tag = tag;
    surface.x = surface.y = {-1, -0.5, 0, 0.5, 1};
    surface.fields = {"train/loss", "train/acc"};
    for (const double y : surface.y)
        for (const double x : surface.x)
            surface.values.push_back(static_cast<float>((x + 1) * (x + 1) + y * y + 1));
    for (int i = 0; i < 25; ++i) surface.values.push_back(static_cast<float>(i) / 25);
    surface.recipe =
        "{\"directions\":\"random\",\"normalization\":\"filter\",\"seed\":3,\"subspace\":\"mask\","
        "\"biases_and_norms\":\"fixed\",\"x\":[-1,1,5],\"y\":[-1,1,5],\"data\":\"\\\"digits\\\"\","
        "\"split\":\"train\",\"samples\":500,\"batch_norm\":\"none\"}";
    surface.results = "{}";
    surface.points = {{"1@10", 10, 0, 0, 0, 2, 0.5}};
    return surface;
}

std::int64_t emptyRun(const Scratch& scratch) {
    const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("around"));
    writer->finish({});
    return writer->run();
}

void put(const Scratch& scratch, std::int64_t run, const record::Surface& surface) {
    store::Store opened = store::Store::open(scratch.store(), store::Mode::ReadWrite);
    store::add(opened, {run, 1, 10}, surface);
}

struct Bench : PageBench<LandscapePage> {
    explicit Bench(const QString& store) : PageBench(store, {{}, FILIGREE_PROGRAM, {}}) {}
    explicit Bench(const Scratch& scratch) : Bench(QString::fromStdString(scratch.store().string())) {}
    const LandscapeModel& model() { return page->painter().model(); }
    LandscapeViewport& viewport() { return page->painter().viewport(); }
};

}  // namespace

class LandscapePageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;
    QTemporaryDir home_;
    QString trained_;  ///< a store with a run that has checkpoints

    QByteArray filigree(const QStringList& words) {
        QProcess process;
        process.start(FILIGREE_PROGRAM, words + QStringList{"--store", trained_});
        process.waitForFinished(60000);
        if (process.exitCode() != 0) qWarning("%s", process.readAllStandardError().constData());
        return process.readAllStandardOutput();
    }

  private slots:
    void initTestCase() {
        vulkan_ = validatedScreen();
        if (!vulkan_) return;
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        qputenv("XDG_STATE_HOME", home_.filePath("state").toUtf8());
        qputenv("XDG_DATA_HOME", home_.filePath("data").toUtf8());
        trained_ = home_.filePath("trained.filigree");
        filigree({"run", "dst_ee/digits", "--threads", "1", "--progress", "none", "--set", "train.epochs=2",
                  "--set", "checkpoint.every_steps=14", "--set", "checkpoint.keep=5"});
    }

    void withoutARunOrACheckpointItSaysWhatToDo() {
        const Scratch scratch;
        const std::int64_t run = emptyRun(scratch);
        Bench bench(scratch);
        auto* text = bench.find<QLabel>("landscapeEmpty");
        QVERIFY(text->isVisible());
        QVERIFY(text->text().contains("No run is chosen"));
        bench.choose(run);
        QTRY_VERIFY(text->text().contains("checkpoint.every_steps"));
        QVERIFY(!bench.find<QPushButton>("landscapeCompute")->isEnabled());
        QSignalSpy gallery(&bench.workspace, &Workspace::showGallery);
        QTest::mouseClick(bench.find<QPushButton>("landscapeEmptyButton"), Qt::LeftButton);
        QCOMPARE(gallery.count(), 1);
    }

    void landscapesAreListedWithTheirRecipeAndDrawn() {
        const Scratch scratch;
        const std::int64_t run = emptyRun(scratch);
        put(scratch, run, slope("landscape/random-1"));
        record::Surface half = slope("landscape/random-2");
        std::fill(half.values.begin() + 10, half.values.begin() + 25, NAN);
        QTest::qWait(5);
        put(scratch, run, half);
        Bench bench(scratch);
        bench.choose(run);
        auto* list = bench.find<SurfaceList>("surfaces");
        QTRY_COMPARE(list->entries().size(), std::size_t{2});
        // The newest first.
        QTRY_COMPARE(bench.model().surface().tag, std::string("landscape/random-2"));
        QCOMPARE(bench.model().known(), std::size_t{10});
        QCOMPARE(list->model()->index(0, 0).data().toString(), QString("Random directions, by filter"));
        QVERIFY(list->model()->index(0, 0).data(Qt::AccessibleTextRole).toString().contains("10 of 25"));
        QVERIFY(list->model()->index(0, 0).data(Qt::ToolTipRole).toString().contains("batch norm: none"));
        list->setFocus();
        QTest::keyClick(list, Qt::Key_Down);
        QTRY_COMPARE(bench.model().surface().tag, std::string("landscape/random-1"));
        auto* field = bench.find<QComboBox>("landscapeField");
        QCOMPARE(field->count(), 2);
        field->setCurrentIndex(1);
        QTRY_COMPARE(bench.model().field(), std::string("train/acc"));
        QVERIFY(bench.page->command().contains("--field train/acc"));
        // More is known; what a person looks at stays.
        bench.viewport().zoom(0, 0, 2);
        record::Surface changed = slope("landscape/random-1");
        changed.values[25] = 0.75F;
        put(scratch, run, changed);
        QTRY_COMPARE_WITH_TIMEOUT(bench.model().values()[0], 0.75F, 8000);
        QCOMPARE(bench.viewport().x(), (Stretch{-0.5, 0.5}));
        QCOMPARE(list->chosen()->listing.tag, std::string("landscape/random-1"));
    }

    void mouseAndKeysMoveTheView() {
        const Scratch scratch;
        const std::int64_t run = emptyRun(scratch);
        put(scratch, run, slope("landscape/random-1"));
        Bench bench(scratch);
        bench.choose(run);
        QTRY_VERIFY(!bench.model().empty());
        bench.waitForCanvas();
        const QPoint middle(bench.canvas()->width() / 2, bench.canvas()->height() / 2);
        QTest::mouseMove(bench.canvas(), middle);
        QWheelEvent wheel(middle, bench.canvas()->mapToGlobal(middle), {}, {0, 120}, Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(bench.canvas(), &wheel);
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(bench.viewport().x().length() - 2 / 1.25) < 1e-9, 5000);
        // Dragging to the right shows what lies on the left.
        const double before = bench.viewport().x().from;
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, middle);
        QTest::qWait(100);
        QTest::mouseMove(bench.canvas(), middle + QPoint(30, 0));
        QTRY_VERIFY_WITH_TIMEOUT(bench.viewport().x().from < before, 5000);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, middle + QPoint(30, 0));
        QTest::qWait(100);
        QTest::keyClick(bench.canvas(), Qt::Key_A);
        QTRY_VERIFY_WITH_TIMEOUT(bench.viewport().isWhole(), 5000);
        QTest::keyClick(bench.canvas(), Qt::Key_Plus);
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(bench.viewport().x().from + 0.8) < 1e-9, 5000);
        QTest::keyClick(bench.canvas(), Qt::Key_Right);
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(bench.viewport().x().from + 0.64) < 1e-9, 5000);
        QTest::mouseClick(bench.find<QWidget>("landscapeFit"), Qt::LeftButton);
        QVERIFY(bench.viewport().isWhole());
    }

    void aPlaneIsShownAsASurfaceAndTurned() {
        const Scratch scratch;
        const std::int64_t run = emptyRun(scratch);
        put(scratch, run, slope("landscape/random-1"));
        QJsonObject kept;
        {
            Bench bench(scratch);
            bench.choose(run);
            QTRY_VERIFY(!bench.model().empty());
            bench.waitForCanvas();
            QTest::keyClick(bench.canvas(), Qt::Key_S);
            QTRY_VERIFY_WITH_TIMEOUT(bench.page->painter().showsRelief(), 5000);
            ReliefCamera& camera = bench.page->painter().camera();
            const double turn = camera.turn();
            const QPoint middle(bench.canvas()->width() / 2, bench.canvas()->height() / 2);
            QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, middle);
            QTest::qWait(100);
            QTest::mouseMove(bench.canvas(), middle + QPoint(40, 0));
            QTRY_VERIFY_WITH_TIMEOUT(camera.turn() < turn, 5000);
            QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, middle + QPoint(40, 0));
            QTest::qWait(100);
            QTest::keyClick(bench.canvas(), Qt::Key_Left);
            QTest::keyClick(bench.canvas(), Qt::Key_Plus);
            QTRY_VERIFY_WITH_TIMEOUT(camera.scale() > 1.2, 5000);
            QVERIFY(bench.page->command().contains(" --surface --turn "));
            QVERIFY(bench.viewport().isWhole());  // the map stays where it was
            QTest::keyClick(bench.canvas(), Qt::Key_A);
            QTRY_VERIFY_WITH_TIMEOUT(camera.scale() < 1.01 && std::abs(camera.turn() - turn) < 1e-9, 5000);
            kept = bench.page->save();
            QTest::mouseClick(bench.find<QWidget>("landscapeRelief"), Qt::LeftButton);
            QVERIFY(!bench.page->painter().showsRelief());
        }
        Bench bench(scratch);
        bench.page->restore(kept);
        bench.choose(run);
        QTRY_VERIFY(bench.page->painter().showsRelief());
    }

    void pictureAndValuesAreExported() {
        const Scratch scratch;
        const std::int64_t run = emptyRun(scratch);
        put(scratch, run, slope("landscape/random-1"));
        Bench bench(scratch);
        bench.choose(run);
        QTRY_VERIFY(!bench.model().empty());
        const QTemporaryDir folder;
        const QList<QByteArray> lines = exportedTable(*bench.page, folder.path()).split('\n');
        QCOMPARE(lines.size(), 26);
        QCOMPARE(lines[0], QByteArray("x,y,train/loss,train/acc"));
        QCOMPARE(lines[1], QByteArray("-1,-1,2,0"));
        QCOMPARE(lines[25], QByteArray("1,1,6,0.96"));
        const QImage picture = exportedPicture(*bench.page, folder.path());
        QVERIFY(picture.text("Source").startsWith("filigree render landscape"));
        const QSet<QRgb> inks = inksOf(picture);
        const ColourMap& map = sequentialMap(Appearance::Light);
        int found = 0;
        for (const Rgb& ink : map) found += inks.contains(qRgb(ink.red, ink.green, ink.blue));
        QVERIFY2(found > 200, qPrintable(QString::number(found)));
    }

    void aLandscapeIsComputedByTheDialogAndDrawnAsItGrows() {
        Bench bench(trained_);
        bench.choose(1);
        QTRY_VERIFY(bench.find<QPushButton>("landscapeCompute")->isEnabled());
        QVERIFY(bench.find<QLabel>("landscapeEmpty")->text().contains("No landscape"));
        QTest::mouseClick(bench.find<QPushButton>("landscapeCompute"), Qt::LeftButton);
        QTRY_VERIFY(bench.find<ComputeDialog>("computeDialog"));
        auto* dialog = bench.find<ComputeDialog>("computeDialog");
        dialog->findChild<QSpinBox*>("computeResolution")->setValue(11);
        dialog->findChild<QSpinBox*>("computeSamples")->setValue(1);
        QVERIFY(!dialog->findChild<QPushButton*>("computeStart")->isEnabled());
        dialog->findChild<QSpinBox*>("computeSamples")->setValue(300);
        dialog->findChild<QComboBox*>("computeAlong")->setCurrentIndex(1);
        QVERIFY(dialog->findChild<QLabel*>("computeCommand")
                    ->text()
                    .contains("landscape 1 --along trajectory --resolution 11 --samples 300"));
        QTest::mouseClick(dialog->findChild<QPushButton*>("computeStart"), Qt::LeftButton);
        QVERIFY(bench.page->job().isRunning());
        QVERIFY(bench.find<QPushButton>("landscapeStop")->isVisible());
        QVERIFY(!bench.find<QPushButton>("landscapeCompute")->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(!bench.page->job().isRunning(), 60000);
        QCOMPARE(bench.page->findChild<ErrorBar*>()->text(), QString());
        QTRY_COMPARE_WITH_TIMEOUT(bench.model().known(), std::size_t{121}, 10000);
        QVERIFY(bench.model().surface().tag.starts_with("landscape/trajectory-"));
        QVERIFY(bench.model().surface().points.size() >= 3);
        QVERIFY(!bench.find<QPushButton>("landscapeStop")->isVisible());
    }

    void stoppedItGoesOnFromThere() {
        Bench bench(trained_);
        bench.choose(1);
        QTRY_VERIFY(bench.find<QPushButton>("landscapeCompute")->isEnabled());
        run::LandscapeRequest request;
        request.networks = {"1"};
        request.resolution = 401;
        request.samples = 0;
        const auto entry = [&] { return bench.find<SurfaceList>("surfaces")->entries().front(); };
        bench.page->compute(request);
        // It is shown while it goes on.
        QTRY_VERIFY_WITH_TIMEOUT(bench.model().surface().x.size() == 401 && bench.model().known() >= 81,
                                 30000);
        QVERIFY(bench.page->job().isRunning());
        QVERIFY(bench.find<QLabel>("landscapeProgressText")->text().contains("160"));
        QTest::mouseClick(bench.find<QPushButton>("landscapeStop"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!bench.page->job().isRunning(), 20000);
        QVERIFY(bench.page->findChild<ErrorBar*>()->text().isEmpty());
        QTest::qWait(300);
        const std::size_t before = entry().known;
        QVERIFY(before >= 81 && before < 160801);
        bench.page->compute(request);
        QTRY_VERIFY_WITH_TIMEOUT(entry().known > before, 30000);
        // Closing the page stops it.
        const store::Store opened = store::Store::open(trained_.toStdU16String(), store::Mode::ReadOnly);
        bench.page.reset();
        // It writes about once a second until then.
        const auto written = [&] { return store::surfaces(opened, 1).front().added; };
        bool still = false;
        for (int i = 0; i < 5 && !still; ++i) {
            const double earlier = written();
            QTest::qWait(1500);
            still = written() <= earlier;
        }
        QVERIFY(still);
    }

    void barriersBetweenTheSelectedRunsAreComputedAndDrawn() {
        filigree({"run", "dst_ee/digits", "--threads", "1", "--progress", "none", "--set", "train.epochs=1",
                  "--seed", "7"});
        Bench bench(trained_);
        bench.choose(1);
        auto* compute = bench.find<QPushButton>("landscapeCompute");
        QTRY_VERIFY(compute->isEnabled());
        bench.workspace.actions.find("landscape.barriers")->trigger();
        const BarrierMatrixPainter& painter = bench.page->shown().barriers;
        QVERIFY(bench.page->shown().showsBarriers);
        QVERIFY(!bench.find<QWidget>("surfaces")->isVisible());
        QTRY_VERIFY(painter.summary().find("Select two or more runs") != std::string::npos);
        QVERIFY(!compute->isEnabled());
        QVERIFY(bench.page->command().isEmpty());
        // One of another store is not compared.
        const QString path = bench.workspace.selection.current().store;
        bench.workspace.selection.setRuns({{path, 1}, {path, 2}, {path + "x", 3}});
        QTRY_VERIFY(compute->isEnabled());
        QVERIFY(painter.summary().find("choose Compute barriers") != std::string::npos);
        QTest::mouseClick(compute, Qt::LeftButton);
        QVERIFY(bench.page->job().isRunning());
        QVERIFY(!compute->isEnabled());
        QTRY_VERIFY_WITH_TIMEOUT(!bench.page->job().isRunning(), 60000);
        QCOMPARE(bench.page->findChild<ErrorBar*>()->text(), QString());
        QTRY_COMPARE_WITH_TIMEOUT(painter.table().networks.size(), std::size_t{2}, 10000);
        QTRY_VERIFY(painter.table().complete);
        QVERIFY(painter.table().networks[1].starts_with("2@"));
        auto* figure = bench.find<QComboBox>("landscapeField");
        QCOMPARE(figure->currentText(), QString("Test loss"));
        figure->setCurrentIndex(figure->findText("Test error"));
        QCOMPARE(painter.table().figures[painter.figure()], std::string("test/error"));
        QVERIFY(bench.page->command().startsWith("filigree render barriers "));
        QVERIFY(bench.page->command().contains("--run 1 "));
        QVERIFY(bench.page->command().contains("--tag barriers/"));
        QVERIFY(bench.page->command().contains("--figure test/error"));
        const QTemporaryDir folder;
        const QList<QByteArray> lines = exportedTable(*bench.page, folder.path()).split('\n');
        QCOMPARE(lines.size(), 2);
        QVERIFY(lines[1].startsWith(painter.table().networks[0].c_str()));
        // Looked at from the other run it is the same table.
        bench.choose(2);
        QTRY_COMPARE(painter.table().run, 1);
        QVERIFY(bench.page->command().contains("--run 1 "));
        const QJsonObject kept = bench.page->save();
        bench.find<QToolButton>("landscapeBarriers")->click();
        QVERIFY(!bench.page->shown().showsBarriers);
        QVERIFY(bench.find<QLabel>("landscapeEmpty")->isVisible() ||
                bench.find<QWidget>("surfaces")->isVisible());
        bench.page->restore(kept);
        QVERIFY(bench.page->shown().showsBarriers);
    }

    void aFailureIsToldWithWhatToDo() {
        Bench bench(trained_);
        bench.choose(1);
        QTRY_VERIFY(bench.find<QPushButton>("landscapeCompute")->isEnabled());
        run::LandscapeRequest request;
        request.networks = {"1@999999"};
        bench.page->compute(request);
        auto* bar = bench.page->findChild<ErrorBar*>();
        QTRY_VERIFY_WITH_TIMEOUT(bar->text().contains("no checkpoint of step 999999"), 30000);
        QVERIFY(bar->isVisible());
        QVERIFY(!bench.page->job().isRunning());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(LandscapePageTest)
#include "test_landscape_page.moc"
