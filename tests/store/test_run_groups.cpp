// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "scratch.h"
#include "store/run_groups.h"
#include "store/run_identity.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;

namespace {

SelectedRun selected(std::int64_t id, const std::string& method, double density, std::int64_t seed) {
    SelectedRun run;
    run.info.id = id;
    run.info.method = method;
    run.info.seed = seed;
    run.config["sparsity.density"] = density;
    run.config["run.threads"] = std::int64_t{id};
    return run;
}

}  // namespace

class RunGroupsTest : public QObject {
    Q_OBJECT

    const std::vector<SelectedRun> runs_{selected(1, "set", 0.1, 0),  selected(2, "set", 0.1, 1),
                                         selected(3, "set", 0.02, 0), selected(4, "rigl", 0.1, 0),
                                         selected(5, "rigl", 0.1, 1), selected(6, "set", 0.1, 2)};
    const std::unordered_map<std::int64_t, double> values_{{1, 0.9}, {2, 0.8}, {3, 0.5},
                                                           {4, 0.7}, {5, 0.7}, {6, 1.0}};

  private slots:
    void spreadsAreThoseOfTextbooks() {
        // 0.9, 0.8, 1.0: sd 0.1, t(0.975, 2) = 4.302653.
        const std::vector<double> values{0.9, 0.8, 1.0};
        const Spread spread = spreadOf(values);
        QCOMPARE(spread.count, std::size_t{3});
        QVERIFY(std::abs(spread.mean - 0.9) < 1e-15);
        QVERIFY(std::abs(spread.deviation - 0.1) < 1e-12);
        QVERIFY(std::abs(spread.half95 - 4.302653 * 0.1 / std::sqrt(3)) < 1e-6);
        QVERIFY(std::isnan(spreadOf(std::vector<double>{2}).deviation));
        QVERIFY(std::isnan(spreadOf({}).mean));
        // Tables of Student's t, 30 and 120 degrees of freedom.
        QVERIFY(std::abs(studentQuantile975(30) - 2.042272) < 1e-4);
        QVERIFY(std::abs(studentQuantile975(120) - 1.979930) < 1e-4);
    }

    void runsThatDifferInTheirSeedAloneAreOneGroup() {
        const GroupTable table = groupRuns(runs_, "test/acc", values_, {}, "");
        QCOMPARE(table.rowKeys, (std::vector<std::string>{"method", "sparsity.density"}));
        QCOMPARE(table.rows.size(), std::size_t{3});
        // Words in the order of the runs, numbers ascending.
        QCOMPARE(table.rows[0], (std::vector<std::string>{"set", "0.02"}));
        QCOMPARE(table.rows[1], (std::vector<std::string>{"set", "0.1"}));
        QCOMPARE(table.rows[2], (std::vector<std::string>{"rigl", "0.1"}));
        QCOMPARE(table.cells[1][0].runs, (std::vector<std::int64_t>{1, 2, 6}));
        QCOMPARE(table.cells[2][0].spread.deviation, 0.0);
        QVERIFY(table.mixedKeys.empty());
    }

    void aTableOverTwoKeysHasACellForEachPair() {
        const GroupTable table = groupRuns(runs_, "test/acc", values_, {"method"}, "density");
        QCOMPARE(table.columns, (std::vector<std::string>{"0.02", "0.1"}));
        QVERIFY(table.cells[1][0].runs.empty());
        const NumberForm form{1, true, SpreadForm::Deviation};
        QCOMPARE(toMarkdown(table, form),
                 std::string("| method | sparsity.density 0.02 | sparsity.density 0.1 |\n"
                             "| --- | ---: | ---: |\n"
                             "| set | 50.0 (1) | 90.0 ± 10.0 (3) |\n"
                             "| rigl |  | 70.0 ± 0.0 (2) |\n"));
        QCOMPARE(toLatex(table, {2, false, SpreadForm::None}),
                 std::string("\\begin{tabular}{lrr}\n\\toprule\n"
                             "method & sparsity.density 0.02 & sparsity.density 0.1 \\\\\n\\midrule\n"
                             "set & $0.50 (1)$ & $0.90 (3)$ \\\\\n"
                             "rigl &  & $0.70 (2)$ \\\\\n\\bottomrule\n\\end{tabular}\n"));
        QVERIFY(
            toCsv(table).starts_with("method,sparsity.density,metric,runs,mean,sd,ci95\r\n"
                                     "set,0.02,test/acc,1,0.5,,\r\n"));
    }

    void otherFiguresOfTheSameRunsStandBeside() {
        GroupTable table = groupRuns(runs_, "test/acc", values_, {"method"}, "");
        addBeside(table, "perf/training_flops", {{1, 1e12}, {2, 2e12}, {3, 3e12}, {6, 2e12}});
        QCOMPARE(toMarkdown(table, {2, false, SpreadForm::None}),
                 std::string("| method | test/acc | perf/training_flops |\n"
                             "| --- | ---: | ---: |\n"
                             "| set | 0.80 (4) | 2e+12 |\n"
                             "| rigl | 0.70 (2) | - |\n"));
        QVERIFY(toLatex(table, {}).starts_with("\\begin{tabular}{lrr}"));
        QVERIFY(toCsv(table).find("set,perf/training_flops,4,2e+12,") != std::string::npos);
        QVERIFY(toCsv(table).find("rigl,perf/training_flops,0,,,\r\n") != std::string::npos);
        GroupTable wide = groupRuns(runs_, "test/acc", values_, {"method"}, "density");
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { addBeside(wide, "m", values_); }));
    }

    void whatACellMixesIsNamed() {
        const GroupTable table = groupRuns(runs_, "test/acc", values_, {"method"}, "");
        QCOMPARE(table.mixedKeys, std::vector<std::string>{"sparsity.density"});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { groupRuns(runs_, "m", values_, {"lr"}, ""); }));
    }

    void oneComputationIsQueuedOnce() {
        const Scratch scratch;
        Store store = Store::create(scratch.store());
        const AddedRun first = addRunOnce(store, exampleRun("a"));
        QVERIFY(first.isNew);
        const AddedRun again = addRunOnce(store, exampleRun("another name"));
        QVERIFY(!again.isNew);
        QCOMPARE(again.run, first.run);
        NewRun other = exampleRun();
        other.seed = 8;
        QVERIFY(addRunOnce(store, other).isNew);
        other = exampleRun();
        other.configToml += "# changed\n";
        QVERIFY(addRunOnce(store, other).isNew);
        QCOMPARE(findRun(store, "dst_ee", exampleRun().configToml, 7), std::optional(first.run));
        QCOMPARE(findRun(store, "set", exampleRun().configToml, 7), std::optional<std::int64_t>());
    }
};

QTEST_GUILESS_MAIN(RunGroupsTest)
#include "test_run_groups.moc"
