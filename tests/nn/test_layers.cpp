// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "nn/activation.h"
#include "nn/convolution.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/normalization.h"
#include "nn/pooling.h"
#include "nn/sequential.h"

using namespace filigree;
using namespace filigree::nn;
using autograd::Variable;

namespace {

Tensor tensor(const std::vector<float>& values, const Shape& shape) {
    return Tensor::from(values, shape);
}

void setParameter(Module& module, const std::string& name, const Tensor& value) {
    for (Parameter& parameter : module.parameters())
        if (parameter.name == name) {
            parameter.variable.mutableValue().copyFrom(value);
            return;
        }
    QFAIL(("no parameter " + name).c_str());
}

std::vector<std::string> namesOf(const Module& module) {
    std::vector<std::string> names;
    for (const Parameter& parameter : module.parameters()) names.push_back(parameter.name);
    return names;
}

std::shared_ptr<sparse::SparseWeight> sparseWeight(const std::string& name, const Shape& shape,
                                                   const std::vector<std::uint32_t>& active) {
    return std::make_shared<sparse::SparseWeight>(
        name, shape, sparse::Topology(shape[0], shape.elements() / shape[0], active));
}

}  // namespace

class LayersTest : public QObject {
    Q_OBJECT

  private slots:
    void linearMultipliesByItsTransposedWeight() {
        Linear layer(3, 2);
        setParameter(layer, "weight", tensor({1, 2, 3, -1, 0, 1}, {2, 3}));
        setParameter(layer, "bias", tensor({10, 20}, {2}));
        const Variable y = layer.forward(Variable(tensor({1, 1, 1, 2, 0, 1}, {2, 3})));
        QCOMPARE(y.value().toDoubles(), (std::vector<double>{16, 20, 15, 19}));
        QCOMPARE(namesOf(Linear(3, 2, false)), std::vector<std::string>{"weight"});
        QVERIFY_THROWS_EXCEPTION(Error, Linear(0, 2));
    }

    void sparseLinearMultipliesByItsEdges() {
        // W = [[0, 2, 0], [3, 0, 4]].
        SparseLinear layer(sparseWeight("fc", {2, 3}, {1, 3, 5}));
        setParameter(layer, "weight", tensor({2, 3, 4}, {3}));
        setParameter(layer, "bias", tensor({10, 20}, {2}));
        const Variable y = layer.forward(Variable(tensor({1, 1, 1, 2, 5, 1}, {2, 3})));
        QCOMPARE(y.value().toDoubles(), (std::vector<double>{12, 27, 20, 30}));
        QCOMPARE(namesOf(layer), (std::vector<std::string>{"weight", "bias"}));
        QCOMPARE(layer.sparseWeights().size(), std::size_t{1});
        QVERIFY(layer.parameters()[0].variable.is(layer.sparseWeights()[0]->values()));
        QVERIFY(layer.parameters()[0].decays && !layer.parameters()[1].decays);
        QVERIFY_THROWS_EXCEPTION(Error, SparseLinear(sparseWeight("c", {2, 1, 1, 3}, {1})));
        QVERIFY_THROWS_EXCEPTION(Error, SparseLinear(nullptr));
    }

    void convolutionsOfTheSameWeightAgree() {
        const autograd::Conv2dOptions options{{2, 1}, {1, 1}, 1};
        Conv2d dense(2, 3, 3, options);
        std::vector<std::uint32_t> all(3 * 2 * 3 * 3);
        std::iota(all.begin(), all.end(), 0U);
        SparseConv2d sparse(sparseWeight("conv", {3, 2, 3, 3}, all), options);
        dense.initialize(5);
        sparse.initialize(5);
        std::vector<float> pixels(2 * 2 * 5 * 4);
        for (std::size_t i = 0; i < pixels.size(); ++i)
            pixels[i] = static_cast<float>(std::sin(static_cast<double>(i)));
        const Tensor image = tensor(pixels, {2, 2, 5, 4});
        const std::vector<double> a = dense.forward(Variable(image)).value().toDoubles();
        const std::vector<double> b = sparse.forward(Variable(image)).value().toDoubles();
        QCOMPARE(a.size(), std::size_t{2 * 3 * 3 * 4});
        QCOMPARE(b.size(), a.size());
        for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(std::abs(a[i] - b[i]) < 1e-5);
        QVERIFY_THROWS_EXCEPTION(Error, Conv2d(3, 4, 3, {{1, 1}, {0, 0}, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, SparseConv2d(sparseWeight("fc", {2, 3}, {1})));
        QVERIFY_THROWS_EXCEPTION(Error,
                                 SparseConv2d(sparseWeight("c", {2, 2, 1, 1}, {1}), {{1, 1}, {0, 0}, 2}));
    }

    void batchNormUsesItsRunningStatisticsInEvaluation() {
        BatchNorm layer(1, BatchNorm::Then::Nothing, 0.5, 0);
        const Variable x(tensor({1, 3}, {2, 1}));  // mean 2, variance 1 (unbiased 2)
        QCOMPARE(layer.forward(x).value().toDoubles(), (std::vector<double>{-1, 1}));
        QCOMPARE(layer.buffers()[0].first, std::string("running_mean"));
        QCOMPARE(layer.buffers()[0].second.item(), 1.0);
        QCOMPARE(layer.buffers()[1].first, std::string("running_var"));
        QCOMPARE(layer.buffers()[1].second.item(), 1.5);
        // A checkpoint is restored by copying into the buffers.
        layer.buffers()[0].second.copyFrom(tensor({-1}, {1}));
        layer.buffers()[1].second.copyFrom(tensor({4}, {1}));
        layer.setTraining(false);
        QCOMPARE(layer.forward(x).value().toDoubles(), (std::vector<double>{1, 2}));
        for (const Parameter& parameter : layer.parameters()) QVERIFY(!parameter.decays);
        layer.initialize(1);
        QCOMPARE(layer.forward(x).value().toDoubles(), (std::vector<double>{1, 3}));
    }

    void layerNormNormalisesEachRow() {
        LayerNorm layer({2}, 0);
        const Variable y = layer.forward(Variable(tensor({1, 3, 10, -10}, {2, 2})));
        QCOMPARE(y.value().toDoubles(), (std::vector<double>{-1, 1, 1, -1}));
        for (const Parameter& parameter : layer.parameters()) QVERIFY(!parameter.decays);
    }

    void poolsHaveTheirOptions() {
        const Variable x(tensor({1, 2, 3, 4}, {1, 1, 2, 2}));
        QCOMPARE(MaxPool2d().forward(x).value().item(), 4.0);
        QCOMPARE(AveragePool2d().forward(x).value().item(), 2.5);
        QCOMPARE(GlobalAveragePool().forward(x).value().item(), 2.5);
        QVERIFY(MaxPool2d({{1, 2}, {1, 1}, {0, 0}}).forward(x).shape() == (Shape{1, 1, 2, 1}));
    }

    void embeddingTakesRows() {
        Embedding layer(3, 2);
        setParameter(layer, "weight", tensor({1, 2, 3, 4, 5, 6}, {3, 2}));
        const Tensor ids = Tensor::from(std::vector<std::int32_t>{2, 0}, {2});
        QCOMPARE(layer.forward(Variable(ids)).value().toDoubles(), (std::vector<double>{5, 6, 1, 2}));
        Embedding wide(500, 40);
        wide.initialize(4);
        double squares = 0;
        for (const double v : wide.parameters()[0].variable.value().toDoubles()) squares += v * v;
        QVERIFY(std::abs(squares / 20000 - 1) < 5 * std::sqrt(2.0 / 20000));
    }

    void activationsHaveNamesAndValues() {
        const Variable x(tensor({-1, 2}, {2}));
        const auto second = [&](const char* name) {
            return activate(activationFrom(name), x).value().toDoubles();
        };
        const auto near = [](const std::vector<double>& a, double first, double last) {
            return std::abs(a[0] - first) < 1e-6 && std::abs(a[1] - last) < 1e-6;
        };
        // Values at -1 and 2 from tables: erf, tanh, logistic.
        QVERIFY(near(second("relu"), 0, 2));
        QVERIFY(near(second("leaky_relu"), -0.01, 2));
        QVERIFY(near(second("gelu"), -0.15865525, 1.95449974));
        QVERIFY(near(second("gelu_tanh"), -0.15880801, 1.95459769));
        QVERIFY(near(second("silu"), -0.26894142, 1.76159416));
        QVERIFY(near(second("tanh"), -0.76159416, 0.96402758));
        QVERIFY(near(second("sigmoid"), 0.26894142, 0.88079708));
        QVERIFY(near(second("softplus"), 0.31326169, 2.12692801));
        QVERIFY(near(second("identity"), -1, 2));
        for (const char* name :
             {"relu", "leaky_relu", "gelu", "gelu_tanh", "silu", "tanh", "sigmoid", "softplus"})
            QCOMPARE(std::string(nameOf(activationFrom(name))), std::string(name));
        try {
            activationFrom("rely");
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.exitCode(), 2);
            QVERIFY(error.advice().find("leaky_relu") != std::string::npos);
        }
    }

    void dropoutDependsOnSeedLayerAndStepAlone() {
        Sequential network;
        network.add("first", std::make_unique<Dropout>(0.5));
        Sequential other;
        other.add("second", std::make_unique<Dropout>(0.5));
        const Variable x(Tensor::full({50, 20}, 1));
        const auto run = [&x](Module& module, std::uint64_t seed, std::uint64_t step) {
            module.setStep(seed, step);
            return module.forward(x).value().toDoubles();
        };
        const std::vector<double> reference = run(network, 1, 10);
        run(network, 1, 11);
        QVERIFY(run(network, 1, 10) == reference);  // as a resumed run meets it
        QVERIFY(run(network, 1, 11) != reference);
        QVERIFY(run(network, 2, 10) != reference);
        QVERIFY(run(other, 1, 10) != reference);
        const auto kept = std::count(reference.begin(), reference.end(), 2.0);
        QCOMPARE(kept + std::count(reference.begin(), reference.end(), 0.0), 1000);
        QVERIFY(std::abs(static_cast<double>(kept) - 500) < 5 * std::sqrt(250.0));
        network.setTraining(false);
        QVERIFY(run(network, 1, 10) == x.value().toDoubles());
        QVERIFY_THROWS_EXCEPTION(Error, Dropout(1.0));
        QVERIFY_THROWS_EXCEPTION(Error, Dropout(-0.1));
    }

    void partsAreListedByDottedNameInTheOrderOfTheirMaking() {
        auto inner = std::make_unique<Sequential>();
        inner->add("conv", std::make_unique<Conv2d>(1, 2, 3));
        inner->add("norm", std::make_unique<BatchNorm>(2));
        Sequential outer;
        outer.add("block", std::move(inner));
        Sequential& tail = outer.add("tail", std::make_unique<Sequential>());
        Linear& last = tail.add("fc", std::make_unique<Linear>(2, 2));
        QCOMPARE(namesOf(outer),
                 (std::vector<std::string>{"block.conv.weight", "block.conv.bias", "block.norm.weight",
                                           "block.norm.bias", "tail.fc.weight", "tail.fc.bias"}));
        QCOMPARE(last.path(), std::string("tail.fc"));
        QCOMPARE(outer.path(), std::string());
        QCOMPARE(outer.buffers().size(), std::size_t{2});
        QCOMPARE(outer.buffers()[1].first, std::string("block.norm.running_var"));
        outer.setTraining(false);
        QVERIFY(!last.training());
        outer.setTraining(true);
        QVERIFY(last.training());
    }

    void namesMustBeUniqueAndWithoutDots() {
        Sequential network;
        network.add("fc", std::make_unique<Linear>(1, 1));
        QVERIFY_THROWS_EXCEPTION(Error, network.add("fc", std::make_unique<Linear>(1, 1)));
        QVERIFY_THROWS_EXCEPTION(Error, network.add("a.b", std::make_unique<Linear>(1, 1)));
        QVERIFY_THROWS_EXCEPTION(Error, network.add("", std::make_unique<Linear>(1, 1)));
    }
};

QTEST_APPLESS_MAIN(LayersTest)
#include "test_layers.moc"
