// SPDX-License-Identifier: GPL-3.0-or-later
#include <QFile>
#include <QtTest>

#include "program.h"

/// filigree sweep and filigree table on a store of small real runs.
class SweepingTest : public QObject {
    Q_OBJECT

    static constexpr const char* file = R"(base = "dst_ee/digits"
tag = "growth"
seeds = [0, 1]
[set]
model.hidden = [8]
data.train_limit = 200
train.epochs = 2
[grid]
sparsity.density = [0.5, 0.2]
[[list]]
name = "SET"
rewire.growth = "random"
[[list]]
name = "RigL"
rewire.growth = "gradient"
)";

    static Outcome require(const Program& program, const QStringList& arguments, int code = 0) {
        const Outcome outcome = program.run(arguments);
        if (outcome.code != code)
            qWarning("%s: exit code %d\n%s%s", qPrintable(arguments.join(' ')), outcome.code,
                     outcome.out.constData(), outcome.err.constData());
        return outcome;
    }

  private slots:
    void everyCombinationIsRunOnceAndMadeATableOf() {
        const Program program;
        program.write("s.toml", file);
        const auto plan = require(program, {"sweep", "s.toml", "--dry-run", "--json"}).json();
        QCOMPARE(plan["cells"].size(), std::size_t{8});
        QCOMPARE(require(program, {"runs", "--json"}).json()["runs"].size(), std::size_t{0});

        const auto done = require(program, {"sweep", "s.toml", "--jobs", "2", "--json"}).json();
        QCOMPARE(done["finished"].get<int>(), 8);
        QCOMPARE(done["new_runs"].get<int>(), 8);
        QCOMPARE(require(program, {"runs", "--tag", "growth", "--json"}).json()["runs"].size(),
                 std::size_t{8});
        // A bigger sweep runs only what is new.
        program.write("s.toml", QByteArray(file).replace("[0, 1]", "[0, 1, 2]"));
        const auto more = require(program, {"sweep", "s.toml", "--json"}).json();
        QCOMPARE(more["finished"].get<int>(), 12);
        QCOMPARE(more["new_runs"].get<int>(), 4);

        const Outcome groups = require(program, {"table", "--where", "tag:growth", "--json"});
        QCOMPARE(groups.json()["cells"].size(), std::size_t{4});
        QVERIFY(groups.json()["mixed_keys"].empty());
        const auto first = groups.json()["cells"][0];
        QCOMPARE(first["runs"].size(), std::size_t{3});
        double sum = 0;
        for (const auto& run : first["runs"])
            sum += require(program, {"show", QString::number(run.get<int>()), "--json"})
                       .json()["metrics"]["test/acc"]
                       .get<double>();
        QVERIFY(std::abs(first["mean"].get<double>() - sum / 3) < 1e-12);

        const Outcome markdown = require(
            program, {"table", "--rows", "name", "--columns", "density", "--percent", "--form", "markdown"});
        QVERIFY2(markdown.out.startsWith("| name | sparsity.density 0.2 | sparsity.density 0.5 |\n| --- | "
                                         "---: | ---: |\n| SET | "),
                 markdown.out.constData());
        QVERIFY(markdown.out.contains(" ± "));
        QCOMPARE(require(program, {"table", "--rows", "name", "--columns", "density", "--form", "latex", "-o",
                                   "t.tex"})
                     .code,
                 0);
        QVERIFY(QFile::exists(program.path("t.tex")));
        const Outcome csv =
            require(program, {"table", "--rows", "name", "--rows", "density", "--form", "csv"});
        QVERIFY2(csv.out.startsWith("name,sparsity.density,metric,runs,mean,sd,ci95\r\nSET,0.2,test/acc,3,"),
                 csv.out.constData());
        // What a run cost stands beside, in theory and measured: 3 f_S a step of the same connections.
        QVERIFY(first["beside"]["took (s)"].get<double>() > 0);
        const double flops = first["beside"]["perf/training_flops"].get<double>();
        QVERIFY(flops > 0 && flops == std::floor(flops));
        QVERIFY(
            require(program, {"table", "--rows", "name", "--rows", "density", "--beside", "took", "--beside",
                              "perf/forward_flops", "--form", "markdown"})
                .out.startsWith("| name | sparsity.density | test/acc | took (s) | perf/forward_flops |"));
        QVERIFY(require(program, {"table", "--rows", "name", "--columns", "density", "--beside", "took"}, 2)
                    .err.contains("two keys"));
        // A mean over unlike configurations says so.
        QVERIFY(require(program, {"table", "--rows", "name"}).err.contains("differ in sparsity.density"));
        QVERIFY(require(program, {"table", "--rows", "nothing"}, 2).err.contains("has the key"));
        QVERIFY(require(program, {"table", "--metric", "test/ac"}, 2).err.contains("did you mean"));
        QVERIFY(require(program, {"table", "--where", "densty<1"}, 2).err.contains("densty"));
    }

    void mistakesOfASweepAreFoundBeforeAnythingIsQueued() {
        const Program program;
        program.write("s.toml", "base = \"dst_ee/digits\"\n[grid]\nsparsity.density = [0.5, 2.0]\n");
        const Outcome outcome = require(program, {"sweep", "s.toml"}, 2);
        QVERIFY2(outcome.err.contains("s.toml:3:26"), outcome.err.constData());
        program.write("s.toml", "base = \"dst_ee/digit\"\n");
        QVERIFY(require(program, {"sweep", "s.toml"}, 2).err.contains("digits"));
        QCOMPARE(require(program, {"runs", "--json"}).json()["runs"].size(), std::size_t{0});
    }

    void aRunThatFailsIsToldAndTheOthersFinish() {
        const Program program;
        // A data set that is nowhere fails when the run starts.
        program.write("s.toml",
                      "base = \"dst_ee/digits\"\n[set]\ntrain.epochs = 1\n[grid]\n"
                      "data.name = [\"cifar10\", \"digits\"]\n");
        const auto done = require(program, {"sweep", "s.toml", "--json"}, 1).json();
        QCOMPARE(done["finished"].get<int>(), 1);
        QCOMPARE(done["runs"][0]["status"].get<std::string>(), std::string("failed"));
        QVERIFY(!done["runs"][0]["error"].get<std::string>().empty());
    }
};

QTEST_GUILESS_MAIN(SweepingTest)
#include "test_sweeping.moc"
