// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/canvas/scene.h"
#include "ui/views/rewiring_model.h"
#include "ui/views/rewiring_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// {0 1 2 3}, then {1 2 3 5} (1 dropped and regrown), then {0 1 3 5}; 12 positions.
LayerMoves threePatterns() {
    return {"fc1", 12, 0, {0, 1, 2, 3}, {{10, {0, 1}, {1, 5}}, {20, {2}, {0}}}};
}

struct Letter {
    float left, top, right, bottom;
};

/// Where the letters of a frame stand: rectangles that are filled from the picture of the fonts.
std::vector<Letter> lettersOf(const Frame& frame) {
    std::vector<Letter> letters;
    for (const DrawCommand& command : frame.commands) {
        if (command.texture != 0) continue;
        const auto vertex = [&](std::uint32_t i) -> const Vertex& {
            return frame.vertices[static_cast<std::size_t>(command.vertexOffset) +
                                  frame.indices[command.firstIndex + i]];
        };
        for (std::uint32_t i = 0; i + 6 <= command.indexCount; i += 3) {
            const Vertex& a = vertex(i);
            const Vertex& b = vertex(i + 2);
            // The second triangle begins and ends at the same corners; lines have but one row of the picture.
            if (&vertex(i + 3) != &a || &vertex(i + 4) != &b || a.u == b.u || a.v == b.v) continue;
            letters.push_back({a.x, a.y, b.x, b.y});
        }
    }
    return letters;
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-6;
}

}  // namespace

class TestRewiring : public QObject {
    Q_OBJECT

  private slots:
    void roundsAreCounted() {
        const RewiringHistory history = replay({threePatterns()});
        QCOMPARE(history.rounds.size(), std::size_t{3});
        const RewiringRound& start = history.rounds[0];
        QCOMPARE(start.dropped + start.grown + start.regrown, 0);
        QCOMPARE(start.connections, 4);
        QVERIFY(near(start.toFirst, 0) && near(start.toPrevious, 0) && near(start.toLast, 2.0 / 8));
        const RewiringRound& first = history.rounds[1];
        QCOMPARE(first.step, 10);
        QCOMPARE(first.dropped, 2);
        QCOMPARE(first.grown, 2);
        QCOMPARE(first.regrown, 1);
        QVERIFY(near(first.toFirst, 0.25) && near(first.toPrevious, 0.25) && near(first.toLast, 0.25));
        QVERIFY(near(history.churn(0), 0) && near(history.churn(1), 0.25) && near(history.churn(2), 0.25));
        QVERIFY(near(history.exploration(0), 4.0 / 12) && near(history.exploration(2), 5.0 / 12));
        QVERIFY(near(history.rounds[2].toFirst, 0.25) && near(history.rounds[2].toLast, 0));
    }

    void connectionsBelongToTheRoundOfTheirBirth() {
        const RewiringHistory history = replay({threePatterns()});
        // What was regrown is born again.
        QCOMPARE(history.alive, (std::vector<std::vector<std::int64_t>>{{4, 2, 1}, {0, 2, 2}, {0, 0, 1}}));
        QVERIFY(near(history.survival(0, 1), 0.5) && near(history.survival(0, 2), 0.25));
        QVERIFY(near(history.survival(1, 0), 1) && near(history.survival(1, 1), 1));
        QVERIFY(std::isnan(history.survival(0, 3)) && std::isnan(history.survival(2, 1)));
    }

    void patternsAreComparedWithEachOther() {
        const LayerMoves other{"fc2", 4, 0, {0, 2}, {{10, {0}, {1}}}};
        const RewiringHistory history = replay({threePatterns(), other});
        QCOMPARE(history.positions, 16);
        QCOMPARE(history.compared, (std::vector<std::size_t>{0, 1, 2}));
        const float expected[] = {1, 0.5F, 0.5F, 0.5F, 1, 5.0F / 7, 0.5F, 5.0F / 7, 1};
        for (std::size_t i = 0; i < 9; ++i)
            QVERIFY(near(static_cast<double>(history.jaccard[i]), static_cast<double>(expected[i])));
        // Both layers moved at step 10: one round.
        QCOMPARE(history.rounds.size(), std::size_t{3});
        QCOMPARE(history.rounds[1].dropped, 3);
        QCOMPARE(history.rounds[1].connections, 6);
    }

    void aPatternMayShrink() {
        const RewiringHistory history = replay({{"fc1", 8, 0, {0, 1, 2, 3}, {{5, {0, 1}, {}}}}});
        QVERIFY(near(history.rounds[1].toFirst, 2.0 / 6) && near(history.rounds[0].toLast, 2.0 / 6));
        QVERIFY(near(history.churn(1), 0.25));
    }

    void movesThatCannotBeArePassedOver() {
        const RewiringHistory history = replay({{"fc1", 8, 0, {0, 1}, {{5, {6}, {1, 7}}}}});
        QCOMPARE(history.rounds[1].dropped, 0);
        QCOMPARE(history.rounds[1].grown, 1);
        QCOMPARE(history.rounds[1].connections, 3);
    }

    void manyRoundsShareCohorts() {
        LayerMoves moves{"fc1", 2000, 0, {0, 1}, {}};
        for (std::uint32_t r = 1; r <= 1000; ++r) moves.rounds.push_back({r, {r}, {r + 1}});
        const RewiringHistory history = replay({moves});
        QCOMPARE(history.roundsPerCohort, std::size_t{2});
        QCOMPARE(history.alive.size(), std::size_t{501});
        QCOMPARE(history.compared.size(), std::size_t{64});
        QCOMPARE(history.compared.back(), std::size_t{1000});
        for (std::size_t r = 0; r < history.rounds.size(); ++r) {
            std::int64_t sum = 0;
            for (const auto& cohort : history.alive) sum += cohort[r];
            QCOMPARE(sum, history.rounds[r].connections);
        }
        // Rounds 1 and 2: complete after round 2 with the one that round 2 grew, which round 3 drops.
        QCOMPARE(history.alive[1][2], 1);
        QVERIFY(near(history.survival(1, 1), 0));
    }

    void noWordsLieOnOthersOrOutsideAtAnyWidth() {
        RewiringPainter painter;
        painter.show({1, "digits", "", {"fc1"}, replay({threePatterns()})});
        for (const int width : {640, 700, 800, 900, 1000, 1100, 1280, 1600}) {
            Scene scene;
            const std::vector<Letter> letters = lettersOf(scene.build(painter, width, 700));
            QVERIFY(letters.size() > 250);
            for (std::size_t i = 0; i < letters.size(); ++i) {
                const Letter& a = letters[i];
                QVERIFY2(a.left >= 0 && a.right <= static_cast<float>(width),
                         qPrintable(QString::number(width)));
                for (std::size_t j = 0; j < i; ++j) {
                    const Letter& b = letters[j];
                    // Letters side by side share a pixel or two.
                    const float wide = std::min(a.right, b.right) - std::max(a.left, b.left);
                    const float high = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
                    QVERIFY2(wide < 2.5F || high < 2.5F,
                             qPrintable(QString("at %1: x %2, y %3").arg(width).arg(a.left).arg(a.top)));
                }
            }
        }
    }

    void stepsBetweenRoundsBelongToTheOneBefore() {
        const RewiringHistory history = replay({threePatterns()});
        QCOMPARE(history.roundAt(-1), std::size_t{0});
        QCOMPARE(history.roundAt(9), std::size_t{0});
        QCOMPARE(history.roundAt(10), std::size_t{1});
        QCOMPARE(history.roundAt(999), std::size_t{2});
        QVERIFY(history.csv().find("\n1,10,4,2,2,1,0.25,0.416666667,0.25,0.25,0.25\n") != std::string::npos);
        QVERIFY(replay({}).empty());
        QVERIFY(replay({{"fc1", 8, 0, {0}, {}}}).empty());
    }

    void theStoreGivesRoundsOrWhatChangedBetweenSnapshots() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("moved"));
        // fc1 with rounds; of fc2 snapshots alone, one of which repeats the pattern.
        writer->mask({"fc1", 3, 4, {}, {0, 1, 2, 3}}, {0, 0});
        writer->mask({"fc2", 2, 2, {}, {0, 2}}, {0, 0});
        writer->rewiring({"fc1", 1, {0, 1}, {1, 5}}, {10, 0});
        writer->mask({"fc2", 2, 2, {}, {1, 2}}, {10, 0});
        writer->mask({"fc2", 2, 2, {}, {1, 2}}, {15, 0});
        writer->rewiring({"fc1", 2, {2}, {0}}, {20, 0});
        writer->finish({});
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const Rewiring one = loadRewiring(reader, writer->run(), "fc1");
        QCOMPARE(one.layers, (std::vector<std::string>{"fc1", "fc2"}));
        QCOMPARE(one.runName, std::string("moved"));
        QCOMPARE(one.history.csv(), replay({threePatterns()}).csv());
        const Rewiring both = loadRewiring(reader, writer->run(), "");
        QCOMPARE(both.history.rounds.size(), std::size_t{3});
        QCOMPARE(both.history.rounds[1].dropped, 3);
        QCOMPARE(both.history.rounds[1].regrown, 1);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { loadRewiring(reader, writer->run(), "fc9"); }));
    }

    void aRunWithoutPatternsIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
        writer->finish({});
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        QVERIFY(
            throwsKind(ErrorKind::Usage, [&] { loadRewiring(store::Reader(opened), writer->run(), ""); }));
    }
};

QTEST_GUILESS_MAIN(TestRewiring)
#include "test_rewiring.moc"
