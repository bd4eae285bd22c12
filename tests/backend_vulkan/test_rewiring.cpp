// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>
#include <numeric>

#include "backend/vulkan/random.h"
#include "backend/vulkan/rewiring.h"
#include "backend/vulkan/top_k.h"
#include "base/random.h"
#include "fixture.h"
#include "sparse/rewiring.h"
#include "sparse/top_k.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

using Words = std::vector<std::uint32_t>;
constexpr double coverage = std::numeric_limits<double>::infinity();

}  // namespace

/// Random numbers, selection and the drop/grow update against the host's.
class TestRewiring : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void randomWordsAreTheHosts() {
        for (const std::uint64_t step :
             {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{0x1234567890ABCDEFU}})
            for (const std::size_t count : {std::size_t{1}, std::size_t{4}, std::size_t{1001}}) {
                RandomStream random(42, "growth/fc1", step);
                const Array words = fixture_.poisoned(count);
                randomWords(fixture_.stream(), random, words);
                Words want(count);
                for (std::uint32_t& word : want) word = random.next32();
                QCOMPARE(fixture_.stream().read<std::uint32_t>(words), want);
            }
    }

    void uniformsAreTheHostsCutToSingle() {
        RandomStream random(3, "dropout", 9);
        const auto u =
            fixture_.twice(777, [&](const View& to) { randomUniforms(fixture_.stream(), random, to); });
        for (const float one : u)
            QCOMPARE(static_cast<double>(one), std::floor(random.uniform() * 0x1.0p24) * 0x1.0p-24);
    }

    void sumsBeforeEach() {
        Stream& stream = fixture_.stream();
        Scan scan(stream, 300'000);
        for (const std::size_t count :
             {std::size_t{1}, std::size_t{1024}, std::size_t{1025}, std::size_t{300'000}}) {
            Words x(count), want(count);
            for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::uint32_t>(i * 7 % 5);
            std::exclusive_scan(x.begin(), x.end(), want.begin(), 0U);
            const Array X = stream.upload(std::span<const std::uint32_t>(x), "x"),
                        before = fixture_.poisoned(count);
            scan.run(stream, X, before);
            QVERIFY(stream.read<std::uint32_t>(before) == want);
        }
    }

    void theLargestAreChosenAndOfEqualsTheFirst() {
        Stream& stream = fixture_.stream();
        TopK select(stream, 20'000);
        for (const std::size_t count : {std::size_t{1}, std::size_t{300}, std::size_t{20'000}}) {
            auto scores = randomNumbers(count, "scores");
            for (std::size_t i = 0; i < count; i += 3)
                scores[i] = std::round(scores[i] * 2) / 2;  // many equals
            if (count > 10) {
                scores[3] = std::numeric_limits<float>::infinity();
                scores[5] = -std::numeric_limits<float>::infinity();
                scores[7] = -0.0F;
            }
            const Array S = fixture_.upload(scores);
            for (const std::size_t k : {std::size_t{0}, std::size_t{1}, count / 3, count - 1, count}) {
                sparse::TopK best(static_cast<std::int64_t>(k));
                for (std::size_t i = 0; i < count; ++i)
                    best.offer(static_cast<std::uint32_t>(i), static_cast<double>(scores[i]));
                Words want(count);
                for (const auto& entry : best.take()) want[entry.position] = 1;
                const Array flag = fixture_.poisoned(count);
                select.runScores(stream, S, k, flag);
                QVERIFY(stream.read<std::uint32_t>(flag) == want);
            }
            const Array flag = fixture_.poisoned(count);
            QVERIFY_THROWS_EXCEPTION(Error, select.runScores(stream, S, count + 1, flag));
        }
    }

    void roundsAreTheHosts_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("edges");
        QTest::addColumn<int>("regrow");
        QTest::addColumn<double>("c");
        QTest::addColumn<bool>("taylor");
        QTest::newRow("RigL") << 40 << 30 << 120 << 0 << 0.0 << false;
        QTest::newRow("RigL keeping") << 40 << 30 << 120 << 1 << 0.0 << false;
        QTest::newRow("RigL without return") << 40 << 30 << 120 << 2 << 0.0 << false;
        QTest::newRow("DST-EE") << 40 << 30 << 120 << 0 << 0.01 << false;
        QTest::newRow("RigL dropping by Taylor") << 40 << 30 << 120 << 0 << 0.0 << true;
        QTest::newRow("fewest rounds first") << 40 << 30 << 120 << 0 << coverage << false;
        QTest::newRow("fewest rounds first, many active") << 10 << 12 << 90 << 0 << coverage << false;
        QTest::newRow("fewest rounds first, by Taylor, without return")
            << 40 << 30 << 200 << 2 << coverage << true;
        QTest::newRow("one edge") << 5 << 7 << 1 << 0 << 0.0 << false;
        QTest::newRow("nearly full") << 10 << 12 << 118 << 2 << 0.0 << false;
        QTest::newRow("one row") << 1 << 200 << 50 << 0 << 0.1 << false;
    }

    void roundsAreTheHosts() {
        QFETCH(bool, taylor);
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(int, edges);
        QFETCH(int, regrow);
        QFETCH(double, c);
        Stream& stream = fixture_.stream();
        const auto E = static_cast<std::size_t>(edges), P = static_cast<std::size_t>(rows * columns);
        sparse::SparseWeight weight("fc1", {rows, columns}, pattern(rows, columns, edges));
        const auto w = randomNumbers(E, "w"), v = randomNumbers(E, "v");
        std::copy(w.begin(), w.end(), weight.values().mutableValue().data<float>());
        DevicePattern p = DevicePattern::upload(stream, weight.topology().pattern(), "fc1");
        const Array W = fixture_.upload(w), V = fixture_.upload(v);
        Words rounds(P);
        for (const std::uint32_t position : weight.topology().positions()) rounds[position] = 1;
        const Array N = stream.upload(std::span<const std::uint32_t>(rounds), "rounds");
        Rewiring rewiring(stream, P, E);
        std::vector<float> velocity = v;
        constexpr sparse::RegrowPolicy policies[] = {sparse::RegrowPolicy::Reset, sparse::RegrowPolicy::Keep,
                                                     sparse::RegrowPolicy::Forbid};
        constexpr Regrow same[] = {Regrow::Reset, Regrow::Keep, Regrow::Forbid};
        for (std::int64_t step = 100; step < 105; ++step) {  // several rounds, each on what the last one left
            auto g = randomNumbers(P, "gradient " + std::to_string(step));
            for (std::size_t i = 0; i < P; i += 7) g[i] = 0.5F;  // equals
            const DenseGradientOf gradient(g, rows, columns);
            RandomStream random(1, "growth");
            sparse::RoundOptions options;
            options.dropFraction = edges > 1 ? 0.3 : 1.0;
            options.regrow = policies[regrow];
            if (taylor) options.drop = sparse::DropRule::Taylor;
            auto plan = sparse::planRound(
                weight, c > 0 ? sparse::acquisitionGrowth(c, 0.5) : sparse::gradientGrowth(), options,
                gradient.dense, step, random);
            const auto moved = static_cast<std::uint64_t>(plan.statistics.dropped);
            const auto sources = sparse::applyRound(weight, std::move(plan), policies[regrow]);
            std::vector<float> next;
            for (const std::int64_t s : sources)
                next.push_back(s < 0 ? 0 : velocity[static_cast<std::size_t>(s)]);
            velocity = next;

            const Array G = fixture_.upload(g);
            const View gradientView = G, roundsView = N;
            const std::array states{V.view()};
            RoundStep round{moved, same[regrow]};
            round.fewestFirst = std::isinf(c);
            round.dropsByGradient = taylor;
            if (!round.fewestFirst) round.bonus = static_cast<float>(c * std::log(static_cast<double>(step)));
            round.eps = 0.5F;
            rewiring.run(stream, round, p, &gradientView, W, states, &roundsView);

            backend::ColumnLists lists;
            const auto want = backend::withColumnLists(weight.topology().pattern(), lists);
            const auto words = [&](const Array& array) { return stream.read<std::uint32_t>(array); };
            const auto host = [](std::span<const std::uint32_t> list) {
                return Words(list.begin(), list.end());
            };
            QVERIFY(words(p.rowStart) == host(want.rowStart));
            QVERIFY(words(p.column) == host(want.column));
            QVERIFY(words(p.columnStart) == host(want.columnStart));
            QVERIFY(words(p.transposedRow) == host(want.transposedRow));
            QVERIFY(words(p.transposedEdge) == host(want.transposedEdge));
            const auto row = words(p.row);
            for (std::size_t e = 0; e < E; ++e)
                QVERIFY(want.rowStart[row[e]] <= e && e < want.rowStart[row[e] + 1]);
            const auto values = weight.values().value().values<float>();
            QCOMPARE(fixture_.read(W), std::vector<float>(values.begin(), values.end()));
            QCOMPARE(fixture_.read(V), velocity);
            const auto counted = words(N);
            for (std::uint32_t position = 0; position < P; ++position)
                QCOMPARE(counted[position], std::uint32_t{weight.activity().at(position)});
            // New values for the next round, so that the smallest are others.
            const auto fresh = randomNumbers(E, "w " + std::to_string(step));
            std::copy(fresh.begin(), fresh.end(), weight.values().mutableValue().data<float>());
            stream.write(W, std::span<const float>(fresh));
        }
    }

    void randomGrowthIsUniformAndRepeatable() {
        Stream& stream = fixture_.stream();
        const sparse::Topology start = pattern(50, 40, 400);
        const auto w = randomNumbers(400, "w");
        Rewiring rewiring(stream, 2000, 400);
        Words first;
        for (int run = 0; run < 2; ++run) {
            DevicePattern p = DevicePattern::upload(stream, start.pattern(), "fc1");
            const Array W = fixture_.upload(w);
            const RandomStream random(5, "growth/fc1", 100);
            RoundStep round{200, Regrow::Forbid};
            round.random = &random;
            rewiring.run(stream, round, p, nullptr, W, {}, nullptr);
            const auto rows = stream.read<std::uint32_t>(p.row),
                       columns = stream.read<std::uint32_t>(p.column),
                       sources = stream.read<std::uint32_t>(rewiring.sources());
            std::size_t grown = 0, upper = 0;
            for (std::size_t e = 0; e < 400; ++e) {
                if (sources[e] != ~0U) continue;
                ++grown;
                upper += rows[e] < 25;
                QVERIFY(!start.contains(rows[e] * 40 + columns[e]));
            }
            QCOMPARE(grown, 200U);
            QVERIFY2(upper > 65 && upper < 135, std::to_string(upper).c_str());  // 100 expected, deviation 7
            if (run == 0)
                first = columns;
            else
                QVERIFY(first == columns);
        }
    }

    void whatCannotBeMovedIsAnError() {
        Stream& stream = fixture_.stream();
        DevicePattern p = DevicePattern::upload(stream, pattern(4, 5, 15).pattern(), "fc1");
        Rewiring rewiring(stream, 20, 15);
        const Array W = fixture_.upload(std::vector<float>(15, 1)),
                    G = fixture_.upload(std::vector<float>(20, 1));
        const View gradient = G;
        const auto attempt = [&](RoundStep step, const View* g) {
            rewiring.run(stream, step, p, g, W, {}, nullptr);
        };
        attempt({5, Regrow::Forbid}, &gradient);
        QVERIFY_THROWS_EXCEPTION(Error, attempt({6, Regrow::Forbid}, &gradient));
        QVERIFY_THROWS_EXCEPTION(Error, attempt({16, Regrow::Reset}, &gradient));
        QVERIFY_THROWS_EXCEPTION(Error, attempt({1, Regrow::Reset}, nullptr));
        RoundStep exploring{1};
        exploring.bonus = 1;
        QVERIFY_THROWS_EXCEPTION(Error, attempt(exploring, &gradient));
        stream.finish();
    }

  private:
    struct DenseGradientOf {
        DenseGradientOf(const std::vector<float>& g, int rows, int columns)
            : dense(Tensor::from(g, {rows, columns})) {}
        sparse::DenseGradient dense;
    };
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestRewiring)
#include "test_rewiring.moc"
