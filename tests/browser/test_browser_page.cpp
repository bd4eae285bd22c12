// SPDX-License-Identifier: GPL-3.0-or-later
// The run browser as a person uses it. This program starts itself again as the process of a run.
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTextEdit>
#include <QToolButton>
#include <QtTest>

#include "many_runs.h"
#include "store/annotations.h"
#include "store/writer.h"
#include "ui/browser/browser_page.h"
#include "ui/browser/run_actions.h"
#include "ui/browser/runs_dock.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// A window on a store of its own with forty runs: 5 seeds of 4 densities, twice.
struct Desk {
    explicit Desk(const QString& store, const QString& session = {})
        : workspace({.sessionPath = session,
                     .program = QCoreApplication::applicationFilePath(),
                     .defaultStore = {}}),
          page(workspace, nullptr) {
        page.resize(1200, 700);
        page.show();
        workspace.stores.open(store);
    }
    Workspace workspace;
    BrowserPage page;

    RunsModel& model() { return page.model(); }
    bool isSettled() { return RunIndex::of(workspace).table()->isComplete && !page.model().isBusy(); }
    QLineEdit* filter() { return page.findChild<QLineEdit*>(QStringLiteral("filter")); }
    QString text(const char* name) { return page.findChild<QLabel*>(QLatin1String(name))->text(); }
    QAction* action(const char* id) { return workspace.actions.find(QLatin1String(id)); }
    RowPointer row(qint64 run) {
        const auto table = RunIndex::of(workspace).table();
        return table->stores.empty() ? nullptr : table->stores.front()->find(run);
    }
    void select(const QList<int>& lines) {
        page.view().clearSelection();
        for (const int line : lines)
            page.view().selectionModel()->select(model().index(line, 0),
                                                 QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    int column(ColumnKind kind) {
        for (std::size_t i = 0; i < model().columns().size(); ++i)
            if (model().columns()[i].kind == kind) return static_cast<int>(i);
        return -1;
    }
};

}  // namespace

class BrowserPageTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    int made_ = 0;

    QString store() {
        const QString path = folder_.filePath(QStringLiteral("s%1.filigree").arg(++made_));
        makeManyRuns(path.toStdU16String(), {.runs = 40, .keys = 12, .metrics = 3, .points = 20});
        return path;
    }

  private slots:
    void typingAFilterChoosesRuns() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);  // one is archived
        QTest::keyClicks(desk.filter(), QStringLiteral("density<=0.1"));
        QTRY_COMPARE(desk.model().rowCount(), 19);
        QCOMPARE(desk.text("runCount"), QString("19 of 39 runs"));
        // What is wrong is said, and the runs of the last right query stay.
        desk.filter()->setText(QStringLiteral("density<=0.1 densty:1"));
        QTRY_VERIFY(desk.text("filterProblem").contains("densty"));
        QTRY_VERIFY(desk.isSettled());
        QCOMPARE(desk.model().rowCount(), 19);
        desk.filter()->setText(QStringLiteral("method:nothing"));
        QTRY_COMPARE(desk.model().rowCount(), 0);
        QVERIFY(desk.text("filterProblem").isEmpty());
        QVERIFY(desk.page.findChild<QPushButton*>(QStringLiteral("emptyButton"))->isVisible());
        QTest::mouseClick(desk.page.findChild<QPushButton*>(QStringLiteral("emptyButton")), Qt::LeftButton);
        QTRY_COMPARE(desk.model().rowCount(), 39);
        QVERIFY(desk.filter()->text().isEmpty());
    }

    void whatCouldFollowIsProposedAndTheTableWaitsMeanwhile() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        QVERIFY(QTest::qWaitForWindowActive(&desk.page));
        desk.filter()->setFocus();
        QTest::keyClicks(desk.filter(), QStringLiteral("-sta"));
        QWidget* popup = QApplication::activePopupWidget();
        QVERIFY(popup && popup->isVisible());
        QTest::qWait(200);
        QCOMPARE(desk.model().rowCount(), 39);  // "sta" alone would hide everything
        QTest::keyClick(popup, Qt::Key_Down);
        QTest::keyClick(popup, Qt::Key_Return);
        QCOMPARE(desk.filter()->text(), QString("-state:"));
        QTRY_VERIFY(QApplication::activePopupWidget());
        QTest::keyClicks(desk.filter(), QStringLiteral("failed"));
        QTRY_VERIFY(desk.model().rowCount() < 39 && desk.model().rowCount() > 0);
        QTest::keyClicks(desk.filter(), QStringLiteral(" best(te"));
        QVERIFY(QApplication::activePopupWidget());
        QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Escape);
        QTRY_VERIFY(!QApplication::activePopupWidget());
        QCOMPARE(desk.filter()->text(), QString("-state:failed best(te"));
    }

    void columnsAreWhatDiffersAndTheMainMetric() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled());
        const auto shown = [&] {
            QStringList columns;
            for (const Column& column : desk.model().columns()) columns << column.toString();
            return columns.join(' ');
        };
        QTRY_COMPARE(
            shown(),
            QString("state name config:sparsity.density config:optimizer.lr last:test/acc best:test/acc "
                    "spark:test/acc duration age tags"));
        desk.page.findChild<QCheckBox*>(QStringLiteral("onlyDifferences"))->click();
        QTRY_COMPARE(desk.model().columnCount(), 9 + 12);
        desk.page.findChild<QCheckBox*>(QStringLiteral("onlyDifferences"))->click();
        desk.filter()->setText(QStringLiteral("density=0.1 lr=0.01"));
        QTRY_COMPARE(desk.model().columnCount(), 8);
        desk.model().setMetric("train/loss");
        QTRY_VERIFY(shown().contains("best:train/loss"));
    }

    void aClickOnAHeaderSorts() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        QHeaderView* header = desk.page.view().horizontalHeader();
        const int best = desk.column(ColumnKind::Best);
        QTest::mouseClick(header->viewport(), Qt::LeftButton, {},
                          {header->sectionViewportPosition(best) + 20, header->height() / 2});
        QTRY_VERIFY(desk.isSettled() && desk.model().sortColumn().kind == ColumnKind::Best);
        QCOMPARE(header->sortIndicatorSection(), best);
        const auto value = [&](int line) {
            return bestOf(*desk.model().rowAt(line), desk.model().numberOfColumn(best), "test/acc");
        };
        for (int line = 1; line < 39; ++line) QVERIFY(value(line - 1) >= value(line));
    }

    void whatIsSelectedAndSeenStaysThroughARefresh() {
        const QString path = store();
        Desk desk(path);
        desk.page.resize(900, 330);
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        desk.select({12, 14});
        desk.page.view().verticalScrollBar()->setValue(10 * 26 + 7);
        const QList<RunKey> selected = desk.workspace.selection.runs();
        const RunKey top = desk.model().rowAt(desk.page.view().rowAt(0))->key;
        const int offset = desk.page.view().rowViewportPosition(desk.page.view().rowAt(0));
        // Another process adds a run, which stands on top.
        store::RunWriter::createRun(path.toStdU16String(), newRun("new"))->finish({});
        QTRY_COMPARE(desk.model().rowCount(), 40);
        QTRY_VERIFY(desk.isSettled());
        QCOMPARE(desk.model().rowAt(0)->info.name, std::string("new"));
        QCOMPARE(desk.workspace.selection.runs(), selected);
        QCOMPARE(desk.page.view().selectedRuns(), selected);
        QCOMPARE(desk.model().rowAt(desk.page.view().rowAt(0))->key, top);
        QCOMPARE(desk.page.view().rowViewportPosition(desk.page.view().rowAt(0)), offset);
        // A selected run that a filter hides is no longer selected: nobody deletes what he does not see.
        desk.filter()->setText(QStringLiteral("id:%1").arg(selected.first().run));
        QTRY_COMPARE(desk.workspace.selection.runs(), QList<RunKey>{selected.first()});
    }

    void runsAreDeletedRestoredAndRemovedForGood() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        QSignalSpy toast(&desk.workspace, &Workspace::showToast);
        desk.select({0, 1, 2});
        QCOMPARE(desk.text("selectedCount"), QString("3 selected"));
        const QList<RunKey> deleted = desk.workspace.selection.runs();
        desk.page.view().setFocus();
        desk.action("runs.delete")->trigger();
        QTRY_COMPARE(desk.model().rowCount(), 36);
        QTRY_COMPARE(toast.count(), 1);
        QCOMPARE(toast[0][0].toString(), QString("Deleted 3 runs"));
        toast[0][2].value<std::function<void()>>()();  // Undo
        QTRY_COMPARE(desk.model().rowCount(), 39);
        desk.workspace.undo.redo();
        QTRY_COMPARE(desk.model().rowCount(), 36);

        desk.model().setScope(Scope::Bin);
        QTRY_COMPARE(desk.model().rowCount(), 3);
        desk.select({0});
        QTRY_VERIFY(desk.action("runs.restore")->isEnabled());
        desk.action("runs.restore")->trigger();
        QTRY_COMPARE(desk.model().rowCount(), 2);
        QString question;
        bool answer = false;
        RunActions& actions = RunActions::of(desk.workspace, &desk.page);
        actions.confirm = [&](const QString& text, const QString& verb) {
            question = text + " / " + verb;
            return answer;
        };
        actions.emptyBin();
        QTRY_COMPARE(question, QString("2 runs will be removed for good. / Delete 2 runs"));
        QTest::qWait(50);
        QCOMPARE(desk.model().rowCount(), 2);
        answer = true;
        desk.action("runs.emptyBin")->trigger();
        QTRY_COMPARE(desk.model().rowCount(), 0);
        QVERIFY(!desk.row(deleted.last().run));
    }

    void aRunningRunIsNotDeleted() {
        const QString path = store();
        auto writer = store::RunWriter::createRun(path.toStdU16String(), newRun("live"));
        Desk desk(path);
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 40);
        QSignalSpy error(&desk.workspace, &Workspace::showError);
        desk.select({0});
        QVERIFY(desk.action("runs.stop")->isEnabled());
        desk.action("runs.delete")->trigger();
        QCOMPARE(error.count(), 1);
        QSignalSpy toast(&desk.workspace, &Workspace::showToast);
        desk.select({0, 1});
        desk.action("runs.delete")->trigger();
        QTRY_COMPARE(desk.model().rowCount(), 39);
        QTRY_COMPARE(toast.count(), 1);
        QCOMPARE(toast[0][0].toString(), QString("Deleted 1 run; 1 run still running"));
        writer->finish({});
    }

    void annotationsAreWrittenAndUndone() {
        const QString path = store();
        Desk desk(path);
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        RunActions& actions = RunActions::of(desk.workspace, &desk.page);
        QString answer;
        actions.askText = [&](const QString&, const QString&, const QString&, bool) { return answer; };
        desk.select({3, 4});
        const qint64 first = desk.workspace.selection.runs()[0].run;
        answer = "candidate";
        desk.action("runs.tag")->trigger();
        const auto hasTag = [&] {
            const auto& tags = desk.row(first)->info.tags;
            return std::find(tags.begin(), tags.end(), "candidate") != tags.end();
        };
        QTRY_VERIFY(hasTag());
        desk.workspace.undo.undo();
        QTRY_VERIFY(!hasTag());
        answer = "a *note*";
        desk.action("runs.note")->trigger();
        QTRY_COMPARE(desk.row(first)->info.note, std::string("a *note*"));
        desk.workspace.undo.undo();
        QTRY_COMPARE(desk.row(first)->info.note, std::string());
        desk.action("runs.archive")->trigger();
        QTRY_COMPARE(desk.model().rowCount(), 37);
        desk.workspace.undo.undo();
        QTRY_COMPARE(desk.model().rowCount(), 39);
        QCOMPARE(
            store::Reader(store::Store::open(path.toStdU16String(), store::Mode::ReadOnly)).run(first).note,
            std::string());
    }

    void aNameIsEditedInItsPlace() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        desk.select({2});
        desk.page.view().setCurrentIndex(desk.model().index(2, 1));
        const qint64 run = desk.model().rowAt(2)->key.run;
        const std::string before = desk.model().rowAt(2)->info.name;
        desk.action("runs.rename")->trigger();
        auto* editor = desk.page.findChild<QLineEdit*>(QStringLiteral("renameEdit"));
        QVERIFY(editor);
        QCOMPARE(editor->text().toStdString(), before);
        editor->setText(QStringLiteral("better name"));
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(desk.row(run)->info.name, std::string("better name"));
        QTRY_COMPARE(desk.model().index(2, 1).data().toString(), QString("better name"));
        desk.workspace.undo.undo();
        QTRY_COMPARE(desk.row(run)->info.name, before);
    }

    void rowsAreCopiedAndExportedWithAllDigits() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        desk.select({0, 1});
        desk.action("runs.copy")->trigger();
        const QStringList lines = QApplication::clipboard()->text().split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 3);
        const QStringList header = lines[0].split('\t'), cells = lines[1].split('\t');
        QCOMPARE(header.size(), cells.size());
        const int at = static_cast<int>(header.indexOf("best test/acc"));
        const int best = desk.column(ColumnKind::Best);
        QCOMPARE(cells[at].toDouble(),
                 bestOf(*desk.model().rowAt(0), desk.model().numberOfColumn(best), "test/acc"));
        RunActions::of(desk.workspace, &desk.page).askFile = [&](const QString&) {
            return folder_.filePath("t.csv");
        };
        desk.action("runs.export")->trigger();
        QFile file(folder_.filePath("t.csv"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll().count("\r\n"), 3);
    }

    void groupsShowMeanAndSpreadAndCanBeClosed() {
        Desk desk(store());
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
        desk.model().setGrouping({Grouping::Kind::WithoutSeed, {}});
        QTRY_COMPARE(desk.model().rowCount(), 39 + 8);
        const Group* group = desk.model().groupAt(0);
        QVERIFY(group);
        const int best = desk.column(ColumnKind::Best);
        QVERIFY(desk.model().index(0, best).data().toString().contains("±"));
        QCOMPARE(desk.model().runsAt(0).size(), static_cast<qsizetype>(group->runs.size()));
        desk.page.view().setCurrentIndex(desk.model().index(0, 0));
        const auto size = static_cast<int>(group->runs.size());
        QTest::keyClick(&desk.page.view(), Qt::Key_Left);
        QTRY_COMPARE(desk.model().rowCount(), 39 + 8 - size);
        QTest::mouseClick(desk.page.view().viewport(), Qt::LeftButton, {}, {12, 13});
        QTRY_COMPARE(desk.model().rowCount(), 39 + 8);
    }

    void aRunIsOpenedComparedAndResumed() {
        const QString path = store();
        {
            auto writer = store::RunWriter::createRun(path.toStdU16String(), newRun("half"));
            writer->finish({store::RunState::Stopped, {}, {}, 130});
        }
        Desk desk(path);
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 40);
        QSignalSpy opened(&desk.workspace, &Workspace::showRun),
            compared(&desk.workspace, &Workspace::showComparison),
            resumed(&desk.workspace.launcher, &Launcher::started);
        desk.select({0});
        desk.page.view().setCurrentIndex(desk.model().index(0, 0));
        QTest::keyClick(&desk.page.view(), Qt::Key_Return);
        QCOMPARE(opened.count(), 1);
        QCOMPARE(opened[0][0].value<RunKey>().run, qint64{41});
        QVERIFY(!desk.action("runs.compare")->isEnabled());
        QVERIFY(desk.action("runs.resume")->isEnabled());
        desk.action("runs.resume")->trigger();
        QTRY_COMPARE(resumed.count(), 1);  // its process starts on another thread
        desk.select({0, 1});
        desk.action("runs.compare")->trigger();
        QCOMPARE(compared.count(), 1);
        QCOMPARE(compared[0][0].value<QList<RunKey>>().size(), qsizetype{2});
    }

    void theViewSurvivesARestart() {
        const QString path = store();
        QJsonObject saved;
        {
            Desk desk(path);
            QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
            desk.filter()->setText(QStringLiteral("density=0.1"));
            desk.model().setSort({ColumnKind::Name, {}}, false);
            desk.model().setGrouping({Grouping::Kind::WithoutSeed, {}});
            desk.model().setChosenColumns(std::vector<Column>{{ColumnKind::Host, {}}});
            saved = desk.page.save();
        }
        Desk desk(path);
        desk.page.restore(saved);
        QTRY_VERIFY(desk.isSettled() && desk.model().columnCount() == 3);
        QCOMPARE(desk.filter()->text(), QString("density=0.1"));
        QVERIFY(desk.model().sortColumn().kind == ColumnKind::Name && !desk.model().descending());
        QVERIFY(desk.model().groupAt(0));
        for (const QJsonObject& odd :
             {QJsonObject{}, QJsonObject{{"columns", 3}, {"widths", "x"}, {"scope", 99}, {"query", 1}}})
            desk.page.restore(odd);  // takes any object
        QTRY_VERIFY(desk.isSettled() && desk.model().rowCount() == 39);
    }

    void twoWindowsAgreeWithinASecond() {
        const QString path = store();
        Desk one(path), two(path);
        QTRY_VERIFY(one.isSettled() && two.isSettled() && two.model().rowCount() == 39);
        QTest::qWait(300);
        RunActions& actions = RunActions::of(one.workspace, &one.page);
        actions.askText = [](const QString&, const QString&, const QString&, bool) {
            return QStringLiteral("seen");
        };
        one.select({0});
        const qint64 run = one.workspace.selection.runs()[0].run;
        one.action("runs.tag")->trigger();
        const auto seen = [&](Desk& desk) {
            const auto& tags = desk.row(run)->info.tags;
            return std::find(tags.begin(), tags.end(), "seen") != tags.end();
        };
        QTRY_VERIFY_WITH_TIMEOUT(seen(two), 1000);
        QVERIFY(seen(one));
    }

    void theDockShowsTheSameRunsAndSelection() {
        const QString path = store();
        Desk desk(path);
        RunsDock dock(desk.workspace, nullptr);
        dock.resize(240, 500);
        dock.show();
        QTRY_VERIFY(desk.isSettled() && dock.model().rowCount() == 39);
        QTRY_COMPARE(dock.model().columnCount(), 3);
        desk.select({5});
        QCOMPARE(dock.view().selectedRuns(), desk.workspace.selection.runs());
        dock.findChild<QLineEdit*>(QStringLiteral("dockFilter"))->setText(QStringLiteral("tag:paper"));
        QTRY_VERIFY(dock.model().rowCount() < 39);
        QCOMPARE(desk.model().rowCount(), 39);
    }

    void everythingWithoutTextHasAName() {
        Desk desk(store());
        RunsDock dock(desk.workspace, nullptr);
        QTRY_VERIFY(desk.isSettled());
        for (QWidget* root : {static_cast<QWidget*>(&desk.page), static_cast<QWidget*>(&dock)})
            for (QWidget* widget : root->findChildren<QWidget*>()) {
                const auto* button = qobject_cast<QAbstractButton*>(widget);
                const bool silent =
                    (button && button->text().isEmpty() && button->focusPolicy() != Qt::NoFocus) ||
                    qobject_cast<QLineEdit*>(widget) || qobject_cast<QComboBox*>(widget) ||
                    qobject_cast<QTableView*>(widget);
                if (silent && widget->objectName() != QLatin1String("qt_spinbox_lineedit"))
                    QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
            }
        for (const ActionTable::Entry& entry : desk.workspace.actions.entries())
            QVERIFY2(!entry.spec.tip.isEmpty(), qPrintable(entry.spec.id));
    }
};

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    if (application.arguments().value(1) == QLatin1String("resume")) return 0;
    BrowserPageTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_browser_page.moc"
