// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/reduction.h"
#include "backend/reduction.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

Function functionOf(const std::string& name, const std::vector<int>& axes, bool keep) {
    if (name == "sum") return [=](Inputs x) { return sum(x[0], axes, keep); };
    if (name == "mean") return [=](Inputs x) { return mean(x[0], axes, keep); };
    if (name == "variance") return [=](Inputs x) { return variance(x[0], axes, keep); };
    if (name == "variance0") return [=](Inputs x) { return variance(x[0], axes, keep, 0); };
    return [=](Inputs x) { return max(x[0], axes[0], keep); };
}

}  // namespace

class ReductionTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        int compared = 0;
        for (const auto& testCase : golden("reduction")) {
            const std::string name = testCase.at("name");
            const std::vector<int> axes = testCase.at("axes");
            QCOMPARE(compareWithGolden(testCase, functionOf(name, axes, testCase.at("keep"))), std::string());
            if (name == "max")
                QCOMPARE(largestDifference(backend::argmax(tensorOf(testCase.at("inputs")[0]), axes[0],
                                                           testCase.at("keep")),
                                           tensorOf(testCase.at("index"))),
                         0.0);
            ++compared;
        }
        QCOMPARE(compared, 6 * 2 * 4 + 6);
    }

    void gradientsAreTheNumericOnes() {
        const std::vector<std::pair<Shape, std::vector<int>>> cases{{{7}, {}},
                                                                    {{7, 3}, {}},
                                                                    {{7, 3}, {0}},
                                                                    {{7, 3}, {1}},
                                                                    {{6, 3, 2}, {1}},
                                                                    {{6, 3, 2}, {0, 2}},
                                                                    {{6, 2, 3, 2}, {0, 2, 3}},
                                                                    {{6, 2, 3, 2}, {3, -3}},
                                                                    {{4, 1, 3}, {1}},
                                                                    {{}, {}}};
        for (const auto& [shape, axes] : cases)
            for (const std::string name : {"sum", "mean", "variance0"})
                for (const bool keep : {false, true})
                    QCOMPARE(name + shape.text() +
                                 checkFunction(functionOf(name, axes, keep), {randomTensor(shape, 5)}),
                             name + shape.text());
        for (const int axis : {0, 1, -1})
            QCOMPARE(checkFunction(functionOf("max", {axis}, axis == 1), {randomTensor({6, 3, 2}, 6)}),
                     std::string());
        QCOMPARE(checkFunction(functionOf("variance", {0, 2}, false), {randomTensor({6, 3, 2}, 7)}),
                 std::string());
    }

    void sumOverNothingIsZeroAndItsGradientEmpty() {
        const Tensor empty = Tensor::zeros({0, 3}, DType::F64);
        QCOMPARE(backend::sum(empty).item(), 0.0);
        QCOMPARE(backend::sum(empty, std::array{0}).toDoubles(), std::vector<double>(3, 0.0));
        QVERIFY(backend::sum(empty, std::array{1}).shape() == Shape({0}));
        QCOMPARE(checkFunction(functionOf("sum", {0}, false), {empty}), std::string());
        QVERIFY(throwsRunError([&] { mean(Variable(empty)); }, {"mean", "[0, 3]"}));
        QVERIFY(throwsRunError([&] { max(Variable(empty), 0); }, {"empty axis", "[0, 3]"}));
        QVERIFY(throwsRunError([] { variance(Variable(Tensor::zeros({1}))); }, {"variance", "[1]"}));
    }

    // Sequential single-precision addition of 0.1 stops growing near 2^21: accumulation must be wider than
    // that.
    void singlePrecisionSumsOfManyTermsAreAccurate() {
        const int count = 1 << 24;
        const Tensor x = Tensor::full({count}, 0.1);
        const double exact = count * static_cast<double>(0.1f);
        QVERIFY(std::abs(backend::sum(x).item() - exact) <= exact * 1e-7);
        const Tensor columns = backend::sum(x.reshape({count / 4, 4}), std::array{0});
        for (const double value : columns.toDoubles()) QVERIFY(std::abs(value - exact / 4) <= exact * 1e-7);
    }

    void numberOfThreadsDoesNotChangeABit() {
        const Tensor x = randomTensor({1025, 33, 7}, 3, -1, 1, DType::F32);
        for (const std::vector<int>& axes : {std::vector<int>{}, {0}, {1}, {2}, {0, 2}, {0, 1}}) {
            setThreadCount(1);
            const Tensor one = backend::sum(x, axes), oneTiled = backend::sum(x.tiled(8), axes);
            setThreadCount(3);
            QCOMPARE(largestDifference(backend::sum(x, axes), one), 0.0);
            QCOMPARE(largestDifference(backend::sum(x.tiled(8), axes), oneTiled), 0.0);
        }
    }

    // All lanes past the batch hold 1e9: a sum that touched one would show it.
    void paddingOfBatchTiledMemoryIsNotSummed() {
        const Tensor x = randomTensor({6, 3}, 4);
        Tensor tiled = Tensor::batchTiled({6, 3}, 4, DType::F64);
        std::fill_n(tiled.data<double>(), tiled.paddedElements(), 1e9);
        for (int n = 0; n < 6; ++n)
            for (int r = 0; r < 3; ++r)
                tiled.data<double>()[((n / 4) * 3 + r) * 4 + n % 4] =
                    x.values<double>()[static_cast<std::size_t>(n * 3 + r)];
        QVERIFY(largestDifference(backend::sum(tiled, std::array{0}), backend::sum(x, std::array{0})) <
                1e-14);
        QVERIFY(largestDifference(backend::sum(tiled), backend::sum(x)) < 1e-14);
        QVERIFY(largestDifference(backend::sum(tiled, std::array{1}), backend::sum(x, std::array{1})) <
                1e-14);
        QVERIFY(largestDifference(backend::sumTo(tiled, {3}), backend::sum(x, std::array{0})) < 1e-14);
    }

    void maximumIsTheFirstOfEqualsAndPropagatesNaN() {
        const Tensor x = Tensor::from(std::vector<double>{1, 3, 3, std::nan(""), 5, std::nan("")}, {2, 3});
        const backend::Maximum maximum = backend::max(x, 1);
        QCOMPARE(maximum.index.toDoubles(), (std::vector<double>{1, 0}));
        QCOMPARE(maximum.value.toDoubles()[0], 3.0);
        QVERIFY(std::isnan(maximum.value.toDoubles()[1]));
        const Tensor equal = Tensor::full({3}, 2, DType::F64);
        QCOMPARE(
            gradientsOf(functionOf("max", {0}, false), {equal}, Tensor::scalar(1, DType::F64))[0].toDoubles(),
            (std::vector<double>{1, 0, 0}));
    }

    void sumToUndoesBroadcasting() {
        const Tensor x = Tensor::full({2, 3, 4}, 1, DType::F64);
        QCOMPARE(backend::sumTo(x, {3, 1}).toDoubles(), std::vector<double>(3, 8.0));
        QCOMPARE(backend::sumTo(x, {}).item(), 24.0);
        QVERIFY(backend::sumTo(x, {2, 3, 4}).sharesStorageWith(x));
        QVERIFY(throwsRunError([&] { backend::sumTo(x, {5, 1}); }, {"[2, 3, 4]", "[5, 1]"}));
    }

    void wrongAxesAreNamed() {
        const Tensor x = Tensor::zeros({2, 3});
        QVERIFY(throwsRunError([&] { backend::sum(x, std::array{2}); }, {"axis 2", "[2, 3]"}));
        QVERIFY(throwsRunError([&] { backend::sum(x, std::array{0, -2}); }, {"twice", "[2, 3]"}));
        QVERIFY(throwsRunError([&] { backend::max(x, -3); }, {"axis -3", "[2, 3]"}));
        QVERIFY(throwsRunError([&] { backend::sum(Tensor::zeros({2}, DType::I32)); }, {"i32"}));
    }
};

QTEST_APPLESS_MAIN(ReductionTest)
#include "test_reduction.moc"
