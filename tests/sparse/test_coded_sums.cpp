// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "backend/coded_sums.h"
#include "base/error.h"
#include "base/parallel.h"

using namespace filigree;
using backend::CodedSums;

namespace {

constexpr std::int64_t rows = 7;
constexpr std::int64_t columns = 300;  // two whole blocks and a part

/// Over six orders of magnitude, of both signs.
std::vector<float> figures(std::uint64_t step) {
    RandomStream random(3, "figures", step);
    std::vector<float> result;
    for (std::int64_t i = 0; i < rows * columns; ++i)
        result.push_back(static_cast<float>(random.normal() * std::pow(10, -6 * random.uniform())));
    return result;
}

RandomStream rounding(std::uint64_t step) {
    return {1, "rounding", step};
}

std::vector<float> decoded(const CodedSums& sums) {
    std::vector<float> values(static_cast<std::size_t>(sums.rows() * sums.columns()));
    sums.decode(0, values);
    return values;
}

/// Largest |value| of the block of an element.
double blockLargest(const std::vector<float>& values, std::size_t element) {
    const std::size_t row = element / columns * columns, column = element - row;
    const std::size_t first = row + column / CodedSums::block * CodedSums::block;
    const std::size_t last = std::min(first + CodedSums::block, row + columns);
    double largest = 0;
    for (std::size_t i = first; i < last; ++i) largest = std::max(largest, std::abs(double{values[i]}));
    return largest;
}

}  // namespace

class CodedSumsTest : public QObject {
    Q_OBJECT

  private slots:
    void isOffByLessThanAStep() {
        const std::vector<float> values = figures(0);
        CodedSums sums(rows, columns);
        sums.add(0, values, 0.9F, rounding(1));
        const std::vector<float> back = decoded(sums);
        int different = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double m = blockLargest(values, i), v = std::abs(double{values[i]});
            const double bound = 2 * std::sqrt(m * v) / 127 + m / (127.0 * 127.0) + 1e-6 * m;
            QVERIFY(std::abs(double{back[i]} - double{values[i]}) <= bound);
            QVERIFY(back[i] == 0 || std::signbit(back[i]) == std::signbit(values[i]));
            different += back[i] != values[i];
            if (v == m) QVERIFY(std::abs(double{back[i]} - double{values[i]}) <= 1e-6 * m);
        }
        QVERIFY(different > rows * columns / 2);
        QCOMPARE(sums.bytes(), rows * (columns + 3 * 4));
    }

    void isRightOnTheMean() {
        const std::vector<float> values = figures(0);
        std::vector<double> mean(values.size(), 0);
        constexpr int repeats = 1000;
        for (int r = 0; r < repeats; ++r) {
            CodedSums sums(rows, columns);
            sums.add(0, values, 0.9F, rounding(static_cast<std::uint64_t>(r)));
            const std::vector<float> back = decoded(sums);
            for (std::size_t i = 0; i < back.size(); ++i) mean[i] += double{back[i]} / repeats;
        }
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double m = blockLargest(values, i), v = std::abs(double{values[i]});
            const double step = 2 * std::sqrt(m * v) / 127 + m / (127.0 * 127.0);
            // A step rounded up or down deviates by half of it at most; six times the error of the mean.
            const double bound = step * (6 * 0.5 / std::sqrt(repeats) + 1.0 / 512) + 1e-6 * m;
            QVERIFY(std::abs(mean[i] - double{values[i]}) <= bound);
        }
    }

    // To the nearest code, these would all be rounded away.
    void smallPartsAddUp() {
        constexpr std::int64_t width = 128;
        std::vector<float> part(width, 2e-4F);
        CodedSums sums(1, width);
        std::vector<float> first(width, 0.25F);
        first[0] = 1;
        sums.add(0, first, 1, rounding(0));
        part[0] = 0;
        for (std::uint64_t step = 1; step <= 1000; ++step) sums.add(0, part, 1, rounding(step));
        const std::vector<float> back = decoded(sums);
        const double mean = std::accumulate(back.begin() + 1, back.end(), 0.0) / (width - 1);
        QVERIFY2(std::abs(mean - 0.45) < 0.01, qPrintable(QString::number(mean)));
    }

    void followsADecayingSum() {
        CodedSums sums(rows, columns);
        std::vector<double> exact(static_cast<std::size_t>(rows * columns), 0);
        for (std::uint64_t step = 0; step < 60; ++step) {
            const std::vector<float> g = figures(step);
            sums.add(0, g, 0.9F, rounding(step));
            for (std::size_t i = 0; i < exact.size(); ++i) exact[i] = 0.9 * exact[i] + double{g[i]};
        }
        const std::vector<float> back = decoded(sums);
        double error = 0, size = 0;
        for (std::size_t i = 0; i < exact.size(); ++i) {
            error += (double{back[i]} - exact[i]) * (double{back[i]} - exact[i]);
            size += exact[i] * exact[i];
        }
        const double relative = std::sqrt(error / size);
        QVERIFY2(relative > 1e-4 && relative < 0.05, qPrintable(QString::number(relative)));
    }

    void slabsAndThreadsDoNotMatter() {
        const int before = threadCount();
        CodedSums whole(rows, columns), slabs(rows, columns);
        for (std::uint64_t step = 0; step < 3; ++step) {
            const std::vector<float> g = figures(step);
            setThreadCount(1);
            whole.add(0, g, 0.9F, rounding(step));
            setThreadCount(3);
            slabs.add(3, std::span(g).subspan(3 * columns), 0.9F, rounding(step));
            slabs.add(0, std::span(g).first(3 * columns), 0.9F, rounding(step));
        }
        setThreadCount(before);
        QCOMPARE(decoded(slabs), decoded(whole));
        std::vector<float> part(2 * columns);
        whole.decode(4, part);
        const std::vector<float> all = decoded(whole);
        QVERIFY(std::equal(part.begin(), part.end(), all.begin() + 4 * columns));
    }

    void restoresWhatItWas() {
        CodedSums sums(rows, columns), copy(rows, columns);
        sums.add(0, figures(0), 0.9F, rounding(0));
        copy.restore(sums.codes(), sums.scales());
        QCOMPARE(decoded(copy), decoded(sums));
        CodedSums other(rows, columns + 1);
        QVERIFY_THROWS_EXCEPTION(Error, other.restore(sums.codes(), sums.scales()));
    }

    void holdsZerosAndWhatIsNextToNothing() {
        CodedSums sums(1, 4);
        const std::vector<float> tiny{0, 1e-40F, -std::numeric_limits<float>::min(), 0};
        sums.add(0, tiny, 0.9F, rounding(0));
        QCOMPARE(decoded(sums), std::vector<float>(4, 0.0F));
    }

    void refusesWhatIsNotANumber() {
        CodedSums sums(1, 3);
        const std::vector<float> bad{1, std::numeric_limits<float>::quiet_NaN(), 2};
        QVERIFY_THROWS_EXCEPTION(Error, sums.add(0, bad, 0.9F, rounding(0)));
        const std::vector<float> large{1, std::numeric_limits<float>::infinity(), 2};
        QVERIFY_THROWS_EXCEPTION(Error, sums.add(0, large, 0.9F, rounding(0)));
    }
};

QTEST_APPLESS_MAIN(CodedSumsTest)
#include "test_coded_sums.moc"
