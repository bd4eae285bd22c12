// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/parallel.h"
#include "run/harness.h"
#include "run/least_squares.h"
#include "run/shared_schema.h"
#include "train/checkpoint.h"

using namespace filigree;
using namespace filigree::testing;

/// A run from the beginning to each of its ends, without commands.
class RunnerTest : public QObject {
    Q_OBJECT

    template <typename Body>
    static std::optional<Error> errorOf(Body&& body) {
        try {
            body();
        } catch (const Error& error) {
            return error;
        }
        return std::nullopt;
    }

  private slots:
    void aFinishedRunLeavesStateRecordsAndDigest() {
        Workshop shop;
        run::RunRequest request = shop.request("[train]\nsteps = 40\n", 7);
        request.name = "first";
        const run::RunResult result = shop.runToEnd(request);
        QCOMPARE(word(result.state), std::string("finished"));
        QCOMPARE(result.exitCode, 0);
        QVERIFY(!result.error);
        QCOMPARE(result.attempt, std::int64_t{1});
        QCOMPARE(result.progress.step, std::int64_t{40});

        const store::RunInfo info = shop.info(result.run);
        QCOMPARE(word(info.state), std::string("finished"));
        QCOMPARE(info.name, std::string("first"));
        QCOMPARE(info.method, std::string("least_squares"));
        QCOMPARE(info.seed, std::int64_t{7});
        QCOMPARE(info.progress.step, std::int64_t{40});
        QCOMPARE(info.progress.totalSteps, std::int64_t{40});
        QCOMPARE(info.weightsDigest, result.weightsDigest);
        QCOMPARE(info.weightsDigest.size(), std::size_t{64});
        QCOMPARE(info.exitCode.value(), std::int64_t{0});

        // One loss per step, an evaluation at the start and after each of the two whole epochs of 16 steps.
        const auto losses = byStep(shop.scalars(result.run, "train/loss"));
        QCOMPARE(losses.size(), std::size_t{40});
        QCOMPARE(losses.begin()->first, std::int64_t{1});
        QCOMPARE(losses.rbegin()->first, std::int64_t{40});
        const auto tests = byStep(shop.scalars(result.run, "test/loss"));
        QCOMPARE(tests.size(), std::size_t{3});
        QVERIFY(tests.contains(0) && tests.contains(16) && tests.contains(32));
        QVERIFY(tests.at(32) < tests.at(0));
        QCOMPARE(shop.scalars(result.run, "final/loss").size(), std::size_t{1});
    }

    void theRunnerRecordsItsOwnCost() {
        Workshop shop;
        run::RunnerOptions options = testOptions();
        options.performanceSeconds = 0.02;
        const run::RunResult result =
            run::Runner(shop.request("[train]\nsteps = 40\nsleep_ms = 5\n"), options).go();
        const auto speeds = shop.scalars(result.run, "perf/steps_per_second");
        QVERIFY(speeds.size() >= 4);
        // A step sleeps 5 ms at least, so there are at most 200 in a second.
        for (const store::ScalarPoint& point : speeds) QVERIFY(point.value > 1 && point.value <= 201);
        const auto epochs = shop.scalars(result.run, "perf/seconds_per_epoch");
        QCOMPARE(byStep(epochs).size(), std::size_t{2});
        for (const store::ScalarPoint& point : epochs) QVERIFY(point.value >= 16 * 0.005 && point.value < 4);
        for (const store::ScalarPoint& point : shop.scalars(result.run, "perf/peak_memory_bytes"))
            QVERIFY(point.value > 1e6 && point.value < 1e12);
    }

    void theStoreKeepsTheConfigurationAndTheNumberOfThreads() {
        Workshop shop;
        run::RunRequest request = shop.request("[train]\nsteps = 3\n[optimizer]\nlr = 0.015\n");
        request.threads = 2;
        run::Runner runner(request, testOptions());
        QCOMPARE(runner.threads(), 2);
        QCOMPARE(threadCount(), 2);
        const run::RunResult result = runner.go();
        setThreadCount(1);
        const store::Store opened = store::Store::open(shop.store(), store::Mode::ReadOnly);
        std::map<std::string, store::ConfigValue> config;
        for (const auto& entry : store::Reader(opened).config(result.run)) config[entry.key] = entry.value;
        QVERIFY(config.at("optimizer.lr") == store::ConfigValue(0.015));
        QVERIFY(config.at("train.steps") == store::ConfigValue(std::int64_t{3}));
        QVERIFY(config.at("run.threads") == store::ConfigValue(std::int64_t{2}));
        QVERIFY(config.at("run.device") == store::ConfigValue(std::string("cpu")));
        const auto machine = nlohmann::json::parse(shop.info(result.run).machineJson);
        QCOMPARE(machine.at("threads").get<int>(), 2);
    }

    void theLastCheckpointHoldsTheWeightsAndWhatTheRunWas() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(shop.request("[train]\nsteps = 5\n", 3));
        QCOMPARE(result.checkpoint, shop.folder(result.run) / "step-00000005.safetensors");
        const train::Checkpoint checkpoint = train::Checkpoint::read(result.checkpoint);
        QCOMPARE(checkpoint.text("method"), std::string("least_squares"));
        QCOMPARE(checkpoint.text("seed"), std::string("3"));
        QCOMPARE(checkpoint.text("step"), std::string("5"));
        QCOMPARE(checkpoint.text("weights_digest"), result.weightsDigest);
        QVERIFY(checkpoint.text("config").find("steps = 5") != std::string::npos);
        QCOMPARE(checkpoint.texts().size(), std::size_t{5});
        const Tensor weights = checkpoint.get("weights");
        QCOMPARE(train::sha256(weights.raw(), weights.bytes()), result.weightsDigest);
        const auto rows = shop.checkpoints(result.run);
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows[0].digest, "sha256:" + train::sha256OfFile(result.checkpoint));
        QCOMPARE(rows[0].bytes, static_cast<std::int64_t>(std::filesystem::file_size(result.checkpoint)));
    }

    void equalRunsWriteEqualBytesAndOtherSeedsOthers() {
        Workshop shop;
        const auto bytes = [&](std::uint64_t seed) {
            return bytesOf(shop.runToEnd(shop.request("[train]\nsteps = 30\n", seed)).checkpoint);
        };
        const std::string first = bytes(1);
        QVERIFY(first.size() > 200);
        QVERIFY(bytes(1) == first);
        QVERIFY(bytes(2) != first);
    }

    void checkpointsComeByStepsAndOnlyTheNewestStay() {
        Workshop shop;
        const run::RunResult result =
            shop.runToEnd(shop.request("[train]\nsteps = 47\n[checkpoint]\nevery_steps = 10\nkeep = 2\n"));
        QCOMPARE(shop.files(result.run),
                 (std::vector<std::string>{"step-00000040.safetensors", "step-00000047.safetensors"}));
        const auto rows = shop.checkpoints(result.run);
        QCOMPARE(rows.size(), std::size_t{2});
        QCOMPARE(rows[0].step, std::int64_t{40});
        QCOMPARE(rows[1].step, std::int64_t{47});
        QCOMPARE(shop.events(result.run, "checkpoint").size(), std::size_t{5});
    }

    void checkpointsComeByTime() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(shop.request(
            "[train]\nsteps = 60\nsleep_ms = 5\n[checkpoint]\nevery_seconds = 0.05\nkeep = 100\n"));
        // 60 steps take 0.3 s at least; each file waits 0.05 s for the next.
        const std::size_t count = shop.files(result.run).size();
        QVERIFY2(count >= 4 && static_cast<double>(count) <= 2 + result.seconds / 0.05,
                 qPrintable(QString::number(count)));
    }

    void anExceptionFailsTheRunAndKeepsRecordsAndCheckpoint() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(
            shop.request("[train]\nsteps = 60\n[checkpoint]\nevery_steps = 10\n[fault]\nthrow_at = 25\n"));
        QCOMPARE(word(result.state), std::string("failed"));
        QCOMPARE(result.exitCode, 1);
        QCOMPARE(result.error->message(), std::string("the weights exploded"));
        QVERIFY(result.weightsDigest.empty());
        const store::RunInfo info = shop.info(result.run);
        QCOMPARE(word(info.state), std::string("failed"));
        QCOMPARE(info.error, std::string("the weights exploded"));
        QCOMPARE(info.exitCode.value(), std::int64_t{1});
        QCOMPARE(shop.scalars(result.run, "train/loss").size(), std::size_t{24});
        QCOMPARE(shop.checkpoints(result.run).back().step, std::int64_t{20});
        QCOMPARE(shop.logOf(result.run, record::LogLevel::Error),
                 (std::vector<std::string>{"the weights exploded"}));
    }

    void anErrorDecidesTheExitCode() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(shop.request("[fault]\nerror_at = 3\n"));
        QCOMPARE(result.exitCode, 4);
        QCOMPARE(result.error->kind(), ErrorKind::Device);
        const std::string stored = shop.info(result.run).error;
        for (const char* part : {"the device is gone", "device 0", "plug it in"})
            QVERIFY2(stored.find(part) != std::string::npos, stored.c_str());
    }

    void aLossThatIsNoNumberIsAWarningAndTheRunGoesOn() {
        Workshop shop;
        const run::RunResult result =
            shop.runToEnd(shop.request("[train]\nsteps = 10\n[fault]\nnan_at = 4\n"));
        QCOMPARE(word(result.state), std::string("finished"));
        QCOMPARE(shop.logOf(result.run, record::LogLevel::Warning),
                 (std::vector<std::string>{"train/loss became not a number at step 4"}));
        QCOMPARE(shop.events(result.run, "warning").size(), std::size_t{1});
        QVERIFY(std::isnan(byStep(shop.scalars(result.run, "train/loss")).at(4)));
    }

    void aMethodThatStampsWronglyFails() {
        Workshop shop;
        const run::RunResult result = shop.runToEnd(shop.request("[fault]\nstamp_at = 4\n"));
        QCOMPARE(word(result.state), std::string("failed"));
        QVERIFY(result.error->message().find("step 3 when 4 steps were done") != std::string::npos);
    }

    void theProgressLineIsFedNotFlooded() {
        Workshop shop;
        std::vector<run::ProgressReport> reports;
        const run::RunResult result =
            shop.runToEnd(shop.request("[train]\nsteps = 100\nsleep_ms = 5\n"),
                          [&](const run::ProgressReport& r) { reports.push_back(r); });
        QVERIFY(reports.size() >= 4);
        QVERIFY(static_cast<double>(reports.size()) <= 3 + result.seconds / 0.1);
        QCOMPARE(reports.back().progress.step, std::int64_t{100});
        const run::ProgressReport& middle = reports[reports.size() / 2];
        QVERIFY(middle.stepsPerSecond > 1 && middle.stepsPerSecond < 210);
        QVERIFY(middle.secondsLeft.has_value());
        // Remaining steps at that speed.
        const double expected = static_cast<double>(100 - middle.progress.step) / middle.stepsPerSecond;
        QVERIFY(std::abs(*middle.secondsLeft - expected) < 1e-9);
    }

    void aRequestThatIsWrongStoresNothing() {
        Workshop shop;
        run::RunRequest unknown = shop.request();
        unknown.file->method = "least_square";
        QCOMPARE(errorOf([&] { run::Runner(unknown, testOptions()); })->kind(), ErrorKind::Usage);
        run::RunRequest neither = shop.request();
        neither.file.reset();
        QCOMPARE(errorOf([&] { run::Runner(neither, testOptions()); })->kind(), ErrorKind::Usage);
        run::RunRequest seed = shop.request();
        seed.seed = std::uint64_t{1} << 63;
        QCOMPARE(errorOf([&] { run::Runner(seed, testOptions()); })->kind(), ErrorKind::Usage);
        run::RunRequest threads = shop.request();
        threads.threads = 5000;
        QCOMPARE(errorOf([&] { run::Runner(threads, testOptions()); })->kind(), ErrorKind::Usage);
        QVERIFY(!std::filesystem::exists(shop.store()));
    }

    void aQueuedRunIsStartedByItsIdAndEndsAsIfStartedAtOnce() {
        Workshop shop;
        const run::RunRequest request = shop.request("[train]\nsteps = 12\n", 5);
        const std::int64_t queued = run::queueRun(request);
        QCOMPARE(word(shop.info(queued).state), std::string("queued"));
        QCOMPARE(shop.info(queued).seed, std::int64_t{5});
        const run::RunResult later = shop.runToEnd(shop.resumption(queued));
        const run::RunResult atOnce = shop.runToEnd(request);
        QCOMPARE(later.run, queued);
        QCOMPARE(word(later.state), std::string("finished"));
        QCOMPARE(later.weightsDigest, atOnce.weightsDigest);
        QCOMPARE(shop.info(queued).progress.totalSteps, std::int64_t{12});
    }

    void aQueuedRunThatCannotStartSaysWhyInItsRow() {
        Workshop shop;
        const std::int64_t queued = run::queueRun(shop.request());
        run::RunnerOptions options = testOptions();
        static methods::Method broken = leastSquares();
        broken.create = [](const config::Config&,
                           const methods::Environment&) -> std::unique_ptr<train::Experiment> {
            throw Error(ErrorKind::Data, "the data are not there", "somewhere", "fetch them");
        };
        options.findMethod = [](std::string_view) -> const methods::Method& { return broken; };
        QCOMPARE(errorOf([&] { run::Runner(shop.resumption(queued), options); })->kind(), ErrorKind::Data);
        const store::RunInfo info = shop.info(queued);
        QCOMPARE(word(info.state), std::string("failed"));
        QCOMPARE(info.error, std::string("the data are not there\n  at: somewhere\n  to do: fetch them"));
        QCOMPARE(info.exitCode.value(), std::int64_t{3});
        // What was missing is there now: the run goes on from its beginning.
        QCOMPARE(word(shop.runToEnd(shop.resumption(queued)).state), std::string("finished"));
    }

    void everyMethodIsToldTheSharedGroups() {
        const config::Schema schema = run::schemaFor(leastSquares());
        for (const char* key : {"run.threads", "run.device", "checkpoint.every_seconds",
                                "checkpoint.every_steps", "checkpoint.keep", "train.steps"})
            QVERIFY2(schema.find(key), key);
        for (const methods::Method& method : methods::all())
            QVERIFY(run::schemaOf(std::string(method.name)).find("checkpoint.keep"));
    }
};

QTEST_APPLESS_MAIN(RunnerTest)
#include "test_runner.moc"
