// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/golden.h"
#include "autograd/pooling.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::tests;
using namespace filigree::autograd;

namespace {

Function poolWith(const std::string& kind, const Pool2dOptions& options = {}) {
    return [kind, options](std::span<const Variable> in) {
        if (kind == "max") return maxPool2d(in[0], options);
        if (kind == "average") return averagePool2d(in[0], options);
        return globalAveragePool2d(in[0]);
    };
}

/// Different values at distances far above the step of the numeric gradient, in an order without pattern.
Tensor distinct(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(shape.elements()));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 0.1 * static_cast<double>(i * 7919 % 10007 % (7 * values.size() + 1));
    return Tensor::from(values, shape);
}

struct Case {
    Shape x;
    Pool2dOptions options;
};

const std::vector<Case> cases{
    {{2, 3, 4, 6}, {}},
    {{3, 2, 5, 7}, {}},
    {{5, 2, 5, 5}, {{3, 3}, {1, 1}, {1, 1}}},
    {{1, 2, 7, 4}, {{3, 2}, {1, 2}, {1, 0}}},
    {{2, 1, 7, 7}, {{2, 1}, {3, 3}, {0, 0}}},
    {{9, 1, 1, 1}, {{1, 1}, {1, 1}, {0, 0}}},
};

}  // namespace

class PoolingTest : public QObject {
    Q_OBJECT

  private slots:
    void followsPyTorch() {
        int compared = 0;
        const auto all = golden("pooling");
        for (const auto& c : all) {
            Pool2dOptions options;
            if (c.contains("kernel")) options = {c.at("kernel"), c.at("stride"), c.at("padding")};
            QCOMPARE(compareWithGolden(c, poolWith(c.at("operation"), options), 1e-14), std::string());
            ++compared;
        }
        QCOMPARE(compared, 18);
    }

    void gradientsAreThoseOfTheFunctionInAllMemoryOrders() {
        for (const int threads : {1, 2}) {
            setThreadCount(threads);
            for (const Case& c : cases) {
                QCOMPARE(checkFunction(poolWith("max", c.options), {distinct(c.x)}), std::string());
                QCOMPARE(checkFunction(poolWith("average", c.options), {randomTensor(c.x, 1)}),
                         std::string());
                QCOMPARE(checkFunction(poolWith("global"), {randomTensor(c.x, 2)}), std::string());
            }
        }
        setThreadCount(1);
    }

    void batchTiledMemoryStaysBatchTiled() {
        for (const int tile : {1, 4, 16, 64}) {
            const Tensor x = randomTensor({18, 3, 6, 6}, 3, -1, 1, DType::F32);
            for (const char* kind : {"max", "average", "global"}) {
                Variable plain(x, true), tiled(x.tiled(tile), true);
                Variable expected = poolWith(kind)(std::vector{plain});
                Variable actual = poolWith(kind)(std::vector{tiled});
                QCOMPARE(actual.value().tile(), tile);
                QVERIFY(largestDifference(actual.value(), expected.value()) < 1e-6);
                const Tensor direction = randomTensor(expected.shape(), 4, -1, 1, DType::F32);
                expected.backward(direction);
                actual.backward(direction.tiled(tile));
                QCOMPARE(tiled.gradient().tile(), tile);
                QVERIFY(largestDifference(tiled.gradient(), plain.gradient()) < 1e-6);
            }
        }
    }

    void aGradientInAnotherMemoryOrderIsUnderstood() {
        Variable tiled(distinct({6, 1, 4, 4}).tiled(4), true), plain(distinct({6, 1, 4, 4}), true);
        const Tensor direction = randomTensor({6, 1, 2, 2}, 5);
        maxPool2d(tiled).backward(direction);
        maxPool2d(plain).backward(direction.tiled(8));
        QCOMPARE(tiled.gradient().tile(), 4);
        QCOMPARE(plain.gradient().tile(), 0);
        QCOMPARE(largestDifference(tiled.gradient(), plain.gradient()), 0.0);
    }

    void theGradientOfAMaximumGoesToTheFirstOfEqualValues() {
        for (const int tile : {0, 4}) {
            const Tensor x = Tensor::full({2, 1, 3, 3}, 7, DType::F64);
            Variable leaf(tile ? x.tiled(tile) : x, true);
            maxPool2d(leaf, {{3, 3}, {1, 1}, {0, 0}}).backward();
            QCOMPARE(leaf.gradient().toDoubles(),
                     (std::vector<double>{1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
        }
    }

    void notANumberIsTheMaximum() {
        const Tensor x = Tensor::from(std::vector<double>{1, std::nan(""), 3, 4}, {1, 1, 2, 2});
        QVERIFY(std::isnan(maxPool2d(Variable(x)).value().item()));
        QVERIFY(std::isnan(maxPool2d(Variable(x.tiled(4))).value().toDoubles()[0]));
    }

    void paddingIsIgnoredByTheMaximumAndCountedByTheMean() {
        const Variable x(Tensor::full({1, 1, 2, 2}, -8, DType::F64));
        const Pool2dOptions options{{3, 3}, {2, 2}, {1, 1}};
        QCOMPARE(maxPool2d(x, options).value().item(), -8.0);
        QVERIFY(std::abs(averagePool2d(x, options).value().item() - -32.0 / 9) < 1e-15);
    }

    void anEmptyBatchGivesAnEmptyResult() {
        Variable x(Tensor::zeros({0, 2, 4, 4}), true);
        QVERIFY(maxPool2d(x).shape() == (Shape{0, 2, 2, 2}));
        QVERIFY(averagePool2d(x).shape() == (Shape{0, 2, 2, 2}));
        Variable y = globalAveragePool2d(x);
        QVERIFY(y.shape() == (Shape{0, 2}));
        y.backward();
        QVERIFY(x.gradient().shape() == x.shape());
    }

    void windowsThatDoNotFitAreNamed() {
        const Variable x(Tensor::zeros({1, 1, 4, 4}));
        const auto rejects = [&](const Pool2dOptions& options) {
            return throwsRunError([&] { maxPool2d(x, options); }, {"maxPool2d", "[1, 1, 4, 4]"}) &&
                   throwsRunError([&] { averagePool2d(x, options); }, {"averagePool2d", "[1, 1, 4, 4]"});
        };
        QVERIFY(rejects({{5, 5}, {1, 1}, {0, 0}}));
        QVERIFY(rejects({{2, 2}, {2, 2}, {2, 0}}));
        QVERIFY(rejects({{2, 2}, {0, 2}, {0, 0}}));
        QVERIFY(rejects({{0, 2}, {2, 2}, {0, 0}}));
        QVERIFY(rejects({{2, 2}, {2, 2}, {0, -1}}));
        const Variable matrix(Tensor::zeros({4, 4}));
        QVERIFY(throwsRunError([&] { maxPool2d(matrix); }, {"[4, 4]"}));
        QVERIFY(throwsRunError([&] { globalAveragePool2d(matrix); }, {"[4, 4]"}));
        QVERIFY(throwsRunError(
            [&] {
                backend::maxPool2dGradient(x.value(), Tensor::zeros({1, 1, 3, 2}), {});
            },
            {"[1, 1, 3, 2] instead of [1, 1, 2, 2]"}));
    }
};

QTEST_APPLESS_MAIN(PoolingTest)
#include "test_pooling.moc"
