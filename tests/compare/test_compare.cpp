// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QtTest>
#include <cmath>
#include <limits>

#include "store/writer.h"
#include "ui/charts/metric_chart.h"
#include "ui/compare/compare_page.h"
#include "ui/compare/sweep_panel.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Two densities of three seeds; the accuracy rises to `acc` at step 10, the loss is its distance from 1.
std::int64_t write(const QString& store, const char* name, double density, std::int64_t seed, double acc) {
    store::NewRun run;
    run.name = name;
    run.method = "rigl";
    run.seed = seed;
    run.config = {{"optimizer.name", std::string("sgd")}, {"seed", seed}, {"sparsity.density", density}};
    auto writer = store::RunWriter::createRun(store.toStdU16String(), run);
    writer->scalar("churn", density, {1, 0});
    for (std::int64_t step = 1; step <= 10; ++step) {
        writer->scalar("test/acc", acc * static_cast<double>(step) / 10, {step, 0});
        writer->scalar("test/loss", 1 - acc * static_cast<double>(step) / 10, {step, 0});
    }
    writer->finish({});
    return writer->run();
}

struct Desk {
    explicit Desk(const QString& store)
        : workspace({.sessionPath = {}, .program = {}, .defaultStore = {}}), page(workspace, nullptr) {
        page.resize(1200, 800);
        page.show();
        workspace.stores.open(store);
    }
    Workspace workspace;
    ComparePage page;

    const ComparisonLine* line(const QString& title, int nth = 0) {
        for (const ComparisonLine& line : page.model().lines())
            if (line.title == title && nth-- == 0) return &line;
        return nullptr;
    }
};

}  // namespace

class CompareTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QString store_;
    QList<RunKey> runs_;

  private slots:
    void initTestCase() {
        store_ = folder_.filePath("a.filigree");
        const double sparse[] = {0.90, 0.92, 0.91}, dense[] = {0.94, 0.95, 0.96};
        for (int seed = 0; seed < 3; ++seed)
            runs_ << RunKey{store_, write(store_, "sparse", 0.1, seed, sparse[seed])};
        for (int seed = 0; seed < 3; ++seed)
            runs_ << RunKey{store_, write(store_, "denser", 0.2, seed, dense[seed])};
    }

    void onlyWhatDiffersIsShownWithItsDistanceFromTheBaseline() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns({runs_[0], runs_[3]});
        QCOMPARE(desk.page.model().columnCount(), 2);
        const ComparisonLine* density = desk.line("sparsity.density");
        QVERIFY(density);
        QCOMPARE(density->cells[0].text, QString("0.1"));
        QCOMPARE(density->cells[1].delta, QString("+0.1"));
        QVERIFY(!desk.line("optimizer.name"));
        QVERIFY(!desk.line("seed"));  // both have seed 0
        const ComparisonLine* acc = desk.line("test/acc");
        QCOMPARE(acc->cells[1].text, QString("0.94"));
        QCOMPARE(acc->cells[1].delta, QString("+0.04"));
        QCOMPARE(acc->cells[1].better, 1);
        QCOMPARE(desk.line("churn")->cells[1].delta, QString("+0.1"));
        QCOMPARE(desk.line("churn")->cells[1].better, 0);  // neither good nor bad
        const ComparisonLine* loss = desk.line("test/loss");
        QCOMPARE(loss->cells[1].better, 1);  // less is better
        desk.page.findChild<QCheckBox*>(QStringLiteral("compareDifferences"))->click();
        QVERIFY(desk.line("optimizer.name"));
        QCOMPARE(desk.line("optimizer.name")->cells[1].delta, QString());
        // The other baseline turns the signs.
        desk.page.findChild<QComboBox*>(QStringLiteral("baseline"))->setCurrentIndex(1);
        QCOMPARE(desk.line("test/acc")->cells[0].delta, QString("-0.04"));
        QCOMPARE(desk.line("test/acc")->cells[0].better, -1);
        QCOMPARE(desk.line("test/acc")->cells[1].delta, QString());
    }

    void groupsShowMeanSpreadAndThePairedDifference() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns(runs_);
        QCOMPARE(desk.page.model().columnCount(), 6);
        desk.page.findChild<QCheckBox*>(QStringLiteral("groupSeeds"))->click();
        QCOMPARE(desk.page.model().columnCount(), 2);
        const ComparisonLine* acc = desk.line("test/acc");
        // 0.90 0.92 0.91: mean 0.91, sd 0.01.
        QCOMPARE(acc->cells[0].text, QString("0.91 ± 0.01  n 3"));
        // Differences by seed 0.04 0.03 0.05: mean 0.04, sd 0.01, t(2) = 4.3027 -> half width 0.0248.
        QCOMPARE(acc->cells[1].delta, QString("+0.04 ± 0.025 (95 %, 3 pairs)"));
        QCOMPARE(acc->cells[1].better, 1);
        QCOMPARE(desk.page.findChildren<MetricChart*>().size(), qsizetype{2});
        QCOMPARE(desk.page.findChildren<MetricChart*>()[0]->groups().size(), qsizetype{2});
        desk.page.findChild<QCheckBox*>(QStringLiteral("groupSeeds"))->click();
        QCOMPARE(desk.page.findChildren<MetricChart*>()[0]->groups().size(), qsizetype{0});
        QCOMPARE(desk.page.findChildren<MetricChart*>()[0]->runs().size(), qsizetype{6});
    }

    void anIntervalThatHoldsZeroSaysNobodyIsBetter() {
        RunTable table;
        RunDictionary dictionary;
        const std::size_t metric = dictionary.metric("acc");
        table.metrics = dictionary.metrics();
        const auto row = [&](std::int64_t seed, double value) {
            auto made = std::make_shared<RunRow>();
            made->info.seed = seed;
            made->info.id = seed + 1;
            made->metrics = std::make_shared<const std::vector<RunRow::Metric>>(
                std::vector<RunRow::Metric>{{metric, {1, 1, 1, 1, value, value, value}}});
            return RowPointer(made);
        };
        const double nan = std::numeric_limits<double>::quiet_NaN();
        const std::vector<Compared> columns{{"a", {row(0, 0.5), row(1, 0.6), row(2, nan)}},
                                            {"b", {row(0, 0.6), row(1, 0.55), row(2, 0.7)}}};
        const auto lines = compare(table, columns, {0, true});
        QCOMPARE(lines[0].title, QString("Best values"));
        // Pairs 0.1 and -0.05; t(1) = 12.706: 0.025 +- 0.95.
        QCOMPARE(lines[1].cells[1].delta, QString("+0.025 ± 0.95 (95 %, 2 pairs)"));
        QCOMPARE(lines[1].cells[1].better, 0);
        QVERIFY(lines[1].cells[0].text.endsWith("n 2"));  // one of three has no value
        QVERIFY(compare(table, {}, {}).empty());
    }

    void withoutTwoRunsItSaysWhatToDo() {
        Desk desk(store_);
        QTRY_COMPARE(RunIndex::of(desk.workspace).table()->size(), std::size_t{6});
        auto* button = desk.page.findChild<QPushButton*>(QStringLiteral("compareSelected"));
        QVERIFY(!button->isVisible());
        desk.workspace.selection.setRuns({runs_[1], runs_[2]});
        QVERIFY(button->isVisible());
        QCOMPARE(button->text(), QString("Compare 2 runs"));
        button->click();
        QCOMPARE(desk.page.runs(), (QList<RunKey>{runs_[1], runs_[2]}));
        QTRY_COMPARE(desk.page.model().columnCount(), 2);
        desk.workspace.actions.find(QStringLiteral("compare.copy"))->trigger();
        QVERIFY(QApplication::clipboard()->text().startsWith("\tsparse\tsparse\n"));
    }

    void theComparisonSurvivesARestart() {
        QJsonObject saved;
        {
            Desk desk(store_);
            QTRY_COMPARE(RunIndex::of(desk.workspace).table()->size(), std::size_t{6});
            desk.page.setRuns({runs_[0], runs_[4]});
            desk.page.findChild<QComboBox*>(QStringLiteral("baseline"))->setCurrentIndex(1);
            saved = desk.page.save();
        }
        Desk desk(store_);
        desk.page.restore(saved);
        QTRY_COMPARE(desk.page.model().columnCount(), 2);
        QTRY_COMPARE(desk.page.model().baseline(), std::size_t{1});
        desk.page.restore({{"runs", 5}, {"metrics", "x"}});
        QVERIFY(desk.page.runs().isEmpty());
    }

    void aSweepIsReadAsAxes() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns(runs_);
        desk.page.showSweep(true);
        const SweepTable& table = desk.page.sweep().table();
        QCOMPARE(table.entries.size(), std::size_t{6});
        const SweepAxis& density = table.axes[table.find("sparsity.density")];
        QCOMPARE(density.position(0.1), 0.0);
        QCOMPARE(density.position(0.2), 1.0);
        QCOMPARE(density.ticks(5).size(), std::size_t{2});
        QVERIFY(table.find("seed") < table.axes.size());
        QVERIFY(table.find("optimizer.name") == table.axes.size());  // does not differ
        QCOMPARE(table.axes.back().title, QString("test/acc"));      // the outcome stands last
        QCOMPARE(table.axes.back().values[5], 0.96);

        // Groups over seeds: mean and deviation, and the seed is no axis any more.
        desk.page.findChild<QCheckBox*>(QStringLiteral("groupSeeds"))->click();
        QCOMPARE(table.entries.size(), std::size_t{2});
        QVERIFY(table.find("seed") == table.axes.size());
        QVERIFY(std::abs(table.axes.back().values[0] - 0.91) < 1e-12);
        QVERIFY(std::abs(table.axes.back().deviations[0] - 0.01) < 1e-12);
        QVERIFY(std::abs(table.axes.back().least - 0.90) < 1e-12);
        const auto rows = sweepRows(table, {});
        QCOMPARE(rows.front().last(), QString("test/acc sd"));
        QCOMPARE(rows[1].size(), rows[0].size());
    }

    void aRangeOnAnAxisKeepsWhatPasses() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns(runs_);
        desk.page.showSweep(true);
        SweepPanel& sweep = desk.page.sweep();
        QTest::qWait(50);
        auto* lines = sweep.findChild<ParallelCoordinates*>();
        const std::size_t density = sweep.table().find("sparsity.density");
        const auto at = [&](double position) { return lines->placeOf(density, position).toPoint(); };
        QTest::mousePress(lines, Qt::LeftButton, {}, at(0.5));
        QTest::mouseMove(lines, at(0.8));
        QTest::mouseMove(lines, at(1));
        QTest::mouseRelease(lines, Qt::LeftButton, {}, at(1));
        QVERIFY(sweep.filter().find("sparsity.density"));
        QCOMPARE(sweepRows(sweep.table(), sweep.filter()).size(), std::size_t{4});
        QVERIFY(sweep.findChild<QLabel*>("sweepPassing")->text().contains("3"));
        // What does not pass is not under the pointer either.
        auto* points = sweep.findChild<SweepScatter*>();
        const auto sparse = points->placeOf(0), denser = points->placeOf(3);
        QVERIFY(sparse && denser);
        QVERIFY(points->entryAt(*denser));
        QCOMPARE(*points->entryAt(*denser), std::size_t{3});
        QVERIFY(!points->entryAt(*sparse));
        QTest::mouseClick(points, Qt::LeftButton, {}, denser->toPoint());
        QCOMPARE(desk.workspace.selection.runs(), QList<RunKey>{runs_[3]});
        QTest::mouseMove(points, denser->toPoint());
        QTRY_COMPARE(desk.workspace.selection.hovered(), runs_[3]);
        QTest::keyClick(lines, Qt::Key_Escape);
        QCOMPARE(sweepRows(sweep.table(), sweep.filter()).size(), std::size_t{7});

        QSignalSpy added(&desk.workspace, &Workspace::addToFigure);
        QTest::mouseClick(sweep.findChild<QToolButton*>(QStringLiteral("sweepAddToFigure")), Qt::LeftButton);
        QCOMPARE(added.size(), 1);
        QVERIFY(added[0][1].toString().contains("<svg") && added[0][1].toString().contains("of a sweep"));
        for (const char* file : {"sweep.pdf", "sweep.svg", "sweep.png", "sweep.csv"})
            sweep.exportTo(folder_.filePath(file));
        QFile csv(folder_.filePath("sweep.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        QCOMPARE(csv.readAll().count('\n'), 7);
        const QImage picture(folder_.filePath("sweep.png"));
        QSet<QRgb> inks;
        for (int y = 0; y < picture.height(); y += 2)
            for (int x = 0; x < picture.width(); x += 2) inks.insert(picture.pixel(x, y));
        QVERIFY(inks.size() > 20);
        QVERIFY_THROWS_EXCEPTION(Error, sweep.exportTo(folder_.filePath("sweep.doc")));
    }

    // Accuracy against density, less of it being better: (0.1, 0.90) (0.1, 0.92) (0.1, 0.91) (0.2, 0.94)
    // (0.2, 0.95) (0.2, 0.96). Nothing beats the best of each density.
    void theParetoFrontIsWhatNothingElseBeats() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns(runs_);
        desk.page.showSweep(true);
        SweepPanel& sweep = desk.page.sweep();
        const SweepTable& table = sweep.table();
        const std::size_t density = table.find("sparsity.density"), acc = table.find("test/acc");
        QCOMPARE(paretoFront(table, {}, density, acc), (std::vector<std::size_t>{1, 5}));
        QCOMPARE(paretoFront(table, {}, acc, density), (std::vector<std::size_t>{1, 5}));
        SweepFilter withoutTheBest;
        withoutTheBest.set("test/acc", 0, 0.9);  // 0.90 to 0.954
        QCOMPARE(paretoFront(table, withoutTheBest, density, acc), (std::vector<std::size_t>{1, 4}));
        QCOMPARE(paretoFront(table, {}, table.find("seed"), acc), std::vector<std::size_t>{});

        // Equal on both axes: both stay. Worse on one and equal on the other: it goes.
        SweepTable made;
        made.entries.resize(4);
        made.axes.resize(2);
        made.axes[0].title = "perf/training_bytes";
        made.axes[1].kind = SweepAxis::Kind::Metric;
        made.axes[1].title = "test/loss";
        made.axes[0].values = {5, 3, 3, 3};
        made.axes[1].values = {0.5, 0.7, 0.7, 0.8};
        QCOMPARE(paretoFront(made, {}, 0, 1), (std::vector<std::size_t>{1, 2, 0}));
        made.axes[1].title = "test/acc";
        QCOMPARE(paretoFront(made, {}, 0, 1), (std::vector<std::size_t>{3}));
        made.axes[0].title = "perf/training_flops";
        QCOMPARE(betterSide(made.axes[0]), -1);
    }

    void theFrontIsDrawnAndTimeIsAnAxisToo() {
        Desk desk(store_);
        QTRY_VERIFY(RunIndex::of(desk.workspace).table()->isComplete &&
                    RunIndex::of(desk.workspace).table()->size() == 6);
        desk.page.setRuns(runs_);
        desk.page.showSweep(true);
        SweepPanel& sweep = desk.page.sweep();
        auto* x = sweep.findChild<QComboBox*>("sweepX");
        QVERIFY(x->findText(timeTitle()) >= 0);
        QVERIFY(x->findText("churn") >= 0);
        x->setCurrentText(timeTitle());
        QVERIFY(sweep.table().find(timeTitle()) < sweep.table().axes.size());
        QCOMPARE(betterSide(sweep.table().axes[sweep.table().find(timeTitle())]), -1);
        x->setCurrentText("sparsity.density");
        auto* points = sweep.findChild<SweepScatter*>();
        const auto accents = [&] {
            const QImage picture = points->grab().toImage();
            const QColor accent = colour(desk.workspace.theme.palette().accent);
            int count = 0;
            for (int row = 0; row < picture.height(); ++row)
                for (int column = 0; column < picture.width(); ++column)
                    count += picture.pixelColor(column, row).rgb() == accent.rgb();
            return count;
        };
        const int before = accents();
        auto* front = sweep.findChild<QCheckBox*>("sweepFront");
        front->setChecked(true);
        QVERIFY(accents() > before + 50);
        const QJsonObject state = sweep.save();
        front->setChecked(false);
        sweep.restore(state);
        QVERIFY(front->isChecked());
    }

    void learningRatesFarApartLieOnALogarithmicAxis() {
        SweepAxis axis;
        axis.values = {0.001, 0.1};
        axis.scale = ScaleMap(Scale::Log);
        axis.least = 0.001;
        axis.greatest = 0.1;
        QVERIFY(std::abs(axis.position(0.01) - 0.5) < 1e-12);
        QVERIFY(std::isnan(axis.position(std::nan(""))));
    }
};

QTEST_MAIN(CompareTest)
#include "test_compare.moc"
