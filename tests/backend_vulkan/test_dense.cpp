// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "backend/elementwise.h"
#include "backend/loss.h"
#include "backend/matmul.h"
#include "backend/reduction.h"
#include "backend/softmax.h"
#include "backend/sparse_linear.h"
#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/loss.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/optimizer.h"
#include "backend/vulkan/reduction.h"
#include "backend/vulkan/softmax.h"
#include "fixture.h"
#include "optim/optimizer.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

constexpr double unit = 1.2e-7;  ///< one rounding to f32, and a little

std::vector<double> scaled(const Tensor& magnitudes, double factor) {
    std::vector<double> bounds = magnitudes.toDoubles();
    for (double& bound : bounds) bound = bound * factor + 1e-30;
    return bounds;
}

std::vector<float> absolute(std::vector<float> values) {
    for (float& value : values) value = std::abs(value);
    return values;
}

}  // namespace

/// Kernels over dense arrays against the CPU's f64 result.
class TestDense : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void functionsOfOneElement() {
        using backend::Unary;
        Stream& stream = fixture_.stream();
        std::vector<float> values = randomNumbers(3000, "unary", 2);
        values.insert(values.end(), {0, 0.05F, -0.05F, 0.5F, -0.5F, 12, -12, 80, -80, 1e-6F});
        for (int f = 0; f <= static_cast<int>(Unary::XLogX); ++f) {
            const auto function = static_cast<Unary>(f);
            const bool positive =
                function == Unary::Log || function == Unary::Sqrt || function == Unary::XLogX;
            std::vector<float> arguments = positive ? absolute(values) : values;
            if (positive) std::replace(arguments.begin(), arguments.end(), 0.0F, 0.25F);
            if (function == Unary::Power) arguments = absolute(values);
            const double a = function == Unary::Clamp ? -0.5 : function == Unary::Power ? 1.5 : 0.7, b = 0.5;
            const Array x = fixture_.upload(arguments);
            const Tensor wideX = wide(arguments, {static_cast<std::int64_t>(arguments.size())});
            const Tensor wideY =
                backend::apply(function, wideX, static_cast<double>(static_cast<float>(a)), b);
            const auto y = fixture_.twice(arguments.size(), [&](const View& to) {
                apply(stream, function, x, to, static_cast<float>(a), static_cast<float>(b));
            });
            // Relative to the size of argument and result, and to |x| for the exponential's own error.
            std::vector<double> bounds;
            for (const double one : wideY.toDoubles()) bounds.push_back(3e-6 * (1 + std::abs(one)));
            if (function == Unary::Exp || function == Unary::Power)
                for (std::size_t i = 0; i < bounds.size(); ++i)
                    bounds[i] *= 1 + std::abs(static_cast<double>(arguments[i]));
            const std::string message = differs(y, wideY.toDoubles(), bounds);
            QVERIFY2(message.empty(), ("function " + std::to_string(f) + ": " + message).c_str());

            const std::vector<float> slope = randomNumbers(arguments.size(), "slope");
            const Array gradient = fixture_.upload(slope), kept = fixture_.upload(y);
            const auto dx = fixture_.twice(arguments.size(), [&](const View& to) {
                applyDerivative(stream, function, gradient, x, kept, to, static_cast<float>(a),
                                static_cast<float>(b));
            });
            const std::vector<double> wideD =
                backend::applyDerivative(function, wide(slope, wideX.shape()), wideX, wideY,
                                         static_cast<double>(static_cast<float>(a)), b)
                    .toDoubles();
            for (std::size_t i = 0; i < bounds.size(); ++i)
                bounds[i] = 6e-6 * (std::abs(wideD[i]) + std::abs(static_cast<double>(slope[i]))) *
                            (1 + std::abs(static_cast<double>(arguments[i])));
            const std::string slopes = differs(dx, wideD, bounds);
            QVERIFY2(slopes.empty(), ("derivative " + std::to_string(f) + ": " + slopes).c_str());
        }
    }

    void functionsOfTwoElements() {
        using backend::Binary;
        Stream& stream = fixture_.stream();
        const auto a = randomNumbers(6 * 5, "a"), b = randomNumbers(6 * 5, "b"), c = randomNumbers(5, "c");
        const Array left = fixture_.upload(a), right = fixture_.upload(b), bias = fixture_.upload(c);
        for (const Binary f : {Binary::Add, Binary::Subtract, Binary::Multiply, Binary::Divide}) {
            const auto same = fixture_.twice(30, [&](const View& to) { apply(stream, f, left, right, to); });
            const auto want = backend::apply(f, wide(a, {6, 5}), wide(b, {6, 5})).toDoubles();
            std::vector<double> bounds;
            for (const double one : want) bounds.push_back(4e-7 * std::abs(one) + 4e-7);
            VERIFY_SAME(differs(same, want, bounds));
            const auto perColumn =
                fixture_.twice(30, [&](const View& to) { apply(stream, f, left, bias, to, 1, 5); });
            const auto wanted = backend::apply(f, wide(a, {6, 5}), wide(c, {5})).toDoubles();
            for (std::size_t i = 0; i < 30; ++i) bounds[i] = 4e-7 * std::abs(wanted[i]) + 4e-7;
            VERIFY_SAME(differs(perColumn, wanted, bounds));
        }
        // In place, and a bias along the outer axis.
        const Array rows = fixture_.upload({1, 2, 3, 4, 5, 6}), two = fixture_.upload({10, 20});
        apply(stream, Binary::Add, rows, two, rows, 3, 2);
        QCOMPARE(fixture_.read(rows), (std::vector<float>{11, 12, 13, 24, 25, 26}));
        QVERIFY_THROWS_EXCEPTION(Error, apply(stream, Binary::Add, rows, two, rows, 1, 3));
    }

    void matrixProducts() {
        Stream& stream = fixture_.stream();
        const std::vector<std::array<std::int64_t, 3>> shapes{{1, 1, 1},   {33, 17, 65}, {64, 64, 16},
                                                              {5, 200, 3}, {70, 1, 30},  {3, 4, 0},
                                                              {36, 8, 20}, {5, 7, 1000}, {8, 4, 1028}};
        for (const auto& [m, n, k] : shapes)
            for (int transposes = 0; transposes < 4; ++transposes) {
                const bool ta = transposes & 1, tb = transposes & 2;
                const auto a = randomNumbers(static_cast<std::size_t>(m * k), "A"),
                           b = randomNumbers(static_cast<std::size_t>(k * n), "B");
                const Tensor wideA = wide(a, ta ? Shape{k, m} : Shape{m, k}),
                             wideB = wide(b, tb ? Shape{n, k} : Shape{k, n});
                const auto size = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
                Gemm shape{size(m), size(n), size(k)};
                shape.a = ta ? Strides{1, size(m)} : Strides{size(k), 1};
                shape.b = tb ? Strides{1, size(k)} : Strides{size(n), 1};
                shape.cRow = size(n);
                const Array left = fixture_.upload(a), right = fixture_.upload(b);
                const auto c = fixture_.twice(
                    size(m * n), [&](const View& to) { gemm(stream, shape, left, right, nullptr, to); });
                const Tensor bound = backend::matmul(wide(absolute(a), wideA.shape()),
                                                     wide(absolute(b), wideB.shape()), ta, tb);
                VERIFY_SAME(differs(c, backend::matmul(wideA, wideB, ta, tb).toDoubles(),
                                    scaled(bound, unit * static_cast<double>(k + 2))));
            }
    }

    void matrixProductsWithFactorsBatchesAndParts() {
        Stream& stream = fixture_.stream();
        // 3 batches of the sum over 2 parts of a 4 x 6 by 6 x 5 product.
        const auto a = randomNumbers(3 * 2 * 24, "A"), b = randomNumbers(3 * 2 * 30, "B"),
                   c = randomNumbers(3 * 20, "C"), bias = randomNumbers(4, "bias");
        Gemm shape{4, 5, 6};
        shape.a = {6, 1};
        shape.b = {5, 1};
        shape.cRow = 5;
        shape.batches = 3;
        shape.parts = 2;
        shape.aPart = 24;
        shape.bPart = 30;
        shape.aBatch = 48;
        shape.bBatch = 60;
        shape.cBatch = 20;
        shape.alpha = 0.5F;
        shape.beta = -2;
        shape.relu = true;
        const Array left = fixture_.upload(a), right = fixture_.upload(b), rows = fixture_.upload(bias),
                    result = fixture_.upload(c);
        const View biasView = rows;
        gemm(stream, shape, left, right, &biasView, result);
        std::vector<double> want;
        for (std::size_t batch = 0; batch < 3; ++batch)
            for (std::size_t i = 0; i < 4; ++i)
                for (std::size_t j = 0; j < 5; ++j) {
                    double sum = 0;
                    for (std::size_t part = 0; part < 2; ++part)
                        for (std::size_t k = 0; k < 6; ++k)
                            sum += static_cast<double>(a[batch * 48 + part * 24 + i * 6 + k]) *
                                   static_cast<double>(b[batch * 60 + part * 30 + k * 5 + j]);
                    want.push_back(std::max(0.0, 0.5 * sum -
                                                     2 * static_cast<double>(c[batch * 20 + i * 5 + j]) +
                                                     static_cast<double>(bias[i])));
                }
        VERIFY_SAME(differs(fixture_.read(result), want, 1e-5));
        shape.batches = 4;
        QVERIFY_THROWS_EXCEPTION(Error, gemm(stream, shape, left, right, &biasView, result));
    }

    void sharesOfASumGetFactorsAndBiasOnce() {
        // Few elements and a long sum: several work groups share it. 2 batches with one A, a sum over 2
        // parts.
        Stream& stream = fixture_.stream();
        constexpr std::size_t M = 3, N = 5, K = 300;
        const auto a = randomNumbers(2 * M * K, "A"), b = randomNumbers(4 * K * N, "B"),
                   c = randomNumbers(2 * M * N, "C"), bias = randomNumbers(M, "bias");
        Gemm shape{M, N, K};
        shape.a = {K, 1};
        shape.b = {N, 1};
        shape.cRow = N;
        shape.batches = shape.parts = 2;
        shape.aPart = M * K;
        shape.bPart = 2 * K * N;
        shape.bBatch = K * N;
        shape.cBatch = M * N;
        shape.alpha = 0.5F;
        shape.beta = -2;
        shape.relu = true;
        const Array left = fixture_.upload(a), right = fixture_.upload(b), rows = fixture_.upload(bias),
                    result = fixture_.upload(c);
        const View biasView = rows;
        const std::int64_t before = stream.dispatches();
        gemm(stream, shape, left, right, &biasView, result);
        QCOMPARE(stream.dispatches() - before, std::int64_t{2});
        std::vector<double> want;
        for (std::size_t batch = 0; batch < 2; ++batch)
            for (std::size_t i = 0; i < M; ++i)
                for (std::size_t j = 0; j < N; ++j) {
                    double sum = 0;
                    for (std::size_t part = 0; part < 2; ++part)
                        for (std::size_t k = 0; k < K; ++k)
                            sum += static_cast<double>(a[part * M * K + i * K + k]) *
                                   static_cast<double>(b[(2 * part + batch) * K * N + k * N + j]);
                    want.push_back(std::max(0.0, 0.5 * sum -
                                                     2 * static_cast<double>(c[batch * M * N + i * N + j]) +
                                                     static_cast<double>(bias[i])));
                }
        VERIFY_SAME(differs(fixture_.read(result), want, 1e-4));
    }

    void largeBlocks() {
        Stream& stream = fixture_.stream();
        // As many batches as make blocks of 128 x 128 worth their while. Of the matrices that can be read by
        // fours both, of the others none.
        constexpr std::int64_t batches = 32;
        const auto check = [&](std::int64_t m, std::int64_t n, std::int64_t k, bool ta, bool tb) {
            const auto size = [](std::int64_t x) { return static_cast<std::uint64_t>(x); };
            const auto a = randomNumbers(size(batches * m * k), "A"),
                       b = randomNumbers(size(batches * k * n), "B");
            Gemm shape{size(m), size(n), size(k)};
            shape.a = ta ? Strides{1, size(m)} : Strides{size(k), 1};
            shape.b = tb ? Strides{1, size(k)} : Strides{size(n), 1};
            shape.cRow = size(n);
            shape.batches = size(batches);
            shape.aBatch = size(m * k);
            shape.bBatch = size(k * n);
            shape.cBatch = size(m * n);
            const Array left = fixture_.upload(a), right = fixture_.upload(b);
            const auto c = fixture_.twice(size(batches * m * n), [&](const View& to) {
                gemm(stream, shape, left, right, nullptr, to);
            });
            const auto product = [&](const std::vector<float>& x, const std::vector<float>& y) {
                return backend::batchedMatmul(wide(x, ta ? Shape{batches, k, m} : Shape{batches, m, k}),
                                              wide(y, tb ? Shape{batches, n, k} : Shape{batches, k, n}), ta,
                                              tb);
            };
            VERIFY_SAME(
                differs(c, product(a, b).toDoubles(),
                        scaled(product(absolute(a), absolute(b)), unit * static_cast<double>(k + 2))));
        };
        check(130, 131, 9, false, true);
        check(132, 136, 12, true, false);
    }

    void aWideLayerTakesAllTilesOfItsBatchAtOnce() {
        Stream& stream = fixture_.stream();
        constexpr std::size_t inputs = 6, outputs = 8100;
        const Layout layout{150, 32};
        const auto x = randomNumbers(layout.batch * inputs, "x"), w = randomNumbers(outputs * inputs, "w"),
                   b = randomNumbers(outputs, "b");
        const Array X = fixture_.upload(tiled(x, layout, inputs)), W = fixture_.upload(w),
                    B = fixture_.upload(b);
        const View bias = B;
        const auto y = fixture_.twice(layout.count(outputs), [&](const View& to) {
            linear(stream, layout, inputs, outputs, X, W, &bias, to);
        });
        VERIFY_SAME(
            differs(untiled(y, layout, outputs),
                    backend::linear(wide(x, {150, inputs}), wide(w, {outputs, inputs}), wide(b, {outputs}))
                        .toDoubles(),
                    2e-5));
    }

    void denseLayersOverTiles() {
        Stream& stream = fixture_.stream();
        for (const Layout layout : {Layout{70, 32}, Layout{64, 64}, Layout{1, 32}, Layout{5, 1}}) {
            const auto N = static_cast<std::int64_t>(layout.batch);
            const auto x = randomNumbers(layout.batch * 20, "x"), w = randomNumbers(13 * 20, "w"),
                       b = randomNumbers(13, "b"), dy = randomNumbers(layout.batch * 13, "dy");
            const Array X = fixture_.upload(tiled(x, layout, 20)), W = fixture_.upload(w),
                        B = fixture_.upload(b), DY = fixture_.upload(tiled(dy, layout, 13));
            const View bias = B;
            const auto y = fixture_.twice(
                layout.count(13), [&](const View& to) { linear(stream, layout, 20, 13, X, W, &bias, to); });
            VERIFY_SAME(differs(
                untiled(y, layout, 13),
                backend::linear(wide(x, {N, 20}), wide(w, {13, 20}), wide(b, {13})).toDoubles(), 1e-4));
            const auto dx = fixture_.twice(layout.count(20), [&](const View& to) {
                linearInputGradient(stream, layout, 20, 13, DY, W, to);
            });
            VERIFY_SAME(differs(untiled(dx, layout, 20),
                                backend::matmul(wide(dy, {N, 13}), wide(w, {13, 20})).toDoubles(), 1e-4));
            const auto dw = fixture_.twice(
                13 * 20, [&](const View& to) { linearWeightGradient(stream, layout, 20, 13, X, DY, to); });
            VERIFY_SAME(differs(
                dw, backend::matmul(wide(dy, {N, 13}), wide(x, {N, 20}), true, false).toDoubles(), 2e-4));
        }
    }

    void sumsAndMaxima() {
        Stream& stream = fixture_.stream();
        const std::vector<std::array<std::int64_t, 3>> shapes{
            {1, 1000, 1}, {3, 70, 5}, {200, 1, 2}, {1, 5, 33}, {2, 0, 3}};
        for (const auto& [o, r, i] : shapes) {
            const auto x = randomNumbers(static_cast<std::size_t>(o * r * i), "x");
            const Array X = fixture_.upload(x);
            const auto O = static_cast<std::uint64_t>(o), R = static_cast<std::uint64_t>(r),
                       I = static_cast<std::uint64_t>(i);
            const std::array axes{1};
            const auto sums =
                fixture_.twice(O * I, [&](const View& to) { sum(stream, X, O, R, I, to, 0.5F); });
            std::vector<double> want = backend::sum(wide(x, {o, r, i}), axes).toDoubles();
            for (double& one : want) one *= 0.5;
            VERIFY_SAME(differs(sums, want,
                                scaled(backend::sum(wide(absolute(x), {o, r, i}), axes),
                                       unit * static_cast<double>(r / 64 + 8))));
            if (r == 0) continue;
            const Array places = fixture_.poisoned(O * I);
            const auto largest =
                fixture_.twice(O * I, [&](const View& to) { maximum(stream, X, O, R, I, to, places); });
            const backend::Maximum expected = backend::max(wide(x, {o, r, i}), 1);
            VERIFY_SAME(differs(largest, expected.value.toDoubles(), 0));
            const auto index = stream.read<std::uint32_t>(places);
            const auto wantedIndex = expected.index.toDoubles();
            QCOMPARE(std::vector<double>(index.begin(), index.end()), wantedIndex);
        }
        // Of equals the first; NaN wins.
        std::vector<float> ties(300, 1);
        ties[100] = ties[250] = 2;
        const Array T = fixture_.upload(ties), value = fixture_.poisoned(1), place = fixture_.poisoned(1);
        maximum(stream, T, 1, 300, 1, value, place);
        QCOMPARE(stream.read<std::uint32_t>(place)[0], 100U);
        ties[270] = std::numeric_limits<float>::quiet_NaN();
        const Array withNan = fixture_.upload(ties);
        maximum(stream, withNan, 1, 300, 1, value, place);
        QCOMPARE(stream.read<std::uint32_t>(place)[0], 270U);
        QVERIFY(std::isnan(fixture_.read(value)[0]));
    }

    void sumsPerFeatureIgnoreLanesPastTheBatch() {
        Stream& stream = fixture_.stream();
        for (const Layout layout : {Layout{37, 16}, Layout{3, 1}, Layout{1, 32}}) {
            const FeatureShape shape{layout, 6, 1};
            const auto x = randomNumbers(layout.batch * 6, "x");
            const Array X = fixture_.upload(tiled(x, layout, 6, 1e6F));
            const auto sums = fixture_.twice(6, [&](const View& to) { featureSum(stream, shape, X, to); });
            VERIFY_SAME(differs(
                sums, backend::featureSum(wide(x, {static_cast<std::int64_t>(layout.batch), 6})).toDoubles(),
                1e-5));
        }
        // [2, 3, 4] pixels, moments about a mean.
        const auto x = randomNumbers(24, "x"), z = randomNumbers(24, "z"), mean = randomNumbers(3, "mean");
        const FeatureShape image{{2, 1}, 3, 4};
        const Array X = fixture_.upload(x), Z = fixture_.upload(z), M = fixture_.upload(mean);
        const auto squares =
            fixture_.twice(3, [&](const View& to) { featureSquares(stream, image, X, M, to, 0.125F); });
        const auto products =
            fixture_.twice(3, [&](const View& to) { featureProducts(stream, image, X, Z, M, to); });
        std::vector<double> wantSquares(3), wantProducts(3);
        for (std::size_t n = 0; n < 2; ++n)
            for (std::size_t c = 0; c < 3; ++c)
                for (std::size_t p = 0; p < 4; ++p) {
                    const double one = static_cast<double>(x[(n * 3 + c) * 4 + p]),
                                 centre = static_cast<double>(mean[c]);
                    wantSquares[c] += 0.125 * (one - centre) * (one - centre);
                    wantProducts[c] += one * (static_cast<double>(z[(n * 3 + c) * 4 + p]) - centre);
                }
        VERIFY_SAME(differs(squares, wantSquares, 1e-6));
        VERIFY_SAME(differs(products, wantProducts, 5e-6));
    }

    void softmaxesAndTheirGradients() {
        Stream& stream = fixture_.stream();
        for (const AxisShape shape : {AxisShape{4, 10, 1}, AxisShape{2, 130, 3}, AxisShape{1, 1, 1}}) {
            const std::size_t count = shape.outer * shape.length * shape.inner;
            const Shape dense{static_cast<std::int64_t>(shape.outer), static_cast<std::int64_t>(shape.length),
                              static_cast<std::int64_t>(shape.inner)};
            auto x = randomNumbers(count, "x", 5), g = randomNumbers(count, "g");
            x[0] = 200;  // does not overflow
            const Array X = fixture_.upload(x), G = fixture_.upload(g);
            const auto y = fixture_.twice(count, [&](const View& to) { softmax(stream, shape, X, to); });
            const Tensor wideY = backend::softmax(wide(x, dense), 1);
            VERIFY_SAME(differs(y, wideY.toDoubles(), 2e-6));
            const Array Y = fixture_.upload(y);
            const auto dx =
                fixture_.twice(count, [&](const View& to) { softmaxBackward(stream, shape, G, Y, to); });
            VERIFY_SAME(differs(dx, backend::softmaxBackward(wide(g, dense), wideY, 1).toDoubles(), 1e-5));
            const auto logs =
                fixture_.twice(count, [&](const View& to) { logSoftmax(stream, shape, X, to); });
            const Tensor wideLogs = backend::logSoftmax(wide(x, dense), 1);
            VERIFY_SAME(differs(logs, wideLogs.toDoubles(), 1e-6 * 250));
            const Array L = fixture_.upload(logs);
            const auto dlogs =
                fixture_.twice(count, [&](const View& to) { logSoftmaxBackward(stream, shape, G, L, to); });
            VERIFY_SAME(
                differs(dlogs, backend::logSoftmaxBackward(wide(g, dense), wideLogs, 1).toDoubles(), 1e-4));
        }
    }

    void crossEntropies() {
        Stream& stream = fixture_.stream();
        for (const Layout layout : {Layout{37, 32}, Layout{1, 32}, Layout{6, 1}}) {
            const auto N = static_cast<std::int64_t>(layout.batch);
            for (const double smoothing : {0.0, 0.1}) {
                auto logits = randomNumbers(layout.batch * 10, "logits", 3);
                std::vector<std::uint32_t> labels(layout.batch);
                std::vector<std::int32_t> same(layout.batch);
                for (std::size_t n = 0; n < layout.batch; ++n)
                    labels[n] = static_cast<std::uint32_t>(same[n] = static_cast<std::int32_t>(n * 7 % 10));
                const Array X = fixture_.upload(tiled(logits, layout, 10, 1e30F)),
                            L = stream.upload(std::span<const std::uint32_t>(labels), "labels");
                const Array correct = fixture_.poisoned(layout.batch),
                            gradient = fixture_.poisoned(layout.count(10));
                const auto loss = fixture_.twice(layout.batch, [&](const View& to) {
                    crossEntropy(stream, layout, 10, X, L, static_cast<float>(smoothing), 0.25F, to, correct,
                                 gradient);
                });
                const Tensor logs = backend::logSoftmax(wide(logits, {N, 10}), 1),
                             wideLabels = Tensor::from(same, {N});
                const double s = static_cast<double>(static_cast<float>(smoothing));
                VERIFY_SAME(differs(loss, backend::crossEntropy(logs, wideLabels, s).toDoubles(), 2e-5));
                const Tensor want =
                    backend::crossEntropyBackward(Tensor::full({N}, 0.25, DType::F64), logs, wideLabels, s);
                const auto dx = fixture_.read(gradient);
                VERIFY_SAME(differs(untiled(dx, layout, 10), want.toDoubles(), 1e-6));
                double padding = 0;
                for (const float one : dx) padding += static_cast<double>(std::abs(one));
                double inside = 0;
                for (const float one : untiled(dx, layout, 10)) inside += static_cast<double>(std::abs(one));
                QVERIFY(std::abs(padding - inside) < 1e-9);
                const auto right = fixture_.read(correct);
                for (std::size_t n = 0; n < layout.batch; ++n) {
                    const auto* row = logits.data() + n * 10;
                    QCOMPARE(right[n], std::max_element(row, row + 10) - row == same[n] ? 1.0F : 0.0F);
                }
            }
        }
    }

    void optimisersStepAsOnTheCpu() {
        Stream& stream = fixture_.stream();
        const auto w = randomNumbers(700, "w");
        const std::vector<std::vector<float>> gradients{randomNumbers(700, "g1"), randomNumbers(700, "g2"),
                                                        randomNumbers(700, "g3")};
        std::vector<Array> G;
        for (const auto& g : gradients) G.push_back(fixture_.upload(g));
        // The CPU's in f64.
        const auto expected = [&](auto&& make, autograd::Variable variable) {
            auto optimizer = make(std::vector<optim::ParameterGroup>{{{{"w", variable}}, 0.1, 0.01}});
            for (const auto& g : gradients) {
                variable.setGradient(wide(g, {700}));
                optimizer->step();
            }
            return variable.value().toDoubles();
        };
        const auto fresh = [&] { return autograd::Variable(wide(w, {700}), true); };
        struct Case {
            float momentum;
            bool nesterov;
            optim::WeightDecay decay;
        };
        for (const Case& c :
             {Case{0, false, optim::WeightDecay::Coupled}, Case{0.9F, false, optim::WeightDecay::Coupled},
              Case{0.9F, true, optim::WeightDecay::Decoupled}}) {
            const auto want = expected(
                [&](auto groups) {
                    return std::make_unique<optim::Sgd>(
                        groups, optim::SgdOptions{static_cast<double>(c.momentum), c.nesterov, c.decay});
                },
                fresh());
            const bool coupled = c.decay == optim::WeightDecay::Coupled;
            const SgdStep step{0.1F, c.momentum, c.nesterov, coupled ? 1.0F : 0.999F, coupled ? 0.01F : 0.0F};
            const auto got = fixture_.twice(700, [&](const View& to) {
                stream.write(to, std::span<const float>(w));
                const Array velocity = fixture_.upload(std::vector<float>(700));
                for (const Array& g : G) sgd(stream, step, to, g, velocity);
            });
            VERIFY_SAME(differs(got, want, 3e-6));
        }
        for (const auto decay : {optim::WeightDecay::Coupled, optim::WeightDecay::Decoupled}) {
            const bool coupled = decay == optim::WeightDecay::Coupled;
            const auto want = expected(
                [&](auto groups) {
                    return std::make_unique<optim::Adam>(groups, optim::AdamOptions{0.9, 0.99, 1e-8, decay});
                },
                fresh());
            const auto got = fixture_.twice(700, [&](const View& to) {
                stream.write(to, std::span<const float>(w));
                const Array first = fixture_.upload(std::vector<float>(700)),
                            second = fixture_.upload(std::vector<float>(700));
                AdamStep step{0.1F, 0.9, 0.99, 1e-8F, 0, coupled ? 1.0F : 0.999F, coupled ? 0.01F : 0.0F};
                for (const Array& g : G) {
                    ++step.step;
                    adam(stream, step, to, g, first, second);
                }
            });
            VERIFY_SAME(differs(got, want, 5e-6));
        }
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestDense)
#include "test_dense.moc"
