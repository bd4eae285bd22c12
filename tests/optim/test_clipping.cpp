// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "optim/clipping.h"
#include "optim/golden.h"

using namespace filigree;
using namespace filigree::optim;
using autograd::Variable;

namespace {

Variable withGradient(const std::vector<double>& gradient, DType type = DType::F64) {
    const Shape shape{static_cast<std::int64_t>(gradient.size())};
    Variable variable(Tensor::zeros(shape, type), true);
    variable.setGradient(Tensor::from(gradient, shape).to(type));
    return variable;
}

bool near(const Tensor& actual, const std::vector<double>& expected, double bound = 1e-14) {
    const std::vector<double> values = actual.toDoubles();
    if (values.size() != expected.size()) return false;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!(std::abs(values[i] - expected[i]) <= bound)) return false;
    return true;
}

}  // namespace

class ClippingTest : public QObject {
    Q_OBJECT

  private slots:
    void clipsAsPyTorchDoes() {
        const auto golden = tests::optimGolden().at("clipping");
        const auto pair = [&] {
            return std::vector<Variable>{withGradient(golden.at("a")), withGradient(golden.at("b"))};
        };
        const std::vector<Variable> byNorm = pair();
        QVERIFY(std::abs(clipGradientNorm(byNorm, golden.at("maximum")) - golden.at("norm").get<double>()) <
                1e-13);
        QVERIFY(near(byNorm[0].gradient(), golden.at("a_by_norm")));
        QVERIFY(near(byNorm[1].gradient(), golden.at("b_by_norm")));
        const std::vector<Variable> byValue = pair();
        QVERIFY(std::abs(clipGradientValue(byValue, golden.at("limit")) - golden.at("norm").get<double>()) <
                1e-13);
        QVERIFY(near(byValue[0].gradient(), golden.at("a_by_value")));
        QVERIFY(near(byValue[1].gradient(), golden.at("b_by_value")));
    }

    void smallGradientsAndMissingOnesAreLeftAlone() {
        const std::vector<Variable> variables{withGradient({3, 4}),
                                              Variable(Tensor::zeros({2}, DType::F64), true)};
        QCOMPARE(clipGradientNorm(variables, 5.1), 5.0);
        QVERIFY(near(variables[0].gradient(), {3, 4}, 0));
        QVERIFY(!variables[1].gradient().defined());
    }

    void sharedGradientsAreNotChangedInPlace() {
        const Variable variable = withGradient({30, 40});
        const Tensor before = variable.gradient();
        QCOMPARE(clipGradientNorm(std::vector{variable}, 1), 50.0);
        QVERIFY(near(before, {30, 40}, 0));
        QVERIFY(near(variable.gradient(), {0.6, 0.8}, 1e-7));
    }

    void gradientsInAnyMemoryOrderCount() {
        Variable variable(Tensor::zeros({2, 3}, DType::F64), true);
        variable.setGradient(Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}).transpose(0, 1));
        QVERIFY(std::abs(clipGradientValue(std::vector{variable}, 2.5) - std::sqrt(91.0)) < 1e-14);
        QVERIFY(near(variable.gradient(), {1, 2.5, 2.5, 2, 2.5, 2.5}));
        variable.setGradient(Tensor::full({2, 3}, 2, DType::F64).tiled(8));
        QVERIFY(std::abs(gradientNorm(std::vector{variable}) - std::sqrt(24.0)) < 1e-14);
    }

    void theNormHasTheSameBitsForAnyNumberOfThreads() {
        RandomStream random(1, "clipping");
        std::vector<double> values(100'003);
        for (double& value : values) value = random.normal();
        const std::vector<Variable> variables{withGradient(values, DType::F32)};
        const double one = gradientNorm(variables);
        double reference = 0;
        for (const double value : values) reference += value * value;
        QVERIFY(std::abs(one - std::sqrt(reference)) < 1e-4);
        setThreadCount(3);
        const double three = gradientNorm(variables);
        setThreadCount(1);
        QCOMPARE(three, one);
    }

    void anInfiniteNormAndASenselessLimitAreErrors() {
        QVERIFY_THROWS_EXCEPTION(Error, clipGradientNorm(std::vector{withGradient({1, std::nan("")})}, 1));
        QVERIFY_THROWS_EXCEPTION(Error, clipGradientNorm(std::vector{withGradient({1})}, 0));
        QVERIFY_THROWS_EXCEPTION(Error, clipGradientValue(std::vector{withGradient({1})}, -1));
    }
};

QTEST_APPLESS_MAIN(ClippingTest)
#include "test_clipping.moc"
