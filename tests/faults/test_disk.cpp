// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>

#include "run/runner.h"
#include "store/reader.h"
#include "store/store.h"

using namespace filigree;
namespace fs = std::filesystem;

/// A disk that takes no more: what was there stays, and the run says what happened.
class DiskTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    fs::path store() const { return fs::path(folder_.path().toStdString()) / "s.filigree"; }
    QString file(const char* toml) const {
        const QString path = folder_.filePath("run.toml");
        QFile out(path);
        if (out.open(QIODevice::WriteOnly)) out.write(toml);
        return path;
    }
    /// Exit code and what the program said.
    std::pair<int, QString> work(
        const QStringList& words,
        const QProcessEnvironment& environment = QProcessEnvironment::systemEnvironment()) const {
        QProcess process;
        process.setProcessEnvironment(environment);
        process.setProcessChannelMode(QProcess::MergedChannels);
        process.start(FAULTS_PROGRAM,
                      words + QStringList{"--store", QString::fromStdString(store().string())});
        if (!process.waitForFinished(60000)) return {-1, "did not end"};
        return {process.exitCode(), QString::fromUtf8(process.readAll())};
    }

  private slots:
    void init() {
        for (const fs::directory_entry& entry : fs::directory_iterator(folder_.path().toStdString()))
            fs::remove_all(entry.path());
    }

    // The folder of the checkpoints cannot be made: a file has its name. Training goes on to the end, says
    // so, and only the last checkpoint, without which the result would be lost, makes the run fail. Resumed
    // with the way free, it ends.
    void aCheckpointThatCannotBeWrittenIsAWarningUntilTheLast() {
        QFile obstacle(QString::fromStdString(store::Store::folderOf(store()).string()));
        QVERIFY(obstacle.open(QIODevice::WriteOnly));
        obstacle.close();
        const QString toml =
            file("method = \"least_squares\"\n[train]\nsteps = 40\n[checkpoint]\nevery_steps = 10\n");
        const auto [code, said] = work({"run", toml});
        QVERIFY2(code == 1, qPrintable(said));
        QVERIFY2(said.contains("cannot make the folder of the checkpoints"), qPrintable(said));
        {
            const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
            opened.checkIntegrity();
            const store::Reader reader(opened);
            QCOMPARE(std::string(toString(reader.run(1).state)), std::string("failed"));
            QCOMPARE(reader.scalars(1, "train/loss").size(), std::size_t{40});
            QCOMPARE(reader.checkpoints(1).size(), std::size_t{0});
            std::size_t warnings = 0;
            for (const store::EventLine& line : reader.events(1)) warnings += line.event.kind == "warning";
            // Not one per step: a disk that was full is asked again after ten seconds.
            QCOMPARE(warnings, std::size_t{1});
        }
        QVERIFY(obstacle.remove());
        QCOMPARE(work({"resume", "last"}).first, 0);
        const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
        QCOMPARE(std::string(toString(store::Reader(opened).run(1).state)), std::string("finished"));
    }

#ifdef Q_OS_UNIX
    // No file may grow: neither the store's log nor a checkpoint can be written. The run fails within its
    // patience and leaves a sound store, from which it resumes.
    void aFullDiskFailsTheRunAndLeavesASoundStore() {
        const QString toml = file(
            "method = \"least_squares\"\n[train]\nsteps = 400\nsleep_ms = 1\n[checkpoint]\nevery_steps = "
            "10\n");
        QProcessEnvironment full = QProcessEnvironment::systemEnvironment();
        full.insert("FAULTS_FILE_LIMIT", "200");
        full.insert("FAULTS_RETRY_SECONDS", "0.5");
        const auto [code, said] = work({"run", toml}, full);
        QVERIFY2(code == 1, qPrintable(said));
        {
            const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
            opened.checkIntegrity();
            QCOMPARE(store::Reader(opened).checkpoints(1).size(), std::size_t{0});
        }
        const auto [again, saidAgain] = work({"resume", "last"});
        QVERIFY2(again == 0, qPrintable(saidAgain));
        const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        QCOMPARE(std::string(toString(reader.run(1).state)), std::string("finished"));
        QCOMPARE(reader.scalars(1, "train/loss").size(), std::size_t{400});
    }
#endif
};

QTEST_GUILESS_MAIN(DiskTest)
#include "test_disk.moc"
