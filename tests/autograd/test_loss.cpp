// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/loss.h"
#include "autograd/softmax.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;
constexpr std::array reductions{Reduction::Mean, Reduction::Sum, Reduction::None};

Reduction reductionOf(const std::string& name) {
    return name == "mean" ? Reduction::Mean : name == "sum" ? Reduction::Sum : Reduction::None;
}

Function pairLoss(const std::string& name, Reduction reduction) {
    if (name == "mse") return [=](Inputs x) { return mse(x[0], x[1], reduction); };
    if (name == "l1") return [=](Inputs x) { return l1(x[0], x[1], reduction); };
    if (name == "smoothL1") return [=](Inputs x) { return smoothL1(x[0], x[1], 0.6, reduction); };
    return [=](Inputs x) { return klDivergence(x[0], x[1], reduction); };
}

Tensor labelsOf(const std::vector<std::int32_t>& labels) {
    return Tensor::from(labels, {static_cast<std::int64_t>(labels.size())});
}

}  // namespace

class LossTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        int compared = 0;
        for (const auto& testCase : golden("loss")) {
            const std::string name = testCase.at("name");
            const Reduction reduction = reductionOf(testCase.at("reduction"));
            Function function = pairLoss(name, reduction);
            if (name == "crossEntropy")
                function = [&](Inputs x) {
                    return crossEntropy(x[0], tensorOf(testCase.at("labels")), testCase.at("smoothing"),
                                        reduction);
                };
            QCOMPARE(compareWithGolden(testCase, function), std::string());
            ++compared;
        }
        QCOMPARE(compared, 3 * (3 + 4));
    }

    void crossEntropyGradientsAreTheNumericOnes() {
        for (const Reduction reduction : reductions)
            for (const double smoothing : {0.0, 0.1})
                for (const DType type : {DType::I32, DType::I64}) {
                    const Tensor labels = labelsOf({2, 0, 6, 2, 1}).to(type);
                    const Function function = [&](Inputs x) {
                        return crossEntropy(x[0], labels, smoothing, reduction);
                    };
                    QCOMPARE(checkFunction(function, {randomTensor({5, 7}, 1, -3, 3)}), std::string());
                }
        const Function single = [](Inputs x) { return crossEntropy(x[0], labelsOf({0})); };
        QCOMPARE(checkFunction(single, {randomTensor({1, 1}, 1)}), std::string());
        const Function none = [](Inputs x) { return crossEntropy(x[0], labelsOf({}), 0, Reduction::Sum); };
        QCOMPARE(checkFunction(none, {randomTensor({0, 3}, 1)}), std::string());
    }

    void pairLossGradientsAreTheNumericOnes() {
        for (const Reduction reduction : reductions) {
            // Differences stay away from the kinks at 0 and 0.6.
            for (const Shape& shape : {Shape{5}, Shape{6, 3}, Shape{5, 1, 2}}) {
                const Tensor near = randomTensor(shape, 1, 0.1, 0.3),
                             zero = randomTensor(shape, 2, -0.2, 0.0);
                for (const std::string name : {"mse", "l1", "smoothL1"})
                    QCOMPARE(name + checkFunction(pairLoss(name, reduction), {near, zero}), name);
                QCOMPARE(checkFunction(pairLoss("smoothL1", reduction), {randomTensor(shape, 1, 1, 2), zero}),
                         std::string());
                QCOMPARE(checkFunction(pairLoss("klDivergence", reduction),
                                       {randomTensor(shape, 3, -3, 0), randomTensor(shape, 4, 0.2, 1)}),
                         std::string());
            }
        }
    }

    void uniformLogitsCostTheLogarithmOfTheClasses() {
        const Variable logits(Tensor::full({4, 10}, 3.5, DType::F64));
        for (const double smoothing : {0.0, 0.3})
            QVERIFY(std::abs(crossEntropy(logits, labelsOf({0, 3, 9, 1}), smoothing).value().item() -
                             std::log(10)) < 1e-14);
    }

    void confidentLogitsNeitherOverflowNorVanish() {
        const Variable logits(Tensor::from(std::vector<float>{1000, -1000, -1000, 1000}, {2, 2}), true);
        Variable loss = crossEntropy(logits, labelsOf({0, 0}), 0, Reduction::None);
        QCOMPARE(loss.value().toDoubles(), (std::vector<double>{0, 2000}));
        loss.backward();
        QCOMPARE(logits.gradient().toDoubles(), (std::vector<double>{0, 0, -1, 1}));
    }

    void zeroTargetsAddNothingToTheDivergence() {
        const Variable target(Tensor::from(std::vector<double>{0, 1}, {1, 2}));
        const Variable input(Tensor::from(std::vector<double>{-3, std::log(0.25)}, {1, 2}));
        QVERIFY(std::abs(klDivergence(input, target).value().item() - std::log(4)) < 1e-15);
    }

    void wrongShapesLabelsAndNumbersAreNamed() {
        const auto zeros = [](const Shape& shape) { return Variable(Tensor::zeros(shape)); };
        QVERIFY(throwsRunError([&] { crossEntropy(zeros({2, 3}), labelsOf({0})); }, {"[2, 3]", "[1]"}));
        QVERIFY(throwsRunError([&] { crossEntropy(zeros({2}), labelsOf({0, 1})); }, {"[2]"}));
        QVERIFY(throwsRunError(
            [&] {
                crossEntropy(zeros({2, 3}), labelsOf({0, 3}));
            },
            {"label 3", "3 classes"}));
        QVERIFY(throwsRunError([&] { crossEntropy(zeros({2, 3}), labelsOf({-1, 0})); }, {"label -1"}));
        QVERIFY(throwsRunError([&] { crossEntropy(zeros({1, 3}), Tensor::zeros({1})); }, {"label", "f32"}));
        QVERIFY(throwsRunError(
            [&] {
                crossEntropy(zeros({1, 3}), labelsOf({0}), 1.5);
            },
            {"smoothing", "1.5"}));
        QVERIFY(throwsRunError(
            [&] {
                crossEntropy(zeros({1, 3}), labelsOf({0}), std::nan(""));
            },
            {"smoothing"}));
        QVERIFY(throwsRunError([&] { crossEntropy(zeros({0, 3}), labelsOf({})); }, {"mean"}));
        QVERIFY(throwsRunError([&] { mse(zeros({2, 3}), zeros({3})); }, {"mse", "[2, 3]", "[3]"}));
        QVERIFY(throwsRunError([&] { l1(zeros({2}), zeros({1})); }, {"l1", "[2]", "[1]"}));
        QVERIFY(throwsRunError([&] { smoothL1(zeros({2}), zeros({1})); }, {"smoothL1"}));
        QVERIFY(throwsRunError([&] { smoothL1(zeros({2}), zeros({2}), 0); }, {"beta"}));
        QVERIFY(throwsRunError([&] { klDivergence(zeros({2}), zeros({1})); }, {"klDivergence", "[2]"}));
    }
};

QTEST_APPLESS_MAIN(LossTest)
#include "test_loss.moc"
