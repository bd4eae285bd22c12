// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "data/loader.h"
#include "data/prefetch.h"

using namespace filigree;
using namespace filigree::data;

namespace {

/// `count` images of the shape; pixel p of image i is (50 i + p + 1) mod 256, its label i mod 10.
Dataset images(std::int64_t count, std::vector<std::int64_t> shape) {
    Dataset set;
    set.name = "made";
    set.split = "train";
    set.where = "the test";
    set.sampleShape = std::move(shape);
    set.classes = 10;
    LargeVector<std::uint8_t> pixels;
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t p = 0; p < set.sampleSize(); ++p)
            pixels.push_back(static_cast<std::uint8_t>((50 * i + p + 1) % 256));
        set.labels.push_back(static_cast<std::int32_t>(i % 10));
    }
    set.samples = std::move(pixels);
    set.validate();
    return set;
}

struct Batch {
    std::vector<float> x;
    std::vector<std::int32_t> labels;
    bool operator==(const Batch&) const = default;
};

Batch take(Loader& loader, std::int64_t epoch, std::int64_t index) {
    const auto n = static_cast<std::size_t>(loader.batchCount(index));
    Batch batch{std::vector<float>(n * static_cast<std::size_t>(loader.dataset().sampleSize())),
                std::vector<std::int32_t>(n)};
    if (loader.batch(epoch, index, batch.x, batch.labels) != static_cast<std::int64_t>(n)) return {};
    return batch;
}

template <class Action>
bool refused(Action action, ErrorKind kind = ErrorKind::Usage) {
    try {
        action();
    } catch (const Error& error) {
        return error.kind() == kind;
    }
    return false;
}

}  // namespace

class LoaderTest : public QObject {
    Q_OBJECT

  private slots:
    void readNormalisesEachChannel() {
        Dataset set = images(2, {2, 1, 3});
        set.normalization = {{0.25F, 0.5F}, {0.5F, 0.125F}};
        std::vector<float> out(6);
        set.read(1, out);  // pixels 51 52 53 | 54 55 56
        const std::vector<double> expected = {(51 / 255.0 - 0.25) / 0.5,  (52 / 255.0 - 0.25) / 0.5,
                                              (53 / 255.0 - 0.25) / 0.5,  (54 / 255.0 - 0.5) / 0.125,
                                              (55 / 255.0 - 0.5) / 0.125, (56 / 255.0 - 0.5) / 0.125};
        for (std::size_t i = 0; i < 6; ++i) QVERIFY(std::abs(double{out[i]} - expected[i]) < 1e-6);
        QCOMPARE(set.normalizedZero(), (std::vector<float>{-0.5F, -4.0F}));
        QVERIFY(refused([&] { set.read(2, out); }));
        QVERIFY(refused([&] { set.read(-1, out); }));
        out.resize(5);
        QVERIFY(refused([&] { set.read(0, out); }));
    }

    void readKeepsRealNumbers() {
        Dataset set;
        set.sampleShape = {3};
        set.classes = 2;
        set.samples = LargeVector<float>{1.5F, -2.25F, 300.0F};
        set.labels = {1};
        std::vector<float> out(3);
        set.read(0, out);
        QCOMPARE(out, (std::vector<float>{1.5F, -2.25F, 300.0F}));
        set.normalization = {{1.0F}, {2.0F}};
        set.read(0, out);
        QCOMPARE(out, (std::vector<float>{0.25F, -1.625F, 149.5F}));
    }

    void validateFindsWhatDoesNotFit() {
        const Dataset good = images(3, {1, 2, 2});
        const auto broken = [&](auto change) {
            Dataset set = good;
            change(set);
            return refused([&] { set.validate(); }, ErrorKind::Data);
        };
        QVERIFY(!broken([](Dataset&) {}));
        QVERIFY(broken([](Dataset& s) { s.labels[1] = 10; }));
        QVERIFY(broken([](Dataset& s) { s.labels[1] = -1; }));
        QVERIFY(broken([](Dataset& s) { s.labels.pop_back(); }));
        QVERIFY(broken([](Dataset& s) { s.labels.clear(); }));
        QVERIFY(broken([](Dataset& s) { s.sampleShape = {}; }));
        QVERIFY(broken([](Dataset& s) { s.sampleShape = {0}; }));
        QVERIFY(broken([](Dataset& s) { s.sampleShape = {5}; }));
        QVERIFY(broken([](Dataset& s) { s.pixelMaximum = 5; }));
        QVERIFY(broken([](Dataset& s) { s.classNames = {"one"}; }));
        QVERIFY(broken([](Dataset& s) { s.normalization = {{0, 0}, {1, 1}}; }));
        QVERIFY(broken([](Dataset& s) { s.normalization = {{0}, {0}}; }));
    }

    void everyEpochVisitsEverySampleOnceInAnOrderOfItsOwn() {
        const Dataset set = images(23, {1, 2, 2});
        Loader loader(set, 5, 42);
        QCOMPARE(loader.batchesPerEpoch(), 5);
        QCOMPARE(loader.batchCount(4), 3);
        std::set<std::vector<std::int64_t>> orders;
        for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
            std::vector<std::int64_t> order;
            for (std::int64_t b = 0; b < 5; ++b) {
                const auto part = loader.indices(epoch, b);
                order.insert(order.end(), part.begin(), part.end());
            }
            QCOMPARE(order, RandomStream(42, "order", static_cast<std::uint64_t>(epoch)).permutation(23));
            QCOMPARE(std::set(order.begin(), order.end()).size(), std::size_t{23});
            orders.insert(order);
        }
        QCOMPARE(orders.size(), std::size_t{4});
    }

    void batchesHoldTheSamplesOfTheOrder() {
        const Dataset set = images(23, {1, 2, 2});
        Loader loader(set, 5, 42);
        for (std::int64_t b = 0; b < loader.batchesPerEpoch(); ++b) {
            const Batch batch = take(loader, 1, b);
            const auto order = loader.indices(1, b);
            for (std::size_t i = 0; i < order.size(); ++i) {
                QCOMPARE(batch.labels[i], static_cast<std::int32_t>(order[i] % 10));
                for (std::size_t p = 0; p < 4; ++p)
                    QVERIFY(std::abs(batch.x[4 * i + p] * 255 -
                                     static_cast<float>((50 * order[i] + static_cast<std::int64_t>(p) + 1) %
                                                        256)) < 1e-4F);
            }
        }
    }

    void withoutShuffleTheOrderIsThatOfTheSet() {
        const Dataset set = images(7, {1, 1, 1});
        Loader loader(set, 3, 1, false);
        for (const std::int64_t epoch : {0, 5})
            QCOMPARE(take(loader, epoch, 1).labels, (std::vector<std::int32_t>{3, 4, 5}));
        QCOMPARE(take(loader, 0, 2).labels, (std::vector<std::int32_t>{6}));
    }

    void dropLastLeavesOutTheIncompleteBatch() {
        const Dataset set = images(23, {1, 1, 1});
        QCOMPARE(Loader(set, 5, 1, true, true).batchesPerEpoch(), 4);
        QCOMPARE(Loader(set, 23, 1, true, true).batchesPerEpoch(), 1);
        QCOMPARE(Loader(set, 24, 1, true, false).batchesPerEpoch(), 1);
        QVERIFY(refused([&] { Loader(set, 24, 1, true, true); }));
        Loader loader(set, 5, 1, true, true);
        QVERIFY(refused([&] { loader.indices(0, 4); }));
    }

    // The essence of exact resume: nothing depends on what was asked before.
    void batchesDependOnEpochAndIndexAlone() {
        const Dataset set = images(50, {3, 8, 8});
        const Augmentation augmentation{2, true};
        Loader used(set, 16, 7, true, false, augmentation);
        for (std::int64_t epoch = 0; epoch < 3; ++epoch)
            for (std::int64_t b = 0; b < used.batchesPerEpoch(); ++b) take(used, epoch, b);
        const Batch later = take(used, 1, 2);
        Loader fresh(set, 16, 7, true, false, augmentation);
        QVERIFY(take(fresh, 1, 2) == later);
        setThreadCount(3);
        QVERIFY(take(fresh, 1, 2) == later);
        setThreadCount(1);
        QVERIFY(!(take(fresh, 2, 2) == later));
    }

    void augmentationOfASampleDoesNotDependOnTheBatchSize() {
        const Dataset set = images(12, {1, 4, 4});
        const auto ofSample = [&](std::int64_t batchSize) {
            Loader loader(set, batchSize, 7, true, false, {1, true});
            std::map<std::int64_t, std::vector<float>> seen;
            for (std::int64_t b = 0; b < loader.batchesPerEpoch(); ++b) {
                const Batch batch = take(loader, 3, b);
                const auto order = loader.indices(3, b);
                for (std::size_t i = 0; i < order.size(); ++i)
                    seen[order[i]] = {batch.x.begin() + static_cast<std::ptrdiff_t>(16 * i),
                                      batch.x.begin() + static_cast<std::ptrdiff_t>(16 * i + 16)};
            }
            return seen;
        };
        QVERIFY(ofSample(5) == ofSample(12));
    }

    void augmentationGivesEveryShiftAndMirrorEquallyOften() {
        // The 3 x 3 image 1..9 padded by one zero pixel: 9 cuts, each also mirrored, worked out by hand from
        // the rule.
        std::map<std::vector<float>, int> seen;
        const std::vector<float> zero = {-5.0F};
        std::vector<float> scratch;
        const int draws = 9000;
        for (int i = 0; i < draws; ++i) {
            std::vector<float> image = {1, 2, 3, 4, 5, 6, 7, 8, 9};
            RandomStream random(1, "augment", static_cast<std::uint64_t>(i));
            augment({1, true}, random, 1, 3, 3, zero, image, scratch);
            ++seen[image];
        }
        const float z = -5;
        const std::vector<std::vector<float>> cuts = {
            {z, z, z, z, 1, 2, z, 4, 5}, {z, z, z, 1, 2, 3, 4, 5, 6}, {z, z, z, 2, 3, z, 5, 6, z},
            {z, 1, 2, z, 4, 5, z, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {2, 3, z, 5, 6, z, 8, 9, z},
            {z, 4, 5, z, 7, 8, z, z, z}, {4, 5, 6, 7, 8, 9, z, z, z}, {5, 6, z, 8, 9, z, z, z, z}};
        QCOMPARE(seen.size(), std::size_t{18});
        for (auto cut : cuts) {
            // Five standard deviations of a binomial with p = 1/18.
            const double allowed = 5 * std::sqrt(draws / 18.0 * 17 / 18);
            QVERIFY(std::abs(seen[cut] - draws / 18.0) < allowed);
            for (std::size_t row = 0; row < 9; row += 3) std::swap(cut[row], cut[row + 2]);
            QVERIFY(std::abs(seen[cut] - draws / 18.0) < allowed);
        }
    }

    void paddingHasTheColourOfZeroInEachChannel() {
        Dataset set = images(1, {2, 2, 2});
        set.normalization = {{0.5F, 0.25F}, {0.5F, 0.5F}};
        Loader loader(set, 1, 3, true, false, {2, false});
        std::set<float> first, second;
        for (std::int64_t epoch = 0; epoch < 60; ++epoch) {
            const Batch batch = take(loader, epoch, 0);
            first.insert(batch.x.begin(), batch.x.begin() + 4);
            second.insert(batch.x.begin() + 4, batch.x.end());
        }
        // Pixels 1..8 of 255 are slightly above zero; zero itself is -1 and -0.5.
        QCOMPARE(*first.begin(), -1.0F);
        QCOMPARE(*second.begin(), -0.5F);
        QCOMPARE(first.size(), std::size_t{5});
        QCOMPARE(second.size(), std::size_t{5});
    }

    void flipAloneMirrorsHalfOfTheImages() {
        const Dataset set = images(400, {1, 1, 2});
        Loader loader(set, 400, 9, false, false, {0, true});
        const Batch batch = take(loader, 0, 0);
        int mirrored = 0;
        for (std::size_t i = 0; i < 400; ++i) {
            const auto left = (50 * i + 1) % 256;
            mirrored += std::abs(batch.x[2 * i] * 255 - static_cast<float>(left)) > 0.5F;
        }
        QVERIFY(mirrored > 150 && mirrored < 250);
    }

    void refusesWhatCannotBeLoaded() {
        const Dataset set = images(4, {4});
        QVERIFY(refused([&] { Loader(set, 0, 1); }));
        QVERIFY(refused([&] { Loader(set, 2, 1, true, false, {1, false}); }));
        QVERIFY(refused([&] { Loader(set, 2, 1, true, false, {0, true}); }));
        const Dataset pictures = images(4, {1, 2, 2});
        QVERIFY(refused([&] { Loader(pictures, 2, 1, true, false, {-1, false}); }));
        Loader loader(set, 2, 1);
        std::vector<float> x(8);
        std::vector<std::int32_t> labels(2);
        QVERIFY(refused([&] { loader.batch(0, 2, x, labels); }));
        QVERIFY(refused([&] { loader.batch(-1, 0, x, labels); }));
        QVERIFY(refused([&] { loader.batch(0, 0, std::span(x).first(7), labels); }));
        QVERIFY(refused([&] { loader.batch(0, 0, x, std::span(labels).first(1)); }));
    }

    // In order, again, backwards, across epochs, with more and less to follow than what comes.
    void readingAheadGivesTheBatchesOfTheLoader() {
        const Dataset set = images(23, {1, 4, 5});
        Loader plain(set, 5, 3, true, false, {.padCrop = 1, .flip = true});
        Prefetcher ahead{Loader(set, 5, 3, true, false, {.padCrop = 1, .flip = true})};
        using Place = Prefetcher::Place;
        std::vector<std::pair<Place, std::int64_t>> asked{{{0, 0}, 9}, {{0, 1}, 8}, {{0, 4}, 1},
                                                          {{1, 0}, 0}, {{1, 0}, 5}, {{0, 2}, 3},
                                                          {{0, 3}, 0}, {{0, 4}, 2}, {{7, 3}, 1}};
        for (std::int64_t step = 0; step < 23; ++step) asked.push_back({{step / 5, step % 5}, 22 - step});
        for (const auto& [place, following] : asked) {
            const LoadedBatch& found = ahead.take(place, following);
            QVERIFY((Batch{found.x, found.labels} == take(plain, place.epoch, place.index)));
        }
    }

    void aBatchThatDoesNotExistIsRefusedWhenItIsTaken() {
        const Dataset set = images(10, {4});
        Prefetcher ahead{Loader(set, 5, 1)};
        QCOMPARE(ahead.take({0, 0}, 5).labels.size(), std::size_t{5});
        QVERIFY(refused([&] { ahead.take({0, 99}, 3); }));
        QCOMPARE(ahead.take({0, 1}, 3).labels.size(), std::size_t{5});
        QVERIFY(refused([&] { ahead.take({0, 99}, 0); }));
        QVERIFY(refused([&] { ahead.take({0, 99}, 0); }));
    }
};

QTEST_GUILESS_MAIN(LoaderTest)
#include "test_loader.moc"
