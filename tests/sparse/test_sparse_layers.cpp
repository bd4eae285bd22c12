// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "autograd/convolution.h"
#include "autograd/elementwise.h"
#include "autograd/gradient_check.h"
#include "autograd/matmul.h"
#include "autograd/reduction.h"
#include "backend/cpu/sparse_kernels.h"
#include "backend/elementwise.h"
#include "backend/matmul.h"
#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "base/error.h"
#include "base/parallel.h"
#include "sparse/distribution.h"
#include "sparse/execution_cost.h"
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

/// Small whole numbers, whose products and sums are exact.
Tensor whole(const Shape& shape, std::uint64_t seed) {
    Tensor result = randomTensor(shape, seed);
    for (double& value : result.values<double>()) value = std::round(4 * value);
    return result;
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

    // Backwards, layers of many rows are walked in blocks of rows and dense patterns in short ones, with
    // lists of their own; without a gradient of the input, in blocks of columns. Small whole numbers have
    // exact sums: no tolerance.
    void walksInBlocksAreExactInWholeNumbers() {
        for (const auto& [rows, columns] : {std::pair(2048, 9), std::pair(2500, 9), std::pair(4500, 9),
                                            std::pair(9000, 9), std::pair(7, 300)})
            for (const std::uint32_t one :
                 {1U, 2U, 6U, 20U, 50U, 150U, 1000U}) {  // of that many positions is active
                std::vector<std::uint32_t> active;       // column 1 is empty, column 2 has the last row alone
                for (std::int64_t row = 0; row < rows; ++row)
                    for (std::int64_t column = 0; column < columns; ++column)
                        if (column == 2 ? row + 1 == rows : column != 1 && (row * 5 + column) % one == 0)
                            active.push_back(static_cast<std::uint32_t>(row * columns + column));
                const Topology topology(rows, columns, active);
                const backend::LinearSchedule schedule(topology.pattern());
                for (const std::int64_t n : {1, 64, 100, 130}) {
                    const Tensor values = whole({topology.edges()}, 1), x = whole({n, columns}, 2),
                                 up = whole({n, rows}, 3);
                    for (const auto wanted :
                         {backend::InputGradient::None, backend::InputGradient::Plain,
                          backend::InputGradient::Rectified, backend::InputGradient::Replacing}) {
                        const auto gradients = [&](DType type) {
                            return backend::sparseLinearBackward(x.to(type), up.to(type), topology.pattern(),
                                                                 schedule.view(), values.to(type), wanted);
                        };
                        const auto found = gradients(DType::F32), expected = gradients(DType::F64);
                        QCOMPARE(largestDifference(found.values, expected.values), 0.0);
                        if (wanted == backend::InputGradient::None) continue;
                        QCOMPARE(largestDifference(found.x, expected.x), 0.0);
                        if (wanted != backend::InputGradient::Plain)
                            QCOMPARE(largestDifference(found.xSums, expected.xSums), 0.0);
                    }
                }
            }
    }

    // What the test above is for.
    void denseAndTallPatternsAreWalkedInBlocks() {
        using Walks = std::pair<std::int64_t, std::int64_t>;
        const auto walks = [](std::int64_t rows, std::int64_t columns, double density) {
            RandomStream random(4, "mask");
            const auto edges = static_cast<std::int64_t>(density * static_cast<double>(rows * columns));
            const Topology topology = randomTopology(rows, columns, edges, random);
            const backend::LinearSchedule schedule(topology.pattern());
            const backend::SparseSchedule view = schedule.view();
            return Walks(view.byColumn.blocks, view.byColumn.width);
        };
        QCOMPARE(walks(300, 200, 0.5), Walks(5, 64));
        QCOMPARE(walks(300, 200, 0.2), Walks(3, 128));
        QCOMPARE(walks(600, 200, 0.07), Walks(1, 600));
        QCOMPARE(walks(300, 200, 0.02), Walks(1, 300));
        QCOMPARE(walks(2500, 20, 0.02), Walks(3, 1024));
        QCOMPARE(walks(4500, 9, 0.005), Walks(3, 2048));
        QCOMPARE(walks(9000, 9, 0.0008), Walks(3, 4096));
    }

    // The gradient of a rectified layer's output takes the output's place in memory when nobody else can want
    // to read it, and only then; what comes out is the same.
    void gradientsReplaceOutputsThatNobodyNeeds() {
        enum class Reader { Nobody, Handle, Copy, Capture };
        const auto first = makeWeight({70, 40}, 300, DType::F32),
                   second = makeWeight({50, 70}, 60, DType::F32),
                   third = makeWeight({50, 70}, 90, DType::F32);
        const Tensor x = randomTensor({128, 40}, 5).to(DType::F32),
                     bias = randomTensor({70}, 6).to(DType::F32),
                     up = randomTensor({128, 50}, 7).to(DType::F32).tiled(64);
        const auto hiddenBytes = static_cast<std::int64_t>(128 * 70 * sizeof(float));
        struct Outcome {
            std::vector<Tensor> gradients;
            std::int64_t peak = 0;
            bool isIntact = true;  ///< what the reader holds
        };
        const auto train = [&](Reader reader, bool twice) {
            for (const auto& weight : {first, second, third}) weight->values().clearGradient();
            second->setCapturing(reader == Reader::Capture);
            Variable shift(bias, true), handle;
            Tensor copy, before;
            Variable y;
            {
                const Variable hidden = linear(Variable(x), first, shift, true);
                if (reader == Reader::Handle) handle = hidden;
                if (reader == Reader::Copy) copy = hidden.value();
                if (reader == Reader::Handle || reader == Reader::Copy) before = hidden.value().clone();
                y = linear(hidden, second, {});
                if (twice) y = autograd::add(y, linear(hidden, third, {}));
            }
            const std::int64_t live = tensorMemory().liveBytes;
            resetTensorMemoryPeak();
            y.backward(up);
            Outcome outcome{{shift.gradient(), first->values().gradient(), second->values().gradient()},
                            tensorMemory().peakBytes - live};
            if (handle.defined()) outcome.isIntact = largestDifference(handle.value(), before) == 0;
            if (copy.defined()) outcome.isIntact = largestDifference(copy, before) == 0;
            second->setCapturing(false);
            return outcome;
        };
        for (const bool twice : {false, true}) {
            const Outcome alone = train(Reader::Nobody, twice);
            for (const Reader reader : {Reader::Handle, Reader::Copy, Reader::Capture}) {
                const Outcome read = train(reader, twice);
                QVERIFY(read.isIntact);
                for (std::size_t i = 0; i < alone.gradients.size(); ++i)
                    QCOMPARE(largestDifference(read.gradients[i], alone.gradients[i]), 0.0);
                if (!twice) QVERIFY(alone.peak + hiddenBytes <= read.peak);
            }
        }
    }

    // However few connections a unit has, many of them in all are walked in the order of the columns, so that
    // lines of weights and gradients are shared. Where a block has more than fit in 32 bits beside its rows,
    // blocks become shorter. Whole numbers again: no tolerance.
    void largePatternsAreWalkedInOrder() {
        const auto check = [](std::int64_t rows, std::int64_t columns, std::int64_t edges,
                              std::int64_t blocks) {
            RandomStream random(4, "mask");
            constexpr std::int64_t n = 16;
            const Topology topology = randomTopology(rows, columns, edges, random);
            const backend::LinearSchedule schedule(topology.pattern());
            QVERIFY(schedule.view().byColumn.isInOrder);
            QCOMPARE(schedule.view().byColumn.blocks, blocks);
            const Tensor values = whole({topology.edges()}, 1), x = whole({n, columns}, 2),
                         up = whole({n, rows}, 3);
            const auto gradients = [&](DType type) {
                return backend::sparseLinearBackward(x.to(type), up.to(type), topology.pattern(),
                                                     schedule.view(), values.to(type),
                                                     backend::InputGradient::Rectified);
            };
            const auto found = gradients(DType::F32), expected = gradients(DType::F64);
            QCOMPARE(largestDifference(found.values, expected.values), 0.0);
            QCOMPARE(largestDifference(found.x, expected.x), 0.0);
            QCOMPARE(largestDifference(found.xSums, expected.xSums), 0.0);
        };
        check(2100, 16000, 610000, 3);
        check(2047, 16500, 2200000, 2);  // 11 bits for rows leave 21 for edges
    }

    // Columns are 16-bit numbers counted from the first one of their block, which therefore has 65 536 at
    // most. Whole numbers again: no tolerance.
    void layersMayBeWiderThanTheWidestBlock() {
        using Widths = std::pair<std::int64_t, std::int64_t>;
        for (const auto& [columns, blocks] : {Widths(65536, 1), Widths(65537, 2), Widths(140000, 3)}) {
            constexpr std::int64_t rows = 5, n = 3;
            std::vector<std::uint32_t> active;
            for (std::int64_t row = 0; row < rows; ++row)
                for (std::int64_t column = 0; column < columns; ++column)
                    if ((row * 31 + column) % 397 == 0 || (column + 1) % 65536 < 2 || column + 1 == columns)
                        active.push_back(static_cast<std::uint32_t>(row * columns + column));
            const Topology topology(rows, columns, active);
            const backend::LinearSchedule schedule(topology.pattern());
            QCOMPARE(schedule.view().blocks, blocks);
            const Tensor values = whole({topology.edges()}, 1), x = whole({n, columns}, 2),
                         bias = whole({rows}, 3), up = whole({n, rows}, 4);
            const auto product = [&](DType type) {
                return backend::sparseLinear(x.to(type), topology.pattern(), schedule.view(), values.to(type),
                                             bias.to(type));
            };
            QCOMPARE(largestDifference(product(DType::F32), product(DType::F64)), 0.0);
            for (const auto wanted : {backend::InputGradient::None, backend::InputGradient::Plain}) {
                const auto gradients = [&](DType type) {
                    return backend::sparseLinearBackward(x.to(type), up.to(type), topology.pattern(),
                                                         schedule.view(), values.to(type), wanted);
                };
                const auto found = gradients(DType::F32), expected = gradients(DType::F64);
                QCOMPARE(largestDifference(found.values, expected.values), 0.0);
                if (found.x.defined()) QCOMPARE(largestDifference(found.x, expected.x), 0.0);
            }
        }
    }

    // Where a layer that needs no gradient of its input has fewer groups of rows than there are threads, they
    // share the segments of a group: each edge is still summed by one of them.
    void threadsMayShareAGroupOfRows() {
        const auto isSingle = [](std::uint32_t row, std::uint32_t column) {
            return (row * 7 + column * 5) % 6 == 0 && row != 3;
        };
        const auto isBlock = [&](std::uint32_t row, std::uint32_t column) {
            return isSingle(row / 4, column / 4);
        };
        const auto check = [](auto&& isActive, std::uint32_t rows, std::int64_t together) {
            std::vector<std::uint32_t> active;
            for (std::uint32_t row = 0; row < rows; ++row)
                for (std::uint32_t column = 0; column < 150; ++column)
                    if (isActive(row, column)) active.push_back(row * 150 + column);
            const Topology topology(rows, 150, active);
            const backend::LinearSchedule schedule(topology.pattern(), 64);
            QCOMPARE(schedule.view().rowsTogether, together);
            for (const std::int64_t n : {1, 100, 130}) {
                const Tensor values = Tensor::zeros({topology.edges()}),
                             x = randomTensor({n, 150}, 2).to(DType::F32),
                             up = randomTensor({n, rows}, 3).to(DType::F32);
                const auto gradient = [&](int threads) {
                    setThreadCount(threads);
                    return backend::sparseLinearBackward(x, up, topology.pattern(), schedule.view(), values,
                                                         backend::InputGradient::None)
                        .values;
                };
                const Tensor alone = gradient(1);
                const Tensor expected =
                    atEdges(backend::matmul(up.to(DType::F64), x.to(DType::F64), true, false), topology);
                QVERIFY(largestDifference(alone, expected) < 1e-4);
                for (const int threads : {2, 3, 7})
                    QCOMPARE(largestDifference(gradient(threads), alone), 0.0);
            }
        };
        check(isSingle, 300, 1);
        check(isBlock, 300, 4);
        check(isSingle, 3, 1);  // fewer segments than threads
    }

    // Whatever the width of the column blocks, a row is summed from left to right.
    void bitsDoNotDependOnTheSchedule() {
        for (const std::int64_t edges : {0, 1, 40, 3000, 300 * 70}) {
            RandomStream random(4, "mask");
            const Topology topology = randomTopology(300, 70, edges, random);
            const Tensor values = randomTensor({edges}, 1).to(DType::F32);
            const Tensor x = randomTensor({67, 70}, 2).to(DType::F32),
                         bias = randomTensor({300}, 3).to(DType::F32);
            const auto product = [&](std::int64_t blockWidth, bool rectified) {
                const backend::LinearSchedule schedule(topology.pattern(), blockWidth);
                return backend::sparseLinear(x, topology.pattern(), schedule.view(), values, bias, rectified);
            };
            const Tensor whole = product(70, false), positive = product(70, true);
            QCOMPARE(largestDifference(positive, backend::apply(backend::Unary::Relu, whole)), 0.0);
            for (const std::int64_t width : {1, 3, 32, 69, 128}) {
                QCOMPARE(largestDifference(product(width, false), whole), 0.0);
                QCOMPARE(largestDifference(product(width, true), positive), 0.0);
            }
        }
    }

    // Blocks of four rows take a kernel of their own, which must give what the general one does, bit for bit;
    // and a layer of blocks, or of 2 of 4 neighbouring columns, trains as the dense product in double says.
    void structuredPatternsAgreeWithTheGeneralKernel() {
        const auto isBlock = [](std::uint32_t row, std::uint32_t column) {
            return (row / 4 * 7 + column / 4 * 5) % 6 == 0 && row / 4 != 3;  // one empty row of blocks
        };
        const auto isTwoOfFour = [](std::uint32_t row, std::uint32_t column) {
            return (row + column) % 4 < 2;
        };
        const auto check = [](auto&& isActive, std::int64_t together) {
            std::vector<std::uint32_t> active;
            for (std::uint32_t row = 0; row < 320; ++row)
                for (std::uint32_t column = 0; column < 52; ++column)
                    if (isActive(row, column)) active.push_back(row * 52 + column);
            const Topology topology(320, 52, active);
            const Tensor values = randomTensor({topology.edges()}, 1).to(DType::F32);
            for (const std::int64_t n : {1, 40, 64, 100}) {
                const Tensor x = randomTensor({n, 52}, 2), bias = randomTensor({320}, 3),
                             up = randomTensor({n, 320}, 4);
                for (const std::int64_t width : {16, 52}) {
                    const backend::LinearSchedule special(topology.pattern(), width),
                        general(topology.pattern(), width, false);
                    QCOMPARE(special.view().rowsTogether, together);
                    const auto product = [&](const backend::LinearSchedule& schedule) {
                        return backend::sparseLinear(x.to(DType::F32), topology.pattern(), schedule.view(),
                                                     values, bias.to(DType::F32), true);
                    };
                    QCOMPARE(largestDifference(product(special), product(general)), 0.0);
                }
                auto weight = std::make_shared<SparseWeight>("layer", Shape{320, 52}, topology);
                weight->values().mutableValue() = values;
                auto wide = std::make_shared<SparseWeight>("layer", Shape{320, 52}, topology, DType::F64);
                wide->values().mutableValue() = values.to(DType::F64);
                const auto narrowed = run([&](auto& a, auto& b) { return linear(a, weight, b); },
                                          x.to(DType::F32), weight, bias.to(DType::F32), up.to(DType::F32));
                const auto expected =
                    run([&](auto& a, auto& b) { return linear(a, wide, b); }, x, wide, bias, up);
                QVERIFY(worst(narrowed, expected) < 1e-4);
            }
        };
        check(isBlock, 4);
        check(isTwoOfFour, 1);
    }

    void aScheduleVisitsEveryEdgeOnce() {
        RandomStream random(4, "mask");
        const Topology topology = randomTopology(600, 500, 20000, random);
        const backend::LinearSchedule owner(topology.pattern(), 64);
        const backend::SparseSchedule schedule = owner.view();
        std::vector<int> visits(20000, 0);
        std::size_t segment = 0, visited = 0;
        for (const auto& run : schedule.runs)
            for (std::uint32_t i = 0; i < run.count; ++i, ++segment)
                for (std::uint32_t e = 0; e < run.length; ++e) {
                    const std::uint32_t edge = schedule.edge[segment] + e;
                    ++visits[edge];
                    QCOMPARE(topology.position(edge) / 500, schedule.row[segment]);
                    const std::uint32_t block = topology.position(edge) % 500 / 64;
                    QCOMPARE(topology.position(edge) % 500, 64 * block + schedule.column[visited++]);
                }
        QCOMPARE(segment, schedule.edge.size());
        QVERIFY(std::all_of(visits.begin(), visits.end(), [](int n) { return n == 1; }));
        // 2 bytes for each edge, 8 for each segment of about 4, and the order of the columns.
        QVERIFY(owner.bytes() < 9 * 20000 + 8 * 500 + 4000);
    }

    // Two rectified sparse layers and a dense one with few outputs, whose gradients are rectified and summed
    // by the layer behind, against the same network of dense layers and functions in double.
    void aNetworkAgreesWithOneOfDenseLayersInDouble() {
        for (const std::int64_t n : {1, 16, 17, 64, 65, 100, 128, 129, 200})
            for (const std::int64_t outputs : {1, 3, 10, 32, 33}) {
                auto first = makeWeight({60, 37}, 500, DType::F32, 11);
                auto second = makeWeight({45, 60}, 700, DType::F32, 21);
                const Tensor x = randomTensor({n, 37}, 5), w = randomTensor({outputs, 45}, 6);
                const Tensor b1 = randomTensor({60}, 7), b2 = randomTensor({45}, 8),
                             b3 = randomTensor({outputs}, 9);
                const Tensor up = randomTensor({n, outputs}, 10);

                Variable in(x.to(DType::F32), true), last(w.to(DType::F32), true);
                Variable one(b1.to(DType::F32), true), two(b2.to(DType::F32), true),
                    three(b3.to(DType::F32), true);
                const Variable hidden = linear(in, first, one, true);
                Variable y = autograd::linear(linear(hidden, second, two, true), last, three);
                const Tensor value = y.value();
                y.backward(up.to(DType::F32));

                Variable dx(x, true), dlast(w, true), w1(first->dense().to(DType::F64), true);
                Variable w2(second->dense().to(DType::F64), true), d1(b1, true), d2(b2, true), d3(b3, true);
                Variable expected = autograd::linear(
                    autograd::relu(autograd::linear(autograd::relu(autograd::linear(dx, w1, d1)), w2, d2)),
                    dlast, d3);
                const Tensor expectedValue = expected.value();
                expected.backward(up);

                // Numbers grow to about a hundred along the way, each with some hundred rounding errors of
                // 6e-8.
                const auto check = [&](const Tensor& a, const Tensor& b) {
                    double size = 1;
                    for (const double number : b.toDoubles()) size = std::max(size, std::abs(number));
                    return largestDifference(a, b) < 2e-5 * size;
                };
                QVERIFY(check(value, expectedValue));
                QVERIFY(check(in.gradient(), dx.gradient()));
                QVERIFY(check(last.gradient(), dlast.gradient()));
                QVERIFY(check(first->values().gradient(), atEdges(w1.gradient(), first->topology())));
                QVERIFY(check(second->values().gradient(), atEdges(w2.gradient(), second->topology())));
                QVERIFY(check(one.gradient(), d1.gradient()));
                QVERIFY(check(two.gradient(), d2.gradient()));
                QVERIFY(check(three.gradient(), d3.gradient()));
            }
    }

    // The output of a rectified layer goes to two sparse layers and to a sum: their gradients add up before
    // the rectifier.
    void aRectifiedOutputMayHaveSeveralConsumers() {
        for (const bool plainFirst : {false, true}) {
            auto weight = makeWeight({20, 15}, 100, DType::F32, 3),
                 left = makeWeight({20, 20}, 90, DType::F32, 5);
            auto right = makeWeight({20, 20}, 120, DType::F32, 7);
            const Tensor x = randomTensor({70, 15}, 1), bias = randomTensor({20}, 2),
                         up = randomTensor({70, 20}, 3);
            const auto total = [&](const Variable& y, auto&& l, auto&& r) {
                return plainFirst ? autograd::add(y, autograd::add(l(y), r(y)))
                                  : autograd::add(autograd::add(l(y), r(y)), y);
            };
            Variable in(x.to(DType::F32), true), b(bias.to(DType::F32), true);
            Variable y = total(
                linear(in, weight, b, true), [&](const Variable& v) { return linear(v, left, {}); },
                [&](const Variable& v) { return linear(v, right, {}); });
            y.backward(up.to(DType::F32));
            Variable dx(x, true), db(bias, true);
            const Variable w(weight->dense().to(DType::F64)), l(left->dense().to(DType::F64)),
                r(right->dense().to(DType::F64));
            Variable expected = total(
                autograd::relu(autograd::linear(dx, w, db)),
                [&](const Variable& v) { return autograd::linear(v, l); },
                [&](const Variable& v) { return autograd::linear(v, r); });
            expected.backward(up);
            QVERIFY(largestDifference(in.gradient(), dx.gradient()) < 1e-4);
            QVERIFY(largestDifference(b.gradient(), db.gradient()) < 1e-3);
        }
    }

    // Views that are not contiguous are read where they lie.
    void inputsMayBeViews() {
        const Tensor wide = randomTensor({70, 50}, 5).to(DType::F32),
                     tall = randomTensor({33, 70}, 6).to(DType::F32);
        for (const Tensor& view : {wide.slice(1, 4, 37), tall.transpose(0, 1)}) {
            auto weight = makeWeight({40, 33}, 300, DType::F32);
            const Tensor up = randomTensor({70, 40}, 7).to(DType::F32), bias = Tensor::zeros({40});
            const auto function = [&](auto& a, auto& b) { return linear(a, weight, b); };
            QCOMPARE(worst(run(function, view, weight, bias, up),
                           run(function, view.contiguous(), weight, bias, up)),
                     0.0);
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
                auto several = run(convolve, xs, narrow, bs, ups);
                // Summed over images of its own by each thread.
                QVERIFY(largestDifference(several.dw, one.dw) < 1e-3);
                several.dw = one.dw;
                QCOMPARE(worst(several, one), 0.0);
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
        auto again = makeWeight({300, 300}, 9000, DType::F32);
        auto filters = makeWeight({16, 8, 3, 3}, 300, DType::F32);
        const Tensor x = randomTensor({100, 400}, 5).to(DType::F32),
                     up = randomTensor({100, 300}, 7).to(DType::F32);
        const Tensor image = randomTensor({20, 8, 14, 14}, 5).to(DType::F32),
                     upImage = randomTensor({20, 16, 14, 14}, 7).to(DType::F32);
        const auto both = [&] {
            return std::pair(
                run([&](auto& a, auto& b) { return linear(linear(a, weight, b, true), again, {}); }, x,
                    weight, Tensor::zeros({300}), up),
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

    void threadsMayTakeSamplesOfTheirOwn() {
        // Short rows and as many tiles, of 64 samples, or 16 images, as threads: sums over the batch are then
        // made of one part from each thread. All else has the same bits for any number of threads.
        auto weight = makeWeight({300, 400}, 3000, DType::F32);
        auto again = makeWeight({300, 300}, 2000, DType::F32);
        auto filters = makeWeight({16, 8, 3, 3}, 300, DType::F32);
        // Two tiles held at once are summed as one: two of them show the parts. One by one, four do.
        const std::int64_t batch = backend::sparseKernels().tilesAtOnce == 2 ? 120 : 250;
        const Tensor x = randomTensor({batch, 400}, 5).to(DType::F32),
                     up = randomTensor({batch, 300}, 7).to(DType::F32);
        const Tensor image = randomTensor({30, 8, 14, 14}, 5).to(DType::F32),
                     upImage = randomTensor({30, 16, 14, 14}, 7).to(DType::F32);
        const auto layers = [&](auto& a, auto& b) { return linear(linear(a, weight, b, true), again, {}); };
        const auto convolve = [&](auto& a, auto& b) { return conv2d(a, filters, b, {{1, 1}, {1, 1}, 1}); };
        const auto dense = [&] { return run(layers, x, weight, Tensor::zeros({300}), up); };
        const auto images = [&] { return run(convolve, image, filters, Tensor::zeros({16}), upImage); };
        const auto dense1 = dense(), images1 = images();
        setThreadCount(2);
        const auto dense2 = dense(), images2 = images();
        QCOMPARE(worst(dense2, dense()), 0.0);
        QCOMPARE(worst(images2, images()), 0.0);
        setThreadCount(1);
        QVERIFY(worst(dense1, dense2) < 1e-4);
        QVERIFY(worst(images1, images2) < 1e-4);
        QVERIFY2(worst(dense1, dense2) > 0, "the threads did not take samples of their own");
        QCOMPARE(largestDifference(dense1.y, dense2.y), 0.0);
        QCOMPARE(largestDifference(dense1.dx, dense2.dx), 0.0);
        QCOMPARE(largestDifference(images1.y, images2.y), 0.0);
        QCOMPARE(largestDifference(images1.dx, images2.dx), 0.0);
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

    void theCostModelKnowsItsLimits() {
        const auto faster = [](double density, std::int64_t batch, std::int64_t width = 1024) {
            const auto edges = std::int64_t(density * double(width * width));
            return predictLinearCost(width, width, edges, batch, false).faster();
        };
        for (const std::int64_t batch : {1, 32, 128, 1000}) {
            QVERIFY(faster(0.01, batch) == Execution::Sparse);
            QVERIFY(faster(0.3, batch) == Execution::Sparse);
        }
        QVERIFY(faster(1, 128) == Execution::MaskedDense);
        QVERIFY(faster(0.5, 128) == Execution::Sparse);
        QVERIFY(faster(0.9, 1000) == Execution::MaskedDense);
        // One sample does not pay for scattering a dense copy.
        QVERIFY(faster(0.5, 1) == Execution::Sparse);
        // Time is what one step needs: linear in edges and in the batch.
        const auto cost = [](std::int64_t edges, std::int64_t batch) {
            return predictLinearCost(4096, 4096, edges, batch, false).sparseMs;
        };
        QVERIFY(std::abs(cost(2000000, 128) / cost(1000000, 128) - 2) < 0.02);
        QVERIFY(std::abs(cost(1000000, 512) / cost(1000000, 128) - 4) < 0.2);
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
