// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "base/platform.h"
#include "base/random.h"
#include "scratch.h"
#include "store/annotations.h"
#include "store/commands.h"
#include "store/export_csv.h"
#include "store/merge.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;
namespace fs = std::filesystem;

namespace {

/// One finished run with a checkpoint file on the disk. Returns its id.
std::int64_t finishedRun(const fs::path& store, const std::string& name, const std::string& checkpoint) {
    auto writer = RunWriter::createRun(store, exampleRun(name));
    for (int step = 0; step < 5; ++step) writer->scalar("train/loss", 1.0 / (step + 1), {step, 0});
    writer->mask({"fc1", 4, 5, {}, {1, 7}}, {0, 0});
    writer->mask({"fc1", 4, 5, {}, {1, 8}}, {3, 0});
    writer->matrix({"hist", {2}, {"bin"}, {1, 2}}, {3, 0});
    writer->event({"evaluate", ""}, {3, 0});
    writer->log(record::LogLevel::Info, "hello", {3, 0});
    fs::create_directories(Store::folderOf(store) / fs::path(checkpoint).parent_path());
    std::ofstream(Store::folderOf(store) / checkpoint) << "0123456789";
    writer->checkpointWritten({checkpoint, 4, "sha256:1", 10});
    writer->finish({});
    return writer->run();
}

}  // namespace

class ReaderTest : public QObject {
    Q_OBJECT

  private slots:
    void theReducedSeriesKeepsCountFirstLastAndExtremes_data() {
        QTest::addColumn<int>("distance");
        QTest::addColumn<bool>("disordered");
        QTest::newRow("every step") << 1 << false;
        QTest::newRow("every 100th step") << 100 << false;
        QTest::newRow("out of order") << 7 << true;
    }
    void theReducedSeriesKeepsCountFirstLastAndExtremes() {
        QFETCH(int, distance);
        QFETCH(bool, disordered);
        const Scratch scratch;
        const int count = 30000;
        std::vector<double> truth(static_cast<std::size_t>(count));
        RandomStream random(3, "series");
        for (double& value : truth) value = random.uniform(-1, 1);
        truth[12345] = 50;  // a spike that no reduction may lose
        truth[777] = -60;
        auto writer = RunWriter::createRun(scratch.store(), {});
        for (int i = 0; i < count; ++i) {
            // Out of order: neighbours change places.
            const int at = disordered ? (i ^ 1) : i;
            writer->scalar("x", truth[static_cast<std::size_t>(at)], {std::int64_t{at} * distance, 0});
            if (i % 7001 == 7000) writer->flush();
        }
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const Reader reader(store);
        QVERIFY(store.database().integer("SELECT count(*) FROM scalar_pyramid") > count / 64 / 2);
        const std::int64_t to = std::int64_t{count} * distance;
        for (const std::int64_t buckets : {1, 10, 300, 5000, 40000}) {
            for (const std::int64_t from : {std::int64_t{0}, std::int64_t{9999} * distance + 1}) {
                const auto reduced = reader.reducedScalars(1, "x", from, to, buckets);
                const std::int64_t first = (from + distance - 1) / distance;
                QVERIFY(static_cast<std::int64_t>(reduced.size()) <= std::max<std::int64_t>(2 * buckets, 2));
                if (buckets >= count) QCOMPARE(static_cast<std::int64_t>(reduced.size()), count - first);
                std::int64_t points = 0;
                double least = 1e9, greatest = -1e9;
                std::int64_t last = -1;
                for (const ScalarBucket& bucket : reduced) {
                    QVERIFY(bucket.firstStep > last && bucket.lastStep >= bucket.firstStep);
                    last = bucket.lastStep;
                    points += bucket.count;
                    // Each bucket against the truth.
                    const auto begin = truth.begin() + bucket.firstStep / distance;
                    const auto end = truth.begin() + bucket.lastStep / distance + 1;
                    QCOMPARE(bucket.count, static_cast<std::int64_t>(end - begin));
                    QCOMPARE(bucket.least, *std::min_element(begin, end));
                    QCOMPARE(bucket.greatest, *std::max_element(begin, end));
                    QCOMPARE(bucket.first, *begin);
                    QCOMPARE(bucket.last, *(end - 1));
                    QCOMPARE(truth[static_cast<std::size_t>(bucket.leastStep / distance)], bucket.least);
                    least = std::min(least, bucket.least);
                    greatest = std::max(greatest, bucket.greatest);
                }
                QCOMPARE(points, count - first);
                QCOMPARE(greatest, 50.0);
                QCOMPARE(least, from == 0 ? -60.0 : *std::min_element(truth.begin() + first, truth.end()));
            }
        }
        const auto extremes = reader.scalarExtremes(1).at(0);
        QCOMPARE(extremes.leastStep, std::int64_t{777} * distance);
        QCOMPARE(extremes.greatestStep, std::int64_t{12345} * distance);
        QCOMPARE(extremes.count, std::int64_t{count});
    }

    void runsAreFoundByIdNameAndLast() {
        const Scratch scratch;
        Store store = Store::create(scratch.store());
        const Reader reader(store);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { reader.find("last"); }));
        const std::int64_t first = addRun(store, exampleRun("rigl-s1"));
        const std::int64_t second = addRun(store, exampleRun("rigl-s2"));
        QCOMPARE(reader.find(std::to_string(first)), first);
        QCOMPARE(reader.find("rigl-s1"), first);
        QCOMPARE(reader.find("last"), second);
        const auto unknown = errorOf([&] { reader.find("rigl-s3"); });
        QVERIFY(unknown && unknown->kind() == ErrorKind::Usage);
        QVERIFY(QString::fromStdString(unknown->advice()).contains("rigl-s1"));
        setName(store, second, "rigl-s1");
        const auto ambiguous = errorOf([&] { reader.find("rigl-s1"); });
        QVERIFY(ambiguous && QString::fromStdString(ambiguous->advice()).contains("1, 2"));
        moveToBin(store, std::span(&second, 1));
        QCOMPARE(reader.find("last"), first);
        QCOMPARE(reader.find("rigl-s1"), first);
        QCOMPARE(reader.runs().size(), std::size_t{1});
    }

    void theRuleForInterruptedHasThreeCases() {
        const std::int64_t pid = platform::processId();
        const ProcessOfRun self{platform::hostName(), pid, platform::processStartTime(pid), 1000};
        ProcessOfRun gone = self;
        gone.startTime += 1;  // another process had this id
        ProcessOfRun elsewhere = self;
        elsewhere.host = "another-host";
        const auto seen = [](RunState state, const ProcessOfRun& process, double now) {
            return observe(state, process, now, 20);
        };
        QVERIFY(seen(RunState::Running, gone, 1019).state == RunState::Running);  // the heartbeat is young
        QVERIFY(seen(RunState::Running, gone, 1021).state == RunState::Interrupted);
        QVERIFY(seen(RunState::Paused, gone, 1021).state == RunState::Interrupted);
        QVERIFY(seen(RunState::Running, self, 99999).state == RunState::Running);  // old, but alive
        QVERIFY(seen(RunState::Running, elsewhere, 1021).state == RunState::Running);
        QVERIFY(seen(RunState::Running, elsewhere, 1021).noContact);
        QVERIFY(!seen(RunState::Running, elsewhere, 1019).noContact);
        QVERIFY(seen(RunState::Finished, gone, 99999).state == RunState::Finished);
        QVERIFY(seen(RunState::Queued, {}, 99999).state == RunState::Queued);
    }

    void markingInterruptedWritesWhatReadersSee() {
        const Scratch scratch;
        Store store = Store::create(scratch.store());
        const std::int64_t dead = addRun(store, {});
        const std::int64_t queued = addRun(store, {});
        store.database()
            .prepare(
                "UPDATE run SET state = 'running', host = ?, pid = 999999999, heartbeat = 77 WHERE id = ?")
            .with(platform::hostName(), dead)
            .run();
        QVERIFY(Reader(store).run(dead).state == RunState::Interrupted);
        QVERIFY(Reader(store).run(dead).storedState == RunState::Running);
        QVERIFY(markInterrupted(store) == std::vector<std::int64_t>{dead});
        QVERIFY(Reader(store).run(dead).storedState == RunState::Interrupted);
        QCOMPARE(*Reader(store).run(dead).ended, 77.0);
        QVERIFY(Reader(store).run(queued).state == RunState::Queued);
        QVERIFY(markInterrupted(store).empty());
    }

    void everyCommandIsTakenOnceInOrder() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        Store window = Store::open(scratch.store(), Mode::ReadWrite);
        Store runner = Store::open(scratch.store(), Mode::ReadWrite);
        QVERIFY(take(runner, 1).empty());
        const std::int64_t pause = append(window, 1, "pause");
        const std::int64_t step = append(window, 1, "step", "5");
        append(window, 1, "set", "optimizer.lr 0.01");
        append(window, 1, "watch", "mask 500");
        const auto taken = take(runner, 1);
        QCOMPARE(taken.size(), std::size_t{4});
        QCOMPARE(taken[0].id, pause);
        QCOMPARE(taken[1].argument, std::string("5"));
        QVERIFY(take(runner, 1).empty());
        acknowledge(runner, step, "ok");
        QVERIFY(command(window, step).acknowledged && command(window, step).answer == "ok");
        QVERIFY(command(window, pause).taken && !command(window, pause).acknowledged);
        for (const auto& [verb, argument] : {std::pair{"jump", ""},
                                             {"step", "0"},
                                             {"step", "x"},
                                             {"pause", "1"},
                                             {"set", "key"},
                                             {"watch", "mask"},
                                             {"watch", "mask -1"}})
            QVERIFY(throwsKind(ErrorKind::Usage, [&] { append(window, 1, verb, argument); }));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { append(window, 2, "stop"); }));
        writer->finish({});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { append(window, 1, "stop"); }));
        QCOMPARE(commands(window, 1).size(), std::size_t{4});
        // A new attempt does not obey what was said to the old one.
        auto again = RunWriter::resumeRun(scratch.store(), 1, 0);
        QVERIFY(take(runner, 1).empty());
        QCOMPARE(command(window, pause).answer, std::string("the run had ended"));
    }

    void whatAPersonWritesIsKept() {
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), exampleRun("a"));
        Store store = Store::open(scratch.store(), Mode::ReadWrite);
        const std::int64_t run = writer->run();
        setName(store, run, "b");
        setNote(store, run, "**good**");
        setColour(store, run, "#a0B1c2");
        tag(store, std::span(&run, 1), "paper");
        tag(store, std::span(&run, 1), "best");
        untag(store, std::span(&run, 1), "none");
        addBookmark(store, run, 30, "here");
        // The engine goes on writing; nothing of this changes.
        writer->heartbeat({5, 10, 0, 0});
        writer->finish({});
        RunWriter::resumeRun(scratch.store(), run, 3)->finish({});
        const RunInfo info = Reader(store).run(run);
        QCOMPARE(info.name, std::string("b"));
        QCOMPARE(info.note, std::string("**good**"));
        QCOMPARE(info.colour, std::string("#a0B1c2"));
        QVERIFY(info.tags == (std::vector<std::string>{"best", "paper"}));
        QCOMPARE(bookmarks(store, run).at(0).step, std::int64_t{30});
        QCOMPARE(store.database().text("SELECT tags FROM v_runs"), std::string("best,paper"));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { setColour(store, run, "red"); }));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { setName(store, 99, "x"); }));
        // Several runs change together or not at all.
        const std::int64_t both[] = {run, 99};
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { tag(store, both, "half"); }));
        QCOMPARE(Reader(store).run(run).tags.size(), std::size_t{2});
    }

    void theBinGivesBackOrFreesEverything() {
        const Scratch scratch;
        const std::int64_t kept = finishedRun(scratch.store(), "kept", "1/a.safetensors");
        const std::int64_t gone = finishedRun(scratch.store(), "gone", "2/b.safetensors");
        const fs::path elsewhere = scratch.folder() / "precious";
        std::ofstream(elsewhere) << "x";
        Store store = Store::open(scratch.store(), Mode::ReadWrite);
        moveToBin(store, std::span(&gone, 1));
        QCOMPARE(Reader(store).runs().size(), std::size_t{1});
        restoreFromBin(store, std::span(&gone, 1));
        QCOMPARE(Reader(store).runs().size(), std::size_t{2});
        moveToBin(store, std::span(&gone, 1));
        // A hostile row must not reach outside the store's folder.
        store.database().execute("INSERT INTO checkpoint VALUES (2, 1, 99, 0, '../precious', '', 1)");
        QCOMPARE(binContents(store).checkpointBytes, std::int64_t{10});
        const BinContents removed = emptyBin(store);
        QCOMPARE(removed.runs, std::int64_t{1});
        QCOMPARE(removed.checkpointFiles, std::int64_t{1});
        QVERIFY(fs::exists(elsewhere));
        QVERIFY(!fs::exists(store.folder() / "2"));
        QVERIFY(fs::exists(store.folder() / "1/a.safetensors"));
        Statement tables = store.database().prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%run INTEGER%'");
        int checked = 0;
        while (tables.step()) {
            ++checked;
            const std::string table = tables.text(0);
            QVERIFY2(store.database().integer("SELECT count(*) FROM " + table + " WHERE run = 2") == 0,
                     table.c_str());
        }
        QVERIFY(checked > 10);
        QCOMPARE(store.database().integer("SELECT count(*) FROM mask_frame"), std::int64_t{2});
        QCOMPARE(store.database().integer("PRAGMA freelist_count"), std::int64_t{0});
        store.checkIntegrity();
        QCOMPARE(Reader(store).run(kept).name, std::string("kept"));
        auto writer = RunWriter::createRun(scratch.store(), {});
        QVERIFY(writer->run() > gone);  // ids are never used again
        const std::int64_t running = writer->run();
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { moveToBin(store, std::span(&running, 1)); }));
    }

    void mergingTwiceAddsEachRunOnce() {
        const Scratch scratch;
        finishedRun(scratch.store("other"), "theirs", "1/a.safetensors");
        finishedRun(scratch.store(), "ours", "1/a.safetensors");
        Store store = Store::open(scratch.store(), Mode::ReadWrite);
        {
            Store other = Store::open(scratch.store("other"), Mode::ReadWrite);
            const std::int64_t run = 1;
            tag(other, std::span(&run, 1), "paper");
            addRun(other, exampleRun("queued there"));
        }
        const MergeResult result = merge(store, scratch.store("other"));
        QVERIFY(result.copied == (std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 2}, {2, 3}}));
        QCOMPARE(result.checkpointFiles, std::int64_t{1});
        store.checkIntegrity();
        const Reader reader(store);
        const Store other = Store::open(scratch.store("other"), Mode::ReadOnly);
        QCOMPARE(reader.find("theirs"), std::int64_t{2});
        QVERIFY(reader.scalars(2, "train/loss") == Reader(other).scalars(1, "train/loss"));
        QVERIFY(reader.config(2) == exampleRun().config);
        QVERIFY(reader.run(2).tags == std::vector<std::string>{"paper"});
        QVERIFY(reader.mask(2, "fc1", 3)->record.active == (std::vector<std::uint32_t>{1, 8}));
        QCOMPARE(reader.log(2).size(), std::size_t{1});
        QVERIFY(fs::exists(store.folder() / reader.checkpoints(2).at(0).path));
        const MergeResult again = merge(store, scratch.store("other"));
        QVERIFY(again.copied.empty() && again.alreadyHere == (std::vector<std::int64_t>{2, 3}));
        QCOMPARE(reader.runs().size(), std::size_t{3});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { merge(store, scratch.store()); }));
        auto writer = RunWriter::createRun(scratch.store("other"), {});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { merge(store, scratch.store("other")); }));
    }

    void csvIsAsTheStandardSays() {
        QCOMPARE(csvField("a,b"), std::string("\"a,b\""));
        QCOMPARE(csvField("say \"x\""), std::string("\"say \"\"x\"\"\""));
        QCOMPARE(csvField("plain"), std::string("plain"));
        QCOMPARE(csvNumber(0.1), std::string("0.1"));
        QCOMPARE(csvNumber(1.0 / 3), std::string("0.3333333333333333"));
        QCOMPARE(csvNumber(-INFINITY), std::string("-inf"));
        QCOMPARE(csvNumber(std::nan("")), std::string("nan"));
        const Scratch scratch;
        auto writer = RunWriter::createRun(scratch.store(), {});
        writer->scalar("a", 0.5, {1, 0});
        writer->scalar("a", 0.25, {3, 0});
        writer->scalar("b,c", std::nan(""), {3, 0});
        writer->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        std::ostringstream wide;
        exportWide(store, 1, wide);
        QCOMPARE(wide.str(), std::string("step,a,\"b,c\"\r\n1,0.5,\r\n3,0.25,nan\r\n"));
        std::ostringstream lines;
        const std::int64_t run = 1;
        exportLong(store, std::span(&run, 1), lines);
        const QStringList split = QString::fromStdString(lines.str()).split("\r\n");
        QCOMPARE(split[0], QString("run,attempt,step,time,key,value"));
        QVERIFY(split[1].startsWith("1,1,1,") && split[1].endsWith(",a,0.5"));
        QVERIFY(split[3].endsWith(",\"b,c\",nan"));
        QCOMPARE(split.size(), 5);
        std::ostringstream broken;
        broken.setstate(std::ios::badbit);
        QVERIFY(throwsKind(ErrorKind::Run, [&] { exportWide(store, 1, broken); }));
    }
};

QTEST_APPLESS_MAIN(ReaderTest)
#include "test_reader.moc"
