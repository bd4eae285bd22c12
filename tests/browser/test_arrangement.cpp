// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "ui/browser/arrangement.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// A table made by hand: no store, no thread.
class Made {
  public:
    /// NaN: without that key or metric.
    RowPointer add(const char* name, double density, std::int64_t seed, double acc,
                   const char* method = "rigl") {
        auto row = std::make_shared<RunRow>();
        const qint64 id = static_cast<qint64>(rows_.size()) + 1;
        row->key = {"s", id};
        row->info.id = id;
        row->info.created = 1000.0 + static_cast<double>(id);
        row->info.name = name;
        row->info.method = method;
        row->info.seed = seed;
        row->info.state = store::RunState::Finished;
        std::vector<const ConfigCell*> config;
        const auto set = [&](const char* key, const char* type, const std::string& text, double number) {
            const std::size_t at = dictionary_->key(key);
            if (config.size() <= at) config.resize(at + 1);
            config[at] = dictionary_->cell(at, type, text, number);
        };
        set("seed", "int", std::to_string(seed), static_cast<double>(seed));
        set("width", "int", "64", 64);
        if (!std::isnan(density)) set("sparsity.density", "float", store::toText(density), density);
        row->config = std::make_shared<const std::vector<const ConfigCell*>>(config);
        std::vector<RunRow::Metric> metrics;
        if (!std::isnan(acc))
            metrics.push_back({dictionary_->metric("test/acc"), {id, 1, 10, 100, acc, acc - 0.1, acc + 0.1}});
        row->metrics = std::make_shared<const std::vector<RunRow::Metric>>(metrics);
        rows_.push_back(row);
        return row;
    }
    RunRow& change(qint64 id) { return *rows_[static_cast<std::size_t>(id - 1)]; }

    ArrangeRequest request() const {
        auto table = std::make_shared<RunTable>();
        auto store = std::make_shared<StoreRows>();
        store->path = "s";
        for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) store->rows.push_back(*row);
        table->stores = {store};
        table->dictionary = dictionary_;
        table->keys = dictionary_->keys();
        table->metrics = dictionary_->metrics();
        ArrangeRequest request;
        request.table = table;
        request.now = 2000;
        return request;
    }

  private:
    std::shared_ptr<RunDictionary> dictionary_ = std::make_shared<RunDictionary>();
    std::vector<std::shared_ptr<RunRow>> rows_;
};

Made example() {
    Made made;
    made.add("a", 0.1, 1, 0.91);
    made.add("B", 0.1, 2, 0.93);
    made.add("c", 0.2, 1, 0.95);
    made.add("d", 0.2, 2, none);
    made.add("", none, 1, 0.5, "dense");
    return made;
}

QString idsOf(const Arrangement& arrangement) {
    QStringList ids;
    for (const Line& line : arrangement.lines)
        ids << (line.row ? QString::number(line.row->key.run)
                         : '[' + arrangement.groups[static_cast<std::size_t>(line.group)].label + ']');
    return ids.join(' ');
}

store::Query query(const char* text, const RunTable& table) {
    store::QueryFields fields;
    for (const auto& key : *table.keys) fields.configKeys.push_back({key.name, key.isNumber});
    fields.metrics = *table.metrics;
    return std::get<store::Query>(store::Query::parse(text, fields));
}

}  // namespace

class ArrangementTest : public QObject {
    Q_OBJECT

  private slots:
    void linesAreSortedAndNothingComesLast_data() {
        QTest::addColumn<QString>("column");
        QTest::addColumn<bool>("descending");
        QTest::addColumn<QString>("ids");
        QTest::newRow("newest first") << "age" << true << "5 4 3 2 1";
        QTest::newRow("oldest first") << "age" << false << "1 2 3 4 5";
        QTest::newRow("names, whatever the case") << "name" << false << "1 2 3 4 5";
        QTest::newRow("names down") << "name" << true << "4 3 2 1 5";
        QTest::newRow("numbers, equal ones newest first")
            << "config:sparsity.density" << false << "2 1 4 3 5";
        QTest::newRow("numbers down") << "config:sparsity.density" << true << "4 3 2 1 5";
        QTest::newRow("best") << "best:test/acc" << true << "3 2 1 5 4";
        QTest::newRow("last up") << "last:test/acc" << false << "5 1 2 3 4";
        QTest::newRow("unknown key") << "config:none" << true << "5 4 3 2 1";
    }
    void linesAreSortedAndNothingComesLast() {
        QFETCH(QString, column);
        QFETCH(bool, descending);
        ArrangeRequest request = example().request();
        request.sortColumn = *Column::fromString(column);
        request.descending = descending;
        QTEST(idsOf(arrange(request)), "ids");
    }

    void theQueryAndTheScopeChoose() {
        Made made = example();
        made.change(1).info.archived = true;
        made.change(2).info.deleted = 1500;
        made.change(2).info.archived = true;  // the bin wins
        ArrangeRequest request = made.request();
        Arrangement all = arrange(request);
        QCOMPARE(idsOf(all), QString("5 4 3"));
        QCOMPARE(all.current, std::size_t{3});
        QCOMPARE(all.archived, std::size_t{1});
        QCOMPARE(all.binned, std::size_t{1});
        request.scope = Scope::Archived;
        QCOMPARE(idsOf(arrange(request)), QString("1"));
        request.scope = Scope::Bin;
        QCOMPARE(idsOf(arrange(request)), QString("2"));
        request.scope = Scope::Current;
        request.query = query("density=0.2 last(test/acc)>0.9", *request.table);
        all = arrange(request);
        QCOMPARE(idsOf(all), QString("3"));
        QCOMPARE(all.shown, std::size_t{1});
    }

    void valuesAtAStepComeFromOutside() {
        ArrangeRequest request = example().request();
        request.query = query("at(test/acc, 50) > 0.4", *request.table);
        QCOMPARE(idsOf(arrange(request)), QString());
        auto values = std::make_shared<QHash<RunKey, double>>();
        values->insert({"s", 3}, 0.5);
        values->insert({"s", 4}, 0.3);
        request.metricAt[{"test/acc", 50}] = values;
        QCOMPARE(idsOf(arrange(request)), QString("3"));
    }

    void runningRunsCanComeFirst() {
        Made made = example();
        made.change(2).info.state = store::RunState::Running;
        ArrangeRequest request = made.request();
        request.runningFirst = true;
        QCOMPARE(idsOf(arrange(request)), QString("2 5 4 3 1"));
    }

    void groupsPutSeedsTogether() {
        ArrangeRequest request = example().request();
        request.grouping = {Grouping::Kind::WithoutSeed, {}};
        Arrangement grouped = arrange(request);
        QCOMPARE(idsOf(grouped), QString("[dense] 5 [rigl, density 0.2] 4 3 [rigl, density 0.1] 2 1"));
        // By the mean of what is sorted by, not by the best run: 0.95 (one of two has a value) before 0.92.
        request.sortColumn = *Column::fromString("last:test/acc");
        grouped = arrange(request);
        QCOMPARE(idsOf(grouped), QString("[rigl, density 0.2] 3 4 [rigl, density 0.1] 2 1 [dense] 5"));
        request.collapsed = {"rigl, density 0.2"};
        grouped = arrange(request);
        QCOMPARE(idsOf(grouped), QString("[rigl, density 0.2] [rigl, density 0.1] 2 1 [dense] 5"));
        QCOMPARE(grouped.groups[0].runs.size(), std::size_t{2});
        QCOMPARE(grouped.shown, std::size_t{5});
        request.collapsed.clear();
        request.grouping = Grouping::fromString("config:sparsity.density");
        QVERIFY(idsOf(arrange(request)).startsWith("[density = 0.2] 3 4"));
        QVERIFY(idsOf(arrange(request)).contains("[no density] 5"));
    }

    void aKeyDiffersIfItHasTwoValues() {
        ArrangeRequest request = example().request();
        const auto names = [&](const std::vector<std::size_t>& keys) {
            QStringList list;
            for (const std::size_t key : keys)
                list << QString::fromStdString((*request.table->keys)[key].name);
            return list.join(' ');
        };
        QCOMPARE(names(arrange(request).differing), QString("sparsity.density seed"));
        // Only among the runs that are shown.
        request.query = query("density=0.1", *request.table);
        QCOMPARE(names(arrange(request).differing), QString("seed"));
        const std::vector<RowPointer> two{request.table->find({"s", 1}), request.table->find({"s", 5})};
        QCOMPARE(names(differingKeys(*request.table, two)), QString());
        QCOMPARE(names(differingKeys(*request.table, two, true)), QString("sparsity.density"));
    }

    void spreadIsTheSampleStandardDeviation() {
        const Spread spread = spreadOf({2, 4, 4, 4, 5, 5, 7, 9, none});
        QCOMPARE(spread.n, std::size_t{8});
        QCOMPARE(spread.mean, 5.0);
        QVERIFY(std::abs(spread.sd - std::sqrt(32.0 / 7)) < 1e-12);
        QCOMPARE(spreadOf({0.1, 0.1, 0.1}).sd, 0.0);  // not the noise of rounding
        QVERIFY(std::isnan(spreadOf({1}).sd));
        QVERIFY(std::isnan(spreadOf({}).mean));
    }

    void columnsAreWrittenAndReadBack() {
        for (const char* text : {"state", "name", "config:a:b", "best:test/acc", "spark:x", "age"})
            QCOMPARE(Column::fromString(text)->toString(), QString(text));
        for (const char* text : {"", "config", "name:x", "nothing"}) QVERIFY(!Column::fromString(text));
    }

    void theMainMetricIsATestAccuracyIfThereIsOne() {
        QCOMPARE(mainMetric({"train/loss", "test/loss", "test/acc"}), std::string("test/acc"));
        QCOMPARE(mainMetric({"train/loss", "test/loss"}), std::string("test/loss"));
        QCOMPARE(mainMetric({"zeta", "alpha"}), std::string("alpha"));
        QCOMPARE(mainMetric({}), std::string());
    }
};

QTEST_APPLESS_MAIN(ArrangementTest)
#include "test_arrangement.moc"
