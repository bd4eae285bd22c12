// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCoreApplication>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "store/annotations.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/writer.h"

using namespace filigree::store;

namespace {

std::filesystem::path pathOf(const QString& text) {
    return text.toStdString();
}

NewRun newRun() {
    NewRun run;
    run.method = "dst_ee";
    return run;
}

}  // namespace

class LocksTest : public QObject {
    Q_OBJECT

  private slots:
    // On POSIX systems a process loses all its locks on a file when it closes any handle of it. A reader that
    // opened the file past SQLite, to look at its first bytes say, would make another process believe that it
    // is the last one: at its end that process deletes the log that this one still writes to, and the store
    // is damaged.
    void openingAStoreTwiceKeepsTheLocksOfTheFirst() {
        const QTemporaryDir folder;
        const QString path = folder.filePath("runs.filigree");
        Store first = Store::openOrCreate(pathOf(path));
        addRun(first, newRun());
        { const Store second = Store::open(pathOf(path), Mode::ReadOnly); }
        { const Store third = Store::openOrCreate(pathOf(path)); }
        QVERIFY(QFileInfo::exists(path + "-wal"));
        QProcess other;
        other.start(QCoreApplication::applicationFilePath(), {"--add-run", path});
        QVERIFY(other.waitForFinished());
        QCOMPARE(other.exitCode(), 0);
        QVERIFY2(QFileInfo::exists(path + "-wal"), "the other process took itself for the last one");
        addRun(first, newRun());
        QCOMPARE(Reader(first).runs().size(), std::size_t{3});
        first.checkIntegrity();
    }
};

int main(int count, char** words) {
    QCoreApplication application(count, words);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == "--add-run") {
        Store store = Store::openOrCreate(pathOf(arguments.value(2)));
        addRun(store, newRun());
        return 0;
    }
    LocksTest test;
    return QTest::qExec(&test, count, words);
}
#include "test_locks.moc"
