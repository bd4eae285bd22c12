// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <functional>
#include <future>

#include "run/harness.h"
#include "store/commands.h"
#include "store/sqlite.h"
#include "train/checkpoint.h"

using namespace filigree;
using namespace filigree::testing;

namespace {

/// A run on a thread of its own and a person who steers it through the store alone.
class Steered {
  public:
    Steered(const Workshop& shop, const run::RunRequest& request)
        : shop_(shop),
          runner_(request, testOptions()),
          store_(store::Store::open(shop.store(), store::Mode::ReadWrite)) {
        result_ = std::async(std::launch::async, [this] { return runner_.go(); });
    }
    ~Steered() {
        if (!result_.valid()) return;
        try {
            say("stop");
        } catch (const Error&) {
        }
    }

    std::int64_t id() const { return runner_.run(); }
    std::int64_t say(const std::string& verb, const std::string& argument = "") {
        return store::append(store_, id(), verb, argument);
    }
    /// Says it and waits for the answer; "no answer" after ten seconds.
    std::string ask(const std::string& verb, const std::string& argument = "") {
        return answerTo(say(verb, argument));
    }
    std::string answerTo(std::int64_t command) {
        return until([&] { return store::command(store_, command).acknowledged.has_value(); })
                   ? store::command(store_, command).answer
                   : "no answer";
    }
    static bool until(const std::function<bool()>& holds) { return QTest::qWaitFor(holds, 10000); }
    std::string state() { return word(shop_.info(id()).state); }
    std::int64_t step() { return shop_.info(id()).progress.step; }
    run::RunResult end() { return result_.get(); }

  private:
    const Workshop& shop_;
    run::Runner runner_;
    store::Store store_;
    std::future<run::RunResult> result_;
};

const char* const longRun = "[train]\nsteps = 1000000\nsleep_ms = 1\n[checkpoint]\nevery_seconds = 0\n";

}  // namespace

/// The store alone steers a run.
class CommandsTest : public QObject {
    Q_OBJECT

  private slots:
    void pauseHoldsAndContinueGoesOn() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        QCOMPARE(run.ask("pause"), std::string("ok"));
        QCOMPARE(run.state(), std::string("paused"));
        const std::int64_t held = run.step();
        QTest::qWait(100);
        QCOMPARE(run.step(), held);
        QCOMPARE(run.ask("continue"), std::string("ok"));
        QCOMPARE(run.state(), std::string("running"));
        QVERIFY(run.until([&] { return run.step() > held; }));
        QCOMPARE(run.ask("stop"), std::string("ok"));
        QCOMPARE(shop.events(run.id(), "pause").size(), std::size_t{1});
        QCOMPARE(shop.events(run.id(), "continue").size(), std::size_t{1});
    }

    void stopSavesACheckpointAndMarksTheRun() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        QVERIFY(run.until([&] { return run.step() > 5; }));
        QCOMPARE(run.ask("stop"), std::string("ok"));
        // The answer comes when all is done.
        QCOMPARE(run.state(), std::string("stopped"));
        const run::RunResult result = run.end();
        QCOMPARE(word(result.state), std::string("stopped"));
        QCOMPARE(result.exitCode, 130);
        const auto rows = shop.checkpoints(result.run);
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows[0].step, result.progress.step);
        QCOMPARE(shop.info(result.run).weightsDigest, result.weightsDigest);
        QCOMPARE(shop.scalars(result.run, "train/loss").size(),
                 static_cast<std::size_t>(result.progress.step));
    }

    void stopEndsAPausedRunToo() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        run.ask("pause");
        const std::int64_t held = run.step();
        QCOMPARE(run.ask("stop"), std::string("ok"));
        QCOMPARE(run.end().progress.step, held);
    }

    void stepDoesExactlySoManyAndPauses() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        run.ask("pause");
        const std::int64_t held = run.step();
        QCOMPARE(run.ask("step", "7"), std::string("ok"));
        QVERIFY(run.until([&] { return run.state() == "paused" && run.step() >= held + 7; }));
        QTest::qWait(50);
        QCOMPARE(run.step(), held + 7);
    }

    void checkpointIsWrittenBeforeItIsAnswered() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        run.ask("pause");
        const std::int64_t held = run.step();
        QVERIFY(shop.checkpoints(run.id()).empty());
        QCOMPARE(run.ask("checkpoint"), std::string("ok"));
        const auto rows = shop.checkpoints(run.id());
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows[0].step, held);
        QCOMPARE(rows[0].digest,
                 "sha256:" + train::sha256OfFile(store::Store::folderOf(shop.store()) / rows[0].path));
    }

    void aValueThatMayChangeChangesAndIsCheckpointed() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        run.ask("pause");
        QCOMPARE(run.ask("set", "optimizer.lr 0.005"), std::string("ok"));
        const auto rows = shop.checkpoints(run.id());
        QCOMPARE(rows.size(), std::size_t{1});
        const auto checkpoint = train::Checkpoint::read(store::Store::folderOf(shop.store()) / rows[0].path);
        QCOMPARE(checkpoint.text("settings"), std::string("{\"optimizer.lr\":0.005}"));
        QCOMPARE(shop.events(run.id(), "set"),
                 (std::vector<std::string>{"{\"key\":\"optimizer.lr\",\"value\":0.005}"}));
    }

    void aWishThatCannotBeGrantedIsAnsweredAndTrainingGoesOn() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        QCOMPARE(run.ask("set", "optimizer.learning_rate 1"),
                 std::string("there is no key \"optimizer.learning_rate\""));
        QCOMPARE(run.ask("set", "optimizer.momentum 0.5"),
                 std::string("\"optimizer.momentum\" cannot be changed while the run goes on"));
        QVERIFY(run.ask("set", "optimizer.lr 2").starts_with("optimizer.lr 2: "));
        QVERIFY(run.ask("set", "optimizer.lr nan").starts_with("optimizer.lr nan: "));
        QCOMPARE(run.ask("set", "optimizer.lr fast"), std::string("\"fast\" is not a number"));
        QCOMPARE(run.ask("watch", "graph 100"), std::string("this run has no \"graph\" to show"));
        QVERIFY(shop.checkpoints(run.id()).empty());
        const std::int64_t before = run.step();
        QVERIFY(run.until([&] { return run.step() > before; }));
    }

    void whatIsWatchedIsRecordedUntilItIsNot() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        const auto shown = [&] {
            const store::Store opened = store::Store::open(shop.store(), store::Mode::ReadOnly);
            const auto kinds = store::Reader(opened).recordSteps(run.id(), store::RecordKind::Matrix);
            return kinds.empty() ? std::size_t{0} : kinds[0].steps.size();
        };
        QCOMPARE(run.ask("watch", "matrix 10"), std::string("ok"));
        QVERIFY(run.until([&] { return shown() >= 5; }));
        QCOMPARE(run.ask("watch", "matrix 0"), std::string("ok"));
        QTest::qWait(100);
        const std::size_t count = shown();
        QTest::qWait(100);
        QCOMPARE(shown(), count);
    }

    void commandsAreObeyedInTheirOrder() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        run.ask("pause");
        std::vector<std::int64_t> ids;
        for (int i = 1; i <= 20; ++i)
            ids.push_back(run.say("set", "optimizer.lr 0.0" + std::to_string(100 + i)));
        for (const std::int64_t id : ids) QCOMPARE(run.answerTo(id), std::string("ok"));
        const auto rows = shop.checkpoints(run.id());
        const auto checkpoint =
            train::Checkpoint::read(store::Store::folderOf(shop.store()) / rows.back().path);
        QCOMPARE(checkpoint.text("settings"), std::string("{\"optimizer.lr\":0.012}"));
        QCOMPARE(shop.events(run.id(), "set").size(), std::size_t{20});
    }

    void aCommandThatComesTooLateIsAnswered() {
        Workshop shop;
        const run::RunResult result = [&] {
            run::Runner runner(shop.request("[train]\nsteps = 1\n"), testOptions());
            // The run is there but nobody works on it yet; it takes its one step before it looks.
            store::Store opened = store::Store::open(shop.store(), store::Mode::ReadWrite);
            for (int i = 0; i < 3; ++i) store::append(opened, runner.run(), "checkpoint");
            return runner.go();
        }();
        const store::Store opened = store::Store::open(shop.store(), store::Mode::ReadOnly);
        for (const store::Command& command : store::commands(opened, result.run)) {
            QVERIFY(command.acknowledged.has_value());
            QVERIFY2(command.answer == "ok" || command.answer == "run had ended", command.answer.c_str());
        }
        QVERIFY_THROWS_EXCEPTION(Error, [&] {
            store::Store again = store::Store::open(shop.store(), store::Mode::ReadWrite);
            store::append(again, result.run, "pause");
        }());
    }

    // Another program keeps the write lock: training goes on, nothing is lost, the command is obeyed
    // afterwards.
    void aLockedStoreDelaysButLosesNothing() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        QVERIFY(run.until([&] { return run.step() > 3; }));
        const std::int64_t stop = run.say("stop");
        QCOMPARE(run.answerTo(stop), std::string("ok"));
        const run::RunResult first = run.end();

        Steered again(shop, shop.resumption(first.run));
        {
            store::Store other = store::Store::open(shop.store(), store::Mode::ReadWrite);
            store::Transaction lock(other.database());
            QTest::qWait(1500);
        }
        const std::int64_t seen = again.step();
        QVERIFY(again.until([&] { return again.step() > seen; }));
        QCOMPARE(again.ask("stop"), std::string("ok"));
        const run::RunResult result = again.end();
        QCOMPARE(word(result.state), std::string("stopped"));
        QCOMPARE(shop.scalars(result.run, "train/loss").size(),
                 static_cast<std::size_t>(result.progress.step));
        // It trained while the store was locked: with 1 ms per step, some hundred steps in 1.5 s.
        QVERIFY(result.progress.step - first.progress.step > 100);
    }

    void aStoreThatIsDeletedEndsTheRunWithAClearError() {
        Workshop shop;
        Steered run(shop, shop.request(longRun));
        QVERIFY(run.until([&] { return run.step() > 3; }));
        for (const char* ending : {"", "-wal", "-shm"})
            std::filesystem::remove(shop.store().string() + ending);
        const run::RunResult result = run.end();
        QCOMPARE(word(result.state), std::string("failed"));
        QCOMPARE(result.exitCode, 1);
        QCOMPARE(result.error->message(),
                 std::string("the store was deleted or replaced while the run was writing to it"));
        QCOMPARE(result.error->where(), shop.store().string());
    }
};

QTEST_GUILESS_MAIN(CommandsTest)
#include "test_commands.moc"
