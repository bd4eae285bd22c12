// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "tensor/tensor.h"

using namespace filigree;

namespace {

using Doubles = std::vector<double>;

/// 0, 1, 2, … in the given shape.
Tensor counting(const Shape& shape, DType type = DType::F64) {
    Doubles values(static_cast<std::size_t>(shape.elements()));
    std::iota(values.begin(), values.end(), 0.0);
    return Tensor::from(values, shape).to(type);
}

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

}  // namespace

class TensorTest : public QObject {
    Q_OBJECT

  private slots:
    void typesHaveTheirSizesAndNames() {
        const std::array types{DType::F32, DType::F64, DType::I32, DType::I64, DType::U8};
        const std::array<std::size_t, 5> sizes{4, 8, 4, 8, 1};
        const std::array<const char*, 5> names{"f32", "f64", "i32", "i64", "u8"};
        for (std::size_t i = 0; i < types.size(); ++i) {
            QCOMPARE(sizeOf(types[i]), sizes[i]);
            QCOMPARE(nameOf(types[i]), names[i]);
            const Tensor zero = Tensor::zeros({2, 3}, types[i]);
            QCOMPARE(zero.bytes(), 6 * sizes[i]);
            QCOMPARE(zero.toDoubles(), Doubles(6, 0.0));
            QCOMPARE(Tensor::full({2}, 3, types[i]).toDoubles(), (Doubles{3, 3}));
        }
    }

    void memoryIsAlignedToCacheLines() {
        QCOMPARE(reinterpret_cast<std::uintptr_t>(Tensor::empty({3}).raw()) % 64, std::uintptr_t{0});
        QCOMPARE(reinterpret_cast<std::uintptr_t>(Tensor::batchTiled({3, 5}, 8).raw()) % 64,
                 std::uintptr_t{0});
    }

    void hostileShapesAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({-1}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({-1, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({0, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({huge, 2}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({1 << 30, 1 << 30, 16}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::batchTiled({-2, 3}, 8));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::batchTiled({1, huge / 8}, 8));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::batchTiled({}, 8));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::batchTiled({2, 2}, 0));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::batchTiled({2, 2}, 4, DType::I32));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::from(Doubles{1, 2, 3}, {2, 2}));
    }

    void accessIsTypeChecked() {
        Tensor x = Tensor::zeros({2});
        QVERIFY_THROWS_EXCEPTION(Error, x.data<double>());
        QVERIFY_THROWS_EXCEPTION(Error, x.values<std::int32_t>());
        QCOMPARE(x.values<float>().size(), std::size_t{2});
        QVERIFY_THROWS_EXCEPTION(Error, counting({2, 3}).transpose(0, 1).values<double>());
    }

    void undefinedTensorThrowsInsteadOfCrashing() {
        Tensor none;
        QVERIFY(!none.defined());
        QVERIFY_THROWS_EXCEPTION(Error, none.raw());
        QVERIFY_THROWS_EXCEPTION(Error, none.data<float>());
        QVERIFY_THROWS_EXCEPTION(Error, none.item());
        QVERIFY_THROWS_EXCEPTION(Error, none.clone());
        QVERIFY_THROWS_EXCEPTION(Error, none.fill(1));
        Tensor scalar = Tensor::scalar(1);
        QVERIFY_THROWS_EXCEPTION(Error, scalar.copyFrom(none));
        QVERIFY_THROWS_EXCEPTION(Error, none.copyFrom(scalar));
    }

    void itemIsTheSingleElement() {
        QCOMPARE(Tensor::scalar(2.5).item(), 2.5);
        QCOMPARE(counting({2, 3}).slice(0, 1, 2).slice(1, 2, 3).item(), 5.0);
        QVERIFY_THROWS_EXCEPTION(Error, counting({2}).item());
        QVERIFY_THROWS_EXCEPTION(Error, counting({0}).item());
    }

    void copiesShareStorageAndClonesDoNot() {
        Tensor x = counting({2, 2});
        Tensor shared = x, own = x.clone();
        x.fill(7);
        QCOMPARE(shared.toDoubles(), Doubles(4, 7.0));
        QCOMPARE(own.toDoubles(), (Doubles{0, 1, 2, 3}));
        QVERIFY(x.sharesStorageWith(shared));
        QVERIFY(!x.sharesStorageWith(own));
    }

    void permuteMovesAxesWithoutCopying() {
        const Tensor x = counting({2, 3, 4});
        const std::array order{2, 0, -2};
        const Tensor y = x.permute(order);
        QVERIFY(y.shape() == Shape({4, 2, 3}));
        QVERIFY(y.sharesStorageWith(x));
        QVERIFY(!y.isContiguous());
        const Doubles values = y.toDoubles();
        for (int a = 0; a < 4; ++a)
            for (int b = 0; b < 2; ++b)
                for (int c = 0; c < 3; ++c)
                    QCOMPARE(values[static_cast<std::size_t>((a * 2 + b) * 3 + c)],
                             double(b * 12 + c * 4 + a));
        QVERIFY_THROWS_EXCEPTION(Error, x.permute(std::array{0, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.permute(std::array{0, 1, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.permute(std::array{0, 1, 3}));
    }

    void transposeSwapsTwoAxes() {
        const Tensor y = counting({2, 3}).transpose(0, -1);
        QVERIFY(y.shape() == Shape({3, 2}));
        QCOMPARE(y.toDoubles(), (Doubles{0, 3, 1, 4, 2, 5}));
        QCOMPARE(y.contiguous().toDoubles(), (Doubles{0, 3, 1, 4, 2, 5}));
        QVERIFY(y.contiguous().isContiguous());
    }

    void sliceTakesEveryStepthElement() {
        const Tensor x = counting({7});
        QCOMPARE(x.slice(0, 1, 7, 2).toDoubles(), (Doubles{1, 3, 5}));
        QCOMPARE(x.slice(0, 1, 6, 2).toDoubles(), (Doubles{1, 3, 5}));
        QCOMPARE(x.slice(0, 0, 7, 3).toDoubles(), (Doubles{0, 3, 6}));
        QCOMPARE(x.slice(0, 2, 2).elements(), 0);
        QCOMPARE(x.slice(0, 7, 7).elements(), 0);
        QCOMPARE(x.slice(0, 3, 7, huge).toDoubles(), (Doubles{3}));
        QCOMPARE(counting({2, 3}).slice(1, 1, 3).toDoubles(), (Doubles{1, 2, 4, 5}));
        QVERIFY(x.slice(0, 1, 3).sharesStorageWith(x));
        QVERIFY_THROWS_EXCEPTION(Error, x.slice(0, -1, 3));
        QVERIFY_THROWS_EXCEPTION(Error, x.slice(0, 3, 2));
        QVERIFY_THROWS_EXCEPTION(Error, x.slice(0, 0, 8));
        QVERIFY_THROWS_EXCEPTION(Error, x.slice(0, 0, 7, 0));
        QVERIFY_THROWS_EXCEPTION(Error, x.slice(1, 0, 1));
    }

    void writingThroughASliceChangesTheWhole() {
        Tensor x = Tensor::zeros({3, 3}, DType::F64);
        Tensor column = x.slice(1, 1, 2);
        column.fill(5);
        Tensor corner = x.slice(0, 0, 3, 2).slice(1, 0, 3, 2);
        corner.copyFrom(Tensor::from(Doubles{1, 2, 3, 4}, {2, 2}));
        QCOMPARE(x.toDoubles(), (Doubles{1, 5, 2, 0, 5, 0, 3, 5, 4}));
    }

    void expandRepeatsWithoutCopying() {
        const Tensor x = Tensor::from(Doubles{1, 2}, {2, 1});
        const Tensor y = x.expand({3, 2, 2});
        QVERIFY(y.sharesStorageWith(x));
        QCOMPARE(y.toDoubles(), (Doubles{1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2}));
        QVERIFY(!y.isContiguous());
        QVERIFY_THROWS_EXCEPTION(Error, x.expand({2}));
        QVERIFY_THROWS_EXCEPTION(Error, x.expand({3, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.expand({2, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.expand({huge, 2, 1}));
        QCOMPARE(x.expand({2, 0}).elements(), 0);
    }

    void unsqueezeAddsAnAxisOfSizeOne() {
        const Tensor x = counting({2, 3});
        QVERIFY(x.unsqueeze(0).shape() == Shape({1, 2, 3}));
        QVERIFY(x.unsqueeze(1).shape() == Shape({2, 1, 3}));
        QVERIFY(x.unsqueeze(-1).shape() == Shape({2, 3, 1}));
        QVERIFY(x.unsqueeze(1).isContiguous());
        QCOMPARE(x.transpose(0, 1).unsqueeze(1).toDoubles(), (Doubles{0, 3, 1, 4, 2, 5}));
        QVERIFY_THROWS_EXCEPTION(Error, x.unsqueeze(3));
        QVERIFY_THROWS_EXCEPTION(Error, x.unsqueeze(-4));
    }

    void reshapeSharesContiguousMemoryAndCopiesOther() {
        const Tensor x = counting({2, 6});
        const Tensor y = x.reshape({3, -1});
        QVERIFY(y.shape() == Shape({3, 4}));
        QVERIFY(y.sharesStorageWith(x));
        const Tensor z = x.transpose(0, 1).reshape({12});
        QVERIFY(!z.sharesStorageWith(x));
        QCOMPARE(z.toDoubles(), (Doubles{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11}));
        QVERIFY(Tensor::scalar(3).reshape({1, 1}).shape() == Shape({1, 1}));
        QVERIFY(Tensor::zeros({0, 4}).reshape({2, -1}).shape() == Shape({2, 0}));
    }

    void reshapeRefusesOtherNumbersOfElements() {
        const Tensor x = counting({2, 3});
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({4}));
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({4, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({-1, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({-2, -3}));
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({0, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::zeros({0}).reshape({0, -1}));
        QVERIFY_THROWS_EXCEPTION(Error, x.reshape({huge, huge}));
    }

    void contiguityIgnoresAxesOfSizeOneAndEmptyTensors() {
        QVERIFY(counting({3, 1, 2}).transpose(0, 1).isContiguous());
        QVERIFY(!counting({3, 2}).transpose(0, 1).isContiguous());
        QVERIFY(!counting({3, 2}).slice(1, 0, 1).isContiguous());
        QVERIFY(counting({3, 2}).slice(0, 1, 2).isContiguous());
        QVERIFY(counting({3, 2}).slice(1, 0, 0).isContiguous());
        const Tensor x = counting({3, 2});
        QVERIFY(x.contiguous().sharesStorageWith(x));
    }

    // Element (n, r) of [N, R] lies at ((n / T) R + r) T + n % T.
    void batchTiledMemoryFollowsItsFormula() {
        const int batch = 5, rest = 3, tile = 4;
        const Tensor x = counting({batch, rest}, DType::F32).tiled(tile);
        QCOMPARE(x.tile(), tile);
        QCOMPARE(x.paddedElements(), 2 * rest * tile);
        QVERIFY(!x.isContiguous());
        const float* const memory = x.data<float>();
        for (int n = 0; n < batch; ++n)
            for (int r = 0; r < rest; ++r)
                QCOMPARE(memory[((n / tile) * rest + r) * tile + n % tile], float(n * rest + r));
        // The lanes past the batch: samples 5, 6, 7.
        for (int r = 0; r < rest; ++r)
            for (int lane = 1; lane < tile; ++lane) QCOMPARE(memory[(rest + r) * tile + lane], 0.0f);
    }

    void batchTiledTensorsBehaveLikeOthers() {
        const Tensor plain = counting({6, 2, 3});
        const Tensor x = plain.tiled(4);
        QCOMPARE(x.toDoubles(), plain.toDoubles());
        QCOMPARE(x.slice(0, 4, 6).toDoubles(), plain.slice(0, 4, 6).toDoubles());
        QCOMPARE(x.transpose(0, 2).toDoubles(), plain.transpose(0, 2).toDoubles());
        QCOMPARE(x.unsqueeze(0).toDoubles(), plain.toDoubles());
        QCOMPARE(x.expand({2, 6, 2, 3}).toDoubles(), plain.expand({2, 6, 2, 3}).toDoubles());
        QVERIFY(x.contiguous().isContiguous());
        QVERIFY(x.tiled(4).sharesStorageWith(x));
    }

    void reshapeKeepsTilesWhileTheBatchStays() {
        const Tensor plain = counting({6, 2, 3});
        const Tensor x = plain.tiled(4);
        const Tensor flat = x.reshape({6, -1});
        QCOMPARE(flat.tile(), 4);
        QVERIFY(flat.sharesStorageWith(x));
        QCOMPARE(flat.toDoubles(), plain.toDoubles());
        const Tensor other = x.reshape({12, 3});
        QCOMPARE(other.tile(), 0);
        QCOMPARE(other.toDoubles(), plain.toDoubles());
    }

    void cloneAndConversionKeepTheMemoryOrder() {
        const Tensor x = counting({5, 3}).tiled(4);
        const Tensor clone = x.clone(), single = x.to(DType::F32), like = Tensor::emptyLike(x);
        QCOMPARE(clone.tile(), 4);
        QCOMPARE(single.tile(), 4);
        QCOMPARE(like.tile(), 4);
        QVERIFY(!like.sharesStorageWith(x));
        QVERIFY(!clone.sharesStorageWith(x));
        QCOMPARE(clone.toDoubles(), x.toDoubles());
        QCOMPARE(single.toDoubles(), x.toDoubles());
        QCOMPARE(x.to(DType::I32).tile(), 0);
        QVERIFY(Tensor::emptyLike(counting({2, 3}).transpose(0, 1)).isContiguous());
    }

    void bytesOfLiveTensorsAreCounted() {
        const std::int64_t before = tensorMemory().liveBytes;
        resetTensorMemoryPeak();
        {
            const Tensor x = Tensor::zeros({10, 10}, DType::F64);
            const Tensor view = x.slice(0, 0, 5);
            QCOMPARE(tensorMemory().liveBytes - before, 800);
            const Tensor tiled = Tensor::batchTiled({5, 3}, 4);  // 2 tiles x 3 x 4 lanes x 4 bytes
            QCOMPARE(tensorMemory().liveBytes - before, 800 + 96);
        }
        QCOMPARE(tensorMemory().liveBytes, before);
        QCOMPARE(tensorMemory().peakBytes - before, 896);
        resetTensorMemoryPeak();
        QCOMPARE(tensorMemory().peakBytes, before);
    }

    void memoryThatDoesNotExistIsAnErrorNotACrash() {
#ifdef FILIGREE_SANITIZED
        QSKIP("sanitizers end the process on such a request");
#else
        const std::int64_t before = tensorMemory().liveBytes;
        QVERIFY_THROWS_EXCEPTION(Error, Tensor::empty({std::int64_t{1} << 58}));
        QCOMPARE(tensorMemory().liveBytes, before);
#endif
    }
};

QTEST_APPLESS_MAIN(TensorTest)
#include "test_tensor.moc"
