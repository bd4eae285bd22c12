// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "data/search_path.h"
#include "record/recorder.h"
#include "run/presets.h"
#include "train/supervised.h"
#include "ui/start/estimate.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Counts what the engine itself records at the start and on the way.
class Counter : public record::Recorder {
  public:
    void scalar(std::string_view, double, const record::Stamp&) override {}
    void mask(const record::Mask& mask, const record::Stamp& stamp) override {
        if (stamp.step == 0) active[mask.layer] = static_cast<std::int64_t>(mask.active.size());
    }
    void edgeValues(const record::EdgeValues&, const record::Stamp&) override {}
    void rewiring(const record::Rewiring& rewiring, const record::Stamp&) override {
        rounds = std::max(rounds, rewiring.round);
    }
    void matrix(const record::Matrix&, const record::Stamp&) override {}
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}

    std::map<std::string, std::int64_t> active;
    std::int64_t rounds = 0;
};

}  // namespace

class TestEstimate : public QObject {
    Q_OBJECT

    static config::Config digits(const std::vector<const char*>& changes) {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        config::Config config = run::openRunFile("digits").config;
        for (const char* change : changes) config.set(change);
        return config;
    }

  private slots:
    /// 1437 samples in batches of 50 are 28 steps an epoch; 64-128-64-10 has 8192 + 8192 + 640 connections.
    void countsByHand() {
        const auto e = estimate(digits({}));
        QVERIFY(e && e->problem.empty());
        QCOMPARE(e->stepsPerEpoch, 28);
        QCOMPARE(e->steps, 40 * 28);
        QCOMPARE(e->total, 8192 + 8192 + 640);
        // Rounds at 20, 40, …, 840 = 0.75 x 1120.
        QCOMPARE(e->rounds, 42);
        QCOMPARE(e->layers.size(), std::size_t{3});
        QCOMPARE(e->layers[0].layer, std::string("fc1"));
    }

    void agreesWithTheEngine_data() {
        QTest::addColumn<QStringList>("changes");
        QTest::newRow("erk") << QStringList{"train.epochs=1"};
        QTest::newRow("uniform, first layer dense") << QStringList{
            "train.epochs=1", "sparsity.distribution=uniform", "sparsity.first_layer_dense=true"};
        QTest::newRow("a convolutional network")
            << QStringList{"train.max_steps=9", "model.kind=cnn", "model.channels=[4, 6]",
                           "model.cnn_hidden=12", "rewire.interval_steps=2"};
        QTest::newRow("cut by max_steps") << QStringList{"train.max_steps=17", "rewire.interval_steps=4"};
        QTest::newRow("no round at step one") << QStringList{"train.max_steps=8", "rewire.interval_steps=1"};
        QTest::newRow("static") << QStringList{"train.max_steps=5", "rewire.growth=none"};
    }
    void agreesWithTheEngine() {
        QFETCH(QStringList, changes);
        config::Config config = digits({});
        for (const QString& change : changes) config.set(change.toStdString());
        const auto e = estimate(config);
        QVERIFY(e && e->problem.empty());
        train::Supervised experiment(config, 0, data::searchPath());
        Counter counter;
        experiment.begin(counter);
        QCOMPARE(experiment.progress().totalSteps, e->steps);
        while (!experiment.progress().finished()) experiment.step(counter);
        std::map<std::string, std::int64_t> planned;
        for (const train::LayerConnections& layer : e->layers)
            if (layer.sparse) planned[layer.layer] = layer.active;
        QCOMPARE(planned, counter.active);
        QCOMPARE(e->rounds, counter.rounds);
    }

    void saysWhatCannotWork() {
        const auto cnnOnVectors = estimate(digits({"data.name=planted", "model.kind=cnn"}));
        QVERIFY(cnnOnVectors);
        QVERIFY(cnnOnVectors->problem.find("a cnn needs images") == 0);
        QVERIFY(!cnnOnVectors->problemAdvice.empty());
        const auto batch = estimate(digits({"train.batch_size=5000"}));
        QCOMPARE(QString::fromStdString(batch->problem),
                 QString("a batch is larger than the training set of 1437 samples"));
        const auto empty = estimate(digits({"sparsity.density=0.0000001"}));
        QVERIFY(empty->problem.find("without a connection") != std::string::npos);
    }

    void nothingIsSaidOfAnotherKindOfMethod() {
        config::Schema other;
        other.group("search", "").real("width", 1, "");
        QVERIFY(!estimate(config::Config::defaults(other)));
    }

    /// Twice the epochs is twice the work; memory does not depend on them.
    void workFollowsSteps() {
        const auto once = estimate(digits({"train.epochs=10"}));
        const auto twice = estimate(digits({"train.epochs=20"}));
        QCOMPARE(twice->work, 2 * once->work);
        QCOMPARE(twice->memoryBytes, once->memoryBytes);
        QVERIFY(once->memoryBytes > 24e6 && once->memoryBytes < 40e6);
    }
};

QTEST_GUILESS_MAIN(TestEstimate)
#include "test_estimate.moc"
