// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "data/endoscopy/network_input.h"

using namespace filigree;
using namespace filigree::data::endoscopy;

namespace {

constexpr std::int64_t size = 8;

/// Red grows to the right, green downwards, blue is constant; depth 10 mm left of the middle, 20 mm right of
/// it.
StoredFrame frameWithBox(const Box& box) {
    StoredFrame frame;
    frame.box = box;
    for (std::int64_t i = 0; i < size; ++i)
        for (std::int64_t j = 0; j < size; ++j) {
            frame.rgb.insert(frame.rgb.end(), {static_cast<std::uint8_t>(20 * j),
                                               static_cast<std::uint8_t>(20 * i), std::uint8_t{51}});
            frame.depth.push_back(static_cast<std::uint16_t>(256 * (j < size / 2 ? 10 : 20)));
        }
    return frame;
}

std::vector<float> inputOf(const InputPlan& plan, const PolypPicture& picture) {
    std::vector<float> to(static_cast<std::size_t>(plan.channels() * size * size));
    writeInput(plan, picture, to);
    return to;
}

float scaled(double value, std::size_t channel) {
    const PixelScale pixels;
    return (static_cast<float>(value) - pixels.mean[channel]) / pixels.deviation[channel];
}

bool near(float a, float b) {
    return std::abs(a - b) < 1e-5F;
}

}  // namespace

class NetworkInputTest : public QObject {
    Q_OBJECT

  private slots:
    void thePolypStaysInItsPlace() {
        const PolypPicture picture = pictureOf(frameWithBox({2, 3, 5, 6}), size, size);
        const auto loc = inputOf({.streams = {Stream::Located}}, picture);
        const auto both = inputOf({.streams = {Stream::LocatedDepth}}, picture);
        for (std::size_t i = 0; i < 8; ++i)
            for (std::size_t j = 0; j < 8; ++j) {
                const bool inside = i >= 3 && i < 6 && j >= 2 && j < 5;
                const std::size_t at = 8 * i + j;
                const double pixels[] = {20.0 * static_cast<double>(j) / 255,
                                         20.0 * static_cast<double>(i) / 255, 0.2};
                for (std::size_t c = 0; c < 3; ++c) {
                    QVERIFY(near(loc[64 * c + at], inside ? scaled(pixels[c], c) : 0));
                    QCOMPARE(both[64 * c + at], loc[64 * c + at]);
                }
                QVERIFY(near(both[192 + at], inside ? (j < 4 ? 10.0F : 20.0F) / 30 : 0));
            }
    }

    // Box 2 … 4 and 3 … 5 (both ends included): range 2, grown by 1 on each side to 1 … 5 and 2 … 6. Resizing
    // 5 pixels to 8 with corners aligned samples at 4/7 of a pixel.
    void theCropShowsTheBoxAndItsSurroundings() {
        const PolypPicture picture = pictureOf(frameWithBox({2, 3, 5, 6}), size, size);
        const auto crop = inputOf({.streams = {Stream::Crop}}, picture);
        for (std::size_t i = 0; i < 8; ++i)
            for (std::size_t j = 0; j < 8; ++j) {
                const double x = 1 + 4.0 / 7 * static_cast<double>(j),
                             y = 2 + 4.0 / 7 * static_cast<double>(i);
                QVERIFY(near(crop[8 * i + j], scaled(20 * x / 255, 0)));
                QVERIFY(near(crop[64 + 8 * i + j], scaled(20 * y / 255, 1)));
            }
    }

    void theCropEndsAtTheFrame() {
        const PolypPicture picture = pictureOf(frameWithBox({0, 0, 5, 5}), size, size);
        const auto crop = inputOf({.streams = {Stream::Crop}}, picture);
        QVERIFY(near(crop[0], scaled(0, 0)));
        QVERIFY(near(crop[7], scaled(20.0 * 6 / 255, 0)));
    }

    void depthIsInverseAndRelativeOrInMillimetres() {
        const PolypPicture picture = pictureOf(frameWithBox({2, 3, 6, 6}), size, size);
        const auto relative = inputOf({.streams = {Stream::Depth}}, picture);
        // Corners lie outside the circle; 1/10 is the most, 0 the least.
        QCOMPARE(relative[0], 0.0F);
        QVERIFY(near(relative[8 * 3 + 1], 1.0F));
        QVERIFY(near(relative[8 * 3 + 6], 0.5F));
        const auto metric = inputOf({.streams = {Stream::Depth}, .metricDepth = true}, picture);
        QCOMPARE(metric[7], 0.0F);
        QVERIFY(near(metric[8 * 3 + 1], 10.0F / 30));
        QVERIFY(near(metric[8 * 3 + 6], 20.0F / 30));
    }

    void withoutAPolypThereIsNothingToSee() {
        PolypPicture picture = pictureOf(frameWithBox({0, 0, 0, 0}), size, size);
        for (const Stream stream : {Stream::Crop, Stream::Depth, Stream::Located})
            for (const float value : inputOf({.streams = {stream}}, picture)) QCOMPARE(value, 0.0F);
    }

    void streamsAreJoinedInTheirOrder() {
        const PolypPicture picture = pictureOf(frameWithBox({2, 3, 5, 6}), size, size);
        const InputPlan plan{.streams = streamsFrom("dpt+loc")};
        QCOMPARE(plan.streams, (std::vector<Stream>{Stream::Located, Stream::Depth}));
        QCOMPARE(plan.channels(), 4);
        const auto both = inputOf(plan, picture);
        auto apart = inputOf({.streams = {Stream::Located}}, picture);
        const auto depth = inputOf({.streams = {Stream::Depth}}, picture);
        apart.insert(apart.end(), depth.begin(), depth.end());
        QCOMPARE(both, apart);
        for (const char* wrong : {"", "loc+loc", "rgb+", "lok"})
            QVERIFY_THROWS_EXCEPTION(Error, streamsFrom(wrong));
    }

    void pictureDepthAndMaskMoveTogether() {
        const PolypPicture before = pictureOf(frameWithBox({0, 1, 2, 3}), size, size);
        int moved = 0;
        for (std::uint64_t i = 0; i < 16; ++i) {
            PolypPicture after = before;
            RandomStream random(i, "augment");
            augment({.flip = true}, random, after);
            moved += after.mask != before.mask;
            for (std::size_t p = 0; p < 64; ++p) {
                // Blue is the same everywhere; red says from which column a pixel came, green from which row.
                const auto column = static_cast<std::size_t>(std::lround(after.rgb[p] * 255 / 20));
                const auto row = static_cast<std::size_t>(std::lround(after.rgb[64 + p] * 255 / 20));
                QCOMPARE(after.mask[p], before.mask[8 * row + column]);
                QCOMPARE(after.depthMm[p], before.depthMm[8 * row + column]);
            }
        }
        QVERIFY(moved >= 8 && moved < 16);
    }

    void augmentationIsSeeded() {
        const PolypPicture before = pictureOf(frameWithBox({2, 3, 5, 6}), size, size);
        const data::PhotoAugmentation all{
            .rotationDegrees = 30, .flip = true, .jitter = 0.15, .hue = 0.01, .noise = 0.01};
        const auto changed = [&](std::uint64_t seed) {
            PolypPicture picture = before;
            RandomStream random(seed, "augment");
            augment(all, random, picture);
            return picture.rgb;
        };
        QCOMPARE(changed(1), changed(1));
        QVERIFY(changed(1) != changed(2));
    }

    void picturesAreResizedWithTheirBox() {
        const PolypPicture picture = pictureOf(frameWithBox({2, 2, 6, 6}), size, 16);
        QCOMPARE(picture.size, 16);
        QCOMPARE(std::count(picture.mask.begin(), picture.mask.end(), 1.0F), 64);
        QCOMPARE(picture.mask[16 * 4 + 4], 1.0F);
        QVERIFY(near(picture.rgb[512], 0.2F));
    }
};

QTEST_GUILESS_MAIN(NetworkInputTest)
#include "test_network_input.moc"
