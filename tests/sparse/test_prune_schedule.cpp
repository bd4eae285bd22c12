// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "sparse/golden_file.h"
#include "sparse/prune_schedule.h"
#include "sparse/redistribution.h"

using namespace filigree;
using namespace filigree::sparse;

class PruneScheduleTest : public QObject {
    Q_OBJECT

  private slots:
    void laddersAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json");
        for (const char* name : {"zhu_gupta", "granet"}) {
            const auto& ladder = golden[name];
            const PruneSchedule schedule{1 - ladder["s_i"].get<double>(), 1 - ladder["s_f"].get<double>(),
                                         ladder["t0"].get<std::int64_t>(), ladder["T"].get<std::int64_t>(),
                                         1};
            for (std::size_t i = 0; i < ladder["t"].size(); ++i)
                QVERIFY(std::abs(1 - schedule.density(ladder["t"][i]) - ladder["s"][i].get<double>()) < 1e-9);
        }
    }

    void theLastPruningReachesTheGoalWhateverTheInterval() {
        for (const std::int64_t interval : {1, 7, 30, 1000}) {
            const PruneSchedule schedule{1, 0.05, 20, 123, interval};
            std::int64_t rounds = 0;
            double density = 1;
            for (std::int64_t step = 1; step <= 200; ++step) {
                if (!schedule.due(step)) continue;
                ++rounds;
                QVERIFY(step > 20 && step <= 123);
                QVERIFY(schedule.density(step) < density);
                density = schedule.density(step);
            }
            QCOMPARE(density, 0.05);
            QCOMPARE(rounds, 102 / interval + 1);
        }
    }

    void withoutARampEverythingIsPrunedAtOnce() {
        const PruneSchedule schedule{1, 0.1, 50, 50, 10};
        for (std::int64_t step = 1; step < 100; ++step) QCOMPARE(schedule.due(step), step == 50);
        QCOMPARE(schedule.density(49), 1.0);
        QCOMPARE(schedule.density(50), 0.1);
    }

    void sharesAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["snfs_redistribution"];
        const auto shares = golden["mean_abs_momentum"].get<std::vector<double>>();
        const std::vector<std::int64_t> room{1000, 1000, 1000};
        QCOMPARE(apportion(golden["total_removed"], shares, room),
                 golden["grow"].get<std::vector<std::int64_t>>());
    }

    void fullLayersPassTheirShareOn() {
        using Parts = std::vector<std::int64_t>;
        const std::vector<double> shares{1, 1, 2};
        QCOMPARE(apportion(100, shares, Parts{10, 500, 500}), (Parts{10, 30, 60}));
        QCOMPARE(apportion(100, shares, Parts{10, 500, 40}), (Parts{10, 50, 40}));
        QCOMPARE(apportion(3, std::vector<double>{0, 0}, Parts{5, 5}), (Parts{2, 1}));
        QCOMPARE(apportion(7, std::vector<double>{0, 1}, Parts{5, 4}), (Parts{3, 4}));
        QCOMPARE(apportion(0, shares, Parts{0, 0, 0}), (Parts{0, 0, 0}));
        QVERIFY_THROWS_EXCEPTION(Error, apportion(11, std::vector<double>{1, 1}, Parts{5, 5}));
    }

    void partsSumToTheWhole() {
        RandomStream random(1, "shares");
        for (int trial = 0; trial < 200; ++trial) {
            std::vector<double> shares;
            std::vector<std::int64_t> room;
            for (int l = 0; l < 5; ++l) {
                shares.push_back(random.uniform());
                room.push_back(static_cast<std::int64_t>(random.below(40)));
            }
            const auto space = std::accumulate(room.begin(), room.end(), std::int64_t{0});
            const auto total = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(space) + 1));
            const auto parts = apportion(total, shares, room);
            QCOMPARE(std::accumulate(parts.begin(), parts.end(), std::int64_t{0}), total);
            for (std::size_t l = 0; l < 5; ++l) QVERIFY(parts[l] >= 0 && parts[l] <= room[l]);
        }
    }
};

QTEST_APPLESS_MAIN(PruneScheduleTest)
#include "test_prune_schedule.moc"
