// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QProcess>
#include <QScreen>
#include <QTabWidget>
#include <QToolButton>
#include <QWindow>
#include <QtTest>
#include <algorithm>
#include <future>

#include "store/reader.h"
#include "ui/base/error_bar.h"
#include "ui/base/watchdog.h"
#include "ui/shell/main_window.h"
#include "ui_canvas/validated.h"

#ifndef _WIN32
#include <csignal>
#endif

using namespace filigree;
using namespace filigree::ui;

/// A person at the window, from the first click to the last: start, edit, run, watch, pause, resume, compare,
/// render, quit; by mouse and keys, with real runs as real processes and the Vulkan validation layers on.
class WorkbenchTest : public QObject {
    Q_OBJECT

    QTemporaryDir home_;
    QString store_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<MainWindow> window_;
    std::unique_ptr<Watchdog> watchdog_;
    static constexpr const char* secondLook = "FILIGREE_SECOND_LOOK";  ///< set: this process only tells
    static constexpr const char* stalledHere = "stalled in ";
    std::shared_ptr<gpu::Instance> vulkan_;  ///< kept, with what the validation layers said

    template <typename Widget>
    Widget* find(const QString& name) const {
        auto* widget = window_->findChild<Widget*>(name);
        if (!widget) qWarning() << "there is no" << name;
        return widget;
    }
    QString page() const {
        const QWidget* shown = find<QTabWidget>("pages")->currentWidget();
        return shown->objectName();
    }
    QAction* action(const char* id) const { return workspace_->actions.find(QLatin1String(id)); }

    /// Looks into the store as another process would: on a thread of its own, so that what it costs (after a
    /// kill, the recovery of the journal) is not taken for the window's work.
    template <typename Look>
    auto look(Look look) const {
        return std::async(std::launch::async,
                          [&] {
                              const store::Store opened =
                                  store::Store::open(store_.toStdU16String(), store::Mode::ReadOnly);
                              return look(store::Reader(opened));
                          })
            .get();
    }
    store::RunInfo info(std::int64_t run) const {
        return look([run](const store::Reader& reader) { return reader.run(run); });
    }
    bool is(std::int64_t run, store::RunState state) const {
        return look([run, state](const store::Reader& reader) {
            for (const store::RunInfo& row : reader.runs())
                if (row.id == run) return row.state == state;
            return false;
        });
    }
    static void press(QWidget* widget, const char* keys) {
        const QKeyCombination combination = QKeySequence(QLatin1String(keys))[0];
        QTest::keyClick(widget, combination.key(), combination.keyboardModifiers());
    }
    void closePopups() const {
        for (QWidget* widget : QApplication::topLevelWidgets())
            if (widget != window_.get() && widget->isVisible() && widget->windowType() == Qt::Popup)
                widget->close();
    }

    void openWindow() {
        workspace_ = std::make_unique<Workspace>(
            Workspace::Options{home_.filePath("session.json"), FILIGREE_PROGRAM, store_});
        window_ = std::make_unique<MainWindow>(*workspace_);
        window_->show();
        QVERIFY(QTest::qWaitForWindowExposed(window_.get(), 10000));
        // Shortcuts work in the active window; a bare screen has no window manager that makes one active.
        QT_WARNING_PUSH
        QT_WARNING_DISABLE_DEPRECATED
        QApplication::setActiveWindow(window_.get());
        QT_WARNING_POP
    }

  private slots:
    void initTestCase() {
        if (QGuiApplication::platformName() == "offscreen" || QGuiApplication::platformName() == "minimal")
            QSKIP("needs a screen: packaging/test.sh makes one in memory");
        for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
            qputenv(name, home_.filePath(name).toUtf8());
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        store_ = home_.filePath("runs.filigree");
        vulkan_ = validatedInstance();
        openWindow();
        QTest::qWait(500);  // what is made once
        watchdog_ = std::make_unique<Watchdog>(50);
    }

    void thePresetIsFoundAndOpensInTheForm() {
        QCOMPARE(page(), QString("gallery"));
        auto* search = find<QLineEdit>("presetSearch");
        QVERIFY(search);
        QTRY_VERIFY(window_->findChild<QWidget*>("card_dst_ee/digits"));
        QTest::mouseClick(search, Qt::LeftButton);
        QTest::keyClicks(search, "digits in sec");
        auto* card = find<QWidget>("card_dst_ee/digits");
        QTRY_VERIFY(card->isVisible());
        QTRY_VERIFY(!find<QWidget>("card_dst_ee/planted")->isVisible());
        auto* edit = card->findChild<QToolButton*>("editPreset");
        QVERIFY(edit);
        QTest::mouseClick(edit, Qt::LeftButton);
        QTRY_COMPARE(page(), QString("new"));
    }

    void whatIsNotAllowedCannotBeStarted() {
        QTRY_VERIFY(window_->findChild<QLineEdit*>("train.epochs"));
        auto* epochs = find<QLineEdit>("train.epochs");
        epochs->setFocus();
        epochs->selectAll();
        QTest::keyClicks(epochs, "many");
        QTRY_VERIFY(!action("form.start")->isEnabled());
        auto* problem = window_->findChild<QLabel*>("problem_train.epochs");
        QVERIFY(problem && problem->isVisible() && !problem->text().isEmpty());
        epochs->selectAll();
        QTest::keyClicks(epochs, "100000");
        QTRY_VERIFY(action("form.start")->isEnabled());
    }

    void aRunStartsAsAProcessAndItsPageOpens() {
        press(find<QLineEdit>("train.epochs"), "Ctrl+Return");
        QTRY_COMPARE_WITH_TIMEOUT(page(), QString("run"), 10000);
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Running), 30000);
        QTRY_VERIFY_WITH_TIMEOUT(info(1).progress.step > 50, 30000);
        QVERIFY(info(1).process.pid != QCoreApplication::applicationPid());
        QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("runState")->text().contains("running"), 5000);
    }

    void pauseAndContinueReachTheRun() {
        QTRY_VERIFY_WITH_TIMEOUT(action("run.pause")->isEnabled(), 5000);
        press(window_->findChild<QWidget*>("runPage") ? find<QWidget>("runPage") : find<QWidget>("run"),
              "Ctrl+;");
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Paused), 10000);
        const auto step = info(1).progress.step;
        QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("runState")->text().contains("paused"), 5000);
        // A single step is one step.
        action("run.step")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(info(1).progress.step, step + 1, 10000);
        QVERIFY(is(1, store::RunState::Paused));
        action("run.pause")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(info(1).progress.step > step + 50, 20000);
    }

    void theWiringIsWatchedLive() {
        action("view.page.connectivity")->trigger();
        QTRY_COMPARE(page(), QString("connectivity"));
        QWindow* canvas = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                for (QWindow* candidate : QGuiApplication::allWindows())
                    if (candidate->objectName() == "canvasWindow" && candidate->isExposed())
                        canvas = candidate;
                return canvas != nullptr;
            }(),
            20000);
        QTRY_VERIFY_WITH_TIMEOUT(!workspace_->selection.layer().isEmpty(), 10000);
        // Mouse over the middle: zoom in and out, pan, select a connection.
        const QPoint middle(canvas->width() / 2, canvas->height() / 2);
        QTest::mouseMove(canvas, middle);
        for (int i = 0; i < 8; ++i) {
            QWheelEvent wheel(QPointF(middle), canvas->mapToGlobal(QPointF(middle)), {},
                              {0, i < 5 ? 120 : -120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                              false);
            QCoreApplication::sendEvent(canvas, &wheel);
            QTest::qWait(40);
        }
        QTest::mousePress(canvas, Qt::LeftButton, {}, middle);
        for (int i = 0; i < 10; ++i) {
            QTest::mouseMove(canvas, middle + QPoint(6 * i, 3 * i));
            QTest::qWait(20);
        }
        QTest::mouseRelease(canvas, Qt::LeftButton, {}, middle + QPoint(60, 30));
        QTest::mouseClick(canvas, Qt::LeftButton, {}, middle);
        QTest::keyClick(canvas, Qt::Key_A);
        QTest::qWait(600);
        QVERIFY(find<QWidget>("connectivity")->isVisible());
    }

    void stopAndResumeKeepTheRun() {
        action("view.page.run")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(action("run.stop")->isEnabled(), 5000);
        press(find<QWidget>("run"), "Ctrl+.");
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Stopped), 20000);
        const auto step = info(1).progress.step;
        QTRY_VERIFY_WITH_TIMEOUT(action("run.resume")->isEnabled(), 5000);
        press(find<QWidget>("run"), "Ctrl+Shift+R");
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Running) && info(1).progress.step > step, 30000);
        QCOMPARE(info(1).attempt, std::int64_t{2});
    }

    void aKilledRunIsReportedAndTheWindowGoesOn() {
#ifdef _WIN32
        QSKIP("kills by signal");
#else
        QCOMPARE(::kill(static_cast<pid_t>(info(1).process.pid), SIGKILL), 0);
        auto* toast = window_->findChild<QLabel*>("toastText");
        QVERIFY(toast);
        QTRY_VERIFY2_WITH_TIMEOUT(toast->text().contains("without a word"), qPrintable(toast->text()), 10000);
        QVERIFY(window_->isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(find<QLabel>("runState")->text().contains("interrupted"), 40000);
        QTRY_VERIFY_WITH_TIMEOUT(action("run.resume")->isEnabled(), 5000);
        action("run.resume")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Running) && info(1).attempt == 3, 30000);
#endif
    }

    void twoRunsAreCompared() {
        action("view.page.gallery")->trigger();
        auto* search = find<QLineEdit>("presetSearch");
        search->clear();
        auto* card = find<QWidget>("card_dst_ee/digits");
        QTRY_VERIFY(card->isVisible());
        QTest::mouseClick(card->findChild<QAbstractButton*>("startPreset"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(is(2, store::RunState::Finished), 60000);
        action("view.page.runs")->trigger();
        auto* table = find<QAbstractItemView>("runsTable");
        QTRY_COMPARE(table->model()->rowCount(), 2);
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {},
                          table->visualRect(table->model()->index(0, 0)).center());
        QTest::mouseClick(table->viewport(), Qt::LeftButton, Qt::ControlModifier,
                          table->visualRect(table->model()->index(1, 0)).center());
        QTRY_COMPARE(workspace_->selection.runs().size(), 2);
        QTRY_VERIFY(action("runs.compare")->isEnabled());
        action("runs.compare")->trigger();
        QTRY_COMPARE(page(), QString("compare"));
        QTest::qWait(1000);
    }

    void aFigureIsRenderedWithoutTheWindow() {
        QProcess process;
#if defined(FILIGREE_SANITIZED) && defined(__linux__)
        // The device's driver is to stay loaded until leaks are counted: its own memory would lose the last
        // pointers to it, and its name.
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LD_PRELOAD", "libvulkan_lvp.so");
        environment.insert("ASAN_OPTIONS", environment.value("ASAN_OPTIONS") + ":verify_asan_link_order=0");
        process.setProcessEnvironment(environment);
#endif
        const QString file = home_.filePath("figure.png");
        process.start(FILIGREE_PROGRAM, {"render", "connectivity", "--store", store_, "--run", "2", "--layer",
                                         "fc1", "--size", "400x300", "-o", file});
        QTRY_COMPARE_WITH_TIMEOUT(process.state(), QProcess::NotRunning, 60000);
        QCOMPARE(process.exitCode(), 0);
        const QImage picture(file);
        QCOMPARE(picture.size(), QSize(400, 300));
        QSet<QRgb> colours;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x) colours.insert(picture.pixel(x, y));
        QVERIFY(colours.size() > 10);
    }

    void everythingIsInAMenuAndInThePalette() {
        QSet<QAction*> reachable;
        std::function<void(const QList<QAction*>&)> walk = [&](const QList<QAction*>& actions) {
            for (QAction* one : actions) {
                reachable.insert(one);
                if (one->menu() && !one->menu()->isEmpty()) walk(one->menu()->actions());
            }
        };
        walk(window_->menuBar()->actions());
        for (const ActionTable::Entry& entry : workspace_->actions.entries()) {
            QVERIFY2(reachable.contains(entry.action), qPrintable(entry.spec.id));
            QVERIFY2(!entry.spec.tip.isEmpty(), qPrintable(entry.spec.id));
        }
    }

    void noTwoActionsOfTheWindowShareAShortcut() {
        QHash<QString, QStringList> users;
        for (const ActionTable::Entry& entry : workspace_->actions.entries())
            if (entry.action->shortcutContext() == Qt::WindowShortcut)
                for (const QKeySequence& keys : entry.action->shortcuts())
                    users[keys.toString()] << entry.spec.id;
        for (auto at = users.begin(); at != users.end(); ++at) {
            at.value().removeDuplicates();
            QVERIFY2(at.value().size() == 1, qPrintable(at.key() + ": " + at.value().join(' ')));
        }
    }

    void everyPageIsInTheMenuBesideTheTabs() {
        auto* tabs = find<QTabWidget>("pages");
        QMenu* menu = find<QToolButton>("pagesMenu")->menu();
        emit menu->aboutToShow();
        QCOMPARE(menu->actions().size(), tabs->count());
        menu->actions().last()->trigger();
        QCOMPARE(tabs->currentIndex(), tabs->count() - 1);
        emit menu->aboutToShow();
        QVERIFY(menu->actions().last()->isChecked());
        menu->actions().first()->trigger();
        QCOMPARE(tabs->currentIndex(), 0);
    }

    void everyControlHasAName() {
        QStringList nameless;
        for (QWidget* widget : window_->findChildren<QWidget*>()) {
            // Parts that Qt makes for itself are named by what they belong to.
            const bool inner = widget->objectName().startsWith("qt_") ||
                               widget->inherits("QComboBoxListView") || widget->inherits("QTabBar") ||
                               widget->inherits("QMenu") || widget->inherits("QHeaderView");
            if (!(widget->focusPolicy() & Qt::TabFocus) || inner) continue;
            QAccessibleInterface* heard = QAccessible::queryAccessibleInterface(widget);
            if (heard && heard->text(QAccessible::Name).isEmpty())
                nameless << QStringLiteral("%1 \"%2\" in %3")
                                .arg(QLatin1String(widget->metaObject()->className()), widget->objectName(),
                                     widget->parentWidget() ? widget->parentWidget()->objectName()
                                                            : QString());
        }
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join('\n')));
    }

    void theWindowWasNeverBusyForLong() {
        QSet<QString> stalled;
        QStringList stalls;
        for (const Watchdog::Stall& stall : watchdog_->stalls()) {
            stalled << stall.during;
            stalls << QStringLiteral("%1 ms: %2").arg(stall.milliseconds).arg(stall.during);
            qInfo("%s%s", stalledHere, qPrintable(stall.during));
        }
#ifdef FILIGREE_SANITIZED
        qInfo("%s", qPrintable(stalls.join('\n')));  // several times slower: not the program's time
#else
        // Once in a while a computer among others stops for a moment, in whatever the window is doing, and
        // the clock of the thread does not know. What the window does takes its time at the same place again.
        if (!stalled.isEmpty() && !qEnvironmentVariableIsSet(secondLook)) {
            QProcess again;
            QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
            environment.insert(secondLook, "1");
            again.setProcessEnvironment(environment);
            again.start(QCoreApplication::applicationFilePath(), QStringList());
            QVERIFY(again.waitForFinished(240000));
            const QString told = QString::fromUtf8(again.readAllStandardOutput());
            QSet<QString> repeated;
            for (const QString& line : told.split('\n'))
                if (const auto at = line.indexOf(stalledHere); at >= 0)
                    repeated << line.mid(at + QLatin1String(stalledHere).size()).trimmed();
            QVERIFY2(told.contains("theWindowWasNeverBusyForLong"), qPrintable(told));
            QVERIFY2(!stalled.intersects(repeated), qPrintable(stalls.join('\n')));
        }
#endif
        qInfo("longest: %.1f ms", watchdog_->longest_ms());
        watchdog_.reset();
    }

    void layoutStoresAndThemeSurviveARestart() {
        workspace_->theme.setMode(Theme::Mode::Dark);
        action("view.page.connectivity")->trigger();
        QTest::qWait(500);
        int asked = 0;
        window_->setQuitQuestion([&](int runs) {
            asked = runs;
            return MainWindow::QuitChoice::KeepRunning;
        });
        window_->close();
        QTRY_VERIFY_WITH_TIMEOUT(!window_->isVisible(), 10000);
        QCOMPARE(asked, 1);
        window_.reset();
        workspace_.reset();
        // The run does not need the window.
        QVERIFY(is(1, store::RunState::Running));
        openWindow();
        QCOMPARE(workspace_->theme.mode(), Theme::Mode::Dark);
        QCOMPARE(page(), QString("connectivity"));
        QCOMPARE(workspace_->stores.sources().size(), std::size_t{1});
        QCOMPARE(workspace_->selection.current().store, store_);
        QTest::qWait(1500);
    }

    void whatIsDroppedIsOpenedOrExplained() {
        auto* errors = window_->findChild<ErrorBar*>("errorBar", Qt::FindDirectChildrenOnly);
        if (!errors)
            errors = window_->centralWidget()->findChild<ErrorBar*>("errorBar", Qt::FindDirectChildrenOnly);
        QVERIFY(errors);
        const auto drop = [&](const QString& path) {
            QMimeData data;
            data.setUrls({QUrl::fromLocalFile(path)});
            QDragEnterEvent enter(QPoint(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(window_.get(), &enter);
            QDropEvent event(QPointF(100, 100), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QCoreApplication::sendEvent(window_.get(), &event);
        };
        const auto write = [&](const QString& name, const QByteArray& text) {
            QFile file(home_.filePath(name));
            if (file.open(QIODevice::WriteOnly)) file.write(text);
            return file.fileName();
        };
        drop(write("mine.toml", "method = \"dst_ee\"\n[train]\nepochs = 7\n"));
        QTRY_COMPARE(page(), QString("new"));
        QVERIFY(!errors->isVisible());
        drop(write("typo.toml", "method = \"dst_ee\"\n[trian]\nepochs = 7\n"));
        QVERIFY2(errors->text().contains("train"), qPrintable(errors->text()));
        drop(write("song.mp3", "x"));
        QVERIFY(errors->text().contains("song.mp3"));
        drop(home_.path() + "/nowhere.filigree");
        QVERIFY(errors->text().contains("nowhere.filigree"));
        drop(home_.path());  // a folder with one store
        QTRY_COMPARE(page(), QString("runs"));
    }

    void quittingCanStopTheRuns() {
        window_->setQuitQuestion([](int) { return MainWindow::QuitChoice::StopRuns; });
        window_->close();
        QTRY_VERIFY_WITH_TIMEOUT(!window_->isVisible(), 10000);
        window_.reset();
        workspace_.reset();
        QTRY_VERIFY_WITH_TIMEOUT(is(1, store::RunState::Stopped), 20000);
    }

    void theValidationLayersHadNothingToSay() {
        verifySilent(*vulkan_);
    }

    void cleanupTestCase() {
        watchdog_.reset();
        window_.reset();
        workspace_.reset();
        QProcess::execute(FILIGREE_PROGRAM, {"stop", "1", "--store", store_, "-q"});
    }
};

QTEST_MAIN(WorkbenchTest)
#include "test_workbench.moc"
