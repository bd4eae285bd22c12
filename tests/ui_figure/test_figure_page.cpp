// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QtTest>

#include "app/program.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/figure/figure_page.h"
#include "ui/figure/sheet_drawing.h"
#include "ui/figure/sheet_view.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

struct Bench {
    explicit Bench(const QString& session)
        : workspace(Workspace::Options{session, QStringLiteral(FILIGREE_PROGRAM), {}}) {
        workspace.theme.setMode(Theme::Mode::Light);
        page = std::make_unique<FigurePage>(workspace, nullptr);
        page->resize(1100, 760);
        page->show();
        view = page->findChild<SheetView*>();
    }
    template <typename Widget>
    Widget* find(const char* name) {
        return page->findChild<Widget*>(QLatin1String(name));
    }
    QString commandOf(std::size_t panel) const { return page->sheet().panels[panel].command; }

    Workspace workspace;
    std::unique_ptr<FigurePage> page;
    SheetView* view = nullptr;
};

/// A run whose rewiring and connections can be drawn.
QString storeOf(const Scratch& scratch) {
    const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("moved"));
    writer->mask({"fc1", 3, 4, {}, {0, 1, 2, 3}}, {0, 0});
    writer->rewiring({"fc1", 1, {0, 1}, {1, 5}}, {100, 0});
    writer->mask({"fc1", 3, 4, {}, {1, 2, 3, 5}}, {100, 0});
    writer->finish({});
    return QString::fromStdString(scratch.store().string());
}

}  // namespace

class TestFigurePage : public QObject {
    Q_OBJECT

  private slots:
    void panelsAreCollectedSwappedAndResized() {
        const QTemporaryDir folder;
        Bench bench(folder.filePath("session.json"));
        QVERIFY(bench.find<QLabel>("figureEmpty")->isVisible());
        for (const char* line : {"filigree render a --run 1", "filigree render b --run 1"})
            emit bench.workspace.addToFigure(line, {});
        QVERIFY(!bench.find<QLabel>("figureEmpty")->isVisible());
        QCOMPARE(bench.page->sheet().panels.size(), std::size_t{2});
        // Dragging the first onto the second.
        const QPoint from = bench.view->areaOf(0).center(), to = bench.view->areaOf(1).center();
        QVERIFY(to.x() > from.x());
        QTest::mousePress(bench.view, Qt::LeftButton, {}, from);
        QTest::mouseMove(bench.view, (from + to) / 2);
        QTest::mouseMove(bench.view, to);
        QTest::mouseRelease(bench.view, Qt::LeftButton, {}, to);
        QCOMPARE(bench.commandOf(0), QString("filigree render b --run 1"));
        QCOMPARE(bench.view->selected(), 1);
        // By keys back again, then wider, and undone.
        QTest::keyClick(bench.view, Qt::Key_Left, Qt::ControlModifier);
        QCOMPARE(bench.commandOf(0), QString("filigree render a --run 1"));
        QCOMPARE(bench.view->selected(), 0);
        QTest::keyClick(bench.view, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(bench.page->sheet().panels[0].columns, 2);
        QVERIFY(bench.view->areaOf(1).top() > bench.view->areaOf(0).bottom());
        QTest::keyClick(bench.view, Qt::Key_Right, Qt::ShiftModifier);
        QCOMPARE(bench.page->sheet().panels[0].columns, 2);
        QTest::keyClick(bench.view, Qt::Key_Down);
        QCOMPARE(bench.view->selected(), 1);
        QTest::keyClick(bench.view, Qt::Key_Delete);
        QCOMPARE(bench.page->sheet().panels.size(), std::size_t{1});
        bench.workspace.undo.undo();
        QCOMPARE(bench.page->sheet().panels.size(), std::size_t{2});
        bench.workspace.undo.undo();
        QCOMPARE(bench.page->sheet().panels[0].columns, 1);
    }

    void aFigureSurvivesARestart() {
        const QTemporaryDir folder;
        Sheet sheet;
        {
            Bench bench(folder.filePath("session.json"));
            emit bench.workspace.addToFigure("filigree render a --run 1", {});
            bench.view->setFocus();
            bench.view->select(0);
            QTest::keyClicks(bench.find<QLineEdit>("figurePanelCaption"), "one");
            bench.find<QPlainTextEdit>("figureCaption")->setPlainText("all");
            bench.find<QSpinBox>("figureColumns")->setValue(3);
            bench.find<QDoubleSpinBox>("figureFont")->setValue(7);
            auto* preset = bench.find<QComboBox>("figurePreset");
            preset->setCurrentIndex(0);
            emit preset->activated(0);
            sheet = bench.page->sheet();
            QCOMPARE(sheet.width_mm, 84.0);
            QCOMPARE(sheet.panels[0].caption, QString("one"));
            // The letters of a caption are one step.
            while (bench.workspace.undo.undoText() != QString("Change a caption"))
                bench.workspace.undo.undo();
            bench.workspace.undo.undo();
            QCOMPARE(bench.page->sheet().panels[0].caption, QString("one"));
            bench.workspace.undo.undo();
            QCOMPARE(bench.page->sheet().panels[0].caption, QString());
            while (bench.workspace.undo.canRedo()) bench.workspace.undo.redo();
            bench.workspace.session.saveNow();
        }
        Bench again(folder.filePath("session.json"));
        QCOMPARE(again.page->sheet(), sheet);
        QCOMPARE(again.find<QSpinBox>("figureColumns")->value(), 3);
        // Through a file too.
        again.page->exportTo(folder.filePath("figure.toml"));
        again.workspace.actions.find("figure.clear")->trigger();
        QVERIFY(again.page->sheet().panels.empty());
        again.page->open(folder.filePath("figure.toml"));
        QCOMPARE(again.page->sheet(), sheet);
    }

    void viewsAreDrawnIntoAPage() {
        const Scratch scratch;
        const QString path = storeOf(scratch);
        const QTemporaryDir folder;
        {
            const Program program;
            const Outcome tried = program.run(
                {"render", "rewiring", "--store", path, "--run", "1", "-o", folder.filePath("probe.png")});
            if (tried.code == 4) QSKIP("there is no Vulkan driver to draw with");
            QCOMPARE(tried.code, 0);
        }
        Bench bench({});
        emit bench.workspace.addToFigure("filigree render rewiring --store '" + path + "' --run 1", {});
        emit bench.workspace.addToFigure("filigree render connectivity --store '" + path + "' --run 1", {});
        const QString figure = folder.filePath("figure.png");
        bench.page->exportTo(figure);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(figure), 60000);
        const QImage image(figure);
        QCOMPARE(image.width(), 2055);
        // Both views have their colours on the page.
        const Palette& palette = ui::palette(Appearance::Light);
        const QRgb grown = qRgb(palette.grown.red, palette.grown.green, palette.grown.blue);
        // All rounds span both columns, and two rows; the matrix lies below.
        bool above = false, below = false;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) {
                above = above || (y < image.height() * 3 / 5 && image.pixel(x, y) == grown);
                below = below || (y > image.height() * 7 / 10 && x < 1000 && qSaturation(image.pixel(x, y)));
            }
        QVERIFY(above);
        QVERIFY(below);
    }

    void theSameFigureIsMadeWithoutAWindow() {
        const Scratch scratch;
        const QString path = storeOf(scratch);
        const Program program;
        Sheet sheet;
        sheet.caption = QStringLiteral("Rounds.");
        sheet.panels = {{"filigree render rewiring --store '" + path + "' --run 1"}};
        program.write("figure.toml", sheetToml(sheet).toUtf8());
        const QStringList words{"render", "figure", program.path("figure.toml"), "-o", program.path("a.png")};
        const Outcome drawn = program.run(words);
        if (drawn.err.contains("Vulkan")) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QCOMPARE(drawn.out.trimmed(), program.path("a.png").toUtf8());
        const QImage image(program.path("a.png"));
        QCOMPARE(image.width(), 2055);
        // The same picture as the view alone, in the left of two columns below the letter.
        const SheetFrames frames = arrangeSheet(sheet);
        const PanelPixels pixels = panelPixels(sheet, sheet.panels[0], frames.panels[0]);
        QCOMPARE(program
                     .run(renderArguments(sheet.panels[0].command, pixels.width, pixels.height, pixels.scale,
                                          program.path("view.png")))
                     .code,
                 0);
        const QImage view(program.path("view.png"));
        const int below = static_cast<int>(std::lround(frames.panels[0].picture.top() / 25.4 * 300));
        int different = 0;
        for (int y = 0; y < view.height(); y += 7)
            for (int x = 0; x < view.width(); x += 7) {
                const QRgb one = view.pixel(x, y), other = image.pixel(x, y + below);
                different += std::abs(qGreen(one) - qGreen(other)) > 100;
            }
        QVERIFY2(different < view.width() * view.height() / 49 / 50, qPrintable(QString::number(different)));
        QCOMPARE(program.run(words).code, 2);  // the file exists
        program.write("wrong.toml", "colums = 2\n");
        const Outcome wrong =
            program.run({"render", "figure", program.path("wrong.toml"), "-o", program.path("b.pdf")});
        QCOMPARE(wrong.code, 2);
        QVERIFY(wrong.err.contains("colums"));
    }

    void whatCannotBeDrawnIsSaid() {
        const QTemporaryDir folder;
        Bench bench({});
        emit bench.workspace.addToFigure(
            "filigree render rewiring --store '" + folder.filePath("none.filigree") + "' --run 1", {});
        bench.page->exportTo(folder.filePath("figure.pdf"));
        auto* error = bench.page->findChild<QWidget*>(QStringLiteral("errorBar"));
        QVERIFY(error);
        QTRY_VERIFY_WITH_TIMEOUT(error->isVisible(), 20000);
        QVERIFY(!QFile::exists(folder.filePath("figure.pdf")));
    }

  private:
    static bool qSaturation(QRgb pixel) {
        return std::max({qRed(pixel), qGreen(pixel), qBlue(pixel)}) -
                   std::min({qRed(pixel), qGreen(pixel), qBlue(pixel)}) >
               80;
    }
};

QTEST_MAIN(TestFigurePage)
#include "test_figure_page.moc"
