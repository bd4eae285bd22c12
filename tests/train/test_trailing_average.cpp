// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "data/load.h"
#include "nn/linear.h"
#include "train/memory_recorder.h"
#include "train/supervised.h"
#include "train/supervised_schema.h"
#include "train/trailing_average.h"

using namespace filigree;
using namespace filigree::train;
using tests::Memory;

namespace {

std::unique_ptr<Supervised> make(const std::vector<std::string>& settings) {
    static const config::Schema schema = [] {
        config::Schema s;
        s.merge(supervisedSchema());
        s.merge(sparsitySchema());
        return s;
    }();
    config::Config config = config::Config::defaults(schema);
    for (const char* s : {"model.hidden=[24]", "train.batch_size=50", "train.epochs=3",
                          "rewire.interval_steps=7", "rewire.growth=random", "sparsity.density=0.2"})
        config.set(s);
    for (const std::string& s : settings) config.set(s);
    return std::make_unique<Supervised>(config, 1, data::SearchPath{});
}

Checkpoint checkpointOf(const Experiment& experiment) {
    Checkpoint checkpoint;
    experiment.save(checkpoint);
    return checkpoint;
}

/// Weight by position of a sparse layer with so many columns; `prefix`: of the average.
std::map<std::int64_t, double> weights(const Checkpoint& checkpoint, const std::string& layer,
                                       std::int64_t columns, const std::string& values) {
    const auto starts = checkpoint.getIntegers(layer + ".weight.crow_indices");
    const auto column = checkpoint.getIntegers(layer + ".weight.col_indices");
    const std::vector<double> value = checkpoint.get(values).toDoubles();
    std::map<std::int64_t, double> result;
    for (std::size_t row = 0; row + 1 < starts.size(); ++row)
        for (auto e = static_cast<std::size_t>(starts[row]); e < static_cast<std::size_t>(starts[row + 1]);
             ++e)
            result[static_cast<std::int64_t>(row) * columns + column[e]] = value[e];
    return result;
}

}  // namespace

class TrailingAverageTest : public QObject {
    Q_OBJECT

  private slots:
    // d = 2/11 and 3/12: 1 -> (2 + 9 * 2) / 11 = 20/11 -> (20/11 + 3 * 3) / 4.
    void theFirstStepsForgetTheStartFaster() {
        QCOMPARE(warmedDecay(0.999, 1), 2.0 / 11);
        QCOMPARE(warmedDecay(0.999, 2), 0.25);
        QCOMPARE(warmedDecay(0.5, 100), 0.5);
        QCOMPARE(warmedDecay(0.999, 8990), 8991.0 / 9000);  // 0.999 exactly
        QCOMPARE(warmedDecay(0.999, 100000), 0.999);
        nn::Linear layer(1, 1, false);
        autograd::Variable w = layer.parameters().front().variable;
        const auto set = [&](double value) { w.mutableValue().fill(value); };
        TrailingAverage average;
        set(1);
        average.start(layer.parameters(), layer);
        set(2);
        average.add(warmedDecay(0.999, 1));
        set(3);
        average.add(warmedDecay(0.999, 2));
        average.exchange();
        QVERIFY(std::abs(w.value().item() - (20.0 / 11 + 9) / 4) < 1e-6);
        average.exchange();
        QCOMPARE(w.value().item(), 3.0);
    }

    void aMeanIsAnAverageWithItsOwnDecays() {
        nn::Linear layer(1, 1, false);
        autograd::Variable w = layer.parameters().front().variable;
        TrailingAverage average;
        average.start(layer.parameters(), layer);
        for (int n = 0; n < 3; ++n) {
            w.mutableValue().fill(n == 0 ? 1 : n == 1 ? 2 : 6);
            average.add(n / (n + 1.0));
        }
        average.exchange();
        QVERIFY(std::abs(w.value().item() - 3) < 1e-6);
    }

    // Positions 0, 2, 5 with 1, 2, 3; then 2 goes and 4 comes: its average starts at 0.
    void ofASparseWeightItHasTheConnectionsOfTheWeight() {
        const std::vector<std::uint32_t> before{0, 2, 5}, after{0, 4, 5};
        auto weight =
            std::make_shared<sparse::SparseWeight>("fc", Shape{2, 3}, sparse::Topology(2, 3, before));
        nn::SparseLinear layer(weight, false);
        weight->values().mutableValue() = Tensor::from(std::vector<float>{1, 2, 3}, {3});
        TrailingAverage average;
        average.start(layer.parameters(), layer);
        weight->rewire(sparse::Topology(2, 3, after));
        average.follow();
        QCOMPARE(average.bytes(), std::int64_t{12});
        weight->values().mutableValue() = Tensor::from(std::vector<float>{5, 8, 3}, {3});
        average.add(0.5);
        average.exchange();
        QCOMPARE(weight->values().value().toDoubles(), (std::vector<double>{3, 4, 3}));
    }

    // Against a run without an average, watched from outside after every step.
    void trainingItselfIsNotDisturbedAndTheAverageIsThatOfItsWeights() {
        record::NullRecorder none;
        auto plain = make({}), averaged = make({"average.kind=ema", "average.decay=0.8"});
        std::map<std::int64_t, double> mean = weights(checkpointOf(*plain), "fc1", 64, "fc1.weight.values");
        std::vector<double> bias = checkpointOf(*plain).get("fc1.bias").toDoubles();
        for (int step = 1; step <= 40; ++step) {
            plain->step(none);
            averaged->step(none);
            const Checkpoint now = checkpointOf(*plain);
            const auto w = weights(now, "fc1", 64, "fc1.weight.values");
            const double d = std::min(0.8, (1.0 + step) / (10.0 + step));
            // A step with a round has no update; a grown connection is 0 then, and so is its average.
            std::map<std::int64_t, double> next;
            for (const auto& [position, value] : w)
                next[position] = d * (mean.contains(position) ? mean[position] : 0) + (1 - d) * value;
            mean = next;
            const std::vector<double> b = now.get("fc1.bias").toDoubles();
            for (std::size_t i = 0; i < b.size(); ++i) bias[i] = d * bias[i] + (1 - d) * b[i];
        }
        QCOMPARE(averaged->weightsDigest(), plain->weightsDigest());
        const Checkpoint end = checkpointOf(*averaged);
        const auto found = weights(end, "fc1", 64, "train.average.fc1.weight");
        QCOMPARE(found.size(), mean.size());
        for (const auto& [position, value] : mean) QVERIFY(std::abs(found.at(position) - value) < 1e-5);
        const std::vector<double> b = end.get("train.average.fc1.bias").toDoubles();
        for (std::size_t i = 0; i < b.size(); ++i) QVERIFY(std::abs(b[i] - bias[i]) < 1e-5);
    }

    // 3 epochs of 28 steps: from 0.5 on are the ends of the second and third.
    void weightsAtTheEndsOfTheLastEpochsHaveOneMean() {
        Memory memory;
        auto experiment = make({"average.kind=swa", "average.from=0.5", "sparsity.density=1"});
        std::vector<std::vector<double>> ends;
        while (!experiment->progress().finished()) {
            experiment->step(memory);
            if (experiment->progress().step % 28 == 0)
                ends.push_back(checkpointOf(*experiment).get("fc1.weight").toDoubles());
        }
        const auto mean = checkpointOf(*experiment).get("train.average.fc1.weight").toDoubles();
        for (std::size_t i = 0; i < mean.size(); ++i)
            QVERIFY(std::abs(mean[i] - (ends[1][i] + ends[2][i]) / 2) < 1e-6);
        QCOMPARE(memory.scalars.at("test/average_acc").size(), std::size_t{2});  // none before
    }

    // The running mean of the first norm is the mean of W x over all whole batches of 128, W being the
    // average.
    void theResultMayBeTheAverageWithStatisticsOfItsOwn() {
        Memory memory, plain;
        const std::vector<std::string> settings{"model.batch_norm=true", "sparsity.density=1",
                                                "average.kind=ema", "average.decay=0.95"};
        auto with = settings;
        with.emplace_back("average.apply=true");
        auto experiment = make(with), other = make(settings);
        for (auto* e : {experiment.get(), other.get()})
            while (!e->progress().finished()) e->step(e == experiment.get() ? memory : plain);
        const Checkpoint end = checkpointOf(*experiment), kept = checkpointOf(*other);
        const std::vector<double> w = end.get("fc1.weight").toDoubles();
        QCOMPARE(w, kept.get("train.average.fc1.weight").toDoubles());
        QCOMPARE(end.get("train.average.fc1.weight").toDoubles(), kept.get("fc1.weight").toDoubles());
        QVERIFY(end.get("norm1.running_mean").toDoubles() != kept.get("norm1.running_mean").toDoubles());

        const data::Dataset digits = data::load("digits", "train", {}, {});
        const std::int64_t count = digits.count() / 128 * 128;
        data::Loader loader(digits, count, 0, false);
        std::vector<float> x(static_cast<std::size_t>(count * 64));
        std::vector<std::int32_t> labels(static_cast<std::size_t>(count));
        loader.batch(0, 0, x, labels);
        std::vector<double> sum(64, 0);
        for (std::size_t i = 0; i < x.size(); ++i) sum[i % 64] += static_cast<double>(x[i]);
        const std::vector<double> mean = end.get("norm1.running_mean").toDoubles();
        for (std::size_t unit = 0; unit < mean.size(); ++unit) {
            double expected = 0;
            for (std::size_t i = 0; i < 64; ++i)
                expected += w[unit * 64 + i] * sum[i] / static_cast<double>(count);
            QVERIFY(std::abs(mean[unit] - expected) < 1e-4);
        }
        // Whoever evaluates the finished network again sees the average.
        const double accuracy = memory.last("test/average_acc");
        QCOMPARE(plain.last("test/average_acc"), accuracy);
        auto loaded = make(with);
        loaded->load(end);
        Memory again;
        loaded->evaluate(again);
        QCOMPARE(again.last("test/acc"), accuracy);
        QVERIFY(!again.scalars.contains("test/average_acc"));
    }

    void anAverageOfSmallStepsIsBetterThanTheLastOfLargeOnes() {
        Memory memory;
        auto experiment = make({"average.kind=ema", "average.decay=0.98", "optimizer.schedule=constant",
                                "optimizer.lr=0.2", "train.epochs=8"});
        while (!experiment->progress().finished()) experiment->step(memory);
        QVERIFY(memory.last("test/average_loss") < memory.last("test/loss"));
    }
};

QTEST_APPLESS_MAIN(TrailingAverageTest)
#include "test_trailing_average.moc"
