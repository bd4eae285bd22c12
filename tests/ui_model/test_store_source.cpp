// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QtTest>

#include "store/annotations.h"
#include "store/writer.h"
#include "ui/model/store_set.h"

using namespace filigree;
using namespace filigree::ui;

class StoreSourceTest : public QObject {
    Q_OBJECT

    static std::int64_t addRun(store::Store& store, const char* name) {
        store::NewRun run;
        run.name = name;
        run.method = "m";
        return store::addRun(store, run);
    }

  private slots:
    void jobsRunElsewhereAndAnswersComeBackHere() {
        QTemporaryDir folder;
        StoreSource source(folder.filePath("a.filigree"));
        QThread* jobThread = nullptr;
        QThread* doneThread = nullptr;
        std::int64_t id = 0;
        source.write(
            this, [&](store::Store& store) { return addRun(store, "first"); },
            [&](std::int64_t run) { id = run; });
        QTRY_COMPARE(id, std::int64_t{1});
        std::vector<store::RunInfo> runs;
        source.read(
            this,
            [&](const store::Reader& reader) {
                jobThread = QThread::currentThread();
                return reader.runs();
            },
            [&](std::vector<store::RunInfo> found) {
                doneThread = QThread::currentThread();
                runs = std::move(found);
            });
        QTRY_COMPARE(runs.size(), std::size_t{1});
        QCOMPARE(runs[0].name, std::string("first"));
        QVERIFY(jobThread != QThread::currentThread());
        QCOMPARE(doneThread, QThread::currentThread());
    }

    void aChangeByAnotherConnectionIsAnnouncedWithinASecond() {
        QTemporaryDir folder;
        const QString path = folder.filePath("a.filigree");
        store::Store other = store::Store::create(path.toStdU16String());
        addRun(other, "first");
        StoreSource source(path);
        QSignalSpy changed(&source, &StoreSource::changed);
        QTest::qWait(600);  // the first look only remembers what is there
        QCOMPARE(changed.count(), 0);
        store::setName(other, 1, "renamed");
        QVERIFY(changed.wait(1000));
        QTest::qWait(600);
        QCOMPARE(changed.count(), 1);
    }

    void ourOwnWritingIsAnnouncedToo() {
        QTemporaryDir folder;
        StoreSource source(folder.filePath("a.filigree"));
        QSignalSpy changed(&source, &StoreSource::changed);
        bool done = false;
        source.write(
            this, [](store::Store& store) { addRun(store, "x"); }, [&] { done = true; });
        QTRY_VERIFY(done);
        QTRY_VERIFY(changed.count() >= 1);
    }

    void errorsAreHandedToWhoeverAsked() {
        QTemporaryDir folder;
        StoreSource source(folder.filePath("missing.filigree"));
        std::string message;
        source.read(
            this, [](const store::Reader& reader) { return reader.runs(); },
            [](const auto&) { QFAIL("there is no such store"); },
            [&](const Error& error) { message = error.message(); });
        QTRY_VERIFY(!message.empty());
        QSignalSpy failed(&source, &StoreSource::failed);
        source.read(
            this, [](const store::Reader& reader) { return reader.runs(); }, [](const auto&) {});
        QVERIFY(failed.wait());
    }

    void aCancelledRequestAndADeadReceiverGetNoAnswer() {
        QTemporaryDir folder;
        const QString path = folder.filePath("a.filigree");
        store::Store::create(path.toStdU16String());
        StoreSource source(path);
        int answers = 0;
        Request cancelled = source.read(
            this, [](const store::Reader&) { return 1; }, [&](int) { ++answers; });
        cancelled.cancel();
        auto receiver = std::make_unique<QObject>();
        source.read(
            receiver.get(), [](const store::Reader&) { return 1; }, [&](int) { ++answers; });
        receiver.reset();
        int last = 0;
        source.read(
            this, [](const store::Reader&) { return 2; }, [&](int value) { last = value; });
        QTRY_COMPARE(last, 2);
        QTest::qWait(50);
        QCOMPARE(answers, 0);
        QVERIFY(!cancelled.isPending());
    }

    void aSetOpensAFolderOnceAndRemembersWhatWasOpen() {
        QTemporaryDir folder;
        store::Store::create(folder.filePath("a.filigree").toStdU16String());
        store::Store::create(folder.filePath("b.filigree").toStdU16String());
        StoreSet set;
        QSignalSpy opened(&set, &StoreSet::opened);
        QCOMPARE(set.openFolder(folder.path()), 2);
        QCOMPARE(set.openFolder(folder.path()), 2);
        QCOMPARE(opened.count(), 2);
        QCOMPARE(set.target()->label(), QString("a"));
        set.setTarget(folder.filePath("b.filigree"));
        QCOMPARE(set.target()->label(), QString("b"));
        set.close(folder.filePath("b.filigree"));
        QCOMPARE(set.target()->label(), QString("a"));
        QCOMPARE(set.recent().size(), 2);
        for (int i = 0; i < 20; ++i) set.open(folder.filePath(QString("n%1.filigree").arg(i)));
        QCOMPARE(set.recent().size(), 12);
        QVERIFY(set.recent().first().endsWith("n19.filigree"));
    }
};

QTEST_GUILESS_MAIN(StoreSourceTest)
#include "test_store_source.moc"
