// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "backend/vulkan/attention.h"
#include "fixture.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

/// Attention with a mask in f64, forward and backward, by the definition.
struct Reference {
    std::vector<double> out, dq, dk, dv;

    Reference(const backend::SparsePattern& mask, std::size_t heads, std::size_t width, double scale,
              const std::vector<float>& q, const std::vector<float>& k, const std::vector<float>& v,
              const std::vector<float>& dout)
        : out(q.size()), dq(q.size()), dk(k.size()), dv(k.size()) {
        const auto rows = static_cast<std::size_t>(mask.rows),
                   columns = static_cast<std::size_t>(mask.columns);
        for (std::size_t h = 0; h < heads; ++h)
            for (std::size_t i = 0; i < rows; ++i) {
                const std::size_t at = (h * rows + i) * width;
                std::vector<std::size_t> keys;
                std::vector<double> p;
                double total = 0;
                for (std::uint32_t e = mask.rowStart[i]; e < mask.rowStart[i + 1]; ++e) {
                    keys.push_back((h * columns + mask.column[e]) * width);
                    double score = 0;
                    for (std::size_t d = 0; d < width; ++d)
                        score += static_cast<double>(q[at + d]) * static_cast<double>(k[keys.back() + d]);
                    p.push_back(std::exp(scale * score));
                    total += p.back();
                }
                double delta = 0;
                std::vector<double> back(keys.size());
                for (std::size_t j = 0; j < keys.size(); ++j) {
                    p[j] /= total;
                    for (std::size_t d = 0; d < width; ++d) {
                        out[at + d] += p[j] * static_cast<double>(v[keys[j] + d]);
                        back[j] += static_cast<double>(dout[at + d]) * static_cast<double>(v[keys[j] + d]);
                        dv[keys[j] + d] += p[j] * static_cast<double>(dout[at + d]);
                    }
                    delta += p[j] * back[j];
                }
                for (std::size_t j = 0; j < keys.size(); ++j)
                    for (std::size_t d = 0; d < width; ++d) {
                        const double slope = scale * p[j] * (back[j] - delta);
                        dq[at + d] += slope * static_cast<double>(k[keys[j] + d]);
                        dk[keys[j] + d] += slope * static_cast<double>(q[at + d]);
                    }
            }
    }
};

}  // namespace

class TestAttention : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void followsItsDefinition_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("edges");
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("width");
        QTest::newRow("nothing") << 4 << 5 << 0 << 2 << 8;
        QTest::newRow("one edge") << 4 << 5 << 1 << 1 << 8;
        QTest::newRow("one token") << 1 << 1 << 1 << 3 << 5;
        QTest::newRow("90 %, an empty row") << 40 << 40 << 160 << 2 << 16;
        QTest::newRow("half, more keys than a block") << 6 << 200 << 600 << 2 << 12;
        QTest::newRow("full, wide heads") << 9 << 70 << 630 << 1 << 130;
        QTest::newRow("99.9 %") << 100 << 100 << 10 << 1 << 16;
        QTest::newRow("several windows of keys") << 40 << 300 << 6000 << 1 << 128;
    }

    void followsItsDefinition() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(int, edges);
        QFETCH(int, heads);
        QFETCH(int, width);
        Stream& stream = fixture_.stream();
        const sparse::Topology topology = pattern(rows, columns, edges);
        const DevicePattern mask = DevicePattern::upload(stream, topology.pattern(), "mask");
        const auto H = static_cast<std::size_t>(heads), D = static_cast<std::size_t>(width),
                   R = static_cast<std::size_t>(rows), C = static_cast<std::size_t>(columns);
        auto q = randomNumbers(H * R * D, "q");
        const auto k = randomNumbers(H * C * D, "k"), v = randomNumbers(H * C * D, "v"),
                   dout = randomNumbers(H * R * D, "dout");
        for (std::size_t d = 0; d < D; ++d) q[d] *= 20;  // a row whose softmax is nearly one key
        const AttentionShape shape{H, D, 1 / std::sqrt(static_cast<float>(D))};
        const Reference want(topology.pattern(), H, D, static_cast<double>(shape.scale), q, k, v, dout);
        const Array Q = fixture_.upload(q), K = fixture_.upload(k), V = fixture_.upload(v),
                    DO = fixture_.upload(dout);
        const Array sums = fixture_.poisoned(H * R), delta = fixture_.poisoned(H * R);
        const auto out = fixture_.twice(
            H * R * D, [&](const View& to) { sparseAttention(stream, shape, mask, Q, K, V, to, sums); });
        VERIFY_SAME(differs(out, want.out, 1e-5));
        const Array O = fixture_.upload(out);
        const Array DK = fixture_.poisoned(H * C * D), DV = fixture_.poisoned(H * C * D);
        const auto dq = fixture_.twice(H * R * D, [&](const View& to) {
            sparseAttentionBackward(stream, shape, mask, Q, K, V, O, sums, DO, to, DK, DV, delta);
        });
        VERIFY_SAME(differs(dq, want.dq, 5e-5));
        // The row of large scores stands in these with its size.
        VERIFY_SAME(differs(fixture_.read(DK), want.dk, 2e-4));
        VERIFY_SAME(differs(fixture_.read(DV), want.dv, 5e-5));
        const auto first = fixture_.read(DK);
        sparseAttentionBackward(stream, shape, mask, Q, K, V, O, sums, DO, O, DK, DV, delta);
        QVERIFY(fixture_.read(DK) == first);
    }

    void blocksAreTheirSingleConnections_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<int>("blocks");
        QTest::addColumn<int>("heads");
        QTest::addColumn<int>("width");
        QTest::newRow("nothing") << 2 << 3 << 0 << 2 << 8;
        QTest::newRow("one block") << 2 << 2 << 1 << 1 << 16;
        QTest::newRow("an empty row of blocks, width within a tile") << 4 << 5 << 7 << 2 << 12;
        QTest::newRow("full, width past a tile") << 3 << 2 << 6 << 1 << 37;
        QTest::newRow("wide heads") << 2 << 3 << 3 << 1 << 256;
    }

    void blocksAreTheirSingleConnections() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(int, blocks);
        QFETCH(int, heads);
        QFETCH(int, width);
        constexpr auto edge = static_cast<std::int64_t>(attentionBlock);
        Stream& stream = fixture_.stream();
        const sparse::Topology coarse = pattern(rows, columns, blocks);
        std::vector<std::uint32_t> fine;
        for (std::int64_t i = 0; i < rows * edge; ++i)
            for (std::int64_t j = 0; j < columns * edge; ++j)
                if (coarse.edgeAt(static_cast<std::uint32_t>(i / edge * columns + j / edge)))
                    fine.push_back(static_cast<std::uint32_t>(i * columns * edge + j));
        const sparse::Topology single(rows * edge, columns * edge, fine);
        const DevicePattern mask = DevicePattern::upload(stream, coarse.pattern(), "mask");
        const auto H = static_cast<std::size_t>(heads), D = static_cast<std::size_t>(width),
                   R = static_cast<std::size_t>(rows * edge), C = static_cast<std::size_t>(columns * edge);
        auto q = randomNumbers(H * R * D, "q");
        const auto k = randomNumbers(H * C * D, "k"), v = randomNumbers(H * C * D, "v"),
                   dout = randomNumbers(H * R * D, "dout");
        for (std::size_t d = 0; d < D; ++d) q[d] *= 20;  // a row whose softmax is nearly one key
        const AttentionShape shape{H, D, 1 / std::sqrt(static_cast<float>(D))};
        const Reference want(single.pattern(), H, D, static_cast<double>(shape.scale), q, k, v, dout);
        const Array Q = fixture_.upload(q), K = fixture_.upload(k), V = fixture_.upload(v),
                    DO = fixture_.upload(dout);
        const Array sums = fixture_.poisoned(H * R), delta = fixture_.poisoned(H * R);
        const auto out = fixture_.twice(
            H * R * D, [&](const View& to) { blockAttention(stream, shape, mask, Q, K, V, to, sums); });
        VERIFY_SAME(differs(out, want.out, 1e-5));
        const Array O = fixture_.upload(out);
        const Array DK = fixture_.poisoned(H * C * D), DV = fixture_.poisoned(H * C * D);
        const auto dq = fixture_.twice(H * R * D, [&](const View& to) {
            blockAttentionBackward(stream, shape, mask, Q, K, V, O, sums, DO, to, DK, DV, delta);
        });
        VERIFY_SAME(differs(dq, want.dq, 5e-5));
        VERIFY_SAME(differs(fixture_.read(DK), want.dk, 2e-4));
        VERIFY_SAME(differs(fixture_.read(DV), want.dv, 5e-5));
        const auto first = fixture_.read(DK);
        blockAttentionBackward(stream, shape, mask, Q, K, V, O, sums, DO, O, DK, DV, delta);
        QVERIFY(fixture_.read(DK) == first);
    }

    void sizesThatDoNotFitAreErrors() {
        Stream& stream = fixture_.stream();
        const DevicePattern mask = DevicePattern::upload(stream, pattern(4, 4, 8).pattern(), "mask");
        const Array x = fixture_.upload(std::vector<float>(4 * 8, 1)),
                    few = fixture_.upload(std::vector<float>(9)), y = fixture_.poisoned(32),
                    sums = fixture_.poisoned(4);
        sparseAttention(stream, {1, 8, 1}, mask, x, x, x, y, sums);
        QVERIFY_THROWS_EXCEPTION(Error, sparseAttention(stream, {1, 8, 1}, mask, x, few, x, y, sums));
        QVERIFY_THROWS_EXCEPTION(Error, sparseAttention(stream, {1, 300, 1}, mask, x, x, x, y, sums));
        stream.finish();
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestAttention)
#include "test_attention.moc"
