// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/dropout.h"
#include "autograd/gradient_check.h"
#include "backend/dropout.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

class DropoutTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void gradientsAreTheNumericOnes() {
        for (const double p : {0.0, 0.3, 0.9, 1.0})
            for (const Shape& shape : {Shape{}, Shape{7}, Shape{6, 5}, Shape{5, 3, 1, 2}, Shape{0, 3}}) {
                const Function function = [=](std::span<const Variable> x) {
                    RandomStream random(5, "dropout");
                    return dropout(x[0], p, random);
                };
                QCOMPARE(checkFunction(function, {randomTensor(shape, 1)}), std::string());
            }
    }

    void fractionThatFallsIsTheProbabilityAndTheRestIsScaled() {
        const int count = 200000;
        const Tensor x = Tensor::full({400, count / 400}, 1);
        for (const double p : {0.1, 0.5, 0.8}) {
            const Tensor y = backend::dropout(x, p, 77);
            int fallen = 0;
            for (const float value : y.values<float>()) {
                fallen += value == 0;
                if (value != 0) QCOMPARE(value, static_cast<float>(1 / (1 - p)));
            }
            QVERIFY(std::abs(fallen - p * count) < 5 * std::sqrt(p * (1 - p) * count));
        }
        QCOMPARE(largestDifference(backend::dropout(x, 0, 77), x), 0.0);
        QCOMPARE(largestDifference(backend::dropout(x, 1, 77), Tensor::zeros(x.shape())), 0.0);
    }

    // Neighbours fall independently: along rows, across rows, and in two calls.
    void elementsFallIndependently() {
        const int side = 500;
        const Tensor x = Tensor::full({side, side}, 1);
        const Tensor a = backend::dropout(x, 0.5, 1), b = backend::dropout(x, 0.5, 2);
        const auto fell = [&](const Tensor& t, int i, int j) { return t.data<float>()[i * side + j] == 0; };
        int right = 0, below = 0, other = 0;
        const int pairs = (side - 1) * (side - 1);
        for (int i = 0; i + 1 < side; ++i)
            for (int j = 0; j + 1 < side; ++j) {
                right += fell(a, i, j) == fell(a, i, j + 1);
                below += fell(a, i, j) == fell(a, i + 1, j);
                other += fell(a, i, j) == fell(b, i, j);
            }
        for (const int equal : {right, below, other})
            QVERIFY(std::abs(equal - pairs / 2.0) < 5 * std::sqrt(pairs / 4.0));
    }

    void memoryOrderTypeAndThreadsDoNotChangeWhatFalls() {
        const Tensor x = randomTensor({70, 51, 7}, 3, 1, 2);
        setThreadCount(1);
        const Tensor expected = backend::dropout(x, 0.4, 9);
        setThreadCount(3);
        QCOMPARE(largestDifference(backend::dropout(x, 0.4, 9), expected), 0.0);
        QCOMPARE(largestDifference(backend::dropout(x.transpose(0, 2).contiguous().transpose(0, 2), 0.4, 9),
                                   expected),
                 0.0);
        for (const int tile : {4, 16, 64}) {
            const Tensor tiled = backend::dropout(x.tiled(tile), 0.4, 9);
            QCOMPARE(tiled.tile(), tile);
            QCOMPARE(largestDifference(tiled, expected), 0.0);
        }
        QVERIFY(largestDifference(backend::dropout(x.to(DType::F32), 0.4, 9).to(DType::F64), expected) <
                1e-6);
    }

    void eachCallDrawsAnew() {
        RandomStream random(5, "dropout");
        const Variable x(Tensor::full({100}, 1));
        const Tensor first = dropout(x, 0.5, random).value(), second = dropout(x, 0.5, random).value();
        QVERIFY(largestDifference(first, second) > 0);
        RandomStream again(5, "dropout");
        QCOMPARE(largestDifference(dropout(x, 0.5, again).value(), first), 0.0);
    }

    void probabilitiesOutsideZeroToOneAreRefused() {
        RandomStream random(5, "dropout");
        const Variable x(Tensor::zeros({2}));
        for (const double p : {-0.1, 1.1, std::nan("")})
            QVERIFY(throwsRunError([&] { dropout(x, p, random); }, {"dropout"}));
    }
};

QTEST_APPLESS_MAIN(DropoutTest)
#include "test_dropout.moc"
