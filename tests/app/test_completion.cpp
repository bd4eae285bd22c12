// SPDX-License-Identifier: GPL-3.0-or-later
#include <QStandardPaths>
#include <QtTest>

#include "program.h"

class CompletionTest : public QObject {
    Q_OBJECT

    static QStringList complete(const Program& program, const QStringList& words) {
        const Outcome outcome = program.run(QStringList{"__complete", "--"} + words);
        if (outcome.code != 0 || !outcome.err.isEmpty()) return {"failed", outcome.err};
        return QString::fromUtf8(outcome.out).split('\n', Qt::SkipEmptyParts);
    }

  private slots:
    void commandsAndOptionsComeFromTheTree() {
        const Program program;
        QCOMPARE(complete(program, {"re"}), (QStringList{"resume", "restore", "render"}));
        QCOMPARE(complete(program, {"data", ""}), (QStringList{"list", "fetch", "endoscopy", "polyps"}));
        QCOMPARE(complete(program, {"export", "--sa"}), QStringList{"--safetensors"});
        QCOMPARE(complete(program, {"runs", "--js"}), QStringList{"--json"});
        QCOMPARE(complete(program, {"completion", ""}), (QStringList{"bash", "zsh", "fish"}));
        QCOMPARE(complete(program, {"runs", "--state", "in"}), QStringList{"interrupted"});
        QCOMPARE(complete(program, {"runs", "--state=in"}), QStringList{"--state=interrupted"});
        QCOMPARE(complete(program, {"elephant", ""}), QStringList{});
        QVERIFY(!complete(program, {""}).contains("__complete"));
    }

    void presetsKeysAndValuesComeFromTheSchemas() {
        const Program program;
        QVERIFY(complete(program, {"run", "dig"}).contains("digits"));
        QVERIFY(complete(program, {"run", "dst_ee/dig"}).contains("dst_ee/digits"));
        QVERIFY(complete(program, {"run", ""}).contains(":files"));
        const QStringList methods = complete(program, {"describe", ""});
        QVERIFY(methods.contains("dst_ee") && methods.contains("sparse_training") &&
                methods.contains("hard_attention_gates"));
        QCOMPARE(complete(program, {"run", "digits", "--set", "sparsity.dens"}),
                 QStringList{"sparsity.density="});
        QCOMPARE(complete(program, {"run", "digits", "--set", "run.fallback="}),
                 (QStringList{"run.fallback=none", "run.fallback=cpu"}));
        QVERIFY(complete(program, {"data", "fetch", "mn"}).contains("mnist"));
        QCOMPARE(complete(program, {"run", "no-such-preset", "--set", "a"}), QStringList{});
    }

    void runsAndMetricsComeFromTheStore() {
        const Program program;
        QCOMPARE(complete(program, {"show", ""}), QStringList{});
        const Outcome done = program.run({"run", "digits", "--threads", "1", "--set", "train.epochs=1",
                                          "--name", "first", "--progress", "none"});
        QVERIFY2(done.code == 0, done.err.constData());
        QCOMPARE(complete(program, {"show", ""}), (QStringList{"last", "1", "first"}));
        QCOMPARE(complete(program, {"metrics", "first", "test/a"}), QStringList{"test/acc"});
        QCOMPARE(program.run({"tag", "1", "paper"}).code, 0);
        QCOMPARE(complete(program, {"runs", "--tag", "p"}), QStringList{"paper"});
    }

    void bashLoadsItsScriptAndCompletes() {
        if (QStandardPaths::findExecutable("bash").isEmpty()) QSKIP("bash is not installed");
        const Program program;
        const Outcome script = program.run({"completion", "bash"});
        QCOMPARE(script.code, 0);
        program.write("completion.bash", script.out);
        QProcess shell;
        shell.setWorkingDirectory(program.path(""));
        // Readline splits the last word at '=' and leaves the words as they were typed, backslashes before
        // spaces too; `compopt` works only during a real completion.
        QVERIFY(QFile::link(FILIGREE_PROGRAM, program.path("the program")));
        shell.start(
            "bash",
            {"--norc", "-c",
             "compopt() { :; }; COMP_WORDBREAKS='='; source completion.bash;"
             "for typed in './the\\ program' '~/the\\ program' \"$PWD/the\\ program\"; do "
             "COMP_WORDS=(\"$typed\" run digits --set run.fallback = c); COMP_CWORD=6;"
             "HOME=$PWD; _filigree; echo \"${COMPREPLY[@]}\";"
             "COMP_WORDS=(\"$typed\" resu); COMP_CWORD=1; _filigree; echo \"${COMPREPLY[@]}\"; done"});
        QVERIFY(shell.waitForFinished());
        QCOMPARE(shell.readAllStandardOutput(), QByteArray("cpu\nresume\n").repeated(3));
    }
};

QTEST_GUILESS_MAIN(CompletionTest)
#include "test_completion.moc"
