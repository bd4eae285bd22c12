// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "tensor/tensor.h"

using namespace filigree;

namespace {

constexpr std::array allTypes{DType::F32, DType::F64, DType::I32, DType::I64, DType::U8};

/// Small whole numbers that every dtype holds.
Tensor numbers(const Shape& shape, DType type) {
    std::vector<double> values;
    for (std::int64_t i = 0; i < shape.elements(); ++i) values.push_back(static_cast<double>(i * 37 % 251));
    return Tensor::from(values, shape).to(type);
}

/// Tensors of the shape in every memory order, filled with 99: contiguous, axes reversed, gaps, tiles of 4, 8
/// and 3.
std::vector<Tensor> targets(const Shape& shape, DType type) {
    std::vector<Tensor> result{Tensor::full(shape, 99, type)};
    if (shape.rank() == 0) return result;
    Shape reversed, wide = shape;
    std::vector<int> order;
    for (int i = shape.rank() - 1; i >= 0; --i) {
        reversed.append(shape[i]);
        order.push_back(i);
    }
    result.push_back(Tensor::full(reversed, 99, type).permute(order));
    for (int i = 0; i < wide.rank(); ++i) wide[i] = 2 * wide[i] + 1;
    Tensor gaps = Tensor::full(wide, 99, type);
    for (int i = 0; i < wide.rank(); ++i) gaps = gaps.slice(i, 1, wide[i], 2);
    result.push_back(gaps);
    if (type == DType::F32 || type == DType::F64)
        for (const int tile : {4, 8, 3}) result.push_back(Tensor::batchTiled(shape, tile, type));
    return result;
}

}  // namespace

class CopyTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void everyTypeAndMemoryOrderCopiesToEveryOther() {
        for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{8, 1}, Shape{9, 5}, Shape{5, 1, 3},
                                   Shape{6, 2, 3, 4}, Shape{0, 3}, Shape{3, 0}}) {
            for (const DType fromType : allTypes) {
                const std::vector<double> expected = numbers(shape, fromType).toDoubles();
                for (Tensor& source : targets(shape, fromType)) {
                    source.copyFrom(numbers(shape, fromType));
                    for (const DType toType : allTypes)
                        for (Tensor& target : targets(shape, toType)) {
                            target.copyFrom(source);
                            QCOMPARE(target.toDoubles(), expected);
                        }
                }
            }
        }
    }

    // Large enough for several threads and for blocks of the transpose that end inside a row.
    void largeCopiesAgreeElementByElement() {
        const Shape shape{130, 37, 21};
        const Tensor source = numbers(shape, DType::F64);
        const std::vector<double> expected = source.toDoubles();
        for (Tensor& target : targets(shape, DType::F32)) {
            target.copyFrom(source);
            QCOMPARE(target.toDoubles(), expected);
            const Tensor back = target.to(DType::F64);
            QCOMPARE(back.toDoubles(), expected);
            QCOMPARE(target.transpose(0, 2).contiguous().transpose(0, 2).toDoubles(), expected);
        }
    }

    void copyingLeavesTheGapsAlone() {
        Tensor wide = Tensor::full({5, 5}, 99, DType::F64);
        Tensor inner = wide.slice(0, 1, 4).slice(1, 1, 4);
        inner.copyFrom(Tensor::zeros({3, 3}, DType::F32));
        double sum = 0;
        for (const double value : wide.toDoubles()) sum += value;
        QCOMPARE(sum, 16 * 99.0);
    }

    void copyingToTilesLeavesThePaddingFinite() {
        Tensor tiled = Tensor::batchTiled({5, 3}, 4, DType::F64);
        tiled.copyFrom(Tensor::full({5, 3}, 7));
        const double* const memory = tiled.data<double>();
        int sevens = 0, zeros = 0;
        for (std::int64_t i = 0; i < tiled.paddedElements(); ++i) {
            sevens += memory[i] == 7;
            zeros += memory[i] == 0;
        }
        QCOMPARE(sevens, 15);
        QCOMPARE(zeros, 9);
    }

    void valuesOutsideAnIntegerTypeBecomeItsNearest() {
        const double inf = std::numeric_limits<double>::infinity();
        const Tensor x =
            Tensor::from(std::vector<double>{-1.9, 2.9, 300, -1e30, 1e30, inf, -inf, std::nan("")}, {8});
        QCOMPARE(x.to(DType::U8).toDoubles(), (std::vector<double>{0, 2, 255, 0, 255, 255, 0, 0}));
        const double low = std::numeric_limits<std::int32_t>::lowest(),
                     high = std::numeric_limits<std::int32_t>::max();
        QCOMPARE(x.to(DType::I32).toDoubles(), (std::vector<double>{-1, 2, 300, low, high, high, low, 0}));
        QCOMPARE(x.to(DType::F32).to(DType::I64).values<std::int64_t>()[4],
                 std::numeric_limits<std::int64_t>::max());
        QCOMPARE(Tensor::full({1}, 1e30, DType::I32).item(), high);
    }

    void differentShapesAreRefused() {
        Tensor x = Tensor::zeros({2, 3});
        QVERIFY_THROWS_EXCEPTION(Error, x.copyFrom(Tensor::zeros({3, 2})));
        QVERIFY_THROWS_EXCEPTION(Error, x.copyFrom(Tensor::zeros({6})));
    }
};

QTEST_APPLESS_MAIN(CopyTest)
#include "test_copy.moc"
