// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "methods/sparse_training/saliency.h"
#include "nn/linear.h"
#include "nn/sequential.h"
#include "sparse/golden_file.h"

using namespace filigree;
using namespace filigree::methods::sparse_training;

namespace {

std::vector<double> flat(const nlohmann::json& matrix) {
    std::vector<double> values;
    for (const auto& row : matrix)
        for (const auto& value : row) values.push_back(value.get<double>());
    return values;
}

void addLayer(nn::Sequential& network, const std::string& name, const Shape& shape,
              const std::vector<double>& w, bool rectified) {
    std::vector<std::uint32_t> all(w.size());
    std::iota(all.begin(), all.end(), 0U);
    auto weight =
        std::make_shared<sparse::SparseWeight>(name, shape, sparse::survivorTopology(shape, all), DType::F64);
    weight->values().mutableValue() = Tensor::from(w, {shape.elements()});
    weight->setExecution(sparse::Execution::MaskedDense);
    network.add(name, std::make_unique<nn::SparseLinear>(weight, true, rectified));
}

/// The 3-2-2 network of the golden file.
struct TinyNet {
    nlohmann::json golden = tests::goldenFile("sparse_training_baselines.json")["tiny_net"];
    nn::Sequential network;
    Tensor x = Tensor::from(flat(golden["X"]), {2, 3});
    Tensor labels = Tensor::from(golden["y"].get<std::vector<std::int32_t>>(), {2});

    TinyNet() {
        addLayer(network, "fc1", {2, 3}, flat(golden["W1"]), true);
        addLayer(network, "fc2", {2, 2}, flat(golden["W2"]), false);
    }
    /// Largest relative difference to the golden values, after multiplying ours by `factor`.
    double worst(const std::vector<sparse::ScoredLayer>& layers, const char* key, double factor = 1) const {
        double largest = 0, error = 0;
        for (std::size_t l = 0; l < 2; ++l) {
            const auto expected = flat(golden[key][l]);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                largest = std::max(largest, std::abs(expected[i]));
                error = std::max(error, std::abs(factor * layers[l].scores[i] - expected[i]));
            }
        }
        return error / largest;
    }
};

}  // namespace

class SaliencyTest : public QObject {
    Q_OBJECT

  private slots:
    void asManySamplesOfEachClass() {
        const Tensor labels = Tensor::from(std::vector<std::int32_t>{1, 1, 0, 1, 2, 0, 2, 2}, {8});
        QCOMPARE(firstOfEachClass(labels, 3, 1), (std::vector<std::int64_t>{0, 2, 4}));
        QCOMPARE(firstOfEachClass(labels, 3, 2), (std::vector<std::int64_t>{0, 1, 2, 4, 5, 6}));
        QVERIFY(firstOfEachClass(labels, 3, 3).empty());
        QVERIFY(firstOfEachClass(labels, 4, 1).empty());
    }

    void snipScoresAreThoseOfTheReference() {
        TinyNet net;
        const auto scores = snipScores(net.network, net.x, net.labels);
        double sum = 0;
        for (const auto& layer : scores)
            for (const double score : layer.scores) sum += score;
        QVERIFY(net.worst(scores, "snip_normalised", 1 / sum) < 1e-9);
    }

    // By differences of gradients: to the step's accuracy.
    void graspScoresAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("saliency.json");
        TinyNet net;
        net.network.sparseWeights()[0]->values().mutableValue() = Tensor::from(flat(golden["W1"]), {6});
        const auto before = net.network.sparseWeights()[0]->values().value().toDoubles();
        for (const int temperature : {1, 200}) {
            const auto scores = graspScores(net.network, net.x, net.labels, temperature);
            const auto& expected = golden["grasp"][std::to_string(temperature)];
            double largest = 0, error = 0;
            for (std::size_t l = 0; l < 2; ++l) {
                const auto values = flat(expected[l]);
                for (std::size_t i = 0; i < values.size(); ++i) {
                    largest = std::max(largest, std::abs(values[i]));
                    error = std::max(error, std::abs(scores[l].scores[i] - values[i]));
                }
            }
            QVERIFY2(error < 1e-3 * largest, qPrintable(QString::number(error / largest)));
        }
        QCOMPARE(net.network.sparseWeights()[0]->values().value().toDoubles(), before);
    }

    void synflowScoresAreThoseOfTheReference() {
        TinyNet net;
        for (const auto& weight : net.network.sparseWeights())
            for (double& w : weight->values().mutableValue().values<double>()) w = std::abs(w);
        const Tensor ones = Tensor::full({1, 3}, 1, DType::F64);
        double flow = 0;
        for (const double y : net.network.forward(autograd::Variable(ones)).value().toDoubles()) flow += y;
        QVERIFY(std::abs(flow - net.golden["synflow_R"].get<double>()) < 1e-12);
        QVERIFY(net.worst(synflowScores(net.network, ones), "synflow_score") < 1e-9);
    }

    // The flow through a layer is the same for all layers ("conservation"), so none is emptied, where one
    // pruning by the same score would empty the middle one.
    void synflowKeepsAnExactNumberAndEmptiesNoLayer() {
        nn::Sequential network;
        RandomStream random(3, "weights");
        const auto layer = [&](const char* name, const Shape& shape, bool rectified) {
            std::vector<double> w(static_cast<std::size_t>(shape.elements()));
            for (double& value : w) value = random.normal();
            addLayer(network, name, shape, w, rectified);
        };
        layer("fc1", {40, 5}, true);
        layer("fc2", {40, 40}, true);
        layer("fc3", {3, 40}, false);
        const auto survivors = synflowSurvivors(network, {5}, 60, 50);
        std::size_t kept = 0;
        for (const auto& positions : survivors) {
            QVERIFY(!positions.empty());
            kept += positions.size();
        }
        QCOMPARE(kept, std::size_t{60});
    }
};

QTEST_APPLESS_MAIN(SaliencyTest)
#include "test_saliency.moc"
