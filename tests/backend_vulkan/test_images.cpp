// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>
#include <limits>

#include "backend/convolution.h"
#include "backend/normalization.h"
#include "backend/pooling.h"
#include "backend/sparse_convolution.h"
#include "backend/vulkan/convolution.h"
#include "backend/vulkan/normalization.h"
#include "backend/vulkan/pooling.h"
#include "fixture.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

constexpr double unit = 1.2e-7;

std::vector<float> absolute(std::vector<float> values) {
    for (float& value : values) value = std::abs(value);
    return values;
}
std::vector<double> bounds(const Tensor& magnitudes, double terms) {
    std::vector<double> result = magnitudes.toDoubles();
    for (double& one : result) one = one * unit * (terms + 2) + 1e-30;
    return result;
}

struct Case {
    const char* name;
    WindowShape shape;
};
/// Channels, outputs, image, kernel, stride, padding.
const std::vector<Case> cases{
    {"padded 3 x 3", {{5, 32}, 3, 4, {6, 7}, {3, 3}, {1, 1}, {1, 1}}},
    {"strided, row-major", {{3, 1}, 2, 3, {7, 6}, {3, 2}, {2, 2}, {1, 0}}},
    {"one pixel", {{1, 32}, 1, 1, {1, 1}, {1, 1}, {1, 1}, {0, 0}}},
    {"1 x 1, two tiles", {{37, 32}, 4, 5, {3, 3}, {1, 1}, {1, 1}, {0, 0}}},
    {"wide stride", {{4, 8}, 2, 3, {9, 5}, {2, 5}, {3, 1}, {0, 2}}},
};

Shape tensorShape(const WindowShape& s, std::uint64_t channels, std::array<std::uint64_t, 2> image) {
    return {static_cast<std::int64_t>(s.layout.batch), static_cast<std::int64_t>(channels),
            static_cast<std::int64_t>(image[0]), static_cast<std::int64_t>(image[1])};
}
std::array<std::int64_t, 2> wideOf(std::array<std::uint64_t, 2> pair) {
    return {static_cast<std::int64_t>(pair[0]), static_cast<std::int64_t>(pair[1])};
}

}  // namespace

/// Convolution, pooling and batch norm against the CPU's f64 result.
class TestImages : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void convolutions() {
        Stream& stream = fixture_.stream();
        for (const auto& [name, s] : cases) {
            const std::size_t in = s.channels * s.pixels(), out = s.outputs * s.outPixels();
            const auto x = randomNumbers(s.layout.batch * in, "x"),
                       dy = randomNumbers(s.layout.batch * out, "dy"),
                       w = randomNumbers(s.outputs * s.columns(), "w"), b = randomNumbers(s.outputs, "b");
            const Shape xShape = tensorShape(s, s.channels, s.image),
                        yShape = tensorShape(s, s.outputs, s.outImage()),
                        wShape{static_cast<std::int64_t>(s.outputs), static_cast<std::int64_t>(s.channels),
                               static_cast<std::int64_t>(s.kernel[0]),
                               static_cast<std::int64_t>(s.kernel[1])};
            const backend::Conv2dOptions options{wideOf(s.stride), wideOf(s.padding)};
            const Tensor X = wide(x, xShape), DY = wide(dy, yShape), W = wide(w, wShape),
                         B = wide(b, {static_cast<std::int64_t>(s.outputs)});
            const Tensor absX = wide(absolute(x), xShape), absDY = wide(absolute(dy), yShape),
                         absW = wide(absolute(w), wShape), absB = wide(absolute(b), B.shape());
            const Array DX = fixture_.upload(tiled(x, s.layout, in, 1e20F)),
                        DDY = fixture_.upload(tiled(dy, s.layout, out)), DW = fixture_.upload(w),
                        DB = fixture_.upload(b);
            const Array workspace = fixture_.poisoned(s.columns() * s.outPixels() * s.layout.tile);
            const View bias = DB;
            const double terms = static_cast<double>(s.columns()),
                         back = static_cast<double>(s.outputs * s.columns()),
                         sum = static_cast<double>(s.layout.batch * s.outPixels());
            const auto y = fixture_.twice(s.outputCount(), [&](const View& to) {
                convolution(stream, s, DX, DW, &bias, to, workspace);
            });
            const std::string forward =
                differs(untiled(y, s.layout, out), backend::convolution(X, W, B, options).toDoubles(),
                        bounds(backend::convolution(absX, absW, absB, options), terms));
            QVERIFY2(forward.empty(), (std::string(name) + ": " + forward).c_str());
            const auto dx = fixture_.twice(s.inputCount(), [&](const View& to) {
                convolutionInputGradient(stream, s, DDY, DW, to, workspace);
            });
            const std::string input =
                differs(untiled(dx, s.layout, in),
                        backend::convolutionInputGradient(DY, W, xShape, options).toDoubles(),
                        bounds(backend::convolutionInputGradient(absDY, absW, xShape, options), back));
            QVERIFY2(input.empty(), (std::string(name) + ", input: " + input).c_str());
            const auto dw = fixture_.twice(w.size(), [&](const View& to) {
                convolutionWeightGradient(stream, s, DX, DDY, to, workspace);
            });
            const std::string weight =
                differs(dw, backend::convolutionWeightGradient(X, DY, wShape, options).toDoubles(),
                        bounds(backend::convolutionWeightGradient(absX, absDY, wShape, options), sum));
            QVERIFY2(weight.empty(), (std::string(name) + ", weight: " + weight).c_str());

            // The same over the non-zeros, from none to all of them.
            const auto all = static_cast<std::int64_t>(w.size());
            for (const std::int64_t edges : {std::int64_t{0}, std::int64_t{1}, all / 2, all}) {
                const sparse::Topology topology = pattern(wShape[0], all / wShape[0], edges);
                const DevicePattern p = DevicePattern::upload(stream, topology.pattern(), "conv1");
                const auto values = randomNumbers(static_cast<std::size_t>(edges), "values");
                const Array V = fixture_.upload(values);
                const Tensor wideV = wide(values, {edges}), absV = wide(absolute(values), {edges});
                const auto P = topology.pattern();
                const std::string where = std::string(name) + ", " + std::to_string(edges) + " edges: ";
                const auto sy = fixture_.twice(s.outputCount(), [&](const View& to) {
                    sparseConvolution(stream, s, p, V, DX, &bias, to);
                });
                const std::string one =
                    differs(untiled(sy, s.layout, out),
                            backend::sparseConvolution(X, P, wShape, wideV, B, options).toDoubles(),
                            bounds(backend::sparseConvolution(absX, P, wShape, absV, absB, options), terms));
                QVERIFY2(one.empty(), (where + one).c_str());
                for (std::size_t i = 0; i < sy.size(); ++i)
                    if (i / (out * s.layout.tile) * s.layout.tile + i % s.layout.tile >= s.layout.batch)
                        QCOMPARE(sy[i], 0.0F);
                const auto want = backend::sparseConvolutionBackward(X, DY, P, wShape, wideV, options, true);
                const auto size =
                    backend::sparseConvolutionBackward(absX, absDY, P, wShape, absV, options, true);
                const auto sdx = fixture_.twice(s.inputCount(), [&](const View& to) {
                    sparseConvolutionInputGradient(stream, s, p, V, DDY, to);
                });
                const std::string two =
                    differs(untiled(sdx, s.layout, in), want.x.toDoubles(), bounds(size.x, back));
                QVERIFY2(two.empty(), (where + two).c_str());
                const auto sdw = fixture_.twice(static_cast<std::uint64_t>(edges), [&](const View& to) {
                    sparseConvolutionValueGradient(stream, s, p, DX, DDY, to);
                });
                const std::string three = differs(sdw, want.values.toDoubles(), bounds(size.values, sum));
                QVERIFY2(three.empty(), (where + three).c_str());
            }
        }
    }

    void pools() {
        Stream& stream = fixture_.stream();
        for (WindowShape s : {WindowShape{{5, 32}, 3, 3, {6, 7}, {2, 2}, {2, 2}, {0, 0}},
                              WindowShape{{3, 1}, 2, 2, {7, 6}, {3, 3}, {1, 2}, {1, 1}},
                              WindowShape{{9, 8}, 1, 1, {4, 4}, {4, 4}, {1, 1}, {0, 0}}}) {
            const std::size_t in = s.channels * s.pixels(), out = s.channels * s.outPixels();
            auto x = randomNumbers(s.layout.batch * in, "x");
            for (float& one : x) one = std::round(one * 2);  // many equals: the first wins
            const auto dy = randomNumbers(s.layout.batch * out, "dy");
            const Tensor X = wide(x, tensorShape(s, s.channels, s.image)),
                         DY = wide(dy, tensorShape(s, s.channels, s.outImage()));
            const backend::Pool2dOptions options{wideOf(s.kernel), wideOf(s.stride), wideOf(s.padding)};
            const Array DX = fixture_.upload(tiled(x, s.layout, in, 1e20F)),
                        DDY = fixture_.upload(tiled(dy, s.layout, out, 1e20F));
            const auto largest =
                fixture_.twice(s.outputCount(), [&](const View& to) { maxPool(stream, s, DX, to); });
            VERIFY_SAME(
                differs(untiled(largest, s.layout, out), backend::maxPool2d(X, options).toDoubles(), 0));
            const auto dLargest = fixture_.twice(
                s.inputCount(), [&](const View& to) { maxPoolGradient(stream, s, DX, DDY, to); });
            VERIFY_SAME(differs(untiled(dLargest, s.layout, in),
                                backend::maxPool2dGradient(X, DY, options).toDoubles(), 2e-6));
            const auto mean =
                fixture_.twice(s.outputCount(), [&](const View& to) { averagePool(stream, s, DX, to); });
            VERIFY_SAME(
                differs(untiled(mean, s.layout, out), backend::averagePool2d(X, options).toDoubles(), 2e-6));
            const auto dMean = fixture_.twice(
                s.inputCount(), [&](const View& to) { averagePoolGradient(stream, s, DDY, to); });
            VERIFY_SAME(differs(untiled(dMean, s.layout, in),
                                backend::averagePool2dGradient(DY, X.shape(), options).toDoubles(), 2e-6));
        }
        // NaN wins.
        const WindowShape two{{1, 1}, 1, 1, {1, 2}, {1, 2}, {1, 1}, {0, 0}};
        const Array x = fixture_.upload({5, std::numeric_limits<float>::quiet_NaN()}),
                    y = fixture_.upload({0});
        maxPool(stream, two, x, y);
        QVERIFY(std::isnan(fixture_.read(y)[0]));
    }

    void batchNorms() {
        Stream& stream = fixture_.stream();
        for (const FeatureShape& s :
             {FeatureShape{{37, 32}, 5, 1}, FeatureShape{{6, 1}, 3, 12}, FeatureShape{{5, 8}, 2, 9}}) {
            const std::size_t each = s.features * s.pixels;
            auto x = randomNumbers(s.layout.batch * each, "x");
            for (float& one : x) one += 10;  // a mean far from 0
            const auto dy = randomNumbers(s.layout.batch * each, "dy"),
                       gamma = randomNumbers(s.features, "gamma"), beta = randomNumbers(s.features, "beta");
            const auto C = static_cast<std::int64_t>(s.features);
            const Shape shape{static_cast<std::int64_t>(s.layout.batch), C,
                              static_cast<std::int64_t>(s.pixels), 1};
            const Tensor X = wide(x, shape), DY = wide(dy, shape), GAMMA = wide(gamma, {C}),
                         BETA = wide(beta, {C});
            const Array DX = fixture_.upload(tiled(x, s.layout, each, 1e20F)),
                        DDY = fixture_.upload(tiled(dy, s.layout, each, 1e20F)), G = fixture_.upload(gamma),
                        B = fixture_.upload(beta);
            const Array variance = fixture_.poisoned(s.features), mean = fixture_.poisoned(s.features);
            featureStatistics(stream, s, DX, mean, variance);
            const auto statistics = backend::channelStatistics(X);
            VERIFY_SAME(differs(fixture_.read(mean), statistics.mean.toDoubles(), 1e-5));
            VERIFY_SAME(differs(fixture_.read(variance), statistics.variance.toDoubles(), 1e-5));
            const auto y = fixture_.twice(s.count(), [&](const View& to) {
                batchNorm(stream, s, DX, mean, variance, G, B, 1e-5F, to);
            });
            VERIFY_SAME(differs(untiled(y, s.layout, each),
                                backend::batchNorm(X, statistics, GAMMA, BETA, 1e-5).toDoubles(), 3e-5));
            for (const bool training : {true, false}) {
                const Array dGamma = fixture_.poisoned(s.features), dBeta = fixture_.poisoned(s.features),
                            workspace = fixture_.poisoned(s.features);
                const auto dx = fixture_.twice(s.count(), [&](const View& to) {
                    batchNormGradient(stream, s, DX, mean, variance, G, DDY, 1e-5F, training, to, dGamma,
                                      dBeta, workspace);
                });
                const auto want = backend::batchNormGradient(X, statistics, GAMMA, DY, 1e-5, training);
                VERIFY_SAME(differs(untiled(dx, s.layout, each), want.x.toDoubles(), 3e-5));
                VERIFY_SAME(differs(fixture_.read(dGamma), want.gamma.toDoubles(), 2e-4));
                VERIFY_SAME(differs(fixture_.read(dBeta), want.beta.toDoubles(), 3e-5));
            }
        }
    }

    void layerNorms() {
        Stream& stream = fixture_.stream();
        for (const auto& [rows, width] :
             std::vector<std::pair<std::size_t, std::size_t>>{{5, 130}, {40, 7}, {1, 1}}) {
            auto x = randomNumbers(rows * width, "x");
            for (float& one : x) one += 10;
            const auto dy = randomNumbers(rows * width, "dy"), gamma = randomNumbers(width, "gamma"),
                       beta = randomNumbers(width, "beta");
            const auto R = static_cast<std::int64_t>(rows), W = static_cast<std::int64_t>(width);
            const Tensor X = wide(x, {R, W}), DY = wide(dy, {R, W}), GAMMA = wide(gamma, {W}),
                         BETA = wide(beta, {W});
            const Array DX = fixture_.upload(x), DDY = fixture_.upload(dy), G = fixture_.upload(gamma),
                        B = fixture_.upload(beta);
            const Array mean = fixture_.poisoned(rows), root = fixture_.poisoned(rows);
            const auto y = fixture_.twice(rows * width, [&](const View& to) {
                layerNorm(stream, rows, DX, G, B, 1e-3F, to, mean, root);
            });
            VERIFY_SAME(differs(y, backend::layerNorm(X, GAMMA, BETA, 1e-3).toDoubles(), 3e-5));
            const Array dGamma = fixture_.poisoned(width), dBeta = fixture_.poisoned(width),
                        workspace = fixture_.poisoned(rows * width);
            const auto dx = fixture_.twice(rows * width, [&](const View& to) {
                layerNormGradient(stream, rows, DX, G, mean, root, DDY, to, dGamma, dBeta, workspace);
            });
            const auto want = backend::layerNormGradient(X, GAMMA, DY, 1e-3);
            VERIFY_SAME(differs(dx, want.x.toDoubles(), 5e-5));
            VERIFY_SAME(differs(fixture_.read(dGamma), want.gamma.toDoubles(), 1e-4));
            VERIFY_SAME(differs(fixture_.read(dBeta), want.beta.toDoubles(), 1e-5));
        }
        const Array x = fixture_.upload(std::vector<float>(7)), one = fixture_.upload({1, 1, 1}),
                    y = fixture_.poisoned(7);
        QVERIFY_THROWS_EXCEPTION(Error, layerNorm(stream, 2, x, one, one, 1, y, one, one));
    }

    void windowsThatDoNotFitAreErrors() {
        Stream& stream = fixture_.stream();
        const Array x = fixture_.upload(std::vector<float>(4)), y = fixture_.poisoned(4);
        QVERIFY_THROWS_EXCEPTION(Error, maxPool(stream, {{1, 1}, 1, 1, {2, 2}, {3, 3}}, x, y));
        QVERIFY_THROWS_EXCEPTION(Error, maxPool(stream, {{1, 1}, 1, 2, {2, 2}, {1, 1}}, x, y));
        QVERIFY_THROWS_EXCEPTION(Error, maxPool(stream, {{1, 1}, 1, 1, {2, 3}, {1, 1}}, x, y));
        stream.finish();
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestImages)
#include "test_images.moc"
