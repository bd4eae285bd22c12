// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "run/presets.h"
#include "ui/run/config_panel.h"
#include "ui/run/metric_groups.h"

using namespace filigree;
using namespace filigree::ui;

class MetricGroupsTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets"); }

    void metricsAreGroupedAndOrderedAsPeopleLook() {
        const auto sections =
            chartSections({"layers/density/fc1", "layers/density/fc2", "odd", "perf/memory", "soup/merged",
                           "sparsity/churn", "sparsity/density", "sparsity/regrow_share", "test/acc",
                           "test/f1", "test/loss", "train/final_loss", "train/loss"});
        std::vector<std::string> groups;
        for (const ChartSection& section : sections) groups.push_back(section.group);
        QCOMPARE(groups,
                 (std::vector<std::string>{"test", "train", "sparsity", "", "soup", "layers", "perf"}));
        QCOMPARE(sections[0].charts[0].key, std::string("test/loss"));
        QCOMPARE(sections[0].charts[1].key, std::string("test/acc"));
        QVERIFY(!sections[0].folded && sections[5].folded && sections[6].folded);
        QVERIFY(sections[1].charts[0].main && !sections[1].charts[1].main);
        // One chart with a curve per layer.
        QCOMPARE(sections[5].charts.size(), std::size_t{1});
        QCOMPARE(sections[5].charts[0].key, std::string("layers/density"));
        QCOMPARE(sections[5].charts[0].tags.size(), std::size_t{2});
        QCOMPARE(sections[2].charts[0].key, std::string("sparsity/density"));
        QVERIFY(!sections[2].charts[2].main);
        QCOMPARE(sections[3].charts[0].key, std::string("odd"));
        QVERIFY(chartSections({}).empty());
        // A group of extras alone is shown.
        QVERIFY(chartSections({"sparsity/odd"})[0].charts[0].main);
    }

    void aMovedChartTakesThePlaceAndTheOthersMakeRoom() {
        const std::vector<ChartPlan> charts{{"a", {}, true}, {"b", {}, true}, {"c", {}, true}};
        using Keys = std::vector<std::string>;
        QCOMPARE(moved(charts, {}, "a", "c"), (Keys{"b", "c", "a"}));
        QCOMPARE(moved(charts, {}, "c", "a"), (Keys{"c", "a", "b"}));
        // Another run's chart keeps its place among them; a name that is nowhere moves nothing.
        QCOMPARE(moved(charts, {"x", "b"}, "c", "b"), (Keys{"x", "c", "b", "a"}));
        QCOMPARE(moved(charts, {"b"}, "a", "y"), (Keys{"b"}));
        Keys shown;
        for (const ChartPlan& chart : inOrder(charts, {"x", "c"})) shown.push_back(chart.key);
        QCOMPARE(shown, (Keys{"c", "a", "b"}));
    }

    void differencesFromThePresetComeFirst() {
        const config::RunFile preset = run::openRunFile("digits");
        config::Config changed = preset.config;
        changed.set("optimizer.lr=0.25");
        changed.set("run.threads=2");  // settled when a run starts: no difference
        const auto lines = configLines(changed, preset.config);
        QCOMPARE(lines[0].key, std::string("optimizer.lr"));
        QCOMPARE(lines[0].value, std::string("0.25"));
        QCOMPARE(lines[0].preset, std::string("0.05"));
        QVERIFY(lines[0].differs && !lines[1].differs);
        QCOMPARE(lines.size(), preset.config.schema().fields().size());
        store::RunInfo run;
        run.preset = "dst_ee/digits";
        run.seed = 7;
        QCOMPARE(commandFor(run, lines),
                 std::string("filigree run dst_ee/digits --set optimizer.lr=0.25 --seed 7"));
        changed.set("model.hidden=[3, 4]");
        QVERIFY(commandFor(run, configLines(changed, preset.config)).find("--set 'model.hidden=[3, 4]'") !=
                std::string::npos);
    }
};

QTEST_GUILESS_MAIN(MetricGroupsTest)
#include "test_metric_groups.moc"
