// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "methods/hard_attention_gates/cost.h"
#include "methods/hard_attention_gates/pruning.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;
using autograd::Variable;

namespace {

struct Case {
    const char* name;
    NetworkPlan plan;
    Shape input;
};

/// Every architecture of the family, small.
std::vector<Case> cases() {
    NetworkOptions small{.branches = {{"rgb", 3}, {"loc_depth", 4}}, .size = 16, .outputs = 2};
    NetworkOptions resnet{.backbone = Backbone::ResNet18, .branches = {{"loc", 3}, {"dpt", 1}}, .size = 40};
    resnet.outputs = 2;
    resnet.width = 6;
    resnet.hidden = 10;
    NetworkOptions efficient{.backbone = Backbone::EfficientNetB0, .branches = {{"rgb", 3}, {"dpt", 1}}};
    efficient.outputs = 3;
    efficient.width = 4;
    efficient.hidden = 10;
    NetworkOptions transformer{.backbone = Backbone::VitTiny, .branches = {{"rgb", 3}}, .size = 12};
    transformer.outputs = 2;
    transformer.width = 12;
    transformer.patch = 4;
    transformer.depth = 2;
    return {{"small", {.architecture = small}, {3, 7, 16, 16}},
            {"resnet18", {.architecture = resnet}, {2, 4, 40, 40}},
            {"efficientnet_b0", {.architecture = efficient}, {2, 4, 40, 40}},
            {"vit_tiny", {.architecture = transformer}, {2, 3, 12, 12}},
            {"decoys", {.architecture = {}, .hiddenGate = true}, {5, 128}}};
}

Tensor wave(const Shape& shape, double rate, double phase = 0) {
    Tensor x = Tensor::empty(shape, DType::F64);
    double i = 0;
    for (double& value : x.values<double>()) value = std::sin(rate * ++i + phase);
    return x;
}

/// In double precision; weights, running statistics and scores differ from channel to channel.
GatedNetwork network(const NetworkPlan& plan) {
    GatedNetwork net = plan.make(7);
    double phase = 0;
    for (nn::Parameter& parameter : net.module->parameters()) {
        Tensor value = parameter.variable.value().to(DType::F64);
        const Tensor change = wave(value.shape(), 1.7, ++phase);
        for (std::int64_t i = 0; i < value.elements(); ++i)
            value.data<double>()[i] += (nn::isGate(parameter.name) ? 2 : 0.2) * change.data<double>()[i];
        parameter.variable.mutableValue() = value;
    }
    for (auto& [name, buffer] : net.module->buffers())
        buffer.copyFrom(wave(buffer.shape(), 0.9, ++phase).to(buffer.dtype()));
    for (auto& [name, buffer] : net.module->buffers())
        if (name.ends_with("running_var"))
            for (float& value : buffer.values<float>()) value = 1 + value * value;
    net.module->setTraining(false);
    return net;
}

void close(GatedNetwork& net, double threshold) {
    for (auto& [name, gate] : net.gates) gate->setThreshold(threshold);
}

std::vector<double> outputs(GatedNetwork& net, const Shape& input) {
    const autograd::NoGradient noTape;
    return net.module->forward(Variable(wave(input, 0.3))).value().toDoubles();
}

double difference(const std::vector<double>& a, const std::vector<double>& b) {
    double most = a.size() == b.size() ? 0 : 1e9;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

std::int64_t weightsOf(const GatedNetwork& net) {
    std::int64_t count = 0;
    for (const nn::Parameter& parameter : net.module->parameters())
        count += parameter.variable.value().elements();
    return count;
}

}  // namespace

class PruningTest : public QObject {
    Q_OBJECT

  private slots:
    void outputsStayAndTensorsShrink() {
        for (const Case& c : cases()) {
            GatedNetwork net = network(c.plan);
            const std::vector<double> open = outputs(net, c.input);
            close(net, 0.5);
            const std::vector<double> closed = outputs(net, c.input);
            QVERIFY2(difference(open, closed) > 1e-4, c.name);  // closing matters
            PrunedNetwork pruned = prune(c.plan, net);
            QVERIFY2(difference(closed, outputs(pruned.network, c.input)) < 1e-10, c.name);
            QVERIFY2(weightsOf(pruned.network) < weightsOf(net), c.name);
            for (std::size_t g = 0; g < net.gates.size(); ++g) {
                const auto [name, gate] = net.gates[g];
                const std::vector<double> left = pruned.network.gates[g].second->values();
                QCOMPARE(left.size(), pruned.plan.keptChannels().at(name).size());
                // Behind the last stage the head's gate has a say as well.
                std::vector<double> all = gate->values();
                std::vector<double> wanted;
                for (const std::int64_t k : pruned.plan.keptChannels().at(name))
                    wanted.push_back(all[static_cast<std::size_t>(k)]);
                QVERIFY2(difference(left, wanted) < 1e-12, name.c_str());
                for (const double score : left) QVERIFY(score >= 0.5);
            }
            if (c.plan.architecture) {
                OpenChannels channels;
                for (const auto& [name, gate] : net.gates) channels[name] = gate->open();
                QVERIFY2(std::abs(multiplyAdds(*pruned.plan.architecture) /
                                      multiplyAdds(*c.plan.architecture, channels) -
                                  1) < 1e-12,
                         c.name);
            }
        }
    }

    void ofAClosedGateOneChannelStaysWithoutEffect() {
        for (const Case& c : cases()) {
            GatedNetwork net = network(c.plan);
            close(net, 2);
            const std::vector<double> closed = outputs(net, c.input);
            PrunedNetwork pruned = prune(c.plan, net);
            QVERIFY2(difference(closed, outputs(pruned.network, c.input)) < 1e-12, c.name);
            const std::size_t branches = c.plan.architecture ? c.plan.architecture->branches.size() : 1;
            for (const auto& [name, gate] : pruned.network.gates)
                QCOMPARE(gate->values().size(), name == "head1" ? branches : std::size_t{1});
        }
    }

    void aPrunedNetworkIsPrunedAgainAndReadFromAFile() {
        for (const Case& c : cases()) {
            GatedNetwork net = network(c.plan);
            close(net, 0.4);
            PrunedNetwork once = prune(c.plan, net);
            close(once.network, 0.7);
            PrunedNetwork twice = prune(once.plan, once.network);
            close(net, 0.7);
            QVERIFY2(prune(c.plan, net).plan.keptChannels() == twice.plan.keptChannels(), c.name);
            QVERIFY2(difference(outputs(net, c.input), outputs(twice.network, c.input)) < 1e-10, c.name);
            // Files hold the network's own precision: single in a run.
            for (nn::Parameter& parameter : twice.network.module->parameters())
                parameter.variable.mutableValue() = parameter.variable.value().to(DType::F32);
            PrunedNetwork read = networkOf(fileOf(twice), c.plan);
            QVERIFY(read.plan.keptChannels() == twice.plan.keptChannels());
            read.network.module->setTraining(false);
            const autograd::NoGradient noTape;
            const Variable x(wave(c.input, 0.3).to(DType::F32));
            QCOMPARE(read.network.module->forward(x).value().toDoubles(),
                     twice.network.module->forward(x).value().toDoubles());
        }
    }

    void straightThroughGatesAreClosedUpToOneHalf() {
        Case c = cases().front();
        c.plan.architecture->gate.straightThrough = true;
        c.plan.architecture->gate.temperature = 2;
        GatedNetwork net = network(c.plan);
        PrunedNetwork pruned = prune(c.plan, net);
        QVERIFY(weightsOf(pruned.network) < weightsOf(net));
        QVERIFY(difference(outputs(net, c.input), outputs(pruned.network, c.input)) < 1e-10);
    }

    void whatDoesNotFitIsRefused() {
        const Case c = cases().front();
        NetworkPlan plain = c.plan;
        plain.architecture->gated = false;
        QVERIFY_THROWS_EXCEPTION(Error, prune(plain, plain.make(0)));
        QVERIFY_THROWS_EXCEPTION(Error, networkOf(train::Checkpoint{}, c.plan));
        for (const KeptChannels& kept : {KeptChannels{{"rgb.layer1", {}}}, KeptChannels{{"rgb.layer1", {8}}},
                                         KeptChannels{{"rgb.layer1", {2, 2}}},
                                         KeptChannels{{"rgb.layer3", {1, 2}}}, KeptChannels{{"head2", {-1}}}})
            QVERIFY_THROWS_EXCEPTION(Error, c.plan.with(kept).make(0));
        GatedNetwork net = network(c.plan);
        for (nn::Parameter& parameter : net.module->parameters())
            parameter.variable.mutableValue() = parameter.variable.value().to(DType::F32);
        close(net, 0.5);
        NetworkPlan other = c.plan;
        other.architecture->hidden = 64;
        const train::Checkpoint file = fileOf(prune(c.plan, net));
        other.architecture->branches = {{"rgb", 3}};
        QVERIFY_THROWS_EXCEPTION(Error, networkOf(file, other));
    }
};

QTEST_GUILESS_MAIN(PruningTest)
#include "test_pruning.moc"
