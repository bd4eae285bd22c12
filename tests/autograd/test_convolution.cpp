// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "autograd/convolution.h"
#include "autograd/golden.h"
#include "backend/cpu/convolution_im2col.h"
#include "backend/cpu/convolution_onednn.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::tests;
using autograd::conv2d;
using autograd::Conv2dOptions;
using autograd::Variable;

namespace {

Function convolutionWith(const Conv2dOptions& options) {
    return [options](std::span<const Variable> in) {
        return conv2d(in[0], in[1], in.size() > 2 ? in[2] : Variable(), options);
    };
}

/// The definition, written out: six loops in f64.
Tensor byDefinition(const Tensor& x, const Tensor& w, const Conv2dOptions& o, const Shape& shape) {
    const std::vector<double> from = x.toDoubles(), weight = w.toDoubles();
    std::vector<double> y(static_cast<std::size_t>(shape.elements()), 0.0);
    const std::int64_t C = x.dim(1), H = x.dim(2), W = x.dim(3), each = w.dim(1),
                       outEach = w.dim(0) / o.groups;
    std::size_t at = 0;
    for (std::int64_t n = 0; n < shape[0]; ++n)
        for (std::int64_t out = 0; out < shape[1]; ++out)
            for (std::int64_t i = 0; i < shape[2]; ++i)
                for (std::int64_t j = 0; j < shape[3]; ++j, ++at)
                    for (std::int64_t c = 0; c < each; ++c)
                        for (std::int64_t u = 0; u < w.dim(2); ++u)
                            for (std::int64_t v = 0; v < w.dim(3); ++v) {
                                const std::int64_t r = i * o.stride[0] - o.padding[0] + u;
                                const std::int64_t s = j * o.stride[1] - o.padding[1] + v;
                                if (r < 0 || r >= H || s < 0 || s >= W) continue;
                                const std::int64_t channel = out / outEach * each + c;
                                y[at] += weight[static_cast<std::size_t>(
                                             ((out * each + c) * w.dim(2) + u) * w.dim(3) + v)] *
                                         from[static_cast<std::size_t>(((n * C + channel) * H + r) * W + s)];
                            }
    return Tensor::from(y, shape);
}

struct Case {
    Shape x, weight;
    bool bias;
    Conv2dOptions options;
};

const std::vector<Case> cases{
    {{2, 3, 5, 4}, {4, 3, 3, 3}, true, {}},
    {{3, 2, 5, 5}, {3, 2, 3, 3}, true, {{1, 1}, {1, 1}, 1}},
    {{1, 2, 6, 7}, {3, 2, 3, 3}, false, {{2, 2}, {0, 0}, 1}},
    {{2, 1, 6, 5}, {2, 1, 1, 2}, true, {{3, 2}, {0, 0}, 1}},
    {{5, 4, 4, 3}, {6, 2, 3, 3}, true, {{1, 1}, {1, 1}, 2}},
    {{2, 3, 5, 5}, {3, 1, 3, 3}, false, {{2, 2}, {1, 1}, 3}},
    {{1, 1, 1, 1}, {1, 1, 1, 1}, true, {}},
    {{1, 2, 2, 2}, {2, 2, 4, 4}, false, {{1, 1}, {1, 1}, 1}},
    {{2, 1, 3, 3}, {1, 1, 1, 1}, true, {{1, 1}, {2, 2}, 1}},
};

}  // namespace

class ConvolutionTest : public QObject {
    Q_OBJECT

  private slots:
    void cleanup() { setThreadCount(1); }

    void followsPyTorch() {
        int compared = 0;
        const auto all = golden("convolution");
        for (const auto& c : all) {
            const Conv2dOptions options{c.at("stride"), c.at("padding"), c.at("groups")};
            QCOMPARE(compareWithGolden(c, convolutionWith(options), 1e-13), std::string());
            ++compared;
        }
        QCOMPARE(compared, 10);
    }

    void gradientsAreThoseOfTheFunctionInAllMemoryOrders() {
        for (const Case& c : cases) {
            std::vector<Tensor> inputs{randomTensor(c.x, 1), randomTensor(c.weight, 2)};
            if (c.bias) inputs.push_back(randomTensor({c.weight[0]}, 3));
            QCOMPARE(checkFunction(convolutionWith(c.options), inputs), std::string());
        }
    }

    void everyThreadCountGivesTheDefinition() {
        for (const int threads : {1, 2, 3}) {
            setThreadCount(threads);
            for (const Case& c : cases)
                for (const DType type : {DType::F32, DType::F64}) {
                    const Tensor x = randomTensor(c.x, 4), w = randomTensor(c.weight, 5);
                    const Tensor y = backend::convolution(x.to(type), w.to(type), {}, c.options);
                    const double difference =
                        largestDifference(y.to(DType::F64), byDefinition(x, w, c.options, y.shape()));
                    QVERIFY(difference < (type == DType::F32 ? 2e-6 : 1e-13));
                }
        }
    }

    void everyThreadCountGivesTheSameGradients() {
        // One thread in f64 is what the numerical gradients above confirm.
        for (const Case& c : cases) {
            const Tensor x = randomTensor(c.x, 13), w = randomTensor(c.weight, 14);
            const Shape shape = backend::convolutionShape("test", c.x, c.weight, c.options);
            const Tensor g = randomTensor(shape, 15);
            setThreadCount(1);
            const Tensor gradX = backend::convolutionInputGradient(g, w, c.x, c.options);
            const Tensor gradW = backend::convolutionWeightGradient(x, g, c.weight, c.options);
            for (const int threads : {2, 3})
                for (const DType type : {DType::F32, DType::F64}) {
                    setThreadCount(threads);
                    const double bound = type == DType::F32 ? 1e-5 : 1e-13;
                    const Tensor one =
                        backend::convolutionInputGradient(g.to(type), w.to(type), c.x, c.options);
                    const Tensor other =
                        backend::convolutionWeightGradient(x.to(type), g.to(type), c.weight, c.options);
                    QVERIFY(largestDifference(one.to(DType::F64), gradX) < bound);
                    QVERIFY(largestDifference(other.to(DType::F64), gradW) < bound);
                }
        }
    }

    // Batches of 8 and more are batch-tiled: whole and broken tiles, blocks of every width, images that take
    // several strips, strides that leave out pixels, padding wider than the kernel.
    void batchTiledImagesGiveTheDefinitionAndItsGradients() {
        const std::vector<Case> images{
            {{8, 3, 5, 4}, {4, 3, 3, 3}, true, {}},
            {{17, 2, 6, 7}, {13, 2, 3, 3}, true, {{1, 1}, {1, 1}, 1}},
            {{16, 4, 9, 8}, {7, 4, 3, 3}, false, {{2, 2}, {1, 1}, 1}},
            {{9, 3, 8, 5}, {5, 3, 1, 1}, false, {{2, 2}, {0, 0}, 1}},
            {{8, 5, 3, 3}, {25, 5, 1, 1}, true, {}},
            {{16, 2, 11, 10}, {3, 2, 5, 5}, false, {{1, 1}, {2, 2}, 1}},
            {{8, 2, 7, 9}, {3, 2, 3, 2}, true, {{3, 2}, {1, 1}, 1}},
            {{8, 1, 4, 6}, {2, 1, 1, 1}, false, {{1, 1}, {2, 1}, 1}},
            {{8, 1, 1, 1}, {1, 1, 1, 1}, true, {}},
            {{8, 20, 48, 32}, {2, 20, 3, 3}, false, {{1, 1}, {1, 1}, 1}},
            {{8, 2, 13, 13}, {30, 2, 3, 3}, false, {{1, 1}, {1, 1}, 1}},
        };
        for (const Case& c : images) {
            const Tensor x = randomTensor(c.x, 21), w = randomTensor(c.weight, 22);
            const Tensor b = c.bias ? randomTensor({c.weight[0]}, 23) : Tensor();
            const Shape shape = backend::convolutionShape("test", c.x, c.weight, c.options);
            const Tensor g = randomTensor(shape, 24);
            const auto narrow = [](const Tensor& t) { return t.defined() ? t.to(DType::F32) : t; };
            // Lanes that hold no image hold something else than zero.
            Tensor noisy = Tensor::batchTiled(shape, 16), noisyX = Tensor::batchTiled(c.x, 16);
            noisy.fill(1e6);
            noisy.copyFrom(g);
            noisyX.fill(-1e6);
            noisyX.copyFrom(x);
            const Tensor y = backend::convolution(x, w, b, c.options);
            const Tensor gradX = backend::convolutionInputGradient(g, w, c.x, c.options);
            const Tensor gradW = backend::convolutionWeightGradient(x, g, c.weight, c.options);
            std::vector<Tensor> first;
            for (const int threads : {1, 2, 5}) {
                setThreadCount(threads);
                const std::vector<Tensor> found{
                    backend::convolution(noisyX, narrow(w), narrow(b), c.options),
                    backend::convolutionInputGradient(noisy, narrow(w), c.x, c.options),
                    backend::convolutionWeightGradient(noisyX, noisy, c.weight, c.options)};
                QCOMPARE(found[0].tile(), 16);
                // Sums of products below 1: m terms err by m eps times their absolute sum at most.
                QVERIFY(largestDifference(found[0].to(DType::F64), y) < 1e-4);
                QVERIFY(largestDifference(found[1].to(DType::F64), gradX) < 1e-4);
                QVERIFY(largestDifference(found[2].to(DType::F64), gradW) < 2e-3);
                if (first.empty()) first = found;
                for (std::size_t i = 0; i < found.size(); ++i)
                    QCOMPARE(largestDifference(found[i], first[i]), 0.0);
            }
            setThreadCount(1);
        }
    }

    void sameThreadCountGivesTheSameBits() {
        setThreadCount(3);
        const Tensor x = randomTensor({7, 8, 9, 9}, 6, -1, 1, DType::F32);
        const Tensor w = randomTensor({16, 8, 3, 3}, 7, -1, 1, DType::F32);
        const Conv2dOptions options{{1, 1}, {1, 1}, 1};
        const Tensor g = randomTensor({7, 16, 9, 9}, 8, -1, 1, DType::F32);
        const auto run = [&] {
            return std::vector<Tensor>{backend::convolution(x, w, {}, options),
                                       backend::convolutionInputGradient(g, w, x.shape(), options),
                                       backend::convolutionWeightGradient(x, g, w.shape(), options)};
        };
        const std::vector<Tensor> first = run();
        for (int repeat = 0; repeat < 5; ++repeat) {
            const std::vector<Tensor> again = run();
            for (std::size_t i = 0; i < first.size(); ++i)
                QCOMPARE(largestDifference(again[i], first[i]), 0.0);
        }
    }

    void theDenseWeightGradientNeedsNoWeight() {
        // y = w * x with a 1x1 kernel: d<y, g>/dw = sum over samples and places of g x.
        const Tensor x = Tensor::from(std::vector<double>{1, 2, 3, 4}, {2, 1, 1, 2});
        const Tensor g = Tensor::from(std::vector<double>{10, 20, 30, 40}, {2, 1, 1, 2});
        QCOMPARE(backend::convolutionWeightGradient(x, g, {1, 1, 1, 1}, {}).item(), 10.0 + 40 + 90 + 160);
        QCOMPARE(
            backend::convolutionWeightGradient(x.to(DType::F32), g.to(DType::F32), {1, 1, 1, 1}, {}).item(),
            300.0);
    }

    void unfoldingInSinglePrecisionAgreesWithTheLibrary() {
        // The way f32 goes in builds without the library.
        const Tensor x = randomTensor({3, 4, 7, 6}, 9, -1, 1, DType::F32);
        const Tensor w = randomTensor({6, 2, 3, 3}, 10, -1, 1, DType::F32);
        const Conv2dOptions options{{2, 1}, {1, 1}, 2};
        const Tensor y = backend::convolution(x, w, {}, options);
        const Tensor g = randomTensor(y.shape(), 11, -1, 1, DType::F32);
        const backend::cpu::ConvolutionSizes sizes{3, 4, 7, 6, 6, 3, 3, y.dim(2), y.dim(3), options};
        Tensor unfolded = Tensor::empty(y.shape()), gradX = Tensor::empty(x.shape()),
               gradW = Tensor::empty(w.shape());
        backend::cpu::convolveByColumns<float>(sizes, x.data<float>(), w.data<float>(), nullptr,
                                               unfolded.data<float>());
        backend::cpu::inputGradientByColumns<float>(sizes, g.data<float>(), w.data<float>(),
                                                    gradX.data<float>());
        backend::cpu::weightGradientByColumns<float>(sizes, x.data<float>(), g.data<float>(),
                                                     gradW.data<float>());
        QVERIFY(largestDifference(unfolded, y) < 5e-6);
        QVERIFY(largestDifference(gradX, backend::convolutionInputGradient(g, w, x.shape(), options)) < 5e-6);
        QVERIFY(largestDifference(gradW, backend::convolutionWeightGradient(x, g, w.shape(), options)) <
                2e-5);
    }

    void anEmptyBatchGivesAnEmptyResultAndNoGradient() {
        for (const DType type : {DType::F32, DType::F64}) {
            Variable x(Tensor::zeros({0, 2, 4, 4}, type), true),
                w(randomTensor({3, 2, 3, 3}, 12).to(type), true), b(Tensor::zeros({3}, type), true);
            Variable y = conv2d(x, w, b);
            QVERIFY(y.shape() == (Shape{0, 3, 2, 2}));
            y.backward();
            QCOMPARE(largestDifference(w.gradient(), Tensor::zeros({3, 2, 3, 3}, type)), 0.0);
            QCOMPARE(largestDifference(b.gradient(), Tensor::zeros({3}, type)), 0.0);
        }
    }

    void shapesThatDoNotFitAreNamed() {
        const Variable x(Tensor::zeros({2, 4, 5, 5})), w(Tensor::zeros({6, 4, 3, 3}));
        const auto rejects = [](const Variable& image, const Variable& weight, const Variable& bias,
                                const Conv2dOptions& options, const std::string& text) {
            return throwsRunError([&] { conv2d(image, weight, bias, options); }, {"conv2d", text});
        };
        QVERIFY(rejects(x, Variable(Tensor::zeros({6, 3, 3, 3})), {}, {},
                        "input [2, 4, 5, 5], weight [6, 3, 3, 3]"));
        QVERIFY(rejects(x, Variable(Tensor::zeros({6, 4, 6, 3})), {}, {}, "larger than the padded image"));
        QVERIFY(rejects(Variable(Tensor::zeros({4, 5, 5})), w, {}, {}, "4 axes"));
        QVERIFY(rejects(x, w, Variable(Tensor::zeros({5})), {}, "bias [5]"));
        QVERIFY(rejects(x, w, {}, {{0, 1}, {0, 0}, 1}, "strides must be positive"));
        QVERIFY(rejects(x, w, {}, {{1, 1}, {-1, 0}, 1}, "strides must be positive"));
        QVERIFY(rejects(x, w, {}, {{1, 1}, {0, 0}, 4}, "groups"));
        QVERIFY(rejects(x, w, {}, {{1, 1}, {0, 0}, 0}, "groups"));
        QVERIFY(rejects(x, Variable(Tensor::zeros({6, 4, 3, 3}, DType::F64)), {}, {}, "f32 and f64"));
        QVERIFY(throwsRunError(
            [&] {
                backend::convolutionWeightGradient(x.value(), Tensor::zeros({2, 6, 4, 3}), {6, 4, 3, 3}, {});
            },
            {"[2, 6, 4, 3] instead of [2, 6, 3, 3]"}));
    }
};

QTEST_APPLESS_MAIN(ConvolutionTest)
#include "test_convolution.moc"
