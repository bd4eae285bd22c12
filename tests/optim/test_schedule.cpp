// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "optim/golden.h"
#include "optim/schedule.h"

using namespace filigree;
using namespace filigree::optim;

class ScheduleTest : public QObject {
    Q_OBJECT

  private slots:
    void followsPyTorchOverWholeRuns() {
        int compared = 0;
        const auto golden = tests::optimGolden();
        for (const auto& expected : golden.at("schedules")) {
            const std::string kind = expected.at("kind");
            Schedule schedule;
            if (kind == "step") {
                schedule = StepSchedule{expected.at("milestones"), expected.at("gamma")};
            } else if (kind == "cosine") {
                schedule =
                    CosineSchedule{expected.at("total"),   expected.at("warmup"),  expected.at("start"),
                                   expected.at("minimum"), expected.at("restart"), expected.at("growth")};
            } else {
                QCOMPARE(kind, std::string("one_cycle"));
                schedule = OneCycleSchedule{expected.at("total"), expected.at("rise"), expected.at("divisor"),
                                            expected.at("final_divisor")};
            }
            const std::vector<double> factors = expected.at("factors");
            for (std::size_t step = 0; step < factors.size(); ++step) {
                const double factor = learningRateFactor(schedule, static_cast<std::int64_t>(step));
                QVERIFY2(std::abs(factor - factors[step]) < 1e-13,
                         (kind + " step " + std::to_string(step) + ": " + std::to_string(factor)).c_str());
                ++compared;
            }
        }
        QVERIFY(compared > 150);
    }

    void constantIsOneForEver() {
        QCOMPARE(learningRateFactor(ConstantSchedule{}, 0), 1.0);
        QCOMPARE(learningRateFactor(ConstantSchedule{}, 1'000'000'000), 1.0);
    }

    void staysAtTheEndOnceItIsOver() {
        QCOMPARE(learningRateFactor(CosineSchedule{.totalSteps = 10, .minimum = 0.25}, 1000), 0.25);
        const OneCycleSchedule cycle{.totalSteps = 10};
        QVERIFY(std::abs(learningRateFactor(cycle, 9) - 4e-6) < 1e-18);
        QCOMPARE(learningRateFactor(cycle, 1000), learningRateFactor(cycle, 9));
    }

    void theSpecificationsCosineIsHalfOfOnePlusCosine() {
        // lr(t) = lr / 2 (1 + cos(pi t / T)): 1 at 0, 1/2 at T/2, cos^2(pi/8) at T/4.
        const CosineSchedule schedule{.totalSteps = 400};
        QCOMPARE(learningRateFactor(schedule, 0), 1.0);
        QVERIFY(std::abs(learningRateFactor(schedule, 200) - 0.5) < 1e-15);
        QVERIFY(std::abs(learningRateFactor(schedule, 100) - 0.85355339059327376) < 1e-15);
    }

    void restartsFollowTheWarmUpAndGrow() {
        const CosineSchedule schedule{.warmupSteps = 3, .restartSteps = 4, .restartGrowth = 3};
        QCOMPARE(learningRateFactor(schedule, 0), 0.0);
        for (const std::int64_t start : {3, 3 + 4, 3 + 4 + 12, 3 + 4 + 12 + 36})
            QCOMPARE(learningRateFactor(schedule, start), 1.0);
        QVERIFY(std::abs(learningRateFactor(schedule, 3 + 4 + 6) - 0.5) < 1e-15);
        // A step beyond all cycles that the counter can hold still has a rate.
        const double late = learningRateFactor(schedule, std::numeric_limits<std::int64_t>::max() - 1);
        QVERIFY(late >= 0 && late <= 1);
    }

    void oneCycleOfOneStepEndsAtOnce() {
        QVERIFY(std::abs(learningRateFactor(OneCycleSchedule{.totalSteps = 1}, 0) - 4e-6) < 1e-18);
        // Without a rise it starts at the top.
        QCOMPARE(learningRateFactor(OneCycleSchedule{.totalSteps = 10, .riseFraction = 0}, 0), 1.0);
    }

    // 10 steps of half a cosine wave, then a cosine over 90 from 1 to 0.2.
    void anyScheduleCanRiseFirst() {
        const RisingSchedule schedule{10, CosineSchedule{.totalSteps = 90, .minimum = 0.2}};
        const std::vector<std::pair<std::int64_t, double>> expected{{0, 0.0},  {5, 0.5},   {10, 1.0},
                                                                    {55, 0.6}, {100, 0.2}, {500, 0.2}};
        for (const auto& [step, value] : expected)
            QVERIFY(std::abs(learningRateFactor(schedule, step) - value) < 1e-12);
        const RisingSchedule stairs{4, StepSchedule{{6}, 0.1}};
        QCOMPARE(learningRateFactor(stairs, 9), 1.0);
        QCOMPARE(learningRateFactor(stairs, 10), 0.1);
        QVERIFY_THROWS_EXCEPTION(Error, learningRateFactor(RisingSchedule{-1, ConstantSchedule{}}, 0));
    }

    void senselessSchedulesAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, learningRateFactor(ConstantSchedule{}, -1));
        QVERIFY_THROWS_EXCEPTION(Error, learningRateFactor(CosineSchedule{}, 0));
        QVERIFY_THROWS_EXCEPTION(Error,
                                 learningRateFactor(CosineSchedule{.totalSteps = 5, .warmupSteps = 5}, 0));
        QVERIFY_THROWS_EXCEPTION(
            Error, learningRateFactor(CosineSchedule{.restartSteps = 5, .restartGrowth = 0}, 0));
        QVERIFY_THROWS_EXCEPTION(Error, learningRateFactor(OneCycleSchedule{}, 0));
        QVERIFY_THROWS_EXCEPTION(
            Error, learningRateFactor(OneCycleSchedule{.totalSteps = 5, .riseFraction = 1.5}, 0));
        QVERIFY_THROWS_EXCEPTION(Error, learningRateFactor(StepSchedule{{1}, -0.5}, 0));
    }
};

QTEST_APPLESS_MAIN(ScheduleTest)
#include "test_schedule.moc"
