// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "autograd/convolution.h"
#include "autograd/gradient_check.h"
#include "autograd/normalization.h"
#include "base/parallel.h"
#include "base/random.h"
#include "sparse/distribution.h"
#include "sparse/reparameterization.h"
#include "sparse/sparse_weight.h"

using namespace filigree;
using autograd::Variable;
using tests::largestDifference;
using tests::randomTensor;

namespace {

struct Case {
    const char* name;
    std::int64_t batch;
    Shape image;   ///< [C, H, W]
    Shape weight;  ///< [O, C, kh, kw]
    backend::Conv2dOptions convolution;
    std::vector<std::uint32_t> active;  ///< positions of the connections; all of them: a dense weight too
    bool relu, pool, added;
};

std::vector<std::uint32_t> some(std::int64_t size, std::int64_t count) {
    RandomStream random(3, "mask");
    return sparse::randomTopology(1, size, count, random).positions();
}

/// Adversarial shapes: odd images, strips that do not divide, strides, borders, batches that do not fill a
/// tile, empty channels, one channel with everything, no connection and all of them, few enough to be
/// computed again and many.
std::vector<Case> cases() {
    const Shape weight{5, 3, 3, 3};
    std::vector<std::uint32_t> firstRow;
    for (std::uint32_t i = 0; i < 27; ++i) firstRow.push_back(i);
    const backend::Conv2dOptions same{{1, 1}, {1, 1}, 1};
    std::vector<Case> list{
        {"pool", 17, {3, 8, 6}, weight, same, some(135, 40), true, true, false},
        {"odd image, pool", 40, {3, 7, 9}, weight, same, some(135, 40), true, true, false},
        {"one row has all", 16, {3, 5, 4}, weight, same, firstRow, true, true, false},
        {"one connection", 8, {3, 4, 5}, weight, same, {77}, true, true, false},
        {"no connection", 9, {3, 4, 4}, weight, same, {}, true, true, false},
        {"stride", 18, {3, 9, 8}, weight, {{2, 2}, {1, 1}, 1}, some(135, 60), true, true, false},
        {"no border", 16, {3, 9, 7}, weight, {{1, 1}, {0, 0}, 1}, some(135, 60), true, true, false},
        {"wide border, 5x5",
         16,
         {2, 6, 6},
         {4, 2, 5, 5},
         {{1, 1}, {2, 2}, 1},
         some(200, 50),
         true,
         true,
         false},
        {"one pixel", 20, {6, 4, 6}, {7, 6, 1, 1}, {{1, 1}, {0, 0}, 1}, some(42, 20), true, true, false},
        {"ReLU", 17, {3, 6, 7}, weight, same, some(135, 50), true, false, false},
        {"addition", 17, {3, 6, 7}, weight, same, some(135, 50), true, false, true},
        {"addition without ReLU", 33, {3, 5, 3}, weight, same, some(135, 50), false, false, true},
        {"shortcut", 16, {6, 8, 8}, {7, 6, 1, 1}, {{2, 2}, {0, 0}, 1}, some(42, 20), false, false, false},
        {"tall", 16, {16, 44, 30}, {16, 16, 3, 3}, same, some(2304, 120), true, true, false},
        {"many connections, pool", 16, {16, 6, 6}, {4, 16, 3, 3}, same, some(576, 400), true, true, false},
        {"sums beyond a cache, kept",
         16,
         {48, 5, 4},
         {48, 48, 3, 3},
         same,
         some(20736, 17000),
         true,
         true,
         false},
        {"sums beyond a cache", 17, {8, 4, 4}, {400, 8, 3, 3}, same, some(28800, 17000), true, true, false},
        {"staged", 17, {20, 7, 9}, {30, 20, 3, 3}, same, some(5400, 2000), true, false, false},
        {"staged, stride",
         16,
         {20, 9, 10},
         {30, 20, 3, 3},
         {{2, 2}, {1, 1}, 1},
         some(5400, 2000),
         true,
         false,
         true},
        {"staged shortcut",
         16,
         {20, 7, 8},
         {60, 20, 1, 1},
         {{2, 2}, {0, 0}, 1},
         some(1200, 800),
         false,
         false,
         false},
        {"staged in strips", 16, {20, 14, 60}, {30, 20, 3, 3}, same, some(5400, 1500), true, false, false},
        {"dense, pool", 24, {1, 11, 10}, {8, 1, 3, 3}, same, some(72, 72), true, true, false},
        {"nearly dense, pool", 24, {1, 11, 10}, {8, 1, 3, 3}, same, some(72, 60), true, true, false},
        {"nearly dense, ReLU", 17, {3, 5, 9}, weight, same, some(135, 70), true, false, false},
        {"dense, stride", 17, {3, 9, 9}, weight, {{2, 1}, {1, 1}, 1}, some(135, 135), true, true, false},
        {"dense, ReLU", 17, {3, 5, 9}, weight, same, some(135, 135), true, false, false},
    };
    return list;
}

struct Results {
    Tensor y, mean, variance;
    std::vector<Tensor> gradients;  ///< x, values, gamma, beta, added
};

Results run(const Case& c, DType type, bool together, bool dense, bool wantsInput, int tile = 0) {
    const Shape xShape{c.batch, c.image[0], c.image[1], c.image[2]};
    const Shape full = backend::convolutionShape("test", xShape, c.weight, c.convolution);
    const std::int64_t outputs = c.weight[0], edges = static_cast<std::int64_t>(c.active.size());
    Tensor image = randomTensor(xShape, 1).to(type);
    if (tile > 0) {
        Tensor noisy = Tensor::batchTiled(xShape, tile, type);
        noisy.fill(1e6);  // in the lanes past the batch
        noisy.copyFrom(image);
        image = noisy;
    }
    Variable x(image, wantsInput);
    auto weight = std::make_shared<sparse::SparseWeight>(
        "layer", c.weight, sparse::Topology(outputs, c.weight.elements() / outputs, c.active), type);
    weight->values().mutableValue() = randomTensor({edges}, 2).to(type);
    Variable whole(weight->dense(), true);
    // Scales of 0, small beside the shift, and negative.
    std::vector<double> scales{0.0, 1e-3, -0.8, 1.2}, shifts{0.3, 0.9, 0.1, -0.4};
    while (static_cast<std::int64_t>(scales.size()) < outputs) {
        scales.push_back(0.4 * static_cast<double>(scales.size() % 5) - 0.7);
        shifts.push_back(0.1);
    }
    Variable gamma(Tensor::from(scales, {outputs}).to(type), true),
        beta(Tensor::from(shifts, {outputs}).to(type), true);
    Variable added = c.added ? Variable(randomTensor(full, 5).to(type), true) : Variable();
    Tensor mean = Tensor::zeros({outputs}, type), variance = Tensor::full({outputs}, 1, type);
    const autograd::BatchNormOptions options{.relu = c.relu, .maxPool = c.pool};
    Variable y;
    if (together) {
        autograd::ConvolutionOperand operand = sparse::convolutionOperand(weight, c.convolution);
        if (dense) operand = {whole, c.weight, std::nullopt, nullptr, {}, {}};
        y = autograd::convolutionBatchNorm(x, operand, c.convolution, gamma, beta, mean, variance, options,
                                           added);
        if (!y.defined()) return {};
    } else {
        const Variable convolved = dense ? autograd::conv2d(x, whole, {}, c.convolution)
                                         : sparse::conv2d(x, weight, {}, c.convolution);
        y = autograd::batchNorm(convolved, gamma, beta, mean, variance, options, added);
    }
    Results results{y.value(), mean, variance, {}};
    y.backward(randomTensor(y.shape(), 6).to(type));
    const Variable& trained = dense ? whole : weight->values();
    for (const Variable& v : {x, trained, gamma, beta}) results.gradients.push_back(v.gradient());
    if (c.added) results.gradients.push_back(added.gradient());
    return results;
}

/// Largest difference of anything, gradients relative to their largest value where that is above 1.
double worst(const Results& a, const Results& b) {
    double result = std::max({largestDifference(a.y, b.y), largestDifference(a.mean, b.mean),
                              largestDifference(a.variance, b.variance)});
    for (std::size_t i = 0; i < a.gradients.size(); ++i) {
        if (!a.gradients[i].defined() && !b.gradients[i].defined()) continue;
        double size = 1;
        for (const double value : b.gradients[i].toDoubles()) size = std::max(size, std::abs(value));
        result = std::max(result, largestDifference(a.gradients[i], b.gradients[i]) / size);
    }
    return result;
}

}  // namespace

class ConvolutionNormTest : public QObject {
    Q_OBJECT

  private slots:
    void cleanup() { setThreadCount(1); }

    void agreesWithTheSingleFunctionsInDouble() {
        for (const Case& c : cases()) {
            const bool isDense = static_cast<std::int64_t>(c.active.size()) == c.weight.elements();
            for (const bool dense : {false, true}) {
                if (dense && !isDense) continue;
                for (const bool wantsInput : {true, false}) {
                    if (dense && wantsInput) continue;
                    const Results expected = run(c, DType::F64, false, dense, wantsInput);
                    for (const int tile : {0, 16, 64}) {
                        const Results found = run(c, DType::F32, true, dense, wantsInput, tile);
                        QVERIFY2(found.y.defined(), c.name);
                        const double error = worst(found, expected);
                        QVERIFY2(error < 2e-4, qPrintable(QString("%1: %2").arg(c.name).arg(error)));
                        QCOMPARE(found.gradients[0].defined(), wantsInput);
                    }
                }
            }
        }
    }

    void bitsAreThoseOfAnyNumberOfThreads() {
        for (const Case& c : cases())
            for (const bool dense : {false, true}) {
                if (dense && static_cast<std::int64_t>(c.active.size()) != c.weight.elements()) continue;
                setThreadCount(1);
                const Results one = run(c, DType::F32, true, dense, !dense);
                for (const int threads : {1, 3}) {
                    setThreadCount(threads);
                    Results found = run(c, DType::F32, true, dense, !dense);
                    QVERIFY2(worst(found, run(c, DType::F32, true, dense, !dense)) == 0, c.name);
                    // Summed over images of its own by each thread.
                    if (threads > 1 && !dense) {
                        QVERIFY2(worst(found, one) < 2e-5, c.name);
                        found.gradients[1] = one.gradients[1];
                    }
                    QVERIFY2(worst(found, one) == 0, c.name);
                }
            }
    }

    void whatItDoesNotCoverItLeavesAlone() {
        Case c = cases().front();
        QVERIFY(!run(c, DType::F64, true, false, true).y.defined());
        c.batch = 7;
        QVERIFY(!run(c, DType::F32, true, false, true).y.defined());
        // The gradient of a dense convolution's input.
        const Case dense = cases().back();
        QVERIFY(!run(dense, DType::F32, true, true, true).y.defined());
    }

    /// What a mask hides is not multiplied by, whether the forward product goes over it or not.
    void multipliesByTheEffectiveWeights() {
        for (const std::int64_t edges : {40, 110}) {
            const Shape shape{7, 6, 3, 3};
            const autograd::Conv2dOptions same{{1, 1}, {1, 1}, 1};
            Tensor mask = Tensor::zeros({edges});
            Tensor shown = Tensor::zeros({edges}, DType::U8);
            for (std::uint32_t e = 0; e < static_cast<std::uint32_t>(edges); ++e) {
                if (e % 3 == 1) continue;
                mask.values<float>()[e] = 1;
                shown.values<std::uint8_t>()[e] = 1;
            }
            const auto compute = [&](bool together, bool skips) {
                const auto weight = std::make_shared<sparse::SparseWeight>(
                    "layer", shape, sparse::Topology(7, 54, some(378, edges)));
                weight->values().mutableValue() = randomTensor({edges}, 2).to(DType::F32);
                weight->setReparameterization(
                    [=](const Variable& values) { return sparse::straightThrough(values, mask); });
                if (skips) weight->setForwardEdges(shown);
                const Variable x(randomTensor({18, 6, 6, 5}, 1).to(DType::F32), true);
                Variable gamma(Tensor::full({7}, 1), true), beta(Tensor::zeros({7}), true);
                Tensor mean = Tensor::zeros({7}), variance = Tensor::full({7}, 1);
                const autograd::BatchNormOptions options{.relu = true, .maxPool = true};
                Variable y = together
                                 ? autograd::convolutionBatchNorm(x, sparse::convolutionOperand(weight, same),
                                                                  same, gamma, beta, mean, variance, options)
                                 : autograd::batchNorm(sparse::conv2d(x, weight, {}, same), gamma, beta, mean,
                                                       variance, options);
                y.backward(randomTensor(y.shape(), 6).to(DType::F32));
                return Results{y.value(), mean, variance, {x.gradient(), weight->values().gradient()}};
            };
            const Results apart = compute(false, false), together = compute(true, false);
            QVERIFY(worst(together, apart) < 1e-5);
            QCOMPARE(worst(compute(false, true), apart), 0.0);
            QCOMPARE(worst(compute(true, true), together), 0.0);
        }
    }

    void givesTheDenseGradientToo() {
        for (const std::int64_t edges : {40, 130}) {
            const Shape shape{5, 3, 3, 3};
            const auto denseGradient = [&](bool together) {
                auto weight = std::make_shared<sparse::SparseWeight>(
                    "layer", shape, sparse::Topology(5, 27, some(135, edges)));
                weight->values().mutableValue() = randomTensor({edges}, 2).to(DType::F32);
                weight->setCapturing(true);
                const Variable x(randomTensor({16, 3, 6, 6}, 1).to(DType::F32), true);
                const Variable gamma(Tensor::full({5}, 1), true), beta(Tensor::zeros({5}), true);
                Tensor mean = Tensor::zeros({5}), variance = Tensor::full({5}, 1);
                const autograd::Conv2dOptions same{{1, 1}, {1, 1}, 1};
                const autograd::BatchNormOptions options{.relu = true, .maxPool = true};
                Variable y = together
                                 ? autograd::convolutionBatchNorm(x, sparse::convolutionOperand(weight, same),
                                                                  same, gamma, beta, mean, variance, options)
                                 : autograd::batchNorm(sparse::conv2d(x, weight, {}, same), gamma, beta, mean,
                                                       variance, options);
                y.backward(randomTensor(y.shape(), 6).to(DType::F32));
                return weight->denseGradient();
            };
            const Tensor expected = denseGradient(false);
            QVERIFY(largestDifference(expected, Tensor::zeros(shape)) > 1);
            QVERIFY(largestDifference(denseGradient(true), expected) < 1e-4);
        }
    }
};

QTEST_APPLESS_MAIN(ConvolutionNormTest)
#include "test_convolution_norm.moc"
