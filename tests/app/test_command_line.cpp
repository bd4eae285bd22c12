// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QtTest>

#include "program.h"

namespace {

bool hasVulkan() {
    return !Program().run({"devices", "--json"}).json()["vulkan"].empty();
}

}  // namespace

class CommandLineTest : public QObject {
    Q_OBJECT

    static QByteArray all(const Outcome& outcome) { return outcome.out + "\n--- stderr\n" + outcome.err; }

    /// Every command and group, from the program's own description of itself.
    static void collect(const nlohmann::json& command, QStringList& paths) {
        for (const auto& below : command["commands"]) {
            paths << QString::fromStdString(below["name"].get<std::string>());
            collect(below, paths);
        }
    }

  private slots:
    void mistakesEndWithTwoAndSayWhatWasMeant_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char* name, const QStringList& arguments, const char* message) {
            QTest::newRow(name) << arguments << QByteArray(message);
        };
        row("command", {"resum", "last"}, "did you mean \"resume\"?");
        row("unknown command", {"elephant"}, "unknown command \"elephant\"");
        row("command in a group", {"data", "lst"}, "did you mean \"list\"?");
        row("option", {"runs", "--jsn"}, "did you mean \"--json\"?");
        row("option of another command", {"runs", "--threads", "2"}, "unknown option \"--threads\"");
        row("missing argument", {"show"}, "RUN");
        row("group alone", {"data"}, "a command is missing");
        row("preset", {"run", "digts"}, "did you mean \"digits\"?");
        row("file", {"run", "nothing.toml"}, "nothing.toml");
        row("key", {"run", "digits", "--set", "sparsity.densty=0.1"}, "did you mean \"sparsity.density\"?");
        row("type", {"run", "digits", "--set", "sparsity.density=abc"}, "must be of type real, not abc");
        row("range", {"run", "digits", "--set", "sparsity.density=1.5"}, "it must be at most 1");
        row("seed", {"run", "digits", "--seed", "-1"}, "--seed");
        row("threads", {"run", "digits", "--threads", "many"}, "--threads many");
        row("method", {"describe", "dst_e"}, "did you mean 'dst_ee'?");
        row("data set", {"data", "fetch", "mnits"}, "mnist");
        row("run", {"show", "12"}, "there are no runs yet");
        row("colour", {"runs", "--color", "blue"}, "--color");
        row("two forms", {"runs", "--json", "--plain"}, "exclude each other");
        row("nothing to export", {"export", "last"}, "--safetensors DIR");
        row("shell", {"completion", "tcsh"}, "bash, zsh or fish");
        row("kind of progress", {"run", "digits", "--progress", "loud"}, "auto, bar, plain, json or none");
    }

    void mistakesEndWithTwoAndSayWhatWasMeant() {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, message);
        const Program program;
        const Outcome outcome = program.run(arguments);
        QVERIFY2(outcome.code == 2, all(outcome).constData());
        QVERIFY2(outcome.err.contains(message), outcome.err.constData());
        QVERIFY2(outcome.out.isEmpty(), outcome.out.constData());
        // Nothing was run.
        QVERIFY(!QFile::exists(program.path(".local/share/filigree/runs.filigree")));
    }

    void mistakesInAFileAreLocated() {
        const Program program;
        program.write("mine.toml", "method = \"dst_ee\"\n[sparsity]\ndensty = 0.1\n");
        const Outcome outcome = program.run({"run", "mine.toml"});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.err.contains("mine.toml:3:1"), outcome.err.constData());
        QVERIFY2(outcome.err.contains("did you mean \"sparsity.density\"?"), outcome.err.constData());
        program.write("filigree.toml", "stor = \"x\"\n");
        const Outcome settings = program.run({"runs"});
        QCOMPARE(settings.code, 2);
        QVERIFY2(
            settings.err.contains("filigree.toml:1:1") && settings.err.contains("did you mean \"store\"?"),
            settings.err.constData());
        // Help works beside a broken settings file.
        QCOMPARE(program.run({"help"}).code, 0);
    }

    void otherKindsOfErrorsHaveTheirExitCodes() {
        const Program program;
        const Outcome device = program.run({"run", "digits", "--device", "abacus"});
        QVERIFY2(device.code == 4, all(device).constData());
        program.write("broken.filigree", "this is no store");
        const Outcome store = program.run({"runs", "--store", "broken.filigree"});
        QVERIFY2(store.code == 3, all(store).constData());
        const Outcome missing = program.run({"runs", "--store", "missing.filigree"});
        QVERIFY2(missing.code == 3, all(missing).constData());
    }

    void everyCommandHasHelpWithExamples() {
        const Program program;
        const auto tree = program.run({"help", "--json"}).json();
        QCOMPARE(tree["schema"].get<int>(), 1);
        QStringList paths;
        collect(tree, paths);
        for (const char* known : {"run",         "resume",        "pause",       "continue", "stop",
                                  "runs",        "show",          "metrics",     "log",      "rm",
                                  "restore",     "tag",           "note",        "name",     "presets",
                                  "describe",    "data list",     "data fetch",  "export",   "store info",
                                  "store check", "store migrate", "store merge", "devices",  "bench",
                                  "completion",  "doctor",        "help",        "version"})
            QVERIFY2(paths.contains(known), known);
        QVERIFY(!paths.contains("__complete"));
        for (const QString& path : paths) {
            // Help wins, whatever else is missing or wrong.
            const Outcome help = program.run(path.split(' ') + QStringList{"--help"});
            QVERIFY2(help.code == 0, all(help).constData());
            QVERIFY2(help.out.contains("Examples:\n  filigree " + path.section(' ', 0, 0).toUtf8()),
                     help.out.constData());
            QVERIFY2(help.out.contains("Usage:\n  filigree " + path.toUtf8()), help.out.constData());
            QVERIFY(help.err.isEmpty());
            QCOMPARE(program.run(QStringList{"help"} + path.split(' ')).out, help.out);
        }
    }

    void withoutAVulkanDriverTheProgramStartsAndSaysSo() {
        Program program;
        for (const char* variable : {"VK_ICD_FILENAMES", "VK_DRIVER_FILES"})
            program.setVariable(QLatin1String(variable), program.path("nothing.json"));
        const Outcome list = program.run({"devices", "--json"});
        QVERIFY2(list.code == 0, all(list).constData());
        QVERIFY(list.json()["vulkan"].empty());
        QVERIFY(!list.json()["vulkan_problem"].get<std::string>().empty());
        const Outcome bench = program.run({"bench", "vulkan"});
        QVERIFY2(bench.code == 4, all(bench).constData());
        QVERIFY2(bench.err.contains("install a Vulkan driver"), bench.err.constData());
    }

    void anUnknownVulkanDeviceIsAnErrorWithTheNamesThereAre() {
        if (!hasVulkan()) QSKIP("no Vulkan driver here");
        const Outcome outcome = Program().run({"bench", "vulkan", "--device", "abacus"});
        QVERIFY2(outcome.code == 4, all(outcome).constData());
        QVERIFY2(outcome.err.contains("there is no Vulkan device \"abacus\""), outcome.err.constData());
        QVERIFY2(outcome.err.contains("at devices: "), outcome.err.constData());
    }

    void withoutArgumentsItSaysInTwelveLinesWhatItIs() {
        const Program program;
        const Outcome outcome = program.run({});
        QCOMPARE(outcome.code, 0);
        QVERIFY(outcome.out.count('\n') <= 12);
        QCOMPARE(outcome.out.count("\n  filigree "), 2);
    }

    void jsonOfEveryCommandWithoutARunParses_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("key");
        const auto row = [](const QStringList& arguments, const char* key) {
            QTest::newRow(qPrintable(arguments.join(' '))) << arguments << QByteArray(key);
        };
        row({"runs"}, "runs");
        row({"presets"}, "presets");
        row({"describe"}, "methods");
        row({"describe", "dst_ee"}, "groups");
        row({"data", "list"}, "datasets");
        row({"store", "info"}, "path");
        row({"devices"}, "devices");
        row({"bench", "--seconds", "0"}, "layer");
        if (hasVulkan())
            row({"bench", "vulkan", "--device", "software", "--width", "32", "--batch", "5", "--sparsity",
                 "0.9", "--tokens", "16", "--seconds", "0"},
                "kernels");
        row({"doctor"}, "findings");
        row({"version"}, "version");
        row({"help", "run"}, "usage");
    }

    void jsonOfEveryCommandWithoutARunParses() {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, key);
        const Program program;
        const Outcome outcome = program.run(arguments + QStringList{"--json"});
        QVERIFY2(outcome.code == 0, all(outcome).constData());
        const auto json = outcome.json();
        QVERIFY2(json.is_object() && json["schema"] == 1 && json.contains(key.toStdString()),
                 outcome.out.constData());
        // The same without --json is no JSON, and has no escape sequence on a pipe.
        const Outcome text = program.run(arguments);
        QCOMPARE(text.code, 0);
        QVERIFY(!text.out.contains('\x1b') && !text.err.contains('\x1b'));
    }

    void colourIsOnlyThereWhenAskedForOnAPipe() {
        Program program;
        QVERIFY(!program.run({"describe"}).out.contains('\x1b'));
        QVERIFY(program.run({"describe", "--color", "always"}).out.contains("\x1b[1m"));
        QVERIFY(!program.run({"describe", "--color=always", "--json"}).out.contains('\x1b'));
        QVERIFY(!program.run({"elephant"}).err.contains('\x1b'));
        program.setVariable("NO_COLOR", "1");
        QVERIFY(!program.run({"describe"}).out.contains('\x1b'));
    }

    void plainTablesAreTabSeparated() {
        const Program program;
        const QList<QByteArray> lines = program.run({"presets", "--plain"}).out.split('\n');
        QVERIFY(lines.size() >= 2);
        QVERIFY(lines[0].startsWith("dst_ee/"));
        QCOMPARE(lines[0].count('\t'), 2);
    }

    // Option over variable over project file over personal file over default.
    void theNearestSettingWins() {
        Program program;
        const auto origin = [&](const QStringList& arguments, const char* key) {
            const auto json = program.run(arguments + QStringList{"doctor", "--json"}).json();
            for (const auto& finding : json["findings"])
                if (finding["what"] == key)
                    return QString::fromStdString(finding["found"].get<std::string>());
            return QString();
        };
        QVERIFY(origin({}, "store").endsWith("runs.filigree  (default)"));
        QDir().mkpath(program.path(".config/filigree"));
        program.write(".config/filigree/filigree.toml", "store = \"personal.filigree\"\nthreads = 3\n");
        QVERIFY(origin({}, "store").startsWith(program.path(".config/filigree/personal.filigree")));
        program.write("filigree.toml", "store = \"project.filigree\"\n");
        QVERIFY(origin({}, "store").startsWith(program.path("project.filigree")));
        QVERIFY(origin({}, "threads").startsWith("3  ("));
        program.setVariable("FILIGREE_STORE", "variable.filigree");
        QCOMPARE(origin({}, "store"), QString("variable.filigree  (FILIGREE_STORE)"));
        program.setVariable("FILIGREE_THREADS", "x");
        QCOMPARE(program.run({"runs"}).code, 2);
    }

    void referencePagesAreUpToDate() {
        const Program program;
        const auto page = [](const char* name) {
            QFile file(QString(FILIGREE_SOURCE_DIR "/assets/help/") + name);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        QVERIFY2(program.run({"help", "--markdown"}).out == page("commands.md"),
                 "write it anew: filigree help --markdown > assets/help/commands.md");
        QVERIFY2(program.run({"help", "--config-markdown"}).out == page("config.md"),
                 "write it anew: filigree help --config-markdown > assets/help/config.md");
    }

    void theFirstOutputComesWithinATenthOfASecond() {
#ifdef FILIGREE_SANITIZED
        QSKIP("sanitizers slow the start");
#endif
        const Program program;
        program.run({"version"});
        qint64 best = 1000;
        for (int i = 0; i < 10; ++i) {
            QElapsedTimer timer;
            timer.start();
            program.run({"runs"});
            best = qMin(best, timer.elapsed());
        }
        QVERIFY2(best < 100, qPrintable(QString("%1 ms").arg(best)));
    }
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "test_command_line.moc"
