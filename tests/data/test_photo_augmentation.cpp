// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/photo_augmentation.h"

using namespace filigree;
using namespace filigree::data;

namespace {

std::vector<float> counted(std::size_t count) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0F);
    return values;
}

bool near(const std::vector<float>& a, const std::vector<float>& b, float bound = 1e-5F) {
    for (std::size_t i = 0; i < a.size() && a.size() == b.size(); ++i)
        if (!(std::abs(a[i] - b[i]) <= bound)) return false;
    return a.size() == b.size();
}

}  // namespace

class PhotoAugmentationTest : public QObject {
    Q_OBJECT

  private slots:
    void aQuarterTurnGoesCounterClockwise() {
        std::vector<float> plane = counted(9);
        move({.angleDegrees = 90}, 1, 3, 3, plane);
        QCOMPARE(plane, (std::vector<float>{3, 6, 9, 2, 5, 8, 1, 4, 7}));
    }

    void whatTurnsInFromOutsideIsZero() {
        std::vector<float> plane(5 * 5, 1.0F);
        move({.angleDegrees = 45}, 1, 5, 5, plane);
        QCOMPARE(plane[0], 0.0F);
        QCOMPARE(plane[24], 0.0F);
        QCOMPARE(plane[12], 1.0F);
        QCOMPARE(plane[2], 1.0F);
    }

    void mirrorsMoveAllPlanesAlike() {
        std::vector<float> planes = counted(12);
        move({.mirror = true}, 2, 2, 3, planes);
        QCOMPARE(planes, (std::vector<float>{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}));
        move({.upsideDown = true}, 2, 2, 3, planes);
        QCOMPARE(planes, (std::vector<float>{6, 5, 4, 3, 2, 1, 12, 11, 10, 9, 8, 7}));
    }

    // Values by hand: grey is .299 r + .587 g + .114 b.
    void coloursChangeByTheirFormulas() {
        const std::vector<float> start{0.5F, 0.25F, 0.2F, 0.5F, 0.1F, 1.0F};  // two pixels, planes
        std::vector<float> rgb = start;
        recolour({.brightness = 1.2}, rgb);
        QVERIFY(near(rgb, {0.6F, 0.3F, 0.24F, 0.6F, 0.12F, 1.0F}));
        // Grey is .2783 and .48225, their mean .380275.
        rgb = start;
        recolour({.contrast = 0.5}, rgb);
        QVERIFY(near(rgb, {.4401375F, .3151375F, .2901375F, .4401375F, .2401375F, .6901375F}));
        rgb = start;
        recolour({.saturation = 0.5}, rgb);
        QVERIFY(near(rgb, {.38915F, .366125F, .23915F, .491125F, .18915F, .741125F}));
    }

    void hueTurnsTheColourCircle() {
        std::vector<float> red{1, 0, 0};
        recolour({.hue = 1.0 / 3}, red);
        QVERIFY(near(red, {0, 1, 0}));
        std::vector<float> any{0.7F, 0.2F, 0.4F};
        recolour({.hue = -1.0 / 3}, any);
        QVERIFY(near(any, {0.2F, 0.4F, 0.7F}));
        std::vector<float> grey{0.3F, 0.3F, 0.3F};
        recolour({.hue = 0.2}, grey);
        QVERIFY(near(grey, {0.3F, 0.3F, 0.3F}));
    }

    void theOrderOfColoursMatters() {
        const std::vector<float> start{0.9F, 0.1F, 0.8F, 0.2F, 0.7F, 0.3F};
        std::vector<float> first = start, second = start;
        recolour({.brightness = 1.5, .contrast = 0.5, .order = {0, 1, 2, 3}}, first);
        recolour({.brightness = 1.5, .contrast = 0.5, .order = {1, 0, 2, 3}}, second);
        QVERIFY(!near(first, second, 0.01F));
    }

    void drawsStayWithinTheirBoundsAndUseThem() {
        const PhotoAugmentation augmentation{
            .rotationDegrees = 30, .flip = true, .jitter = 0.15, .hue = 0.01, .noise = 0.01};
        double leastAngle = 1e9, mostAngle = -1e9, mostHue = 0, leastFactor = 2, mostFactor = 0;
        int mirrored = 0, both = 0;
        constexpr int draws = 2000;
        for (int i = 0; i < draws; ++i) {
            RandomStream random(1, "test", static_cast<std::uint64_t>(i));
            const PhotoChange change = drawPhotoChange(augmentation, random);
            leastAngle = std::min(leastAngle, change.angleDegrees);
            mostAngle = std::max(mostAngle, change.angleDegrees);
            for (const double factor : {change.brightness, change.contrast, change.saturation}) {
                leastFactor = std::min(leastFactor, factor);
                mostFactor = std::max(mostFactor, factor);
            }
            mostHue = std::max(mostHue, std::abs(change.hue));
            mirrored += change.mirror;
            both += change.mirror && change.upsideDown;
        }
        QVERIFY(leastAngle >= -30 && leastAngle < -29.5 && mostAngle <= 30 && mostAngle > 29.5);
        QVERIFY(leastFactor >= 0.85 && leastFactor < 0.851 && mostFactor <= 1.15 && mostFactor > 1.149);
        QVERIFY(mostHue <= 0.01 && mostHue > 0.0099);
        // Four standard deviations of a coin and of two coins.
        QVERIFY(std::abs(mirrored - draws / 2) < 90);
        QVERIFY(std::abs(both - draws / 4) < 78);
    }

    void noiseHasItsDeviationAndStaysInRange() {
        std::vector<float> values(20000, 0.5F);
        RandomStream random(2, "noise");
        addNoise(0.05, random, values);
        double squares = 0;
        for (const float v : values) squares += std::pow(static_cast<double>(v) - 0.5, 2);
        QVERIFY(std::abs(std::sqrt(squares / 20000) - 0.05) < 0.001);
        std::vector<float> edge(100, 1.0F);
        addNoise(0.05, random, edge);
        QVERIFY(*std::max_element(edge.begin(), edge.end()) <= 1.0F);
        QVERIFY(*std::min_element(edge.begin(), edge.end()) < 1.0F);
    }

    // Values as PyTorch's interpolate gives them in mode bilinear.
    void planesAreResizedInBothCornerModes() {
        const std::vector<float> from{0, 1, 2, 3};
        std::vector<float> to(16);
        resizePlane(from, 2, 2, false, to, 4, 4);
        QVERIFY(near(
            to, {0, .25F, .75F, 1, .5F, .75F, 1.25F, 1.5F, 1.5F, 1.75F, 2.25F, 2.5F, 2, 2.25F, 2.75F, 3}));
        to.resize(9);
        resizePlane(from, 2, 2, true, to, 3, 3);
        QVERIFY(near(to, {0, .5F, 1, 1, 1.5F, 2, 2, 2.5F, 3}));
        std::vector<float> same(4);
        resizePlane(from, 2, 2, false, same, 2, 2);
        QCOMPARE(same, from);
    }
};

QTEST_GUILESS_MAIN(PhotoAugmentationTest)
#include "test_photo_augmentation.moc"
