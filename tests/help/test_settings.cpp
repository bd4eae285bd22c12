// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QGuiApplication>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMainWindow>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeWidget>

#include "base/error.h"
#include "base/platform.h"
#include "base/version.h"
#include "ui/help/about_dialog.h"
#include "ui/help/help_actions.h"
#include "ui/help/settings_dialog.h"
#include "ui/help/shortcut_table.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

QString contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

void write(const QString& path, const char* text) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write %s", qPrintable(path));
    file.write(text);
}

struct Fixture {
    QTemporaryDir folder;
    Workspace workspace{{folder.filePath("session.json"), "none", {}}};
    QMainWindow window;
    QAction* open = workspace.actions.add(
        &window, {"file.open", MenuId::File, 0, "&Open…", "", {QKeySequence("Ctrl+O")}});
    QAction* find =
        workspace.actions.add(&window, {"edit.find", MenuId::Edit, 0, "&Find", "", {QKeySequence("Ctrl+F")}});
    Shortcuts shortcuts{workspace.actions, workspace.session};
    QString file = folder.filePath("filigree.toml");
    SettingsDialog dialog{workspace, shortcuts, &window, file};

    template <typename Widget>
    Widget* get(const char* name) {
        auto* found = dialog.findChild<Widget*>(name);
        if (!found) qFatal("there is no %s", name);
        return found;
    }
    void choose(const char* name, int index) {
        auto* combo = get<QComboBox>(name);
        combo->setCurrentIndex(index);
        emit combo->activated(index);
    }
    ~Fixture() {
        workspace.theme.setMode(Theme::Mode::System);
        workspace.theme.setBaseSize(0);
    }
};

}  // namespace

class TestSettings : public QObject {
    Q_OBJECT

  private slots:
    void whatIsChosenHoldsAtOnceAndIsKept() {
        Fixture f;
        f.choose("themeChoice", 2);
        QVERIFY(f.workspace.theme.appearance() == Appearance::Dark);
        QCOMPARE(f.workspace.session.value("theme").toString(), QString("dark"));
        f.choose("sizeChoice", 5);
        QCOMPARE(f.workspace.theme.baseSize(), 13);
        QCOMPARE(QGuiApplication::font().pointSize(), 13);
        f.get<QCheckBox>("reducedMotion")->click();
        QVERIFY(f.workspace.theme.reducedMotion());
        f.choose("threadsChoice", 2);
        QCOMPARE(f.workspace.session.value("compute.threads").toInt(), 2);
        f.get<QCheckBox>("restoreSession")->click();
        QCOMPARE(f.workspace.session.value("restore").toBool(true), false);
    }

    void aPageIsPutBackAsAWhole() {
        Fixture f;
        f.choose("themeChoice", 2);
        f.choose("sizeChoice", 5);
        f.choose("threadsChoice", 2);
        f.dialog.openPage("appearance");
        QTest::mouseClick(f.get<QPushButton>("resetPage"), Qt::LeftButton);
        QVERIFY(f.workspace.theme.mode() == Theme::Mode::System);
        QCOMPARE(f.workspace.theme.baseSize(), 0);
        QCOMPARE(f.get<QComboBox>("themeChoice")->currentIndex(), 0);
        // Other pages stay.
        QCOMPARE(f.workspace.session.value("compute.threads").toInt(), 2);
    }

    void searchShowsWhatFits() {
        Fixture f;
        f.dialog.show();
        f.get<QLineEdit>("settingsSearch")->setText("threads");
        auto* pages = f.get<QListWidget>("settingsPages");
        QCOMPARE(pages->currentItem()->text(), QString("Compute"));
        int shown = 0;
        for (int i = 0; i < pages->count(); ++i) shown += !pages->item(i)->isHidden();
        QCOMPARE(shown, 1);
        QVERIFY(f.get<QComboBox>("threadsChoice")->isVisible());
        f.get<QLineEdit>("settingsSearch")->clear();
        for (int i = 0; i < pages->count(); ++i) QVERIFY(!pages->item(i)->isHidden());
    }

    void theStoreGoesIntoThePersonalFileAndNothingElseChanges() {
        Fixture f;
        write(f.file, "# mine\nthreads = 2\nstore = \"old.filigree\"\n");
        PersonalFile file(f.file);
        QCOMPARE(file.text("store"), QString("old.filigree"));
        auto* line = f.get<QLineEdit>("defaultStore");
        line->setText("C:\\data\\\"new\".filigree");
        emit line->editingFinished();
        QCOMPARE(contentOf(f.file),
                 QString("# mine\nthreads = 2\nstore = \"C:\\\\data\\\\\\\"new\\\".filigree\"\n"));
        QCOMPARE(file.text("store"), QString("C:\\data\\\"new\".filigree"));
        line->clear();
        emit line->editingFinished();
        QCOMPARE(contentOf(f.file), QString("# mine\nthreads = 2\n"));
        file.setText("data_dir", "here");
        QCOMPARE(contentOf(f.file), QString("data_dir = \"here\"\n# mine\nthreads = 2\n"));
    }

    void aBrokenPersonalFileIsNotTouched() {
        QTemporaryDir folder;
        const QString path = folder.filePath("filigree.toml");
        write(path, "store = \n");
        PersonalFile file(path);
        QVERIFY_THROWS_EXCEPTION(Error, file.text("store"));
        QVERIFY_THROWS_EXCEPTION(Error, file.setText("store", "a"));
        QCOMPARE(contentOf(path), QString("store = \n"));
    }

    void shortcutsAreChangedKeptAndPutBack() {
        Fixture f;
        f.shortcuts.set("file.open", QKeySequence("Ctrl+K"));
        QCOMPARE(f.open->shortcut(), QKeySequence("Ctrl+K"));
        QVERIFY(f.shortcuts.isChanged("file.open"));
        f.workspace.session.saveNow();
        {
            Workspace later({f.folder.filePath("session.json"), "none", {}});
            QMainWindow window;
            Shortcuts shortcuts(later.actions, later.session);
            // Added after the settings were read.
            QAction* open = later.actions.add(
                &window, {"file.open", MenuId::File, 0, "&Open…", "", {QKeySequence("Ctrl+O")}});
            QCOMPARE(open->shortcut(), QKeySequence("Ctrl+K"));
        }
        f.shortcuts.set("edit.find", QKeySequence());
        QVERIFY(f.find->shortcut().isEmpty());
        f.shortcuts.reset("file.open");
        QCOMPARE(f.open->shortcut(), QKeySequence("Ctrl+O"));
        f.shortcuts.resetAll();
        QCOMPARE(f.find->shortcut(), QKeySequence("Ctrl+F"));
        QVERIFY(!f.shortcuts.isChanged("edit.find"));
        // The default, chosen, is no change.
        f.shortcuts.set("file.open", QKeySequence("Ctrl+O"));
        QVERIFY(!f.shortcuts.isChanged("file.open"));
    }

    void oneKeyGivenTwiceCountsOnce() {
        Fixture f;
        QAction* help =
            f.workspace.actions.add(&f.window, {"help.page",
                                                MenuId::Help,
                                                0,
                                                "&Help",
                                                "",
                                                {QKeySequence("F1"), QKeySequence("F1"), QKeySequence()}});
        QCOMPARE(help->shortcuts(), QList<QKeySequence>{QKeySequence("F1")});
        f.shortcuts.resetAll();
        QCOMPARE(help->shortcuts(), QList<QKeySequence>{QKeySequence("F1")});
    }

    void aClashIsSaidWhereBothWouldWork() {
        Fixture f;
        QVERIFY(f.shortcuts.conflicts("file.open").isEmpty());
        f.shortcuts.set("file.open", QKeySequence("Ctrl+F"));
        QCOMPARE(f.shortcuts.conflicts("file.open"), QStringList{"Find"});
        QCOMPARE(f.shortcuts.conflicts("edit.find"), QStringList{"Open…"});
        // Two pages beside each other never have the keyboard at once.
        QWidget here(&f.window), there(&f.window);
        f.workspace.actions.add(&here, {"a.x", MenuId::View, 0, "X", "", {QKeySequence("Ctrl+J")}});
        f.workspace.actions.add(&there, {"b.y", MenuId::View, 0, "Y", "", {QKeySequence("Ctrl+J")}});
        QVERIFY(f.shortcuts.conflicts("a.x").isEmpty());
        f.shortcuts.set("file.open", QKeySequence("Ctrl+J"));
        QCOMPARE(f.shortcuts.conflicts("file.open"), (QStringList{"X", "Y"}));
    }

    void newKeysAreTypedInTheTable() {
        Fixture f;
        f.dialog.openPage("shortcuts");
        f.dialog.show();
        auto* table = f.dialog.findChild<ShortcutTable*>();
        QVERIFY(table);
        table->edit("file.open");
        auto* editor = f.get<QKeySequenceEdit>("shortcutEditor");
        QTest::keyClick(editor, Qt::Key_B, Qt::ControlModifier);
        QTRY_COMPARE(f.open->shortcut(), QKeySequence("Ctrl+B"));
        table->setFilter("ctrl+b");
        int shown = 0;
        QTreeWidget* tree = table->tree();
        for (int i = 0; i < tree->topLevelItemCount(); ++i)
            for (int k = 0; k < tree->topLevelItem(i)->childCount(); ++k)
                shown += !tree->topLevelItem(i)->isHidden() && !tree->topLevelItem(i)->child(k)->isHidden();
        QCOMPARE(shown, 1);
    }

    void diagnosticsNameVersionsAndNothingPrivate() {
        qputenv("FILIGREE_CANVAS", "off");
        Workspace workspace({});
        AboutDialog about(workspace.theme, nullptr);
        about.show();
        auto* device = about.findChild<QLabel*>("aboutDevice");
        QTRY_COMPARE(device->text(), QString("Canvas: Vulkan is off"));
        QTest::mouseClick(about.findChild<QPushButton*>("copyDiagnostics"), Qt::LeftButton);
        const QString text = QGuiApplication::clipboard()->text();
        QVERIFY(text.contains(QString("Filigree ") + filigree::version()));
        QVERIFY(text.contains(qVersion()));
        QVERIFY(text.contains(QString::fromStdString(platform::processorName())));
        QVERIFY(!text.contains('/') || !text.contains(QDir::homePath()));
        QVERIFY(!text.contains(QString::fromStdString(platform::hostName())));
        qunsetenv("FILIGREE_CANVAS");
    }

    void theActionsOpenOneWindowOfEachKind() {
        QTemporaryDir folder;
        qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
        Workspace workspace({});
        QMainWindow window;
        window.show();
        addHelpActions(workspace, &window);
        for (const auto& [id, name] : {std::pair{"edit.settings", "settingsDialog"},
                                       {"help.shortcuts", "shortcutSheet"},
                                       {"help.about", "aboutDialog"}}) {
            QAction* action = workspace.actions.find(id);
            QVERIFY(action);
            QVERIFY(!action->statusTip().isEmpty());
            action->trigger();
            action->trigger();
            const auto found = window.findChildren<QDialog*>(name);
            QCOMPARE(found.size(), 1);
            QVERIFY(found[0]->isVisible());
            found[0]->close();
        }
    }

    void everyControlHasAName() {
        Fixture f;
        for (const QWidget* widget : f.dialog.findChildren<QWidget*>()) {
            const bool control = widget->inherits("QLineEdit") || widget->inherits("QComboBox") ||
                                 widget->inherits("QCheckBox") || widget->inherits("QTreeWidget");
            if (control && !widget->objectName().isEmpty() && !widget->objectName().startsWith("qt_"))
                QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
        }
    }
};

QTEST_MAIN(TestSettings)
#include "test_settings.moc"
