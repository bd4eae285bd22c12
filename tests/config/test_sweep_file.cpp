// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <set>

#include "base/error.h"
#include "config/sweep_file.h"

using namespace filigree;
using namespace filigree::config;

namespace {

/// "a.b=1 c=2" of the assignments, in order.
std::string textOf(const SweepCell& cell) {
    std::string text;
    for (const SweepAssignment& one : cell.assignments)
        text += (text.empty() ? "" : " ") + one.key + "=" + one.value;
    return text;
}

}  // namespace

class SweepFileTest : public QObject {
    Q_OBJECT

    static void refuses(const char* toml, const char* message, const char* where) {
        try {
            parseSweepFile(toml, "s.toml");
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY2(QByteArray(error.message().c_str()).contains(message), error.what());
            QCOMPARE(error.where(), std::string(where));
            QCOMPARE(error.kind(), ErrorKind::Usage);
        }
    }

  private slots:
    void aGridIsEveryCombinationWithEverySeed() {
        const SweepFile file = parseSweepFile(R"(
base = "dst_ee/digits"
jobs = 2
seeds = [0, 7]
[set]
train.epochs = 3
[grid]
sparsity.density = [0.1, 0.05]
"model.hidden" = [[16], [32, 8]]
)",
                                              "s.toml");
        QCOMPARE(file.jobs, 2);
        QCOMPARE(file.threads, 1);
        QCOMPARE(file.cells.size(), std::size_t{8});
        QCOMPARE(textOf(file.cells[0]), std::string("train.epochs=3 sparsity.density=0.1 model.hidden=[16]"));
        QCOMPARE(file.cells[0].seed, std::uint64_t{0});
        QCOMPARE(file.cells[1].seed, std::uint64_t{7});
        QCOMPARE(textOf(file.cells[7]),
                 std::string("train.epochs=3 sparsity.density=0.05 model.hidden=[32, 8]"));
        std::set<std::pair<std::string, std::uint64_t>> different;
        for (const SweepCell& cell : file.cells) different.emplace(textOf(cell), cell.seed);
        QCOMPARE(different.size(), std::size_t{8});
    }

    void entriesOfAListHaveTheirOwnBaseAndName() {
        const SweepFile file = parseSweepFile(R"(
base = ["a", "b"]
[[list]]
name = "SET"
rewire.growth = "random"
[[list]]
base = "c"
)",
                                              "s.toml");
        QCOMPARE(file.cells.size(), std::size_t{3});
        QCOMPARE(file.cells[0].base, std::string("a"));
        QCOMPARE(file.cells[1].base, std::string("b"));
        QCOMPARE(file.cells[1].name, std::string("SET"));
        QCOMPARE(textOf(file.cells[1]), std::string("rewire.growth=\"random\""));
        QCOMPARE(file.cells[2].base, std::string("c"));
        QCOMPARE(textOf(file.cells[2]), std::string());
    }

    void drawsLieWithinTheirBoundsAndStayWhenMoreAreAsked() {
        const auto read = [](int draws) {
            return parseSweepFile("base = \"a\"\n[random]\ndraws = " + std::to_string(draws) +
                                      "\nseed = 3\n[random.uniform]\nx = [0.2, 0.4]\nn = [1, 3]\n"
                                      "[random.log]\nlr = [0.001, 1.0]\n"
                                      "[random.choice]\nkind = [\"p\", \"q\"]\n",
                                  "s.toml");
        };
        const SweepFile file = read(200);
        std::set<std::string> whole, words;
        int small = 0;
        for (const SweepCell& cell : file.cells) {
            const double x = std::stod(cell.assignments[0].value), lr = std::stod(cell.assignments[2].value);
            QVERIFY(x >= 0.2 && x < 0.4);
            QVERIFY(lr >= 0.001 && lr < 1);
            small += lr < std::sqrt(0.001);
            whole.insert(cell.assignments[1].value);
            words.insert(cell.assignments[3].value);
        }
        QCOMPARE(whole, (std::set<std::string>{"1", "2", "3"}));
        QCOMPARE(words, (std::set<std::string>{"\"p\"", "\"q\""}));
        // Half of the logarithmic draws lie below the geometric mean: 100 of 200, five deviations are 35.
        QVERIFY2(small > 65 && small < 135, qPrintable(QString::number(small)));
        const SweepFile fewer = read(5);
        for (std::size_t i = 0; i < 5; ++i) QCOMPARE(textOf(fewer.cells[i]), textOf(file.cells[i]));
    }

    void mistakesAreShownWhereTheyAre() {
        refuses("tag = \"x\"", "does not say what to run", "s.toml");
        refuses("base = \"a\"\ngird = 1", "no \"gird\"", "s.toml:2:1");
        refuses("base = \"a\"\n[grid]\nx = 3", "a list of values", "s.toml:3:5");
        refuses("base = \"a\"\nseeds = [1, 1]", "twice", "s.toml:2:13");
        refuses("base = \"a\"\nseeds = [-1]", "whole number", "s.toml:2:10");
        refuses("base = \"a\"\n[random]\ndraws = 2\n[random.log]\nlr = [0.0, 1.0]", "above 0", "s.toml:5:6");
        refuses("base = \"a\"\n[random]\nseed = 2", "how many draws", "s.toml:2:1");
        refuses("base = 3", "presets or run files", "s.toml:1:8");
        std::string many = "base = \"a\"\n[grid]\n";
        for (const char* key : {"a", "b", "c", "d", "e", "f"})
            many += std::string(key) + " = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n";
        refuses(many.c_str(), "more than 100000", "s.toml:8:5");
    }
};

QTEST_GUILESS_MAIN(SweepFileTest)
#include "test_sweep_file.moc"
