// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "autograd/elementwise.h"
#include "autograd/loss.h"
#include "autograd/reduction.h"
#include "base/error.h"
#include "methods/hard_attention_gates/golden.h"
#include "methods/hard_attention_gates/gradient_routing.h"
#include "nn/channel_gate.h"
#include "nn/linear.h"
#include "nn/sequential.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;
using autograd::Variable;
using tests::near;

namespace {

/// f = a sigmoid(w) x in double precision: what the golden steps were computed for.
class Product final : public nn::Module {
  public:
    Product()
        : a_(addParameter("a", Tensor::full({1}, 2, DType::F64), true)),
          w_(addParameter("gate", Tensor::full({1}, 0, DType::F64), false)) {}
    Variable forward(const Variable& x) override {
        return autograd::multiply(autograd::multiply(a_, autograd::sigmoid(w_)), x);
    }
    double a() const { return a_.value().item(); }
    double w() const { return w_.value().item(); }
    Variable a_, w_;
};

GradientRouting bySgd(const Product& product, RoutingMode mode) {
    std::vector<optim::ParameterGroup> main{{{{"a", product.a_}}, 0.1, 0}};
    std::vector<optim::ParameterGroup> gates{{{{"gate", product.w_}}, 0.5, 0}};
    return GradientRouting(product, {mode, 0, 0},
                           std::make_unique<optim::Sgd>(std::move(main), optim::SgdOptions{}),
                           std::make_unique<optim::Sgd>(std::move(gates), optim::SgdOptions{}));
}

std::unique_ptr<nn::Sequential> gatedNet() {
    auto net = std::make_unique<nn::Sequential>();
    net->add("gate_in", std::make_unique<nn::ChannelGate>(3));
    net->add("fc", std::make_unique<nn::Linear>(3, 1));
    net->initialize(7);
    return net;
}

Variable someLoss(nn::Module& net) {
    const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, -1, 0.5F, 2}, {2, 3});
    return autograd::mean(autograd::square(net.forward(Variable(x))));
}

std::vector<double> valuesOf(const nn::Module& net, bool gates) {
    std::vector<double> all;
    for (const nn::Parameter& p : net.parameters())
        if (nn::isGate(p.name) == gates)
            for (const double value : p.variable.value().toDoubles()) all.push_back(value);
    return all;
}

}  // namespace

class RoutingTest : public QObject {
    Q_OBJECT

    void followsGoldenSteps(RoutingMode mode, const char* name) {
        Product product;
        GradientRouting routing = bySgd(product, mode);
        const auto loss = [&] {
            const Variable f = product.forward(Variable(Tensor::full({1}, 1.5, DType::F64)));
            return autograd::scale(
                autograd::mse(f, Variable(Tensor::full({1}, 1, DType::F64)), autograd::Reduction::Sum), 0.5);
        };
        for (const auto& truth : tests::goldenGates().at("gradient_routing_sgd").at(name)) {
            const RoutedStep done = routing.step(loss, loss);
            QVERIFY(near(done.lossGate, truth.at("loss_gate")));
            QVERIFY(near(done.lossMain, truth.at("loss_main")));
            QVERIFY(near(done.normGate, std::abs(truth.at("dw").get<double>())));
            QVERIFY(near(done.normMain, std::abs(truth.at("da_used").get<double>())));
            QVERIFY(near(product.w(), truth.at("w")));
            QVERIFY(near(product.a(), truth.at("a")));
        }
    }

  private slots:
    void clearsGradientsBetweenPasses() { followsGoldenSteps(RoutingMode::Clean, "clean"); }
    void accumulatesGradientsAsThePublishedCode() {
        followsGoldenSteps(RoutingMode::Code, "accumulate_like_reference_code");
    }

    void mainOptimizerAndItsDecayNeverTouchGates() {
        auto net = gatedNet();
        // The gates' rate is 0, the weights' rate and decay are huge: whatever moves a gate is a leak.
        GradientRouting routing = routedAdam(*net, {RoutingMode::Code, 8, 8}, {0.5, 0, 10});
        const auto before = valuesOf(*net, true);
        const auto weights = valuesOf(*net, false);
        const auto loss = [&] { return someLoss(*net); };
        for (int i = 0; i < 5; ++i) routing.step(loss, loss);
        QVERIFY(valuesOf(*net, true) == before);
        QVERIFY(valuesOf(*net, false) != weights);
    }

    void gateOptimizerNeverTouchesWeights() {
        auto net = gatedNet();
        GradientRouting routing = routedAdam(*net, {RoutingMode::Clean, 8, 8}, {0, 0.1, 10});
        const auto gates = valuesOf(*net, true);
        const auto before = valuesOf(*net, false);
        const auto loss = [&] { return someLoss(*net); };
        for (int i = 0; i < 3; ++i) routing.step(loss, loss);
        QVERIFY(valuesOf(*net, false) == before);
        QVERIFY(valuesOf(*net, true) != gates);
    }

    void mixedUpOptimizersAreRefused() {
        Product product;
        std::vector<optim::ParameterGroup> both{{{{"a", product.a_}, {"gate", product.w_}}, 0.1, 0}};
        QVERIFY_THROWS_EXCEPTION(
            Error, GradientRouting(product, {RoutingMode::Plain, 0, 0},
                                   std::make_unique<optim::Sgd>(both, optim::SgdOptions{}), nullptr));
        QVERIFY_THROWS_EXCEPTION(Error,
                                 GradientRouting(product, {RoutingMode::Joint, 0, 0},
                                                 std::make_unique<optim::Sgd>(both, optim::SgdOptions{}),
                                                 std::make_unique<optim::Sgd>(both, optim::SgdOptions{})));
    }

    void heldOutGatesLearnFromTheirOwnLoss() {
        Product product;
        GradientRouting routing = bySgd(product, RoutingMode::HeldOut);
        int asked = 0;
        const auto zero = [&] {
            ++asked;
            return autograd::scale(autograd::sum(product.forward(Variable(Tensor::full({1}, 1, DType::F64)))),
                                   0);
        };
        const auto loss = [&] {
            return autograd::sum(product.forward(Variable(Tensor::full({1}, 1, DType::F64))));
        };
        routing.step(zero, loss);
        QCOMPARE(asked, 1);
        QCOMPARE(product.w(), 0.0);
        QCOMPARE(product.a(), 2 - 0.1 * 0.5);
    }

    void gradientsThatAreNotFiniteMoveNothing() {
        Product product;
        GradientRouting routing = bySgd(product, RoutingMode::Clean);
        const auto loss = [&] {
            return autograd::sum(product.forward(Variable(Tensor::full({1}, INFINITY, DType::F64))));
        };
        const RoutedStep done = routing.step(loss, loss);
        QCOMPARE(done.factorMain, 0.0);
        QCOMPARE(product.w(), 0.0);
        QCOMPARE(product.a(), 2.0);
    }

    void clippingScalesAllGradientsTogether() {
        Product product;
        std::vector<optim::ParameterGroup> main{{{{"a", product.a_}}, 1, 0}};
        std::vector<optim::ParameterGroup> gates{{{{"gate", product.w_}}, 1, 0}};
        GradientRouting routing(product, {RoutingMode::Clean, 0.1, 0},
                                std::make_unique<optim::Sgd>(std::move(main), optim::SgdOptions{}),
                                std::make_unique<optim::Sgd>(std::move(gates), optim::SgdOptions{}));
        const auto loss = [&] {
            return autograd::sum(product.forward(Variable(Tensor::full({1}, 1, DType::F64))));
        };
        // da = 1/2, dw = 2 (1/4) = 1/2: the norm is sqrt(1/2), so dw becomes 0.1 / sqrt 2.
        routing.step(loss, loss);
        QVERIFY(near(product.w(), -0.1 / std::sqrt(2.0), 1e-6));
    }
};

QTEST_GUILESS_MAIN(RoutingTest)
#include "test_routing.moc"
