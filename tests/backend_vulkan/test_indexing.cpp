// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/indexing.h"
#include "backend/vulkan/indexing.h"
#include "base/random.h"
#include "fixture.h"

using namespace filigree;
using namespace filigree::vulkan;

namespace {

struct Case {
    const char* name;
    IndexShape shape;
    bool isEmptyInBetween = false;  ///< the odd ids are not used
};
const std::vector<Case> cases{
    {"rows of a table", {1, 7, 5, 12}},          {"along the middle", {3, 4, 6, 9}},
    {"along the last axis", {5, 8, 1, 3}},       {"one of one", {1, 1, 1, 1}},
    {"one row many times", {1, 1, 300, 40}},     {"more lines than a work group", {37, 6, 31, 5}},
    {"ids without a row", {2, 10, 3, 20}, true}, {"no row asked for", {2, 3, 4, 0}},
};

Shape shapeOf(const IndexShape& s, std::uint64_t rows) {
    return {static_cast<std::int64_t>(s.outer), static_cast<std::int64_t>(rows),
            static_cast<std::int64_t>(s.inner)};
}

std::vector<std::int32_t> someIds(std::size_t count, const Case& one) {
    RandomStream random(5, one.name);
    std::vector<std::int32_t> ids(count);
    for (std::int32_t& id : ids) {
        id = static_cast<std::int32_t>(random.below(one.shape.size));
        if (one.isEmptyInBetween) id -= id % 2;
    }
    return ids;
}

}  // namespace

/// Rows and elements by number against the CPU's f64 result.
class TestIndexing : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { OPEN_OR_SKIP(fixture_); }
    void cleanup() { VERIFY_SAME(fixture_.complaint()); }
    void cleanupTestCase() { fixture_.close(); }

    void selectionsAndTheirGradients() {
        for (const Case& one : cases)
            for (const bool each : {false, true}) {
                const IndexShape& s = one.shape;
                const std::size_t table = s.outer * s.size * s.inner, chosen = s.outer * s.count * s.inner;
                const auto x = randomNumbers(table, "x"), dy = randomNumbers(chosen, "dy");
                const auto ids = someIds(each ? chosen : s.count, one);
                const Tensor X = wide(x, shapeOf(s, s.size)), DY = wide(dy, shapeOf(s, s.count));
                const Tensor I =
                    Tensor::from(ids, each ? shapeOf(s, s.count) : Shape{static_cast<std::int64_t>(s.count)});
                const Array there = fixture_.upload(x), gradient = fixture_.upload(dy);
                const Array numbers = fixture_.stream().upload(std::span<const std::int32_t>(ids), "ids");
                const auto y = fixture_.twice(chosen, [&](const View& to) {
                    selectRows(fixture_.stream(), s, there, numbers, each, to);
                });
                const Tensor Y = each ? backend::gather(X, 1, I) : backend::indexSelect(X, 1, I);
                VERIFY_SAME(differs(y, Y.toDoubles(), 0));
                const auto dx = fixture_.twice(table, [&](const View& to) {
                    addRows(fixture_.stream(), s, gradient, numbers, each, to);
                });
                const Tensor DX =
                    each ? backend::scatterAdd(X.shape(), 1, I, DY) : backend::indexAdd(X.shape(), 1, I, DY);
                // Sums of at most count numbers below 1, one after another.
                const auto terms = static_cast<double>(s.count);
                VERIFY_SAME(differs(dx, DX.toDoubles(), 1.2e-7 * terms * (terms + 1)));
            }
    }

    void idsThatDoNotExistTouchNothing() {
        const IndexShape s{1, 3, 2, 4};
        const std::vector<std::int32_t> ids{2, 3, -1, 0};
        const Array numbers = fixture_.stream().upload(std::span<const std::int32_t>(ids), "ids");
        const Array table = fixture_.upload({1, 2, 3, 4, 5, 6}),
                    rows = fixture_.upload({1, 2, 3, 4, 5, 6, 7, 8});
        const auto y = fixture_.twice(
            8, [&](const View& to) { selectRows(fixture_.stream(), s, table, numbers, false, to); });
        QVERIFY((y == std::vector<float>{5, 6, 0, 0, 0, 0, 1, 2}));
        const auto sums = fixture_.twice(
            6, [&](const View& to) { addRows(fixture_.stream(), s, rows, numbers, false, to); });
        QVERIFY((sums == std::vector<float>{7, 8, 0, 0, 1, 2}));
    }

    void whatDoesNotFitIsAnError() {
        const Array few = fixture_.upload({1, 2}), many = fixture_.upload({1, 2, 3, 4});
        QVERIFY_THROWS_EXCEPTION(Error, selectRows(fixture_.stream(), {1, 3, 1, 2}, many, few, false, few));
        QVERIFY_THROWS_EXCEPTION(Error, addRows(fixture_.stream(), {1, 2, 1, 2}, few, many, false, few));
    }

  private:
    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestIndexing)
#include "test_indexing.moc"
