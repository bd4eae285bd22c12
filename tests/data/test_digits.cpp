// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <fstream>
#include <numeric>
#include <set>

#include "base/error.h"
#include "data/digest.h"
#include "data/digits.h"
#include "data/load.h"

using namespace filigree;
using namespace filigree::data;

namespace {

const std::filesystem::path assets = std::filesystem::path(FILIGREE_SOURCE_DIR) / "assets/data/optdigits";

std::vector<int> classCounts(const Dataset& set) {
    std::vector<int> counts(10, 0);
    for (const auto label : set.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
}

const LargeVector<std::uint8_t>& pixels(const Dataset& set) {
    return std::get<LargeVector<std::uint8_t>>(set.samples);
}

}  // namespace

class DigitsTest : public QObject {
    Q_OBJECT

  private slots:
    void committedFilesAreThePublishedOnes() {
        QCOMPARE(sha256OfFile(assets / "digits8x8.csv"),
                 std::string("6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"));
        QCOMPARE(sha256OfFile(assets / "split.txt"),
                 std::string("dcef4158e27bb7860a5d7a1e29db6298d6f9ccdfe4ad0bad6bda6492e825dd28"));
    }

    void embeddedTablesEqualTheCommittedFiles() {
        std::ifstream csv(assets / "digits8x8.csv"), txt(assets / "split.txt");
        const auto rows = embedded::digitRows();
        QCOMPARE(rows.size(), std::size_t{1797 * 65});
        for (const auto value : rows) {
            int expected = -1;
            csv >> expected;
            csv.ignore(1);
            QCOMPARE(int{value}, expected);
        }
        std::set<int> seen;
        for (const auto value : embedded::digitOrder()) {
            int expected = -1;
            txt >> expected;
            QCOMPARE(int{value}, expected);
            seen.insert(expected);
        }
        QCOMPARE(seen.size(), std::size_t{1797});
        QCOMPARE(*seen.rbegin(), 1796);
    }

    // Counted from the two files by an independent program.
    void splitHas1437And360ImagesOfTheRightClasses() {
        const Dataset train = load("digits", "train", {}), test = load("digits", "test", {});
        QCOMPARE(train.count(), 1437);
        QCOMPARE(test.count(), 360);
        QCOMPARE(classCounts(train), (std::vector<int>{139, 140, 134, 151, 151, 149, 147, 146, 134, 146}));
        QCOMPARE(classCounts(test), (std::vector<int>{39, 42, 43, 32, 30, 33, 34, 33, 40, 34}));
        QCOMPARE(std::accumulate(pixels(train).begin(), pixels(train).end(), 0), 448802);
        QCOMPARE(std::accumulate(pixels(test).begin(), pixels(test).end(), 0), 112916);
        QCOMPARE(std::vector<std::int32_t>(test.labels.begin(), test.labels.begin() + 10),
                 (std::vector<std::int32_t>{1, 8, 9, 8, 1, 9, 8, 7, 0, 4}));
    }

    void valuesAreSixteenths() {
        const Dataset train = load("digits", "train", {});
        QCOMPARE(train.sampleShape, (std::vector<std::int64_t>{1, 8, 8}));
        std::vector<float> image(64);
        train.read(0, image);
        const std::vector<int> firstRow = {0, 0, 7, 13, 4, 1, 0, 0};
        for (std::size_t i = 0; i < 8; ++i) QCOMPARE(image[i], static_cast<float>(firstRow[i]) / 16);
        QCOMPARE(train.labels[0], 9);
    }

    void limitKeepsTheFirstSamples() {
        LoadOptions options;
        options.limit = 7;
        const Dataset few = load("digits", "test", {}, options), all = load("digits", "test", {});
        QCOMPARE(few.count(), 7);
        QVERIFY(std::equal(pixels(few).begin(), pixels(few).end(), pixels(all).begin()));
        options.limit = 100000;
        QCOMPARE(load("digits", "test", {}, options).count(), 360);
        options.limit = -1;
        QVERIFY_THROWS_EXCEPTION(Error, load("digits", "test", {}, options));
    }
};

QTEST_GUILESS_MAIN(DigitsTest)
#include "test_digits.moc"
