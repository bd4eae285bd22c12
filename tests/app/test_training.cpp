// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <csignal>

#include "program.h"

#ifdef Q_OS_UNIX
#include <sys/types.h>
#endif

/// Real runs of the real program.
class TrainingTest : public QObject {
    Q_OBJECT

    static QByteArray all(const Outcome& outcome) { return outcome.out + "\n--- stderr\n" + outcome.err; }
    static QStringList shortRun() {
        return {"run", "dst_ee/digits", "--threads", "1", "--set", "train.epochs=2"};
    }

    static Outcome require(const Program& program, const QStringList& arguments, int code = 0) {
        const Outcome outcome = program.run(arguments);
        if (outcome.code != code)
            qWarning("%s: exit code %d\n%s", qPrintable(arguments.join(' ')), outcome.code,
                     all(outcome).constData());
        return outcome;
    }

  private slots:
    void aRunLeavesEverythingInTheStore() {
        const Program program;
        const Outcome done = require(program, shortRun() + QStringList{"--name", "first", "--seed", "7"});
        QCOMPARE(done.code, 0);
        QVERIFY2(done.out.startsWith("run 1 finished"), done.out.constData());
        QVERIFY2(done.err.contains("100 %"), done.err.constData());
        QVERIFY(!done.err.contains('\r') && !done.err.contains('\x1b'));

        for (const char* word : {"1", "first", "last"}) {
            const auto run = require(program, {"show", word, "--json"}).json();
            QCOMPARE(run["schema"].get<int>(), 1);
            QCOMPARE(run["id"].get<int>(), 1);
            QCOMPARE(run["name"].get<std::string>(), std::string("first"));
            QCOMPARE(run["status"].get<std::string>(), std::string("finished"));
            QCOMPARE(run["method"].get<std::string>(), std::string("dst_ee"));
            QCOMPARE(run["preset"].get<std::string>(), std::string("dst_ee/digits"));
            QCOMPARE(run["seed"].get<int>(), 7);
            QCOMPARE(run["config"]["train"]["epochs"].get<double>(), 2.0);
            QCOMPARE(run["config"]["sparsity"]["density"].get<double>(), 0.1);
            QVERIFY(run["steps"].get<int>() > 0);
            QCOMPARE(run["steps"], run["total_steps"]);
            QVERIFY(run["wall_seconds"].get<double>() > 0);
            QVERIFY(run["metrics"]["test/acc"].get<double>() > 0.1);
            // One connection in ten of 64-128-64-10, rounded per layer.
            QVERIFY(std::abs(run["sparsity"].get<double>() - 0.9) < 0.01);
            QVERIFY(run["digest"].get<std::string>().size() >= 32);
        }

        const auto runs = require(program, {"runs", "--json"}).json();
        QCOMPARE(runs["runs"].size(), std::size_t{1});
        const auto metrics = require(program, {"metrics", "1", "--json"}).json();
        QVERIFY(metrics["metrics"].size() > 3);
        const auto points = require(program, {"metrics", "last", "test/acc", "--json"}).json();
        QVERIFY(points["points"].size() >= 1);
        QVERIFY(require(program, {"metrics", "1", "test/ac"}, 2).err.contains("did you mean \"test/acc\"?"));
        QVERIFY(require(program, {"log", "1", "--json"}).json()["log"].is_array());
        QVERIFY(require(program, {"store", "info", "--json"}).json()["runs"] == 1);
        QCOMPARE(require(program, {"store", "check"}).code, 0);
        QVERIFY(require(program, {"show", "2"}, 2).err.contains("2"));
        // Everything that is printed for people stays free of escape sequences on a pipe.
        for (const QStringList& arguments :
             {QStringList{"show", "1"}, {"runs"}, {"metrics", "1"}, {"log", "1"}, {"store", "info"}}) {
            const Outcome outcome = require(program, arguments);
            QCOMPARE(outcome.code, 0);
            QVERIFY(!outcome.out.isEmpty() || arguments[0] == "log");
            QVERIFY(!outcome.out.contains('\x1b'));
        }
    }

    void oneSeedGivesOneDigestAndTheShownConfigurationRepeatsTheRun() {
        const Program program;
        const QStringList quiet{"--json", "--progress", "none", "--seed", "5"};
        const auto first = require(program, shortRun() + quiet).json();
        const auto second = require(program, shortRun() + quiet).json();
        QCOMPARE(first["digest"], second["digest"]);
        program.write("again.toml", require(program, {"show", "1", "--toml"}).out);
        const auto third =
            require(program, {"run", "again.toml", "--json"}).json();
        QCOMPARE(third["digest"], first["digest"]);
        const auto other = require(program, shortRun() + QStringList{"--json", "--seed", "6"}).json();
        QVERIFY(other["digest"] != first["digest"]);
    }

    void progressIsWhatWasAskedFor() {
        const Program program;
        const Outcome json = require(program, shortRun() + QStringList{"-q", "--progress", "json"});
        QVERIFY2(json.err.isEmpty(), json.err.constData());  // quiet wins
        const Outcome lines = require(program, shortRun() + QStringList{"--progress", "json"});
        int objects = 0;
        for (const QByteArray& line : lines.err.split('\n')) {
            const auto object = nlohmann::json::parse(line.toStdString(), nullptr, false);
            if (!object.is_object()) continue;
            ++objects;
            QCOMPARE(object["schema"].get<int>(), 1);
            QVERIFY(object["step"] <= object["total_steps"]);
        }
        QVERIFY(objects >= 2);
        const Outcome bar = require(program, shortRun() + QStringList{"--progress", "bar"});
        QVERIFY(bar.err.contains('\r') && !bar.err.contains('\x1b'));
        const Outcome none = require(program, shortRun() + QStringList{"--progress", "none"});
        QVERIFY(!none.err.contains('%'));
    }

    void pauseContinueAndStopReachARunFromAnotherProcess() {
        const Program program;
        const auto process = program.start(Program::longRun());
        QVERIFY(program.waitFor("running"));
        QVERIFY(require(program, {"rm", "1"}, 2).err.contains("stop"));  // a living run cannot be deleted

        QCOMPARE(require(program, {"pause", "1"}).code, 0);
        QVERIFY(program.waitFor("paused"));
        QTest::qWait(1200);  // what was on its way when the run paused is written by now
        const auto steps = require(program, {"show", "1", "--json"}).json()["steps"];
        QTest::qWait(500);
        QCOMPARE(require(program, {"show", "1", "--json"}).json()["steps"], steps);
        const auto answer = require(program, {"continue", "last", "--json"}).json();
        QCOMPARE(answer["answered"].get<bool>(), true);
        QVERIFY(program.waitFor("running"));
        QCOMPARE(require(program, {"stop", "1"}).code, 0);
        const Outcome stopped = Program::finish(*process);
        QVERIFY2(stopped.code == 130, all(stopped).constData());
        QVERIFY2(stopped.err.contains("filigree resume 1"), stopped.err.constData());
        QVERIFY(program.waitFor("stopped", 1000));
        // A run that has ended takes no commands.
        QCOMPARE(require(program, {"pause", "1"}, 2).code, 2);
    }

#ifdef Q_OS_UNIX
    void interruptSavesTheStateAndTheRunCanBeResumed() {
        const Program program;
        const auto process = program.start(Program::longRun());
        QVERIFY(program.waitFor("running"));
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        const Outcome interrupted = Program::finish(*process);
        QVERIFY2(interrupted.code == 130, all(interrupted).constData());
        const auto before = require(program, {"show", "1", "--json"}).json();
        QCOMPARE(before["status"].get<std::string>(), std::string("stopped"));
        QVERIFY(before["checkpoints"].size() >= 1);

        const auto resumed = program.start({"resume", "last"});
        QVERIFY(program.waitFor("running"));
        ::kill(static_cast<pid_t>(resumed->processId()), SIGTERM);
        const Outcome again = Program::finish(*resumed);
        QVERIFY2(again.code == 130, all(again).constData());
        QVERIFY2(again.err.contains("goes on from step " +
                                    QByteArray::number(before["checkpoints"].back()["step"].get<int>())),
                 again.err.constData());
        const auto after = require(program, {"show", "1", "--json"}).json();
        QCOMPARE(after["attempt"].get<int>(), 2);
        QVERIFY(after["steps"] > before["steps"]);
    }
#endif

    void whatAPersonSaysIsKept() {
        const Program program;
        QCOMPARE(require(program, shortRun()).code, 0);
        QCOMPARE(require(program, {"name", "1", "base line"}).code, 0);
        QCOMPARE(require(program, {"tag", "base line", "paper", "old"}).code, 0);
        QCOMPARE(require(program, {"tag", "1", "old", "--remove"}).code, 0);
        QCOMPARE(require(program, {"note", "1", "first\ntry"}).code, 0);
        const auto run = require(program, {"show", "base line", "--json"}).json();
        QCOMPARE(run["name"].get<std::string>(), std::string("base line"));
        QCOMPARE(run["note"].get<std::string>(), std::string("first\ntry"));
        QVERIFY(run["tags"] == nlohmann::json({"paper"}));
        QCOMPARE(require(program, {"runs", "--tag", "paper", "--json"}).json()["runs"].size(),
                 std::size_t{1});
        QCOMPARE(require(program, {"runs", "--tag", "old", "--json"}).json()["runs"].size(), std::size_t{0});
    }

    void deletingGoesThroughTheBin() {
        const Program program;
        QCOMPARE(require(program, shortRun()).code, 0);
        QCOMPARE(require(program, shortRun()).code, 0);
        QCOMPARE(require(program, {"rm", "1", "--dry-run"}).code, 0);
        QCOMPARE(require(program, {"runs", "--json"}).json()["runs"].size(), std::size_t{2});
        QCOMPARE(require(program, {"rm", "1"}).code, 0);
        QCOMPARE(require(program, {"runs", "--json"}).json()["runs"].size(), std::size_t{1});
        QCOMPARE(require(program, {"runs", "--bin", "--json"}).json()["runs"].size(), std::size_t{1});
        QCOMPARE(require(program, {"restore", "1"}).code, 0);
        QCOMPARE(require(program, {"runs", "--json"}).json()["runs"].size(), std::size_t{2});

        QCOMPARE(require(program, {"rm", "1"}).code, 0);
        // Never asked on a pipe, and never more than was named.
        QVERIFY(require(program, {"rm", "--forever"}, 2).err.contains("--yes"));
        QVERIFY(require(program, {"rm", "2", "--forever", "--yes"}, 2).err.contains("run 1"));
        QCOMPARE(require(program, {"rm", "--forever", "--yes"}).code, 0);
        QVERIFY(require(program, {"runs", "--bin", "--json"}).json()["runs"].empty());
        QCOMPARE(require(program, {"show", "1"}, 2).code, 2);
        QCOMPARE(require(program, {"rm", "2", "--forever", "--yes"}).code, 0);
        QVERIFY(require(program, {"runs", "--json"}).json()["runs"].empty());
        QVERIFY(QDir(program.path(".local/share/filigree/runs.filigree.d")).isEmpty());
    }

    void exportsAreFilesForOtherPrograms() {
        const Program program;
        QCOMPARE(require(program, shortRun()).code, 0);
        const auto files =
            require(program, {"export", "1", "--safetensors", "out", "--csv", "out", "--json"}).json();
        QCOMPARE(files["files"].size(), std::size_t{3});
        for (const auto& file : files["files"])
            QVERIFY(QFile::exists(program.path(QString::fromStdString(file.get<std::string>()))));
        QFile wide(program.path("out/run-1.csv"));
        QVERIFY(wide.open(QIODevice::ReadOnly));
        QVERIFY(wide.readLine().startsWith("step,"));
        QFile table(program.path("out/run-1-long.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readLine(), QByteArray("run,attempt,step,time,key,value\r\n"));
        QVERIFY(require(program, {"export", "1", "--csv", "out"}, 2).err.contains("--overwrite"));
        QCOMPARE(require(program, {"export", "1", "--csv", "out", "--overwrite"}).code, 0);
    }

    void mergingTwiceAddsNothing() {
        const Program program;
        QCOMPARE(require(program, shortRun() + QStringList{"--store", "a.filigree"}).code, 0);
        QCOMPARE(require(program, shortRun() + QStringList{"--store", "b.filigree"}).code, 0);
        QCOMPARE(require(program, {"store", "merge", "b.filigree", "--store", "a.filigree"}).code, 0);
        QCOMPARE(require(program, {"store", "merge", "b.filigree", "--store", "a.filigree"}).code, 0);
        QCOMPARE(require(program, {"runs", "--store", "a.filigree", "--json"}).json()["runs"].size(),
                 std::size_t{2});
        QCOMPARE(require(program, {"store", "check", "--store", "a.filigree"}).code, 0);
    }

    void aDamagedCheckpointIsFound() {
        const Program program;
        QCOMPARE(require(program, shortRun()).code, 0);
        const auto run = require(program, {"show", "1", "--json"}).json();
        const QString name = QString::fromStdString(run["checkpoints"].back()["path"].get<std::string>());
        QFile file(program.path(".local/share/filigree/runs.filigree.d/" + name));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(file.size() - 1));
        char last = 0;
        QVERIFY(file.getChar(&last));
        QVERIFY(file.seek(file.size() - 1));
        QVERIFY(file.putChar(static_cast<char>(last ^ 1)));
        file.close();
        const Outcome checked = require(program, {"store", "check"}, 3);
        QCOMPARE(checked.code, 3);
        QVERIFY(checked.out.contains("its digest is wrong"));
    }
};

QTEST_GUILESS_MAIN(TrainingTest)
#include "test_training.moc"
