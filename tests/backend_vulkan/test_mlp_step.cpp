// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "autograd/elementwise.h"
#include "autograd/loss.h"
#include "backend/vulkan/mlp_step.h"
#include "base/random.h"
#include "fixture.h"
#include "optim/optimizer.h"
#include "sparse/rewiring.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

constexpr std::int64_t batch = 48, inputs = 20, hidden = 32, classes = 4;

/// Samples around one centre per class.
struct Batch {
    std::vector<float> x;
    std::vector<std::uint32_t> labels;
    std::vector<std::int32_t> signedLabels;
};
Batch batchOf(std::int64_t step) {
    const auto centres = randomNumbers(static_cast<std::size_t>(classes * inputs), "centres");
    Batch made{
        randomNumbers(static_cast<std::size_t>(batch * inputs), "samples " + std::to_string(step)), {}, {}};
    RandomStream random(3, "labels", static_cast<std::uint64_t>(step));
    for (std::int64_t n = 0; n < batch; ++n) {
        const auto label = random.below(classes);
        made.labels.push_back(static_cast<std::uint32_t>(label));
        made.signedLabels.push_back(static_cast<std::int32_t>(label));
        for (std::size_t i = 0; i < inputs; ++i)
            made.x[static_cast<std::size_t>(n) * inputs + i] += centres[label * inputs + i];
    }
    return made;
}

/// inputs-hidden-hidden-classes on the CPU in f64; the last layer is full.
struct Reference {
    Reference() {
        const sparse::Topology topologies[] = {pattern(hidden, inputs, 128, "p0"),
                                               pattern(hidden, hidden, 204, "p1"),
                                               pattern(classes, hidden, classes * hidden, "p2")};
        for (int l = 0; l < 3; ++l) {
            const sparse::Topology& topology = topologies[l];
            auto weight = std::make_shared<sparse::SparseWeight>("fc" + std::to_string(l + 1),
                                                                 Shape{topology.rows(), topology.columns()},
                                                                 topology, DType::F64);
            start.push_back(randomNumbers(static_cast<std::size_t>(topology.edges()), weight->name(), 0.5));
            weight->values().mutableValue() = wide(start.back(), {topology.edges()});
            weights.push_back(weight);
            biases.emplace_back(Tensor::zeros({topology.rows()}, DType::F64), true);
        }
        std::vector<optim::ParameterGroup> groups(2);
        groups[0] = {{}, 0.05, 1e-3};
        groups[1] = {{}, 0.05, 0};
        for (int l = 0; l < 3; ++l) {
            groups[0].parameters.push_back({weights[static_cast<std::size_t>(l)]->name(),
                                            weights[static_cast<std::size_t>(l)]->values()});
            groups[1].parameters.push_back({"bias" + std::to_string(l), biases[static_cast<std::size_t>(l)]});
        }
        optimizer = std::make_unique<optim::Sgd>(groups, optim::SgdOptions{0.9});
    }

    double learn(const Batch& data) {
        optimizer->zeroGradients();
        autograd::Variable x(wide(data.x, {batch, inputs}));
        for (std::size_t l = 0; l < 3; ++l) {
            x = sparse::linear(x, weights[l], biases[l]);
            if (l < 2) x = autograd::relu(x);
        }
        autograd::Variable loss = autograd::crossEntropy(x, Tensor::from(data.signedLabels, {batch}), 0.1);
        loss.backward();
        return loss.value().item();
    }

    std::vector<std::shared_ptr<sparse::SparseWeight>> weights;
    std::vector<autograd::Variable> biases;
    std::vector<std::vector<float>> start;
    std::unique_ptr<optim::Sgd> optimizer;
};

constexpr SgdStep sgdStep{0.05F, 0.9F, false, 1, 1e-3F};

/// The same network on the device: two sparse layers and a dense one.
MlpStep deviceNetwork(Stream& stream, const Reference& reference) {
    std::vector<MlpLayer> layers;
    for (std::size_t l = 0; l < 3; ++l) {
        const sparse::Topology& topology = reference.weights[l]->topology();
        MlpLayer layer{reference.weights[l]->name(), static_cast<std::uint64_t>(topology.columns()),
                       static_cast<std::uint64_t>(topology.rows())};
        if (l < 2) layer.pattern = topology.pattern();
        layers.push_back(layer);
    }
    MlpStep network(stream, layers, batch);
    for (std::size_t l = 0; l < 3; ++l)
        network.setParameters(l, reference.start[l], std::vector<float>(layers[l].outputs));
    return network;
}

}  // namespace

/// Whole training steps on the device against the CPU's in f64.
class TestMlpStep : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void theLossFollowsTheCpusFor200Steps() {
        Stream& stream = fixture_.stream();
        Reference reference;
        MlpStep network = deviceNetwork(stream, reference);
        double first = 0, last = 0, worst = 0;
        for (std::int64_t step = 0; step < 200; ++step) {
            const Batch data = batchOf(step);
            const double want = reference.learn(data);
            reference.optimizer->step();
            network.step(data.x, data.labels, sgdStep, 0.1F);
            const double got = network.loss().loss;
            worst = std::max(worst, std::abs(got - want) / want);
            (step == 0 ? first : last) = got;
        }
        QVERIFY2(worst < 2e-4, std::to_string(worst).c_str());
        QVERIFY2(last < 0.5 * first, (std::to_string(first) + " to " + std::to_string(last)).c_str());
        for (std::size_t l = 0; l < 3; ++l) {
            VERIFY_SAME(differs(network.values(l), reference.weights[l]->values().value().toDoubles(), 1e-3));
            VERIFY_SAME(differs(network.bias(l), reference.biases[l].value().toDoubles(), 1e-3));
        }
    }

    void aStepIsOneSubmissionAndAllocatesNothing() {
        Stream& stream = fixture_.stream();
        Reference reference;
        MlpStep network = deviceNetwork(stream, reference);
        const Batch data = batchOf(0);
        network.step(data.x, data.labels, sgdStep);
        const auto submissions = stream.submissions();
        const auto used = stream.memory().usedBytes(), reserved = stream.memory().reservedBytes();
        const auto peak = stream.memory().peakBytes();
        for (int i = 0; i < 20; ++i) network.step(data.x, data.labels, sgdStep);
        QCOMPARE(stream.submissions() - submissions, 20);
        QCOMPARE(stream.memory().usedBytes(), used);
        QCOMPARE(stream.memory().reservedBytes(), reserved);
        QCOMPARE(stream.memory().peakBytes(), peak);
        stream.finish();
    }

    void twoRunsAreBitIdentical() {
        Stream& stream = fixture_.stream();
        std::vector<float> results[2];
        for (auto& result : results) {
            Reference reference;
            MlpStep network = deviceNetwork(stream, reference);
            for (std::int64_t step = 0; step < 10; ++step) {
                const Batch data = batchOf(step);
                network.step(data.x, data.labels, sgdStep);
                if (step == 5) network.rewire(1, {40});
            }
            result = network.values(1);
        }
        QVERIFY(results[0] == results[1]);
    }

    void rewiringBetweenStepsIsTheCpus() {
        Stream& stream = fixture_.stream();
        Reference reference;
        MlpStep network = deviceNetwork(stream, reference);
        for (std::int64_t step = 1; step <= 40; ++step) {
            const Batch data = batchOf(step);
            const bool round = step % 10 == 0;
            for (const auto& weight : reference.weights) weight->setCapturing(round);
            const double want = reference.learn(data);
            network.step(data.x, data.labels, sgdStep, 0.1F);
            QVERIFY2(std::abs(network.loss().loss - want) < 2e-4 * want, std::to_string(step).c_str());
            if (!round) {
                reference.optimizer->step();
                continue;
            }
            std::vector<sparse::DenseGradient> gradients;
            for (std::size_t l = 0; l < 2; ++l) gradients.emplace_back(reference.weights[l]->denseGradient());
            reference.optimizer->step();
            for (std::size_t l = 0; l < 2; ++l) {
                sparse::SparseWeight& weight = *reference.weights[l];
                RandomStream random(1, "growth");
                sparse::RoundOptions options;
                options.dropFraction = 0.2;
                auto plan = sparse::planRound(weight, sparse::acquisitionGrowth(1e-3, 1), options,
                                              gradients[l], step, random);
                RoundStep moved{static_cast<std::uint64_t>(plan.statistics.dropped)};
                moved.bonus = static_cast<float>(1e-3 * std::log(static_cast<double>(step)));
                moved.eps = 1;
                const auto sources = sparse::applyRound(weight, std::move(plan), options.regrow);
                reference.optimizer->remap(weight.values(), sources);
                network.rewire(l, moved);
                const auto columns = weight.topology().pattern().column;
                QVERIFY(stream.read<std::uint32_t>(network.pattern(l).column) ==
                        std::vector<std::uint32_t>(columns.begin(), columns.end()));
            }
        }
        VERIFY_SAME(differs(network.values(1), reference.weights[1]->values().value().toDoubles(), 1e-3));
    }

    void whatDoesNotFitIsAnError() {
        Stream& stream = fixture_.stream();
        QVERIFY_EXCEPTION_THROWN(MlpStep(stream, {{"a", 4, 3}, {"b", 4, 2}}, 8), Error);
        QVERIFY_EXCEPTION_THROWN(MlpStep(stream, {}, 8), Error);
        MlpStep network(stream, {{"a", 4, 3}}, 8);
        const std::vector<float> x(32);
        std::vector<std::uint32_t> labels(8, 2);
        network.step(x, labels, {});
        labels[5] = 3;
        QVERIFY_EXCEPTION_THROWN(network.step(x, labels, {}), Error);
        QVERIFY_EXCEPTION_THROWN(network.rewire(0, {1}), Error);
        stream.finish();
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestMlpStep)
#include "test_mlp_step.moc"
