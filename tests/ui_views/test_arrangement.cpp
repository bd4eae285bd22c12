// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <random>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/connectivity_model.h"
#include "ui/views/connectivity_picture.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

Connectivity pattern(std::int64_t rows, std::int64_t columns, std::vector<std::uint32_t> active,
                     const std::string& layer = "fc1") {
    return makeConnectivity({layer, rows, columns, {}, std::move(active)}, 40);
}

using Order = std::vector<std::uint32_t>;

/// The rows of A in another order are B; which, must be found again.
struct Permuted {
    Connectivity a, b;
    Order rowOfB;
};

Permuted permuted(std::uint32_t rows, std::uint32_t columns, std::uint32_t one) {
    std::mt19937 random(3);
    std::vector<std::uint32_t> active;
    for (std::uint32_t i = 0; i < rows * columns; ++i)
        if (random() % one == 0) active.push_back(i);
    Permuted made{pattern(rows, columns, active), {}, {}};
    Order order(rows);
    for (std::uint32_t i = 0; i < rows; ++i) order[i] = (i * 7 + 3) % rows;  // rows is prime to 7
    made.b = reordered(made.a, {order, {}});
    made.b.rowIds.clear();
    made.b.columnIds.clear();
    made.rowOfB.resize(rows);
    for (std::uint32_t i = 0; i < rows; ++i) made.rowOfB[order[i]] = i;
    return made;
}

}  // namespace

class TestArrangement : public QObject {
    Q_OBJECT

  private slots:
    void ordersByDegreeAndAge() {
        // x . . .   degree 1
        // . x x x   degree 3
        // . . . .   degree 0
        // . . x .   degree 1
        Connectivity shown = pattern(4, 4, {0, 5, 6, 7, 14});
        QCOMPARE(placesBy(shown, MatrixOrder::Degree, MatrixOrder::Index).rows, (Order{1, 0, 3, 2}));
        QCOMPARE(placesBy(shown, MatrixOrder::Degree, MatrixOrder::Degree).columns, (Order{2, 0, 1, 3}));
        QCOMPARE(placesBy(shown, MatrixOrder::Index, MatrixOrder::Index).rows, (Order{0, 1, 2, 3}));
        QVERIFY(throwsKind(ErrorKind::Data,
                           [&] { placesBy(shown, MatrixOrder::FirstSeen, MatrixOrder::Index); }));
        shown.age = {5, 1, 2, 3, 9};
        // Mean ages of the rows: 5, 2, none, 9; of the columns 5, 1, 5.5, 3.
        const MatrixPlaces seen = placesBy(shown, MatrixOrder::FirstSeen, MatrixOrder::FirstSeen);
        QCOMPARE(seen.rows, (Order{3, 0, 1, 2}));
        QCOMPARE(seen.columns, (Order{2, 0, 3, 1}));
    }

    void clustersBringBlocksTogether() {
        // Two blocks that share one connection, rows and columns interleaved, and an empty row and column.
        std::vector<std::uint32_t> active;
        for (std::uint32_t row = 0; row < 9; ++row)
            for (std::uint32_t column = 0; column < 11; ++column)
                if (row != 4 && column != 10 && row % 2 == column % 2) active.push_back(row * 11 + column);
        active.push_back(0 * 11 + 1);
        std::sort(active.begin(), active.end());
        const MatrixPlaces places = clusterOrder(pattern(9, 11, active));
        const auto parities = [](const Order& order, std::size_t count) {
            std::string text;
            for (std::size_t i = 0; i < count; ++i) text += order[i] % 2 ? '1' : '0';
            return text;
        };
        const std::string rows = parities(places.rows, 8), columns = parities(places.columns, 10);
        QVERIFY2((rows == "00001111" && columns == "0000011111") ||
                     (rows == "11110000" && columns == "1111100000"),
                 (rows + ' ' + columns).c_str());
        QCOMPARE(places.rows.back(), 4U);
        QCOMPARE(places.columns.back(), 10U);
        QVERIFY(clusterOrder(pattern(2, 3, {})) == (MatrixPlaces{{0, 1}, {0, 1, 2}}));
    }

    void reorderingMovesEverythingThatIsKnown() {
        // x . x      rows 1, 0; columns 2, 0, 1:   . . x
        // . x .                                    x x .
        Connectivity shown = pattern(2, 3, {0, 2, 4});
        shown.weight = {1, 2, 3};
        shown.grown = {0, 1, 0};
        shown.dropped = {1, 5};  // (0, 1) and (1, 2)
        const Connectivity moved = reordered(shown, {{1, 0}, {2, 0, 1}});
        QCOMPARE(moved.rowStart, (Order{0, 1, 3}));
        QCOMPARE(moved.column, (Order{2, 0, 1}));
        QCOMPARE(moved.weight, (std::vector<float>{3, 2, 1}));
        QCOMPARE(moved.grown, (std::vector<std::uint8_t>{0, 1, 0}));
        QCOMPARE(moved.dropped, (Order{0, 5}));  // (0, 0) and (1, 2)
        QCOMPARE(moved.inDegree, (Order{1, 2}));
        QCOMPARE(moved.outDegree, (Order{1, 1, 1}));
        QCOMPARE(moved.rowId(0), 1);
        QCOMPARE(moved.columnPlace(0), std::optional<std::int64_t>(1));
        QVERIFY(!moved.columnPlace(3));
        // And back again.
        const Connectivity back = reordered(moved, {{1, 0}, {1, 2, 0}});
        QCOMPARE(back.column, shown.column);
        QCOMPARE(back.columnIds, (Order{0, 1, 2}));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { reordered(shown, {{0, 0}, {}}); }));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { reordered(shown, {{0}, {}}); }));
    }

    void theSelectionMovesWithItsConnection() {
        const auto shown = std::make_shared<const Connectivity>(pattern(2, 3, {0, 2, 4}));
        ConnectivityModel model;
        model.resize(300, 200);
        model.show(prepare(shown, Colouring::Presence));
        model.select(MatrixCell{0, 2});
        model.show(prepare(std::make_shared<const Connectivity>(reordered(*shown, {{1, 0}, {2, 0, 1}})),
                           Colouring::Presence));
        QCOMPARE(model.selected(), std::optional(MatrixCell{1, 0}));
        QVERIFY(model.describe({1, 0}).starts_with("row 0 (output), column 2 (input)"));
    }

    void aReorderingFilmBeginsAndEndsWhereItShould() {
        const Order from{0, 1, 2, 3}, to{3, 0, 1, 2};
        QCOMPARE(between(from, to, 0), from);
        QCOMPARE(between(from, to, 1), to);
        // Half way: 3 at (3 + 0) / 2, 0 at 0.5, 1 at 1.5, 2 at 2.5; ties keep the number.
        QCOMPARE(between(from, to, 0.5), (Order{0, 1, 3, 2}));
        const auto shown = std::make_shared<const Connectivity>(pattern(4, 3, {0, 4, 8, 9}));
        const auto start = prepare(shown, Colouring::Presence);
        const Connectivity end = reordered(*shown, {to, {}});
        const auto film = reorderingFilm(*start, end, 8);
        QCOMPARE(film.size(), std::size_t{8});
        QCOMPARE(film.front()->pattern->rowIds, from);
        QCOMPARE(film.back()->pattern->rowIds, to);
        QVERIFY(reorderingFilm(*start, *shown, 8).empty());
    }

    void countsWhatTwoPatternsShare() {
        // A: x x .   B: x . .
        //    . . x      . x x
        const Connectivity a = pattern(2, 3, {0, 1, 5});
        const Connectivity compared = difference(a, pattern(2, 3, {0, 4, 5}), 7, true);
        QCOMPARE(compared.column, (Order{0, 1, 1, 2}));
        QCOMPARE(compared.side, (std::vector<std::uint8_t>{Connectivity::Both, Connectivity::OnlyA,
                                                           Connectivity::OnlyB, Connectivity::Both}));
        QCOMPARE(compared.against->onlyA, 1);
        QCOMPARE(compared.against->onlyB, 1);
        QCOMPARE(compared.against->both, 2);
        QCOMPARE(compared.against->jaccard(), 0.5);
        QCOMPARE(compared.against->chance, 0.25 / 0.75);  // half and half
        QCOMPARE(compared.inDegree, (Order{2, 2}));
        QCOMPARE(compared.outDegree, (Order{1, 2, 1}));
        QCOMPARE(difference(pattern(2, 3, {}), pattern(2, 3, {}), 7, true).against->jaccard(), 1.0);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { difference(a, pattern(3, 2, {}), 7, true); }));
    }

    void aComparisonIsDrawnInThreeColours() {
        const auto compared = std::make_shared<const Connectivity>(
            difference(pattern(2, 2, {0, 1}), pattern(2, 2, {0, 2}), 7, true));
        const auto shown = prepare(compared, Colouring::Presence);
        QVERIFY(shown->colouring == Colouring::Side);
        const SideStyle style{rgb(0xFFFFFF), rgb(0x0000FF), rgb(0xFF8000), rgb(0x808080)};
        const Picture picture = rasterizeSides(shown->levels, *shown->onlyB, {0, 0, 1, 1, 2, 2}, style);
        QCOMPARE(picture.at(0, 0), packed(style.both));
        QCOMPARE(picture.at(1, 0), packed(style.onlyA));
        QCOMPARE(picture.at(0, 1), packed(style.onlyB));
        QCOMPARE(picture.at(1, 1), packed(style.ground));
        // One pixel for all: the mean of the three, at full strength because nothing is denser.
        const Picture block = rasterizeSides(shown->levels, *shown->onlyB, {0, 0, 0.5, 0.5, 1, 1}, style);
        const auto third = [](int a, int b, int c) {
            return static_cast<std::uint8_t>((a + b + c) / 3.0 + 0.5);
        };
        QCOMPARE(block.at(0, 0), packed({third(0, 255, 128), third(0, 128, 128), third(255, 0, 128)}));
    }

    void matchingFindsAPermutation() {
        const Permuted few = permuted(61, 90, 6);
        const NeuronMatching found = matchRows(few.a, few.b);
        QVERIFY(found.optimal);
        QCOMPARE(found.rowOfB, few.rowOfB);
        QCOMPARE(found.overlap, few.a.connections());
        const Permuted many = permuted(1030, 40, 8);
        const NeuronMatching greedy = matchRows(many.a, many.b);
        QVERIFY(!greedy.optimal);
        QCOMPARE(greedy.overlap, many.a.connections());
    }

    void matchingIsTheOptimumWhereGreedyIsNot() {
        // Overlaps 2 1 / 2 0: greedy takes 2 + 0, the optimum is 1 + 2.
        const Connectivity a = pattern(2, 4, {0, 1, 2, 4, 5});
        const Connectivity b = pattern(2, 4, {0, 1, 6});
        const NeuronMatching found = matchRows(a, b);
        QCOMPARE(found.rowOfB, (Order{1, 0}));
        QCOMPARE(found.overlap, 3);
        // Where all is equal, everybody stays.
        QCOMPARE(matchRows(pattern(3, 2, {}), pattern(3, 2, {})).rowOfB, (Order{0, 1, 2}));
    }

    void inputsFollowTheNeuronsThatFeedThem() {
        // Two channels with two kernel places each, swapped.
        const Connectivity moved = withInputs(pattern(1, 4, {0, 3}), {1, 0});
        QCOMPARE(moved.column, (Order{1, 2}));
        QVERIFY(moved.columnIds.empty());
        QVERIFY(throwsKind(ErrorKind::Usage, [] { withInputs(pattern(1, 4, {0}), {0, 1, 2}); }));
    }

    void twinsWithPermutedNeuronsAreTheSame() {
        // Run 2 is run 1 with its hidden neurons in another order.
        const Scratch scratch;
        const Permuted first = permuted(11, 20, 3);
        const Permuted second = permuted(5, 11, 2);
        const Connectivity twin = withInputs(second.a, [&] {
            Order order(11);
            for (std::uint32_t i = 0; i < 11; ++i) order[first.rowOfB[i]] = i;
            return order;
        }());
        const auto flat = [](const Connectivity& shown) {
            Order active;
            for (std::size_t e = 0; e < shown.column.size(); ++e)
                active.push_back(static_cast<std::uint32_t>(shown.rowOf(e) * shown.columns) +
                                 shown.column[e]);
            return active;
        };
        std::vector<std::int64_t> ids;
        for (const bool isTwin : {false, true}) {
            const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
            writer->mask({"fc1", 11, 20, {}, flat(isTwin ? first.b : first.a)}, {10, 1});
            writer->mask({"fc2", 5, 11, {}, flat(isTwin ? twin : second.a)}, {10, 1});
            writer->finish({});
            ids.push_back(writer->run());
        }
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        for (const char* layer : {"fc1", "fc2"}) {
            const Connectivity a = loadConnectivity(reader, ids[0], layer, 10);
            const Connectivity as = compare(reader, ids[0], a, {ids[1], std::nullopt, false});
            QVERIFY(as.against->jaccard() < 0.9 && as.against->otherRun && !as.against->matched);
            const Connectivity matched = compare(reader, ids[0], a, {ids[1], std::nullopt, true});
            QCOMPARE(matched.against->jaccard(), 1.0);
            QVERIFY(matched.against->chance < 1 && matched.against->matched);
        }
        QVERIFY(throwsKind(ErrorKind::Usage, [&] {
            compare(reader, ids[0], loadConnectivity(reader, ids[0], "fc1", 10), {ids[1], 9, false});
        }));
        const ChosenOrder order =
            chooseOrder(reader, ids[0], "fc1", 1000, MatrixOrder::Degree, MatrixOrder::Index);
        QCOMPARE(order.step, 10);
        const auto shown = loadShown(reader, ids[0], "fc1", 1000, Against{ids[1], {}, true}, order);
        QVERIFY(shown->against && shown->rowOrder == "degree" && shown->columnOrder.empty());
        QVERIFY(std::is_sorted(shown->inDegree.rbegin(), shown->inDegree.rend()));
    }

    void theCommandNamesOrderAndComparison() {
        ConnectivityRequest request;
        request.run = 3;
        request.layer = "fc1";
        request.step = 40;
        request.rows = MatrixOrder::Cluster;
        request.orderStep = 20;
        request.colouring = Colouring::Side;
        request.against = Against{4, 30, true};
        const std::string line = commandOf(request);
        QVERIFY2(line.ends_with(" --theme light --rows cluster --order-step 20 --against 4@30 --match"),
                 line.c_str());
        QVERIFY(throwsKind(ErrorKind::Usage, [] { parseColouring("side"); }));
        QVERIFY(throwsKind(ErrorKind::Usage, [] { parseMatrixOrder("weight"); }));
        QVERIFY(parseMatrixOrder("first-seen") == MatrixOrder::FirstSeen);
    }
};

QTEST_GUILESS_MAIN(TestArrangement)
#include "test_arrangement.moc"
