// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "run/harness.h"
#include "store/sqlite.h"
#include "train/checkpoint.h"

using namespace filigree;
using namespace filigree::testing;
namespace fs = std::filesystem;

namespace {

const char* const sixtySteps =
    "[train]\nsteps = 60\n[checkpoint]\nevery_steps = 10\nevery_seconds = 0\nkeep = 3\n";

/// The same, failing at a step.
std::string failingAt(int step) {
    return sixtySteps + ("[fault]\nthrow_at = " + std::to_string(step) + "\n");
}

}  // namespace

/// What an interrupted run and its resumed attempt add up to.
class ResumeTest : public QObject {
    Q_OBJECT

    Workshop reference_;
    run::RunResult undisturbed_;

    /// A run that was stopped after `steps` steps, exactly.
    static std::int64_t stoppedAfter(const Workshop& shop, std::int64_t steps, std::uint64_t seed = 1) {
        run::RunnerOptions options = testOptions();
        options.progressMilliseconds = 0;
        run::Runner runner(shop.request(sixtySteps, seed), options);
        store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
        bool said = false;
        runner.go([&](const run::ProgressReport& report) {
            if (said || report.progress.step < steps) return;
            said = true;
            say(opened, runner.run(), "stop");
        });
        return runner.run();
    }

  private slots:
    void initTestCase() { undisturbed_ = reference_.runToEnd(reference_.request(sixtySteps)); }

    void aStoppedAndResumedRunEndsWithTheSameBytes() {
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 25);
        QCOMPARE(word(shop.info(run).state), std::string("stopped"));
        const std::int64_t stoppedAt = shop.checkpoints(run).back().step;
        QVERIFY(stoppedAt >= 25 && stoppedAt < 60);

        run::Runner runner(shop.resumption(run), testOptions());
        QCOMPARE(runner.startStep(), stoppedAt);
        QCOMPARE(runner.attempt(), std::int64_t{2});
        const run::RunResult result = runner.go();
        QCOMPARE(word(result.state), std::string("finished"));
        QCOMPARE(result.weightsDigest, undisturbed_.weightsDigest);
        QVERIFY(bytesOf(result.checkpoint) == bytesOf(undisturbed_.checkpoint));
        for (const char* tag : {"train/loss", "test/loss", "final/loss"}) {
            const auto points = shop.scalars(run, tag);
            QCOMPARE(byStep(points), byStep(reference_.scalars(undisturbed_.run, tag)));
            QCOMPARE(points.size(), byStep(points).size());
        }
        QCOMPARE(shop.events(run, "resume").size(), std::size_t{1});
    }

    void resumingAfterAFailureRepeatsFromTheLastCheckpoint() {
        Workshop shop;
        const run::RunResult failed = shop.runToEnd(shop.request(failingAt(25)));
        QCOMPARE(word(failed.state), std::string("failed"));
        run::Runner runner(shop.resumption(failed.run), testOptions());
        QCOMPARE(runner.startStep(), std::int64_t{20});
        // It fails at the same step again: the same steps are the same steps.
        const run::RunResult again = runner.go();
        QCOMPARE(again.error->message(), std::string("the weights exploded"));
        QCOMPARE(again.progress.step, std::int64_t{24});
        const auto points = shop.scalars(failed.run, "train/loss");
        QCOMPARE(points.size(), std::size_t{24});
        for (const store::ScalarPoint& point : points)
            QCOMPARE(point.attempt, std::int64_t{point.step > 20 ? 2 : 1});
    }

    void aRunWithoutACheckpointBeginsAnew() {
        Workshop shop;
        const run::RunResult failed = shop.runToEnd(shop.request(failingAt(5)));
        run::Runner runner(shop.resumption(failed.run), testOptions());
        QCOMPARE(runner.startStep(), std::int64_t{0});
        runner.go();
        const auto tests = shop.scalars(failed.run, "test/loss");
        QCOMPARE(tests.size(), std::size_t{1});
        QCOMPARE(tests[0].attempt, std::int64_t{2});
        QVERIFY(shop.events(failed.run, "warning").empty());
    }

    void aTornNewestCheckpointIsNoticedAndTheOneBeforeIsUsed_data() {
        QTest::addColumn<int>("damage");
        QTest::newRow("cut off") << 0;
        QTest::newRow("garbage") << 1;
        QTest::newRow("one bit") << 2;
        QTest::newRow("missing") << 3;
        QTest::newRow("empty") << 4;
    }
    void aTornNewestCheckpointIsNoticedAndTheOneBeforeIsUsed() {
        QFETCH(int, damage);
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 35);
        const auto rows = shop.checkpoints(run);
        QVERIFY(rows.size() == 3);
        const fs::path newest = store::Store::folderOf(shop.store()) / rows.back().path;
        std::string bytes = bytesOf(newest);
        if (damage == 0) bytes.resize(bytes.size() / 2);
        if (damage == 1) bytes.assign(bytes.size(), 'x');
        if (damage == 2) bytes.back() = static_cast<char>(bytes.back() ^ 1);
        if (damage == 4) bytes.clear();
        if (damage == 3)
            fs::remove(newest);
        else
            writeBytes(newest, bytes);

        run::Runner runner(shop.resumption(run), testOptions());
        QCOMPARE(runner.startStep(), rows[1].step);
        const run::RunResult result = runner.go();
        QVERIFY(bytesOf(result.checkpoint) == bytesOf(undisturbed_.checkpoint));
        const auto warnings = shop.events(run, "warning");
        QCOMPARE(warnings.size(), std::size_t{1});
        const std::string message = nlohmann::json::parse(warnings[0]).at("message");
        QVERIFY2(message.starts_with("the checkpoint of step " + std::to_string(rows.back().step) +
                                     " cannot be used"),
                 message.c_str());
        QCOMPARE(byStep(shop.scalars(run, "train/loss")),
                 byStep(reference_.scalars(undisturbed_.run, "train/loss")));
    }

    void whenAllCheckpointsAreTornTheRunBeginsAnewAndSaysSo() {
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 35);
        for (const auto& row : shop.checkpoints(run))
            writeBytes(store::Store::folderOf(shop.store()) / row.path, "torn");
        const run::RunResult result = shop.runToEnd(shop.resumption(run));
        QVERIFY(bytesOf(result.checkpoint) == bytesOf(undisturbed_.checkpoint));
        QCOMPARE(shop.events(run, "warning").size(), std::size_t{4});
    }

    void aCheckpointOfAnotherRunIsNotUsed() {
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 35);
        const std::int64_t other = stoppedAfter(shop, 35, 99);
        // Same method, configuration, step and a digest that fits, yet the state is that of another seed.
        QCOMPARE(shop.checkpoints(other).back().step, shop.checkpoints(run).back().step);
        store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
        const auto rows = shop.checkpoints(run);
        const fs::path foreign = store::Store::folderOf(shop.store()) / shop.checkpoints(other).back().path;
        writeBytes(store::Store::folderOf(shop.store()) / rows.back().path, bytesOf(foreign));
        opened.database()
            .prepare("UPDATE checkpoint SET digest = ? WHERE run = ? AND step = ?")
            .with("sha256:" + train::sha256OfFile(foreign), run, rows.back().step)
            .run();
        run::Runner runner(shop.resumption(run), testOptions());
        QCOMPARE(runner.startStep(), rows[1].step);
        runner.go();
    }

    void aRowThatNamesAFileElsewhereIsNeitherReadNorRemoved() {
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 35);
        const fs::path outside = shop.store().parent_path() / "mine.safetensors";
        const auto rows = shop.checkpoints(run);
        fs::copy_file(store::Store::folderOf(shop.store()) / rows.front().path, outside);
        {
            store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
            opened.database()
                .prepare("UPDATE checkpoint SET path = '../mine.safetensors' WHERE run = ? AND step = ?")
                .with(run, rows.front().step)
                .run();
        }
        shop.runToEnd(shop.resumption(run));
        QVERIFY(fs::exists(outside));
    }

    // Both runs are told another learning rate before their first step; one is stopped on the way and
    // resumed.
    void changedValuesSurvive() {
        const auto run = [](const Workshop& shop, bool stopped) {
            run::RunnerOptions options = testOptions();
            options.progressMilliseconds = 0;
            run::Runner runner(shop.request(sixtySteps), options);
            store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
            say(opened, runner.run(), "set", "optimizer.lr 0.001");
            bool said = false;
            runner.go([&](const run::ProgressReport& report) {
                if (!stopped || said || report.progress.step < 30) return;
                said = true;
                say(opened, runner.run(), "stop");
            });
            return runner.run();
        };
        Workshop straight, broken;
        const std::int64_t first = run(straight, false);
        const std::int64_t second = run(broken, true);
        QCOMPARE(word(straight.info(first).state), std::string("finished"));
        QCOMPARE(word(broken.info(second).state), std::string("stopped"));
        const run::RunResult result = broken.runToEnd(broken.resumption(second));
        QCOMPARE(train::Checkpoint::read(result.checkpoint).text("settings"),
                 std::string("{\"optimizer.lr\":0.001}"));
        const auto losses = byStep(straight.scalars(first, "train/loss"));
        QCOMPARE(byStep(broken.scalars(second, "train/loss")), losses);
        QVERIFY(losses != byStep(reference_.scalars(undisturbed_.run, "train/loss")));
        QVERIFY(bytesOf(result.checkpoint) == bytesOf(straight.folder(first) / "step-00000060.safetensors"));
    }

    void aFinishedARunningAndAnUnknownRunAreRefused() {
        Workshop shop;
        const run::RunResult finished = shop.runToEnd(shop.request("[train]\nsteps = 3\n"));
        QVERIFY_THROWS_EXCEPTION(Error, shop.runToEnd(shop.resumption(finished.run)));
        QVERIFY_THROWS_EXCEPTION(Error, shop.runToEnd(shop.resumption(77)));
        run::Runner running(shop.request("[train]\nsteps = 3\n"), testOptions());
        QVERIFY_THROWS_EXCEPTION(Error, shop.runToEnd(shop.resumption(running.run())));
        running.go();
        QCOMPARE(shop.info(finished.run).attempt, std::int64_t{1});
    }

    void aQueuedRunStarts() {
        Workshop shop;
        const run::RunResult model = shop.runToEnd(shop.request(sixtySteps));
        store::Store opened = store::Store::openOrCreate(shop.store());
        store::NewRun row;
        row.method = "least_squares";
        row.configToml = store::Reader(opened).configToml(model.run);
        row.seed = 1;
        const std::int64_t queued = store::addRun(opened, row);
        QCOMPARE(word(shop.info(queued).state), std::string("queued"));
        const run::RunResult result = shop.runToEnd(shop.resumption(queued));
        QCOMPARE(result.attempt, std::int64_t{1});
        QCOMPARE(result.weightsDigest, model.weightsDigest);
        QVERIFY(bytesOf(result.checkpoint) == bytesOf(model.checkpoint));
    }

    void theNumberOfThreadsIsRestoredAndAnotherOneIsAWarning() {
        Workshop shop;
        run::RunRequest request = shop.request(failingAt(25));
        request.threads = 2;
        const run::RunResult failed = shop.runToEnd(request);
        setThreadCount(1);
        {
            run::Runner runner(shop.resumption(failed.run), testOptions());
            QCOMPARE(runner.threads(), 2);
            QCOMPARE(threadCount(), 2);
            runner.go();
        }
        QVERIFY(shop.events(failed.run, "warning").empty());
        run::RunRequest other = shop.resumption(failed.run);
        other.threads = 1;
        run::Runner runner(other, testOptions());
        QCOMPARE(runner.threads(), 1);
        runner.go();
        QCOMPARE(shop.events(failed.run, "warning").size(), std::size_t{1});
        QVERIFY(shop.logOf(failed.run, record::LogLevel::Warning)[0].find("with 1 threads instead of 2") !=
                std::string::npos);
    }

    void leftoversOfAKilledProcessAreSweptAwayAndNothingElse() {
        Workshop shop;
        const std::int64_t run = stoppedAfter(shop, 35);
        const std::vector<std::string> before = shop.files(run);
        writeBytes(shop.folder(run) / "step-00000777.safetensors", "never registered");
        writeBytes(shop.folder(run) / "step-00000778.safetensors.tmp-123", "half");
        writeBytes(shop.folder(run) / "notes.txt", "mine");
        run::Runner runner(shop.resumption(run), testOptions());
        std::vector<std::string> expected = before;
        expected.insert(expected.begin(), "notes.txt");
        QCOMPARE(shop.files(run), expected);
        runner.go();
    }

    // The end's records and the last checkpoint: killed between the two, or just before the final state.
    void aRunThatLacksOnlyItsLastWordEndsWithoutDoingAnythingTwice() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(shop.request(sixtySteps));
        {
            store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
            opened.database().execute("UPDATE run SET state = 'interrupted', weights_digest = ''");
        }
        const run::RunResult again = shop.runToEnd(shop.resumption(result.run));
        QCOMPARE(word(again.state), std::string("finished"));
        QCOMPARE(again.weightsDigest, undisturbed_.weightsDigest);
        QCOMPARE(shop.info(result.run).weightsDigest, undisturbed_.weightsDigest);
        const auto last = shop.scalars(result.run, "final/loss");
        QCOMPARE(last.size(), std::size_t{1});
        QCOMPARE(last[0].attempt, std::int64_t{1});
        QVERIFY(bytesOf(again.checkpoint) == bytesOf(undisturbed_.checkpoint));
    }
};

QTEST_GUILESS_MAIN(ResumeTest)
#include "test_resume.moc"
