// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "autograd/loss.h"
#include "base/error.h"
#include "base/parallel.h"
#include "nn/models/cnn.h"
#include "nn/models/mlp.h"
#include "nn/models/resnet.h"
#include "optim/clipping.h"
#include "optim/optimizer.h"

using namespace filigree;
using namespace filigree::nn;
using autograd::Variable;

namespace {

nlohmann::json golden() {
    std::ifstream file(std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/models.json");
    return nlohmann::json::parse(file);
}

double wave(std::int64_t position, double phase, double amplitude) {
    return amplitude * std::sin(0.7 * static_cast<double>(position) + phase);
}

Tensor waves(const Shape& shape, double phase, double amplitude) {
    Tensor x = Tensor::empty(shape);
    for (std::int64_t i = 0; i < x.elements(); ++i)
        x.data<float>()[i] = static_cast<float>(wave(i, phase, amplitude));
    return x;
}

/// The networks of tests/golden/make_models.py.
const MlpOptions mlpOptions{.inputs = 12, .hidden = {7, 5}, .classes = 3, .activation = ActivationKind::Gelu};
const CnnOptions cnnOptions{
    .imageChannels = 2, .height = 8, .width = 9, .channels = {4, 3}, .hidden = 6, .classes = 3};

const ResNetOptions resNetOptions{
    .imageChannels = 2, .height = 8, .width = 7, .blocks = {1, 1}, .channels = 3, .classes = 3};

bool isActive(std::int64_t position, std::int64_t number) {
    return (7 * position + number) % 3 != 0;
}

/// Patterns for all layers, given the number of each weight among all parameters.
Topologies masks(const std::vector<LayerWeight>& weights, const std::vector<std::int64_t>& numbers) {
    Topologies topologies;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        std::vector<std::uint32_t> active;
        for (std::int64_t p = 0; p < weights[i].shape.elements(); ++p)
            if (isActive(p, numbers[i])) active.push_back(static_cast<std::uint32_t>(p));
        const Shape& shape = weights[i].shape;
        topologies.emplace(weights[i].layer, sparse::Topology(shape[0], shape.elements() / shape[0], active));
    }
    return topologies;
}

std::unique_ptr<Module> network(const std::string& name, bool masked, std::uint64_t seed = 1) {
    if (name == "mlp") {
        const auto topologies = masked ? masks(mlpWeights(mlpOptions), {0, 2, 4}) : Topologies{};
        return makeMlp(mlpOptions, topologies, seed);
    }
    if (name == "resnet") {
        const auto topologies =
            masked ? masks(resNetWeights(resNetOptions), {0, 3, 6, 9, 12, 15, 18}) : Topologies{};
        return makeResNet(resNetOptions, topologies, seed);
    }
    const auto topologies = masked ? masks(cnnWeights(cnnOptions), {0, 3, 6, 8}) : Topologies{};
    return makeCnn(cnnOptions, topologies, seed);
}

/// Gives every parameter the start that the Python side uses.
void setWaves(Module& module) {
    std::vector<std::shared_ptr<sparse::SparseWeight>> sparseOnes = module.sparseWeights();
    std::int64_t number = 0;
    for (Parameter& parameter : module.parameters()) {
        Tensor& value = parameter.variable.mutableValue();
        std::vector<std::uint32_t> positions;
        for (const auto& weight : sparseOnes)
            if (weight->values().is(parameter.variable)) positions = weight->topology().positions();
        // The only vectors called weight that are not values of a sparse layer.
        const bool scale = value.rank() == 1 && positions.empty() && parameter.name.ends_with("weight");
        for (std::int64_t i = 0; i < value.elements(); ++i) {
            const std::int64_t at = positions.empty() ? i : positions[static_cast<std::size_t>(i)];
            value.data<float>()[i] =
                static_cast<float>(wave(at, static_cast<double>(number), 0.4) + (scale ? 1.0 : 0.0));
        }
        ++number;
    }
}

Tensor labelsAt(std::int64_t count, std::int64_t step) {
    std::vector<std::int32_t> labels;
    for (std::int64_t n = 0; n < count; ++n) labels.push_back(static_cast<std::int32_t>((n + step) % 3));
    return Tensor::from(labels, {count});
}

}  // namespace

class ModelsTest : public QObject {
    Q_OBJECT

  private slots:
    void cleanup() { setThreadCount(1); }

    void trainAsInPyTorch_data() {
        QTest::addColumn<int>("index");
        QTest::addColumn<int>("threads");
        const auto cases = golden();
        for (const int threads : {1, 2})
            for (std::size_t i = 0; i < cases.size(); ++i)
                QTest::addRow("%s %s, %d threads", cases[i].at("name").get<std::string>().c_str(),
                              cases[i].at("masked") ? "sparse" : "dense", threads)
                    << static_cast<int>(i) << threads;
    }
    // Forward, loss, backward, clipping's norm, SGD with momentum and decay, batch-norm statistics: all at
    // once.
    void trainAsInPyTorch() {
        QFETCH(int, index);
        QFETCH(int, threads);
        setThreadCount(threads);
        const auto expected = golden().at(static_cast<std::size_t>(index));
        const auto module = network(expected.at("name"), expected.at("masked"));
        setWaves(*module);
        QCOMPARE(module->sparseWeights().empty(), !expected.at("masked").get<bool>());
        optim::Sgd optimizer(optim::groupByDecay(module->parameters(), 0.05, 0.01), {.momentum = 0.9});
        std::vector<Variable> variables;
        for (const Parameter& parameter : module->parameters()) variables.push_back(parameter.variable);
        Shape shape;
        for (const auto& size : expected.at("shape")) shape.append(size.get<std::int64_t>());
        for (std::int64_t step = 0; step < 6; ++step) {
            optimizer.zeroGradients();
            const Variable x(waves(shape, 0.3 * static_cast<double>(step), 1.5));
            Variable loss = autograd::crossEntropy(module->forward(x), labelsAt(shape[0], step));
            loss.backward();
            const auto s = static_cast<std::size_t>(step);
            const double lossError =
                std::abs(loss.value().item() - expected.at("losses").at(s).get<double>());
            const double normError =
                std::abs(optim::gradientNorm(variables) - expected.at("norms").at(s).get<double>());
            QVERIFY2(lossError < 1e-5 && normError < 1e-4,
                     (std::to_string(lossError) + ' ' + std::to_string(normError)).c_str());
            optimizer.step();
        }
        module->setTraining(false);
        const std::vector<double> logits =
            module->forward(Variable(waves(shape, 2.0, 1.5))).value().toDoubles();
        for (std::size_t i = 0; i < logits.size(); ++i)
            QVERIFY(std::abs(logits[i] - expected.at("logits").at(i).get<double>()) < 2e-5);
    }

    void resNet18HasTheLayersAndParametersOfTheOriginal() {
        const auto weights = resNetWeights({});
        // A stem, 8 blocks of two convolutions, 3 shortcuts that change the shape, a linear layer.
        QCOMPARE(weights.size(), std::size_t{1 + 16 + 3 + 1});
        QCOMPARE(weights[5].layer, std::string("layer2.0.conv1"));
        QVERIFY((weights[5].shape == Shape{128, 64, 3, 3}));
        QCOMPARE(weights[7].layer, std::string("layer2.0.downsample.0"));
        QVERIFY((weights[7].shape == Shape{128, 64, 1, 1}));
        const auto module = makeResNet({}, {}, 1);
        std::int64_t parameters = 0;
        for (const Parameter& parameter : module->parameters())
            parameters += parameter.variable.value().elements();
        // As torchvision counts its resnet18 with a 3x3 stem and 10 classes.
        QCOMPARE(parameters, std::int64_t{11173962});
    }

    void layersAreListedWithTheirShapes() {
        const auto mlp = mlpWeights({});
        QCOMPARE(mlp.size(), std::size_t{3});
        QCOMPARE(mlp[0].layer, std::string("fc1"));
        QVERIFY(mlp[0].shape == (Shape{300, 784}) && mlp[1].shape == (Shape{100, 300}) &&
                mlp[2].shape == (Shape{10, 100}));
        const auto cnn = cnnWeights({});
        QCOMPARE(cnn.size(), std::size_t{4});
        QVERIFY(cnn[0].layer == "conv1" && cnn[0].shape == (Shape{32, 1, 3, 3}));
        QVERIFY(cnn[1].layer == "conv2" && cnn[1].shape == (Shape{64, 32, 3, 3}));
        QVERIFY(cnn[2].layer == "fc1" && cnn[2].shape == (Shape{128, 64 * 7 * 7}));
        QVERIFY(cnn[3].layer == "fc2" && cnn[3].shape == (Shape{10, 128}));
        QCOMPARE(cnnWeights({.hidden = 0}).back().layer, std::string("fc1"));
        const auto module = makeCnn({}, {}, 1);
        std::int64_t count = 0;
        for (const Parameter& parameter : module->parameters())
            count += parameter.variable.value().elements();
        // Convolutions, norms (scale and shift), fully connected with biases.
        QCOMPARE(count, std::int64_t{288 + 18432 + 2 * 32 + 2 * 64 + 128 * 3136 + 128 + 1280 + 10});
    }

    void sparseAndDenseRunsOfOneSeedStartFromTheSameWeights() {
        for (const char* name : {"mlp", "cnn"}) {
            const auto dense = network(name, false, 42), sparse = network(name, true, 42);
            const auto denseParameters = dense->parameters(), sparseParameters = sparse->parameters();
            QCOMPARE(sparseParameters.size(), denseParameters.size());
            int compared = 0;
            for (const auto& weight : sparse->sparseWeights())
                for (std::size_t p = 0; p < denseParameters.size(); ++p) {
                    QCOMPARE(sparseParameters[p].name, denseParameters[p].name);
                    if (!weight->values().is(sparseParameters[p].variable)) continue;
                    QCOMPARE(sparseParameters[p].name, weight->name() + ".weight");
                    const auto values = weight->values().value().values<float>();
                    const auto all = denseParameters[p].variable.value().values<float>();
                    const auto positions = weight->topology().positions();
                    for (std::size_t i = 0; i < positions.size(); ++i) QCOMPARE(values[i], all[positions[i]]);
                    compared += static_cast<int>(positions.size());
                }
            QVERIFY(compared > 80);
        }
    }

    void initialWeightsHaveTheFanInOfTheDenseLayer() {
        const MlpOptions options{.inputs = 800, .hidden = {100}, .classes = 10};
        std::vector<std::uint32_t> active;
        for (std::uint32_t p = 0; p < 80000; p += 10) active.push_back(p);
        const auto module = makeMlp(options, {{"fc1", sparse::Topology(100, 800, active)}}, 3);
        double squares = 0;
        for (const double v : module->sparseWeights()[0]->values().value().toDoubles()) squares += v * v;
        const double variance = 2.0 / 800;
        QVERIFY(std::abs(squares / 8000 - variance) < 5 * variance * std::sqrt(2.0 / 8000));
    }

    void batchNormTakesThePlaceOfTheBiasOfHiddenLayersSparseOrDense() {
        MlpOptions options = mlpOptions;
        options.batchNorm = true;
        for (const bool relu : {true, false}) {
            options.activation = relu ? ActivationKind::Relu : ActivationKind::Gelu;
            std::vector<std::uint32_t> every(12 * 7);
            std::iota(every.begin(), every.end(), 0U);
            Topologies sparse;
            sparse.emplace("fc1", sparse::Topology(7, 12, every));
            const auto dense = makeMlp(options, {}, 1), full = makeMlp(options, sparse, 1);
            std::vector<std::string> names;
            for (const Parameter& parameter : dense->parameters()) names.push_back(parameter.name);
            QVERIFY(
                (names == std::vector<std::string>{"fc1.weight", "norm1.weight", "norm1.bias", "fc2.weight",
                                                   "norm2.weight", "norm2.bias", "fc3.weight", "fc3.bias"}));
            // All connections of a sparse layer are the dense layer.
            full->sparseWeights()[0]->values().mutableValue().copyFrom(
                Tensor::from(dense->parameters()[0].variable.value().toDoubles(), {12 * 7}).to(DType::F32));
            const Variable x(waves({4, 12}, 0, 1));
            const auto first = dense->forward(x).value().toDoubles(),
                       second = full->forward(x).value().toDoubles();
            for (std::size_t i = 0; i < first.size(); ++i) QVERIFY(std::abs(first[i] - second[i]) < 1e-5);
        }
    }

    void dropoutSitsBehindTheHiddenLayersAndSleepsInEvaluation() {
        MlpOptions options = mlpOptions;
        options.dropout = 0.5;
        const auto module = makeMlp(options, {}, 1);
        const Variable x(waves({4, 12}, 0, 1));
        const auto at = [&](std::uint64_t step) {
            module->setStep(1, step);
            return module->forward(x).value().toDoubles();
        };
        const auto first = at(0);
        QVERIFY(at(1) != first);
        QVERIFY(at(0) == first);
        module->setTraining(false);
        QVERIFY(at(0) == at(1));
        QVERIFY(at(0) == [&] {
            const auto without = makeMlp(mlpOptions, {}, 1);
            return without->forward(x).value().toDoubles();
        }());
    }

    void patternsThatDoNotFitAreRefused() {
        const sparse::Topology small(2, 2, std::vector<std::uint32_t>{0});
        const auto message = [](auto&& call) -> std::string {
            try {
                call();
            } catch (const Error& error) {
                return error.what();
            }
            return {};
        };
        const std::string unknown = message([&] { makeMlp(mlpOptions, {{"fc9", small}}, 1); });
        QVERIFY(unknown.find("fc9") != std::string::npos &&
                unknown.find("fc1, fc2, fc3") != std::string::npos);
        QVERIFY(message([&] { makeMlp(mlpOptions, {{"fc1", small}}, 1); }).find("fc1") != std::string::npos);
        QVERIFY(message([&] {
                    makeCnn(cnnOptions, {{"conv2", small}}, 1);
                }).find("conv2") != std::string::npos);
        QVERIFY(message([&] { makeMlp({.inputs = 0}, {}, 1); }).find("0") != std::string::npos);
        QVERIFY(message([&] {
                    makeCnn({.height = 3, .channels = {4, 4}}, {}, 1);
                }).find("3 x 28") != std::string::npos);
        QVERIFY(!message([&] { makeCnn({.channels = {0}}, {}, 1); }).empty());
    }
};

QTEST_APPLESS_MAIN(ModelsTest)
#include "test_models.moc"
