// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <functional>
#include <memory>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "optim/golden.h"
#include "optim/optimizer.h"

using namespace filigree;
using namespace filigree::optim;
using autograd::Variable;

namespace {

Tensor vector(const std::vector<double>& values, DType type = DType::F64) {
    return Tensor::from(values, {static_cast<std::int64_t>(values.size())}).to(type);
}

std::unique_ptr<Optimizer> makeSgd(const Variable& variable, double rate, double momentum, double decay = 0) {
    return std::make_unique<Sgd>(std::vector<ParameterGroup>{{{{"w", variable}}, rate, decay}},
                                 SgdOptions{.momentum = momentum});
}

std::unique_ptr<Optimizer> makeAdam(const Variable& variable, double rate) {
    return std::make_unique<Adam>(std::vector<ParameterGroup>{{{{"w", variable}}, rate, 0}}, AdamOptions{});
}

void stepWith(Optimizer& optimizer, Variable variable, const std::vector<double>& gradient) {
    variable.setGradient(vector(gradient, variable.value().dtype()));
    optimizer.step();
}

double largestDifference(const Tensor& actual, const std::vector<double>& expected) {
    const std::vector<double> values = actual.toDoubles();
    if (values.size() != expected.size()) return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double difference = std::abs(values[i] - expected[i]);
        if (!(difference <= largest)) largest = difference;
    }
    return largest;
}

std::string messageOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

class OptimizerTest : public QObject {
    Q_OBJECT

  private slots:
    void followsPyTorchForFiveSteps_data() {
        QTest::addColumn<int>("index");
        int index = 0;
        const auto golden = tests::optimGolden();
        for (const auto& c : golden.at("optimizers"))
            QTest::newRow(c.at("name").get<std::string>().c_str()) << index++;
    }
    void followsPyTorchForFiveSteps() {
        QFETCH(int, index);
        const auto golden = tests::optimGolden().at("optimizers").at(static_cast<std::size_t>(index));
        const WeightDecay decay = golden.at("decoupled") ? WeightDecay::Decoupled : WeightDecay::Coupled;
        for (const DType type : {DType::F64, DType::F32}) {
            Variable w(vector(golden.at("start"), type), true);
            std::vector<ParameterGroup> groups{{{{"w", w}}, golden.at("rate"), golden.at("weight_decay")}};
            std::unique_ptr<Optimizer> optimizer;
            if (golden.at("kind") == "sgd")
                optimizer = std::make_unique<Sgd>(
                    groups, SgdOptions{golden.at("momentum"), golden.at("nesterov"), decay});
            else
                optimizer = std::make_unique<Adam>(
                    groups, AdamOptions{golden.at("beta1"), golden.at("beta2"), golden.at("epsilon"), decay});
            for (std::size_t step = 0; step < 5; ++step) {
                stepWith(*optimizer, w, golden.at("gradients").at(step));
                const double difference = largestDifference(w.value(), golden.at("trace").at(step));
                const double bound = type == DType::F64 ? 1e-14 : 2e-6;
                QVERIFY2(difference <= bound, std::to_string(difference).c_str());
            }
        }
    }

    void groupsHaveRatesAndDecaysOfTheirOwn() {
        const Variable a(vector({1}), true), b(vector({1}), true);
        Sgd optimizer({{{{"a", a}}, 0.1, 0.5}, {{{"b", b}}, 0.2, 0}}, {});
        stepWith(optimizer, a, {0});
        stepWith(optimizer, b, {1});  // a still has its gradient of 0: it decays twice
        QCOMPARE(a.value().item(), 0.95 * 0.95);
        QCOMPARE(b.value().item(), 0.8);
        optimizer.setLearningRate(1, 0.5);
        QCOMPARE(optimizer.groups()[0].learningRate, 0.1);
        QCOMPARE(optimizer.groups()[1].learningRate, 0.5);
        optimizer.setLearningRate(0.25);
        QCOMPARE(optimizer.learningRate(), 0.25);
        QCOMPARE(optimizer.groups()[1].learningRate, 0.25);
    }

    void biasesFormAGroupThatDoesNotDecay() {
        struct Named {
            std::string name;
            Variable variable;
            bool decays;
        };
        const Variable w(vector({1}), true), b(vector({1}), true);
        const auto groups = groupByDecay(std::vector<Named>{{"w", w, true}, {"b", b, false}}, 0.1, 1e-4);
        QCOMPARE(groups.size(), std::size_t{2});
        QCOMPARE(groups[0].parameters[0].name, std::string("w"));
        QCOMPARE(groups[0].weightDecay, 1e-4);
        QCOMPARE(groups[1].parameters[0].name, std::string("b"));
        QCOMPARE(groups[1].weightDecay, 0.0);
        QCOMPARE(groupByDecay(std::vector<Named>{{"w", w, true}}, 0.1, 1e-4).size(), std::size_t{1});
    }

    void aVariableWithoutGradientKeepsValueAndState() {
        const Variable w(vector({1, 2}), true), idle(vector({3}), true);
        Adam optimizer({{{{"w", w}, {"idle", idle}}, 0.1, 0.1}}, {});
        stepWith(optimizer, w, {1, 1});
        QCOMPARE(idle.value().item(), 3.0);
        QCOMPARE(optimizer.state().size(), std::size_t{3});  // of w alone
        QVERIFY(!optimizer.state(idle, "first_moment").defined());
        optimizer.zeroGradients();
        const std::vector<double> before = w.value().toDoubles();
        optimizer.step();
        QVERIFY(w.value().toDoubles() == before);
        QCOMPARE(optimizer.state()[2].second.item(), 1.0);
    }

    void sgdWithoutMomentumKeepsNoState() {
        const Variable w(vector({1, 2}), true);
        const auto optimizer = makeSgd(w, 0.1, 0);
        stepWith(*optimizer, w, {1, 1});
        QVERIFY(optimizer->state().empty());
        optimizer->remap(w, std::vector<std::int64_t>{1, 0});  // nothing to move
    }

    void remappedStateFollowsItsValues() {
        Variable w(vector({1, 2, 3, 4}), true);
        const auto optimizer = makeSgd(w, 1.0, 0.5);
        stepWith(*optimizer, w, {10, 20, 30, 40});  // momentum = gradient
        // Edge 1 is dropped, two new ones appear.
        const std::vector<std::int64_t> source{-1, 0, 2, -1, 3};
        optimizer->remap(w, source);
        w.mutableValue() = vector({0, 1, 3, 0, 4});
        QCOMPARE(optimizer->state(w, "momentum").toDoubles(), (std::vector<double>{0, 10, 30, 0, 40}));
        stepWith(*optimizer, w, {1, 1, 1, 1, 1});
        QCOMPARE(w.value().toDoubles(), (std::vector<double>{-1, 1 - 6, 3 - 16, -1, 4 - 21}));
    }

    void adamKeepsItsCountOfStepsWhenRemapped() {
        Variable w(vector({1, 2}), true);
        const auto optimizer = makeAdam(w, 0.1);
        for (int i = 0; i < 3; ++i) stepWith(*optimizer, w, {1, -1});
        const double moment = optimizer->state(w, "first_moment").toDoubles()[1];
        const double second = optimizer->state(w, "second_moment").toDoubles()[1];
        optimizer->remap(w, std::vector<std::int64_t>{-1, 1});
        QCOMPARE(optimizer->state(w, "first_moment").toDoubles(), (std::vector<double>{0, moment}));
        QCOMPARE(optimizer->state(w, "second_moment").toDoubles(), (std::vector<double>{0, second}));
        const double before = w.value().toDoubles()[0];
        stepWith(*optimizer, w, {1, -1});
        QCOMPARE(optimizer->state().back().second.item(), 4.0);
        // The newcomer's first step under the bias corrections of step 4, by hand.
        const double m = 0.1 / (1 - std::pow(0.9, 4)), v = 0.001 / (1 - std::pow(0.999, 4));
        QVERIFY(std::abs(w.value().toDoubles()[0] - (before - 0.1 * m / (std::sqrt(v) + 1e-8))) < 1e-14);
    }

    void aDenseWeightKeepsItsShapeWhenRemapped() {
        Variable w(Tensor::zeros({2, 2}, DType::F64), true);
        const auto optimizer = makeSgd(w, 1, 0.9);
        w.setGradient(vector({1, 2, 3, 4}).reshape({2, 2}));
        optimizer->step();
        optimizer->remap(w, std::vector<std::int64_t>{0, -1, 2, 3});
        QVERIFY(optimizer->state(w, "momentum").shape() == (Shape{2, 2}));
        QCOMPARE(optimizer->state(w, "momentum").toDoubles(), (std::vector<double>{1, 0, 3, 4}));
    }

    void changesOfSizeWithoutRemapAreErrors() {
        Variable w(vector({1, 2}), true), other(vector({1}), true);
        const auto optimizer = makeSgd(w, 0.1, 0.9);
        stepWith(*optimizer, w, {1, 1});
        w.clearGradient();
        w.mutableValue() = vector({1, 2, 3});
        QVERIFY(messageOf([&] {
                    stepWith(*optimizer, w, {1, 1, 1});
                }).find("w: state [2], value [3]") != std::string::npos);
        QVERIFY_THROWS_EXCEPTION(Error, optimizer->remap(w, std::vector<std::int64_t>{0, 2, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, optimizer->remap(w, std::vector<std::int64_t>{0, -2, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, optimizer->remap(other, std::vector<std::int64_t>{0}));
        // A failed remap leaves the state as it was.
        QCOMPARE(optimizer->state(w, "momentum").toDoubles(), (std::vector<double>{1, 1}));
    }

    void clearedStateStartsAnew() {
        const Variable a(vector({1}), true), b(vector({1}), true);
        Adam optimizer({{{{"a", a}, {"b", b}}, 0.1, 0}}, {});
        stepWith(optimizer, a, {1});
        stepWith(optimizer, b, {1});
        optimizer.clearState(a);
        QCOMPARE(optimizer.state().size(), std::size_t{3});
        const double before = a.value().item();
        stepWith(optimizer, a, {5});
        // Adam's first step has the length of the learning rate whatever the gradient.
        QVERIFY(std::abs(a.value().item() - (before - 0.1)) < 1e-9);
        optimizer.clearState();
        QVERIFY(optimizer.state().empty());
    }

    void savedStateContinuesWithTheSameBits_data() {
        QTest::addColumn<bool>("adam");
        QTest::newRow("sgd") << false;
        QTest::newRow("adam") << true;
    }
    void savedStateContinuesWithTheSameBits() {
        QFETCH(bool, adam);
        const auto make = [adam](const Variable& v) {
            return adam ? makeAdam(v, 0.01) : makeSgd(v, 0.1, 0.9, 0.01);
        };
        RandomStream random(3, "optimizer");
        const auto draw = [&random] {
            std::vector<double> values(50);
            for (double& value : values) value = random.normal();
            return values;
        };
        const Variable first(vector(draw(), DType::F32), true);
        const auto undisturbed = make(first);
        for (int i = 0; i < 4; ++i) stepWith(*undisturbed, first, draw());

        const Variable second(first.value().clone(), true);
        const auto resumed = make(second);
        resumed->loadState(undisturbed->state());
        for (int i = 0; i < 4; ++i) {
            const std::vector<double> gradient = draw();
            stepWith(*undisturbed, first, gradient);
            stepWith(*resumed, second, gradient);
            QVERIFY(first.value().toDoubles() == second.value().toDoubles());
        }
        // The loaded state is a copy: the two go their own ways.
        QVERIFY(!undisturbed->state()[0].second.sharesStorageWith(resumed->state()[0].second));
    }

    void stateThatDoesNotFitIsRefusedAndNamed() {
        const Variable w(vector({1, 2}), true);
        const auto optimizer = makeAdam(w, 0.1);
        stepWith(*optimizer, w, {1, 1});
        const auto good = optimizer->state();
        QCOMPARE(good[0].first, std::string("w.first_moment"));
        QCOMPARE(good[1].first, std::string("w.second_moment"));
        QCOMPARE(good[2].first, std::string("w.step"));
        const auto rejects = [&](std::vector<std::pair<std::string, Tensor>> state, const std::string& name) {
            const std::string message = messageOf([&] { optimizer->loadState(state); });
            return message.find(name) != std::string::npos;
        };
        auto unknown = good;
        unknown.emplace_back("v.first_moment", vector({1}));
        QVERIFY(rejects(unknown, "v.first_moment"));
        auto wrongShape = good;
        wrongShape[1].second = vector({1, 2, 3});
        QVERIFY(rejects(wrongShape, "w.second_moment: f64 [3] for f64 [2]"));
        QVERIFY(rejects({good[0], good[2]}, "w"));
        QVERIFY(rejects({good[0], good[1]}, "w"));
        QVERIFY(rejects({good[0], good[0]}, "w.first_moment"));
        auto negative = good;
        negative[2].second = Tensor::from(std::vector<std::int64_t>{-1}, {});
        QVERIFY(rejects(negative, "w.step"));
        QCOMPARE(optimizer->state(w, "first_moment").toDoubles(), good[0].second.toDoubles());
        optimizer->loadState({});
        QVERIFY(optimizer->state().empty());
    }

    void gradientsInAnyMemoryOrderGiveTheSameStep() {
        Variable plain(Tensor::zeros({2, 3}, DType::F64), true),
            transposed(Tensor::zeros({2, 3}, DType::F64), true),
            tiled(Tensor::zeros({2, 3}, DType::F64), true);
        Sgd optimizer({{{{"a", plain}, {"b", transposed}, {"c", tiled}}, 1, 0}}, {.momentum = 0.9});
        const Tensor gradient = vector({1, 2, 3, 4, 5, 6}).reshape({2, 3});
        plain.setGradient(gradient);
        transposed.setGradient(gradient.transpose(0, 1).clone().transpose(0, 1));
        tiled.setGradient(gradient.tiled(4));
        QVERIFY(!transposed.gradient().isContiguous());
        optimizer.step();
        QCOMPARE(plain.value().toDoubles(), (std::vector<double>{-1, -2, -3, -4, -5, -6}));
        QCOMPARE(transposed.value().toDoubles(), plain.value().toDoubles());
        QCOMPARE(tiled.value().toDoubles(), plain.value().toDoubles());
    }

    void bitsDoNotDependOnTheNumberOfThreads() {
        RandomStream random(9, "threads");
        std::vector<double> start(60'001), gradient(60'001);
        for (double& value : start) value = random.normal();
        for (double& value : gradient) value = random.normal();
        const auto run = [&](int threads, bool adam) {
            setThreadCount(threads);
            const Variable w(vector(start, DType::F32), true);
            const auto optimizer = adam ? makeAdam(w, 0.01) : makeSgd(w, 0.1, 0.9, 1e-3);
            for (int i = 0; i < 2; ++i) stepWith(*optimizer, w, gradient);
            setThreadCount(1);
            return w.value().toDoubles();
        };
        QVERIFY(run(1, false) == run(3, false));
        QVERIFY(run(1, true) == run(3, true));
    }

    void senselessOptionsAreRefused() {
        const Variable w(vector({1}), true);
        using Groups = std::vector<ParameterGroup>;
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", w}}, -0.1, 0}}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", w}}, 0.1, NAN}}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", w}}, 0.1, 0}}, {.momentum = 1}));
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", w}}, 0.1, 0}}, {.nesterov = true}));
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", w}, {"v", w}}, 0.1, 0}}, {}));
        QVERIFY_THROWS_EXCEPTION(
            Error, Sgd(Groups{{{{"w", w}}, 0.1, 0}, {{{"w", Variable(vector({1}))}}, 0.1, 0}}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, Adam(Groups{{{{"w", w}}, 0.1, 0}}, {.beta1 = 1}));
        QVERIFY_THROWS_EXCEPTION(Error, Adam(Groups{{{{"w", w}}, 0.1, 0}}, {.epsilon = -1}));
        QVERIFY_THROWS_EXCEPTION(Error, Sgd(Groups{{{{"w", Variable()}}, 0.1, 0}}, {}));
    }
};

QTEST_APPLESS_MAIN(OptimizerTest)
#include "test_optimizer.moc"
