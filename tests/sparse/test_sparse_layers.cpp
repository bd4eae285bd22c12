// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/convolution.h"
#include "autograd/gradient_check.h"
#include "autograd/matmul.h"
#include "backend/cpu/sparse_kernels.h"
#include "backend/matmul.h"
#include "backend/sparse_linear.h"
#include "base/error.h"
#include "base/parallel.h"
#include "sparse/distribution.h"
#include "sparse/sparse_weight.h"

using namespace filigree;
using namespace filigree::sparse;
using autograd::Variable;
using tests::largestDifference;
using tests::randomTensor;

namespace {

/// A layer with `edges` random connections of random values.
std::shared_ptr<SparseWeight> makeWeight(const Shape& shape, std::int64_t edges, DType type,
                                         std::uint64_t seed = 1) {
    RandomStream random(seed, "mask");
    auto weight = std::make_shared<SparseWeight>(
        "layer", shape, randomTopology(shape[0], shape.elements() / shape[0], edges, random), type);
    weight->values().mutableValue() = randomTensor({edges}, seed + 1).to(type);
    return weight;
}

struct Results {
    Tensor y, dx, dw, db;
};

template <typename Function>
Results run(Function&& function, const Tensor& x, const std::shared_ptr<SparseWeight>& weight,
            const Tensor& bias, const Tensor& upstream) {
    Variable in(x, true), b(bias, true);
    weight->values().clearGradient();
    Variable y = function(in, b);
    Results results{y.value(), {}, {}, {}};
    y.backward(upstream);
    results.dx = in.gradient();
    results.dw = weight->values().gradient();
    results.db = b.gradient();
    return results;
}

double worst(const Results& a, const Results& b) {
    return std::max({largestDifference(a.y, b.y), largestDifference(a.dx, b.dx),
                     largestDifference(a.dw, b.dw), largestDifference(a.db, b.db)});
}

/// The gradient at the edges of a dense weight gradient.
Tensor atEdges(const Tensor& dense, const Topology& topology) {
    const auto all = dense.toDoubles();
    std::vector<double> values;
    for (const auto p : topology.positions()) values.push_back(all[p]);
    return Tensor::from(values, {topology.edges()});
}

}  // namespace

class SparseLayersTest : public QObject {
    Q_OBJECT

  private slots:
    void cleanup() { setThreadCount(1); }

    void initTestCase() {
        try {
            qInfo("kernels: %s", backend::sparseKernels().name);
        } catch (const Error& error) {
            QSKIP(error.what());
        }
    }

    void linearAgreesWithTheDenseProductInDouble() {
        for (const auto& [n, in, out] :
             {std::tuple(1, 1, 1), std::tuple(3, 5, 7), std::tuple(17, 33, 9), std::tuple(2, 1, 6)}) {
            const std::int64_t size = in * out;
            for (const std::int64_t edges : {std::int64_t{0}, std::int64_t{1}, size / 3, size}) {
                auto weight = makeWeight({out, in}, edges, DType::F64);
                const Tensor x = randomTensor({n, in}, 5), bias = randomTensor({out}, 6),
                             up = randomTensor({n, out}, 7);
                const auto sparse =
                    run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight, bias, up);
                Variable dx(x, true), w(weight->dense(), true), db(bias, true);
                Variable y = autograd::linear(dx, w, db);
                const Tensor value = y.value();
                y.backward(up);
                QVERIFY(worst(sparse, {value, dx.gradient(), atEdges(w.gradient(), weight->topology()),
                                       db.gradient()}) < 1e-12);
            }
        }
    }

    // Bound: each sum of m terms of size at most 1 errs by at most m eps times its absolute sum; the largest
    // here has 400.
    void floatKernelsAgreeWithDouble() {
        for (const std::int64_t n : {1, 2, 15, 16, 63, 64, 65, 100, 130})
            for (const auto& [in, out] : {std::pair(1, 1), std::pair(20, 11), std::pair(97, 40)})
                for (const double density : {0.0, 0.02, 0.3, 1.0}) {
                    const auto edges = std::int64_t(std::floor(density * double(in * out)));
                    auto wide = makeWeight({out, in}, edges, DType::F64);
                    auto narrow = makeWeight({out, in}, edges, DType::F32);
                    const Tensor x = randomTensor({n, in}, 5), bias = randomTensor({out}, 6),
                                 up = randomTensor({n, out}, 7);
                    const auto expected =
                        run([&](auto& a, auto& b) { return linear(a, wide, b); }, x, wide, bias, up);
                    const auto with = [&](const Tensor& xs, const Tensor& ups) {
                        return run([&](auto& a, auto& b) { return linear(a, narrow, b); }, xs, narrow,
                                   bias.to(DType::F32), ups);
                    };
                    const Tensor xs = x.to(DType::F32), ups = up.to(DType::F32);
                    QVERIFY(worst(with(xs, ups), expected) < 3e-5);
                    // Batch-tiled inputs, whose last tile is padded with numbers that must not be counted.
                    Tensor tiled = Tensor::batchTiled(ups.shape(), 32);
                    tiled.fill(1e6);
                    tiled.copyFrom(ups);
                    QVERIFY(worst(with(xs.tiled(48), tiled), expected) < 3e-5);
                }
    }

    void rowsAndColumnsMayBeEmptyOrHoldEverything() {
        for (const bool byRow : {true, false}) {
            std::vector<std::uint32_t> active;
            for (std::uint32_t i = 0; i < 30; ++i) active.push_back(byRow ? 4 * 30 + i : i * 30 + 4);
            auto weight = std::make_shared<SparseWeight>("layer", Shape{30, 30}, Topology(30, 30, active));
            weight->values().mutableValue() = randomTensor({30}, 2).to(DType::F32);
            const Tensor x = randomTensor({21, 30}, 5).to(DType::F32),
                         up = randomTensor({21, 30}, 7).to(DType::F32);
            const Tensor bias = Tensor::zeros({30});
            const auto sparse =
                run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight, bias, up);
            weight->setExecution(Execution::MaskedDense);
            const auto masked =
                run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight, bias, up);
            QVERIFY(worst(sparse, masked) < 2e-5);
        }
    }

    void convolutionAgreesWithTheDenseOneInDouble() {
        for (const auto& c : cases()) {
            const std::int64_t size = c.weight.elements();
            for (const std::int64_t edges : {std::int64_t{0}, std::int64_t{1}, size / 3, size}) {
                auto weight = makeWeight(c.weight, edges, DType::F64);
                const Tensor x = randomTensor(c.x, 5), bias = randomTensor({c.weight[0]}, 6);
                const Tensor up =
                    randomTensor(backend::convolutionShape("test", c.x, c.weight, c.options), 7);
                const auto sparse = run([&](auto& a, auto& b) { return conv2d(a, weight, b, c.options); }, x,
                                        weight, bias, up);
                Variable dx(x, true), w(weight->dense(), true), db(bias, true);
                Variable y = autograd::conv2d(dx, w, db, c.options);
                const Tensor value = y.value();
                y.backward(up);
                QVERIFY(worst(sparse, {value, dx.gradient(), atEdges(w.gradient(), weight->topology()),
                                       db.gradient()}) < 1e-11);
            }
        }
    }

    void floatConvolutionAgreesWithDouble() {
        for (const auto& c : cases())
            for (const double density : {0.0, 0.1, 0.5, 1.0}) {
                const auto edges = std::int64_t(std::ceil(density * double(c.weight.elements())));
                auto wide = makeWeight(c.weight, edges, DType::F64);
                auto narrow = makeWeight(c.weight, edges, DType::F32);
                const Tensor x = randomTensor(c.x, 5), bias = randomTensor({c.weight[0]}, 6);
                const Tensor up =
                    randomTensor(backend::convolutionShape("test", c.x, c.weight, c.options), 7);
                const auto expected =
                    run([&](auto& a, auto& b) { return conv2d(a, wide, b, c.options); }, x, wide, bias, up);
                const Tensor xs = x.to(DType::F32), ups = up.to(DType::F32), bs = bias.to(DType::F32);
                const auto convolve = [&](auto& a, auto& b) { return conv2d(a, narrow, b, c.options); };
                QVERIFY(worst(run(convolve, xs, narrow, bs, ups), expected) < 1e-4);
                Tensor tiled = Tensor::batchTiled(ups.shape(), 16);
                tiled.fill(1e6);
                tiled.copyFrom(ups);
                QVERIFY(worst(run(convolve, xs.tiled(16), narrow, bs, tiled), expected) < 1e-4);
                narrow->setExecution(Execution::MaskedDense);
                QVERIFY(worst(run(convolve, xs, narrow, bs, ups), expected) < 1e-4);
            }
    }

    // What the kernels treat apart: several strips, several blocks of channels, several groups of sums, every
    // width of a block, strides with pixels that nobody reads, padding beyond the kernel, one lane and broken
    // tiles.
    void floatConvolutionAgreesWithDoubleOnAdversarialShapes() {
        struct Adversary {
            Shape x, weight;
            backend::Conv2dOptions options;
            double density;
        };
        const std::vector<Adversary> adversaries{
            {{3, 36, 36, 16}, {3, 36, 3, 3}, {{1, 1}, {1, 1}, 1}, 0.6},
            {{2, 3, 9, 32}, {40, 3, 3, 3}, {{1, 1}, {1, 1}, 1}, 0.5},
            {{17, 64, 4, 4}, {64, 64, 3, 3}, {{1, 1}, {1, 1}, 1}, 0.3},
            {{1, 2, 7, 11}, {3, 2, 5, 5}, {{1, 1}, {2, 2}, 1}, 0.5},
            {{33, 3, 8, 8}, {5, 3, 3, 3}, {{2, 2}, {1, 1}, 1}, 0.4},
            {{16, 4, 7, 5}, {6, 4, 1, 1}, {{2, 2}, {0, 0}, 1}, 0.5},
            {{5, 2, 9, 10}, {4, 2, 3, 3}, {{3, 2}, {1, 0}, 1}, 0.5},
            {{4, 2, 5, 6}, {3, 2, 1, 2}, {{1, 1}, {2, 3}, 1}, 0.5},
        };
        for (const auto& c : adversaries) {
            const auto edges = std::int64_t(c.density * double(c.weight.elements()));
            auto wide = makeWeight(c.weight, edges, DType::F64);
            auto narrow = makeWeight(c.weight, edges, DType::F32);
            const Tensor x = randomTensor(c.x, 5), bias = randomTensor({c.weight[0]}, 6);
            const Tensor up = randomTensor(backend::convolutionShape("test", c.x, c.weight, c.options), 7);
            const auto expected =
                run([&](auto& a, auto& b) { return conv2d(a, wide, b, c.options); }, x, wide, bias, up);
            const auto convolve = [&](auto& a, auto& b) { return conv2d(a, narrow, b, c.options); };
            const Tensor xs = x.to(DType::F32), ups = up.to(DType::F32), bs = bias.to(DType::F32);
            const auto one = run(convolve, xs, narrow, bs, ups);
            QVERIFY(worst(one, expected) < 1e-3);
            for (const int threads : {2, 3}) {
                setThreadCount(threads);
                QCOMPARE(worst(run(convolve, xs, narrow, bs, ups), one), 0.0);
            }
            setThreadCount(1);
        }
    }

    void convolutionsMayHaveEmptyChannelsOrOneThatHoldsEverything() {
        const Shape shape{12, 11, 3, 3};
        for (const bool byOutput : {true, false}) {
            std::vector<std::uint32_t> active;
            // All of output channel 5, or all that reads input channel 5.
            for (std::uint32_t i = 0; i < 99; ++i)
                if (byOutput) active.push_back(5 * 99 + i);
            for (std::uint32_t o = 0; o < 12; ++o)
                for (std::uint32_t k = 0; k < 9; ++k)
                    if (!byOutput) active.push_back(o * 99 + 5 * 9 + k);
            auto weight = std::make_shared<SparseWeight>("layer", shape, Topology(12, 99, active));
            weight->values().mutableValue() =
                randomTensor({static_cast<std::int64_t>(active.size())}, 2).to(DType::F32);
            const Tensor x = randomTensor({18, 11, 6, 5}, 5).to(DType::F32),
                         up = randomTensor({18, 12, 6, 5}, 7).to(DType::F32), bias = Tensor::zeros({12});
            const backend::Conv2dOptions options{{1, 1}, {1, 1}, 1};
            const auto convolve = [&](auto& a, auto& b) { return conv2d(a, weight, b, options); };
            const auto sparse = run(convolve, x, weight, bias, up);
            weight->setExecution(Execution::MaskedDense);
            QVERIFY(worst(sparse, run(convolve, x, weight, bias, up)) < 1e-4);
        }
    }

    void gradientsAreRightNumerically() {
        for (const std::int64_t edges : {1, 9}) {
            auto weight = makeWeight({4, 5}, edges, DType::F64);
            const auto function = [&](std::span<const Variable> v) {
                // The check differentiates its own inputs: the values of the layer become one of them.
                weight->values() = v[1];
                return linear(v[0], weight, v[2]);
            };
            QVERIFY(tests::gradientError(function, {randomTensor({3, 5}, 1), randomTensor({edges}, 2),
                                                    randomTensor({4}, 3)}) < 1e-7);
        }
        auto weight = makeWeight({3, 2, 3, 3}, 20, DType::F64);
        const auto function = [&](std::span<const Variable> v) {
            weight->values() = v[1];
            return conv2d(v[0], weight, v[2], {{2, 1}, {1, 0}, 1});
        };
        QVERIFY(tests::gradientError(function, {randomTensor({2, 2, 5, 4}, 1), randomTensor({20}, 2),
                                                randomTensor({3}, 3)}) < 1e-7);
    }

    void bitsDoNotDependOnTheNumberOfThreads() {
        auto weight = makeWeight({300, 400}, 12000, DType::F32);
        auto filters = makeWeight({16, 8, 3, 3}, 300, DType::F32);
        const Tensor x = randomTensor({100, 400}, 5).to(DType::F32),
                     up = randomTensor({100, 300}, 7).to(DType::F32);
        const Tensor image = randomTensor({20, 8, 14, 14}, 5).to(DType::F32),
                     upImage = randomTensor({20, 16, 14, 14}, 7).to(DType::F32);
        const auto both = [&] {
            return std::pair(run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight,
                                 Tensor::zeros({300}), up),
                             run(
                                 [&](auto& a, auto& b) {
                                     return conv2d(a, filters, b, {{1, 1}, {1, 1}, 1});
                                 },
                                 image, filters, Tensor::zeros({16}), upImage));
        };
        const auto single = both();
        setThreadCount(3);
        const auto several = both();
        setThreadCount(1);
        QCOMPARE(worst(single.first, several.first), 0.0);
        QCOMPARE(worst(single.second, several.second), 0.0);
    }

    void denseGradientIsThatOfEveryPosition() {
        auto weight = makeWeight({6, 8}, 10, DType::F32);
        const Tensor x = randomTensor({5, 8}, 5).to(DType::F32), up = randomTensor({5, 6}, 7).to(DType::F32);
        QVERIFY_THROWS_EXCEPTION(Error, weight->denseGradient());
        weight->setCapturing(true);
        const auto result =
            run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight, Tensor::zeros({6}), up);
        const Tensor dense = weight->denseGradient();
        QVERIFY(largestDifference(dense, backend::matmul(up, x, true, false)) < 1e-5);
        QVERIFY(largestDifference(atEdges(dense, weight->topology()), result.dw.to(DType::F64)) < 1e-5);
        // Two captured passes: their mean.
        run([&](auto& a, auto& b) { return linear(a, weight, b); }, x, weight, Tensor::zeros({6}), up);
        QVERIFY(largestDifference(weight->denseGradient(), dense) < 1e-6);
        weight->setCapturing(false);
        QVERIFY_THROWS_EXCEPTION(Error, weight->denseGradient());
    }

    void wrongShapesAreErrorsThatNameThem() {
        auto weight = makeWeight({6, 8}, 10, DType::F32);
        QVERIFY(tests::throwsRunError(
            [&] {
                linear(Variable(Tensor::zeros({5, 7})), weight, {});
            },
            {"[5, 7]", "[6, 8]"}));
        auto filters = makeWeight({6, 2, 3, 3}, 10, DType::F32);
        QVERIFY(tests::throwsRunError(
            [&] {
                conv2d(Variable(Tensor::zeros({5, 3, 8, 8})), filters, {}, {});
            },
            {"[5, 3, 8, 8]"}));
        QVERIFY(tests::throwsRunError(
            [&] {
                conv2d(Variable(Tensor::zeros({5, 4, 8, 8})), filters, {}, {{1, 1}, {0, 0}, 2});
            },
            {"2 groups"}));
        QVERIFY_THROWS_EXCEPTION(Error, SparseWeight("layer", {2, 3}, Topology(3, 3, {})));
    }

  private:
    struct Case {
        Shape x, weight;
        backend::Conv2dOptions options;
    };
    static std::vector<Case> cases() {
        return {{{3, 2, 6, 5}, {4, 2, 3, 3}, {{1, 1}, {1, 1}, 1}},
                {{17, 3, 9, 9}, {5, 3, 3, 3}, {{2, 2}, {1, 1}, 1}},
                {{2, 1, 7, 7}, {3, 1, 5, 5}, {{1, 1}, {2, 2}, 1}},
                {{2, 4, 5, 5}, {6, 4, 1, 1}, {{1, 1}, {0, 0}, 1}},
                {{1, 2, 8, 15}, {3, 2, 3, 1}, {{1, 2}, {0, 1}, 1}},
                {{2, 2, 4, 4}, {3, 2, 3, 3}, {{1, 1}, {3, 3}, 1}},
                {{33, 2, 3, 30}, {2, 2, 3, 3}, {{1, 1}, {1, 1}, 1}},
                {{2, 3, 1, 1}, {4, 3, 1, 1}, {{1, 1}, {0, 0}, 1}}};
    }
};

QTEST_APPLESS_MAIN(SparseLayersTest)
#include "test_sparse_layers.moc"
