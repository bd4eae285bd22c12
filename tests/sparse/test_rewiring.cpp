// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "sparse/distribution.h"
#include "sparse/drop_schedule.h"
#include "sparse/golden_file.h"
#include "sparse/rewiring.h"
#include "sparse/top_k.h"

using namespace filigree;
using namespace filigree::sparse;

namespace {

using Positions = std::vector<std::uint32_t>;

std::vector<double> flat(const nlohmann::json& matrix) {
    std::vector<double> values;
    for (const auto& row : matrix)
        for (const auto& value : row) values.push_back(value.get<double>());
    return values;
}

Positions positionsOf(const std::vector<double>& mask) {
    Positions positions;
    for (std::uint32_t p = 0; p < mask.size(); ++p)
        if (mask[p] > 0) positions.push_back(p);
    return positions;
}

/// The layer of the golden file: 3 x 4, five connections, with its counters.
struct GoldenLayer {
    nlohmann::json step = tests::goldenFile("dst_ee.json")["step"];
    SparseWeight weight{"layer", {3, 4}, Topology(3, 4, positionsOf(flat(step["M"]))), DType::F64};
    DenseGradient gradient{Tensor::from(flat(step["G"]), {3, 4})};
    RandomStream random{1, "growth"};

    GoldenLayer() {
        const auto dense = flat(step["W"]);
        const auto counts = flat(step["N"]);
        std::vector<double> values;
        for (const std::uint32_t p : weight.topology().positions()) values.push_back(dense[p]);
        Positions seen;
        std::vector<std::uint16_t> rounds;
        for (std::uint32_t p = 0; p < counts.size(); ++p)
            if (counts[p] > 0) {
                seen.push_back(p);
                rounds.push_back(static_cast<std::uint16_t>(counts[p]));
            }
        weight.restore(weight.topology(), Tensor::from(values, {5}), Activity(seen, rounds), {0, 0, 0, 0, 0},
                       4);
    }

    RoundPlan plan(const GrowthRule& rule) {
        DropSchedule schedule;
        schedule.alpha = step["alpha"];
        schedule.endStep = step["Tend"];
        const double fraction = schedule.fraction(step["t"]);
        return planRound(weight, rule, {fraction}, gradient, step["t"], random);
    }
};

/// A layer of random pattern and values, with a random gradient.
struct RandomLayer {
    SparseWeight weight;
    Tensor gradient;
    RandomLayer(std::int64_t rows, std::int64_t columns, std::int64_t edges, std::uint64_t seed)
        : weight("layer", {rows, columns}, pattern(rows, columns, edges, seed)),
          gradient(Tensor::empty({rows, columns})) {
        RandomStream random(seed, "values");
        for (float& v : weight.values().mutableValue().values<float>())
            v = static_cast<float>(random.normal());
        for (float& v : gradient.values<float>()) v = static_cast<float>(random.normal());
    }
    static Topology pattern(std::int64_t rows, std::int64_t columns, std::int64_t edges, std::uint64_t seed) {
        RandomStream random(seed, "mask");
        return randomTopology(rows, columns, edges, random);
    }
};

std::vector<GrowthRule> allRules() {
    return {randomGrowth(),
            gradientGrowth(),
            acquisitionGrowth(0.1, 1),
            acquisitionGrowth(0.1, 1, true),
            acquisitionGrowth(std::numeric_limits<double>::infinity(), 1),
            unfiredGrowth(),
            unitGradientGrowth()};
}

}  // namespace

class RewiringTest : public QObject {
    Q_OBJECT

  private slots:
    void dstEeGrowsWhatTheReferenceGrows() {
        GoldenLayer layer;
        DropSchedule schedule;
        schedule.alpha = layer.step["alpha"];
        schedule.endStep = layer.step["Tend"];
        QVERIFY(std::abs(schedule.fraction(400) - layer.step["drop_fraction"].get<double>()) < 1e-10);
        RoundPlan plan = layer.plan(acquisitionGrowth(layer.step["c"], layer.step["eps"]));
        QCOMPARE(plan.statistics.dropped, layer.step["k"].get<std::int64_t>());
        QCOMPARE(plan.dropped, layer.step["drop"].get<Positions>());
        QCOMPARE(plan.grown, layer.step["grow_dstee"].get<Positions>());
        QCOMPARE(plan.next.positions(), positionsOf(flat(layer.step["M_after"])));
        QVERIFY(plan.regrown.empty());
        QCOMPARE(plan.statistics.newShare, 1.0);
        QVERIFY(std::abs(plan.statistics.meanGrownGradient - 0.12) < 1e-12);  // |-0.2|, |0.04|
        QVERIFY(std::abs(plan.statistics.exploitRatio() - 0.24 / (0.2 + 0.15)) < 1e-12);
        QVERIFY(std::abs(plan.statistics.maximumGradient - 0.2) < 1e-12);
        QVERIFY(std::abs(plan.statistics.meanDroppedMagnitude - 0.015) < 1e-12);
        // The bonus of the reference averaged over the positions that are inactive after the drop.
        const auto bonus = flat(layer.step["bonus"]);
        const double expected = (bonus[1] + bonus[2] + bonus[3] + bonus[4] + bonus[6] + bonus[7] + bonus[8] +
                                 bonus[9] + bonus[10]) /
                                9;
        QVERIFY(std::abs(plan.statistics.meanBonus - expected) < 1e-9);

        applyRound(layer.weight, std::move(plan), RegrowPolicy::Reset);
        const auto after = flat(layer.step["N_after"]);
        for (std::uint32_t p = 0; p < after.size(); ++p)
            QCOMPARE(static_cast<double>(layer.weight.activity().at(p)), after[p]);
        for (const std::uint32_t p : layer.step["grow_dstee"].get<Positions>())
            QCOMPARE(
                layer.weight.values().value().toDoubles()[std::size_t(*layer.weight.topology().edgeAt(p))],
                0.0);
    }

    void bonusMatchesTheReferenceForEveryCount() {
        GoldenLayer layer;
        const Candidates all(12, {});
        const Activity::Listed history = layer.weight.activity().listed();
        const Round round{layer.weight, history, layer.gradient, all, 400, layer.random};
        const auto bonus = acquisitionGrowth(0.1, 1).bonus(round);
        const auto counts = flat(layer.step["N"]);
        const auto expected = flat(layer.step["bonus"]);
        for (std::size_t p = 0; p < counts.size(); ++p)
            QVERIFY(std::abs(bonus(static_cast<std::uint16_t>(counts[p])) - expected[p]) < 5e-11);
    }

    void rigLAndSmallCGrowByGradient() {
        GoldenLayer layer;
        QCOMPARE(layer.plan(gradientGrowth()).grown, layer.step["grow_rigl"].get<Positions>());
        QCOMPARE(layer.plan(gradientGrowth()).statistics.exploitRatio(), 1.0);
        QCOMPARE(layer.plan(acquisitionGrowth(0.001, 1)).grown,
                 layer.step["grow_dstee_c0p001"].get<Positions>());
        QCOMPARE(layer.plan(acquisitionGrowth(0, 1)).grown, layer.step["grow_rigl"].get<Positions>());
    }

    void coverageFirstTakesNeverActivePositionsByGradient() {
        GoldenLayer layer;
        // Never active: 1 (|G| 0.2), 6 (0.012), 8 (0.04).
        const auto rule = acquisitionGrowth(std::numeric_limits<double>::infinity(), 1);
        QCOMPARE(layer.plan(rule).grown, (Positions{1, 8}));
    }

    void everyRuleGrowsExactlyAsManyAsItDrops() {
        for (const GrowthRule& rule : allRules())
            for (const auto policy : {RegrowPolicy::Reset, RegrowPolicy::Keep, RegrowPolicy::Forbid})
                for (const auto drop : {DropRule::Magnitude, DropRule::SignedMagnitude, DropRule::Taylor})
                    for (const double fraction : {0.0, 0.01, 0.3, 1.0})
                        for (const std::int64_t edges : {1, 60, 170, 200}) {
                            RandomLayer layer(10, 20, edges, 7);
                            RandomStream random(1, "growth", 40);
                            const DenseGradient gradient(layer.gradient);
                            const RoundPlan plan =
                                planRound(layer.weight, rule, {fraction, drop, policy}, gradient, 40, random);
                            QCOMPARE(plan.grown.size(), plan.dropped.size());
                            QCOMPARE(plan.next.edges(), edges);
                            QVERIFY(std::is_sorted(plan.grown.begin(), plan.grown.end()));
                            std::int64_t expected = std::int64_t(std::floor(fraction * double(edges)));
                            if (policy == RegrowPolicy::Forbid || edges == 200)
                                expected = std::min(expected, 200 - edges);
                            QCOMPARE(std::int64_t(plan.dropped.size()), expected);
                            for (const std::uint32_t p : plan.dropped)
                                QVERIFY(layer.weight.topology().contains(p));
                            if (policy == RegrowPolicy::Forbid) QVERIFY(plan.regrown.empty());
                        }
    }

    void theSmallestMagnitudesAreDropped() {
        RandomLayer layer(10, 20, 60, 3);
        RandomStream random(1, "growth");
        const RoundPlan plan = planRound(layer.weight, randomGrowth(), {0.5}, {}, 40, random);
        const auto w = layer.weight.values().value().toDoubles();
        double largestDropped = 0, smallestKept = 1e9;
        for (std::int64_t e = 0; e < 60; ++e) {
            const bool dropped = std::binary_search(plan.dropped.begin(), plan.dropped.end(),
                                                    layer.weight.topology().position(e));
            double& bound = dropped ? largestDropped : smallestKept;
            bound = dropped ? std::max(bound, std::abs(w[std::size_t(e)]))
                            : std::min(bound, std::abs(w[std::size_t(e)]));
        }
        QVERIFY(largestDropped <= smallestKept);
    }

    void signedDropTakesHalfOfEachSign() {
        SparseWeight weight("layer", {1, 8}, Topology(1, 8, Positions{0, 1, 2, 3, 4, 5}));
        weight.values().mutableValue() = Tensor::from(std::vector<float>{0.1F, 0.2F, 0.3F, -1, -2, -3}, {6});
        RandomStream random(1, "growth");
        const RoundPlan plan =
            planRound(weight, randomGrowth(), {2.0 / 3, DropRule::SignedMagnitude}, {}, 2, random);
        QCOMPARE(plan.dropped, (Positions{0, 1, 3, 4}));
    }

    // Rows of sums 16 and 12 share 3: 1.71 and 1.29, so 2 and 1. The layer's three largest would be 3, 5, 6.
    void unitsShareTheGrowthByTheirMeans() {
        const DenseGradient momentum(Tensor::from(std::vector<double>{-10, 1, -2, 3, 0, 5, -4, 3}, {2, 4}));
        const auto grown = [&](const GrowthRule& rule, const Positions& active) {
            const SparseWeight weight("layer", {2, 4}, Topology(2, 4, active));
            RandomStream random(1, "growth");
            RoundOptions options;
            options.drops = 0;
            options.grows = 3;
            return planRound(weight, rule, options, momentum, 2, random).grown;
        };
        QCOMPARE(grown(unitGradientGrowth(), {0, 4}), (Positions{2, 3, 5}));
        QCOMPARE(grown(gradientGrowth(), {0, 4}), (Positions{3, 5, 6}));
        // What a full unit cannot take goes to the others.
        QCOMPARE(grown(unitGradientGrowth(), {0, 1, 2, 4}), (Positions{3, 5, 6}));
        QCOMPARE(grown(unitGradientGrowth(), {0, 1, 2, 3}), (Positions{5, 6, 7}));
    }

    void tiesGoToTheLowestPosition() {
        SparseWeight weight("layer", {2, 4}, Topology(2, 4, Positions{1, 3, 5, 7}));
        RandomStream random(1, "growth");
        const DenseGradient flatGradient(Tensor::full({2, 4}, 1));
        const RoundPlan plan = planRound(weight, gradientGrowth(), {0.5}, flatGradient, 2, random);
        QCOMPARE(plan.dropped, (Positions{1, 3}));
        QCOMPARE(plan.grown, (Positions{0, 1}));
        QCOMPARE(plan.regrown, (Positions{1}));
        QCOMPARE(plan.statistics.regrowShare, 0.5);
    }

    void regrownConnectionsStartAnewOrKeepAsAsked() {
        for (const auto policy : {RegrowPolicy::Reset, RegrowPolicy::Keep}) {
            SparseWeight weight("layer", {2, 4}, Topology(2, 4, Positions{1, 3, 5, 7}));
            weight.values().mutableValue() = Tensor::from(std::vector<float>{1, 2, 3, 4}, {4});
            RandomStream random(1, "growth");
            RoundPlan plan = planRound(weight, gradientGrowth(), {0.5, DropRule::Magnitude, policy},
                                       DenseGradient(Tensor::full({2, 4}, 1)), 2, random);
            const auto sources = applyRound(weight, std::move(plan), policy);
            const bool keeps = policy == RegrowPolicy::Keep;
            QCOMPARE(weight.topology().positions(), (Positions{0, 1, 5, 7}));
            QCOMPARE(sources, (std::vector<std::int64_t>{-1, keeps ? 0 : -1, 2, 3}));
            QCOMPARE(weight.values().value().toDoubles(), (std::vector<double>{0, keeps ? 1.0 : 0.0, 3, 4}));
            QCOMPARE(weight.birthRounds(), (std::vector<std::int32_t>{1, keeps ? 0 : 1, 0, 0}));
            QCOMPARE(weight.activity().at(0), std::uint16_t{1});
            QCOMPARE(weight.activity().at(3), std::uint16_t{1});
            QCOMPARE(weight.activity().at(5), std::uint16_t{2});
        }
    }

    void randomGrowthChoosesEveryCandidateEquallyOften() {
        std::vector<int> counts(20, 0);
        SparseWeight weight("layer", {4, 5}, Topology(4, 5, Positions{2, 3, 11, 19}));
        weight.values().mutableValue() = Tensor::from(std::vector<float>{5, 6, 7, 8}, {4});
        const int rounds = 20000;
        for (int r = 0; r < rounds; ++r) {
            RandomStream random(1, "growth", std::uint64_t(r));
            for (const auto p : planRound(weight, randomGrowth(), {0.5}, {}, 2, random).grown) ++counts[p];
        }
        // Positions 2 and 3 are dropped (smallest), so 18 candidates share 2 growths a round; 11 and 19 stay.
        for (std::uint32_t p = 0; p < 20; ++p) {
            if (p == 11 || p == 19)
                QCOMPARE(counts[p], 0);
            else
                QVERIFY(std::abs(counts[p] - rounds / 9.0) < 5 * std::sqrt(rounds / 9.0 * 8 / 9));
        }
    }

    void aRuleThatNeedsTheGradientSaysSo() {
        RandomLayer layer(4, 4, 4, 1);
        RandomStream random(1, "growth");
        QVERIFY_THROWS_EXCEPTION(Error, planRound(layer.weight, gradientGrowth(), {0.5}, {}, 2, random));
    }

    void topKAgreesWithSorting() {
        RandomStream random(4, "scores");
        for (const std::int64_t k : {0, 1, 7, 1000, 5000}) {
            std::vector<std::pair<double, std::uint32_t>> all;
            TopK best(k);
            for (std::uint32_t p = 0; p < 5000; ++p) {
                const double score = double(random.below(50));  // many ties
                all.emplace_back(-score, p);
                best.offer(p, score);
            }
            std::sort(all.begin(), all.end());
            Positions expected;
            for (std::int64_t i = 0; i < k; ++i) expected.push_back(all[std::size_t(i)].second);
            std::sort(expected.begin(), expected.end());
            Positions found;
            for (const auto& entry : best.take()) found.push_back(entry.position);
            QCOMPARE(found, expected);
        }
    }

    // In f32 most positions are passed over by comparisons of whole blocks; in f64 every one is looked at.
    void passingOverSmallGradientsChangesNothing() {
        for (const bool coarse : {false, true})
            for (const std::int64_t edges : {200, 9000, 60000}) {
                RandomLayer layer(300, 300, edges, 7);
                float* const g = layer.gradient.values<float>().data();
                // Few different values: every choice is decided by ties. And one large value among small
                // ones.
                if (coarse)
                    for (std::int64_t i = 0; i < 90000; ++i) g[i] = std::round(g[i]) * 0.25F;
                g[12345] = 1e6F;
                for (int round = 0; round < 3; ++round)
                    for (const GrowthRule& rule : {gradientGrowth(), acquisitionGrowth(0.1, 1),
                                                   acquisitionGrowth(-0.1, 1), acquisitionGrowth(100, 1)}) {
                        const auto planOf = [&](DType type) {
                            RandomStream random(1, "growth");
                            return planRound(layer.weight, rule, {0.3},
                                             DenseGradient(layer.gradient.to(type)), 50, random);
                        };
                        RoundPlan fast = planOf(DType::F32);
                        const RoundPlan slow = planOf(DType::F64);
                        QCOMPARE(fast.grown, slow.grown);
                        QCOMPARE(fast.dropped, slow.dropped);
                        QCOMPARE(fast.statistics.meanTopGradient, slow.statistics.meanTopGradient);
                        QCOMPARE(fast.statistics.maximumGradient, slow.statistics.maximumGradient);
                        if (rule.name == "gradient")
                            applyRound(layer.weight, std::move(fast), RegrowPolicy::Reset);
                    }
            }
    }

    void mestScoresAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["dst_mest_score"];
        const auto scores = mestScores(golden["w"].get<std::vector<double>>(),
                                       golden["g"].get<std::vector<double>>(), golden["lam"]);
        for (std::size_t i = 0; i < 3; ++i)
            QVERIFY(std::abs(scores[i] - golden["score"][i].get<double>()) < 1e-12);
    }

    void ownScoresDecideWhatIsDropped() {
        const RandomLayer layer(8, 8, 10, 3);
        RandomStream random(1, "growth");
        RoundOptions options{0.3};
        options.dropScores = {5, 1, 5, 0, 1, 5, 5, 5, 5, 5};
        const auto active = layer.weight.topology().positions();
        const RoundPlan plan = planRound(layer.weight, randomGrowth(), options, {}, 2, random);
        QCOMPARE(plan.dropped, (Positions{active[1], active[3], active[4]}));
        options.dropScores.pop_back();
        QVERIFY_THROWS_EXCEPTION(Error, planRound(layer.weight, randomGrowth(), options, {}, 2, random));
    }

    // SNFS, DSR, DeepR and MEST's soft bound move connections between layers or hold more for a while.
    void aLayerMayDropAndGrowDifferentNumbers() {
        for (const GrowthRule& rule : allRules()) {
            RandomLayer layer(20, 30, 100, 4);
            RandomStream random(1, "growth");
            RoundOptions options{0.5};
            options.drops = 30;
            options.grows = 7;
            RoundPlan plan = planRound(layer.weight, rule, options, DenseGradient(layer.gradient), 2, random);
            QCOMPARE(plan.statistics.dropped, std::int64_t{30});
            QCOMPARE(plan.statistics.grown, std::int64_t{7});
            const Positions grown = plan.grown;
            const auto sources = applyRound(layer.weight, std::move(plan), RegrowPolicy::Reset);
            QCOMPARE(layer.weight.topology().edges(), std::int64_t{77});
            QCOMPARE(layer.weight.values().value().elements(), std::int64_t{77});
            QCOMPARE(std::count(sources.begin(), sources.end(), -1), 7);
            for (const std::uint32_t p : grown)
                QCOMPARE(layer.weight.values()
                             .value()
                             .toDoubles()[static_cast<std::size_t>(*layer.weight.topology().edgeAt(p))],
                         0.0);
            options.drops = 1000;  // no more than there is
            options.grows = 600;
            plan = planRound(layer.weight, rule, options, DenseGradient(layer.gradient), 3, random);
            QCOMPARE(plan.next.edges(), std::int64_t{600});
        }
    }
};

QTEST_APPLESS_MAIN(RewiringTest)
#include "test_rewiring.moc"
