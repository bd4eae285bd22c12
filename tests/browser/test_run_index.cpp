// SPDX-License-Identifier: GPL-3.0-or-later
// This program starts itself again as another process that writes into the store.
#include <QProcess>
#include <QSignalSpy>
#include <QtTest>
#include <cmath>

#include "many_runs.h"
#include "store/annotations.h"
#include "store/schema.h"
#include "store/sqlite.h"
#include "store/state.h"
#include "store/writer.h"
#include "ui/browser/run_index.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

std::filesystem::path storeIn(const QTemporaryDir& folder, const char* name = "a.filigree") {
    return folder.filePath(name).toStdU16String();
}

QString textOf(const std::filesystem::path& path) {
    return QString::fromStdU16String(path.u16string());
}

bool isComplete(const RunIndex& index, std::size_t runs) {
    return index.table()->isComplete && index.table()->size() == runs;
}

}  // namespace

class RunIndexTest : public QObject {
    Q_OBJECT

  private slots:
    void rowsConfigurationsAndMetricsOfAllStoresArrive() {
        QTemporaryDir folder;
        makeManyRuns(storeIn(folder), {.runs = 30, .keys = 12, .metrics = 2, .points = 20});
        makeManyRuns(storeIn(folder, "b.filigree"), {.runs = 4, .keys = 3, .metrics = 1, .points = 5});
        StoreSet stores;
        RunIndex index(stores);
        stores.open(textOf(storeIn(folder)));
        stores.open(textOf(storeIn(folder, "b.filigree")));
        QTRY_VERIFY(isComplete(index, 34));
        const auto table = index.table();
        const RowPointer row = table->find({textOf(storeIn(folder)), 6});
        QVERIFY(row);
        QCOMPARE(row->info.name, std::string("dst_ee d0.1 s0"));
        QCOMPARE(row->cell(table->keyNumber("sparsity.density"))->number, 0.1);
        QCOMPARE(row->cell(table->keyNumber("optimizer.name"))->text, std::string("sgd"));
        QVERIFY(!(*table->keys)[table->keyNumber("optimizer.name")].isNumber);
        QVERIFY((*table->keys)[table->keyNumber("sparsity.density")].isNumber);
        const store::Store store = store::Store::open(storeIn(folder), store::Mode::ReadOnly);
        const auto points = store::Reader(store).scalars(6, "test/acc");
        const store::MetricSummary* summary = row->metric(table->metricNumber("test/acc"));
        QCOMPARE(summary->count, std::int64_t{20});
        QCOMPARE(summary->last, points.back().value);
        // Equal values of two stores are one object.
        const RowPointer other = table->find({textOf(storeIn(folder, "b.filigree")), 1});
        QCOMPARE(other->cell(table->keyNumber("sparsity.density")),
                 table->find({textOf(storeIn(folder)), 1})->cell(table->keyNumber("sparsity.density")));
        stores.close(textOf(storeIn(folder, "b.filigree")));
        QCOMPARE(index.table()->size(), std::size_t{30});
        QVERIFY(!index.table()->find({textOf(storeIn(folder, "b.filigree")), 1}));
    }

    void onlyWhatChangedIsReadAgain() {
        QTemporaryDir folder;
        makeManyRuns(storeIn(folder), {.runs = 20, .keys = 5, .metrics = 1, .points = 5});
        StoreSet stores;
        RunIndex index(stores);
        StoreSource* source = stores.open(textOf(storeIn(folder)));
        QTRY_VERIFY(isComplete(index, 20));
        const auto before = index.table();
        source->write(
            this, [](store::Store& store) { store::setName(store, 3, "renamed"); }, [] {});
        const RunKey key{textOf(storeIn(folder)), 3};
        QTRY_COMPARE(index.table()->find(key)->info.name, std::string("renamed"));
        int same = 0;
        for (qint64 run = 1; run <= 20; ++run)
            if (index.table()->find({key.store, run}) == before->find({key.store, run})) ++same;
        QCOMPARE(same, 19);
        QCOMPARE(index.table()->find(key)->config, before->find(key)->config);
        QCOMPARE(before->find(key)->info.name,
                 std::string("dst_ee d0.05 s2"));  // who holds it sees it unchanged
    }

    void aRunThatStartsAndWritesIsFollowed() {
        QTemporaryDir folder;
        StoreSet stores;
        RunIndex index(stores);
        const QString path = textOf(storeIn(folder));
        stores.open(path);  // not there yet
        QTRY_VERIFY(index.hasRows());
        QVERIFY(index.storesWithErrors().isEmpty());
        store::NewRun run;
        run.method = "rigl";
        run.config = {{"sparsity.density", 0.25}};
        auto writer = store::RunWriter::createRun(storeIn(folder), run);
        QTRY_VERIFY(isComplete(index, 1));
        writer->scalar("test/acc", 0.5, {1, 0});
        writer->flush();
        const auto last = [&] {
            const RowPointer row = index.table()->find({path, 1});
            return row ? lastOf(*row, index.table()->metricNumber("test/acc")) : NAN;
        };
        QTRY_COMPARE(last(), 0.5);
        writer->scalar("test/acc", 0.75, {2, 0});
        writer->finish({});
        QTRY_COMPARE(last(), 0.75);
        QTRY_VERIFY(index.table()->find({path, 1})->info.state == store::RunState::Finished);
        QCOMPARE(index.table()->find({path, 1})->cell(index.table()->keyNumber("sparsity.density"))->number,
                 0.25);
    }

    void aRunWhoseProcessIsGoneBecomesInterruptedThoughNobodyWrites() {
        QTemporaryDir folder;
        {
            auto writer = store::RunWriter::createRun(storeIn(folder), newRun("killed"));
            writer->finish({});
            store::Database database(storeIn(folder), store::Database::Access::Write);
            // As left by a process that was killed 19 s ago.
            database.execute(
                "UPDATE run SET state = 'running', ended = NULL, pid = 2147480000, process_start = 1");
            database.prepare("UPDATE run SET heartbeat = ?")
                .with(store::unixNow() - store::silenceSeconds + 1)
                .run();
        }
        StoreSet stores;
        RunIndex index(stores);
        const RunKey key{textOf(storeIn(folder)), 1};
        stores.open(key.store);
        QTRY_VERIFY(isComplete(index, 1));
        QVERIFY(index.table()->find(key)->info.state == store::RunState::Running);
        QTRY_VERIFY_WITH_TIMEOUT(index.table()->find(key)->info.state == store::RunState::Interrupted, 4000);
    }

    void aStoreOfAnOlderProgramIsBroughtUpToDate() {
        QTemporaryDir folder;
        makeManyRuns(storeIn(folder), {.runs = 3, .keys = 2, .metrics = 1, .points = 5});
        {
            store::Database database(storeIn(folder), store::Database::Access::Write);
            for (const char* column : {"count", "last_step", "last", "least", "greatest"})
                database.execute(std::string("ALTER TABLE series DROP COLUMN ") + column);
            database.execute("PRAGMA user_version = 2");
        }
        StoreSet stores;
        RunIndex index(stores);
        stores.open(textOf(storeIn(folder)));
        QTRY_VERIFY(isComplete(index, 3));
        QVERIFY(index.storesWithErrors().isEmpty());
    }

    void aFileThatIsNoStoreIsAnErrorOfThatStoreOnly() {
        QTemporaryDir folder;
        makeManyRuns(storeIn(folder), {.runs = 3, .keys = 2, .metrics = 1, .points = 5});
        QFile file(folder.filePath("b.filigree"));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("this is a text, not a store") > 0);
        file.close();
        StoreSet stores;
        RunIndex index(stores);
        stores.open(textOf(storeIn(folder)));
        stores.open(folder.filePath("b.filigree"));
        QTRY_COMPARE(index.storesWithErrors(), QStringList{folder.filePath("b.filigree")});
        QTRY_COMPARE(index.table()->size(), std::size_t{3});
        QCOMPARE(QFileInfo(folder.filePath("b.filigree")).size(), qint64{27});
    }

    void whatAnotherProcessWritesIsSeenWithinASecond() {
        QTemporaryDir folder;
        makeManyRuns(storeIn(folder), {.runs = 50, .keys = 5, .metrics = 1, .points = 5});
        StoreSet stores;
        RunIndex index(stores);
        const RunKey key{textOf(storeIn(folder)), 2};
        stores.open(key.store);
        QTRY_VERIFY(isComplete(index, 50));
        QTest::qWait(300);  // the watcher has had its first look
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(), {QStringLiteral("--rename"), key.store});
        QVERIFY(other.waitForFinished());
        QCOMPARE(other.exitCode(), 0);
        QTRY_COMPARE_WITH_TIMEOUT(index.table()->find(key)->info.name, std::string("by another"), 1000);
    }
};

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.size() == 3 && arguments[1] == QLatin1String("--rename")) {
        store::Store store = store::Store::open(arguments[2].toStdU16String(), store::Mode::ReadWrite);
        store::setName(store, 2, "by another");
        return 0;
    }
    RunIndexTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "test_run_index.moc"
