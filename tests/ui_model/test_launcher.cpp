// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QtTest>

#include "base/platform.h"
#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/commands.h"
#include "ui/model/launcher.h"

#ifndef _WIN32
#include <csignal>
#endif

using namespace filigree;
using namespace filigree::ui;

/// Runs as processes of their own, started by the window's code; the program is the real one.
class LauncherTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    static store::RunInfo info(const QString& path, std::int64_t run) {
        const store::Store opened = store::Store::open(path.toStdU16String(), store::Mode::ReadOnly);
        return store::Reader(opened).run(run);
    }

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        qputenv("XDG_STATE_HOME", folder_.filePath("state").toUtf8());
        qputenv("XDG_DATA_HOME", folder_.filePath("data").toUtf8());
        qRegisterMetaType<RunKey>();
    }

    void aRunIsSeenAsQueuedThenFinishes() {
        StoreSet stores;
        const QString path = stores.open(folder_.filePath("a.filigree"))->path();
        Launcher launcher(stores, FILIGREE_PROGRAM);
        QSignalSpy queued(&launcher, &Launcher::queued);
        QSignalSpy ended(&launcher, &Launcher::ended);
        config::RunFile file = run::openRunFile("digits");
        file.config.set("train.epochs=2");
        launcher.start(file);
        QVERIFY(queued.wait(10000));
        QCOMPARE(queued[0][0].value<RunKey>(), (RunKey{path, 1}));
        QVERIFY(ended.wait(60000));
        QVERIFY(info(path, 1).state == store::RunState::Finished);
        QCOMPARE(info(path, 1).preset, std::string("dst_ee/digits"));
    }

    void aRunThatCannotStartFailsWithTheReasonInTheStore() {
        StoreSet stores;
        const QString path = stores.open(folder_.filePath("b.filigree"))->path();
        Launcher launcher(stores, FILIGREE_PROGRAM);
        QSignalSpy ended(&launcher, &Launcher::ended);
        config::RunFile file = run::openRunFile("digits");
        file.config.set("data.name=mnist");  // nowhere on this machine: the folders of the test are empty
        launcher.start(file);
        QVERIFY(ended.wait(60000));
        QVERIFY(info(path, 1).state == store::RunState::Failed);
        QVERIFY(!info(path, 1).error.empty());
        QVERIFY2(ended[0][1].toString().contains("mnist"), qPrintable(ended[0][1].toString()));
    }

    void aProgramThatIsNotThereIsAnError() {
        StoreSet stores;
        stores.open(folder_.filePath("c.filigree"));
        Launcher launcher(stores, folder_.filePath("nothing"));
        QString message;
        connect(&launcher, &Launcher::failed, this,
                [&](const Error& error) { message = QString::fromStdString(error.message()); });
        launcher.start(run::openRunFile("digits"));
        QTRY_VERIFY(message.contains("could not be started"));
        QVERIFY(info(folder_.filePath("c.filigree"), 1).state == store::RunState::Queued);
    }

    void aKilledRunIsReported() {
        StoreSet stores;
        const QString path = stores.open(folder_.filePath("d.filigree"))->path();
        Launcher launcher(stores, FILIGREE_PROGRAM);
        QSignalSpy started(&launcher, &Launcher::started);
        QSignalSpy ended(&launcher, &Launcher::ended);
        config::RunFile file = run::openRunFile("digits");
        file.config.set("train.epochs=100000");
        launcher.start(file);
        QVERIFY(started.wait(10000));
        QTRY_VERIFY_WITH_TIMEOUT(info(path, 1).progress.step > 0, 60000);
#ifdef _WIN32
        QSKIP("kills by signal");
#else
        QCOMPARE(::kill(static_cast<pid_t>(info(path, 1).process.pid), SIGKILL), 0);
        QVERIFY(ended.wait(10000));
        QCOMPARE(ended[0][0].value<RunKey>(), (RunKey{path, 1}));
#endif
    }
};

QTEST_GUILESS_MAIN(LauncherTest)
#include "test_launcher.moc"
