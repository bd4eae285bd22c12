// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "backend/cpu/row_kernels.h"
#include "base/error.h"
#include "base/random.h"

using namespace filigree;
using filigree::backend::rowKernels;

namespace {

using Floats = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Lengths around the widths of vectors and of unrolled loops, and of blocks of sums.
const std::vector<std::size_t> lengths{1,  2,  7,  8,  9,   15,   16,   17,   31,
                                       33, 63, 64, 65, 100, 1023, 1024, 1025, 2500};

Floats randomFloats(std::size_t n, double low, double high, const char* name) {
    RandomStream random(1, name);
    Floats values(n);
    for (float& value : values) value = static_cast<float>(low + (high - low) * random.uniform());
    return values;
}

/// Memory that shows what a kernel wrote: n floats of NaN and a guard behind them.
struct Poisoned {
    explicit Poisoned(std::size_t n) : values(n + 16, -77.0F) { std::fill_n(values.begin(), n, NAN); }
    float* data() { return values.data(); }
    float operator[](std::size_t i) const { return values[i]; }
    bool guardIsIntact() const {
        return std::all_of(values.end() - 16, values.end(), [](float v) { return v == -77.0F; });
    }
    Floats values;
};

std::int64_t count(const Floats& x) {
    return static_cast<std::int64_t>(x.size());
}

bool isNear(double value, double expected, double relative, double absolute = 0) {
    return std::abs(value - expected) <= relative * std::abs(expected) + absolute;
}

double phi(double x) {
    return 0.5 * std::erfc(-x / std::sqrt(2.0));
}

}  // namespace

/// Every kernel against double precision, for the instruction set of this process (FILIGREE_ISA).
class RowKernelsTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        try {
            qInfo("kernels: %s", rowKernels().name);
        } catch (const Error& error) {
            QSKIP(error.what());
        }
    }

    void softmaxAndItsGradient() {
        for (const std::size_t n : lengths) {
            const Floats x = randomFloats(n, -30, 30, "x"), g = randomFloats(n, -1, 1, "g");
            const double highest = *std::max_element(x.begin(), x.end());
            double total = 0, dot = 0, sum = 0;
            for (const float v : x) total += std::exp(v - highest);
            std::vector<double> p(n);
            for (std::size_t i = 0; i < n; ++i) {
                p[i] = std::exp(x[i] - highest) / total;
                dot += p[i] * static_cast<double>(g[i]);
                sum += static_cast<double>(g[i]);
            }
            Poisoned y(n), dx(n), logY(n), logDx(n);
            rowKernels().softmax(x.data(), y.data(), 1, count(x));
            rowKernels().softmaxGradient(g.data(), y.data(), dx.data(), count(x));
            rowKernels().logSoftmax(x.data(), logY.data(), 1, count(x));
            rowKernels().logSoftmaxGradient(g.data(), logY.data(), logDx.data(), count(x));
            for (std::size_t i = 0; i < n; ++i) {
                QVERIFY(isNear(y[i], p[i], 3e-6));
                QVERIFY(isNear(dx[i], p[i] * (static_cast<double>(g[i]) - dot), 3e-6, 1e-6 * p[i]));
                QVERIFY(isNear(logY[i], std::log(p[i]), 3e-7, 3e-6));
                QVERIFY(isNear(logDx[i], static_cast<double>(g[i]) - p[i] * sum, 1e-5,
                               1e-6 + 1e-5 * std::abs(p[i] * sum)));
            }
            QVERIFY(y.guardIsIntact() && dx.guardIsIntact() && logY.guardIsIntact() && logDx.guardIsIntact());
        }
    }

    /// Short rows are computed side by side: each must come out as if it were alone.
    void softmaxOfManyRows() {
        for (const std::size_t n : {1U, 2U, 10U, 16U, 17U, 32U, 33U})
            for (const std::size_t rows : {1U, 3U, 16U, 37U}) {
                Floats x = randomFloats(n * rows, -30, 30, "x");
                const std::size_t broken = rows / 2;
                if (rows > 1) x[broken * n + n - 1] = NAN;
                Poisoned y(x.size()), logY(x.size());
                const auto height = static_cast<std::int64_t>(rows), length = static_cast<std::int64_t>(n);
                rowKernels().softmax(x.data(), y.data(), height, length);
                rowKernels().logSoftmax(x.data(), logY.data(), height, length);
                for (std::size_t r = 0; r < rows; ++r) {
                    const float* const row = x.data() + r * n;
                    const double highest = *std::max_element(row, row + n);
                    double total = 0;
                    for (std::size_t k = 0; k < n; ++k) total += std::exp(row[k] - highest);
                    for (std::size_t k = 0; k < n; ++k) {
                        const float p = y[r * n + k], logP = logY[r * n + k];
                        if (rows > 1 && r == broken) {
                            QVERIFY(std::isnan(p) && std::isnan(logP));
                            continue;
                        }
                        const double expected = std::exp(row[k] - highest) / total;
                        QVERIFY(isNear(p, expected, 3e-6));
                        QVERIFY(isNear(logP, std::log(expected), 3e-7, 3e-6));
                    }
                }
                QVERIFY(y.guardIsIntact() && logY.guardIsIntact());
            }
    }

    void gradientOfCrossEntropy() {
        for (const std::size_t n : lengths) {
            const Floats logp = randomFloats(n, -110, 0, "logp");
            Poisoned dx(n);
            rowKernels().crossEntropyGradient(logp.data(), 0.5F, 0.01F, dx.data(), count(logp));
            for (std::size_t i = 0; i < n; ++i)
                QVERIFY(isNear(dx[i], 0.5 * (std::exp(static_cast<double>(logp[i])) - 0.01), 1e-6, 1e-7));
            QVERIFY(dx.guardIsIntact());
        }
    }

    void exponentialsReachTheirLimits() {
        const Floats logp{-infinity, -200, -104, -88, 0, 88, 88.7F, 89, 200, infinity, NAN};
        Poisoned dx(logp.size());
        rowKernels().crossEntropyGradient(logp.data(), 1, 0, dx.data(), count(logp));
        for (std::size_t i = 0; i < 3; ++i) QCOMPARE(dx[i], 0.0F);
        QVERIFY(isNear(dx[3], std::exp(-88.0), 1e-6));
        QCOMPARE(dx[4], 1.0F);
        QVERIFY(isNear(dx[5], std::exp(88.0), 1e-6));
        QVERIFY(isNear(dx[6], std::exp(static_cast<double>(88.7F)), 1e-6));
        for (std::size_t i = 7; i < 10; ++i) QCOMPARE(dx[i], infinity);
        QVERIFY(std::isnan(dx[10]));

        // One NaN makes a row NaN.
        Floats x(40, 1.0F);
        x[33] = NAN;
        Poisoned y(x.size());
        rowKernels().softmax(x.data(), y.data(), 1, count(x));
        for (std::size_t i = 0; i < x.size(); ++i) QVERIFY(std::isnan(y[i]));
    }

    // Bit for bit what plain arithmetic gives.
    void stepsOfSgd() {
        for (const std::size_t n : lengths)
            for (const bool nesterov : {false, true})
                for (const bool keepsMomentum : {false, true}) {
                    if (nesterov && !keepsMomentum) continue;
                    const Floats g = randomFloats(n, -1, 1, "g"), start = randomFloats(n, -1, 1, "w"),
                                 speed = randomFloats(n, -1, 1, "v");
                    Poisoned w(n), v(n);
                    std::copy(start.begin(), start.end(), w.data());
                    std::copy(speed.begin(), speed.end(), v.data());
                    // (Factors so large that a product which is not rounded shows in the sum.)
                    const backend::SgdStep step{0.7F, 0.9F, 0.8F, 0.3F, nesterov};
                    rowKernels().sgd(step, w.data(), keepsMomentum ? v.data() : nullptr, g.data(), count(g));
                    for (std::size_t i = 0; i < n; ++i) {
                        const float slope = g[i] + step.pull * start[i];
                        const float velocity = step.momentum * speed[i] + slope;
                        const float direction = !keepsMomentum ? slope
                                                : nesterov     ? slope + step.momentum * velocity
                                                               : velocity;
                        // (QCOMPARE would let five digits pass.)
                        QVERIFY(w[i] == step.shrink * start[i] - step.rate * direction);
                        QVERIFY(v[i] == (keepsMomentum ? velocity : speed[i]));
                    }
                    QVERIFY(w.guardIsIntact() && v.guardIsIntact());
                }
    }

    void sumsOfRows() {
        for (const std::size_t n : lengths) {
            const Floats x = randomFloats(n, 999, 1001, "x");
            double sum = 0, squares = 0;
            for (const float v : x) {
                sum += static_cast<double>(v);
                squares += (static_cast<double>(v) - 1000) * (static_cast<double>(v) - 1000);
            }
            QVERIFY(isNear(rowKernels().sum(x.data(), count(x)), sum, 1e-6));
            QVERIFY(isNear(rowKernels().squares(x.data(), 1000, count(x)), squares, 1e-6));
        }
    }

    void normalizationAndItsGradients() {
        for (const std::size_t n : lengths) {
            constexpr std::size_t rows = 5;
            const Floats x = randomFloats(rows * n, -2, 3, "x"), g = randomFloats(rows * n, -1, 1, "g");
            const Floats gamma = randomFloats(n, 0.5, 2, "gamma"), beta = randomFloats(n, -1, 1, "beta");
            const Floats mean = randomFloats(rows, 0.3, 0.6, "mean"),
                         inverse = randomFloats(rows, 0.7, 1.4, "inverse");
            std::vector<double> gammaSums(n, 1.0), betaSums(n, 2.0), expectedGamma(n, 1.0),
                expectedBeta(n, 2.0);
            const auto size = static_cast<std::int64_t>(n);
            for (std::size_t r = 0; r < rows; ++r) {
                const float *const row = x.data() + r * n, *const slope = g.data() + r * n;
                const auto z = [&](std::size_t i) {
                    return (static_cast<double>(row[i]) - static_cast<double>(mean[r])) *
                           static_cast<double>(inverse[r]);
                };
                const auto h = [&](std::size_t i) {
                    return static_cast<double>(gamma[i]) * static_cast<double>(slope[i]);
                };
                double level = 0, tilt = 0;
                for (std::size_t i = 0; i < n; ++i) {
                    level += h(i) / static_cast<double>(n);
                    tilt += h(i) * z(i) / static_cast<double>(n);
                    expectedBeta[i] += static_cast<double>(slope[i]);
                    expectedGamma[i] += static_cast<double>(slope[i]) * z(i);
                }
                Poisoned y(n), dx(n);
                rowKernels().normalize(row, mean[r], inverse[r], gamma.data(), beta.data(), y.data(), size);
                rowKernels().normalizeGradient(row, mean[r], inverse[r], gamma.data(), slope, dx.data(),
                                               size);
                for (std::size_t i = 0; i < n; ++i) {
                    QVERIFY(isNear(y[i], z(i) * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]),
                                   1e-6, 1e-6));
                    QVERIFY(isNear(dx[i], static_cast<double>(inverse[r]) * (h(i) - level - z(i) * tilt),
                                   1e-5, 4e-6));
                }
                QVERIFY(y.guardIsIntact() && dx.guardIsIntact());
            }
            rowKernels().normalizeSums(x.data(), mean.data(), inverse.data(), g.data(), rows, size,
                                       gammaSums.data(), betaSums.data());
            for (std::size_t i = 0; i < n; ++i) {
                QVERIFY(isNear(gammaSums[i], expectedGamma[i], 1e-5, 1e-5));
                QVERIFY(isNear(betaSums[i], expectedBeta[i], 1e-6, 1e-6));
            }
        }
    }

    void geluAndItsGradientInTheTailsToo() {
        Floats x, g;
        for (double v = -12; v <= 12; v += 0.0137) x.push_back(static_cast<float>(v));
        x.push_back(0);
        g.assign(x.size(), 0.5F);
        Poisoned y(x.size()), dx(x.size());
        rowKernels().gelu(x.data(), y.data(), count(x));
        rowKernels().geluGradient(g.data(), x.data(), dx.data(), count(x));
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double v = x[i], density = std::exp(-v * v / 2) / std::sqrt(2 * std::numbers::pi);
            // e^(-v^2 / 2) in single precision knows the square to one part in 2^24.
            const double rounding = 6e-7 + 6e-8 * v * v;
            QVERIFY(isNear(y[i], v * phi(v), rounding));
            QVERIFY(isNear(dx[i], 0.5 * (phi(v) + v * density), rounding,
                           rounding * std::abs(v) * density + 1e-40));
        }
        QVERIFY(y.guardIsIntact() && dx.guardIsIntact());
        QCOMPARE(y[x.size() - 1], 0.0F);
        QVERIFY(isNear(dx[x.size() - 1], 0.25, 1e-6));
    }

    void rectifierKeepsNaN() {
        for (const std::size_t n : lengths) {
            Floats x = randomFloats(n, -1, 1, "x");
            const Floats g = randomFloats(n, 1, 2, "g");
            x[n / 2] = NAN;
            x[0] = n > 1 ? 0.0F : x[0];
            Poisoned y(n), dx(n);
            rowKernels().relu(x.data(), y.data(), count(x));
            rowKernels().reluGradient(g.data(), x.data(), dx.data(), count(x));
            for (std::size_t i = 0; i < n; ++i) {
                if (std::isnan(x[i]))
                    QVERIFY(std::isnan(y[i]));
                else
                    QCOMPARE(y[i], std::max(x[i], 0.0F));
                QCOMPARE(dx[i], x[i] > 0 ? g[i] : 0.0F);
            }
            QVERIFY(y.guardIsIntact() && dx.guardIsIntact());
        }
    }

    void maximaOfPairsTakeTheFirstOfEquals() {
        for (const std::size_t n : lengths) {
            // Few values, so that many are equal; some NaN.
            RandomStream random(2, "pairs");
            Floats top(2 * n), bottom(2 * n);
            for (Floats* const row : {&top, &bottom})
                for (float& v : *row) {
                    v = std::floor(static_cast<float>(random.uniform()) * 4);
                    if (random.uniform() < 0.05) v = NAN;
                }
            const Floats g = randomFloats(n, 1, 2, "g");
            Poisoned y(n), dTop(2 * n), dBottom(2 * n);
            rowKernels().pairMaxima(top.data(), bottom.data(), y.data(), static_cast<std::int64_t>(n));
            rowKernels().pairMaximaGradient(top.data(), bottom.data(), g.data(), dTop.data(), dBottom.data(),
                                            static_cast<std::int64_t>(n));
            for (std::size_t j = 0; j < n; ++j) {
                const float values[4] = {top[2 * j], top[2 * j + 1], bottom[2 * j], bottom[2 * j + 1]};
                const float slopes[4] = {dTop[2 * j], dTop[2 * j + 1], dBottom[2 * j], dBottom[2 * j + 1]};
                std::size_t best = 0;
                for (std::size_t k = 1; k < 4; ++k)
                    if (!std::isnan(values[best]) && (std::isnan(values[k]) || values[k] > values[best]))
                        best = k;
                QVERIFY(std::isnan(values[best]) ? std::isnan(y[j]) : y[j] == values[best]);
                for (std::size_t k = 0; k < 4; ++k) QCOMPARE(slopes[k], k == best ? g[j] : 0.0F);
            }
            QVERIFY(y.guardIsIntact() && dTop.guardIsIntact() && dBottom.guardIsIntact());
        }
    }
};

QTEST_APPLESS_MAIN(RowKernelsTest)
#include "test_row_kernels.moc"
