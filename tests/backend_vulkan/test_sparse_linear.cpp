// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "backend/sparse_linear.h"
#include "backend/sparse_schedule.h"
#include "backend/vulkan/sparse_linear.h"
#include "fixture.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

constexpr double unit = 1.2e-7;

std::vector<float> absolute(std::vector<float> values) {
    for (float& value : values) value = std::abs(value);
    return values;
}
std::vector<double> bounds(const Tensor& magnitudes, std::int64_t terms) {
    std::vector<double> result = magnitudes.toDoubles();
    for (double& one : result) one = one * unit * static_cast<double>(terms + 2) + 1e-30;
    return result;
}

}  // namespace

/// The products with a sparse weight against the CPU's f64 result.
class TestSparseLinear : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void products_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("edges");
        QTest::addColumn<int>("batch");
        QTest::addColumn<int>("tile");
        QTest::newRow("nothing") << 7 << 5 << 0 << 4 << 32;
        QTest::newRow("one element") << 7 << 5 << 1 << 3 << 32;
        QTest::newRow("one by one") << 1 << 1 << 1 << 1 << 1;
        QTest::newRow("half") << 40 << 30 << 600 << 70 << 64;
        QTest::newRow("99.9 %") << 100 << 100 << 10 << 128 << 64;
        QTest::newRow("full") << 12 << 9 << 108 << 130 << 64;
        QTest::newRow("one sample") << 40 << 30 << 240 << 1 << 32;
        QTest::newRow("row-major") << 40 << 30 << 240 << 9 << 1;
        QTest::newRow("feature-major") << 40 << 30 << 240 << 37 << 37;
        QTest::newRow("narrow tile") << 33 << 17 << 100 << 21 << 8;
        QTest::newRow("many rows") << 300 << 20 << 500 << 200 << 64;
    }

    void products() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(int, edges);
        QFETCH(int, batch);
        QFETCH(int, tile);
        Stream& stream = fixture_.stream();
        const sparse::Topology topology = pattern(rows, columns, edges);
        const DevicePattern p = DevicePattern::upload(stream, topology.pattern(), "layer");
        const Layout layout{static_cast<std::uint64_t>(batch), static_cast<std::uint64_t>(tile)};
        const auto R = static_cast<std::size_t>(rows), C = static_cast<std::size_t>(columns),
                   E = static_cast<std::size_t>(edges), N = static_cast<std::size_t>(batch);
        const auto w = randomNumbers(E, "w"), b = randomNumbers(R, "b"), x = randomNumbers(N * C, "x"),
                   dy = randomNumbers(N * R, "dy");
        const Array W = fixture_.upload(w), B = fixture_.upload(b);
        // What lies in the lanes past the batch must not matter.
        const Array X = fixture_.upload(tiled(x, layout, C, 1e8F)),
                    DY = fixture_.upload(tiled(dy, layout, R, -1e8F));
        const Tensor wideX = wide(x, {batch, columns}), wideDY = wide(dy, {batch, rows}),
                     wideW = wide(w, {edges}), wideB = wide(b, {rows});
        const Tensor absX = wide(absolute(x), {batch, columns}), absDY = wide(absolute(dy), {batch, rows}),
                     absW = wide(absolute(w), {edges}), absB = wide(absolute(b), {rows});
        const auto P = topology.pattern();
        const backend::LinearSchedule kept(P);
        const backend::SparseSchedule S = kept.view();

        const View bias = B;
        const auto y = fixture_.twice(
            layout.count(R), [&](const View& to) { sparseLinear(stream, layout, p, W, X, &bias, to); });
        VERIFY_SAME(differs(untiled(y, layout, R),
                            backend::sparseLinear(wideX, P, S, wideW, wideB).toDoubles(),
                            bounds(backend::sparseLinear(absX, P, S, absW, absB), columns)));
        for (std::size_t n = N; n < layout.padded(); ++n)
            QCOMPARE(y[(n / layout.tile * R + R - 1) * layout.tile + n % layout.tile], 0.0F);
        const auto positive = fixture_.twice(layout.count(R), [&](const View& to) {
            sparseLinear(stream, layout, p, W, X, nullptr, to, true);
        });
        std::vector<double> relu = backend::sparseLinear(wideX, P, S, wideW, {}).toDoubles();
        for (double& one : relu) one = std::max(one, 0.0);
        VERIFY_SAME(differs(untiled(positive, layout, R), relu,
                            bounds(backend::sparseLinear(absX, P, S, absW, {}), columns)));

        const auto want =
            backend::sparseLinearBackward(wideX, wideDY, P, S, wideW, backend::InputGradient::Plain);
        const auto size =
            backend::sparseLinearBackward(absX, absDY, P, S, absW, backend::InputGradient::Plain);
        const auto dx = fixture_.twice(layout.count(C), [&](const View& to) {
            sparseLinearInputGradient(stream, layout, p, W, DY, to);
        });
        VERIFY_SAME(differs(untiled(dx, layout, C), want.x.toDoubles(), bounds(size.x, rows)));
        const auto dw = fixture_.twice(
            E, [&](const View& to) { sparseLinearValueGradient(stream, layout, p, X, DY, to); });
        VERIFY_SAME(differs(dw, want.values.toDoubles(), bounds(size.values, batch)));
    }

    void sizesThatDoNotFitAreErrors() {
        Stream& stream = fixture_.stream();
        const sparse::Topology topology = pattern(4, 3, 5);
        const DevicePattern p = DevicePattern::upload(stream, topology.pattern(), "layer");
        const Array five = fixture_.upload(std::vector<float>(5, 1)),
                    x = fixture_.upload(std::vector<float>(3 * 32, 1)), y = fixture_.poisoned(4 * 32);
        const Layout layout{2, 32};
        sparseLinear(stream, layout, p, five, x, nullptr, y);
        QVERIFY_THROWS_EXCEPTION(Error, sparseLinear(stream, layout, p, x, x, nullptr, y));
        QVERIFY_THROWS_EXCEPTION(Error, sparseLinear(stream, layout, p, five, y, nullptr, y));
        QVERIFY_THROWS_EXCEPTION(Error, sparseLinearValueGradient(stream, layout, p, y, x, five));
        stream.finish();
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestSparseLinear)
#include "test_sparse_linear.moc"
