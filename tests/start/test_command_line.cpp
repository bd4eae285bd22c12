// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/reader.h"
#include "ui/start/command_line.h"

using namespace filigree;
using namespace filigree::ui;

class TestCommandLine : public QObject {
    Q_OBJECT

    static config::RunFile digits() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        return run::openRunFile("digits");
    }

    /// What `--set` and `--seed` make of the preset, as the program reads them.
    static config::RunFile readBack(const QStringList& arguments, const config::RunFile& preset) {
        config::RunFile file = preset;
        for (qsizetype i = 2; i + 1 < arguments.size(); i += 2) {
            if (arguments[i] == "--set") file.config.set(arguments[i + 1].toStdString());
            if (arguments[i] == "--seed") file.seed = arguments[i + 1].toULongLong();
            if (arguments[i] == "--name") file.name = arguments[i + 1].toStdString();
        }
        return file;
    }

  private slots:
    void namesOnlyWhatDiffers() {
        config::RunFile wanted = digits();
        QCOMPARE(commandLine(digits(), wanted, Shell::Posix), QString("filigree run dst_ee/digits"));
        wanted.config.set("sparsity.density=0.05");
        wanted.config.set("model.hidden=[32, 16]");
        wanted.config.set("optimizer.kind=adam");
        wanted.config.set("data.flip=true");
        wanted.seed = 3;
        wanted.name = "it's mine";
        QCOMPARE(commandLine(digits(), wanted, Shell::Posix),
                 QString("filigree run dst_ee/digits --set data.flip=true --set model.hidden=32,16 --set "
                         "optimizer.kind=adam --set sparsity.density=0.05 --seed 3 --name 'it'\\''s mine'"));
    }

    /// Every field, changed to a value that is not its default, arrives as it left.
    void everyKeyComesBackExactly() {
        const config::RunFile preset = digits();
        config::RunFile wanted = preset;
        const config::Config standard = config::Config::defaults(preset.config.schema());
        int changed = 0;
        for (const config::Field& field : preset.config.schema().fields()) {
            std::vector<config::Value> tries;
            if (field.type == config::Type::Boolean) tries = {!preset.config.boolean(field.key)};
            if (field.type == config::Type::Integer) tries = {std::int64_t{7}, std::int64_t{1}};
            if (field.type == config::Type::Real) tries = {1.0 / 3, 1e-7, 1.0 / 3 + 1};
            if (field.type == config::Type::Integers) tries = {std::vector<std::int64_t>{}};
            if (field.type == config::Type::Reals) tries = {std::vector<double>{0.1, 1.0 / 3}};
            for (const std::string& choice : field.choices) tries.push_back(choice);
            for (const config::Value& value : tries)
                if (field.objection(value).empty() && value != preset.config.value(field.key)) {
                    wanted.config.assign(field.key, value, "test");
                    ++changed;
                    break;
                }
        }
        // All but those with one choice alone.
        QVERIFY(changed >= static_cast<int>(preset.config.schema().fields().size()) - 1);
        wanted.seed = 9223372036854775807ULL;
        wanted.name = "a b";
        const config::RunFile back = readBack(runArguments(preset, wanted), preset);
        QCOMPARE(QString::fromStdString(config::toToml(back)),
                 QString::fromStdString(config::toToml(wanted)));
    }

    void quotesForEachShell() {
        QCOMPARE(quoted("plain-1.5,x=y/z", Shell::Posix), QString("plain-1.5,x=y/z"));
        QCOMPARE(quoted("two words", Shell::Posix), QString("'two words'"));
        QCOMPARE(quoted("a'b$c`d\\e", Shell::Posix), QString("'a'\\''b$c`d\\e'"));
        QCOMPARE(quoted("", Shell::Posix), QString("''"));
        QCOMPARE(quoted("a,b", Shell::PowerShell), QString("'a,b'"));
        QCOMPARE(quoted("it's \"so\"", Shell::PowerShell), QString("'it''s \\\"so\\\"'"));
    }

    /// The text that a person copies, given to a shell, makes a run with that configuration, seed and name.
    void aShellRunsWhatIsCopied() {
#ifdef Q_OS_WIN
        QSKIP("needs a POSIX shell");
#endif
        QTemporaryDir folder;
        config::RunFile wanted = digits();
        wanted.config.set("train.max_steps=2");
        wanted.config.set("model.hidden=[16, 8]");
        wanted.config.set("optimizer.weight_decay=0.1");
        wanted.config.set("optimizer.milestones=[0.125, 0.3]");
        wanted.config.set("run.threads=1");
        wanted.seed = 12;
        wanted.name = "it's \"here\" $HOME `x` \\ *";
        QString command = commandLine(digits(), wanted, Shell::Posix);
        QVERIFY(command.startsWith("filigree run "));
        command.replace(0, 8, quoted(FILIGREE_PROGRAM, Shell::Posix));
        command += " --progress none --store " + quoted(folder.filePath("a.filigree"), Shell::Posix);
        QProcess shell;
        shell.start("sh", {"-c", command});
        QVERIFY(shell.waitForFinished(60000));
        QVERIFY2(shell.exitCode() == 0, shell.readAllStandardError().constData());
        const store::Store store =
            store::Store::open(folder.filePath("a.filigree").toStdU16String(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        const store::RunInfo run = reader.run(1);
        QCOMPARE(run.seed, 12);
        QCOMPARE(QString::fromStdString(run.name), QString::fromStdString(wanted.name));
        QCOMPARE(QString::fromStdString(reader.configToml(1)),
                 QString::fromStdString(wanted.config.toToml()));
    }
};

QTEST_GUILESS_MAIN(TestCommandLine)
#include "test_command_line.moc"
