// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "sparse/unit_pruning.h"

using namespace filigree;
using namespace filigree::sparse;

namespace {

SparseWeight full(const std::string& name, const Shape& shape) {
    std::vector<std::uint32_t> all(static_cast<std::size_t>(shape.elements()));
    std::iota(all.begin(), all.end(), 0U);
    return {name, shape, survivorTopology(shape, all)};
}

using Units = Survivors;

}  // namespace

class UnitPruningTest : public QObject {
    Q_OBJECT

  private slots:
    // Rows (3, 4), (0, -5, absent) and none.
    void theNormOfARowIsThatOfItsConnections() {
        const std::vector<std::uint32_t> positions{0, 2, 3, 4};
        SparseWeight weight("fc", {3, 3}, Topology(3, 3, positions));
        weight.values().mutableValue() = Tensor::from(std::vector<float>{3, 4, 0, -5}, {4});
        QCOMPARE(rowNorms(weight), (std::vector<double>{5, 5, 0}));
    }

    void theLowestScoresGoAmongAllOrInEachLayer() {
        const std::vector<UnitLayer> layers{{0, 1, {0.1, 0.2, 0.3, 0.4}}, {1, 2, {5, 6, 7, 8, 9, 10}}};
        // round(0.5 10) = 5 of all: the six large and of the first layer none but its best, which always
        // stays.
        QCOMPARE(keepUnits(layers, 0.5, PruningScope::Global), (Units{{3}, {2, 3, 4, 5}}));
        QCOMPARE(keepUnits(layers, 0.5, PruningScope::Uniform), (Units{{2, 3}, {3, 4, 5}}));
        QCOMPARE(keepUnits(layers, 0.01, PruningScope::Global), (Units{{3}, {5}}));
        QCOMPARE(keepUnits(layers, 0.01, PruningScope::Uniform), (Units{{3}, {5}}));
        QCOMPARE(keepUnits(layers, 1, PruningScope::Global), (Units{{0, 1, 2, 3}, {0, 1, 2, 3, 4, 5}}));
        QVERIFY_THROWS_EXCEPTION(Error, keepUnits(layers, 0.5, PruningScope::ErdosRenyiKernel));
        const double nan = std::numeric_limits<double>::quiet_NaN();
        QVERIFY_THROWS_EXCEPTION(Error, keepUnits({{0, 1, {1, nan, 2}}}, 0.5, PruningScope::Global));
    }

    void whatIsGoneStaysGone() {
        const std::vector<UnitLayer> layers{{0, 1, {-1, 0.2, -1, 0.4}}};
        QCOMPARE(keepUnits(layers, 0.75, PruningScope::Global), (Units{{1, 3}}));
        QCOMPARE(keepUnits(layers, 0.75, PruningScope::Uniform), (Units{{1, 3}}));
        // Of equal scores the first goes.
        QCOMPARE(keepUnits({{0, 1, {2, 1, 1, 1}}}, 0.5, PruningScope::Uniform), (Units{{0, 3}}));
    }

    // A convolution of 2 channels, 1 x 2 kernels, 3 units; a fully connected layer that reads 2 pixels of
    // each, 2 units; the classes.
    void aUnitGoesWithItsRowAndItsColumns() {
        const SparseWeight conv = full("conv", {3, 2, 1, 2}), fc = full("fc", {2, 6}),
                           out = full("out", {1, 2});
        const std::vector<const SparseWeight*> weights{&conv, &fc, &out};
        const std::vector<UnitLayer> layers{{0, 1, {1, 1, 1}}, {1, 2, {1, 1}}};
        const Survivors left = connectionsOfUnits(weights, layers, {{0, 2}, {1}});
        QCOMPARE(left[0], (std::vector<std::uint32_t>{0, 1, 2, 3, 8, 9, 10, 11}));
        QCOMPARE(left[1], (std::vector<std::uint32_t>{6, 7, 10, 11}));
        QCOMPARE(left[2], (std::vector<std::uint32_t>{1}));
        // Channels of the reader are its inputs' units: 1 x 2 kernels again.
        const SparseWeight next = full("next", {1, 3, 1, 2});
        QCOMPARE(connectionsOfUnits({&conv, &next}, {{0, 1, {1, 1, 1}}}, {{1}})[1],
                 (std::vector<std::uint32_t>{2, 3}));
    }
};

QTEST_APPLESS_MAIN(UnitPruningTest)
#include "test_unit_pruning.moc"
