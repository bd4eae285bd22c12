// SPDX-License-Identifier: Apache-2.0
#include "data/photo_augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace filigree::data {
namespace {

float limited(double value) {
    return static_cast<float>(std::clamp(value, 0.0, 1.0));
}

/// ITU-R BT.601, as image libraries grey a picture.
double grey(float r, float g, float b) {
    return 0.299 * static_cast<double>(r) + 0.587 * static_cast<double>(g) + 0.114 * static_cast<double>(b);
}

/// Turns the colour circle: RGB to hue and back with value and chroma kept.
void turnHue(double turns, float& red, float& green, float& blue) {
    const double r = static_cast<double>(red), g = static_cast<double>(green), b = static_cast<double>(blue);
    const double value = std::max({r, g, b}), chroma = value - std::min({r, g, b});
    if (chroma <= 0) return;
    double sixths = value == r ? (g - b) / chroma : value == g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
    sixths += 6 * turns;
    // A channel falls and rises around the circle: value - chroma max(0, min(k, 4 - k, 1)).
    const auto channel = [&](double offset) {
        double k = std::fmod(offset + sixths, 6);
        if (k < 0) k += 6;
        return limited(value - chroma * std::max(0.0, std::min({k, 4 - k, 1.0})));
    };
    red = channel(5);
    green = channel(3);
    blue = channel(1);
}

void rotate(double angleDegrees, std::int64_t channels, std::int64_t height, std::int64_t width,
            std::span<float> planes) {
    const std::vector<float> before(planes.begin(), planes.end());
    const double angle = angleDegrees * std::numbers::pi / 180;
    const double c = std::cos(angle), s = std::sin(angle);
    const double middleX = static_cast<double>(width - 1) / 2, middleY = static_cast<double>(height - 1) / 2;
    const std::int64_t plane = height * width;
    for (std::int64_t i = 0; i < height; ++i)
        for (std::int64_t j = 0; j < width; ++j) {
            // Rows go down, so counter-clockwise on the screen is this sign of the sine.
            const double x = static_cast<double>(j) - middleX, y = static_cast<double>(i) - middleY;
            const auto fromX = std::llround(c * x - s * y + middleX),
                       fromY = std::llround(s * x + c * y + middleY);
            const bool inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
            for (std::int64_t k = 0; k < channels; ++k)
                planes[static_cast<std::size_t>(k * plane + i * width + j)] =
                    inside ? before[static_cast<std::size_t>(k * plane + fromY * width + fromX)] : 0;
        }
}

}  // namespace

PhotoChange drawPhotoChange(const PhotoAugmentation& augmentation, RandomStream& random) {
    PhotoChange change;
    const auto around = [&](double middle, double reach) {
        return random.uniform(middle - reach, middle + reach);
    };
    change.angleDegrees = around(0, augmentation.rotationDegrees);
    change.mirror = random.uniform() < 0.5 && augmentation.flip;
    change.upsideDown = random.uniform() < 0.5 && augmentation.flip;
    change.brightness = around(1, augmentation.jitter);
    change.contrast = around(1, augmentation.jitter);
    change.saturation = around(1, augmentation.jitter);
    change.hue = around(0, augmentation.hue);
    const auto order = random.permutation(4);
    std::transform(order.begin(), order.end(), change.order.begin(),
                   [](std::int64_t place) { return static_cast<int>(place); });
    return change;
}

void move(const PhotoChange& change, std::int64_t channels, std::int64_t height, std::int64_t width,
          std::span<float> planes) {
    if (change.angleDegrees != 0) rotate(change.angleDegrees, channels, height, width, planes);
    for (std::int64_t k = 0; k < channels; ++k) {
        float* const plane = planes.data() + k * height * width;
        if (change.mirror)
            for (std::int64_t i = 0; i < height; ++i)
                std::reverse(plane + i * width, plane + (i + 1) * width);
        if (change.upsideDown)
            for (std::int64_t i = 0; i < height / 2; ++i)
                std::swap_ranges(plane + i * width, plane + (i + 1) * width,
                                 plane + (height - 1 - i) * width);
    }
}

void recolour(const PhotoChange& change, std::span<float> rgb) {
    const std::size_t plane = rgb.size() / 3;
    float* const r = rgb.data();
    float* const g = r + plane;
    float* const b = g + plane;
    const auto scaleAll = [&](double factor, double towards) {
        for (float& value : rgb)
            value = limited(factor * static_cast<double>(value) + (1 - factor) * towards);
    };
    for (const int what : change.order) {
        if (what == 0 && change.brightness != 1) {
            scaleAll(change.brightness, 0);
        } else if (what == 1 && change.contrast != 1) {
            double sum = 0;
            for (std::size_t i = 0; i < plane; ++i) sum += grey(r[i], g[i], b[i]);
            scaleAll(change.contrast, sum / static_cast<double>(plane));
        } else if (what == 2 && change.saturation != 1) {
            for (std::size_t i = 0; i < plane; ++i) {
                const double towards = (1 - change.saturation) * grey(r[i], g[i], b[i]);
                for (float* const channel : {r, g, b})
                    channel[i] = limited(change.saturation * static_cast<double>(channel[i]) + towards);
            }
        } else if (what == 3 && change.hue != 0) {
            for (std::size_t i = 0; i < plane; ++i) turnHue(change.hue, r[i], g[i], b[i]);
        }
    }
}

void addNoise(double deviation, RandomStream& random, std::span<float> values) {
    if (deviation <= 0) return;
    for (float& value : values) value = limited(static_cast<double>(value) + deviation * random.normal());
}

void resizePlane(std::span<const float> from, std::int64_t fromHeight, std::int64_t fromWidth,
                 bool alignCorners, std::span<float> to, std::int64_t toHeight, std::int64_t toWidth) {
    struct Place {
        std::int64_t low, high;
        float share;  ///< of `high`
    };
    const auto places = [alignCorners](std::int64_t source, std::int64_t target) {
        std::vector<Place> all;
        for (std::int64_t j = 0; j < target; ++j) {
            double at = 0;
            if (!alignCorners)
                at = (static_cast<double>(j) + 0.5) * static_cast<double>(source) /
                         static_cast<double>(target) -
                     0.5;
            else if (target > 1)
                at = static_cast<double>(j) * static_cast<double>(source - 1) /
                     static_cast<double>(target - 1);
            at = std::clamp(at, 0.0, static_cast<double>(source - 1));
            const auto low = static_cast<std::int64_t>(at);
            all.push_back(
                {low, std::min(low + 1, source - 1), static_cast<float>(at - static_cast<double>(low))});
        }
        return all;
    };
    const std::vector<Place> rows = places(fromHeight, toHeight), columns = places(fromWidth, toWidth);
    std::size_t next = 0;
    for (const Place& row : rows) {
        const float* const above = from.data() + row.low * fromWidth;
        const float* const below = from.data() + row.high * fromWidth;
        for (const Place& column : columns) {
            const float up = above[column.low] + column.share * (above[column.high] - above[column.low]);
            const float down = below[column.low] + column.share * (below[column.high] - below[column.low]);
            to[next++] = up + row.share * (down - up);
        }
    }
}

}  // namespace filigree::data
