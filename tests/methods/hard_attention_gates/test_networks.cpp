// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "autograd/elementwise.h"
#include "autograd/reduction.h"
#include "base/error.h"
#include "methods/hard_attention_gates/activation_map.h"
#include "methods/hard_attention_gates/cost.h"
#include "methods/hard_attention_gates/gradient_routing.h"
#include "methods/hard_attention_gates/networks.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;
using autograd::Variable;

namespace {

/// The networks that tests/golden/make_gated_networks.py computes.
struct Case {
    const char* name;
    NetworkOptions options;
    Shape input;
};

std::vector<Case> cases() {
    NetworkOptions resnet{.backbone = Backbone::ResNet18, .branches = {{"loc", 3}, {"dpt", 1}}};
    resnet.outputs = 2;
    resnet.width = 2;
    resnet.hidden = 5;
    NetworkOptions efficient{.backbone = Backbone::EfficientNetB0, .branches = {{"rgb", 3}}};
    efficient.outputs = 3;
    efficient.width = 4;
    efficient.hidden = 5;
    NetworkOptions vit{.backbone = Backbone::VitTiny, .branches = {{"rgb", 3}}};
    vit.outputs = 2;
    vit.size = 12;
    vit.patch = 4;
    vit.width = 6;
    vit.depth = 2;
    return {{"resnet18", resnet, {3, 4, 40, 40}},
            {"efficientnet_b0", efficient, {3, 3, 40, 40}},
            {"vit_tiny", vit, {2, 3, 12, 12}}};
}

std::vector<Case> casesAndSmall() {
    std::vector<Case> all = cases();
    all.push_back({"small", {}, {4, 4, 16, 16}});
    return all;
}

Tensor wave(const Shape& shape, double amplitude, double rate, double phase) {
    Tensor x = Tensor::empty(shape, DType::F64);
    double i = 0;
    for (double& value : x.values<double>()) value = amplitude * std::sin(rate * i++ + phase);
    return x;
}

bool isScale(const std::string& name, const Shape& shape) {
    return name.ends_with(".weight") && shape.rank() == 1;
}

/// A network in double precision with the values of the golden file.
GatedNetwork doubled(const NetworkOptions& options) {
    GatedNetwork network = makeNetwork(options, 0);
    std::vector<nn::Parameter> parameters = network.module->parameters();
    std::sort(parameters.begin(), parameters.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (std::size_t p = 0; p < parameters.size(); ++p) {
        Tensor value = wave(parameters[p].variable.shape(), 0.4, 0.7, static_cast<double>(p));
        if (isScale(parameters[p].name, value.shape()))
            for (double& v : value.values<double>()) v += 1;
        parameters[p].variable.mutableValue() = value;
    }
    return network;
}

Variable objective(nn::Module& module, const Tensor& x, std::vector<double>* output = nullptr) {
    const Variable y = module.forward(Variable(x));
    if (output) *output = y.value().toDoubles();
    Tensor cosines = Tensor::empty(y.shape(), DType::F64);
    double k = 0;
    for (double& value : cosines.values<double>()) value = std::cos(k++);
    return autograd::sum(autograd::multiply(y, Variable(cosines)));
}

nlohmann::json golden() {
    std::ifstream file(std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/gated_networks.json");
    return nlohmann::json::parse(file);
}

std::vector<double> valuesOf(const nn::Module& net, bool gates) {
    std::vector<double> all;
    for (const nn::Parameter& p : net.parameters())
        if (nn::isGate(p.name) == gates)
            for (const double value : p.variable.value().toDoubles()) all.push_back(value);
    return all;
}

}  // namespace

class NetworksTest : public QObject {
    Q_OBJECT

  private slots:
    // By hand, layer by layer: 48 -> 24, 12, 6 pixels; 8, 16, 32 channels.
    void multiplyAddsFollowClosedChannels() {
        const NetworkOptions small;
        const auto closed = [](std::size_t count, std::size_t first) {
            std::vector<bool> open(count, true);
            std::fill_n(open.begin(), first, false);
            return open;
        };
        QCOMPARE(multiplyAdds(small), 165888.0 + 663552 + 516096 + 516096 + 1056);
        QCOMPARE(multiplyAdds(small, {{"loc_depth.layer1", closed(8, 2)}}),
                 165888.0 + 580608 + 470016 + 516096 + 1056);
        QCOMPARE(multiplyAdds(small, {{"head1", closed(32, 1)}}), 165888.0 + 663552 + 516096 + 505152 + 1024);
        QCOMPARE(multiplyAdds(small, {{"head2", closed(32, 2)}}), 165888.0 + 663552 + 2 * 516096 + 990);
        // torchvision's ResNet-18 has 1 814 073 344 at 224 pixels, 512 000 of them in its classifier.
        NetworkOptions residual{.backbone = Backbone::ResNet18, .branches = {{"rgb", 3}}, .size = 224};
        QCOMPARE(multiplyAdds(residual), 1814073344.0 - 512000 + 512 * 128 + 128);
        NetworkOptions transformer{
            .backbone = Backbone::VitTiny, .branches = {{"rgb", 3}}, .width = 6, .depth = 1, .heads = 1};
        QCOMPARE(multiplyAdds(transformer), 41472.0 + 1080 + 1200 + 360 + 2880 + 6);
        QCOMPARE(multiplyAdds(transformer, {{"block0.mlp", closed(6, 2)}}),
                 41472.0 + 1080 + 1200 + 360 + 2880 - 480 + 6);
        // torchvision states 0.386 x 10^9 for EfficientNet-B0 at 224 pixels, 1 280 000 of them in its
        // classifier.
        NetworkOptions efficient{.backbone = Backbone::EfficientNetB0, .branches = {{"rgb", 3}}, .size = 224};
        const double trunk = 385814752.0 - 1280000;
        QCOMPARE(multiplyAdds(efficient), trunk + 1280 * 128 + 128);
        // A feature that is not read: 7 x 7 pixels of 320 channels and a column of the head.
        QCOMPARE(multiplyAdds(efficient, {{"head1", closed(1280, 3)}}),
                 trunk + 1280 * 128 + 128 - 3 * (49 * 320 + 128));
        QCOMPARE(multiplyAdds(efficient, {{"head2", closed(128, 2)}}), trunk + 126 * 1281);
    }

    void outputsAndGradientsAreThoseOfPyTorch() {
        const auto truth = golden();
        for (const Case& c : cases()) {
            const auto& expected = truth.at(c.name);
            GatedNetwork network = doubled(c.options);
            std::vector<double> output;
            Variable loss = objective(*network.module, wave(c.input, 1, 0.3, 0), &output);
            const auto values = expected.at("output").get<std::vector<double>>();
            QCOMPARE(output.size(), values.size());
            for (std::size_t i = 0; i < values.size(); ++i)
                QVERIFY2(std::abs(output[i] - values[i]) < 1e-9, c.name);
            loss.backward();
            std::size_t seen = 0;
            for (const nn::Parameter& p : network.module->parameters()) {
                QVERIFY2(expected.at("gradient_sums").contains(p.name), p.name.c_str());
                const std::vector<double> gradient = p.variable.gradient().toDoubles();
                double sum = 0;
                for (const double g : gradient) sum += std::abs(g);
                const double wanted = expected.at("gradient_sums").at(p.name);
                QVERIFY2(std::abs(sum - wanted) < 1e-8 * (1 + wanted), p.name.c_str());
                if (nn::isGate(p.name)) {
                    const auto each = expected.at("gates").at(p.name).get<std::vector<double>>();
                    QCOMPARE(gradient.size(), each.size());
                    for (std::size_t i = 0; i < each.size(); ++i)
                        QVERIFY2(std::abs(gradient[i] - each[i]) < 1e-9, p.name.c_str());
                }
                ++seen;
            }
            QCOMPARE(seen, expected.at("gradient_sums").size());
        }
    }

    void gradientsOfGatesHoldInEveryPlacement() {
        for (const Case& c : casesAndSmall()) {
            GatedNetwork network = doubled(c.options);
            const Tensor x = wave(c.input, 1, 0.3, 0);
            objective(*network.module, x).backward();
            constexpr double h = 1e-4;
            for (nn::Parameter& p : network.module->parameters()) {
                if (!nn::isGate(p.name)) continue;
                double* const w = p.variable.mutableValue().data<double>();
                // The first and the last channel of each gate.
                for (const std::int64_t i : {std::int64_t{0}, p.variable.value().elements() - 1}) {
                    const double kept = w[i];
                    const auto at = [&](double value) {
                        w[i] = value;
                        return objective(*network.module, x).value().item();
                    };
                    const double numeric =
                        (8 * (at(kept + h) - at(kept - h)) - (at(kept + 2 * h) - at(kept - 2 * h))) /
                        (12 * h);
                    w[i] = kept;
                    const double analytic = p.variable.gradient().toDoubles()[static_cast<std::size_t>(i)];
                    QVERIFY2(std::abs(numeric - analytic) < 1e-7 * (1 + std::abs(numeric)), p.name.c_str());
                }
            }
        }
    }

    void gatesStandWhereThePaperHasThemAndNetworksHaveTheirPublishedSize() {
        using Found = std::map<std::string, std::size_t>;
        std::int64_t weights = 0;
        const auto channels = [&](const NetworkOptions& options) {
            const GatedNetwork network = makeNetwork(options, 0);
            weights = 0;
            for (const nn::Parameter& p : network.module->parameters())
                weights += nn::isGate(p.name) ? 0 : p.variable.value().elements();
            Found found;
            for (const auto& [name, gate] : network.gates) found[name] = gate->values().size();
            return found;
        };
        // ResNet-18 without its classifier has 11 176 512 weights, EfficientNet-B0 4 007 548; the head adds
        // 512 (or 1280) x 128 + 128 + 128 + 1. ViT-Tiny/16 at 384 has 5 597 376 and 192 + 1 for the output.
        QCOMPARE(channels({.backbone = Backbone::ResNet18, .branches = {{"loc", 3}}}),
                 (Found{{"loc.layer1", 64},
                        {"loc.layer2", 128},
                        {"loc.layer3", 256},
                        {"loc.layer4", 512},
                        {"head1", 512},
                        {"head2", 128}}));
        QCOMPARE(weights, 11176512 + 512 * 128 + 257);
        QCOMPARE(channels({.backbone = Backbone::EfficientNetB0, .branches = {{"rgb", 3}}}),
                 (Found{{"head1", 1280}, {"head2", 128}}));
        QCOMPARE(weights, 4007548 + 1280 * 128 + 257);
        const Found vit = channels({.backbone = Backbone::VitTiny, .branches = {{"rgb", 3}}, .size = 384});
        QCOMPARE(vit.size(), std::size_t{24});
        for (const auto& [name, count] : vit) QCOMPARE(count, std::size_t{192});
        QCOMPARE(weights, 5597376 + 193);
        QCOMPARE(channels({}), (Found{{"loc_depth.layer1", 8},
                                      {"loc_depth.layer2", 16},
                                      {"loc_depth.layer3", 32},
                                      {"head1", 32},
                                      {"head2", 32}}));
        // Two branches have gates of their own, and the first gate of the head spans both.
        const Found two =
            channels({.backbone = Backbone::ResNet18, .branches = {{"loc", 3}, {"dpt", 1}}, .width = 2});
        QCOMPARE(two.size(), std::size_t{10});
        QCOMPARE(two.at("dpt.layer4"), std::size_t{16});
        QCOMPARE(two.at("head1"), std::size_t{32});
        for (const Case& c : casesAndSmall()) {
            NetworkOptions plain = c.options;
            plain.gated = false;
            QVERIFY(makeNetwork(plain, 0).gates.empty());
            QVERIFY(valuesOf(*makeNetwork(plain, 0).module, true).empty());
        }
    }

    void mainOptimizerAndItsDecayNeverTouchGates() {
        for (const Case& c : casesAndSmall())
            for (const RoutingMode mode : {RoutingMode::Code, RoutingMode::Clean, RoutingMode::HeldOut}) {
                GatedNetwork network = makeNetwork(c.options, 3);
                // The gates' rate is 0, the weights' rate and decay are huge: whatever moves a gate is a
                // leak.
                GradientRouting routing = routedAdam(*network.module, {mode, 8, 8}, {0.1, 0, 10});
                const auto gates = valuesOf(*network.module, true);
                const auto weights = valuesOf(*network.module, false);
                const Variable x(wave(c.input, 1, 0.3, 0).to(DType::F32));
                const auto loss = [&] {
                    return autograd::mean(autograd::square(network.module->forward(x)));
                };
                for (int i = 0; i < 2; ++i) routing.step(loss, loss);
                QVERIFY2(valuesOf(*network.module, true) == gates, c.name);
                QVERIFY2(valuesOf(*network.module, false) != weights, c.name);
            }
    }

    void activationMapsAddUpToTheOutput() {
        NetworkOptions joined{
            .branches = {{"loc", 3}, {"dpt", 1}}, .size = 16, .outputs = 3, .width = 4, .hidden = 7};
        NetworkOptions plain = joined;
        plain.gated = false;
        for (const NetworkOptions& options : {cases()[0].options, cases()[1].options, joined, plain}) {
            GatedNetwork network = doubled(options);
            QVERIFY(network.mapper != nullptr);
            network.module->setTraining(false);
            std::int64_t planes = 0;
            for (const Branch& branch : options.branches) planes += branch.channels;
            const Variable x(wave({1, planes, options.size, options.size}, 1, 0.3, 0));
            const std::vector<double> outputs = network.module->forward(x).value().toDoubles();
            for (std::size_t o = 0; o < outputs.size(); ++o) {
                const ActivationMaps maps = network.mapper->map(x, static_cast<std::int64_t>(o));
                QCOMPARE(maps.maps.size(), options.branches.size());
                double sum = maps.offset, most = 0;
                for (const Tensor& map : maps.maps) {
                    double mean = 0;
                    for (const double value : map.toDoubles()) {
                        mean += value / static_cast<double>(map.elements());
                        most = std::max(most, std::abs(value));
                    }
                    sum += mean;
                }
                QVERIFY(most > 1e-3);
                QVERIFY2(std::abs(sum - outputs[o]) < 1e-6 * (1 + most),
                         QByteArray::number(sum - outputs[o]));
            }
            const auto largest = std::max_element(outputs.begin(), outputs.end()) - outputs.begin();
            QCOMPARE(network.mapper->map(x, {}).explained, static_cast<std::int64_t>(largest));
        }
        QVERIFY(makeNetwork(cases()[2].options, 0).mapper == nullptr);
    }

    void whatDoesNotFitIsRefused() {
        NetworkOptions options{.backbone = Backbone::VitTiny, .branches = {{"loc", 3}, {"rgb", 3}}};
        QVERIFY_THROWS_EXCEPTION(Error, makeNetwork(options, 0));
        options.branches = {{"rgb", 3}};
        options.size = 50;
        QVERIFY_THROWS_EXCEPTION(Error, makeNetwork(options, 0));
        QVERIFY_THROWS_EXCEPTION(Error, backboneFrom("resnet19"));
    }
};

QTEST_GUILESS_MAIN(NetworksTest)
#include "test_networks.moc"
