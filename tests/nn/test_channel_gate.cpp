// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "autograd/elementwise.h"
#include "autograd/reduction.h"
#include "base/error.h"
#include "base/random.h"
#include "nn/channel_gate.h"

using namespace filigree;
using namespace filigree::nn;
using autograd::Variable;

namespace {

nlohmann::json golden() {
    std::ifstream file(std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/hard_attention_gates.json");
    return nlohmann::json::parse(file).at("gate");
}

Tensor random(const Shape& shape, std::uint64_t seed) {
    RandomStream stream(seed, "test");
    Tensor x = Tensor::empty(shape, DType::F64);
    for (double& value : x.values<double>()) value = stream.normal();
    return x;
}

Variable weightOf(ChannelGate& gate) {
    return gate.parameters().front().variable;
}

/// <gate(x), projection>.
double projected(ChannelGate& gate, const Tensor& x, const Tensor& projection) {
    return autograd::sum(autograd::multiply(gate.forward(Variable(x)), Variable(projection))).value().item();
}

/// Largest difference between the tape's gradient and central differences, over x and w.
double gradientError(ChannelGate& gate, const Tensor& x) {
    const Tensor projection = random(x.shape(), 9);
    Variable input(x.clone(), true);
    Variable w = weightOf(gate);
    w.clearGradient();
    autograd::sum(autograd::multiply(gate.forward(input), Variable(projection))).backward();
    double worst = 0;
    const auto check = [&](Tensor values, const Tensor& gradient) {
        const Tensor analytic = gradient.contiguous();
        constexpr double h = 1e-5;
        for (std::int64_t i = 0; i < values.elements(); ++i) {
            double& at = values.data<double>()[i];
            const double kept = at;
            at = kept + h;
            const double up = projected(gate, x, projection);
            at = kept - h;
            const double down = projected(gate, x, projection);
            at = kept;
            worst = std::max(worst, std::abs((up - down) / (2 * h) - analytic.data<double>()[i]));
        }
    };
    check(x, input.gradient());
    check(w.mutableValue(), w.gradient());
    return worst;
}

}  // namespace

class ChannelGateTest : public QObject {
    Q_OBJECT

  private slots:
    void valuesAndGradientsAreTheGoldenOnes() {
        const auto truth = golden();
        ChannelGate gate(4);
        Variable w = weightOf(gate);
        w.mutableValue() = Tensor::from(truth.at("w").get<std::vector<double>>(), {4});
        const auto flat = [&](const char* name) {
            std::vector<double> all;
            for (const auto& row : truth.at(name))
                for (const double value : row) all.push_back(value);
            return all;
        };
        Variable x(Tensor::from(flat("x"), {2, 4}), true);
        Variable y = gate.forward(x);
        const auto same = [](const std::vector<double>& a, const std::vector<double>& b) {
            for (std::size_t i = 0; i < a.size(); ++i)
                if (std::abs(a[i] - b[i]) > 1e-9) return false;
            return a.size() == b.size();
        };
        QVERIFY(same(y.value().toDoubles(), flat("y")));
        QVERIFY(same(gate.values(), truth.at("sigma").get<std::vector<double>>()));
        y.backward(Tensor::from(flat("dy"), {2, 4}));
        QVERIFY(same(x.gradient().toDoubles(), flat("dx")));
        QVERIFY(same(w.gradient().toDoubles(), truth.at("dw").get<std::vector<double>>()));
    }

    void gradientsHoldInEveryPlacement() {
        for (const Shape& shape : {Shape{3, 5}, Shape{2, 5, 3, 4}, Shape{2, 3, 5}})
            for (const double temperature : {1.0, 0.5}) {
                ChannelGate gate(5, {.temperature = temperature});
                weightOf(gate).mutableValue() = random({5}, 3);
                QVERIFY(gradientError(gate, random(shape, 4)) < 1e-8);
            }
    }

    void weighsChannelsOfImagesAndFeaturesOfTokens() {
        ChannelGate gate(2);
        weightOf(gate).mutableValue() = Tensor::from(std::vector<double>{0, 100}, {2});
        const Tensor ones = Tensor::full({1, 2, 1, 2}, 1, DType::F64);
        QVERIFY(gate.forward(Variable(ones)).value().toDoubles() == (std::vector<double>{0.5, 0.5, 1, 1}));
        const Tensor tokens = Tensor::full({1, 2, 2}, 1, DType::F64);
        QVERIFY(gate.forward(Variable(tokens)).value().toDoubles() == (std::vector<double>{0.5, 1, 0.5, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, gate.forward(Variable(Tensor::zeros({2, 3}, DType::F64))));
        QVERIFY_THROWS_EXCEPTION(Error, gate.forward(Variable(Tensor::zeros({2}, DType::F64))));
    }

    void startsAsPublished() {
        const std::vector<std::pair<GateStart, double>> starts{{GateStart::Xavier, std::sqrt(2.0 / 4097)},
                                                               {GateStart::He, std::sqrt(2.0 / 4096)},
                                                               {GateStart::Half, 0}};
        for (const auto& [start, deviation] : starts) {
            ChannelGate gate(4096, {.start = start});
            gate.initialize(1);
            double squares = 0;
            for (const double w : weightOf(gate).value().toDoubles()) squares += w * w;
            // The deviation of 4096 draws is known to 1.1 %.
            QVERIFY(std::abs(std::sqrt(squares / 4096) - deviation) <= 0.04 * deviation);
        }
    }

    void thresholdClosesChannelsInEvaluationAlone() {
        ChannelGate gate(2);
        weightOf(gate).mutableValue() = Tensor::from(std::vector<double>{-1, 1}, {2});
        gate.setThreshold(0.5);
        const Variable x(Tensor::full({1, 2}, 1, DType::F64));
        QVERIFY(gate.forward(x).value().toDoubles()[0] > 0.2);
        gate.setTraining(false);
        const auto closed = gate.forward(x).value().toDoubles();
        QCOMPARE(closed[0], 0.0);
        QVERIFY(std::abs(closed[1] - 1 / (1 + std::exp(-1.0))) < 1e-12);
    }

    void straightThroughForwardsBitsAndLearnsAsTheSigmoid() {
        ChannelGate hard(2, {.straightThrough = true});
        ChannelGate soft(2);
        for (ChannelGate* gate : {&hard, &soft})
            weightOf(*gate).mutableValue() = Tensor::from(std::vector<double>{-1, 0.3}, {2});
        const Variable x(Tensor::from(std::vector<double>{3, 5}, {1, 2}));
        const auto bits = hard.forward(x).value().toDoubles();
        QVERIFY(std::abs(bits[0]) < 1e-15 && std::abs(bits[1] - 5) < 1e-12);
        autograd::sum(hard.forward(x)).backward();
        autograd::sum(soft.forward(x)).backward();
        QVERIFY(weightOf(hard).gradient().toDoubles() == weightOf(soft).gradient().toDoubles());
    }

    void frozenGatesTakeNoGradient() {
        ChannelGate gate(2, {.start = GateStart::Half, .frozen = true});
        Variable x(Tensor::full({1, 2}, 1), true);
        autograd::sum(gate.forward(x)).backward();
        QVERIFY(!weightOf(gate).gradient().defined());
        QVERIFY(x.gradient().toDoubles() == (std::vector<double>{0.5, 0.5}));
        QVERIFY(isGate("layer1.gate") && isGate("gate") && !isGate("gateway") && !isGate("gate.weight"));
    }
};

QTEST_GUILESS_MAIN(ChannelGateTest)
#include "test_channel_gate.moc"
