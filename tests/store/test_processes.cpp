// SPDX-License-Identifier: GPL-3.0-or-later
// Several processes on one store: this program starts itself again as a writer.
#include <sqlite3.h>

#include <QProcess>
#include <QtTest>
#include <cstring>
#include <map>
#include <memory>

#include "base/random.h"
#include "scratch.h"
#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;

namespace {

#ifdef FILIGREE_SANITIZED
constexpr int stepsPerWriter = 1500;
constexpr int kills = 4;
#else
constexpr int stepsPerWriter = 5000;
constexpr int kills = 10;
#endif

/// Writes one run: `steps` steps of four scalars, masks and events; the value of a scalar follows from its
/// step.
int writeOneRun(const std::string& store, const std::string& name, int steps) {
    try {
        auto writer = RunWriter::createRun(store, exampleRun(name));
        for (int step = 0; step < steps; ++step) {
            for (int tag = 0; tag < 4; ++tag)
                writer->scalar("tag/" + std::to_string(tag), 10.0 * step + tag, {step, 0.01 * step});
            if (step % 100 == 0) {
                writer->mask({"fc1", 100, 100, {}, {static_cast<std::uint32_t>(step % 10000), 9999}},
                             {step, 0});
                writer->event({"tick", {}}, {step, 0});
                writer->heartbeat({step, steps, 0.01 * step, 0});
            }
        }
        writer->finish({});
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

std::unique_ptr<QProcess> startWriter(const Scratch& scratch, const QString& name, int steps) {
    auto process = std::make_unique<QProcess>();
    process->setProcessChannelMode(QProcess::ForwardedChannels);
    process->start(
        QCoreApplication::applicationFilePath(),
        {"--write", QString::fromStdString(scratch.store().string()), name, QString::number(steps)});
    return process;
}

/// The records of a run have no gap: every scalar up to the last step is there and right.
bool isWholeUpToItsEnd(const Reader& reader, std::int64_t run) {
    for (const std::string& tag : reader.scalarTags(run)) {
        const auto points = reader.scalars(run, tag);
        for (std::size_t i = 0; i < points.size(); ++i)
            if (points[i].step != static_cast<std::int64_t>(i) ||
                points[i].value != 10.0 * static_cast<double>(i) + (tag.back() - '0'))
                return false;
    }
    for (const MaskFrameInfo& frame : reader.maskSteps(run, "fc1"))
        if (reader.mask(run, "fc1", frame.step)->record.active.at(0) != frame.step % 10000) return false;
    return true;
}

}  // namespace

class ProcessesTest : public QObject {
    Q_OBJECT

  private slots:
    void fourProcessesWriteOneNewStoreAndLoseNothing() {
        const Scratch scratch;
        std::vector<std::unique_ptr<QProcess>> writers;
        for (int i = 0; i < 4; ++i)
            writers.push_back(startWriter(scratch, "writer " + QString::number(i), stepsPerWriter));
        for (auto& writer : writers) {
            QVERIFY(writer->waitForFinished(100000));
            QCOMPARE(writer->exitCode(), 0);
        }
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        store.checkIntegrity();
        const Reader reader(store);
        const auto runs = reader.runs();
        QCOMPARE(runs.size(), std::size_t{4});
        for (const RunInfo& run : runs) {
            QVERIFY(run.state == RunState::Finished);
            for (int tag = 0; tag < 4; ++tag)
                QCOMPARE(reader.scalars(run.id, "tag/" + std::to_string(tag)).size(),
                         std::size_t{stepsPerWriter});
            QVERIFY(isWholeUpToItsEnd(reader, run.id));
            QCOMPARE(reader.events(run.id).size(), std::size_t{stepsPerWriter / 100});
        }
    }

    void anyClientReadsTheViewsWhileARunWrites() {
        const Scratch scratch;
        const auto writer = startWriter(scratch, "live", 200000);
        QTRY_VERIFY_WITH_TIMEOUT(std::filesystem::exists(scratch.store()), 10000);
        // As Python's sqlite3 opens it: file:…?mode=ro
        std::int64_t before = 0;
        int grown = 0;
        for (int look = 0; look < 200 && grown < 3; ++look) {
            QTest::qWait(50);
            sqlite3* handle = nullptr;
            const std::string uri = "file:" + scratch.store().string() + "?mode=ro";
            QCOMPARE(sqlite3_open_v2(uri.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr),
                     SQLITE_OK);
            sqlite3_busy_timeout(handle, 5000);
            sqlite3_stmt* statement = nullptr;
            const int code = sqlite3_prepare_v2(
                handle, "select count(*), max(value) from v_scalars where run = 1 and key = 'tag/0'", -1,
                &statement, nullptr);
            if (code == SQLITE_OK) {  // before that the schema is not there yet
                QCOMPARE(sqlite3_step(statement), SQLITE_ROW);
                const std::int64_t count = sqlite3_column_int64(statement, 0);
                if (count > 0)
                    QCOMPARE(sqlite3_column_double(statement, 1), 10.0 * static_cast<double>(count - 1));
                if (count > before) ++grown;
                before = count;
            }
            sqlite3_finalize(statement);
            sqlite3_close(handle);
        }
        QCOMPARE(grown, 3);
        writer->kill();
        writer->waitForFinished();
    }

    void aKilledWriterLeavesAWholeStore() {
        const Scratch scratch;
        RandomStream random(1, "kill");
        for (int i = 0; i < kills; ++i) {
            const auto writer = startWriter(scratch, "victim " + QString::number(i), 10000000);
            QVERIFY(writer->waitForStarted());
            // In any phase: also while the store is being made and while the writer has hardly begun.
            QTest::qWait(static_cast<int>(random.below(i < 3 ? 40 : 600)));
            writer->kill();
            QVERIFY(writer->waitForFinished());
            if (!std::filesystem::exists(scratch.store())) continue;
            const Store store = Store::openOrCreate(scratch.store());
            store.checkIntegrity();
        }
        const Store store = Store::open(scratch.store(), Mode::ReadWrite);
        const Reader reader(store);
        std::int64_t points = 0;
        for (const RunInfo& run : reader.runs()) {
            QVERIFY(isWholeUpToItsEnd(reader, run.id));
            points += static_cast<std::int64_t>(reader.scalars(run.id, "tag/3").size());
            // The process is gone; once its heartbeat is old, readers say so.
            QVERIFY(observe(run.storedState, run.process, unixNow() + silenceSeconds + 1).state ==
                    RunState::Interrupted);
        }
        QVERIFY(points > 0);
        store.database().execute("UPDATE run SET heartbeat = heartbeat - 1000");
        const std::int64_t victim = reader.runs().at(0).id;
        QVERIFY(reader.run(victim).state == RunState::Interrupted);
        RunWriter::resumeRun(scratch.store(), victim, 0)->finish({});
        QVERIFY(reader.run(victim).state == RunState::Finished);
    }
};

int main(int argc, char** argv) {
    if (argc == 5 && std::strcmp(argv[1], "--write") == 0)
        return writeOneRun(argv[2], argv[3], std::atoi(argv[4]));
    QCoreApplication application(argc, argv);
    ProcessesTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_processes.moc"
