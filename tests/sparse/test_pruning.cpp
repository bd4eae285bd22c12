// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "sparse/distribution.h"
#include "sparse/golden_file.h"
#include "sparse/magnitude_limit.h"
#include "sparse/pruning.h"

using namespace filigree;
using namespace filigree::sparse;

namespace {

using Positions = std::vector<std::uint32_t>;

/// A sparse weight of random pattern and values; `levels` > 0 makes many values equal.
SparseWeight randomWeight(const Shape& shape, std::int64_t edges, std::uint64_t seed, int levels = 0) {
    RandomStream mask(seed, "mask"), values(seed, "values");
    SparseWeight weight("layer", shape, randomTopology(shape[0], shape.elements() / shape[0], edges, mask));
    for (float& v : weight.values().mutableValue().values<float>())
        v = levels > 0 ? static_cast<float>(values.below(static_cast<std::uint64_t>(levels)))
                       : static_cast<float>(values.normal());
    return weight;
}

std::int64_t total(const Survivors& survivors) {
    std::int64_t count = 0;
    for (const Positions& layer : survivors) count += static_cast<std::int64_t>(layer.size());
    return count;
}

}  // namespace

class PruningTest : public QObject {
    Q_OBJECT

  private slots:
    void theSmallestGoFirstOverAllLayersOrInEach() {
        const std::vector layers{magnitudes(Tensor::from(std::vector<float>{0.1F, -5, 0.2F, 4}, {2, 2})),
                                 magnitudes(Tensor::from(std::vector<float>{1, 2, -3, 0.3F}, {2, 2}))};
        QCOMPARE(keepDensity(layers, 0.5, PruningScope::Global), (Survivors{{1, 3}, {1, 2}}));
        QCOMPARE(keepDensity(layers, 0.375, PruningScope::Global), (Survivors{{1, 3}, {2}}));
        QCOMPARE(keepDensity(layers, 0.75, PruningScope::Uniform), (Survivors{{1, 2, 3}, {0, 1, 2}}));
        QCOMPARE(keepDensity(layers, 1, PruningScope::Global), (Survivors{{0, 1, 2, 3}, {0, 1, 2, 3}}));
        QCOMPARE(keepGlobally(layers, 0), (Survivors{{}, {}}));
        QCOMPARE(emptyLayers(keepGlobally(layers, 2)), std::vector<std::size_t>{1});
    }

    void theLimitOfTheLargestIsThatOfASort() {
        for (const int levels : {0, 1, 7})
            for (const std::int64_t count : {1, 2, 63, 1000}) {
                RandomStream random(static_cast<std::uint64_t>(count), "values",
                                    static_cast<std::uint64_t>(levels));
                std::vector<float> values(static_cast<std::size_t>(count));
                for (float& v : values)
                    v = levels > 0 ? static_cast<float>(random.below(static_cast<std::uint64_t>(levels))) - 3
                                   : static_cast<float>(random.normal() * std::exp(4 * random.normal()));
                std::vector<float> sorted;
                for (const float v : values) sorted.push_back(std::abs(v));
                std::sort(sorted.rbegin(), sorted.rend());
                for (std::int64_t k = 1; k <= count; k += 1 + count / 40) {
                    const float expected = sorted[static_cast<std::size_t>(k - 1)];
                    const MagnitudeLimit limit = magnitudeLimit(values, k);
                    QCOMPARE(std::bit_cast<float>(limit.bits), expected);
                    QCOMPARE(limit.above, std::count_if(sorted.begin(), sorted.end(),
                                                        [&](float v) { return v > expected; }));
                    QCOMPARE(limit.equal, std::count(sorted.begin(), sorted.end(), expected));
                }
            }
        const std::vector<float> infinite{1, -std::numeric_limits<float>::infinity(), 2};
        QCOMPARE(magnitudeLimit(infinite, 1).equal, 1);
        const std::vector<float> broken{1, std::numeric_limits<float>::quiet_NaN(), 2};
        QVERIFY_THROWS_EXCEPTION(Error, magnitudeLimit(broken, 1));
        QVERIFY_THROWS_EXCEPTION(Error, magnitudeLimit(infinite, 4));
        QVERIFY_THROWS_EXCEPTION(Error, magnitudeLimit(infinite, 0));
    }

    void amongEqualsTheLowestPositionOfTheFirstLayerGoesFirst() {
        const std::vector layers{magnitudes(Tensor::from(std::vector<float>{1, -1, 2, 1}, {2, 2})),
                                 magnitudes(Tensor::from(std::vector<float>{1, 1, 0, 3}, {2, 2}))};
        QCOMPARE(keepGlobally(layers, 4), (Survivors{{2}, {0, 1, 3}}));
        QCOMPARE(keepGlobally(layers, 5), (Survivors{{2, 3}, {0, 1, 3}}));
        QCOMPARE(keepPerLayer(layers, std::vector<std::int64_t>{2, 2}), (Survivors{{2, 3}, {1, 3}}));
    }

    void countsAreExactWhateverIsEqual() {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const SparseWeight a = randomWeight({13, 17}, 60, seed, 3);
            const SparseWeight b = randomWeight({4, 3, 3, 3}, 50, seed + 100, 2);
            const std::vector layers{magnitudes(a), magnitudes(b)};
            for (const std::int64_t kept : {0, 1, 37, 109, 110})
                QCOMPARE(total(keepGlobally(layers, kept)), kept);
            const double density = 0.02 * static_cast<double>(seed % 9 + 1);
            QCOMPARE(total(keepDensity(layers, density, PruningScope::Global)),
                     std::min<std::int64_t>(110, std::llround(density * (13 * 17 + 108))));
            const Survivors uniform = pruneFraction(layers, 0.2, PruningScope::Uniform);
            QCOMPARE(uniform[0].size(), std::size_t{48});
            QCOMPARE(uniform[1].size(), std::size_t{40});
            QCOMPARE(total(pruneFraction(layers, 0.2, PruningScope::Global)), std::int64_t{88});
            // Whatever stays was there, and weighs no less than what goes.
            const Survivors global = keepGlobally(layers, 37);
            double lowestKept = 1e9, highestGone = 0;
            for (std::size_t l = 0; l < 2; ++l)
                for (std::size_t e = 0; e < layers[l].positions.size(); ++e) {
                    const bool kept =
                        std::binary_search(global[l].begin(), global[l].end(), layers[l].positions[e]);
                    if (kept)
                        lowestKept = std::min(lowestKept, layers[l].scores[e]);
                    else
                        highestGone = std::max(highestGone, layers[l].scores[e]);
                }
            QVERIFY(lowestKept >= highestGone);
        }
    }

    void erkBudgetsAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["erk_mlp_300_100_D0.1"];
        std::vector<ScoredLayer> layers;
        for (const Shape& shape : {Shape{300, 784}, Shape{100, 300}, Shape{10, 100}})
            layers.push_back(magnitudes(randomWeight(shape, shape.elements(), 5)));
        const Survivors survivors = keepDensity(layers, 0.1, PruningScope::ErdosRenyiKernel);
        for (std::size_t l = 0; l < 3; ++l)
            QCOMPARE(survivors[l].size(), golden["counts"][l].get<std::size_t>());
    }

    // Sparse model soups and lottery tickets: p of the remaining in each of three phases to 98 %.
    void phasesReachTheGoal() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["imp_phase"];
        SparseWeight weight = randomWeight({100, 100}, 10000, 3);
        for (std::size_t phase = 0; phase < 3; ++phase) {
            const auto survivors = pruneFraction(std::vector{magnitudes(weight)},
                                                 golden["fraction_of_remaining"], PruningScope::Global);
            prune(weight, survivors.front());
            QVERIFY(std::abs(1 - weight.topology().density() - golden["sparsity"][phase].get<double>()) <
                    1.5e-4);
        }
        QCOMPARE(weight.topology().edges(), std::int64_t{200});
    }

    void survivorsKeepTheirValuesAndTheRestIsGone() {
        SparseWeight weight = randomWeight({9, 11}, 40, 7);
        const Tensor before = weight.dense();
        const Positions survivors = keepGlobally(std::vector{magnitudes(weight)}, 13).front();
        const auto sources = prune(weight, survivors);
        QCOMPARE(weight.topology().positions(), survivors);
        QCOMPARE(weight.values().value().elements(), std::int64_t{13});
        QCOMPARE(sources.size(), std::size_t{13});
        const Tensor after = weight.dense();
        for (std::uint32_t p = 0; p < 99; ++p) {
            const bool kept = std::binary_search(survivors.begin(), survivors.end(), p);
            QCOMPARE(after.values<float>()[p], kept ? before.values<float>()[p] : 0.0F);
        }
    }

    void whatCannotBePrunedIsAnError() {
        const std::vector layers{magnitudes(Tensor::from(std::vector<float>{1, 2}, {1, 2}))};
        QVERIFY_THROWS_EXCEPTION(Error, keepGlobally(layers, 3));
        const std::vector broken{
            magnitudes(Tensor::from(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, {1, 2}))};
        QVERIFY_THROWS_EXCEPTION(Error, keepGlobally(broken, 1));
        SparseWeight weight = randomWeight({3, 3}, 2, 1);
        const Positions all{0, 1, 2, 3};
        QVERIFY_THROWS_EXCEPTION(Error, prune(weight, all));
    }
};

QTEST_APPLESS_MAIN(PruningTest)
#include "test_pruning.moc"
