// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QLineEdit>
#include <QListView>
#include <QMainWindow>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "run/presets.h"
#include "run/runner.h"
#include "ui/help/command_palette.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

struct Fixture {
    QTemporaryDir folder;
    Workspace workspace{{folder.filePath("session.json"), "none", {}}};
    QMainWindow window;
    int paused = 0;
    QAction* pause = workspace.actions.add(
        &window, {"run.pause", MenuId::Run, 0, "&Pause", "Holds still", {QKeySequence("Ctrl+;")}},
        [this] { ++paused; });
    QAction* next =
        workspace.actions.add(&window, {"window.next", MenuId::Window, 0, "&Next page", "", {}}, [] {});
    CommandPalette palette{workspace, &window};
    QLineEdit* search = palette.findChild<QLineEdit*>("paletteSearch");

    Fixture() {
        window.resize(900, 700);
        window.show();
        palette.popup();
        if (!QTest::qWaitFor([&] { return workspace.presets.isLoaded(); }, 10000)) qFatal("no presets");
    }
    QString first(const QString& text) {
        search->setText(text);
        return palette.listed().value(0);
    }
};

}  // namespace

class TestPalette : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        static QTemporaryDir home;
        qputenv("XDG_DATA_HOME", home.path().toUtf8());
    }

    void matchesLettersInOrder() {
        QVERIFY(fuzzyMatch("npg", "Next page").matches());
        QVERIFY(!fuzzyMatch("pgn", "Next page").matches());
        QVERIFY(fuzzyMatch("page next", "Next page").matches());
        QVERIFY(fuzzyMatch("", "anything").matches());
        QVERIFY(!fuzzyMatch("x", "").matches());
        QCOMPARE(fuzzyMatch("np", "Next page").positions, (QList<int>{0, 5}));
        QCOMPARE(fuzzyMatch("ext", "Next page").positions, (QList<int>{1, 2, 3}));
    }

    void ranksWholeWordsAboveScatteredLetters() {
        const auto score = [](const char* pattern, const char* text) {
            return fuzzyMatch(pattern, text).score;
        };
        QVERIFY(score("find", "Find") > score("find", "Filter and index nodes"));
        QVERIFY(score("pause", "Pause") > score("pause", "Open a page that uses it"));
        QVERIFY(score("fin", "Planted trap: find the inputs") > score("fin", "Filigree note"));
        QVERIFY(score("st", "Start") > score("st", "Reset"));
        QVERIFY(score("gs", "Getting started") > score("gs", "Hangs"));
    }

    void findsActionsPresetsAndHelp() {
        Fixture f;
        QCOMPARE(f.first("pause"), QString("Pause"));
        QCOMPARE(f.first("nxtpg"), QString("Next page"));
        QVERIFY(f.first("start digits").startsWith("Start preset: Digits"));
        QVERIFY(f.first("edit planted").startsWith("Edit preset: Planted"));
        QTRY_VERIFY(f.first("exit codes").contains("Ends and exit codes"));
        f.search->setText("zzzz");
        QVERIFY(f.palette.listed().isEmpty());
    }

    void enterRunsAndCloses() {
        Fixture f;
        f.search->setText("pause");
        QTest::keyClick(f.search, Qt::Key_Return);
        QVERIFY(!f.palette.isVisible());
        QTRY_COMPARE(f.paused, 1);
    }

    void aDisabledActionIsListedButNotDone() {
        Fixture f;
        f.pause->setEnabled(false);
        f.search->setText("pause");
        QCOMPARE(f.palette.listed().value(0), QString("Pause"));
        QTest::keyClick(f.search, Qt::Key_Return);
        QVERIFY(f.palette.isVisible());
        QTest::qWait(20);
        QCOMPARE(f.paused, 0);
    }

    void keysMoveAndEscapeCloses() {
        Fixture f;
        f.search->setText("preset");
        auto* list = f.palette.findChild<QListView*>("paletteList");
        const int count = list->model()->rowCount();
        QVERIFY(count >= 8);
        QTest::keyClick(f.search, Qt::Key_Down);
        QCOMPARE(list->currentIndex().row(), 1);
        QTest::keyClick(f.search, Qt::Key_Up);
        QTest::keyClick(f.search, Qt::Key_Up);
        QCOMPARE(list->currentIndex().row(), count - 1);
        QTest::keyClick(f.search, Qt::Key_Escape);
        QVERIFY(!f.palette.isVisible());
    }

    void whatWasUsedComesFirstNextTime() {
        Fixture f;
        QVERIFY(f.palette.listed().value(0) != "Next page");
        f.search->setText("next page");
        QTest::keyClick(f.search, Qt::Key_Return);
        f.palette.popup();
        QCOMPARE(f.palette.listed().value(0), QString("Next page"));
        f.workspace.session.saveNow();
        Workspace later({f.folder.filePath("session.json"), "none", {}});
        QCOMPARE(later.session.value("palette.recent").toArray().at(0).toString(),
                 QString("action:window.next"));
    }

    void findsRunsAndLayersOfTheCurrentRun() {
        Fixture f;
        const QString store = f.folder.filePath("runs.filigree");
        run::RunRequest request;
        request.store = store.toStdU16String();
        request.file = run::openRunFile("digits");
        request.file->config.set("train.max_steps=1");
        request.file->config.set("run.threads=1");
        request.name = "ablation seven";
        run::Runner(request).go();
        f.workspace.stores.open(store);
        f.workspace.selection.setCurrent({store, 1});
        QSignalSpy run(&f.workspace, &Workspace::showRun);
        QSignalSpy connectivity(&f.workspace, &Workspace::showConnectivity);
        f.palette.popup();
        QTRY_COMPARE(f.first("abl sev"), QString("Run ablation seven  (1)"));
        QTest::keyClick(f.search, Qt::Key_Return);
        QTRY_COMPARE(run.count(), 1);
        QCOMPARE(run[0][0].value<RunKey>(), (RunKey{store, 1}));
        f.palette.popup();
        QTRY_COMPARE(f.first("fc2"), QString("Layer fc2  (64 × 128)"));
        QTest::keyClick(f.search, Qt::Key_Return);
        QTRY_COMPARE(connectivity.count(), 1);
        QCOMPARE(f.workspace.selection.layer(), QString("fc2"));
        // A store that is closed has no runs any more.
        f.workspace.stores.close(store);
        f.palette.popup();
        f.search->setText("abl sev");
        QVERIFY(!f.palette.listed().contains("Run ablation seven  (1)"));
    }

    void takesEntriesOfOtherProviders() {
        Fixture f;
        bool done = false;
        f.palette.addProvider([&](const QString& text) {
            return QList<PaletteEntry>{
                {"own:1", "Unusual thing " + text, "Own", {}, true, [&] { done = true; }}};
        });
        f.search->setText("unusual");
        QCOMPARE(f.palette.listed().value(0), QString("Unusual thing unusual"));
        f.palette.choose(0);
        QTRY_VERIFY(done);
    }
};

QTEST_MAIN(TestPalette)
#include "test_palette.moc"
