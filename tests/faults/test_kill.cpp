// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/error.h"
#include "base/random.h"
#include "store/reader.h"
#include "store/store.h"

using namespace filigree;
namespace fs = std::filesystem;

namespace {

std::string bytesOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A program that trains: `PROGRAM run FILE --store S` and `PROGRAM resume last --store S`.
struct Program {
    QString path;
    QString file;
    QStringList options;  ///< of `run`

    std::unique_ptr<QProcess> start(const QStringList& words, const fs::path& store) const {
        auto process = std::make_unique<QProcess>();
        process->setProcessChannelMode(QProcess::MergedChannels);
        process->start(path, words + QStringList{"--store", QString::fromStdString(store.string())});
        process->waitForStarted();
        return process;
    }
    std::unique_ptr<QProcess> run(const fs::path& store) const {
        return start(QStringList{"run", file} + options, store);
    }
    std::unique_ptr<QProcess> resume(const fs::path& store) const { return start({"resume", "last"}, store); }
};

/// What is left of the newest run of a store.
struct Outcome {
    std::string state, weightsDigest, checkpoint;
    std::map<std::string, std::map<std::int64_t, double>>
        scalars;  ///< surviving, without those that measure time
    std::int64_t attempts = 0;
    std::size_t twice = 0;  ///< surviving points that are not alone at their step
};

Outcome outcomeOf(const fs::path& path) {
    const store::Store opened = store::Store::open(path, store::Mode::ReadOnly);
    opened.checkIntegrity();
    const store::Reader reader(opened);
    const store::RunInfo info = reader.run(reader.find("last"));
    Outcome outcome;
    outcome.state = toString(info.state);
    outcome.weightsDigest = info.weightsDigest;
    outcome.attempts = info.attempt;
    const auto checkpoints = reader.checkpoints(info.id);
    if (!checkpoints.empty()) outcome.checkpoint = bytesOf(opened.folder() / checkpoints.back().path);
    for (const std::string& tag : reader.scalarTags(info.id)) {
        if (tag.starts_with("perf/")) continue;
        const auto points = reader.scalars(info.id, tag);
        for (const store::ScalarPoint& point : points) outcome.scalars[tag][point.step] = point.value;
        outcome.twice += points.size() - outcome.scalars[tag].size();
    }
    return outcome;
}

bool hasRun(const fs::path& path) {
    try {
        const store::Store opened = store::Store::open(path, store::Mode::ReadOnly);
        return !store::Reader(opened).runs().empty();
    } catch (const Error&) {
        return false;  // killed before the store was made
    }
}

}  // namespace

/// Kill -9 at any moment: nothing that was stored is damaged, and the resumed run ends as if nothing had
/// happened.
class KillTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    fs::path fresh(const std::string& name) const {
        const fs::path path = fs::path(folder_.path().toStdString()) / name;
        fs::create_directories(path);
        return path / "s.filigree";
    }

    /// Runs to the end, killed on the way again and again at moments drawn from `random`, until it ends by
    /// itself. Returns how many kills it took.
    int runKilled(const Program& program, const fs::path& store, RandomStream& random,
                  qint64 fullMilliseconds) {
        int kills = 0;
        for (;;) {
            auto process = hasRun(store) ? program.resume(store) : program.run(store);
            const auto moment =
                static_cast<int>(random.uniform(0, 1.3 * static_cast<double>(fullMilliseconds)));
            // Each further attempt is shorter; a patient one at last ends it.
            if (process->waitForFinished(kills < 4 ? moment : 120000)) {
                if (process->exitCode() != 0) qWarning().noquote() << process->readAll();
                return process->exitCode() == 0 ? kills : -1;
            }
            process->kill();
            process->waitForFinished();
            ++kills;
            if (!hasRun(store)) continue;
            const store::Store opened = store::Store::open(store, store::Mode::ReadOnly);
            opened.checkIntegrity();
            // Killed between its last word and its exit.
            if (store::Reader(opened).runs().front().state == store::RunState::Finished) return kills;
        }
    }

    Program leastSquares() const {
        const QString file = folder_.filePath("least_squares.toml");
        QFile toml(file);
        if (toml.open(QIODevice::WriteOnly))
            toml.write(
                "method = \"least_squares\"\nseed = 5\n[run]\nthreads = 1\n[train]\nsteps = 300\nsleep_ms = "
                "1\n"
                "[checkpoint]\nevery_steps = 7\nevery_seconds = 0\nkeep = 2\n");
        return {FAULTS_PROGRAM, file, {}};
    }

  private slots:
    void killedAtTwentyRandomMomentsItEndsWithTheSameBytes_data() {
        QTest::addColumn<QString>("program");
        QTest::addColumn<QString>("file");
        QTest::addColumn<QStringList>("options");
        const Program small = leastSquares();
        QTest::newRow("least squares") << small.path << small.file << QStringList();
        // A real sparse network whose wiring changes between the kills: 224 steps, a round every 20.
        QTest::newRow("DST-EE on digits")
            << QString(FILIGREE_PROGRAM) << QString(FILIGREE_SOURCE_DIR "/assets/presets/dst_ee/digits.toml")
            << QStringList{"--set", "train.epochs=8",    "--set",     "checkpoint.every_steps=9",
                           "--set", "checkpoint.keep=2", "--threads", "2"};
    }
    void killedAtTwentyRandomMomentsItEndsWithTheSameBytes() {
        QFETCH(QString, program);
        QFETCH(QString, file);
        QFETCH(QStringList, options);
        const Program subject{program, file, options};
        const std::string name = QTest::currentDataTag();

        QElapsedTimer clock;
        clock.start();
        const fs::path undisturbed = fresh(name);
        auto process = subject.run(undisturbed);
        QVERIFY(process->waitForFinished(120000));
        QVERIFY2(process->exitCode() == 0, process->readAll().constData());
        const qint64 full = clock.elapsed();
        const Outcome expected = outcomeOf(undisturbed);
        QCOMPARE(expected.state, std::string("finished"));
        QVERIFY(expected.checkpoint.size() > 100);
        QVERIFY(!expected.scalars.empty());

        RandomStream random(20, "kill");
        int kills = 0;
        for (int round = 0; kills < 20; ++round) {
            QVERIFY2(round < 60, "the program ends before it can be killed");
            const fs::path store = fresh(name + " " + std::to_string(round));
            const int more = runKilled(subject, store, random, full);
            QVERIFY2(more >= 0, "a resumed run failed");
            kills += more;
            const Outcome outcome = outcomeOf(store);
            QCOMPARE(outcome.state, std::string("finished"));
            QCOMPARE(outcome.weightsDigest, expected.weightsDigest);
            QVERIFY(outcome.checkpoint == expected.checkpoint);
            QVERIFY(outcome.scalars == expected.scalars);
            QCOMPARE(outcome.twice, std::size_t{0});
            QVERIFY(outcome.attempts <= more + 1);
        }
        qInfo("%d kills of a run of %lld ms", kills, static_cast<long long>(full));
    }

#ifndef Q_OS_WIN
    void oneInterruptSavesAndStopsWithExitCode130() {
        const Program subject = leastSquares();
        const fs::path store = fresh("interrupt");
        auto process = subject.run(store);
        QVERIFY(
            QTest::qWaitFor([&] { return hasRun(store) && !outcomeOf(store).checkpoint.empty(); }, 20000));
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(20000));
        QCOMPARE(process->exitStatus(), QProcess::NormalExit);
        QCOMPARE(process->exitCode(), 130);
        const Outcome stopped = outcomeOf(store);
        QCOMPARE(stopped.state, std::string("stopped"));
        QVERIFY(!stopped.weightsDigest.empty());
        process = subject.resume(store);
        QVERIFY(process->waitForFinished(20000));
        QCOMPARE(process->exitCode(), 0);
        QCOMPARE(outcomeOf(store).state, std::string("finished"));
    }

    void aRequestToTerminateDoesTheSame() {
        const Program subject = leastSquares();
        const fs::path store = fresh("terminate");
        auto process = subject.run(store);
        QVERIFY(
            QTest::qWaitFor([&] { return hasRun(store) && !outcomeOf(store).checkpoint.empty(); }, 20000));
        process->terminate();
        QVERIFY(process->waitForFinished(20000));
        QCOMPARE(process->exitCode(), 130);
        QCOMPARE(outcomeOf(store).state, std::string("stopped"));
    }

    // The first one waits for the end of a step that takes a minute; the second does not.
    void theSecondInterruptLeavesAtOnce() {
        const QString file = folder_.filePath("slow.toml");
        QFile toml(file);
        QVERIFY(toml.open(QIODevice::WriteOnly));
        toml.write("method = \"least_squares\"\n[train]\nsleep_ms = 60000\n");
        toml.close();
        const Program subject{FAULTS_PROGRAM, file, {}};
        const fs::path store = fresh("twice");
        auto process = subject.run(store);
        QVERIFY(QTest::qWaitFor([&] { return hasRun(store) && !outcomeOf(store).scalars.empty(); }, 20000));
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        QVERIFY(!process->waitForFinished(200));
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(5000));
        QCOMPARE(process->exitCode(), 130);
        outcomeOf(store);
    }
#endif
};

QTEST_GUILESS_MAIN(KillTest)
#include "test_kill.moc"
