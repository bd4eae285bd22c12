// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"

using namespace filigree;

class RandomTest : public QObject {
    Q_OBJECT

  private slots:
    // Known answers published with the generator (Random123, file kat_vectors, philox4x32 10 rounds).
    void philoxMatchesThePublishedAnswers() {
        using Block = std::array<std::uint32_t, 4>;
        QVERIFY((philox({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
        const std::uint32_t f = 0xffffffff;
        QVERIFY((philox({f, f, f, f}, {f, f}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
        QVERIFY((philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
                 Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
    }

    void streamsOfDifferentNameSeedOrStepDiffer() {
        std::set<std::uint64_t> firsts;
        for (const std::uint64_t seed : {0, 1, 2})
            for (const char* name : {"init", "mask", "order"})
                for (const std::uint64_t step : {0, 1})
                    firsts.insert(RandomStream(seed, name, step).next64());
        QCOMPARE(firsts.size(), std::size_t{18});
        QCOMPARE(RandomStream(7, "init", 3).next64(), RandomStream(7, "init", 3).next64());
    }

    void uniformAndNormalHaveTheirMoments() {
        RandomStream random(5, "moments");
        const int count = 200000;
        double sum = 0, squares = 0, normalSum = 0, normalSquares = 0, normalFourth = 0;
        for (int i = 0; i < count; ++i) {
            const double u = random.uniform();
            QVERIFY(u >= 0 && u < 1);
            sum += u;
            squares += u * u;
            const double z = random.normal();
            normalSum += z;
            normalSquares += z * z;
            normalFourth += z * z * z * z;
        }
        // Five standard errors of each estimate.
        QVERIFY(std::abs(sum / count - 0.5) < 5 * std::sqrt(1.0 / 12 / count));
        QVERIFY(std::abs(squares / count - 1.0 / 3) < 5 * std::sqrt(4.0 / 45 / count));
        QVERIFY(std::abs(normalSum / count) < 5 * std::sqrt(1.0 / count));
        QVERIFY(std::abs(normalSquares / count - 1) < 5 * std::sqrt(2.0 / count));
        QVERIFY(std::abs(normalFourth / count - 3) < 5 * std::sqrt(96.0 / count));
    }

    void belowIsUniformOverItsRange() {
        RandomStream random(6, "below");
        std::array<int, 7> counts{};
        for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
        double chiSquare = 0;
        for (const int c : counts) chiSquare += (c - 10000.0) * (c - 10000.0) / 10000.0;
        QVERIFY(chiSquare < 22.46);  // 99.9 % quantile for 6 degrees of freedom
    }

    void permutationHoldsEveryNumberOnce() {
        auto order = RandomStream(1, "order").permutation(1000);
        QVERIFY(!std::is_sorted(order.begin(), order.end()));
        std::sort(order.begin(), order.end());
        for (std::int64_t i = 0; i < 1000; ++i) QCOMPARE(order[static_cast<std::size_t>(i)], i);
    }

    void sampleChoosesEachPositionEquallyOften() {
        std::array<int, 10> counts{};
        for (std::uint64_t step = 0; step < 20000; ++step) {
            const auto chosen = RandomStream(2, "mask", step).sample(10, 3);
            QCOMPARE(chosen.size(), std::size_t{3});
            QVERIFY(chosen[0] < chosen[1] && chosen[1] < chosen[2]);
            for (const auto i : chosen) ++counts[static_cast<std::size_t>(i)];
        }
        for (const int c : counts) QVERIFY(std::abs(c - 6000) < 5 * std::sqrt(20000 * 0.3 * 0.7));
        QCOMPARE(RandomStream(2, "mask").sample(5, 5).size(), std::size_t{5});
        QVERIFY_THROWS_EXCEPTION(Error, RandomStream(2, "mask").sample(5, 6));
    }
};

QTEST_APPLESS_MAIN(RandomTest)
#include "test_random.moc"
