// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAction>
#include <QLabel>
#include <QtTest>

#include "run/presets.h"
#include "store/reader.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"
#include "ui/run/chart_grid.h"
#include "ui/run/run_page.h"

using namespace filigree;
using namespace filigree::ui;

/// The page steers the real program.
class RunProcessTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        qputenv("XDG_STATE_HOME", folder_.filePath("state").toUtf8());
        qputenv("XDG_DATA_HOME", folder_.filePath("data").toUtf8());
        qRegisterMetaType<RunKey>();
    }

    void aRunIsPausedSteppedStoppedAndResumedFromThePage() {
        Workspace workspace({{}, FILIGREE_PROGRAM, {}});
        const QString file = workspace.stores.open(folder_.filePath("runs.filigree"))->path();
        RunPage page(workspace);
        page.resize(1100, 700);
        page.show();
        const auto info = [&] {
            const store::Store store = store::Store::open(file.toStdU16String(), store::Mode::ReadOnly);
            return store::Reader(store).run(1);
        };
        const auto action = [&](const char* id) { return workspace.actions.find(QLatin1String(id)); };
        const auto numbers = [&] { return page.findChild<QLabel*>("runNumbers")->text(); };

        QSignalSpy queued(&workspace.launcher, &Launcher::queued);
        config::RunFile preset = run::openRunFile("digits");
        preset.config.set("train.epochs=100000");  // goes on until it is stopped
        preset.config.set("run.threads=1");
        workspace.start(preset);
        QVERIFY(queued.wait(10000));
        const RunKey key = queued[0][0].value<RunKey>();
        workspace.selection.setCurrent(key);
        QTRY_VERIFY_WITH_TIMEOUT(action("run.pause")->isEnabled(), 30000);
        QTRY_VERIFY_WITH_TIMEOUT(page.info().progress.step > 20, 30000);
        QTRY_VERIFY_WITH_TIMEOUT(numbers().contains("left"), 10000);
        QTRY_VERIFY_WITH_TIMEOUT(page.findChild<MetricChart*>("chart_train/loss"), 10000);

        action("run.pause")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(page.info().state == store::RunState::Paused, 20000);
        const std::int64_t step = info().progress.step;
        action("run.step")->trigger();
        QTRY_COMPARE_WITH_TIMEOUT(info().progress.step, step + 1, 20000);
        QTRY_COMPARE_WITH_TIMEOUT(page.info().progress.step, step + 1, 10000);
        QVERIFY(info().state == store::RunState::Paused);

        action("run.pause")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(page.info().progress.step > step + 50, 30000);
        QVERIFY(page.info().state == store::RunState::Running);
        // Charts grow while the run goes on.
        auto* chart = page.findChild<MetricChart*>("chart_train/loss");
        QTRY_VERIFY_WITH_TIMEOUT(
            chart->link().extent() && chart->link().extent()->high > static_cast<double>(step), 20000);

        action("run.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(page.info().state == store::RunState::Stopped, 30000);
        const std::int64_t stopped = info().progress.step;
        QTRY_VERIFY_WITH_TIMEOUT(page.findChild<QWidget*>("runBanner")->isVisible(), 5000);
        QTRY_VERIFY_WITH_TIMEOUT(action("run.resume")->isEnabled(), 5000);
        QVERIFY(!action("run.pause")->isEnabled());
        action("run.resume")->trigger();
        QVERIFY(!action("run.resume")->isEnabled());  // once is enough
        QTRY_VERIFY_WITH_TIMEOUT(page.info().state == store::RunState::Running && page.info().attempt == 2,
                                 30000);
        QTRY_VERIFY_WITH_TIMEOUT(page.info().progress.step > stopped, 30000);
        QTRY_VERIFY_WITH_TIMEOUT(action("run.stop")->isEnabled(), 10000);
        action("run.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(info().state == store::RunState::Stopped, 30000);
    }
};

QTEST_MAIN(RunProcessTest)
#include "test_run_process.moc"
