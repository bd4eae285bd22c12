// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cstdint>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/indexing.h"
#include "backend/indexing.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

Function functionOf(const nlohmann::json& testCase) {
    const std::string name = testCase.at("name");
    const int axis = testCase.value("axis", 0);
    const Tensor index = tensorOf(testCase.contains("index") ? testCase.at("index") : testCase.at("ids"));
    if (name == "embedding") return [=](Inputs x) { return embedding(x[0], index); };
    if (name == "gather") return [=](Inputs x) { return gather(x[0], axis, index); };
    if (name == "indexSelect") return [=](Inputs x) { return indexSelect(x[0], axis, index); };
    if (name == "scatterAdd") return [=](Inputs x) { return scatterAdd({3, 4, 2}, axis, index, x[0]); };
    if (name == "segmentSum") return [=](Inputs x) { return segmentSum(x[0], index, 5); };
    if (name == "segmentMean") return [=](Inputs x) { return segmentMean(x[0], index, 5); };
    return [=](Inputs x) { return segmentMax(x[0], index, 5); };
}

Tensor ids(const std::vector<std::int32_t>& values) {
    return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

/// `count` indices below `bound` in the given shape.
Tensor randomIndices(const Shape& shape, int bound, std::uint64_t seed) {
    return randomTensor(shape, seed, 0, bound).to(DType::I64);
}

}  // namespace

class IndexingTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        int compared = 0;
        for (const auto& testCase : golden("indexing")) {
            QCOMPARE(compareWithGolden(testCase, functionOf(testCase)), std::string());
            ++compared;
        }
        QCOMPARE(compared, 1 + 3 * 3 + 3);
    }

    // So that nothing is copied between the layers in front and behind.
    void batchTilesStayAroundTheOtherAxes() {
        const Tensor x = randomTensor({5, 3, 2}, 1).to(DType::F32), chosen = ids({2, 0, 2});
        const Tensor tiled = x.tiled(16);
        for (const int axis : {1, 2}) {
            const Tensor index = axis == 1 ? chosen : ids({1, 0, 1});
            const Tensor selected = backend::indexSelect(tiled, axis, index);
            QCOMPARE(selected.tile(), 16);
            QCOMPARE(selected.toDoubles(), backend::indexSelect(x, axis, index).toDoubles());
            const Tensor added = backend::indexAdd({5, 3, 2}, axis, index, selected);
            QCOMPARE(added.tile(), 16);
            QCOMPARE(added.toDoubles(),
                     backend::indexAdd({5, 3, 2}, axis, index, selected.contiguous()).toDoubles());
        }
        QCOMPARE(backend::indexSelect(tiled, 0, chosen).tile(), 0);
    }

    void gradientsAreTheNumericOnes() {
        const std::string fine;
        QCOMPARE(checkFunction(
                     [](Inputs x) {
                         return embedding(x[0], ids({3, 0, 3, 6}));
                     },
                     {randomTensor({7, 3}, 1)}),
                 fine);
        QCOMPARE(checkFunction([](Inputs x) { return embedding(x[0], ids({})); }, {randomTensor({7, 3}, 1)}),
                 fine);
        for (const int axis : {0, 1, 2, -1}) {
            Shape indexShape{6, 3, 2};
            indexShape[indexShape.axis(axis)] = 5;
            const Tensor index = randomIndices(indexShape, 2, 2);
            QCOMPARE(checkFunction([=](Inputs x) { return gather(x[0], axis, index); },
                                   {randomTensor({6, 3, 2}, 1)}),
                     fine);
            QCOMPARE(checkFunction(
                         [=](Inputs x) {
                             return scatterAdd({6, 3, 2}, axis, index, x[0]);
                         },
                         {randomTensor(indexShape, 1)}),
                     fine);
            QCOMPARE(checkFunction(
                         [=](Inputs x) {
                             return indexSelect(x[0], axis, ids({1, 0, 1}));
                         },
                         {randomTensor({6, 3, 2}, 1)}),
                     fine);
        }
        for (const Tensor& segments : {ids({4, 0, 1, 0, 3, 1, 1}), ids({0, 0, 0, 0, 0, 0, 0})}) {
            const Tensor x = randomTensor({7, 3}, 4);
            QCOMPARE(checkFunction([=](Inputs in) { return segmentSum(in[0], segments, 5); }, {x}), fine);
            QCOMPARE(checkFunction([=](Inputs in) { return segmentMean(in[0], segments, 5); }, {x}), fine);
            QCOMPARE(checkFunction([=](Inputs in) { return segmentMax(in[0], segments, 5); }, {x}), fine);
        }
        const Tensor none = randomTensor({0, 3}, 1);
        QCOMPARE(checkFunction([](Inputs in) { return segmentMean(in[0], ids({}), 2); }, {none}), fine);
        QCOMPARE(checkFunction([](Inputs in) { return segmentMax(in[0], ids({}), 2); }, {none}), fine);
    }

    void emptySegmentsAreZeroAlsoBesideNegativeMaxima() {
        const Variable x(Tensor::full({2, 2}, -5, DType::F64));
        QCOMPARE(segmentMax(x, ids({2, 2}), 3).value().toDoubles(),
                 (std::vector<double>{0, 0, 0, 0, -5, -5}));
        QCOMPARE(segmentMean(x, ids({2, 2}), 3).value().toDoubles(),
                 (std::vector<double>{0, 0, 0, 0, -5, -5}));
    }

    void segmentMaximumGivesItsGradientToTheFirstOfEquals() {
        const std::vector<Tensor> gradients = gradientsOf(
            [](Inputs x) {
                return segmentMax(x[0], ids({0, 0, 0}), 1);
            },
            {Tensor::full({3, 1}, 2, DType::F64)}, Tensor::full({1, 1}, 1, DType::F64));
        QCOMPARE(gradients[0].toDoubles(), (std::vector<double>{1, 0, 0}));
    }

    // Large enough for threads: each row of the result is summed by one thread in the order of the source.
    void numberOfThreadsDoesNotChangeABit() {
        const Tensor source = randomTensor({4000, 33}, 1, -1, 1, DType::F32);
        const Tensor rows = randomIndices({4000}, 50, 2), index = randomIndices({4000, 33}, 50, 3);
        setThreadCount(1);
        const Tensor added = backend::indexAdd({50, 33}, 0, rows, source);
        const Tensor scattered = backend::scatterAdd({50, 33}, 0, index, source);
        const Tensor across = backend::indexAdd({33, 50}, 1, rows, source.transpose(0, 1));
        const backend::SegmentMaximum maximum = backend::segmentMax(source, rows, 50);
        QCOMPARE(largestDifference(across.transpose(0, 1), added), 0.0);
        setThreadCount(3);
        QCOMPARE(largestDifference(backend::indexAdd({50, 33}, 0, rows, source), added), 0.0);
        QCOMPARE(largestDifference(backend::indexAdd({33, 50}, 1, rows, source.transpose(0, 1)), across),
                 0.0);
        QCOMPARE(largestDifference(backend::scatterAdd({50, 33}, 0, index, source), scattered), 0.0);
        QCOMPARE(largestDifference(backend::segmentMax(source, rows, 50).index, maximum.index), 0.0);
    }

    void indicesOutsideTheirAxisAreNamed() {
        const Variable x(Tensor::zeros({3, 2}));
        QVERIFY(throwsRunError([&] { embedding(x, ids({0, 3})); }, {"index 3", "size 3"}));
        QVERIFY(throwsRunError([&] { embedding(x, ids({-1})); }, {"index -1"}));
        QVERIFY(throwsRunError([&] { indexSelect(x, 1, ids({2})); }, {"index 2", "size 2"}));
        QVERIFY(throwsRunError(
            [&] {
                gather(x, 0, Tensor::full({1, 2}, 3, DType::I64));
            },
            {"gather", "index 3"}));
        QVERIFY(throwsRunError(
            [&] {
                scatterAdd({2, 2}, 0, Tensor::full({3, 2}, 2, DType::I64), x);
            },
            {"index 2"}));
        QVERIFY(throwsRunError([&] { segmentSum(x, ids({0, 1, 2}), 2); }, {"index 2"}));
        QVERIFY(throwsRunError([&] { segmentMax(x, ids({0, 1, -1}), 2); }, {"index -1"}));
    }

    void wrongShapesAndTypesAreNamed() {
        const Variable x(Tensor::zeros({3, 2}));
        QVERIFY(
            throwsRunError([&] { embedding(Variable(Tensor::zeros({3})), ids({0})); }, {"embedding", "[3]"}));
        QVERIFY(throwsRunError([&] { embedding(x, Tensor::zeros({1})); }, {"f32"}));
        QVERIFY(throwsRunError([&] { indexSelect(x, 0, Tensor::zeros({1, 1}, DType::I64)); }, {"[1, 1]"}));
        QVERIFY(throwsRunError(
            [&] {
                gather(x, 0, Tensor::zeros({1, 3}, DType::I64));
            },
            {"[3, 2]", "[1, 3]"}));
        QVERIFY(throwsRunError([&] { gather(x, 0, Tensor::zeros({1}, DType::I64)); }, {"[3, 2]", "[1]"}));
        QVERIFY(throwsRunError(
            [&] {
                scatterAdd({5, 3}, 0, Tensor::zeros({3, 2}, DType::I64), x);
            },
            {"[5, 3]", "[3, 2]"}));
        QVERIFY(throwsRunError(
            [&] {
                scatterAdd({5, 2}, 0, Tensor::zeros({2, 2}, DType::I64), x);
            },
            {"[2, 2]"}));
        QVERIFY(throwsRunError([&] { segmentSum(x, ids({0, 1}), 2); }, {"segmentSum", "[3, 2]", "[2]"}));
        QVERIFY(throwsRunError([&] { segmentMean(x, ids({0, 1, 1}), -1); }, {"count -1"}));
    }
};

QTEST_APPLESS_MAIN(IndexingTest)
#include "test_indexing.moc"
