// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "autograd/elementwise.h"
#include "autograd/golden.h"
#include "autograd/normalization.h"
#include "autograd/pooling.h"
#include "backend/normalization.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::tests;
using namespace filigree::autograd;

namespace {

/// Batch normalisation with running statistics of its own for each call.
Function batchNormWith(const BatchNormOptions& options, const Tensor& mean, const Tensor& variance) {
    return [=](std::span<const Variable> in) {
        Tensor runningMean = mean.to(in[0].value().dtype()).clone();
        Tensor runningVariance = variance.to(in[0].value().dtype()).clone();
        return batchNorm(in[0], in[1], in[2], runningMean, runningVariance, options);
    };
}

Function layerNormWith(double epsilon) {
    return [epsilon](std::span<const Variable> in) { return layerNorm(in[0], in[1], in[2], epsilon); };
}

}  // namespace

class NormalizationTest : public QObject {
    Q_OBJECT

  private slots:
    void cleanup() { setThreadCount(1); }

    void followsPyTorch() {
        int batches = 0, layers = 0;
        const auto all = golden("normalization");
        for (const auto& c : all) {
            if (c.at("operation") == "layer") {
                QCOMPARE(compareWithGolden(c, layerNormWith(c.at("epsilon")), 1e-12), std::string());
                ++layers;
                continue;
            }
            const BatchNormOptions options{c.at("training"), c.at("momentum"), c.at("epsilon")};
            const Tensor mean = tensorOf(c.at("mean")), variance = tensorOf(c.at("variance"));
            QCOMPARE(compareWithGolden(c, batchNormWith(options, mean, variance), 1e-12), std::string());
            Tensor runningMean = mean.clone(), runningVariance = variance.clone();
            const auto input = [&](std::size_t i) { return Variable(tensorOf(c.at("inputs").at(i))); };
            batchNorm(input(0), input(1), input(2), runningMean, runningVariance, options);
            QVERIFY(largestDifference(runningMean, tensorOf(c.at("mean_after"))) < 1e-14);
            QVERIFY(largestDifference(runningVariance, tensorOf(c.at("variance_after"))) < 1e-14);
            ++batches;
        }
        QCOMPARE(batches, 10);
        QCOMPARE(layers, 5);
    }

    void batchNormsGradientsAreThoseOfTheFunctionInAllMemoryOrders() {
        for (const Shape& shape :
             {Shape{5, 3}, Shape{3, 1}, Shape{5, 2, 3, 3}, Shape{1, 3, 2, 5}, Shape{6, 2, 1, 1}})
            for (const bool training : {true, false}) {
                const Shape channels{shape[1]};
                const std::vector<Tensor> inputs{randomTensor(shape, 1, -2, 3),
                                                 randomTensor(channels, 2, 0.5, 2),
                                                 randomTensor(channels, 3)};
                const BatchNormOptions options{.training = training, .epsilon = 1e-2};
                const auto function =
                    batchNormWith(options, randomTensor(channels, 4), randomTensor(channels, 5, 0.5, 2));
                QCOMPARE(checkFunction(function, inputs, 1e-7, 2e-5), std::string());
            }
    }

    void layerNormsGradientsAreThoseOfTheFunctionInAllMemoryOrders() {
        for (const auto& [shape, inner] : std::vector<std::pair<Shape, Shape>>{{{4, 5}, {5}},
                                                                               {{2, 3, 4}, {4}},
                                                                               {{2, 3, 4}, {3, 4}},
                                                                               {{3, 1}, {1}},
                                                                               {{7}, {7}},
                                                                               {{2, 33}, {33}}}) {
            const std::vector<Tensor> inputs{randomTensor(shape, 6, -2, 3), randomTensor(inner, 7, 0.5, 2),
                                             randomTensor(inner, 8)};
            QCOMPARE(checkFunction(layerNormWith(1e-2), inputs, 1e-7, 2e-5), std::string());
        }
    }

    void batchTiledMemoryStaysBatchTiledAndItsPaddingDoesNotCount() {
        for (const Shape& shape : {Shape{18, 3}, Shape{18, 2, 4, 5}})
            for (const int tile : {1, 4, 16, 64}) {
                const Shape channels{shape[1]};
                const Tensor x = randomTensor(shape, 9, 4, 9, DType::F32);
                // The lanes past the batch hold something else than zero.
                Tensor noisy = Tensor::batchTiled(shape, tile);
                noisy.fill(1e6);
                noisy.copyFrom(x);
                Tensor direction = Tensor::batchTiled(shape, tile);
                direction.fill(-1e6);
                direction.copyFrom(randomTensor(shape, 10, -1, 1, DType::F32));
                Variable plain(x, true), tiled(noisy, true);
                const auto function = batchNormWith({}, Tensor::zeros(channels, DType::F64),
                                                    Tensor::zeros(channels, DType::F64));
                const auto parameters = [&] {
                    return std::pair{Variable(randomTensor(channels, 11, 0.5, 2, DType::F32), true),
                                     Variable(randomTensor(channels, 12, -1, 1, DType::F32), true)};
                };
                const auto [gamma, beta] = parameters();
                const auto [tiledGamma, tiledBeta] = parameters();
                Variable expected = function(std::vector{plain, gamma, beta});
                Variable actual = function(std::vector{tiled, tiledGamma, tiledBeta});
                QCOMPARE(actual.value().tile(), tile);
                QVERIFY(largestDifference(actual.value(), expected.value()) < 1e-5);
                expected.backward(direction.strided());
                actual.backward(direction);
                QCOMPARE(tiled.gradient().tile(), tile);
                QVERIFY(largestDifference(tiled.gradient(), plain.gradient()) < 1e-5);
                QVERIFY(largestDifference(tiledGamma.gradient(), gamma.gradient()) < 1e-4);
                QVERIFY(largestDifference(tiledBeta.gradient(), beta.gradient()) < 1e-4);
                // What is left in the padding is zero: it cannot grow from layer to layer.
                double padding = 0;
                const std::int64_t lanes = actual.value().paddedElements();
                for (std::int64_t i = 0; i < lanes; ++i)
                    padding += static_cast<double>(std::abs(actual.value().data<float>()[i]));
                double values = 0;
                for (const double v : actual.value().toDoubles()) values += std::abs(v);
                QVERIFY(std::abs(padding - values) < 1e-3);
            }
    }

    // ReLU, an addition before it and a max pool after it, computed along, give what the single functions
    // give one after another: on tiled single-precision images, where it is one pass, and on everything else.
    void whatFollowsANormGivesTheSameAsTheSingleFunctions() {
        struct Tail {
            bool added, relu, pool;
        };
        for (const Shape& shape :
             {Shape{18, 3, 5, 7}, Shape{16, 3, 4, 4}, Shape{3, 3, 2, 9}, Shape{40, 3, 3, 2}})
            for (const Tail& tail : {Tail{false, true, false}, Tail{true, true, false},
                                     Tail{true, false, false}, Tail{false, true, true}})
                for (const bool training : {true, false}) {
                    const Tensor x = randomTensor(shape, 31, -2, 3);
                    // A scale of 0, one that is small beside the shift, and a negative one.
                    const Tensor gamma = Tensor::from(std::vector{0.0, 1e-3, -0.8}, {3});
                    const Tensor beta = Tensor::from(std::vector{0.3, 0.9, 0.1}, {3});
                    const Tensor other = randomTensor(shape, 32), mean = randomTensor({3}, 33),
                                 variance = randomTensor({3}, 34, 0.5, 2);
                    const auto apart = [&](std::span<const Variable> in) {
                        Tensor m = mean.clone(), v = variance.clone();
                        Variable y = batchNorm(in[0], in[1], in[2], m, v, {.training = training});
                        if (tail.added) y = add(y, in[3]);
                        if (tail.relu) y = relu(y);
                        return tail.pool ? maxPool2d(y, {}) : y;
                    };
                    const auto along = [&](std::span<const Variable> in) {
                        const DType type = in[0].value().dtype();
                        Tensor m = mean.to(type).clone(), v = variance.to(type).clone();
                        return batchNorm(in[0], in[1], in[2], m, v,
                                         {.training = training, .relu = tail.relu, .maxPool = tail.pool},
                                         tail.added ? in[3] : Variable());
                    };
                    std::vector<Tensor> inputs{x, gamma, beta};
                    if (tail.added) inputs.push_back(other);
                    std::vector<Variable> plain;
                    for (const Tensor& input : inputs) plain.emplace_back(input);
                    const Tensor expected = apart(plain).value();
                    const Tensor direction = randomTensor(expected.shape(), 35);
                    const auto gradients = gradientsOf(apart, inputs, direction);
                    for (const DType type : {DType::F64, DType::F32}) {
                        std::vector<Tensor> given;
                        for (const Tensor& input : inputs) given.push_back(input.to(type));
                        if (type == DType::F32) given[0] = given[0].tiled(16);
                        std::vector<Variable> variables;
                        for (const Tensor& input : given) variables.emplace_back(input);
                        const double bound = type == DType::F32 ? 2e-4 : 1e-12;
                        QVERIFY(largestDifference(along(variables).value().to(DType::F64), expected) < bound);
                        const auto found = gradientsOf(along, given, direction.to(type));
                        for (std::size_t i = 0; i < found.size(); ++i)
                            QVERIFY(largestDifference(found[i].to(DType::F64), gradients[i]) < bound);
                    }
                }
    }

    void aNormalisedBatchHasMeanZeroAndVarianceOne() {
        const Tensor x = randomTensor({64, 2, 5, 5}, 13, -3, 9, DType::F32);
        Tensor mean = Tensor::zeros({2}), variance = Tensor::full({2}, 1);
        const Variable y =
            batchNorm(Variable(x), Variable(Tensor::full({2}, 1)), Variable(Tensor::zeros({2})), mean,
                      variance, {.momentum = 1, .epsilon = 0});
        const backend::ChannelStatistics after = backend::channelStatistics(y.value());
        QVERIFY(largestDifference(after.mean, Tensor::zeros({2}, DType::F64)) < 1e-6);
        QVERIFY(largestDifference(after.variance, Tensor::full({2}, 1, DType::F64)) < 1e-6);
        // Momentum 1 takes the statistics of the batch; uniform on [-3, 9) has mean 3 and variance 12.
        QVERIFY(largestDifference(mean, Tensor::full({2}, 3)) < 0.5);
        QVERIFY(largestDifference(variance, Tensor::full({2}, 12)) < 1.5);
    }

    void aLargeMeanDoesNotSpoilTheVariance() {
        Tensor x = randomTensor({4096, 1}, 14, -1, 1);
        for (double& value : x.values<double>()) value += 1000;
        const Tensor single = x.to(DType::F32);
        const Tensor expected = backend::channelStatistics(single.to(DType::F64)).variance;
        QVERIFY(largestDifference(backend::channelStatistics(single).variance, expected) < 1e-6);
    }

    void statisticsHaveTheSameBitsForAnyNumberOfThreads() {
        for (const Shape& shape : {Shape{300, 70}, Shape{40, 20, 9, 9}}) {
            const Tensor x = randomTensor(shape, 15, -1, 1, DType::F32);
            const auto one = backend::channelStatistics(x);
            setThreadCount(3);
            const auto three = backend::channelStatistics(x);
            setThreadCount(1);
            QCOMPARE(largestDifference(one.mean, three.mean), 0.0);
            QCOMPARE(largestDifference(one.variance, three.variance), 0.0);
        }
    }

    void evaluationLeavesTheRunningStatisticsAlone() {
        Tensor mean = Tensor::full({3}, 0.5), variance = Tensor::full({3}, 4);
        const Variable y =
            batchNorm(Variable(Tensor::full({1, 3}, 2.5)), Variable(Tensor::full({3}, 3)),
                      Variable(Tensor::full({3}, 1)), mean, variance, {.training = false, .epsilon = 0});
        QCOMPARE(y.value().toDoubles(), (std::vector<double>{4, 4, 4}));
        QCOMPARE(mean.toDoubles(), (std::vector<double>{0.5, 0.5, 0.5}));
        QCOMPARE(variance.toDoubles(), (std::vector<double>{4, 4, 4}));
    }

    void shapesThatDoNotFitAreNamed() {
        const Variable x(Tensor::zeros({4, 3})), three(Tensor::full({3}, 1)), two(Tensor::full({2}, 1));
        Tensor mean = Tensor::zeros({3}), variance = Tensor::full({3}, 1), wrong = Tensor::zeros({2});
        QVERIFY(throwsRunError([&] { batchNorm(x, two, three, mean, variance); },
                               {"batchNorm", "[2]", "[4, 3]"}));
        QVERIFY(throwsRunError([&] { batchNorm(x, three, two, mean, variance); },
                               {"batchNorm", "[2]", "[4, 3]"}));
        QVERIFY(
            throwsRunError([&] { batchNorm(x, three, three, wrong, variance); }, {"running mean", "[2]"}));
        QVERIFY(
            throwsRunError([&] { batchNorm(x, three, three, mean, wrong); }, {"running variance", "[2]"}));
        const Variable one(Tensor::zeros({1, 3})), vector(Tensor::zeros({3})), cube(Tensor::zeros({2, 3, 4}));
        QVERIFY(
            throwsRunError([&] { batchNorm(one, three, three, mean, variance); }, {"more than one value"}));
        QVERIFY(throwsRunError([&] { batchNorm(vector, three, three, mean, variance); }, {"[3]"}));
        QVERIFY(throwsRunError([&] { batchNorm(cube, three, three, mean, variance); }, {"[2, 3, 4]"}));
        // A refused call changes nothing.
        QCOMPARE(mean.toDoubles(), (std::vector<double>{0, 0, 0}));
        QVERIFY(throwsRunError([&] { layerNorm(x, two, two); }, {"layerNorm", "gamma [2]", "[4, 3]"}));
        QVERIFY(throwsRunError([&] { layerNorm(x, three, two); }, {"layerNorm", "beta [2]"}));
        QVERIFY(throwsRunError(
            [&] {
                layerNorm(vector, Variable(Tensor::zeros({1, 3})), three);
            },
            {"gamma [1, 3]"}));
    }
};

QTEST_APPLESS_MAIN(NormalizationTest)
#include "test_normalization.moc"
