// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_raster.h"

#include <QtTest>
#include <cmath>
#include <random>

using namespace filigree::ui;

namespace {

constexpr Rgb ground = rgb(0xFFFFFF);
constexpr Rgb inkOfOnes = rgb(0x000000);

RasterStyle style() {
    RasterStyle made;
    made.ground = ground;
    made.presence = inkOfOnes;
    return made;
}

std::shared_ptr<const Connectivity> pattern(std::int64_t rows, std::int64_t columns,
                                            std::vector<std::uint32_t> active) {
    return std::make_shared<const Connectivity>(
        makeConnectivity({"fc1", rows, columns, {}, std::move(active)}, 0));
}

int red(std::uint32_t pixel) {
    return static_cast<int>(pixel & 255);
}

}  // namespace

class TestRaster : public QObject {
    Q_OBJECT

  private slots:
    void aConnectionAPixelIsExact() {
        const auto shown = pattern(3, 4, {0, 3, 9, 10, 11});
        const ConnectivityLevels levels(shown, {});
        const Picture picture = rasterize(levels, {0, 0, 1, 1, 4, 3}, style());
        for (int y = 0; y < 3; ++y)
            for (int x = 0; x < 4; ++x)
                QCOMPARE(picture.at(x, y), packed(shown->find(y, x) ? inkOfOnes : ground));
    }

    void enlargedConnectionsAreBlocks() {
        const auto shown = pattern(3, 4, {0, 3, 9, 10, 11});
        const ConnectivityLevels levels(shown, {});
        // From position (1, 1) on, 5 pixels a position, and more than the matrix holds.
        const Picture picture = rasterize(levels, {1, 1, 5, 5, 20, 12}, style());
        QCOMPARE(picture.at(10, 0), packed(ground));
        QCOMPARE(picture.at(10, 9), packed(inkOfOnes));  // (2, 3)
        QCOMPARE(picture.at(0, 4), packed(ground));      // (1, 1)
        QCOMPARE(picture.at(0, 5), packed(inkOfOnes));   // (2, 1)
        QCOMPARE(picture.at(15, 5) >> 24, 0U);           // right of the matrix
        QCOMPARE(picture.at(0, 11) >> 24, 0U);           // below it
    }

    void aPixelIsTheMeanOfWhatItCovers() {
        // 4 x 4 in 2 x 2 pixels: 4, 2, 1 and 0 of four positions.
        const auto shown = pattern(4, 4, {0, 1, 4, 5, 2, 7, 8});
        std::vector<std::uint32_t> sorted{0, 1, 2, 4, 5, 7, 8};
        const ConnectivityLevels levels(pattern(4, 4, sorted), {});
        const Picture picture = rasterize(levels, {0, 0, 0.5, 0.5, 2, 2}, style());
        // Full strength is the densest cell's, the root lifts the others.
        QCOMPARE(red(picture.at(0, 0)), 0);
        QCOMPARE(red(picture.at(1, 0)), static_cast<int>(255 - 255 * std::sqrt(0.5) + 0.5));
        QCOMPARE(red(picture.at(0, 1)), static_cast<int>(255 - 255 * std::sqrt(0.25) + 0.5));
        QCOMPARE(picture.at(1, 1), packed(ground));
    }

    void fractionsOfPixelsAreWeighted() {
        // One connection, half a pixel to the right: it fills half of two pixels.
        const ConnectivityLevels levels(pattern(1, 3, {1}), {});
        const Picture picture = rasterize(levels, {0.5, 0, 1, 1, 2, 1}, style());
        QCOMPARE(red(picture.at(0, 0)), red(picture.at(1, 0)));
        QCOMPARE(red(picture.at(0, 0)), static_cast<int>(255 - 255 * std::sqrt(0.5) + 0.5));
    }

    void everyZoomShowsTheSameShare() {
        // Linear in density when nothing is at full strength: compare the ink at odd zooms with the exact
        // sums.
        std::mt19937 random(1);
        std::vector<std::uint32_t> active;
        for (std::uint32_t i = 0; i < 130 * 97; ++i)
            if (random() % 5 == 0) active.push_back(i);
        const auto shown = pattern(130, 97, active);
        const ConnectivityLevels levels(shown, {});
        for (const double cell : {0.37, 0.8, 0.21}) {
            const int width = static_cast<int>(97 * cell);
            const int height = static_cast<int>(130 * cell);
            const Viewport view{3.3, 7.7, cell, cell, width - 4, height - 8};
            const Picture picture = rasterize(levels, view, style());
            const double full = levels.fullDensity(view.level());
            for (int y = 0; y < view.height; y += 3)
                for (int x = 0; x < view.width; x += 3) {
                    // Area covered by connections, position by position.
                    const double left = view.left + x / cell;
                    const double top = view.top + y / cell;
                    const double size = 1 / cell;
                    double area = 0;
                    for (std::int64_t r = static_cast<std::int64_t>(top); static_cast<double>(r) < top + size;
                         ++r)
                        for (std::int64_t c = static_cast<std::int64_t>(left);
                             static_cast<double>(c) < left + size; ++c) {
                            if (!shown->find(r, c)) continue;
                            const double wide = std::min(left + size, static_cast<double>(c + 1)) -
                                                std::max(left, static_cast<double>(c));
                            const double high = std::min(top + size, static_cast<double>(r + 1)) -
                                                std::max(top, static_cast<double>(r));
                            area += wide * high;
                        }
                    const double strength = std::sqrt(std::min(1.0, area / (size * size) / full));
                    // Levels split a cell's connections evenly over it, so a pixel may differ a little.
                    if (cell > 0.5) QVERIFY(std::abs(255 - red(picture.at(x, y)) - 255 * strength) < 2);
                }
        }
    }

    void valuesGiveTheColour() {
        const auto shown = pattern(1, 4, {0, 1, 2, 3});
        const ConnectivityLevels levels(shown, {-2, 0, 1, 5});
        RasterStyle signedStyle = style();
        signedStyle.map = &divergingMap(Appearance::Light);
        signedStyle.low = -2;
        signedStyle.high = 2;
        const Picture picture = rasterize(levels, {0, 0, 1, 1, 4, 1}, signedStyle);
        const ColourMap& map = divergingMap(Appearance::Light);
        QCOMPARE(picture.at(0, 0), packed(map[0]));
        QCOMPARE(picture.at(1, 0), packed(map[128]));
        QCOMPARE(picture.at(2, 0), packed(map[191]));
        QCOMPARE(picture.at(3, 0), packed(map[255]));  // clipped
    }

    void theValueOfABlockIsTheMeanOfItsConnections() {
        // Two of four positions connected, with 1 and 3: their mean is 2, whatever the empty ones.
        const ConnectivityLevels levels(pattern(2, 2, {0, 3}), {1, 3});
        RasterStyle valued = style();
        valued.map = &sequentialMap(Appearance::Light);
        valued.low = 0;
        valued.high = 4;
        const Picture picture = rasterize(levels, {0, 0, 0.5, 0.5, 1, 1}, valued);
        QCOMPARE(picture.at(0, 0), packed(sequentialMap(Appearance::Light)[128]));
    }

    void emptyMatricesAreNoTrouble() {
        QCOMPARE(rasterize(ConnectivityLevels(pattern(0, 0, {}), {}), {0, 0, 1, 1, 3, 3}, style()).at(1, 1),
                 0U);
        QCOMPARE(rasterize(ConnectivityLevels(pattern(5, 5, {}), {}), {0, 0, 1, 1, 3, 3}, style()).at(1, 1),
                 packed(ground));
    }
};

QTEST_APPLESS_MAIN(TestRaster)
#include "test_raster.moc"
