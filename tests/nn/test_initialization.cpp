// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "nn/initialization.h"

using namespace filigree;
using namespace filigree::nn;

namespace {

struct Moments {
    double mean = 0, variance = 0, largest = 0;
};

Moments momentsOf(const Tensor& x) {
    Moments m;
    const std::vector<double> values = x.toDoubles();
    const auto count = static_cast<double>(values.size());
    for (const double v : values) {
        m.mean += v / count;
        m.variance += v * v / count;
        m.largest = std::max(m.largest, std::abs(v));
    }
    return m;
}

}  // namespace

class InitializationTest : public QObject {
    Q_OBJECT

  private slots:
    void fansCountTheKernel() {
        QCOMPARE(fanOf({300, 784}).in, std::int64_t{784});
        QCOMPARE(fanOf({300, 784}).out, std::int64_t{300});
        QCOMPARE(fanOf({64, 32, 3, 5}).in, std::int64_t{480});
        QCOMPARE(fanOf({64, 32, 3, 5}).out, std::int64_t{960});
        QVERIFY_THROWS_EXCEPTION(Error, fanOf({3}));
        QVERIFY_THROWS_EXCEPTION(Error, fanOf({3, 4, 5}));
    }

    void deviationsFollowTheirFormulas() {
        const Shape shape{100, 50};
        const auto deviation = [&](Distribution distribution, double gain = 0) {
            return InitialWeights(1, "a", shape, {distribution, gain}).deviation();
        };
        QVERIFY(std::abs(deviation(Distribution::HeNormal) - 0.2) < 1e-15);  // sqrt(2 / 50)
        QVERIFY(std::abs(deviation(Distribution::HeUniform) - 0.2) < 1e-15);
        QVERIFY(std::abs(deviation(Distribution::HeNormal, 1) - std::sqrt(0.02)) < 1e-15);
        QVERIFY(std::abs(deviation(Distribution::XavierNormal) - std::sqrt(2.0 / 150)) < 1e-15);
        QVERIFY(std::abs(deviation(Distribution::XavierUniform, 2) - 2 * std::sqrt(2.0 / 150)) < 1e-15);
    }

    void valuesHaveTheMomentsOfTheirDistribution() {
        const Shape shape{200, 250};
        for (const Distribution distribution : {Distribution::HeNormal, Distribution::HeUniform,
                                                Distribution::XavierNormal, Distribution::XavierUniform}) {
            Tensor weight = Tensor::empty(shape);
            const InitialWeights initial(3, "layer", shape, {distribution});
            initial.fill(weight);
            const Moments m = momentsOf(weight);
            const double variance = initial.deviation() * initial.deviation(), count = 50000;
            const bool uniform =
                distribution == Distribution::HeUniform || distribution == Distribution::XavierUniform;
            // Five standard errors; the fourth moment is 3 sigma^4 (normal), 9/5 sigma^4 (uniform).
            QVERIFY(std::abs(m.mean) < 5 * std::sqrt(variance / count));
            QVERIFY(std::abs(m.variance - variance) <
                    5 * variance * std::sqrt((uniform ? 0.8 : 2.0) / count));
            const double bound = std::sqrt(3.0) * initial.deviation();
            if (uniform)
                QVERIFY(m.largest <= bound * (1 + 1e-6) && m.largest > 0.999 * bound);
            else
                QVERIFY(m.largest > 3.5 * initial.deviation());
        }
    }

    void theValueAtAPositionDoesNotDependOnTheOthers() {
        const Shape shape{20, 30};
        const InitialWeights initial(7, "fc1", shape, {});
        Tensor dense = Tensor::empty(shape);
        initial.fill(dense);
        const std::vector<std::uint32_t> positions{0, 3, 29, 30, 411, 599};
        Tensor sparse = Tensor::empty({6});
        initial.fill(sparse, positions);
        for (std::size_t i = 0; i < positions.size(); ++i)
            QCOMPARE(sparse.values<float>()[i], dense.values<float>()[positions[i]]);
    }

    void seedAndLayerTellStreamsApart() {
        const auto value = [](std::uint64_t seed, const char* layer) {
            return InitialWeights(seed, layer, {2, 2}, {}).at(0);
        };
        QCOMPARE(value(1, "fc1"), value(1, "fc1"));
        QVERIFY(value(1, "fc1") != value(2, "fc1"));
        QVERIFY(value(1, "fc1") != value(1, "fc2"));
    }

    void bitsDoNotDependOnTheNumberOfThreads() {
        const InitialWeights initial(9, "wide", {64, 128}, {});
        Tensor one = Tensor::empty({64, 128}), three = Tensor::empty({64, 128});
        initial.fill(one);
        setThreadCount(3);
        initial.fill(three);
        setThreadCount(1);
        QVERIFY(one.toDoubles() == three.toDoubles());
    }

    void senselessWeightsAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, InitialWeights(1, "a", {0, 3}, {}));
        QVERIFY_THROWS_EXCEPTION(Error, InitialWeights(1, "a", {3, 3}, {Distribution::HeNormal, -1}));
        Tensor values = Tensor::empty({2});
        const std::vector<std::uint32_t> positions{0, 1, 2};
        QVERIFY_THROWS_EXCEPTION(Error, InitialWeights(1, "a", {3, 3}, {}).fill(values, positions));
    }
};

QTEST_APPLESS_MAIN(InitializationTest)
#include "test_initialization.moc"
