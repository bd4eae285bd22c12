// SPDX-License-Identifier: GPL-3.0-or-later
// Bulk queries of the run table against the readers of single runs.
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "scratch.h"
#include "store/reader.h"
#include "store/run_table.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;

namespace {

constexpr std::int64_t every = std::numeric_limits<std::int64_t>::max();

/// The summary of one run's metric, computed from its points.
MetricSummary counted(const Reader& reader, std::int64_t run, const std::string& tag) {
    MetricSummary summary;
    summary.run = run;
    summary.least = summary.greatest = std::numeric_limits<double>::quiet_NaN();
    for (const ScalarPoint& point : reader.scalars(run, tag)) {
        ++summary.count;
        summary.lastStep = point.step;
        summary.last = point.value;
        if (!std::isfinite(point.value)) continue;
        summary.least = std::fmin(summary.least, point.value);
        summary.greatest = std::fmax(summary.greatest, point.value);
    }
    return summary;
}

bool same(double left, double right) {
    return left == right || (std::isnan(left) && std::isnan(right));
}

bool same(const MetricSummary& left, const MetricSummary& right) {
    return left.count == right.count && left.lastStep == right.lastStep && same(left.last, right.last) &&
           same(left.least, right.least) && same(left.greatest, right.greatest);
}

void writePoints(RunWriter& writer, RandomStream random, std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step < to; ++step) {
        const double value = random.uniform();
        writer.scalar("test/acc", step % 97 == 5 ? std::numeric_limits<double>::quiet_NaN() : value,
                      {step, 0});
        if (step % 10 == 0) writer.scalar("train/loss", 1 / (1.0 + value), {step, 0});
    }
}

/// All summaries agree with the points; returns how many there were.
std::size_t checkedSummaries(const Store& store) {
    const Reader reader(store);
    const std::vector<MetricSummary> summaries = metricSummaries(store, 0, every);
    std::size_t expected = 0;
    for (const RunInfo& run : reader.runs()) expected += reader.scalarTags(run.id).size();
    const std::vector<NamedId> names = tagNames(store);
    for (const MetricSummary& summary : summaries) {
        std::string tag;
        for (const NamedId& name : names)
            if (name.id == summary.tag) tag = name.name;
        if (!same(summary, counted(reader, summary.run, tag))) return 0;
    }
    return summaries.size() == expected ? summaries.size() : 0;
}

}  // namespace

class RunTableTest : public QObject {
    Q_OBJECT

  private slots:
    void summariesAreThoseOfTheSurvivingPoints() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            auto writer = RunWriter::createRun(scratch.store(), exampleRun("resumed"));
            run = writer->run();
            writePoints(*writer, RandomStream(1, "points"), 0, 3000);
            writer->flush();
            const Store store = Store::open(scratch.store(), Mode::ReadOnly);
            QCOMPARE(checkedSummaries(store), std::size_t{2});  // while it runs
            writer->scalar("test/acc", 7.0, {2999, 0});         // replaces the newest point
            writer->flush();
            QCOMPARE(checkedSummaries(store), std::size_t{2});
            writer->finish({RunState::Stopped, {}, {}, 130});
        }
        {
            // Supersedes the greatest value of all, which the first attempt wrote.
            auto writer = RunWriter::resumeRun(scratch.store(), run, 1234);
            const Store store = Store::open(scratch.store(), Mode::ReadOnly);
            QCOMPARE(checkedSummaries(store), std::size_t{2});
            writePoints(*writer, RandomStream(2, "points"), 1234, 1300);
            writer->finish({});
            QCOMPARE(checkedSummaries(store), std::size_t{2});
        }
        {
            // Points that come out of order are read themselves until the end repairs the summary.
            auto writer = RunWriter::createRun(scratch.store(), exampleRun("disordered"));
            writer->scalar("test/acc", 1.0, {5, 0});
            writer->scalar("test/acc", 9.0, {7, 0});
            writer->flush();
            writer->scalar("test/acc", -3.0, {2, 0});
            writer->scalar("test/acc", 2.0, {7, 0});
            writer->flush();
            const Store store = Store::open(scratch.store(), Mode::ReadOnly);
            QCOMPARE(checkedSummaries(store), std::size_t{3});
            writer->finish({});
            QCOMPARE(checkedSummaries(store), std::size_t{3});
            QCOMPARE(store.database().integer("SELECT count(*) FROM series WHERE count = 0"),
                     std::int64_t{0});
        }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QCOMPARE(metricSummaries(store, run + 1, every).size(), std::size_t{1});
    }

    void anOlderStoreGetsTheSummariesOfAttemptsThatEnded() {
        const Scratch scratch;
        {
            auto writer = RunWriter::createRun(scratch.store(), exampleRun("old"));
            writePoints(*writer, RandomStream(3, "points"), 0, 500);
            writer->finish({});
            // Lives on, as if an older program wrote it.
            auto other = RunWriter::createRun(scratch.store(), exampleRun("live"));
            writePoints(*other, RandomStream(4, "points"), 0, 50);
            other->flush();
            Database database(scratch.store(), Database::Access::Write);
            for (const char* column : {"count", "last_step", "last", "least", "greatest"})
                database.execute(std::string("ALTER TABLE series DROP COLUMN ") + column);
            database.execute("PRAGMA user_version = 2");
            migrate(database);
            const Store store = Store::open(scratch.store(), Mode::ReadOnly);
            QCOMPARE(store.database().integer("SELECT count(*) FROM series WHERE count = 0"),
                     std::int64_t{2});
            QCOMPARE(store.database().integer("SELECT sum(count) FROM series"), std::int64_t{550});
            QCOMPARE(checkedSummaries(store), std::size_t{4});
        }
    }

    void configurationsComeAsTheyWereWritten() {
        const Scratch scratch;
        { RunWriter::createRun(scratch.store(), exampleRun("a"))->finish({}); }
        NewRun other = exampleRun("b");
        other.config = {{"optimizer.lr", 0.025}, {"width", std::int64_t{64}}};
        { RunWriter::createRun(scratch.store(), other)->finish({}); }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        std::unordered_map<std::int64_t, std::string> keys;
        for (const NamedId& key : configKeys(store)) keys[key.id] = key.name;
        std::string all;
        visitConfigs(store, 2, 2, [&](const ConfigCellView& cell) {
            all += keys.at(cell.key) + "=" + std::string(cell.text) + ":" + std::string(cell.type) + " ";
            if (keys.at(cell.key) == "optimizer.lr") QCOMPARE(cell.number, 0.025);
        });
        QCOMPARE(all, std::string("optimizer.lr=0.025:float width=64:int "));
        int cells = 0;
        visitConfigs(store, 0, every, [&](const ConfigCellView& cell) {
            ++cells;
            if (cell.type == "array") {
                QVERIFY(std::isnan(cell.number));
                QCOMPARE(cell.text, std::string_view("[784,10]"));
            }
        });
        QCOMPARE(cells, 7);
    }

    void theValueAtAStepIsTheNewestBeforeIt() {
        const Scratch scratch;
        for (const double scale : {1.0, 2.0}) {
            auto writer = RunWriter::createRun(scratch.store(), exampleRun());
            for (const std::int64_t step : {10, 20, 30})
                writer->scalar("loss", scale * static_cast<double>(step), {step, 0});
            writer->finish({RunState::Stopped, {}, {}, 130});
        }
        {
            auto writer = RunWriter::resumeRun(scratch.store(), 2, 20);
            writer->scalar("loss", 1.5, {21, 0});
            writer->scalar("loss", std::nan(""), {40, 0});
            writer->finish({});
        }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QVERIFY(std::isnan(metricAt(store, "loss", 40).at(2)));  // there, but not a number
        QCOMPARE(metricAt(store, "loss", 39).at(2), 1.5);
        QCOMPARE(metricAt(store, "loss", 9).size(), std::size_t{0});
        QCOMPARE(metricAt(store, "loss", 25).at(1), 20.0);
        QCOMPARE(metricAt(store, "loss", 25).at(2), 1.5);
        QCOMPARE(metricAt(store, "loss", 20).at(2), 20.0);  // 40 at step 20 is superseded
        QCOMPARE(metricAt(store, "other", 25).size(), std::size_t{0});
        QCOMPARE(metricAt(store, "loss", 25, 0, 1).size(), std::size_t{1});
        QCOMPARE(metricAt(store, "loss", 25, 0, 1).at(1), 20.0);
        QCOMPARE(metricAt(store, "loss", 25, 2).at(2), 1.5);
        QCOMPARE(metricAt(store, "loss", 25, 2).count(1), std::size_t{0});
    }
};

QTEST_APPLESS_MAIN(RunTableTest)
#include "test_run_table.moc"
