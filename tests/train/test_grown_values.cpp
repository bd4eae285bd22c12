// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "nn/initialization.h"
#include "train/grown_values.h"

using namespace filigree;
using train::GrownValue;

namespace {

/// 1 x 6 with connections 0, 1, 3 of values 3, -1, 4; in the last round 1 went and 2 and 5 came.
sparse::SparseWeight weight() {
    sparse::SparseWeight result("fc", {1, 6}, sparse::Topology(1, 6, std::vector<std::uint32_t>{0, 1, 3}));
    result.values().mutableValue() = Tensor::from(std::vector<float>{3, -1, 4}, {3});
    result.rewire(sparse::Topology(1, 6, std::vector<std::uint32_t>{0, 2, 3, 5}));
    return result;
}

std::vector<double> after(GrownValue value, double divisor, std::uint64_t seed = 1) {
    sparse::SparseWeight w = weight();
    const Tensor gradient = Tensor::from(std::vector<float>{9, 9, -0.5F, 9, 9, 0.25F}, {1, 6});
    setGrownValues(w, value, divisor, gradient, seed);
    return w.values().value().toDoubles();
}

}  // namespace

class GrownValuesTest : public QObject {
    Q_OBJECT

  private slots:
    void onlyNewConnectionsGetOne() {
        for (const char* name : {"zero", "normal", "uniform", "initial", "gradient", "gradient_sign"}) {
            const auto w = after(train::grownValueFrom(name), 2);
            QCOMPARE(w[0], 3.0);
            QCOMPARE(w[2], 4.0);
            QCOMPARE(w[1] == 0 && w[3] == 0, std::string(name) == "zero");
        }
    }

    void gradientsAndInitialWeightsAreDivided() {
        QCOMPARE(after(GrownValue::Gradient, 2), (std::vector<double>{3, -0.25, 4, 0.125}));
        QCOMPARE(after(GrownValue::GradientSign, 4), (std::vector<double>{3, -0.25, 4, 0.25}));
        const nn::InitialWeights initial(7, "fc", {1, 6}, {});
        const auto w = after(GrownValue::Initial, 2, 7);
        QCOMPARE(static_cast<float>(w[1]), static_cast<float>(initial.at(2) / 2));
        QCOMPARE(static_cast<float>(w[3]), static_cast<float>(initial.at(5) / 2));
    }

    // The others are 3 and 4: mean magnitude 3.5, deviation 0.5.
    void spreadsAreThoseOfTheOtherConnections() {
        double squares = 0, largest = 0, sum = 0;
        constexpr int draws = 2000;
        for (std::uint64_t seed = 0; seed < draws; ++seed) {
            const double normal = after(GrownValue::Normal, 2, seed)[1];
            squares += normal * normal;
            const double uniform = after(GrownValue::Uniform, 1, seed)[3];
            largest = std::max(largest, std::abs(uniform));
            sum += uniform;
        }
        QVERIFY(std::abs(std::sqrt(squares / draws) - 0.25) < 0.02);
        QVERIFY(largest <= 3.5 && largest > 3.4);
        QVERIFY(std::abs(sum / draws) < 0.2);
    }
};

QTEST_APPLESS_MAIN(GrownValuesTest)
#include "test_grown_values.moc"
