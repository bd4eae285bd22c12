// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "sparse/activity.h"
#include "sparse/distribution.h"
#include "sparse/statistics.h"
#include "sparse/topology.h"

using namespace filigree;
using namespace filigree::sparse;

class TopologyTest : public QObject {
    Q_OBJECT

  private slots:
    void listsByColumnAreThereIfAskedFor() {
        RandomStream random(2, "pattern");
        const Topology both = randomTopology(20, 30, 90, random);
        const Topology rows = both.with(Topology::Lists::Rows);
        QVERIFY(both.hasColumnLists() && !rows.hasColumnLists());
        QVERIFY(rows == both);
        QCOMPARE(both.bytes(), std::int64_t{4 * (21 + 31 + 3 * 90)});
        QCOMPARE(rows.bytes(), std::int64_t{4 * (21 + 31 + 90)});
        QVERIFY(rows.pattern().transposedRow.empty());
        for (std::int64_t column = 0; column < 30; ++column)
            QCOMPARE(rows.outDegree(column), both.outDegree(column));
        const Topology again = rows.with(Topology::Lists::RowsAndColumns);
        QVERIFY(std::ranges::equal(again.pattern().transposedEdge, both.pattern().transposedEdge));
        QVERIFY(std::ranges::equal(again.pattern().transposedRow, both.pattern().transposedRow));
    }

    void transposeIndexHoldsEveryEdgeOnceInColumnOrder() {
        for (const std::int64_t count : {0, 1, 17, 150, 300}) {
            RandomStream random(3, "mask", static_cast<std::uint64_t>(count));
            const Topology topology = randomTopology(15, 20, count, random);
            QCOMPARE(topology.edges(), count);
            const auto pattern = topology.pattern();
            const auto positions = topology.positions();
            std::vector<int> seen(positions.size(), 0);
            for (std::int64_t column = 0; column < 20; ++column) {
                std::int64_t before = -1;
                for (auto k = pattern.columnStart[std::size_t(column)];
                     k < pattern.columnStart[std::size_t(column) + 1]; ++k) {
                    const std::uint32_t edge = pattern.transposedEdge[k];
                    ++seen[edge];
                    QVERIFY(std::int64_t(pattern.transposedRow[k]) > before);
                    before = pattern.transposedRow[k];
                    QCOMPARE(std::int64_t(positions[edge]), before * 20 + column);
                }
            }
            QVERIFY(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
        }
    }

    void positionsAndEdgesAreInverse() {
        const std::vector<std::uint32_t> active{0, 3, 4, 9, 11};
        const Topology topology(3, 4, active);
        QCOMPARE(topology.positions(), active);
        for (std::int64_t edge = 0; edge < 5; ++edge) {
            QCOMPARE(topology.position(edge), active[std::size_t(edge)]);
            QCOMPARE(topology.edgeAt(active[std::size_t(edge)]).value(), edge);
        }
        QVERIFY(!topology.contains(1));
        QVERIFY(!topology.contains(12));
        QCOMPARE(topology.inDegree(0), std::int64_t{2});
        QCOMPARE(topology.outDegree(0), std::int64_t{2});
        QCOMPARE(topology.outDegree(2), std::int64_t{0});
    }

    void refusesPatternsThatAreUnsortedOrOutside() {
        const auto make = [](std::vector<std::uint32_t> active) { return Topology(2, 2, active); };
        QVERIFY_THROWS_EXCEPTION(Error, make({1, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, make({2, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, make({4}));
        QVERIFY_THROWS_EXCEPTION(Error, Topology(70000, 70000, {}));
    }

    void edgeSourcesMatchPositions() {
        const std::vector<std::uint32_t> before{1, 2, 5};
        const std::vector<std::uint32_t> after{0, 2, 5, 7};
        const auto sources = edgeSources(Topology(2, 4, before), Topology(2, 4, after));
        QCOMPARE(sources, (std::vector<std::int64_t>{-1, 1, 2, -1}));
        QCOMPARE(hammingDistance(Topology(2, 4, before), Topology(2, 4, after)), std::int64_t{3});
    }

    // The example of the golden file: 2 x 4 positions, three masks, R = 3/8, 4/8, 5/8.
    void activityCountsRoundsAndEverActivePositions() {
        Activity activity;
        activity.add(Topology(2, 4, std::vector<std::uint32_t>{0, 2, 5}));
        QCOMPARE(activity.everActive(), std::int64_t{3});
        activity.add(Topology(2, 4, std::vector<std::uint32_t>{0, 1, 5}));
        QCOMPARE(activity.everActive(), std::int64_t{4});
        activity.add(Topology(2, 4, std::vector<std::uint32_t>{1, 5, 7}));
        QCOMPARE(activity.everActive(), std::int64_t{5});
        const std::vector<std::uint16_t> expected{2, 2, 1, 0, 0, 3, 0, 1};
        for (std::uint32_t p = 0; p < 8; ++p) QCOMPARE(activity.at(p), expected[p]);
    }

    // Gap 0 and count 1 take one group of three bits each; gap 8 and count 64 two and three.
    void activityTakesAsManyGroupsAsItsNumbersNeed() {
        Activity near(std::vector<std::uint32_t>{0, 1, 2, 3}, std::vector<std::uint16_t>{1, 1, 1, 7});
        QCOMPARE(near.bytes(), std::int64_t{4});
        Activity far(std::vector<std::uint32_t>{8, 4294967294U}, std::vector<std::uint16_t>{64, 65535});
        QCOMPARE(far.bytes(), std::int64_t{(2 + 3 + 11 + 6) / 2});
        QCOMPARE(far.listed().positions, (std::vector<std::uint32_t>{8, 4294967294U}));
        QCOMPARE(far.listed().counts, (std::vector<std::uint16_t>{64, 65535}));
    }

    // Against plain counters, over many rounds of random patterns.
    void activityIsWhatPlainCountersSay() {
        RandomStream random(1, "patterns");
        Activity activity;
        std::vector<std::uint16_t> plain(2000, 0);
        for (int round = 0; round < 40; ++round) {
            const Topology topology = randomTopology(40, 50, round % 7 == 0 ? 0 : 60, random);
            activity.add(topology);
            for (const std::uint32_t p : topology.positions()) ++plain[p];
        }
        std::vector<std::uint32_t> seen;
        std::vector<std::uint16_t> counts;
        for (std::uint32_t p = 0; p < 2000; ++p) {
            if (plain[p] == 0) continue;
            seen.push_back(p);
            counts.push_back(plain[p]);
        }
        QCOMPARE(activity.listed().positions, seen);
        QCOMPARE(activity.listed().counts, counts);
        const std::vector<std::uint32_t> kept{seen[3], seen[4], seen[10]};
        activity.keepOnly(kept);
        QCOMPARE(activity.listed().positions, kept);
        QCOMPARE(activity.listed().counts, (std::vector<std::uint16_t>{counts[3], counts[4], counts[10]}));
    }

    void activitySaturatesInsteadOfWrapping() {
        const std::vector<std::uint32_t> one{3};
        Activity activity(one, std::vector<std::uint16_t>{65535});
        activity.add(Topology(2, 2, std::vector<std::uint32_t>{3}));
        QCOMPARE(activity.at(3), std::uint16_t{65535});
        const std::vector<std::uint32_t> twice{3, 3};
        QVERIFY_THROWS_EXCEPTION(Error, Activity(twice, std::vector<std::uint16_t>{1, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, Activity(one, {}));
    }

    void deadUnitsAreRowsAndInputChannelsWithoutEdges() {
        const Topology linear(3, 3, std::vector<std::uint32_t>{0, 1});
        QCOMPARE(deadUnits(linear).withoutInput, std::int64_t{2});
        QCOMPARE(deadUnits(linear).withoutOutput, std::int64_t{1});
        // 2 filters over 2 channels of 2 x 2 kernels: channel 1 (columns 4 to 7) is read by nobody.
        const Topology convolution(2, 8, std::vector<std::uint32_t>{1, 10});
        QCOMPARE(deadUnits(convolution, 4).withoutInput, std::int64_t{0});
        QCOMPARE(deadUnits(convolution, 4).withoutOutput, std::int64_t{1});
    }
};

QTEST_APPLESS_MAIN(TopologyTest)
#include "test_topology.moc"
