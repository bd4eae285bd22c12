// SPDX-License-Identifier: GPL-3.0-or-later
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "store/scratch.h"
#include "ui/figure/sheet_drawing.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// A chart of one black square.
QString square() {
    return QStringLiteral(
        "<svg xmlns='http://www.w3.org/2000/svg' width='100' height='70' viewBox='0 0 100 70'>"
        "<rect width='100' height='70' fill='#000000'/></svg>");
}

Sheet wideAndTwo() {
    Sheet sheet;
    sheet.panels = {{"filigree render graph --run 1", {}, "wide", 2, 1},
                    {"filigree render soup --run 'a b'", {}, {}, 1, 1},
                    {{}, square(), "it's \"quoted\"\nand new", 1, 2}};
    return sheet;
}

QImage red(std::size_t) {
    QImage image(850, 595, QImage::Format_RGB32);
    image.fill(Qt::red);
    return image;
}

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestSheet : public QObject {
    Q_OBJECT

  private slots:
    void aFileHoldsAllOfIt() {
        Sheet sheet = wideAndTwo();
        sheet.width_mm = 84;
        sheet.columns = 3;
        sheet.font_pt = 7.5;
        sheet.cellHeight = 0.65;
        sheet.caption = QStringLiteral("Ümlaut \\ and\ttab");
        const QString text = sheetToml(sheet);
        QCOMPARE(readSheet(text, "figure.toml"), sheet);
        QVERIFY(text.contains("render = \"filigree render graph --run 1\""));
        QCOMPARE(readSheet({}, "figure.toml"), Sheet());
    }

    void mistakesAreLocated_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("place");
        QTest::addColumn<QString>("what");
        QTest::newRow("syntax") << "width_mm = \n"
                                << "f.toml:1:"
                                << "";
        QTest::newRow("key") << "columns = 2\nwidht = 3\n"
                             << "f.toml:2:"
                             << "widht";
        QTest::newRow("range") << "columns = 7\n"
                               << "f.toml:1:"
                               << "columns";
        QTest::newRow("whole") << "columns = 1.5\n"
                               << "f.toml:1:"
                               << "whole";
        QTest::newRow("nan") << "font_pt = nan\n"
                             << "f.toml:1:"
                             << "font_pt";
        QTest::newRow("neither") << "[[panel]]\ncaption = \"x\"\n"
                                 << "f.toml:1:"
                                 << "either";
        QTest::newRow("no table") << "panel = [1]\n"
                                  << "f.toml:1:"
                                  << "[[panel]]";
        QTest::newRow("text") << "[[panel]]\nrender = 3\n"
                              << "f.toml:2:"
                              << "render";
    }

    void mistakesAreLocated() {
        QFETCH(QString, text);
        QFETCH(QString, place);
        QFETCH(QString, what);
        const auto error = errorOf([&] { readSheet(text, "f.toml"); });
        QVERIFY(error.has_value());
        QVERIFY(error->kind() == ErrorKind::Usage);
        QVERIFY2(QByteArray(error->what()).contains(place.toUtf8()), error->what());
        QVERIFY2(QString::fromStdString(error->message()).contains(what), error->what());
    }

    void panelsFillTheGrid() {
        Sheet sheet = wideAndTwo();
        QCOMPARE(placePanels(sheet), (std::vector<SheetPlace>{{0, 0, 1, 2}, {1, 0, 1, 1}, {1, 1, 2, 1}}));
        // What comes last fills what is left, from the top.
        sheet.panels.push_back({"filigree render graph --run 1"});
        QCOMPARE(placePanels(sheet).back(), (SheetPlace{2, 0, 1, 1}));
        sheet.columns = 1;
        QCOMPARE(placePanels(sheet),
                 (std::vector<SheetPlace>{{0, 0, 1, 1}, {1, 0, 1, 1}, {2, 0, 2, 1}, {4, 0, 1, 1}}));
        QCOMPARE(panelLetter(1), QString("b"));
        QCOMPARE(panelLetter(27), QString("ab"));
    }

    void cellsHaveTheirSizes() {
        Sheet sheet = wideAndTwo();
        const SheetFrames frames = arrangeSheet(sheet);
        // 174 = 85 + 4 + 85; 0.7 of a cell high, also where it is wide.
        QCOMPARE(frames.panels[0].picture.width(), 174.0);
        QCOMPARE(frames.panels[0].picture.height(), 59.5);
        QCOMPARE(frames.panels[1].picture.width(), 85.0);
        QCOMPARE(frames.panels[2].picture.left(), 89.0);
        QCOMPARE(frames.panels[1].letter.top(), frames.panels[2].letter.top());
        // Two cells high, with the letter of the lower one and the gap between.
        const double letter = frames.panels[0].letter.height();
        QCOMPARE(frames.panels[2].picture.height(), 2 * 59.5 + 3 + letter);
        QCOMPARE(frames.panels[1].letter.top(), frames.panels[0].caption.bottom() + 3);
        // 85 mm at 300 dpi are 1004 pixels; letters of 8 pt are 33.3 of them, in the view 13.
        const auto of = [&] { return panelPixels(sheet, sheet.panels[1], frames.panels[1]); };
        const PanelPixels pixels = of();
        QCOMPARE(pixels.width, 1004);
        QCOMPARE(pixels.height, 703);
        QVERIFY(std::abs(pixels.scale - 1004.0 / 600) < 1e-9);  // a soup needs 600 pixels of its own
        QVERIFY(std::abs(pixels.font_pt - 1004.0 / 600 * 13 * 72 / 300) < 1e-9);
        sheet.font_pt = 5;
        QVERIFY(std::abs(of().scale - (5.0 / 72 * 300) / 13) < 1e-9);
        sheet.font_pt = 8;
        sheet.panels[1].command = "filigree render landscape --run 1";
        QVERIFY(std::abs(of().font_pt - 8) < 1e-9);
    }

    void panelsSpanWhatTheirLettersNeed() {
        Sheet sheet;  // cells of 85 mm, 392 pixels of a view with letters of 8 pt
        QCOMPARE(fittingPanel(sheet, "filigree render landscape --run 1").columns, 1);
        const SheetPanel wide = fittingPanel(sheet, "filigree render rewiring --run 1");
        QCOMPARE(wide.columns, 2);
        QCOMPARE(wide.rows, 2);
        sheet.columns = 3;  // of 55.3 mm: 255 pixels
        QCOMPARE(fittingPanel(sheet, "filigree render landscape --run 1").columns, 2);
        QCOMPARE(fittingPanel(sheet, "filigree render rewiring --run 1").columns, 3);
        sheet.width_mm = 84;  // never: as wide as there is
        sheet.columns = 1;
        QCOMPARE(fittingPanel(sheet, "filigree render rewiring --run 1").columns, 1);
    }

    void commandsBecomeArguments() {
        QCOMPARE(commandWords("a 'b c' d'e'\\ f \"g \\\" h\" ''"),
                 QStringList({"a", "b c", "de f", "g \" h", ""}));
        QVERIFY(throwsKind(ErrorKind::Usage, [] { commandWords("a 'b"); }));
        QCOMPARE(
            renderArguments("filigree render soup --run 'a b' --size 9x9 --theme=dark --phase 2 -o x.png",
                            640, 480, 2, "p.png"),
            QStringList({"render", "soup", "--run", "a b", "--phase", "2", "--size", "640x480", "--scale",
                         "2.000", "--theme", "light", "--overwrite", "--output", "p.png"}));
        QVERIFY(throwsKind(ErrorKind::Usage, [] { renderArguments("rm -rf /", 9, 9, 1, "p.png"); }));
    }

    void picturesLieInTheirPlaces() {
        const QTemporaryDir folder;
        const Sheet sheet = wideAndTwo();
        const SheetFrames frames = arrangeSheet(sheet);
        const QString path = folder.filePath("figure.png");
        writeSheet(path, sheet, red);
        const QImage image(path);
        QCOMPARE(image.width(), 2055);  // 174 mm at 300 dpi
        QVERIFY(image.text("Source").contains("filigree render graph --run 1"));
        const auto at = [&](const QRectF& area) {
            const QPointF place = area.center() / 25.4 * 300;
            return QColor(image.pixel(place.toPoint())).name();
        };
        QCOMPARE(at(frames.panels[0].picture), QString("#ff0000"));
        QCOMPARE(at(frames.panels[1].picture), QString("#ff0000"));
        const QRectF chart = frames.panels[2].picture;
        QCOMPARE(at({chart.topLeft(), QSizeF(chart.width(), 40)}), QString("#000000"));
        QCOMPARE(at({chart.bottomLeft() - QPointF(0, 10), QSizeF(chart.width(), 10)}), QString("#ffffff"));
    }

    /// Charts are drawn as lines into a PDF, views as pictures.
    void chartsStayVectors() {
        const QTemporaryDir folder;
        Sheet sheet = wideAndTwo();
        const QString path = folder.filePath("figure.pdf");
        writeSheet(path, sheet, red);
        const QByteArray both = contentOf(path);
        QVERIFY(both.startsWith("%PDF"));
        QVERIFY(both.contains("/Subtype /Image"));
        const auto box =
            QRegularExpression(R"(/MediaBox \[\s*0 0 ([0-9.]+) ([0-9.]+))").match(QString::fromLatin1(both));
        QVERIFY(box.hasMatch());
        QVERIFY(std::abs(box.captured(1).toDouble() - 174 / 25.4 * 72) < 1);
        QVERIFY(std::abs(box.captured(2).toDouble() - arrangeSheet(sheet).height_mm / 25.4 * 72) < 1);
        sheet.panels.erase(sheet.panels.begin(), sheet.panels.begin() + 2);
        writeSheet(path, sheet, red);
        QVERIFY(!contentOf(path).contains("/Subtype /Image"));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { writeSheet(folder.filePath("figure.gif"), sheet, red); }));
        QVERIFY(
            throwsKind(ErrorKind::Run, [&] { writeSheet(folder.filePath("no/figure.pdf"), sheet, red); }));
    }
};

QTEST_MAIN(TestSheet)
#include "test_sheet.moc"
