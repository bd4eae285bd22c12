// SPDX-License-Identifier: GPL-3.0-or-later
#include <sqlite3.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>
#include <thread>

#include "scratch.h"
#include "store/reader.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/store.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;
namespace fs = std::filesystem;

namespace {

void writeFile(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string readFile(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Everything that a schema says, in a fixed order.
std::string schemaOf(Database& database) {
    std::string all;
    Statement rows = database.prepare("SELECT type, name, sql FROM sqlite_master ORDER BY type, name");
    while (rows.step()) all += rows.text(0) + " " + rows.text(1) + ": " + rows.text(2) + "\n";
    return all;
}

/// A store as the first version of the schema left it, with one finished run.
void makeVersion1(const fs::path& path) {
    Database database(path, Database::Access::Create);
    database.execute("PRAGMA journal_mode = WAL");
    database.execute(migrations()[0].sql);
    database.execute(
        "CREATE VIEW v_runs AS SELECT id FROM run;"
        "INSERT INTO run(id, uuid, created, method, preset, seed, state, attempt, step) VALUES"
        "  (5, 'u-5', 1000.0, 'rigl', 'rigl/digits', 3, 'finished', 1, 2);"
        "INSERT INTO run_text VALUES (5, 'seed = 3', '');"
        "INSERT INTO attempt(run, attempt, from_step, started, ended, host, pid, process_start)"
        "  VALUES (5, 1, 0, 1000.0, 1010.0, 'h', 1, 1);"
        "INSERT INTO tag VALUES (1, 'train/loss');"
        "INSERT INTO series VALUES (5, 1, 1, 0);"
        "INSERT INTO scalar VALUES (5, 1, 1, 1, 500, 0.5), (5, 1, 1, 2, 1500, 0.25);");
    database.execute("PRAGMA application_id = " + std::to_string(applicationId) +
                     "; PRAGMA user_version = 1");
}

}  // namespace

class StoreFileTest : public QObject {
    Q_OBJECT

  private slots:
    void aNewStoreIsMarkedAndInWalMode() {
        const Scratch scratch;
        const Store store = Store::create(scratch.store());
        QCOMPARE(store.database().integer("PRAGMA application_id"), std::int64_t{0x46696c69});
        QCOMPARE(store.database().integer("PRAGMA user_version"), std::int64_t{3});
        QCOMPARE(store.database().text("PRAGMA journal_mode"), std::string("wal"));
        QCOMPARE(store.database().integer("PRAGMA foreign_keys"), std::int64_t{1});
        QCOMPARE(store.database().integer("PRAGMA synchronous"), std::int64_t{1});
        QVERIFY(store.database().integer("PRAGMA busy_timeout") >= 5000);
        store.checkIntegrity();
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { Store::create(scratch.store()); }));
        QVERIFY(store.folder() == scratch.folder() / "runs.filigree.d");
    }

    void filesThatAreNoStoresAreRefused() {
        const Scratch scratch;
        const fs::path path = scratch.store();
        for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite}) {
            QVERIFY(throwsKind(ErrorKind::Data, [&] { Store::open(scratch.folder() / "none", mode); }));
            QVERIFY(throwsKind(ErrorKind::Data, [&] { Store::open(scratch.folder(), mode); }));
            for (const std::string& bytes : {std::string(), std::string("SQLite"), std::string(5000, 'x')}) {
                writeFile(path, bytes);
                const auto error = errorOf([&] { Store::open(path, mode); });
                QVERIFY(error && error->kind() == ErrorKind::Data && error->where() == path.string());
                QCOMPARE(readFile(path), bytes);
            }
            // A database of another program, untouched afterwards.
            fs::remove(path);
            Database(path, Database::Access::Create)
                .execute("CREATE TABLE mine(x); INSERT INTO mine VALUES (1)");
            const std::string before = readFile(path);
            QVERIFY(throwsKind(ErrorKind::Data, [&] { Store::open(path, mode); }));
            QVERIFY(throwsKind(ErrorKind::Data, [&] { Store::openOrCreate(path); }));
            QVERIFY(readFile(path) == before);
            fs::remove(path);
        }
    }

    void truncatedStoresGiveDataErrors() {
        const Scratch scratch;
        RunWriter::createRun(scratch.store(), exampleRun())->finish({});
        const std::string whole = readFile(scratch.store());
        const fs::path cut = scratch.store("cut");
        for (const std::size_t size :
             {std::size_t{15}, std::size_t{100}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
            for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite}) {
                for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(cut.string() + suffix);
                writeFile(cut, whole.substr(0, size));
                QVERIFY(throwsKind(ErrorKind::Data, [&] {
                    const Store store = Store::open(cut, mode);
                    store.checkIntegrity();
                    Reader(store).runs();
                }));
            }
        }
    }

    void overwrittenPagesGiveDataErrorsOrNothing() {
        const Scratch scratch;
        {
            auto writer = RunWriter::createRun(scratch.store(), exampleRun());
            for (int step = 0; step < 3000; ++step) writer->scalar("train/loss", step, {step, 0});
            writer->mask({"fc1", 10, 10, {}, {1, 2, 3}}, {1, 0});
            writer->finish({});
        }
        const std::string whole = readFile(scratch.store());
        const fs::path bad = scratch.store("bad");
        int failures = 0;
        for (std::size_t page = 1; page < whole.size() / 4096; ++page) {
            for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(bad.string() + suffix);
            std::string bytes = whole;
            for (std::size_t i = 0; i < 64; ++i) bytes[page * 4096 + i] = static_cast<char>(0x5a + 7 * i);
            writeFile(bad, bytes);
            const auto error = errorOf([&] {
                const Store store = Store::open(bad, Mode::ReadOnly);
                const Reader reader(store);
                for (const RunInfo& run : reader.runs()) {
                    reader.config(run.id);
                    reader.scalars(run.id, "train/loss");
                    reader.mask(run.id, "fc1", 1);
                }
                store.checkIntegrity();
            });
            if (error) QVERIFY(error->kind() == ErrorKind::Data);
            failures += error ? 1 : 0;
        }
        QVERIFY(failures > 5);
    }

    void aStoreOfANewerVersionIsRefused() {
        const Scratch scratch;
        { Store::create(scratch.store()).database().execute("PRAGMA user_version = 99"); }
        for (const Mode mode : {Mode::ReadOnly, Mode::ReadWrite}) {
            const auto error = errorOf([&] { Store::open(scratch.store(), mode); });
            QVERIFY(error && error->kind() == ErrorKind::Data);
            QVERIFY(QString(error->what()).contains("version 99"));
        }
    }

    void anOldStoreIsBroughtUpToDateAndKeepsItsRuns() {
        const Scratch scratch;
        makeVersion1(scratch.store());
        // Read-only it cannot be changed, and says what to do.
        QVERIFY(throwsKind(ErrorKind::Data, [&] { Store::open(scratch.store(), Mode::ReadOnly); }));
        const Store store = Store::open(scratch.store(), Mode::ReadWrite);
        const Store fresh = Store::create(scratch.store("fresh"));
        QCOMPARE(schemaOf(store.database()), schemaOf(fresh.database()));
        QCOMPARE(store.database().integer("PRAGMA user_version"), std::int64_t{3});
        store.checkIntegrity();
        const Reader reader(store);
        QCOMPARE(reader.run(5).method, std::string("rigl"));
        QVERIFY(reader.scalars(5, "train/loss") ==
                (std::vector<ScalarPoint>{{1, 0.5, 1000.5, 1}, {2, 0.25, 1001.5, 1}}));
        QCOMPARE(store.database().integer("SELECT count FROM series"), std::int64_t{2});
        QCOMPARE(store.database().text("SELECT last || ' ' || greatest FROM series"),
                 std::string("0.25 0.5"));
    }

    void onlyOneOfManyMigrates() {
        const Scratch scratch;
        makeVersion1(scratch.store());
        std::vector<std::thread> threads;
        std::atomic<int> good = 0;
        for (int i = 0; i < 6; ++i)
            threads.emplace_back([&] {
                const Store store = Store::open(scratch.store(), Mode::ReadWrite);
                if (Reader(store).runs().size() == 1) ++good;
            });
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(good.load(), 6);
        Store::open(scratch.store(), Mode::ReadOnly).checkIntegrity();
    }

    void aFailedMigrationLeavesTheOldStore() {
        const Scratch scratch;
        makeVersion1(scratch.store());
        // A table in the way of the second step.
        { Database(scratch.store(), Database::Access::Write).execute("CREATE TABLE gate(x)"); }
        QVERIFY(errorOf([&] { Store::open(scratch.store(), Mode::ReadWrite); }));
        Database database(scratch.store(), Database::Access::Read);
        QCOMPARE(database.integer("PRAGMA user_version"), std::int64_t{1});
        QCOMPARE(database.text("SELECT sql FROM sqlite_master WHERE name = 'v_runs'"),
                 std::string("CREATE VIEW v_runs AS SELECT id FROM run"));
    }

    void aCopyIsAWholeStoreWithItsCheckpoints() {
        const Scratch scratch;
        Store store = Store::create(scratch.store());
        NewRun run;
        run.name = "first";
        run.method = "m";
        addRun(store, run);
        fs::create_directories(store.folder() / "u");
        writeFile(store.folder() / "u" / "step-1.safetensors", "weights");
        const fs::path copy = fs::path(scratch.store()).parent_path() / "copy.filigree";
        store.saveCopy(copy);
        addRun(store, run);  // what comes later is not in it
        const Store opened = Store::open(copy, Mode::ReadWrite);
        opened.checkIntegrity();
        QCOMPARE(Reader(opened).runs().size(), std::size_t{1});
        QVERIFY(fs::exists(opened.folder() / "u" / "step-1.safetensors"));
        QVERIFY_THROWS_EXCEPTION(Error, store.saveCopy(copy));
        QVERIFY_THROWS_EXCEPTION(Error, store.saveCopy(copy.parent_path() / "nowhere" / "x.filigree"));
        QVERIFY(!fs::exists(copy.parent_path() / "nowhere"));
    }

    void aReadOnlyConnectionCannotWrite() {
        const Scratch scratch;
        { Store::create(scratch.store()); }
        Store store = Store::open(scratch.store(), Mode::ReadOnly);
        QVERIFY(throwsKind(ErrorKind::Run, [&] { addRun(store, exampleRun()); }));
    }

    void aFileWithoutWritePermissionCanBeReadOnly() {
        if (::geteuid() == 0) QSKIP("the superuser may write every file");
        const Scratch scratch;
        RunWriter::createRun(scratch.store(), exampleRun("kept"))->finish({});
        fs::permissions(scratch.store(), fs::perms::owner_read);
        fs::permissions(scratch.folder(), fs::perms::owner_read | fs::perms::owner_exec);
        const bool refused =
            throwsKind(ErrorKind::Data, [&] { Store::open(scratch.store(), Mode::ReadWrite); });
        const auto runs = Reader(Store::open(scratch.store(), Mode::ReadOnly)).runs();
        fs::permissions(scratch.folder(), fs::perms::owner_all);
        QVERIFY(refused);
        QCOMPARE(runs.size(), std::size_t{1});
    }

    // The views are an interface: a change here is a change of viewsVersion and of the help page.
    void theColumnsOfTheViewsAreThese() {
        const Scratch scratch;
        const Store store = Store::create(scratch.store());
        const std::vector<std::pair<std::string, std::string>> golden{
            {"v_runs",
             "run uuid name state method preset seed attempt step total_steps epoch steps_per_second seconds "
             "created "
             "created_iso started started_iso ended ended_iso host pid heartbeat heartbeat_iso exit_code "
             "error "
             "weights_digest note tags colour archived deleted"},
            {"v_config", "run key type num text"},
            {"v_scalars", "run attempt step time key value time_iso"},
            {"v_scalar_last", "run attempt step time key value time_iso"},
            {"v_scalar_best", "run key count min min_step max max_step"},
            {"v_events", "run attempt step time time_iso kind detail"},
            {"v_checkpoints", "run attempt step time time_iso path digest bytes"},
            {"v_topology",
             "run attempt step time time_iso layer rows columns nnz density round grown dropped regrown "
             "added removed"},
            {"v_gates", "run attempt step time time_iso key channel value"},
            {"v_version", "schema views"}};
        for (const auto& [view, columns] : golden) {
            const Statement statement = store.database().prepare("SELECT * FROM " + view);
            std::string found;
            for (int i = 0; i < statement.columns(); ++i) {
                if (i > 0) found += ' ';
                found += statement.columnName(i);
            }
            QCOMPARE(found, columns);
        }
        QCOMPARE(store.database().integer("SELECT count(*) FROM sqlite_master WHERE type = 'view'"),
                 static_cast<std::int64_t>(golden.size()));
        QCOMPARE(store.database().integer("SELECT views FROM v_version"), std::int64_t{1});
    }

    void aSeriesIsFoundThroughIndexesOnly() {
        const Scratch scratch;
        const Store store = Store::create(scratch.store());
        Statement plan = store.database().prepare(
            "EXPLAIN QUERY PLAN SELECT step, value FROM v_scalars WHERE run = 3 AND key = 'test/acc'");
        int lines = 0;
        while (plan.step()) {
            ++lines;
            QVERIFY2(!QString::fromStdString(plan.text(3)).startsWith("SCAN"), plan.text(3).c_str());
        }
        QVERIFY(lines >= 4);
    }

    void aHundredThousandConfigKeysDoNotDelayTheRunTable() {
        const Scratch scratch;
        Store store = Store::create(scratch.store());
        Database& database = store.database();
        database.execute(
            "BEGIN;"
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
            " INSERT INTO run(uuid, created, method, preset, seed, state) SELECT 'u' || i, i, 'set', '', i, "
            "'finished' FROM n;"
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
            " INSERT INTO config_key(name) SELECT 'key.' || i FROM n;"
            "INSERT INTO config SELECT r.id, k.id, 'int', r.id, r.id FROM run r JOIN config_key k;"
            "COMMIT");
        RunFilter filter;
        filter.limit = 50;
        const auto runs = Reader(store).runs(filter);
        QCOMPARE(runs.size(), std::size_t{50});
        QCOMPARE(runs[0].id, std::int64_t{2000});
        // What the table reads does not include the configuration.
        Statement plan =
            database.prepare("EXPLAIN QUERY PLAN SELECT * FROM v_runs ORDER BY run DESC LIMIT 50");
        while (plan.step()) QVERIFY(!QString::fromStdString(plan.text(3)).contains("config"));
    }
};

QTEST_APPLESS_MAIN(StoreFileTest)
#include "test_store_file.moc"
