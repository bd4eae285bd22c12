// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"
#include "data/load.h"
#include "data/planted.h"

using namespace filigree;
using namespace filigree::data;

namespace {

bool near(double value, double expected) {
    return std::abs(value - expected) < 5e-7;
}

const LargeVector<float>& values(const Dataset& set) {
    return std::get<LargeVector<float>>(set.samples);
}

std::vector<int> classCounts(const Dataset& set) {
    std::vector<int> counts(10, 0);
    for (const auto label : set.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
}

}  // namespace

// Expected numbers come from the definition's own check values and from an independent NumPy program.
class PlantedTest : public QObject {
    Q_OBJECT

    Dataset train_ = makePlanted("train", false);
    Dataset test_ = makePlanted("test", false);

  private slots:
    // Steele, Lea and Flood's generator as published gives these for seed 0 (first three) and seed 101.
    void splitmixMatchesKnownAnswers() {
        QCOMPARE(splitmix64(0, 0), 0xE220A8397B1DCDAFULL);
        QCOMPARE(splitmix64(0, 1), 0x6E789E6AA1B965F4ULL);
        QCOMPARE(splitmix64(0, 2), 0x06C45D188009454FULL);
        QCOMPARE(splitmix64(101, 0), 15060681878671775511ULL);
        QCOMPARE(splitmix64(101, 1), 317125338075985571ULL);
    }

    void teacherHasThePublishedWiresAndWeights() {
        const PlantedTeacher teacher;
        QCOMPARE(teacher.wires[0], (std::array{1, 7, 9}));
        QCOMPARE(teacher.wires[31], (std::array{10, 7, 15}));
        QCOMPARE(teacher.signs[0], (std::array{-1.0, 1.0, -1.0}));
        QCOMPARE(teacher.signs[31], (std::array{-1.0, -1.0, -1.0}));
        QVERIFY(near(teacher.weights[0][0], -0.24675866));
        QVERIFY(near(teacher.weights[0][1], 0.1682355));
        QVERIFY(near(teacher.weights[0][2], 0.66617022));
        QVERIFY(near(teacher.weights[9][31], 0.31514998594035276));
    }

    void rowsAreThePublishedOnes() {
        QCOMPARE(train_.count(), 32000);
        QCOMPARE(test_.count(), 4000);
        QCOMPARE(train_.sampleShape, (std::vector<std::int64_t>{128}));
        const std::vector<double> first = {0.7132928, -1.6307646, -1.1452392, -1.2206789};
        const std::vector<double> firstTest = {-0.1870721, -1.5155062, 0.68010496, -1.4222873};
        for (std::size_t i = 0; i < 4; ++i) {
            QVERIFY(near(values(train_)[i], first[i]));
            QVERIFY(near(values(test_)[i], firstTest[i]));
        }
        QVERIFY(near(values(test_).back(), -0.6146636687163313));
    }

    void labelsAreThePublishedOnes() {
        const auto firstTen = [](const Dataset& set) {
            return std::vector<std::int32_t>(set.labels.begin(), set.labels.begin() + 10);
        };
        QCOMPARE(firstTen(train_), (std::vector<std::int32_t>{6, 4, 1, 1, 8, 0, 2, 1, 8, 8}));
        QCOMPARE(firstTen(test_), (std::vector<std::int32_t>{8, 2, 4, 5, 2, 1, 2, 2, 0, 4}));
        QCOMPARE(classCounts(train_),
                 (std::vector<int>{4977, 3774, 3782, 2524, 3727, 2670, 1522, 3495, 3538, 1991}));
        auto all = classCounts(train_);
        for (std::size_t k = 0; k < 10; ++k) all[k] += classCounts(test_)[k];
        QCOMPARE(all, (std::vector<int>{5589, 4264, 4230, 2839, 4205, 3017, 1696, 3946, 3967, 2247}));
    }

    void trapScalesInputs16To63AndKeepsLabels() {
        const Dataset trap = makePlanted("test", true);
        QCOMPARE(trap.name, std::string("planted-trap"));
        QCOMPARE(trap.labels, test_.labels);
        for (std::size_t row : {std::size_t{0}, std::size_t{1}, std::size_t{3999}})
            for (std::size_t i = 0; i < 128; ++i) {
                const float plain = values(test_)[row * 128 + i], trapped = values(trap)[row * 128 + i];
                if (i >= 16 && i < 64)
                    QVERIFY(std::abs(trapped - 3 * plain) <= 2e-7F * std::abs(trapped));
                else
                    QCOMPARE(trapped, plain);
            }
        QVERIFY(near(values(trap)[3999 * 128 + 16], 3 * -0.9956395895035818));
        PlantedOptions twice;
        twice.trapScale = 2;
        QVERIFY(near(values(makePlanted("test", true, twice))[3999 * 128 + 16], 2 * -0.9956395895035818));
    }

    void labelsDependOnTheRelevantInputsAlone() {
        QCOMPARE(train_.relevantInputs, 16);
        const PlantedTeacher teacher;
        std::array<double, 128> x{};
        for (std::size_t i = 0; i < 16; ++i) x[i] = double{values(train_)[i]};
        for (std::size_t i = 16; i < 128; ++i) x[i] = 1e6;
        QCOMPARE(teacher.label(x.data()), 6);
        for (const auto& wires : teacher.wires)
            for (const int input : wires) QVERIFY(input >= 0 && input < 16);
    }

    void anySplitOfTheRowsIsTheSameStream() {
        PlantedOptions options;
        options.trainRows = 100;
        options.testRows = 50;
        const Dataset shortTrain = makePlanted("train", false, options),
                      shortTest = makePlanted("test", false, options);
        QVERIFY(std::equal(values(shortTrain).begin(), values(shortTrain).end(), values(train_).begin()));
        QVERIFY(std::equal(values(shortTest).begin(), values(shortTest).end(),
                           values(train_).begin() + 100 * 128));
        options.seed = 202;
        QVERIFY(values(makePlanted("train", false, options)) != values(shortTrain));
    }

    void threadsDoNotChangeABit() {
        setThreadCount(3);
        const Dataset again = makePlanted("test", false);
        setThreadCount(1);
        QVERIFY(values(again) == values(test_));
        QCOMPARE(again.labels, test_.labels);
    }

    void loadGivesTheSameSets() {
        LoadOptions options;
        options.limit = 20;
        const Dataset loaded = load("planted-trap", "train", {}, options);
        QCOMPARE(loaded.count(), 20);
        QCOMPARE(loaded.labels, std::vector<std::int32_t>(train_.labels.begin(), train_.labels.begin() + 20));
        QVERIFY(near(values(loaded)[16], 3 * double{values(train_)[16]}));
    }

    void refusesImpossibleOptions() {
        const auto refused = [](const char* split, bool trap, const PlantedOptions& options) {
            try {
                makePlanted(split, trap, options);
            } catch (const Error& error) {
                return error.kind() == ErrorKind::Usage;
            }
            return false;
        };
        PlantedOptions options;
        QVERIFY(refused("validation", false, options));
        options.trainRows = 0;
        QVERIFY(refused("train", false, options));
        options.trainRows = std::int64_t{1} << 60;
        QVERIFY(refused("train", false, options));
        options = {};
        for (const double scale : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
            options.trapScale = scale;
            QVERIFY(refused("train", true, options));
        }
    }
};

QTEST_GUILESS_MAIN(PlantedTest)
#include "test_planted.moc"
