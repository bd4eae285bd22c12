// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <random>

#include "app/program.h"
#include "base/error.h"
#include "sparse/rewiring.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/acquisition_model.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

using Positions = std::vector<std::uint32_t>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// The round of tests/golden/dst_ee.json: 3 x 4, t = 400, positions 0, 5 and 11 stay connected.
const std::vector<float> oracleGradient{none,   0.2F,  0.05F, 0.02F,  0.011F, none,
                                        0.012F, 0.03F, 0.04F, 0.013F, 0.15F,  none};
const std::vector<float> oracleRounds{none, 0, 2, 3, 1, none, 0, 3, 0, 2, 4, none};

AcquisitionRound oracle() {
    return {4, oracleGradient, oracleRounds, Positions{1, 8}, {0.1, 1, false, 400}};
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-8;
}

}  // namespace

class TestAcquisition : public QObject {
    Q_OBJECT

  private slots:
    void choosesWhatTheOracleGrows() {
        const AcquisitionRound round = oracle();
        QCOMPARE(round.candidates(), 9);
        QCOMPARE(round.grown(), 2);
        QCOMPARE(round.grownNeverActive(), 2);
        const AcquisitionChoice own = round.choose(0.1);
        QCOMPARE(round.positions(own), (Positions{1, 8}));
        QVERIFY(near(own.threshold, 0.6391464547107982));  // 0.04 + 0.1 ln 400, the score of position 8
        QCOMPARE(own.changed, 0);
        QCOMPARE(own.neverActive, 2);
        QVERIFY(near(own.meanGradient, 0.12));
        const AcquisitionChoice greedy = round.choose(0);
        QCOMPARE(round.positions(greedy), (Positions{1, 10}));
        QCOMPARE(greedy.changed, 1);
        QCOMPARE(greedy.neverActive, 1);
        QVERIFY(near(greedy.meanGradient, 0.175));
        QCOMPARE(round.positions(round.choose(0.001)), (Positions{1, 10}));
        QCOMPARE(round.positions(round.choose(infinity)), (Positions{1, 8}));
        QVERIFY(near(round.bonus(0.1, 4), 0.1198292909));
        QVERIFY(round.csv(greedy).starts_with(
            "row,column,gradient,rounds_active,bonus,score,grown,chosen\n0,1,0.2,0,0,"));
        QVERIFY(round.csv(greedy).find("\n2,2,0.15,4,0,0.15") != std::string::npos);
    }

    void theLowerPositionGoesFirstAmongEquals() {
        const std::vector<float> nothing(6, 0.0F), rounds{2, 0, 1, 0, 2, 1};
        const AcquisitionRound round(6, nothing, rounds, Positions{0, 1, 2}, {0, 1, false, 10});
        QCOMPARE(round.positions(round.choose(0)), (Positions{0, 1, 2}));
        QCOMPARE(round.positions(round.choose(1)), (Positions{1, 2, 3}));
        QCOMPARE(round.positions(round.choose(infinity)), (Positions{1, 2, 3}));
        // Scores that differ by less than a double can hold are equal.
        const std::vector<float> tiny{0, 1e-20F, 1e-20F}, same(3, 0.0F);
        const AcquisitionRound close(3, tiny, same, Positions{0}, {0, 1, false, 10});
        QCOMPARE(close.positions(close.choose(1e9)), (Positions{0}));
        QCOMPARE(close.positions(close.choose(0)), (Positions{1}));
    }

    /// Against the engine's own rule, at many trade-offs.
    void choosesAsTheEngineDoes() {
        constexpr std::uint32_t rows = 60, columns = 50;
        std::mt19937 random(11);
        std::vector<float> gradient(rows * columns);
        for (float& value : gradient) {
            const auto draw = random() % 1000;
            // A quarter nothing, some equal, the others over several decades.
            value = draw < 250   ? 0.0F
                    : draw < 400 ? 0.01F
                                 : std::pow(10.0F, static_cast<float>(draw % 97) / -20);
            if (random() % 2 == 0) value = -value;
        }
        Positions active, seen;
        std::vector<std::uint16_t> counts;
        std::vector<float> rounds(gradient.size(), 0);
        for (std::uint32_t p = 0; p < rows * columns; ++p) {
            if (random() % 10 == 0) active.push_back(p);
            if (random() % 3 != 0 && (active.empty() || active.back() != p)) continue;
            seen.push_back(p);
            counts.push_back(static_cast<std::uint16_t>(1 + random() % 9));
            rounds[p] = counts.back();
        }
        const auto edges = static_cast<std::int64_t>(active.size());
        std::vector<float> weights(active.size());
        for (float& weight : weights) weight = static_cast<float>(random() % 1000) / 1000 - 0.5F;
        sparse::SparseWeight weight("fc1", {rows, columns}, sparse::Topology(rows, columns, active));
        weight.restore(sparse::Topology(rows, columns, active), Tensor::from(weights, {edges}),
                       sparse::Activity(seen, counts), std::vector<std::int32_t>(active.size(), 0), 9);
        const Tensor dense = Tensor::from(gradient, {rows, columns});
        RandomStream stream(1, "growth");
        for (const bool normalize : {false, true})
            for (const auto regrow : {sparse::RegrowPolicy::Reset, sparse::RegrowPolicy::Forbid})
                for (const double c : {0.0, 1e-4, 0.003, 0.02, 0.1, 0.7, 5.0, 1e7, infinity}) {
                    sparse::RoundOptions options;
                    options.dropFraction = 0.4;
                    options.regrow = regrow;
                    const sparse::RoundPlan plan =
                        sparse::planRound(weight, sparse::acquisitionGrowth(c, 0.5, normalize), options,
                                          sparse::DenseGradient(dense), 700, stream);
                    QVERIFY(plan.grown.size() > 100);
                    std::vector<float> magnitude(gradient);
                    for (float& value : magnitude) value = std::abs(value);
                    for (const std::uint32_t p : sparse::excludedFromGrowth(active, plan.dropped, regrow))
                        magnitude[p] = none;
                    const AcquisitionRound round(columns, magnitude, rounds, plan.grown,
                                                 {c, 0.5, normalize, 700});
                    const AcquisitionChoice choice = round.choose(c);
                    QVERIFY2(round.positions(choice) == plan.grown,
                             qPrintable(QStringLiteral("c = %1").arg(c)));
                    QCOMPARE(choice.changed, 0);
                }
    }

    void whatIsDamagedIsRefused() {
        const AcquisitionRule rule{0.1, 1, false, 400};
        QVERIFY(throwsKind(ErrorKind::Data,
                           [&] { AcquisitionRound(4, oracleGradient, oracleRounds, Positions{0}, rule); }));
        std::vector<float> wrong = oracleRounds;
        wrong[1] = 70000;
        QVERIFY(throwsKind(ErrorKind::Data,
                           [&] { AcquisitionRound(4, oracleGradient, wrong, Positions{1}, rule); }));
        wrong.pop_back();
        QVERIFY(throwsKind(ErrorKind::Data,
                           [&] { AcquisitionRound(4, oracleGradient, wrong, Positions{1}, rule); }));
    }

    void aRunGrowsWhatIsChosenAgain_data() {
        QTest::addColumn<QString>("setting");
        QTest::newRow("dst-ee") << "rewire.c=0.01";
        QTest::newRow("normalized") << "rewire.normalize=true";
        QTest::newRow("coverage") << "rewire.growth=\"coverage\"";
        QTest::newRow("rigl") << "rewire.growth=\"gradient\"";
        QTest::newRow("forbid") << "rewire.regrow=\"forbid\"";
    }

    /// What is recorded is enough to grow the same connections, bit for bit.
    void aRunGrowsWhatIsChosenAgain() {
        QFETCH(QString, setting);
        const Program program;
        const QString path = program.path("runs.filigree");
        QCOMPARE(program
                     .run({"run", "digits", "--threads", "1", "--store", path, "--set", "train.epochs=12",
                           "--set", "record.candidates_every=2", "--set", setting, "-q"})
                     .code,
                 0);
        const store::Store opened = store::Store::open(path.toStdString(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const Acquisition first = loadAcquisition(reader, 1, {}, {});
        QCOMPARE(first.layer, std::string("fc1"));
        QVERIFY(first.layers.size() > 1 && first.steps.size() > 1);
        std::int64_t grown = 0;
        for (const std::string& layer : first.layers)
            for (const std::int64_t step : first.steps) {
                const Acquisition now = loadAcquisition(reader, 1, layer, step);
                if (now.step != step) continue;
                const auto moves = reader.rewirings(1, layer, step, step);
                QCOMPARE(moves.size(), std::size_t{1});
                QCOMPARE(now.round->positions(now.round->choose(now.round->rule().c)), moves[0].record.grown);
                grown += now.round->grown();
            }
        QVERIFY(grown > 100);
        // Every other round.
        const auto all = reader.rewirings(1, "fc1");
        QVERIFY(first.steps.size() <= (all.size() + 1) / 2);
        QCOMPARE(loadAcquisition(reader, 1, "fc1", first.steps[1] + 1).step, first.steps[1]);
        QCOMPARE(loadAcquisition(reader, 1, "fc1", 0).step, first.steps[0]);
        QVERIFY(loadAcquisition(reader, 1, "none", 0).empty());
    }

    void thePictureIsMadeAgainByItsCommand() {
        const Program program;
        QCOMPARE(program
                     .run({"run", "digits", "--threads", "1", "--set", "train.epochs=12", "--set",
                           "record.candidates_every=1", "-q"})
                     .code,
                 0);
        const Outcome drawn =
            program.run({"render", "acquisition", "--run", "last", "--step", "120", "--c", "0", "--csv",
                         program.path("moved.csv"), "--json", "-o", program.path("a.png")});
        if (drawn.code == 4) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        const auto facts = drawn.json();
        QFile table(program.path("moved.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'),
                 facts["grown"].get<int>() + facts["changed"].get<int>());
        QVERIFY(facts["changed"].get<int>() > 0);
        const QImage image(program.path("a.png"));
        const QStringList words = image.text("Source").split(' ').mid(1);
        QVERIFY(words.contains("--c"));
        QCOMPARE(program.run(words + QStringList{"-o", program.path("b.png")}).code, 0);
        QCOMPARE(QImage(program.path("b.png")), image);
        QCOMPARE(program.run({"run", "digits", "--threads", "1", "--set", "train.epochs=1", "-q"}).code, 0);
        const Outcome empty =
            program.run({"render", "acquisition", "--run", "last", "-o", program.path("c.png")});
        QCOMPARE(empty.code, 2);
        QVERIFY(empty.err.contains("record.candidates_every=1"));
    }
};

QTEST_GUILESS_MAIN(TestAcquisition)
#include "test_acquisition.moc"
