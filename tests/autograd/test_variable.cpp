// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "autograd/elementwise.h"
#include "autograd/gradient_check.h"
#include "autograd/matmul.h"
#include "autograd/reduction.h"
#include "autograd/variable.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

Variable parameter(double value) {
    return Variable(Tensor::scalar(value, DType::F64), true);
}

/// Deep enough that recursion over the tape would overflow any usual stack.
constexpr int deep = 100000;

}  // namespace

class VariableTest : public QObject {
    Q_OBJECT

  private slots:
    // y = (x + x^2) x^2: dy/dx = 3 x^2 + 4 x^3.
    void sharedSubexpressionsCollectAllTheirGradients() {
        const Variable x = parameter(3);
        const Variable square = multiply(x, x);
        Variable y = multiply(add(x, square), square);
        y.backward();
        QCOMPARE(y.value().item(), 108.0);
        QCOMPARE(x.gradient().item(), 3 * 9 + 4 * 27.0);
    }

    // A ladder of 60 doublings has 2^60 paths: each node must run backward once, after all its users.
    void eachNodeRunsBackwardOnce() {
        const Variable x = parameter(1);
        Variable y = x;
        for (int i = 0; i < 60; ++i) y = add(y, y);
        y.backward();
        QCOMPARE(x.gradient().item(), std::ldexp(1.0, 60));
    }

    void backwardRunsThroughDeepChains() {
        const Variable x = parameter(2);
        Variable y = x;
        for (int i = 0; i < deep; ++i) y = addScalar(y, 1);
        y.backward();
        QCOMPARE(y.value().item(), 2.0 + deep);
        QCOMPARE(x.gradient().item(), 1.0);
    }

    void deepChainsAreReleasedWithoutBackward() {
        const std::int64_t before = tensorMemory().liveBytes;
        {
            Variable y = parameter(2);
            for (int i = 0; i < deep; ++i) y = addScalar(y, 1);
        }
        QCOMPARE(tensorMemory().liveBytes, before);
        {
            // Two inputs per node, so that the release goes through a list with branches.
            Variable y = parameter(2), z = parameter(3);
            for (int i = 0; i < deep / 2; ++i) {
                y = add(y, z);
                z = subtract(y, z);
            }
        }
        QCOMPARE(tensorMemory().liveBytes, before);
    }

    void gradientsOfLeavesAddUpUntilCleared() {
        Variable x = parameter(3);
        square(x).backward();
        square(x).backward();
        QCOMPARE(x.gradient().item(), 12.0);
        x.clearGradient();
        QVERIFY(!x.gradient().defined());
        square(x).backward(Tensor::scalar(0.5, DType::F64));
        QCOMPARE(x.gradient().item(), 3.0);
        x.setGradient(Tensor::scalar(7, DType::F64));
        QCOMPARE(x.gradient().item(), 7.0);
    }

    // add hands the same gradient tensor to both inputs: neither may be changed when more arrives.
    void gradientsThatShareATensorStayApart() {
        const Variable a = parameter(1), b = parameter(2);
        Variable sum = add(a, b);
        add(sum, scale(a, 10)).backward();
        QCOMPARE(a.gradient().item(), 11.0);
        QCOMPARE(b.gradient().item(), 1.0);
    }

    void onlyLeavesThatNeedGradientsGetThem() {
        const Variable weight = parameter(2), data(Tensor::scalar(3, DType::F64));
        Variable product = multiply(weight, data);
        Variable loss = square(product);
        QVERIFY(loss.needsGradient());
        QVERIFY(!square(data).needsGradient());
        loss.backward();
        QCOMPARE(weight.gradient().item(), 36.0);
        QVERIFY(!data.gradient().defined());
        QVERIFY(!product.gradient().defined());
    }

    void frozenLeavesGetNoGradient() {
        Variable a = parameter(2);
        const Variable b = parameter(3);
        a.setNeedsGradient(false);
        multiply(a, b).backward();
        QVERIFY(!a.gradient().defined());
        QCOMPARE(b.gradient().item(), 2.0);
        a.setNeedsGradient(true);
        multiply(a, b).backward();
        QCOMPARE(a.gradient().item(), 3.0);
        Variable result = multiply(a, b);
        QVERIFY(throwsRunError([&] { result.setNeedsGradient(false); }, {"leaf"}));
    }

    void noGradientRecordsNothingAndEnds() {
        const Variable x = parameter(3);
        QVERIFY(!NoGradient::active());
        {
            const NoGradient off;
            QVERIFY(NoGradient::active());
            { const NoGradient inner; }
            QVERIFY(NoGradient::active());
            QVERIFY(!square(x).needsGradient());
        }
        QVERIFY(!NoGradient::active());
        QVERIFY(square(x).needsGradient());
    }

    void noGradientKeepsNoActivationsAlive() {
        const Variable x(Tensor::zeros({1000}, DType::F64), true);
        const std::int64_t before = tensorMemory().liveBytes;
        const NoGradient off;
        Variable y = x;
        for (int i = 0; i < 10; ++i) y = addScalar(y, 1);
        QCOMPARE(tensorMemory().liveBytes - before, 8000);
    }

    // While the handle of the result lives, what lies behind it is gone after backward.
    void backwardFreesTheTape() {
        const Variable x(Tensor::zeros({1000}, DType::F64), true);
        const std::int64_t before = tensorMemory().liveBytes;
        Variable y = x;
        for (int i = 0; i < 10; ++i) y = square(addScalar(y, 1));
        QVERIFY(tensorMemory().liveBytes - before >= 20 * 8000);
        y.backward(Tensor::full({1000}, 1, DType::F64));
        QCOMPARE(tensorMemory().liveBytes - before, 2 * 8000);  // y and the gradient of x
    }

    // Activations go one by one on the way, so that the peak of backward is not twice that of forward.
    void activationsAreFreedDuringBackward() {
        const int steps = 50, size = 1000;
        const std::int64_t bytes = size * 8;
        const Variable x(Tensor::zeros({size}, DType::F64), true);
        const std::int64_t before = tensorMemory().liveBytes;
        Variable y = x;
        for (int i = 0; i < steps; ++i) y = square(y);
        resetTensorMemoryPeak();
        y.backward();
        QVERIFY(tensorMemory().peakBytes - before <= (steps + 5) * bytes);
    }

    void detachedValuesStopTheGradient() {
        const Variable x = parameter(3);
        const Variable y = square(x);
        multiply(y.detach(), x).backward();
        QCOMPARE(x.gradient().item(), 9.0);
        QVERIFY(!y.detach().needsGradient());
        QVERIFY(y.detach().value().sharesStorageWith(y.value()));
    }

    void handlesOfOneVariableAreTheSame() {
        const Variable x = parameter(1), copy = x, other = parameter(1);
        QVERIFY(x.is(copy));
        QVERIFY(!x.is(other));
        QVERIFY(!Variable().defined());
    }

    void valueIsSharedThroughMutableValue() {
        Variable x = parameter(1);
        const Variable copy = x;
        x.mutableValue() = Tensor::scalar(5, DType::F64);
        QCOMPARE(copy.value().item(), 5.0);
    }

    void misuseIsReported() {
        Variable none, data(Tensor::zeros({2})), x(Tensor::zeros({2}), true);
        QVERIFY(throwsRunError([&] { none.value(); }, {"no value"}));
        QVERIFY(throwsRunError([&] { none.gradient(); }, {"no value"}));
        QVERIFY(throwsRunError([&] { none.setGradient(Tensor::zeros({2})); }, {"no value"}));
        QVERIFY(throwsRunError([&] { none.accumulate(Tensor::zeros({2})); }, {"no value"}));
        QVERIFY(throwsRunError([&] { x.accumulate(Tensor()); }, {"no value"}));
        QVERIFY(throwsRunError([&] { data.backward(); }, {"gradient"}));
        QVERIFY(throwsRunError([&] { x.accumulate(Tensor::zeros({3})); }, {"[3]", "[2]"}));
        QVERIFY(throwsRunError([&] { square(x).backward(Tensor::zeros({3})); }, {"[3]", "[2]"}));
    }

    // d/dW of |W x|^2 with numbers worked out by hand: W = [[1, 2], [3, 4]], x = (1, -1): W x = (-1, -1).
    void smallNetworkHasItsHandMadeGradient() {
        const Variable weight(Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 2}), true);
        const Variable x(Tensor::from(std::vector<double>{1, -1}, {1, 2}));
        Variable loss = sum(square(linear(x, weight)));
        loss.backward();
        QCOMPARE(loss.value().item(), 2.0);
        QCOMPARE(weight.gradient().toDoubles(), (std::vector<double>{-2, 2, -2, 2}));
    }
};

QTEST_APPLESS_MAIN(VariableTest)
#include "test_variable.moc"
