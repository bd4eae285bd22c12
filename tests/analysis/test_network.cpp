// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <functional>

#include "analysis/grid.h"
#include "analysis/lesion.h"
#include "analysis/network.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "golden_file.h"
#include "nn/models/cnn.h"
#include "nn/models/mlp.h"

using namespace filigree;
using namespace filigree::analysis;
using filigree::tests::near;

namespace {

/// One layer of a network with connections at the given positions, values 1, 2, ....
SavedWeights oneLayer(std::vector<std::uint32_t> positions, double first = 1) {
    SavedLayer layer{{2, 3}, std::move(positions), {}, {}, {}};
    for (std::size_t e = 0; e < layer.positions.size(); ++e) {
        layer.values.push_back(first + static_cast<double>(e));
        layer.ages.push_back(static_cast<std::int64_t>(e));
        layer.activity.push_back(10 * static_cast<std::int64_t>(e));
    }
    SavedWeights saved;
    saved.sparse.emplace("fc1", std::move(layer));
    saved.dense.emplace("fc1.bias", Tensor::from(std::vector<float>{7, 8}, {2}));
    return saved;
}

std::unique_ptr<nn::Module> mlp(const nn::Topologies& topologies) {
    return nn::makeMlp({3, {}, 2}, topologies, 1);
}

/// Batch-normalised, on 4 x 4 images; half of the first layer is there.
std::unique_ptr<Network> cnn() {
    nn::CnnOptions options;
    options.height = options.width = 4;
    options.channels = {3};
    options.hidden = 0;
    options.classes = 3;
    const std::vector<std::uint32_t> active{0, 2, 4, 6, 8, 9, 11, 13, 15, 17, 18, 20, 22, 26};
    nn::Topologies topologies;
    topologies.emplace("conv1", sparse::Topology(3, 9, active));
    return std::make_unique<Network>(nn::makeCnn(options, topologies, 5));
}

Samples images(std::int64_t count, std::int64_t batch, std::uint64_t seed = 3) {
    data::Dataset set;
    set.sampleShape = {1, 4, 4};
    set.classes = 3;
    RandomStream random(seed, "images");
    LargeVector<float> pixels;
    for (std::int64_t i = 0; i < count * 16; ++i) pixels.push_back(static_cast<float>(random.normal() + 0.5));
    set.samples = std::move(pixels);
    for (std::int64_t i = 0; i < count; ++i) set.labels.push_back(static_cast<std::int32_t>(i % 3));
    return takeSamples(set, 0, batch, 1);
}

std::vector<std::size_t> chosen(const char* query) {
    const SavedWeights saved = oneLayer({0, 1, 3, 5}, -2);  // values -2 -1 0 1, ages 0-3, activity 0-30
    return select(saved.sparse.at("fc1"), query);
}

}  // namespace

class NetworkTest : public QObject {
    Q_OBJECT
    using Numbers = std::vector<std::size_t>;

  private slots:
    void aPointHoldsConnectionsAndDenseParameters() {
        const SavedWeights saved = oneLayer({1, 3, 5});
        Network network(mlp(unionOf(std::span(&saved, 1))));
        const Point point = pointOf(saved, network.layout());
        QCOMPARE(point, (Point{1, 2, 3, 7, 8}));
        network.moveTo(point);
        QCOMPARE(network.point(), point);
        QCOMPARE(network.layout().block("fc1.weight").filterOf(0), std::int64_t{0});
        QCOMPARE(network.layout().block("fc1.weight").filterOf(1), std::int64_t{1});
        QVERIFY_THROWS_EXCEPTION(Error, network.moveTo(Point{1, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, network.layout().block("fc9.weight"));
    }

    void networksMeetInTheUnionOfTheirPatterns() {
        const std::vector<SavedWeights> both{oneLayer({1, 3}), oneLayer({0, 3, 4})};
        const Network united(mlp(unionOf(both)));
        QCOMPARE(united.layout().block("fc1.weight").positions, (std::vector<std::uint32_t>{0, 1, 3, 4}));
        QCOMPARE(pointOf(both[0], united.layout()), (Point{0, 1, 2, 0, 7, 8}));
        QCOMPARE(pointOf(both[1], united.layout()), (Point{1, 0, 2, 3, 7, 8}));
        // A layer that is dense in the layout holds every connection.
        const Network dense(mlp({}));
        QCOMPARE(pointOf(both[0], dense.layout()), (Point{0, 1, 0, 2, 0, 0, 7, 8}));
        const Network first(mlp(unionOf(std::span(both).first(1))));
        QVERIFY_THROWS_EXCEPTION(Error, pointOf(both[1], first.layout()));
    }

    void recomputedStatisticsAreThoseOfAllSamples() {
        const Samples whole = images(30, 30), parts = images(30, 10);
        const auto network = cnn();
        network->recompute(whole);
        const auto statistics = [&] {
            std::vector<double> all;
            for (const auto& [name, buffer] : network->model().buffers())
                for (const double value : buffer.toDoubles()) all.push_back(value);
            return all;
        };
        const auto once = statistics();
        network->recompute(parts);
        const auto pooled = statistics();
        QCOMPARE(once.size(), std::size_t{6});
        // The layer before reads the images as they are: means are equal, variances differ by n / (n - 1).
        for (std::size_t i = 0; i < 3; ++i) QVERIFY(near(pooled[i], once[i], 1e-5));
        for (std::size_t i = 3; i < 6; ++i) {
            QVERIFY(std::abs(pooled[i] / once[i] - 1) < 0.02);
            QVERIFY(once[i] > 0.01);
        }
        // And the loss does not depend on the scale of the weights before the norm, as it would with
        // statistics of another point.
        const Point point = network->point();
        Point scaled = point;
        const Block& block = network->layout().block("conv1.weight");
        for (std::size_t i = 0; i < block.size; ++i) scaled[block.offset + i] *= 3;
        network->moveTo(point);
        const double loss = network->evaluate(whole, Statistics::Recomputed).loss;
        const double running = network->evaluate(whole, Statistics::Running).loss;
        network->moveTo(scaled);
        QVERIFY(near(network->evaluate(whole, Statistics::Recomputed).loss, loss, 1e-4));
        // One batch: its own statistics are the recomputed ones, but for the unbiased variance (480 / 479).
        QVERIFY(near(network->evaluate(whole, Statistics::Recomputed, &whole).loss, loss, 1e-3));
        network->recompute(whole);
        network->moveTo(point);
        QVERIFY(std::abs(network->evaluate(whole, Statistics::Running).loss - running) > 1e-3);
    }

    void classesAddUpToTheWhole() {
        const Samples samples = images(31, 10);
        QCOMPARE(samples.batches.back().labels.dim(0), std::int64_t{11});  // no batch of one
        const auto network = cnn();
        const Evaluation all = network->evaluate(samples, Statistics::Recomputed);
        const Evaluation summed = network->evaluateClasses(samples, Statistics::Recomputed).overall();
        QVERIFY(near(summed.loss, all.loss, 1e-6));
        QVERIFY(near(summed.accuracy, all.accuracy, 1e-12));
        QVERIFY(all.loss > 0.1);
    }

    void theGradientIsThatOfTheLossWithBatchStatistics() {
        const Samples samples = images(12, 6);
        nn::CnnOptions options;
        options.height = options.width = 4;
        options.channels = {2};
        options.hidden = 0;
        options.classes = 3;
        options.activation = nn::ActivationKind::Tanh;
        Network network(nn::makeCnn(options, {}, 5), DType::F64);
        Samples precise = samples;
        for (auto& batch : precise.batches) batch.x = batch.x.to(DType::F64);
        const Point point = network.point();
        Point gradient(point.size()), scratch(point.size());
        network.gradient(precise, Statistics::Batch, gradient);
        for (std::size_t i = 0; i < point.size(); i += 3) {
            Point moved = point;
            moved[i] += 1e-5;
            network.moveTo(moved);
            const double above = network.gradient(precise, Statistics::Batch, scratch);
            moved[i] -= 2e-5;
            network.moveTo(moved);
            const double below = network.gradient(precise, Statistics::Batch, scratch);
            QVERIFY(near(gradient[i], (above - below) / 2e-5, 1e-6));
        }
    }

    void aGridIsTheSameWithAnyNumberOfThreads() {
        const Samples samples = images(12, 12);
        const auto compute = [&](int threads) {
            setThreadCount(threads);
            std::vector<std::unique_ptr<Network>> networks;
            for (int i = 0; i < threads; ++i) networks.push_back(cnn());
            const Point point = networks[0]->point();
            const Layout& layout = networks[0]->layout();
            const Plane plane{point,
                              {randomDirection(layout, point, 1, 0, Normalization::Filter),
                               randomDirection(layout, point, 1, 1, Normalization::Filter)}};
            const auto x = spaced(-1, 1, 5), y = spaced(-1, 1, 3);
            GridTask task{&plane, x, y, {}};
            for (std::size_t i = 0; i < 14; ++i) task.indices.push_back(i);
            std::vector<float> values(15, -1);
            const std::size_t done = evaluateGrid(
                task, networks, 1,
                [&](Network& network, std::span<float> out) {
                    out[0] = static_cast<float>(network.evaluate(samples, Statistics::Recomputed).loss);
                },
                {}, values);
            setThreadCount(1);
            if (done != 14) qFatal("not all places");
            return values;
        };
        const auto one = compute(1);
        QCOMPARE(compute(3), one);
        QCOMPARE(one[14], -1.0F);  // was not asked for
        QVERIFY(one[0] > 0 && one[0] != one[7]);
    }

    void stoppingLeavesTheRest() {
        std::vector<std::unique_ptr<Network>> networks;
        networks.push_back(cnn());
        const Plane line{networks[0]->point(), {networks[0]->point()}};
        const auto x = spaced(0, 1, 10);
        const std::vector<double> y{0};
        const GridTask task{&line, x, y, {4, 2, 1, 0}};
        std::vector<float> values(10, -1);
        int asked = 0;
        const auto done = evaluateGrid(
            task, networks, 1, [](Network&, std::span<float> out) { out[0] = 5; },
            [&] { return ++asked > 2; }, values);
        QCOMPARE(done, std::size_t{2});
        QCOMPARE(values, (std::vector<float>{-1, -1, 5, -1, 5, -1, -1, -1, -1, -1}));
    }

    void queriesNameConnections() {
        QCOMPARE(chosen(""), (Numbers{0, 1, 2, 3}));
        QCOMPARE(chosen("age < 2"), (Numbers{0, 1}));
        QCOMPARE(chosen("|w| <= 1 and age > 1"), (Numbers{2, 3}));
        QCOMPARE(chosen("w<0 or activity >= 30"), (Numbers{0, 1, 3}));
        QCOMPARE(chosen("not (row = 0)"), (Numbers{2, 3}));
        QCOMPARE(chosen("column = 2 or column = 1 and row = 0"), (Numbers{1, 3}));
        QCOMPARE(chosen("age != 1 and not age = 3"), (Numbers{0, 2}));
        // Quartiles of |w| = 2 1 0 1: q50 is 1, q75 is 1.25.
        QCOMPARE(chosen("|w| < q50"), (Numbers{2}));
        QCOMPARE(chosen("|w| > q75"), (Numbers{0}));
        QCOMPARE(chosen("w > -1.5e0"), (Numbers{1, 2, 3}));
        for (const char* wrong : {"age", "age <", "age < x", "size > 3", "(age < 3", "age < 3)", "age < q101",
                                  "age < 3 and", "age < 3 w > 1", "not", "age < 1e999"})
            QVERIFY2(
                [&] {
                    try {
                        chosen(wrong);
                    } catch (const Error& error) {
                        return error.kind() == ErrorKind::Usage && !error.advice().empty();
                    }
                    return false;
                }(),
                wrong);
    }

    void aLesionZeroesItsConnectionsAlone() {
        const SavedWeights saved = oneLayer({1, 3, 5});
        const SavedLayer& layer = saved.sparse.at("fc1");
        Network network(mlp(unionOf(std::span(&saved, 1))));
        Point point = pointOf(saved, network.layout());
        const auto listed = connectionsAt(layer, std::vector<std::uint32_t>{5, 1, 5});
        QCOMPARE(listed, (Numbers{0, 2}));
        removeConnections(network.layout(), "fc1", layer, listed, point);
        QCOMPARE(point, (Point{0, 2, 0, 7, 8}));
        const Network dense(mlp({}));
        Point inDense = pointOf(saved, dense.layout());
        removeConnections(dense.layout(), "fc1", layer, listed, inDense);
        QCOMPARE(inDense, (Point{0, 0, 0, 2, 0, 0, 7, 8}));
        QVERIFY_THROWS_EXCEPTION(Error, connectionsAt(layer, std::vector<std::uint32_t>{2}));
    }
};

QTEST_GUILESS_MAIN(NetworkTest)
#include "test_network.moc"
