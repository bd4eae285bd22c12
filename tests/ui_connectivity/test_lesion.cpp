// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QToolButton>
#include <QtTest>

#include "store/scratch.h"
#include "ui/base/error_bar.h"
#include "ui/canvas/scene.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/lesion_panel.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/lesion_query.h"
#include "ui/views/matrix_order.h"
#include "ui_canvas/validated.h"

using namespace filigree;
using namespace filigree::ui;

class TestLesion : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        try {
            vulkan_ = validatedInstance();
        } catch (const Error&) {
            // No driver: the page says so, and works.
        }
        QProcess process;
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        process.start(FILIGREE_PROGRAM, {"run", "digits", "-q", "--threads", "1", "--set", "train.epochs=8",
                                         "--store", store()});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 0);
    }

    void aRectangleIsAQuery() {
        const Connectivity pattern = makeConnectivity({"fc1", 8, 6, {}, {0}}, 0);
        QCOMPARE(queryOf(pattern, {3, 0}, {7, 4}),
                 std::string("row >= 3 and row <= 7 and column >= 0 and column <= 4"));
        QCOMPARE(queryOf(pattern, {3, 4}, {2, 4}), std::string("row >= 2 and row <= 3 and column = 4"));
        const Connectivity moved = reordered(pattern, {{5, 2, 3, 0, 1, 4, 6, 7}, {}});
        QCOMPARE(queryOf(moved, {0, 0}, {2, 0}),
                 std::string("(row >= 2 and row <= 3 or row = 5) and column = 0"));
        // Every second row of a thousand comes first: too many stretches.
        const Connectivity many = makeConnectivity({"fc1", 1000, 2, {}, {}}, 0);
        MatrixPlaces apart;
        for (std::uint32_t i = 0; i < 1000; ++i) apart.rows.push_back(i < 500 ? 2 * i : 2 * (i - 500) + 1);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { queryOf(reordered(many, apart), {0, 0}, {400, 0}); }));
    }

    void anOutlineIsAQuery() {
        const Connectivity pattern = makeConnectivity({"fc1", 8, 6, {}, {0}}, 0);
        const auto query = [&](const std::vector<MatrixPoint>& outline, std::int64_t rowsTogether = 1) {
            return queryOf(pattern, outline, rowsTogether);
        };
        // Below the line column + row = 6 the middles of places with column + row < 5.
        QCOMPARE(query({{0, 0}, {6, 0}, {0, 6}}),
                 std::string("(row = 0 and column >= 0 and column <= 4) or (row = 1 and column >= 0 and "
                             "column <= 3) or (row = 2 and column >= 0 and column <= 2) or (row = 3 and "
                             "column >= 0 and column <= 1) or (row = 4 and column = 0)"));
        // A U: two legs of two columns, then all six.
        const std::vector<MatrixPoint> letter{{0, 0}, {2, 0}, {2, 2}, {4, 2}, {4, 0}, {6, 0}, {6, 4}, {0, 4}};
        QCOMPARE(query(letter),
                 std::string("(row >= 0 and row <= 1 and (column >= 0 and column <= 1 or column "
                             ">= 4 and column <= 5)) or (row >= 2 and row <= 3 and column >= 0 "
                             "and column <= 5)"));
        // Four rows at a time are cut where the second ends, at 2: that is below the legs.
        QCOMPARE(query(letter, 4), std::string("row >= 0 and row <= 3 and column >= 0 and column <= 5"));
        // Whichever way it is drawn, and beyond the matrix.
        QCOMPARE(query({{9, 9}, {9, 6.2}, {3.4, 6.2}, {3.4, 9}}),
                 std::string("row >= 6 and row <= 7 and column >= 3 and column <= 5"));
        // The numbers of the layer, in another order: row 0 is the sixth, column 1 the third.
        const Connectivity moved = reordered(pattern, {{5, 2, 3, 0, 1, 4, 6, 7}, {0, 2, 1, 3, 4, 5}});
        QCOMPARE(queryOf(moved, std::vector<MatrixPoint>{{0, 0}, {2, 0}, {2, 1}, {0, 1}}),
                 std::string("row = 5 and (column = 0 or column = 2)"));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { query({{0, 0}, {0.4, 0}, {0.4, 0.4}}); }));
        const Connectivity many = makeConnectivity({"fc1", 2000, 2000, {}, {}}, 0);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] {
            queryOf(many, std::vector<MatrixPoint>{{0, 0}, {2000, 0}, {0, 2000}});
        }));
    }

    void withALassoShiftAndDragDrawsAnOutline() {
        ConnectivityPainter painter;
        painter.model().show(
            prepare(std::make_shared<const Connectivity>(makeConnectivity({"fc2", 20, 20, {}, {0, 21}}, 0)),
                    Colouring::Presence));
        std::vector<MatrixPoint> outline;
        bool brushed = false;
        painter.model().onBrush = [&](MatrixCell, MatrixCell) { brushed = true; };
        painter.model().onLasso = [&](const std::vector<MatrixPoint>& drawn) { outline = drawn; };
        painter.setLasso(true);
        Scene scene;
        scene.build(painter, 800, 600);
        const Viewport before = painter.model().viewport();
        const auto move = [&](double column, double row) {
            scene.movePointer(static_cast<float>(64 + (column - before.left) * before.cellWidth),
                              static_cast<float>(126 + (row - before.top) * before.cellHeight));
            scene.build(painter, 800, 600);
        };
        scene.setModifiers({false, true, false});
        move(2, 3);
        scene.pressPointer(PointerButton::Left, true);
        scene.build(painter, 800, 600);
        for (const auto& [column, row] : {std::pair(8, 3), std::pair(8, 7), std::pair(2, 7)})
            move(column, row);
        scene.pressPointer(PointerButton::Left, false);
        for (int i = 0; i < 3; ++i) scene.build(painter, 800, 600);
        QVERIFY(!brushed);
        QCOMPARE(outline.size(), std::size_t{4});
        QVERIFY(std::abs(outline[0].column - 2) < 0.1 && std::abs(outline[0].row - 3) < 0.1);
        QVERIFY(std::abs(outline[2].column - 8) < 0.1 && std::abs(outline[2].row - 7) < 0.1);
        QCOMPARE(painter.model().viewport().left, before.left);
        QCOMPARE(queryOf(*painter.model().data()->pattern, outline),
                 std::string("row >= 3 and row <= 6 and column >= 2 and column <= 7"));
    }

    void shiftAndDragDrawsARectangle() {
        ConnectivityPainter painter;
        painter.model().show(
            prepare(std::make_shared<const Connectivity>(makeConnectivity({"fc2", 20, 20, {}, {0, 21}}, 0)),
                    Colouring::Presence));
        std::vector<MatrixCell> corners;
        painter.model().onBrush = [&](MatrixCell first, MatrixCell last) { corners = {first, last}; };
        Scene scene;
        scene.build(painter, 800, 600);
        const Viewport before = painter.model().viewport();
        // The matrix area begins at (64, 112), as ConnectivityPainter lays it out at 800 x 600 (narrow: 126).
        const auto at = [&](double column, double row) {
            return std::pair(static_cast<float>(64 + (column - before.left) * before.cellWidth),
                             static_cast<float>(126 + (row - before.top) * before.cellHeight));
        };
        // From another place each time: two clicks at one would be a double click.
        const auto drag = [&](bool shift, double column, double row) {
            scene.setModifiers({false, shift, false});
            scene.movePointer(at(column, row).first, at(column, row).second);
            scene.pressPointer(PointerButton::Left, true);
            scene.movePointer(at(8.5, 5.5).first, at(8.5, 5.5).second);
            scene.pressPointer(PointerButton::Left, false);
            for (int i = 0; i < 12; ++i) scene.build(painter, 800, 600);
        };
        drag(false, 12.5, 14.5);
        QVERIFY(corners.empty());
        drag(true, 2.5, 3.5);
        QCOMPARE(corners.size(), std::size_t{2});
        QCOMPARE(corners[0], (MatrixCell{3, 2}));
        QCOMPARE(corners[1], (MatrixCell{5, 8}));
        QCOMPARE(painter.model().viewport().left, before.left);  // nothing moved
    }

    void answersAreRead() {
        const Lesion lesion = parseLesion(
            R"({"step":40,"samples":30,"where":"w > 0","class_names":["cat","dog"],"seconds":0.5,
                "layers":[{"layer":"fc1","removed":2,"connections":9,"positions":[3,8]}],
                "intact":{"loss":0.5,"accuracy":0.9,"classes":[{"samples":10,"correct":9,"loss":0.4},
                                                               {"samples":20,"correct":18,"loss":0.6}]},
                "cut":{"loss":0.75,"accuracy":0.6,"classes":[{"samples":10,"correct":8,"loss":0.5},
                                                             {"samples":20,"correct":10,"loss":1}]}})");
        QCOMPARE(lesion.removed(), 2);
        QCOMPARE(lesion.connections(), 9);
        QCOMPARE(lesion.layers[0].positions, (std::vector<std::uint32_t>{3, 8}));
        QCOMPARE(lesion.classes[1].name, QString("dog"));
        QCOMPARE(lesion.classes[1].before.accuracy, 0.9);
        QCOMPARE(lesion.classes[1].after.accuracy, 0.5);
        QCOMPARE(lesion.after.loss, 0.75);
        const auto told =
            errorOf([] { parseLesion(R"({"error":{"message":"no","where":"here","advice":"so"}})"); });
        QVERIFY(told && told->message() == "no" && told->where() == "here" && told->advice() == "so");
        QVERIFY(throwsKind(ErrorKind::Run, [] { parseLesion("Segmentation fault"); }));
    }

    void whatALesionDoesIsShownUndoneAndKept() {
        Workspace::Options options;
        options.program = FILIGREE_PROGRAM;
        Workspace workspace(options);
        workspace.stores.open(store());
        ConnectivityPage page(workspace, nullptr);
        page.resize(1200, 700);
        page.show();
        workspace.selection.setCurrent({workspace.stores.target()->path(), 1});
        ConnectivityModel& model = page.painter().model();
        QTRY_VERIFY(model.data());
        QTest::mouseClick(page.findChild<QToolButton*>("connectivityLesion"), Qt::LeftButton);
        auto* panel = page.findChild<LesionPanel*>();
        QVERIFY(panel->isVisible());
        QVERIFY(page.findChild<QLabel*>("lesionCheckpoint")->text().contains("step"));
        auto* query = page.findChild<QLineEdit*>("lesionQuery");
        auto* apply = page.findChild<QPushButton*>("lesionApply");
        auto* undo = page.findChild<QPushButton*>("lesionUndo");
        QVERIFY(!apply->isEnabled() && !undo->isEnabled());
        // All of the layer: what is left is the biases, and one answer for every picture.
        QTest::keyClicks(query, "row >= 0");
        QTest::keyClick(query, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(panel->shown(), 20000);
        const std::int64_t all = model.data()->pattern->connections();
        QCOMPARE(panel->shown()->removed(), all);
        QVERIFY(panel->shown()->before.accuracy > 0.5);
        auto* classes = page.findChild<QTableWidget*>("lesionClasses");
        QCOMPARE(classes->rowCount(), 10);
        int answered = 0;
        for (int row = 0; row < 10; ++row)
            answered += classes->item(row, 3)->text().startsWith("100.0") ? 1 : 0;
        QCOMPARE(answered, 1);
        QVERIFY(model.hasCut() &&
                model.isCut(model.data()->pattern->rowOf(0), model.data()->pattern->column[0]));
        // A mistake is told, and what was shown stays.
        query->setText("age <");
        QTest::mouseClick(apply, Qt::LeftButton);
        auto* error = page.findChild<QLabel*>("lesionError");
        QTRY_VERIFY(error->isVisible() && error->text().contains("cannot be read"));
        QCOMPARE(panel->shown()->removed(), all);
        // A rectangle takes less away; undoing goes back to the first, then to none.
        model.onBrush(MatrixCell{0, 0}, MatrixCell{3, 63});
        QTRY_VERIFY(panel->shown()->removed() < all);
        QVERIFY(!error->isVisible());
        QCOMPARE(query->text(), QString("row >= 0 and row <= 3 and column >= 0 and column <= 63"));
        // An outline is a query of many terms that the program reads: of the first four rows a triangle.
        const std::int64_t rectangle = panel->shown()->removed();
        model.onLasso({{0, 0}, {64, 0}, {0, 4}});
        QTRY_VERIFY(panel->shown()->removed() < rectangle);
        std::int64_t inside = 0;
        for (const std::uint32_t position : panel->shown()->layers[0].positions) {
            const std::int64_t row = position / 64, column = position % 64;
            inside +=
                row < 4 && static_cast<double>(column) + 0.5 < 64 - 16 * (static_cast<double>(row) + 0.5);
        }
        QVERIFY(inside > 0);
        QCOMPARE(inside, panel->shown()->removed());
        QTest::mouseClick(undo, Qt::LeftButton);
        QCOMPARE(panel->shown()->removed(), rectangle);
        QSignalSpy saved(panel, &LesionPanel::saved);
        QTest::keyClicks(page.findChild<QLineEdit*>("lesionName"), "top");
        QTest::mouseClick(page.findChild<QPushButton*>("lesionSave"), Qt::LeftButton);
        QTRY_COMPARE(saved.count(), 1);
        const auto opened = store::Store::open(store().toStdU16String(), store::Mode::ReadOnly);
        QVERIFY(store::Reader(opened).text(1, "lesion/top", 1 << 30));
        QTest::mouseClick(undo, Qt::LeftButton);
        QCOMPARE(panel->shown()->removed(), all);
        QTest::mouseClick(undo, Qt::LeftButton);
        QVERIFY(!panel->shown() && !model.hasCut() && !undo->isEnabled());
    }

    void withoutACheckpointItSaysWhatToDo() {
        Theme theme;
        LesionPanel panel(theme);
        panel.setNetwork({"filigree", "a", 1, -1}, "No checkpoint.");
        QCOMPARE(panel.findChild<QLabel*>("lesionCheckpoint")->text(), QString("No checkpoint."));
        panel.findChild<QLineEdit*>("lesionQuery")->setText("w > 0");
        QVERIFY(!panel.findChild<QPushButton*>("lesionApply")->isEnabled());
    }

    void aProgramThatEndsIsTold() {
        LesionBench bench;
        std::optional<Error> told;
        connect(&bench, &LesionBench::failed, this, [&](const Error& error) { told = error; });
        bench.setNetwork({"no-such-program", "a", 1, 10});
        bench.apply("fc1", "w > 0");
        QTRY_VERIFY_WITH_TIMEOUT(told, 10000);
        QVERIFY(!bench.isBusy());
    }

    void theValidationLayersHadNothingToSay() {
        if (!vulkan_) QSKIP("there is no Vulkan driver");
        verifySilent(*vulkan_);
    }

  private:
    std::shared_ptr<gpu::Instance> vulkan_;
    QString store() const { return folder_.filePath("runs.filigree"); }
    QTemporaryDir folder_;
};

int main(int argc, char** argv) {
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    keepDriversLoaded();
    QApplication application(argc, argv);
    TestLesion test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_lesion.moc"
