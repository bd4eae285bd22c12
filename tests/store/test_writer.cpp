// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <thread>

#include "base/platform.h"
#include "base/random.h"
#include "scratch.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;

namespace {

std::vector<std::uint32_t> pattern(std::uint64_t seed, std::int64_t universe, std::int64_t count) {
    const auto chosen = RandomStream(seed, "pattern").sample(universe, count);
    return {chosen.begin(), chosen.end()};
}

std::vector<double> values(const std::vector<ScalarPoint>& points) {
    std::vector<double> all;
    for (const ScalarPoint& point : points) all.push_back(point.value);
    return all;
}

}  // namespace

class WriterTest : public QObject {
    Q_OBJECT

  private slots:
    void aRunKeepsWhatItWasStartedWith() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), exampleRun("first"));
        writer->heartbeat({3, 100, 0.5, 20});
        writer->flush();
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        RunInfo run = reader.run(writer->run());
        QCOMPARE(run.name, std::string("first"));
        QCOMPARE(run.method, std::string("dst_ee"));
        QCOMPARE(run.seed, std::int64_t{7});
        QVERIFY(run.state == RunState::Running);
        QCOMPARE(run.attempt, std::int64_t{1});
        QCOMPARE(run.process.pid, platform::processId());
        QCOMPARE(run.progress.step, std::int64_t{3});
        QCOMPARE(run.progress.totalSteps, std::int64_t{100});
        QCOMPARE(run.machineJson, std::string(R"({"cores":2})"));
        QCOMPARE(run.uuid.size(), std::size_t{36});
        QVERIFY(std::abs(run.created - unixNow()) < 60);
        QVERIFY(reader.config(run.id) == exampleRun().config);
        QCOMPARE(reader.configToml(run.id), exampleRun().configToml);

        writer->setState(RunState::Paused);
        writer->flush();
        QVERIFY(reader.run(run.id).state == RunState::Paused);
        writer->finish({RunState::Finished, "xxh128:abc", "", 0});
        run = reader.run(run.id);
        QVERIFY(run.state == RunState::Finished);
        QCOMPARE(run.weightsDigest, std::string("xxh128:abc"));
        QVERIFY(run.ended && *run.ended >= *run.started);
        QVERIFY(throwsKind(ErrorKind::Run, [&] { writer->scalar("a", 1, {1, 0}); }));
        QVERIFY(throwsKind(ErrorKind::Run, [&] { writer->finish({}); }));
    }

    void everyKindOfRecordComesBack() {
        const Scratch scratch;
        const record::Mask mask{"conv1", 4, 18, {2, 3, 3}, pattern(1, 72, 20)};
        const record::EdgeValues edges{
            "conv1", "weight", {1.5f, -2.0f, std::numeric_limits<float>::infinity()}};
        const record::Rewiring rewiring{"conv1", 3, {1, 5, 9}, {2, 5, 70}};
        const record::Matrix matrix{"hist", {2, 3}, {"unit", "bin"}, {1, 2, 3, 4, 5, 6}};
        const record::Image image{"input", 2, 1, 3, {0, 1, 2, 253, 254, 255}};
        const record::Text text{"summary", "zw\u00f6lf\nlines"};
        auto writer = RunWriter::createRun(scratch.store(), {});
        const record::Stamp stamp{40, 2.0};
        writer->mask(mask, stamp);
        writer->edgeValues(edges, stamp);
        writer->rewiring(rewiring, stamp);
        writer->matrix(matrix, stamp);
        writer->image(image, stamp);
        writer->text(text, stamp);
        writer->event({"rewire", R"({"round":3})"}, stamp);
        writer->log(record::LogLevel::Warning, "slow", stamp);
        writer->checkpointWritten({"1/step-40.safetensors", 40, "sha256:00", 1234});
        writer->finish({});

        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        const std::int64_t run = writer->run();
        QCOMPARE(reader.maskLayers(run).size(), std::size_t{1});
        const auto readMask = reader.mask(run, "conv1", 1000);
        QVERIFY(readMask && readMask->step == 40 && readMask->record.active == mask.active &&
                readMask->record.kernel == mask.kernel && readMask->record.columns == 18);
        QVERIFY(!reader.mask(run, "conv1", 39));
        QVERIFY(!reader.mask(run, "other", 40));
        QVERIFY(reader.edgeValues(run, "conv1", "weight", 40)->record.values == edges.values);
        QVERIFY(!reader.edgeValues(run, "conv1", "age", 40));
        const auto rewirings = reader.rewirings(run, "conv1");
        QVERIFY(rewirings.size() == 1 && rewirings[0].record.dropped == rewiring.dropped &&
                rewirings[0].record.grown == rewiring.grown && rewirings[0].record.round == 3);
        const auto readMatrix = reader.matrix(run, "hist", 40);
        QVERIFY(readMatrix->record.shape == matrix.shape && readMatrix->record.axes == matrix.axes &&
                readMatrix->record.values == matrix.values);
        const auto readImage = reader.image(run, "input", 40);
        QVERIFY(readImage->record.pixels == image.pixels && readImage->record.channels == 3);
        QCOMPARE(reader.text(run, "summary", 40)->record.text, text.text);
        QCOMPARE(reader.events(run).at(0).event.kind, std::string("rewire"));
        QVERIFY(reader.log(run).at(0).level == record::LogLevel::Warning);
        QVERIFY(reader.log(run, reader.log(run).at(0).id).empty());
        QCOMPARE(reader.checkpoints(run).at(0).path, std::string("1/step-40.safetensors"));
        QCOMPARE(reader.attempts(run).at(0).stepsPerEpoch, 20.0);
        QCOMPARE(reader.recordSteps(run, RecordKind::Matrix).at(0).tag, std::string("hist"));
        // v_topology: nnz 20 of 72; three dropped, three grown, one of them (5) both.
        Statement row = store.database().prepare(
            "SELECT nnz, density, grown, dropped, regrown, round FROM v_topology WHERE run = ? AND layer = "
            "'conv1'");
        QVERIFY(row.with(run).step());
        QCOMPARE(row.integer(0), std::int64_t{20});
        QCOMPARE(row.real(1), 20.0 / 72.0);
        QCOMPARE(row.integer(2), std::int64_t{3});
        QCOMPARE(row.integer(3), std::int64_t{3});
        QCOMPARE(row.integer(4), std::int64_t{1});
        QVERIFY(!row.step());
    }

    void notANumberAndInfinityAreKept() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        const double infinity = std::numeric_limits<double>::infinity();
        writer->scalar("loss", std::nan(""), {1, 0});
        writer->scalar("loss", infinity, {2, 0});
        writer->scalar("loss", -infinity, {3, 0});
        writer->scalar("loss", 0.1, {4, 0});
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const auto points = Reader(store).scalars(1, "loss");
        QVERIFY(std::isnan(points.at(0).value));
        QCOMPARE(points.at(1).value, infinity);
        QCOMPARE(points.at(2).value, -infinity);
        QCOMPARE(points.at(3).value, 0.1);
        // The best view leaves them out.
        Statement best = store.database().prepare("SELECT count, min, min_step, max FROM v_scalar_best");
        QVERIFY(best.step());
        QCOMPARE(best.integer(0), std::int64_t{4});
        QCOMPARE(best.real(1), 0.1);
        QCOMPARE(best.integer(2), std::int64_t{4});
        QCOMPARE(best.real(3), 0.1);
    }

    void aSecondValueAtOneStepReplacesTheFirst() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        writer->scalar("a", 1, {5, 0});
        writer->scalar("a", 2, {5, 0});
        writer->mask({"fc", 3, 3, {}, {0, 1}}, {5, 0});
        writer->mask({"fc", 3, 3, {}, {1, 2}}, {6, 0});
        writer->mask({"fc", 3, 3, {}, {2, 8}}, {6, 0});
        writer->mask({"fc", 3, 3, {}, {8}}, {7, 0});
        writer->flush();
        writer->scalar("a", 3, {5, 0});
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        QVERIFY(values(reader.scalars(1, "a")) == std::vector<double>{3});
        QVERIFY(reader.mask(1, "fc", 6)->record.active == (std::vector<std::uint32_t>{2, 8}));
        QVERIFY(reader.mask(1, "fc", 7)->record.active == (std::vector<std::uint32_t>{8}));
        const auto frames = reader.maskSteps(1, "fc");
        QCOMPARE(frames.size(), std::size_t{3});
        QCOMPARE(frames[1].added, std::int64_t{2});
        QCOMPARE(frames[1].removed, std::int64_t{2});
        QCOMPARE(frames[2].removed, std::int64_t{1});
    }

    void recordsThatContradictThemselvesAreRefused() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        const auto refused = [](auto&& action) { return throwsKind(ErrorKind::Run, action); };
        QVERIFY(refused([&] { writer->scalar("a", 1, {-1, 0}); }));
        QVERIFY(refused([&] { writer->mask({"fc", 3, 3, {}, {2, 1}}, {1, 0}); }));
        QVERIFY(refused([&] { writer->mask({"fc", 3, 3, {}, {9}}, {1, 0}); }));
        QVERIFY(refused([&] { writer->matrix({"m", {2, 2}, {}, {1, 2, 3}}, {1, 0}); }));
        QVERIFY(refused([&] { writer->matrix({"m", {-1, -1}, {}, {1}}, {1, 0}); }));
        QVERIFY(refused([&] { writer->image({"i", 2, 2, 2, std::vector<std::uint8_t>(8)}, {1, 0}); }));
        QVERIFY(refused([&] { writer->checkpointWritten({"../elsewhere", 1, "", 0}); }));
        QVERIFY(refused([&] { writer->setState(RunState::Finished); }));
        writer->mask({"fc", 3, 3, {}, {1}}, {5, 0});
        QVERIFY(refused([&] { writer->mask({"fc", 3, 3, {}, {1}}, {4, 0}); }));
        QVERIFY(refused([&] { writer->mask({"fc", 3, 4, {}, {1}}, {6, 0}); }));
        // None of these ended the run.
        writer->finish({});
    }

    void aHundredMasksComeBackFromKeyFramesAndDeltas() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        std::vector<std::vector<std::uint32_t>> masks;
        std::vector<std::uint32_t> active = pattern(1, 20000, 1000);
        RandomStream random(2, "rewire");
        for (std::int64_t step = 0; step < 100; ++step) {
            for (int change = 0; change < 20; ++change)
                active[random.below(active.size())] = static_cast<std::uint32_t>(random.below(20000));
            std::sort(active.begin(), active.end());
            active.erase(std::unique(active.begin(), active.end()), active.end());
            masks.push_back(active);
            writer->mask({"fc1", 100, 200, {}, active}, {10 * step, 0});
        }
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        QCOMPARE(reader.maskSteps(1, "fc1").size(), std::size_t{100});
        for (const std::size_t step : {99, 0, 19, 20, 21, 57})
            QVERIFY(reader.mask(1, "fc1", static_cast<std::int64_t>(10 * step + 3))->record.active ==
                    masks[step]);
        // Every 20th is a key frame: 5, and the deltas are much smaller.
        QCOMPARE(store.database().integer("SELECT sum(is_key) FROM mask_frame"), std::int64_t{5});
        QVERIFY(store.database().integer("SELECT max(length(payload)) FROM mask_frame WHERE is_key = 0") * 5 <
                store.database().integer("SELECT min(length(payload)) FROM mask_frame WHERE is_key = 1"));
    }

    void aDamagedMaskIsADataError() {
        const Scratch scratch;
        {
            auto writer = RunWriter::createRun(scratch.store(), {});
            writer->mask({"fc1", 100, 200, {}, pattern(1, 20000, 100)}, {1, 0});
            writer->matrix({"m", {4}, {}, {1, 2, 3, 4}}, {1, 0});
            writer->finish({});
        }
        Store store = Store::open(scratch.store(), Mode::ReadWrite);
        store.database().execute(
            "UPDATE mask_frame SET payload = substr(payload, 1, 30); UPDATE record SET payload = "
            "x'01ff00ff'");
        QVERIFY(throwsKind(ErrorKind::Data, [&] { Reader(store).mask(1, "fc1", 1); }));
        QVERIFY(throwsKind(ErrorKind::Data, [&] { Reader(store).matrix(1, "m", 1); }));
        store.database().execute("UPDATE mask_frame SET is_key = 0");
        QVERIFY(throwsKind(ErrorKind::Data, [&] { Reader(store).mask(1, "fc1", 1); }));
        store.database().execute("UPDATE layer SET rows = 9223372036854775807");
        QVERIFY(throwsKind(ErrorKind::Data, [&] { Reader(store).mask(1, "fc1", 1); }));
    }

    void aResumedAttemptSupersedesWhatItRepeats() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            auto writer = RunWriter::createRun(scratch.store(), exampleRun());
            run = writer->run();
            for (int step = 0; step < 10; ++step) {
                writer->scalar("loss", 100 + step, {step, 0});
                writer->mask({"fc", 2, 8, {}, {static_cast<std::uint32_t>(step)}}, {step, 0});
                writer->event({"e", {}}, {step, 0});
                writer->rewiring({"fc", step, {}, {1}}, {step, 0});
            }
            writer->scalar("only/late", 1, {9, 0});
            writer->checkpointWritten({"a", 6, "", 1});
            writer->checkpointWritten({"b", 9, "", 1});
            writer->finish({RunState::Stopped, {}, {}, 130});
        }
        {
            auto writer = RunWriter::resumeRun(scratch.store(), run, 6);
            QCOMPARE(writer->attempt(), std::int64_t{2});
            for (int step = 6; step < 8; ++step) {
                writer->scalar("loss", 200 + step, {step, 0});
                writer->mask({"fc", 2, 8, {}, {static_cast<std::uint32_t>(step + 5)}}, {step, 0});
            }
            writer->finish({});
        }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        QVERIFY(values(reader.scalars(run, "loss")) ==
                (std::vector<double>{100, 101, 102, 103, 104, 105, 206, 207}));
        std::vector<double> first;
        for (const ScalarBucket& bucket : reader.reducedScalars(run, "loss", 0, 100, 50))
            first.push_back(bucket.first);
        QVERIFY(first == values(reader.scalars(run, "loss")));
        QCOMPARE(reader.maskSteps(run, "fc").size(), std::size_t{8});
        QCOMPARE(reader.mask(run, "fc", 9)->record.active.at(0), 12u);
        QCOMPARE(reader.mask(run, "fc", 5)->record.active.at(0), 5u);
        QCOMPARE(reader.events(run).size(), std::size_t{6});
        QCOMPARE(reader.rewirings(run, "fc").size(), std::size_t{6});
        QCOMPARE(reader.checkpoints(run).size(), std::size_t{1});
        const auto last = reader.lastScalars(run);
        QCOMPARE(last.size(), std::size_t{1});
        QCOMPARE(last[0].point.value, 207.0);
        QCOMPARE(store.database().integer("SELECT count(*) FROM v_scalars"), std::int64_t{8});
        QCOMPARE(store.database().integer("SELECT count(*) FROM v_topology WHERE nnz IS NOT NULL"),
                 std::int64_t{8});
        QCOMPARE(store.database().integer("SELECT count(*) FROM v_events"), std::int64_t{6});
        QCOMPARE(store.database().integer("SELECT count(*) FROM v_checkpoints"), std::int64_t{1});
        // Nothing was lost: the older attempt is still there for those who ask.
        QCOMPARE(store.database().integer("SELECT count(*) FROM scalar"), std::int64_t{13});
        QCOMPARE(reader.attempts(run).at(0).untilStep.value(), std::int64_t{6});
        QVERIFY(!reader.attempts(run).at(1).untilStep);
    }

    void aThirdAttemptFurtherBackSupersedesBoth() {
        const Scratch scratch;
        for (const auto& [from, base] : {std::pair{0, 100}, {6, 200}, {3, 300}}) {
            auto writer = from == 0 ? RunWriter::createRun(scratch.store(), {})
                                    : RunWriter::resumeRun(scratch.store(), 1, from);
            for (int step = from; step < from + 4; ++step) writer->scalar("x", base + step, {step, 0});
            writer->finish({RunState::Stopped, {}, {}, 130});
        }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QVERIFY(values(Reader(store).scalars(1, "x")) ==
                (std::vector<double>{100, 101, 102, 303, 304, 305, 306}));
    }

    void aLivingRunCannotBeResumed() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        QVERIFY(
            throwsKind(ErrorKind::Usage, [&] { RunWriter::resumeRun(scratch.store(), writer->run(), 0); }));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { RunWriter::resumeRun(scratch.store(), 99, 0); }));
    }

    void aWriterThatWasTakenOverFails() {
        const Scratch scratch;
        auto old = RunWriter::createRun(scratch.store(), {});
        {
            // As if its process had been gone for long.
            Store store = Store::open(scratch.store(), Mode::ReadWrite);
            store.database().execute("UPDATE run SET heartbeat = 1, pid = 999999999");
        }
        auto fresh = RunWriter::resumeRun(scratch.store(), old->run(), 0);
        const auto error = errorOf([&] {
            old->scalar("x", 1, {1, 0});
            old->flush();
        });
        QVERIFY(error && error->kind() == ErrorKind::Run);
        QVERIFY(QString(error->what()).contains("another process"));
        fresh->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QVERIFY(Reader(store).run(1).state == RunState::Finished);
    }

    void aWriterThatIsLeftWithoutAnEndingLeavesAnInterruptedRun() {
        const Scratch scratch;
        { RunWriter::createRun(scratch.store(), {})->scalar("x", 1, {1, 0}); }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QVERIFY(Reader(store).run(1).storedState == RunState::Interrupted);
        QCOMPARE(Reader(store).scalars(1, "x").size(), std::size_t{1});
    }

    void aQueuedRunIsStartedOnce() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            Store store = Store::create(scratch.store());
            run = addRun(store, exampleRun("later"));
            QVERIFY(Reader(store).run(run).state == RunState::Queued);
        }
        RunWriter::startRun(scratch.store(), run)->finish({});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { RunWriter::startRun(scratch.store(), run); }));
    }

    void aFullDiskIsARunErrorAndDamagesNothing() {
        const Scratch scratch;
        WriterOptions options;
        options.maximumPages = 150;
        options.retrySeconds = 0.1;
        options.commitRows = 500;
        auto writer = RunWriter::createRun(scratch.store(), exampleRun(), options);
        const auto error = errorOf([&] {
            for (int step = 0; step < 200000; ++step) {
                writer->scalar("x", 0.1 * step, {step, 0});
                if (step % 500 == 499) writer->flush();
            }
        });
        QVERIFY(error && error->kind() == ErrorKind::Run);
        QVERIFY2(QString(error->what()).contains("disk is full"), error->what());
        // The error stays.
        QVERIFY(throwsKind(ErrorKind::Run, [&] { writer->log(record::LogLevel::Info, "a", {1, 0}); }));
        QVERIFY(throwsKind(ErrorKind::Run, [&] { writer->finish({}); }));
        writer.reset();
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        store.checkIntegrity();
        // What is there is a beginning without gaps.
        const auto points = Reader(store).scalars(1, "x");
        QVERIFY(points.size() > 1000 && points.size() < 200000);
        QCOMPARE(points.back().step, static_cast<std::int64_t>(points.size()) - 1);
    }

    void aLockOfOthersIsWaitedFor() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        {
            Database other(scratch.store(), Database::Access::Write);
            Transaction lock(other);
            for (int step = 0; step < 100; ++step) writer->scalar("x", step, {step, 0});
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
            QCOMPARE(other.integer("SELECT count(*) FROM scalar"), std::int64_t{0});
        }
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QCOMPARE(Reader(store).scalars(1, "x").size(), std::size_t{100});
    }

    void aFullQueueBlocksAndLosesNothing() {
        const Scratch scratch;
        WriterOptions options;
        options.queueRows = 50;
        options.queueBytes = 1000;
        auto writer = RunWriter::createRun(scratch.store(), {}, options);
        for (int step = 0; step < 2000; ++step) {
            writer->scalar("x", step, {step, 0});
            if (step % 100 == 0) writer->text({"t", std::string(5000, 'a')}, {step, 0});
        }
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QCOMPARE(Reader(store).scalars(1, "x").size(), std::size_t{2000});
        QCOMPARE(Reader(store).recordSteps(1, RecordKind::Text).at(0).steps.size(), std::size_t{20});
    }

    void recordsAppearWhileTheRunGoesOn() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const std::int64_t before = store.dataVersion();
        writer->scalar("x", 1, {1, 0});
        writer->heartbeat({1, 10, 0, 0});
        // No flush: one commit at the latest after 150 ms.
        QTRY_COMPARE_WITH_TIMEOUT(Reader(store).scalars(1, "x").size(), std::size_t{1}, 5000);
        QVERIFY(store.dataVersion() != before);
        writer->heartbeat({2, 10, 0, 0});
        QTRY_COMPARE_WITH_TIMEOUT(Reader(store).run(1).progress.step, std::int64_t{2}, 5000);
    }
};

QTEST_APPLESS_MAIN(WriterTest)
#include "test_writer.moc"
