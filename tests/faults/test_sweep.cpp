// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QThread>
#include <QtTest>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "store/reader.h"
#include "store/store.h"

using namespace filigree;
namespace fs = std::filesystem;

namespace {

constexpr int cells = 60;

/// 60 runs of well under a second: three densities x twenty seeds.
constexpr const char* sweepFile = R"(base = "dst_ee/digits"
jobs = 2
seeds = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
[set]
model.hidden = [8]
data.train_limit = 200
data.test_limit = 20
train.epochs = 1500
train.evaluate_every = 100
record.scalars_every = 100
record.masks_every = 0
record.weights_every = 0
checkpoint.every_steps = 250
[grid]
sparsity.density = [0.5, 0.3, 0.2]
)";

class Sweep {
  public:
    explicit Sweep(const std::string& text = sweepFile) { std::ofstream(file(), std::ios::binary) << text; }

    fs::path store() const { return folder() / "s.filigree"; }
    std::unique_ptr<QProcess> start() const {
        auto process = std::make_unique<QProcess>();
        process->setProcessChannelMode(QProcess::MergedChannels);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        environment.insert("HOME", folder_.path());
        process->setProcessEnvironment(environment);
        process->start(FILIGREE_PROGRAM, {"sweep", QString::fromStdString(file().string()), "--store",
                                          QString::fromStdString(store().string())});
        process->waitForStarted();
        return process;
    }

    std::vector<store::RunInfo> runs() const {
        if (!fs::exists(store())) return {};
        try {
            const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
            return store::Reader(opened).runs();
        } catch (const std::exception&) {
            return {};  // it is being made
        }
    }

  private:
    fs::path folder() const { return folder_.path().toStdString(); }
    fs::path file() const { return folder() / "sixty.toml"; }
    QTemporaryDir folder_;
};

}  // namespace

/// What a sweep promises: whatever is killed whenever, every cell ends up finished, once.
class SweepTest : public QObject {
    Q_OBJECT

  private slots:
#ifdef Q_OS_UNIX
    void everyProcessIsKilledOnceAndNoCellIsLostOrDuplicated() {
        const Sweep sweep;
        auto process = sweep.start();
        std::set<std::int64_t> killed;
        int sweepsKilled = 0;
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 240000) {
            for (const store::RunInfo& run : sweep.runs()) {
                if (run.storedState != store::RunState::Running || run.attempt != 1) continue;
                // Some at once, some after their first checkpoints.
                if (run.id % 3 == 0 && run.progress.step < 300) continue;
                if (!killed.contains(run.id) && ::kill(static_cast<pid_t>(run.process.pid), SIGKILL) == 0)
                    killed.insert(run.id);
            }
            if (static_cast<int>(killed.size()) >= 20 * (sweepsKilled + 1) && sweepsKilled < 2) {
                ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
                process->waitForFinished();
                ++sweepsKilled;
                process = sweep.start();
            }
            if (process->waitForFinished(5)) break;
        }
        QVERIFY2(process->state() == QProcess::NotRunning && process->exitCode() == 0,
                 process->readAll().constData());
        QCOMPARE(sweepsKilled, 2);
        // A run can be over before it is seen: nearly all were hit.
        QVERIFY2(killed.size() >= 50, qPrintable(QString::number(killed.size())));

        const store::Store opened = store::Store::open(sweep.store(), store::Mode::ReadOnly);
        opened.checkIntegrity();
        const store::Reader reader(opened);
        const auto runs = reader.runs();
        QCOMPARE(runs.size(), std::size_t{cells});
        std::set<std::pair<std::string, std::int64_t>> different;
        for (const store::RunInfo& run : runs) {
            QVERIFY(run.state == store::RunState::Finished);
            QCOMPARE(run.progress.step, std::int64_t{6000});
            QVERIFY(run.attempt >= (killed.contains(run.id) ? 2 : 1));
            different.emplace(reader.configToml(run.id), run.seed);
            QCOMPARE(reader.scalars(run.id, "train/loss").size(), std::size_t{60});
        }
        QCOMPARE(different.size(), std::size_t{cells});

        // Nothing is run again.
        const auto again = sweep.start();
        QVERIFY(again->waitForFinished(60000));
        QVERIFY2(again->readAll().contains("0 of them new"), "a finished cell was queued again");
        const auto after = sweep.runs();
        QCOMPARE(after.size(), std::size_t{cells});
        for (std::size_t i = 0; i < after.size(); ++i) QCOMPARE(after[i].attempt, runs[i].attempt);

        // What was killed ended with the same weights as what was not.
        std::string few = sweepFile;
        few.replace(few.find("seeds = ["), few.find(']') + 1 - few.find("seeds = ["), "seeds = [7]");
        const Sweep calm(few);
        const auto process7 = calm.start();
        QVERIFY(process7->waitForFinished(60000));
        QCOMPARE(calm.runs().size(), std::size_t{3});
        const store::Store other = store::Store::open(calm.store(), store::Mode::ReadOnly);
        for (const store::RunInfo& run : calm.runs()) {
            int equal = 0;
            for (const store::RunInfo& one : runs)
                equal += one.seed == run.seed && one.weightsDigest == run.weightsDigest &&
                         reader.configToml(one.id) == store::Reader(other).configToml(run.id);
            QCOMPARE(equal, 1);
        }
    }
#endif
};

QTEST_GUILESS_MAIN(SweepTest)
#include "test_sweep.moc"
