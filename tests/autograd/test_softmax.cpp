// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/softmax.h"
#include "backend/softmax.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

Function functionOf(const std::string& name, int axis) {
    if (name == "softmax") return [=](Inputs x) { return softmax(x[0], axis); };
    return [=](Inputs x) { return logSoftmax(x[0], axis); };
}

}  // namespace

class SoftmaxTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        int compared = 0;
        for (const auto& testCase : golden("softmax")) {
            QCOMPARE(compareWithGolden(testCase, functionOf(testCase.at("name"), testCase.at("axis"))),
                     std::string());
            ++compared;
        }
        QCOMPARE(compared, 8);
    }

    void gradientsAreTheNumericOnes() {
        for (const std::string name : {"softmax", "logSoftmax"})
            for (const Shape& shape :
                 {Shape{1, 1, 1}, Shape{5, 9, 3}, Shape{6, 1, 17}, Shape{0, 2, 3}, Shape{2, 3, 0}})
                for (const int axis : {0, 1, 2, -1})
                    QCOMPARE(name + shape.text() +
                                 checkFunction(functionOf(name, axis), {randomTensor(shape, 2, -3, 3)}),
                             name + shape.text());
    }

    void probabilitiesSumToOneInSinglePrecision() {
        const Tensor y = backend::softmax(randomTensor({64, 1000}, 1, -20, 20, DType::F32), 1);
        for (int row = 0; row < 64; ++row) {
            double sum = 0;
            for (int i = 0; i < 1000; ++i) sum += y.data<float>()[row * 1000 + i];
            QVERIFY(std::abs(sum - 1) < 1e-6);
        }
    }

    void extremeLogitsStayFinite() {
        const Tensor x = Tensor::from(std::vector<float>{3e38f, -3e38f, 0, 88, 89, 90}, {2, 3});
        QCOMPARE(backend::softmax(x, 1).toDoubles()[0], 1.0);
        for (const double value : backend::softmax(x, 1).toDoubles()) QVERIFY(std::isfinite(value));
        QCOMPARE(backend::logSoftmax(x, 1).toDoubles()[0], 0.0);
        QVERIFY(std::isnan(backend::softmax(Tensor::full({2}, std::nan("")), 0).toDoubles()[0]));
    }

    void wrongAxesAndShapesAreNamed() {
        const Tensor x = Tensor::zeros({2, 3});
        QVERIFY(throwsRunError([&] { backend::softmax(x, 2); }, {"axis 2", "[2, 3]"}));
        QVERIFY(throwsRunError([&] { backend::logSoftmax(x.to(DType::I32), 1); }, {"logSoftmax", "i32"}));
        QVERIFY(throwsRunError(
            [&] {
                backend::softmaxBackward(x, Tensor::zeros({3, 2}), 1);
            },
            {"[2, 3]", "[3, 2]"}));
    }
};

QTEST_APPLESS_MAIN(SoftmaxTest)
#include "test_softmax.moc"
