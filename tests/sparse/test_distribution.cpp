// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "sparse/distribution.h"
#include "sparse/drop_schedule.h"
#include "sparse/golden_file.h"

using namespace filigree;
using namespace filigree::sparse;

namespace {

const std::vector<Shape> mlp{{300, 784}, {100, 300}, {10, 100}};
const std::vector<Shape> cnn{{16, 1, 3, 3}, {32, 16, 3, 3}, {64, 32, 3, 3}, {10, 1024}};

bool near(const std::vector<double>& values, const nlohmann::json& expected) {
    if (values.size() != expected.size()) return false;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::abs(values[i] - expected[i].get<double>()) > 5e-10) return false;
    return true;
}

}  // namespace

class DistributionTest : public QObject {
    Q_OBJECT

  private slots:
    void erkAndErMatchTheReference() {
        const auto golden = tests::goldenFile("sparse_distribution.json");
        const auto erk = Distribution::ErdosRenyiKernel;
        QVERIFY(near(layerDensities(mlp, 0.05, erk), golden["er_mlp_300_100_D0.05"]["density"]));
        QVERIFY(near(layerDensities(mlp, 0.02, erk), golden["erk_mlp_300_100_D0.02"]["density"]));
        QVERIFY(near(layerDensities(mlp, 0.1, erk), golden["erk_mlp_300_100_D0.1"]["density"]));
        for (const auto& [key, density] :
             {std::pair("erk_cnn_D0.1", 0.1), std::pair("erk_cnn_D0.05", 0.05)}) {
            QVERIFY(near(layerDensities(cnn, density, erk), golden[key]["density"]));
            QVERIFY(near(layerDensities(cnn, density, Distribution::ErdosRenyi), golden[key]["er_density"]));
        }
    }

    // Ratios 8 / 16 and 16 / 64; squared 0.25 and 0.0625, which 16 and 64 positions share evenly: 10 of 20
    // each.
    void aPowerSharpensOrLevelsTheRatios() {
        const std::vector<Shape> shapes{{4, 4}, {8, 8}};
        const auto erk = Distribution::ErdosRenyiKernel;
        const auto squared = layerDensities(shapes, 0.25, erk, 2);
        QVERIFY(std::abs(squared[0] - 0.625) < 1e-12 && std::abs(squared[1] - 0.15625) < 1e-12);
        QCOMPARE(layerDensities(shapes, 0.25, erk, 0), (std::vector<double>{0.25, 0.25}));
        QCOMPARE(layerDensities(shapes, 0.25, erk, 1), layerDensities(shapes, 0.25, erk));
    }

    void countsAreExact() {
        const auto densities = layerDensities(mlp, 0.1, Distribution::ErdosRenyiKernel);
        QCOMPARE(activeCount(mlp[0], densities[0]), std::int64_t{18714});
        QCOMPARE(activeCount(mlp[1], densities[1]), std::int64_t{6906});
        QCOMPARE(activeCount(mlp[2], densities[2]), std::int64_t{1000});
        for (const std::int64_t count : {0, 1, 500, 999, 1000}) {
            RandomStream random(1, "mask");
            QCOMPARE(randomTopology(10, 100, count, random).edges(), count);
        }
    }

    void theGlobalDensityIsKeptWhateverLayersAreFull() {
        for (const double density : {0.001, 0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 1.0})
            for (const auto distribution :
                 {Distribution::Uniform, Distribution::ErdosRenyi, Distribution::ErdosRenyiKernel})
                for (const auto* shapes : {&mlp, &cnn}) {
                    const auto densities = layerDensities(*shapes, density, distribution);
                    double kept = 0, size = 0;
                    for (std::size_t l = 0; l < shapes->size(); ++l) {
                        QVERIFY(densities[l] > 0 && densities[l] <= 1 + 1e-12);
                        kept += densities[l] * double((*shapes)[l].elements());
                        size += double((*shapes)[l].elements());
                    }
                    QVERIFY(std::abs(kept / size - density) < 1e-9);
                }
        QVERIFY_THROWS_EXCEPTION(Error, layerDensities(mlp, 0, Distribution::Uniform));
        QVERIFY_THROWS_EXCEPTION(Error, layerDensities(mlp, 1.5, Distribution::Uniform));
        QVERIFY_THROWS_EXCEPTION(Error, layerDensities(mlp, std::nan(""), Distribution::Uniform));
    }

    void cosineDropFractionMatchesTheReference() {
        const auto golden = tests::goldenFile("sparse_distribution.json")["drop_fraction_cosine"];
        DropSchedule schedule;
        schedule.alpha = golden["alpha"];
        schedule.endStep = golden["Tend"];
        for (std::size_t i = 0; i < golden["t"].size(); ++i)
            QVERIFY(std::abs(schedule.fraction(golden["t"][i]) - golden["f"][i].get<double>()) < 5e-11);
    }

    void otherDecaysHaveTheirEnds() {
        DropSchedule schedule{DropDecay::CosineFloor, 0.5, 10, 750, 1000, 3};
        QVERIFY(std::abs(schedule.fraction(0) - 0.5) < 1e-12);
        QVERIFY(std::abs(schedule.fraction(500) - 0.2525) < 1e-12);
        QVERIFY(std::abs(schedule.fraction(1000) - 0.005) < 1e-12);
        schedule.decay = DropDecay::Power;
        QVERIFY(std::abs(schedule.fraction(375) - 0.5 / 8) < 1e-12);
        QCOMPARE(schedule.fraction(750), 0.0);
        schedule.decay = DropDecay::Constant;
        QCOMPARE(schedule.fraction(700), 0.5);
    }

    void roundsAreDueEveryIntervalUntilTheEnd() {
        const DropSchedule schedule{DropDecay::Cosine, 0.3, 40, 120, 160, 3};
        std::vector<std::int64_t> due;
        for (std::int64_t t = 0; t <= 160; ++t)
            if (schedule.due(t)) due.push_back(t);
        QCOMPARE(due, (std::vector<std::int64_t>{40, 80, 120}));
        const DropSchedule everyStep{DropDecay::Cosine, 0.3, 1, 3, 4, 3};
        QVERIFY(!everyStep.due(1));  // ln 1 = 0: no bonus yet
        QVERIFY(everyStep.due(2));
    }
};

QTEST_APPLESS_MAIN(DistributionTest)
#include "test_distribution.moc"
