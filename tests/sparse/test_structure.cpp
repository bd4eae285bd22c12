// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "autograd/gradient_check.h"
#include "base/error.h"
#include "sparse/distribution.h"
#include "sparse/golden_file.h"
#include "sparse/reparameterization.h"
#include "sparse/structure.h"

using namespace filigree;
using namespace filigree::sparse;

namespace {

using Positions = std::vector<std::uint32_t>;

Tensor normals(const Shape& shape, std::uint64_t seed) {
    RandomStream random(seed, "normals");
    Tensor t = Tensor::empty(shape);
    for (float& v : t.values<float>()) v = static_cast<float>(random.normal());
    return t;
}

/// A 6 x 8 layer with `tiles` of its twelve 2 x 2 tiles.
SparseWeight blockWeight(const Positions& tiles, std::uint64_t seed) {
    const Shape shape{6, 8};
    SparseWeight weight("layer", shape, survivorTopology(shape, expandBlocks(shape, {2, 2}, tiles)));
    weight.values().mutableValue() = normals({weight.topology().edges()}, seed);
    return weight;
}

bool isWholeTiles(const Topology& topology) {
    for (const std::uint32_t p : topology.positions()) {
        const std::int64_t row = p / 8 / 2 * 2, column = p % 8 / 2 * 2;
        for (const std::int64_t member :
             {row * 8 + column, row * 8 + column + 1, (row + 1) * 8 + column, (row + 1) * 8 + column + 1})
            if (!topology.contains(static_cast<std::uint32_t>(member))) return false;
    }
    return true;
}

}  // namespace

class StructureTest : public QObject {
    Q_OBJECT

  private slots:
    // Rows 1 2 . . and . -3 . 0.5: each drops its smaller one and grows where |G| is largest in it.
    void everyRowDropsAndGrowsByItself() {
        SparseWeight weight("fc", {2, 4}, Topology(2, 4, std::vector<std::uint32_t>{0, 1, 5, 7}));
        weight.values().mutableValue() = Tensor::from(std::vector<float>{1, 2, -3, 0.5F}, {4});
        const DenseGradient gradient(
            Tensor::from(std::vector<float>{0.1F, 9, 0.2F, -0.3F, 50, 60, -40, 30}, {2, 4}));
        RandomStream random(1, "growth");
        RoundOptions options;
        options.dropFraction = 0.5;
        const RoundPlan plan = planFanInRound(weight, gradientGrowth(), options, gradient, 10, random);
        QCOMPARE(plan.dropped, (std::vector<std::uint32_t>{0, 7}));
        QCOMPARE(plan.grown, (std::vector<std::uint32_t>{3, 4}));
        QCOMPARE(plan.next.positions(), (std::vector<std::uint32_t>{1, 3, 4, 5}));
        QCOMPARE(plan.statistics.dropped, std::int64_t{2});
        QVERIFY(std::abs(plan.statistics.meanDroppedMagnitude - 0.75) < 1e-12);
        QVERIFY(std::abs(plan.statistics.meanGrownGradient - (50 + 0.3) / 2) < 1e-6);
        QCOMPARE(plan.statistics.maximumGradient, 50.0);
        QCOMPARE(plan.statistics.regrowShare, 0.0);
        QCOMPARE(plan.statistics.newShare, 1.0);
        options.drops = 2;
        QVERIFY_THROWS_EXCEPTION(Error,
                                 planFanInRound(weight, gradientGrowth(), options, gradient, 10, random));
    }

    // One row is a layer like any other: the same choice, the same figures, whatever the history.
    void aSingleRowIsPlannedAsALayer() {
        RandomStream random(3, "row");
        SparseWeight weight("fc", {1, 60}, randomTopology(1, 60, 20, random));
        for (int round = 1; round <= 4; ++round) {
            for (float& w : weight.values().mutableValue().values<float>())
                w = static_cast<float>(random.normal());
            std::vector<float> g(60);
            for (float& slope : g) slope = static_cast<float>(random.normal());
            const DenseGradient gradient(Tensor::from(g, {1, 60}));
            for (const GrowthRule& rule :
                 {randomGrowth(), unfiredGrowth(), gradientGrowth(), acquisitionGrowth(0.3, 1)}) {
                RoundOptions options;
                options.dropFraction = 0.3;
                RandomStream here(9, "growth"), there(9, "growth");
                const RoundPlan a = planRound(weight, rule, options, gradient, 10 * round, here);
                const RoundPlan b = planFanInRound(weight, rule, options, gradient, 10 * round, there);
                QCOMPARE(b.dropped, a.dropped);
                QCOMPARE(b.grown, a.grown);
                QCOMPARE(b.regrown, a.regrown);
                QCOMPARE(b.statistics.newShare, a.statistics.newShare);
                QCOMPARE(b.statistics.meanDroppedAge, a.statistics.meanDroppedAge);
                QCOMPARE(std::isnan(b.statistics.meanBonus), std::isnan(a.statistics.meanBonus));
                if (rule.name != "acquisition") continue;
                QVERIFY(std::abs(b.statistics.meanBonus - a.statistics.meanBonus) < 1e-9);
                RoundPlan taken = b;
                applyRound(weight, std::move(taken), RegrowPolicy::Reset);
            }
        }
    }

    void twoOfFourKeepsWhatTheReferenceKeeps() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["sr_ste_2_4"];
        const auto w = golden["w"].get<std::vector<double>>();
        const auto mask = golden["mask"].get<std::vector<double>>();
        const Positions kept = keepNOfM(magnitudes(Tensor::from(w, {1, 8})), {2, 4});
        for (std::uint32_t p = 0; p < 8; ++p)
            QCOMPARE(std::binary_search(kept.begin(), kept.end(), p), mask[p] == 1);
    }

    void srSteForwardAndGradientAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["sr_ste_2_4"];
        const autograd::Variable w(Tensor::from(golden["w"].get<std::vector<double>>(), {8}), true);
        const Tensor mask = Tensor::from(golden["mask"].get<std::vector<double>>(), {8});
        autograd::Variable y = straightThrough(w, mask, golden["lambda_w"]);
        y.backward(Tensor::full({8}, golden["grad_in"].get<double>(), DType::F64));
        for (std::size_t i = 0; i < 8; ++i) {
            QVERIFY(std::abs(y.value().toDoubles()[i] - golden["forward"][i].get<double>()) < 1e-12);
            QVERIFY(std::abs(w.gradient().toDoubles()[i] - golden["grad_out"][i].get<double>()) < 1e-12);
        }
    }

    void strForwardAndGradientsAreThoseOfTheReference() {
        const auto golden = tests::goldenFile("sparse_training_baselines.json")["str"];
        const autograd::Variable w(Tensor::from(golden["w"].get<std::vector<double>>(), {4}), true);
        const autograd::Variable s(Tensor::from(std::vector<double>{golden["s"]}, {1}), true);
        autograd::Variable y = softThreshold(w, s);
        y.backward(Tensor::full({4}, golden["upstream"].get<double>(), DType::F64));
        for (std::size_t i = 0; i < 4; ++i) {
            QVERIFY(std::abs(y.value().toDoubles()[i] - golden["out"][i].get<double>()) < 1e-9);
            QCOMPARE(w.gradient().toDoubles()[i], golden["dw"][i].get<double>());
        }
        QVERIFY(std::abs(s.gradient().toDoubles()[0] - golden["ds"].get<double>()) < 1e-9);
    }

    void strGradientsAreThoseOfTheNumbers() {
        // No value within a step of the threshold g(-1) = 0.27, where the function has a kink.
        Tensor w = Tensor::from(std::vector<double>{0.9, -0.5, 0.1, -0.2, 0.4, -0.8}, {6});
        const Tensor s = Tensor::from(std::vector<double>{-1}, {1});
        const auto f = [](std::span<const autograd::Variable> in) { return softThreshold(in[0], in[1]); };
        QVERIFY(tests::gradientError(f, {w, s}) < 1e-7);
    }

    // A layer multiplies by the effective weights on both paths, and its gradients reach the trained values.
    void aReparameterizedLayerMultipliesByWhatFollows() {
        const Shape shape{6, 8};
        const auto weight = std::make_shared<SparseWeight>(blockWeight({0, 1, 4, 7, 9}, 3));
        const std::int64_t edges = weight->topology().edges();
        Tensor mask = Tensor::zeros({edges});
        for (std::int64_t e = 0; e < edges; e += 2) mask.values<float>()[static_cast<std::size_t>(e)] = 1;
        const Tensor x = normals({5, 8}, 4);
        const auto run = [&](Execution execution) {
            weight->setExecution(execution);
            weight->values().clearGradient();
            autograd::Variable y = linear(autograd::Variable(x), weight, {});
            y.backward(Tensor::full({5, 6}, 1));
            return std::pair(y.value().toDoubles(), weight->values().gradient().toDoubles());
        };
        const auto plain = run(Execution::Sparse);
        weight->setReparameterization(
            [=](const autograd::Variable& values) { return straightThrough(values, mask); });
        const auto sparse = run(Execution::Sparse), masked = run(Execution::MaskedDense);
        QVERIFY(sparse.first != plain.first);
        QCOMPARE(sparse.second, plain.second);  // straight through
        for (std::size_t i = 0; i < sparse.first.size(); ++i)
            QVERIFY(std::abs(sparse.first[i] - masked.first[i]) < 1e-5);
        for (std::size_t i = 0; i < sparse.second.size(); ++i)
            QVERIFY(std::abs(sparse.second[i] - masked.second[i]) < 1e-5);
        std::int64_t nonZeros = 0;
        for (const double v : weight->dense().toDoubles()) nonZeros += v != 0;
        QCOMPARE(nonZeros, (edges + 1) / 2);
    }

    /// The result does not change by a bit, gradients by rounding alone; a new pattern ends it.
    void theForwardProductMaySkipWhatIsHidden() {
        RandomStream random(5, "pattern");
        for (const std::int64_t columns : {37, 700}) {
            const Shape shape{300, columns};
            const auto weight = std::make_shared<SparseWeight>(
                "layer", shape, randomTopology(300, columns, 30 * columns, random));
            const std::int64_t edges = weight->topology().edges();
            weight->values().mutableValue() = normals({edges}, 6);
            Tensor mask = Tensor::zeros({edges});
            Tensor shown = Tensor::zeros({edges}, DType::U8);
            for (std::uint32_t e = 0; e < static_cast<std::uint32_t>(edges); ++e)
                if (random.uniform() < 0.5) {
                    mask.values<float>()[e] = 1;
                    shown.values<std::uint8_t>()[e] = 1;
                }
            weight->setReparameterization(
                [=](const autograd::Variable& values) { return straightThrough(values, mask); });
            const auto run = [&] {
                weight->values().clearGradient();
                autograd::Variable x(normals({70, columns}, 4), true), bias(normals({300}, 8), true);
                autograd::Variable y = linear(x, weight, bias, true);
                y.backward(normals({70, 300}, 7));
                return std::tuple(y.value().toDoubles(), x.gradient().toDoubles(),
                                  bias.gradient().toDoubles(), weight->values().gradient().toDoubles());
            };
            const auto over = run();
            const std::int64_t bytes = weight->indexBytes();
            weight->setForwardEdges(shown);
            // Half of the edges by row and column, all of them by row alone: less than before, unless there
            // are hardly more edges than rows.
            QVERIFY(columns < 100 || weight->indexBytes() < bytes);
            const auto skipped = run();
            QVERIFY(std::get<0>(skipped) == std::get<0>(over));
            QVERIFY(std::get<2>(skipped) == std::get<2>(over));
            const auto isClose = [](const std::vector<double>& a, const std::vector<double>& b) {
                double worst = 0;
                for (std::size_t i = 0; i < b.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
                return a.size() == b.size() && worst < 2e-4;
            };
            QVERIFY(isClose(std::get<1>(skipped), std::get<1>(over)));
            QVERIFY(isClose(std::get<3>(skipped), std::get<3>(over)));
            weight->setForwardEdges(Tensor::zeros({edges}, DType::U8));  // the product is the bias alone
            QVERIFY(std::get<0>(run()) != std::get<0>(over));
            weight->setForwardEdges(Tensor::full({edges}, 1, DType::U8));  // nothing is hidden
            QCOMPARE(weight->indexBytes(), bytes);
            QVERIFY(run() == over);
            weight->setForwardEdges(shown);
            weight->rewire(weight->topology().with(Topology::Lists::RowsAndColumns));
            QCOMPARE(weight->indexBytes(), bytes);
            QVERIFY(run() == over);
        }
    }

    void everyGroupKeepsNOfM() {
        // Linear: along the inputs. Convolution: along the input channels of one kernel place.
        const Tensor linear = normals({5, 12}, 1);
        const Positions kept = keepNOfM(magnitudes(linear), {1, 4});
        QCOMPARE(kept.size(), std::size_t{15});
        const Tensor kernels = normals({3, 8, 3, 3}, 2);
        const Positions conv = keepNOfM(magnitudes(kernels), {2, 4});
        std::map<std::array<std::uint32_t, 3>, int> groups;
        for (const std::uint32_t p : conv) ++groups[{p / 72, p % 72 / 9 / 4, p % 9}];
        QCOMPARE(groups.size(), std::size_t{3 * 2 * 9});
        for (const auto& [group, count] : groups) QCOMPARE(count, 2);
        QVERIFY(!(NOfM{2, 4}.fits({10, 6})));
        QVERIFY_THROWS_EXCEPTION(Error, keepNOfM(magnitudes(normals({2, 6}, 3)), {2, 4}));
    }

    // The quick choice of every step is that of keepNOfM, ties, zeros and both types included.
    void theMaskOfEveryStepIsTheSameChoice() {
        for (const DType type : {DType::F32, DType::F64})
            for (const auto& [shape, pattern] :
                 {std::pair(Shape{7, 24}, NOfM{2, 4}), std::pair(Shape{7, 24}, NOfM{1, 4}),
                  std::pair(Shape{7, 24}, NOfM{3, 8}), std::pair(Shape{7, 24}, NOfM{5, 12}),
                  std::pair(Shape{3, 8, 3, 3}, NOfM{2, 4}), std::pair(Shape{3, 8, 3, 3}, NOfM{3, 8}),
                  std::pair(Shape{1, 2}, NOfM{1, 2})}) {
                Positions all(static_cast<std::size_t>(shape.elements()));
                std::iota(all.begin(), all.end(), 0U);
                SparseWeight weight("layer", shape, survivorTopology(shape, all), type);
                Tensor values = normals({shape.elements()}, 3);
                // Few different magnitudes, of both signs, so that groups hold equal ones.
                for (float& v : values.values<float>()) v = std::round(2 * v) / 2;
                weight.values().mutableValue() = values.to(type);
                std::vector<double> expected(static_cast<std::size_t>(shape.elements()), 0.0);
                for (const std::uint32_t p : keepNOfM(magnitudes(weight), pattern)) expected[p] = 1;
                QCOMPARE(maskNOfM(weight, pattern).toDoubles(), expected);
            }
        QVERIFY_THROWS_EXCEPTION(Error, maskNOfM(blockWeight({0, 3}, 5), {2, 4}));
    }

    void tilesHaveTheSumOfTheirScores() {
        const ScoredLayer tiles = blockScores(
            magnitudes(Tensor::from(std::vector<float>{1, -2, 3, 4, 5, -6, 7, 8}, {2, 4})), {2, 2});
        QCOMPARE(tiles.scores, (std::vector<double>{14, 22}));
        QCOMPARE(expandBlocks({2, 4}, {2, 2}, Positions{1}), (Positions{2, 3, 6, 7}));
        QVERIFY_THROWS_EXCEPTION(Error, blockScores(magnitudes(normals({3, 4}, 1)), {2, 2}));
        ScoredLayer torn = magnitudes(normals({2, 4}, 1));
        torn.positions.pop_back();
        torn.scores.pop_back();
        QVERIFY_THROWS_EXCEPTION(Error, blockScores(torn, {2, 2}));
    }

    void aRoundOfTilesDropsTheWeakestAndGrowsTheSteepest() {
        const SparseWeight weight = [] {
            SparseWeight w = blockWeight({0, 3, 5, 10}, 5);
            for (float& v : w.values().mutableValue().values<float>()) v = 1;
            // Tile 3 lies in rows 0 and 1, columns 6 and 7: the weakest.
            for (const std::uint32_t p : {6U, 7U, 14U, 15U})
                w.values().mutableValue().values<float>()[static_cast<std::size_t>(*w.topology().edgeAt(p))] =
                    -0.5F;
            return w;
        }();
        Tensor gradient = Tensor::zeros({6, 8});
        gradient.values<float>()[4 * 8 + 2] = -9;  // tile 9
        gradient.values<float>()[2 * 8 + 0] = 3;   // tile 4, twice
        gradient.values<float>()[3 * 8 + 1] = 3;
        RandomStream random(1, "growth");
        const RoundPlan plan =
            planBlockRound(weight, {2, 2}, gradientGrowth(), {0.25}, DenseGradient(gradient), 10, random);
        QCOMPARE(plan.dropped, expandBlocks({6, 8}, {2, 2}, Positions{3}));
        QCOMPARE(plan.grown, expandBlocks({6, 8}, {2, 2}, Positions{9}));
        QCOMPARE(plan.statistics.dropped, std::int64_t{4});
        QCOMPARE(plan.next.edges(), weight.topology().edges());
    }

    void tilesStayWholeThroughEveryRoundOfEveryRule() {
        for (const GrowthRule& rule :
             {randomGrowth(), gradientGrowth(), acquisitionGrowth(0.1, 1), unfiredGrowth()}) {
            SparseWeight weight = blockWeight({0, 3, 5, 10, 11}, 7);
            for (std::int64_t round = 1; round <= 12; ++round) {
                RandomStream random(9, "growth", static_cast<std::uint64_t>(round));
                const DenseGradient gradient(normals({6, 8}, static_cast<std::uint64_t>(round)));
                RoundPlan plan = planBlockRound(weight, {2, 2}, rule, {0.5}, gradient, round + 1, random);
                const Positions grown = plan.grown;
                applyRound(weight, std::move(plan), RegrowPolicy::Reset);
                QCOMPARE(weight.topology().edges(), std::int64_t{20});
                QVERIFY(isWholeTiles(weight.topology()));
                for (const std::uint32_t p : grown)
                    QCOMPARE(weight.values()
                                 .value()
                                 .toDoubles()[static_cast<std::size_t>(*weight.topology().edgeAt(p))],
                             0.0);
                for (float& v : weight.values().mutableValue().values<float>()) v += 0.1F;
            }
        }
    }
};

QTEST_APPLESS_MAIN(StructureTest)
#include "test_structure.moc"
