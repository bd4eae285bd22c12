// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "base/error.h"
#include "base/platform.h"
#include "base/process.h"

#ifndef _WIN32
#include <signal.h>
#include <unistd.h>
#endif

using namespace filigree;

class ProcessTest : public QObject {
    Q_OBJECT

    static QByteArray content(const QString& path) {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

  private slots:
    void aProgramIsRunWithItsWordsAsTheyAre() {
#ifdef _WIN32
        QSKIP("needs a shell of Unix");
#else
        const QTemporaryDir folder;
        const std::string file = folder.filePath("out").toStdString();
        QCOMPARE(platform::runProgram("/bin/sh", {"-c", "printf '%s' \"$1\" > \"$2\"; exit 7", "sh",
                                                  "two \"words\" $HOME", file}),
                 7);
        QFile out(QString::fromStdString(file));
        QVERIFY(out.open(QIODevice::ReadOnly));
        QCOMPARE(out.readAll(), QByteArray("two \"words\" $HOME"));
        QVERIFY_THROWS_EXCEPTION(Error, platform::runProgram("/nowhere/program", {}));
#endif
    }

    void aDetachedProgramRunsBesideThisOne() {
#ifdef _WIN32
        QSKIP("needs a shell of Unix");
#else
        const QTemporaryDir folder;
        const QString log = folder.filePath("log");
        platform::DetachedProgram program{
            "/bin/sh",
            {"-c", "pwd; pwd >&2; read line || echo \"$1\" >&2", "sh", "no input"},
            folder.path().toStdString(),
            log.toStdString()};
        const std::int64_t id = platform::startDetached(program);
        const std::int64_t started = platform::processStartTime(id);
        QTRY_VERIFY(!platform::processIsAlive(id, started));
        const QList<QByteArray> lines = content(log).trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        QCOMPARE(QString::fromUtf8(lines[0]), QFileInfo(folder.path()).canonicalFilePath());
        QCOMPARE(lines[1], QByteArray("no input"));

        // What it left is taken back; a second log goes after the first.
        QCOMPARE(platform::forgetEnded(id), std::optional<int>(0));
        QVERIFY(!QFile::exists(QStringLiteral("/proc/%1").arg(id)));
        QVERIFY(!platform::forgetEnded(id));
        program.arguments = {"-c", "echo again >&2"};
        platform::startDetached(program);
        QTRY_VERIFY(content(log).endsWith("no input\nagain\n"));

        // It leads a session of its own, so a terminal that is closed does not end it.
        program.arguments = {"-c", "exec sleep 60"};
        const std::int64_t sleeper = platform::startDetached(program);
        QCOMPARE(static_cast<std::int64_t>(::getsid(static_cast<pid_t>(sleeper))), sleeper);
        QVERIFY(!platform::forgetEnded(sleeper));
        platform::askToEnd(sleeper);
        QTRY_VERIFY(!platform::processIsAlive(sleeper, platform::processStartTime(sleeper)));
        QCOMPARE(platform::forgetEnded(sleeper), std::optional<int>(128 + SIGTERM));

        program.program = "/nowhere/program";
        QVERIFY_THROWS_EXCEPTION(Error, platform::startDetached(program));
#endif
    }
};

QTEST_GUILESS_MAIN(ProcessTest)
#include "test_process.moc"
