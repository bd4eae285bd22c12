// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/reader.h"
#include "ui/base/watchdog.h"
#include "ui/start/command_line.h"
#include "ui/start/form_page.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// A workspace of its own folder, and the form in it.
struct Form {
    QTemporaryDir folder;
    Workspace workspace{
        {folder.filePath("session.json"), FILIGREE_PROGRAM, folder.filePath("runs.filigree")}};
    FormPage page{workspace, nullptr};

    explicit Form(const char* preset = "digits") {
        if (preset) page.edit(run::openRunFile(preset));
        page.resize(1200, 800);
        page.show();
        if (!QTest::qWaitFor([&] { return page.isReady() && workspace.presets.isLoaded(); }, 10000))
            qFatal("the form did not get ready");
        settle();
    }
    void settle() { QTest::qWait(120); }
    template <typename Widget>
    Widget* find(const QString& name) {
        auto* found = page.findChild<Widget*>(name);
        if (!found) qFatal("there is no %s", qPrintable(name));
        return found;
    }
    void type(const QString& key, const QString& text) {
        auto* line = find<QLineEdit>(key);
        line->setFocus();
        line->selectAll();
        QTest::keyClicks(line, text);
        settle();
    }
    QString summary() { return find<QLabel>("formSummary")->text(); }
    bool canStart() { return find<QPushButton>("startRun")->isEnabled(); }
};

}  // namespace

class TestFormPage : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        // Presets of whoever runs the test are none of its business.
        static QTemporaryDir home;
        qputenv("XDG_DATA_HOME", home.path().toUtf8());
    }

    void everyFieldOfEverySchemaHasAControl() {
        for (const methods::Method& method : methods::all()) {
            Form form(nullptr);
            form.page.edit({std::string(method.name),
                            {},
                            {},
                            {},
                            {},
                            0,
                            {},
                            config::Config::defaults(run::schemaOf(std::string(method.name)))});
            QTRY_VERIFY(form.page.isReady());
            for (const config::Field& field : run::schemaOf(std::string(method.name)).fields()) {
                const QString key = QString::fromStdString(field.key);
                auto* control = form.page.findChild<QWidget*>(key);
                QVERIFY2(control, qPrintable(key));
                QVERIFY(!control->accessibleName().isEmpty());
                QVERIFY(control->accessibleDescription().contains(QString::fromStdString(field.help)));
                const bool fits =
                    field.type == config::Type::Boolean  ? qobject_cast<QCheckBox*>(control) != nullptr
                    : field.type == config::Type::Choice ? qobject_cast<QComboBox*>(control) != nullptr
                                                         : qobject_cast<QLineEdit*>(control) != nullptr;
                QVERIFY2(fits, qPrintable(key));
                if (const auto* combo = qobject_cast<QComboBox*>(control))
                    QCOMPARE(combo->count(), static_cast<int>(field.choices.size()));
            }
        }
    }

    void controlsShowThePreset() {
        Form form;
        QCOMPARE(form.page.title(), QString("Edit: digits"));
        QCOMPARE(form.find<QLineEdit>("model.hidden")->text(), QString("128, 64"));
        QCOMPARE(form.find<QComboBox>("data.name")->currentText(), QString("digits"));
        QVERIFY(!form.find<QCheckBox>("data.flip")->isChecked());
        QVERIFY(form.canStart());
        QVERIFY(form.summary().startsWith("1 run"));
    }

    void aWrongValueKeepsStartDisabledAndSaysWhy() {
        Form form;
        form.type("model.dropout", "1.5");
        QVERIFY(!form.canStart());
        QVERIFY(!form.workspace.actions.find("form.start")->isEnabled());
        QCOMPARE(form.find<QLabel>("problem_model.dropout")->text(), QString("It must be below 1."));
        QVERIFY(form.find<QLabel>("problem_model.dropout")->isVisible());
        QCOMPARE(form.summary(), QString("model.dropout: It must be below 1."));
        QVERIFY(form.find<QLineEdit>("model.dropout")->property("invalid").toBool());
        form.type("model.dropout", "0.5");
        QVERIFY(form.canStart());
        QVERIFY(!form.find<QLabel>("problem_model.dropout")->isVisible());
        form.type("train.batch_size", "2000");
        QVERIFY(!form.canStart());
        QCOMPARE(form.summary(),
                 QString("It cannot be run: a batch is larger than the training set of 1437 samples."));
    }

    void aChangedFieldIsBoldAndCanBeReset() {
        Form form;
        auto* reset = form.find<QToolButton>("reset_train.epochs");
        QVERIFY(!reset->isVisible());
        form.type("train.epochs", "12");
        QVERIFY(reset->isVisible());
        QCOMPARE(reset->toolTip(), QString("Back to 40"));
        QTest::mouseClick(reset, Qt::LeftButton);
        QCOMPARE(form.find<QLineEdit>("train.epochs")->text(), QString("40"));
        QVERIFY(!reset->isVisible());
    }

    void undoBelongsToTheWholeForm() {
        Form form;
        form.type("train.epochs", "12");
        form.type("optimizer.lr", "0.2");
        auto* line = form.find<QLineEdit>("optimizer.lr");
        QTest::keySequence(line, QKeySequence::Undo);
        QCOMPARE(line->text(), QString("0.05"));
        QTest::keySequence(line, QKeySequence::Undo);
        QCOMPARE(form.find<QLineEdit>("train.epochs")->text(), QString("40"));
        QTest::keySequence(line, QKeySequence::Redo);
        QCOMPARE(form.find<QLineEdit>("train.epochs")->text(), QString("12"));
    }

    void arrowsStepWholeNumbers() {
        Form form;
        auto* line = form.find<QLineEdit>("train.epochs");
        line->setFocus();
        QTest::keyClick(line, Qt::Key_Up);
        QCOMPARE(line->text(), QString("41"));
        QTest::keyClick(line, Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(line->text(), QString("31"));
    }

    void formAndTomlFollowEachOther() {
        Form form;
        auto* editor = form.find<QPlainTextEdit>("tomlEditor");
        form.type("sparsity.density", "0.25");
        QVERIFY(editor->toPlainText().contains("density = 0.25"));
        editor->setPlainText(editor->toPlainText().replace("density = 0.25", "density = 0.5 # half"));
        QTRY_COMPARE(form.find<QLineEdit>("sparsity.density")->text(), QString("0.5"));
        // What was typed stays as it was typed.
        QVERIFY(editor->toPlainText().contains("# half"));
        editor->setPlainText("method = \"dst_ee\"\n[sparsity]\ndensity = 3\n");
        QTRY_VERIFY(!form.canStart());
        QVERIFY(form.find<QLabel>("tomlProblem")->text().startsWith("line 3: sparsity.density = 3"));
        QVERIFY(form.summary().startsWith("The TOML text cannot be read: line 3"));
        QCOMPARE(form.find<QLineEdit>("sparsity.density")->text(), QString("0.5"));
        form.type("sparsity.density", "0.4");
        QVERIFY(form.canStart());
        QVERIFY(editor->toPlainText().contains("density = 0.4"));
    }

    void searchAndOnlyChangedHideTheRest() {
        Form form;
        form.find<QLineEdit>("fieldSearch")->setText("learning rate");
        QVERIFY(form.find<QWidget>("row_optimizer.lr")->isVisible());
        QVERIFY(!form.find<QWidget>("row_train.epochs")->isVisible());
        form.find<QLineEdit>("fieldSearch")->setText("nothing like this");
        QVERIFY(form.find<QLabel>("noField")->isVisible());
        form.find<QLineEdit>("fieldSearch")->clear();
        form.type("train.epochs", "3");
        form.find<QCheckBox>("onlyChanged")->setChecked(true);
        QVERIFY(form.find<QWidget>("row_train.epochs")->isVisible());
        QVERIFY(!form.find<QWidget>("row_optimizer.lr")->isVisible());
        QVERIFY(!form.find<QWidget>("group_data")->isVisible());
    }

    void theFocusedFieldExplainsItself() {
        Form form;
        QSignalSpy help(&form.workspace, &Workspace::showHelp);
        form.page.activateWindow();
        auto* line = form.find<QLineEdit>("sparsity.density");
        line->setFocus();
        QTRY_VERIFY(form.page.findChild<QLabel*>("help_sparsity.density"));
        QVERIFY(form.find<QLabel>("help_sparsity.density")->isVisible());
        QCOMPARE(form.page.helpTopic(), QString("config#sparsity"));
        QTest::mouseClick(form.find<QToolButton>("helpButton_sparsity.density"), Qt::LeftButton);
        QCOMPARE(help.count(), 1);
        QCOMPARE(help[0][0].toString(), QString("config#sparsity"));
        form.find<QLineEdit>("train.epochs")->setFocus();
        QTRY_VERIFY(!form.find<QLabel>("help_sparsity.density")->isVisible());
    }

    void copiesTheCommand() {
        Form form;
        form.type("sparsity.density", "0.05");
        form.type("seeds", "0-1");
        QTest::mouseClick(form.find<QPushButton>("copyCommand"), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QString("filigree run dst_ee/digits --set sparsity.density=0.05\n"
                         "filigree run dst_ee/digits --set sparsity.density=0.05 --seed 1"));
        QCOMPARE(form.find<QPushButton>("startRun")->text().trimmed(), QString("Start 2 runs"));
        QVERIFY(form.summary().startsWith("2 runs"));
    }

    void queuesOneRunPerSeed() {
        Form form;
        form.type("train.epochs", "1");
        form.type("run.threads", "1");  // 0 is replaced by the number of processors
        form.type("seeds", "5, 6");
        form.type("name", "sweep");
        QSignalSpy queued(&form.workspace.launcher, &Launcher::queued);
        QTest::mouseClick(form.find<QPushButton>("queueRun"), Qt::LeftButton);
        QTRY_COMPARE(queued.count(), 2);
        const store::Store store =
            store::Store::open(form.workspace.defaultStore.toStdU16String(), store::Mode::ReadOnly);
        const std::vector<store::RunInfo> runs = store::Reader(store).runs();
        QCOMPARE(runs.size(), std::size_t{2});
        for (const store::RunInfo& run : runs) {
            QVERIFY(run.state == store::RunState::Queued);
            QCOMPARE(run.name, "sweep seed " + std::to_string(run.seed));
            QCOMPARE(run.preset, std::string("dst_ee/digits"));
            QCOMPARE(QString::fromStdString(store::Reader(store).configToml(run.id)),
                     QString::fromStdString(form.page.draft().file()->config.toToml()));
        }
    }

    void ctrlEnterStartsARunThatFinishes() {
        Form form;
        form.type("train.max_steps", "3");
        form.type("run.threads", "1");
        QSignalSpy started(&form.workspace.launcher, &Launcher::started);
        QSignalSpy ended(&form.workspace.launcher, &Launcher::ended);
        form.page.activateWindow();
        QTest::keyClick(form.find<QLineEdit>("train.epochs"), Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(started.count(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(ended.count(), 1, 30000);
        const store::Store store =
            store::Store::open(form.workspace.defaultStore.toStdU16String(), store::Mode::ReadOnly);
        QVERIFY(store::Reader(store).run(1).state == store::RunState::Finished);
        QCOMPARE(store::Reader(store).run(1).progress.step, 3);
    }

    void theSettingsThreadsAreTakenUnlessTheFileSays() {
        Form form;
        form.workspace.session.setValue("compute.threads", 3);
        form.type("train.epochs", "2");
        QVERIFY(form.page.commandText().contains("--set run.threads=3"));
        form.type("run.threads", "1");
        QVERIFY(form.page.commandText().contains("--set run.threads=1"));
    }

    void draftsSurviveARestart() {
        Form form;
        form.type("sparsity.density", "0.07");
        form.type("train.epochs", "x");
        QTest::qWait(400);
        form.workspace.session.saveNow();
        Workspace later({form.folder.filePath("session.json"), FILIGREE_PROGRAM, {}});
        FormPage page(later, nullptr);
        QTRY_VERIFY(page.isReady());
        QCOMPARE(page.draft().text("sparsity.density"), QString("0.07"));
        QCOMPARE(page.findChild<QLineEdit*>("train.epochs")->text(), QString("x"));
        QCOMPARE(page.title(), QString("Edit: digits"));
    }

    void savesAsAPresetThatTheProgramFinds() {
        Form form;
        form.type("sparsity.density", "0.07");
        const QString path = form.workspace.presets.save(*form.page.draft().file(), "mine");
        QVERIFY(path.endsWith("/presets/dst_ee/mine.toml"));
        QCOMPARE(run::openRunFile("mine").config.real("sparsity.density"), 0.07);
        QTRY_VERIFY(form.workspace.presets.find("dst_ee/mine"));
        QVERIFY(form.workspace.presets.find("dst_ee/mine")->own);
        for (const char* name : {"digits", "../up", "", "a b"})
            QVERIFY_THROWS_EXCEPTION(Error, form.workspace.presets.save(*form.page.draft().file(), name));
        QFile::remove(path);
    }

    void withoutAnExperimentItSaysWhatToDo() {
        Form form(nullptr);
        QSignalSpy gallery(&form.workspace, &Workspace::showGallery);
        QVERIFY(form.find<QWidget>("emptyForm")->isVisible());
        QVERIFY(!form.canStart());
        QTest::mouseClick(form.find<QPushButton>("openGallery"), Qt::LeftButton);
        QCOMPARE(gallery.count(), 1);
        form.workspace.actions.find("file.new")->trigger();
        QTRY_VERIFY(form.page.isReady() && form.page.findChild<QLineEdit*>("train.epochs"));
        QVERIFY(!form.find<QWidget>("emptyForm")->isVisible());
        QCOMPARE(form.page.title(), QString("New run"));
        QCOMPARE(form.find<QComboBox>("presetChoice")->currentText(),
                 QString("DST-EE: every value at its default"));
    }

    void everyControlWithoutTextHasAName() {
        Form form;
        for (const QWidget* widget : form.page.findChildren<QWidget*>()) {
            const bool control = widget->inherits("QLineEdit") || widget->inherits("QComboBox") ||
                                 widget->inherits("QToolButton") || widget->inherits("QPlainTextEdit");
            // Parts that Qt makes itself (the clear button of a line) are named by Qt or not reached by Tab.
            if (!control || widget->objectName().isEmpty() || widget->objectName().startsWith("qt_"))
                continue;
            const auto* tool = qobject_cast<const QToolButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (tool && !tool->text().isEmpty()),
                     qPrintable(widget->objectName()));
        }
    }

    void makingTheFormKeepsTheWindowAwake() {
#ifdef FILIGREE_SANITIZED
        QSKIP("sanitizers are slow");
#endif
        Form warm;  // fonts and style are loaded once per program
        Watchdog watchdog(50);
        Form form;
        form.page.edit(run::openRunFile("planted"));
        QTest::qWait(100);
        for (const Watchdog::Stall& stall : watchdog.stalls())
            qWarning("%.1f ms in %s", stall.milliseconds, qPrintable(stall.during));
        QVERIFY(watchdog.stalls().empty());
    }
};

QTEST_MAIN(TestFormPage)
#include "test_form_page.moc"
