// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>
#include <QtTest>
#include <cmath>

#include "app/program.h"
#include "base/error.h"
#include "store/added_records.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/canvas/scene.h"
#include "ui/views/barrier_matrix.h"

using namespace filigree;
using namespace filigree::ui;

class TestBarriers : public QObject {
    Q_OBJECT

  private slots:
    void theRecordIsRead() {
        const BarrierTable table = readBarrierTable(
            R"({"networks":["1@9","2@9"],"resolution":5,"samples":100,"split":"test","complete":false,)"
            R"("barriers":{"test/error":[[0,0.25],[0.25,0]],"test/loss":[[0,null],[null,0]]}})");
        QCOMPARE(table.networks.size(), std::size_t{2});
        QCOMPARE(table.figure("test/error"), std::size_t{0});
        QCOMPARE(table.values[0], (std::vector<float>{0, 0.25F, 0.25F, 0}));
        QVERIFY(std::isnan(table.values[1][1]) && !table.complete);
        QVERIFY_THROWS_EXCEPTION(Error, table.figure("train/loss"));
        for (const char* damaged : {"", "{}",
                                    R"({"networks":["1@9","2@9"],"resolution":5,"samples":1,)"
                                    R"("split":"test","complete":true,"barriers":{"a":[[0]]}})"})
            QVERIFY_THROWS_EXCEPTION(Error, readBarrierTable(damaged));
        BarrierMatrixPainter painter;
        QCOMPARE(painter.summary(), std::string("No barriers were computed."));
        painter.show(table, 0);
        QCOMPARE(painter.summary(),
                 std::string("Barriers of test/error between 2 networks, the greatest 0.25."));
    }

    void thePointerTellsWhatIsKnownOfAPair() {
        BarrierTable table = readBarrierTable(
            R"({"networks":["1@9","2@9","3@9"],"resolution":5,"samples":100,"split":"test","complete":false,)"
            R"("barriers":{"test/error":[[0,0.25,0],[0.25,0,null],[0,null,0]],)"
            R"("test/loss":[[0,1.5,0],[1.5,0,null],[0,null,0]]},)"
            R"("places":{"test/error":[[0,0.5,0],[0.5,0,null],[1,null,0]],)"
            R"("test/loss":[[0,0.4,0],[0.6,0,null],[1,null,0]]}})");
        table.runNames = {"first", "", "third"};
        BarrierMatrixPainter painter;
        painter.show(table, table.figure("test/loss"));
        using Lines = std::vector<std::string>;
        QCOMPARE(painter.describe(0, 1),
                 (Lines{"1@9 (first) to 2@9", "test/loss 1.5 above the straight line, 40 % of the way",
                        "test/error 0.25"}));
        QCOMPARE(painter.describe(1, 0)[1],
                 std::string("test/loss 1.5 above the straight line, 60 % of the way"));
        QCOMPARE(painter.describe(0, 2)[1], std::string("test/loss 0 above the straight line, at the ends"));
        QCOMPARE(painter.describe(1, 2), (Lines{"2@9 to 3@9 (third)", "not computed yet"}));
        QCOMPARE(painter.describe(2, 2), (Lines{"3@9 (third)"}));
        // Over a cell more is drawn than beside the matrix.
        Scene scene;
        const auto drawn = [&](float x, float y) {
            scene.movePointer(x, y);
            scene.build(painter, 600, 500);
            return scene.build(painter, 600, 500).vertices.size();
        };
        QVERIFY(drawn(250, 250) > drawn(590, 490));
    }

    void theTableOfMostOfTheRunsIsFound() {
        const Scratch scratch;
        for (int run = 1; run <= 3; ++run)
            store::RunWriter::createRun(scratch.store(), exampleRun("one"))->finish({});
        const auto keep = [&](std::int64_t run, const char* tag, const std::string& networks,
                              const std::string& rows) {
            store::Store opened = store::Store::open(scratch.store(), store::Mode::ReadWrite);
            store::add(opened, {run, 1, 9},
                       record::Text{tag, R"({"networks":[)" + networks +
                                             R"(],"resolution":5,"samples":9,"split":"test","complete":true,)"
                                             R"("barriers":{"test/loss":)" +
                                             rows + "}}"});
        };
        const auto find = [&](std::vector<std::int64_t> runs) {
            const store::Store opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
            return findBarriers(store::Reader(opened), runs);
        };
        QVERIFY(!find({1, 2}));
        keep(1, "notes", "", "[]");
        const std::string two = "[[0,1],[1,0]]", three = "[[0,1,2],[1,0,null],[2,null,0]]";
        keep(2, "barriers/a", R"("2@9","3@9")", two);
        QVERIFY(!find({1, 2}));  // run 1 is not in it
        keep(1, "barriers/b", R"("1@9","2@9","12@9")", three);
        QCOMPARE(find({1, 2})->tag, std::string("barriers/b"));
        keep(2, "barriers/c", R"("2@9","1@9")", two);
        // The other one holds a network of a run that was not asked for.
        QCOMPARE(find({1, 2})->tag, std::string("barriers/c"));
        QCOMPARE(find({1, 2})->run, 2);
        // It was kept with run 2, which is not asked for.
        QCOMPARE(find({1})->tag, std::string("barriers/b"));
        keep(1, "barriers/d", R"("1@9","2@9","3@9")", three);
        QCOMPARE(find({3, 1, 2})->tag, std::string("barriers/d"));
        const BarrierTable table = *find({1, 2, 3});
        QCOMPARE(table.pairs(), std::size_t{3});
        QCOMPARE(table.known(), std::size_t{2});
        QCOMPARE(table.csv(), std::string("a,b,test/loss\n1@9,2@9,1\n1@9,3@9,2\n2@9,3@9,\n"));
    }

    /// Three networks of the real program: the matrix holds what `analyze connect` says of each pair, and
    /// what was computed is not computed again.
    void everyPairIsThatOfConnect() {
        Program program;
        for (const char* seed : {"0", "1", "2"})
            QCOMPARE(
                program
                    .run({"run", "digits", "--threads", "1", "--seed", seed, "--set", "train.epochs=2", "-q"})
                    .code,
                0);
        const QStringList common{"--resolution", "5", "--samples", "200", "--threads", "1", "--json"};
        const Outcome one =
            program.run(QStringList{"analyze", "connect", "1", "3", "--data", "test"} + common);
        QCOMPARE(one.code, 0);
        const double alone = one.json()["results"]["barrier"]["test/loss"]["linear"].get<double>();
        const Outcome all = program.run(QStringList{"analyze", "barriers", "1", "2", "3"} + common +
                                        QStringList{"--csv", program.path("barriers.csv")});
        QCOMPARE(all.code, 0);
        const auto matrix = all.json()["barriers"]["test/loss"];
        QCOMPARE(matrix[0][2].get<double>(), alone);
        QCOMPARE(matrix[2][0].get<double>(), alone);
        QCOMPARE(matrix[1][1].get<double>(), 0.0);
        const auto places = all.json()["places"]["test/loss"];
        const double where = one.json()["results"]["barrier"]["test/loss"]["where"].get<double>();
        QCOMPARE(places[0][2].get<double>(), where);
        QCOMPARE(places[2][0].get<double>(), 1 - where);
        QVERIFY(alone > 0 && matrix[0][1] != matrix[1][2]);
        // The line from 1 to 3 was there: of three lines of five places, two were computed.
        QCOMPARE(all.json()["computed"], 10);
        QCOMPARE(all.json()["from_store"], 5);
        QCOMPARE(program.run(QStringList{"analyze", "barriers", "1", "2", "3"} + common).json()["computed"],
                 0);
        QFile table(program.path("barriers.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'), 3);

        const Outcome drawn =
            program.run({"render", "barriers", "--run", "1", "--figure", "test/loss", "--size", "420x360",
                         "--json", "-o", program.path("barriers.png")});
        if (drawn.code == 4) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QCOMPARE(drawn.json()["networks"].size(), std::size_t{3});
        QVERIFY(QImage(program.path("barriers.png")).text("Source").contains("--figure test/loss"));
        QCOMPARE(program.run({"render", "barriers", "--run", "2", "-o", program.path("none.png")}).code, 2);
        QCOMPARE(program.run({"analyze", "barriers", "1"}).code, 2);
    }
};

QTEST_GUILESS_MAIN(TestBarriers)
#include "test_barriers.moc"
