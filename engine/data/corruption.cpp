// SPDX-License-Identifier: Apache-2.0
#include "data/corruption.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace filigree::data {
namespace {

/// Poisson by multiplying uniforms (Knuth): rates here are at most 60.
double poisson(RandomStream& random, double rate) {
    const double limit = std::exp(-rate);
    double product = random.uniform();
    std::int64_t count = 0;
    while (product > limit) {
        product *= random.uniform();
        ++count;
    }
    return static_cast<double>(count);
}

using Plane = std::span<float>;

/// Mean over the window, of the pixels that lie in the image.
void boxBlur(Plane plane, std::int64_t height, std::int64_t width, std::int64_t radius) {
    const std::vector<float> before(plane.begin(), plane.end());
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            double sum = 0;
            std::int64_t count = 0;
            for (std::int64_t v = std::max<std::int64_t>(0, y - radius);
                 v <= std::min(height - 1, y + radius); ++v)
                for (std::int64_t u = std::max<std::int64_t>(0, x - radius);
                     u <= std::min(width - 1, x + radius); ++u, ++count)
                    sum += before[static_cast<std::size_t>(v * width + u)];
            plane[static_cast<std::size_t>(y * width + x)] =
                static_cast<float>(sum / static_cast<double>(count));
        }
}

void pixelate(Plane plane, std::int64_t height, std::int64_t width, std::int64_t side) {
    for (std::int64_t top = 0; top < height; top += side)
        for (std::int64_t left = 0; left < width; left += side) {
            const std::int64_t bottom = std::min(height, top + side), right = std::min(width, left + side);
            double sum = 0;
            for (std::int64_t y = top; y < bottom; ++y)
                for (std::int64_t x = left; x < right; ++x)
                    sum += plane[static_cast<std::size_t>(y * width + x)];
            const auto mean = static_cast<float>(sum / static_cast<double>((bottom - top) * (right - left)));
            for (std::int64_t y = top; y < bottom; ++y)
                for (std::int64_t x = left; x < right; ++x)
                    plane[static_cast<std::size_t>(y * width + x)] = mean;
        }
}

void translate(Plane plane, std::int64_t height, std::int64_t width, std::int64_t down, std::int64_t right) {
    const std::vector<float> before(plane.begin(), plane.end());
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const std::int64_t v = y - down, u = x - right;
            const bool inside = v >= 0 && v < height && u >= 0 && u < width;
            plane[static_cast<std::size_t>(y * width + x)] =
                inside ? before[static_cast<std::size_t>(v * width + u)] : 0.0F;
        }
}

}  // namespace

const std::vector<std::string>& corruptionNames() {
    static const std::vector<std::string> names{"gaussian_noise", "shot_noise", "box_blur", "contrast",
                                                "brightness",     "translate",  "pixelate"};
    return names;
}

CorruptionKind corruptionFrom(std::string_view name) {
    const auto& names = corruptionNames();
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end())
        throw Error(ErrorKind::Usage, "there is no corruption \"" + std::string(name) + "\"");
    return static_cast<CorruptionKind>(found - names.begin());
}

Corruption corruption(CorruptionKind kind, int severity) {
    constexpr std::array<std::array<double, 5>, 7> strengths{{{0.08, 0.12, 0.18, 0.26, 0.38},
                                                              {60, 25, 12, 5, 3},
                                                              {1, 1, 2, 2, 3},
                                                              {0.75, 0.5, 0.4, 0.3, 0.15},
                                                              {0.1, 0.2, 0.3, 0.4, 0.5},
                                                              {1, 2, 3, 4, 5},
                                                              {2, 2, 4, 4, 4}}};
    if (severity < 1 || severity > 5)
        throw Error(ErrorKind::Usage, "severities go from 1 to 5, not " + std::to_string(severity));
    return {kind, strengths[static_cast<std::size_t>(kind)][static_cast<std::size_t>(severity - 1)]};
}

void corrupt(const Corruption& corruption, RandomStream& random, std::int64_t channels, std::int64_t height,
             std::int64_t width, std::span<float> image) {
    const double strength = corruption.strength;
    const auto pixels = static_cast<std::int64_t>(std::llround(strength));
    const auto each = [&](const auto& change) {
        for (float& value : image) value = static_cast<float>(std::clamp(change(double{value}), 0.0, 1.0));
    };
    const auto eachPlane = [&](const auto& change) {
        const auto size = static_cast<std::size_t>(height * width);
        for (std::int64_t c = 0; c < channels; ++c)
            change(image.subspan(static_cast<std::size_t>(c) * size, size));
    };
    switch (corruption.kind) {
        case CorruptionKind::GaussianNoise:
            return each([&](double x) { return x + strength * random.normal(); });
        case CorruptionKind::ShotNoise:
            return each([&](double x) { return poisson(random, strength * x) / strength; });
        case CorruptionKind::Brightness:
            return each([&](double x) { return x + strength; });
        case CorruptionKind::Contrast: {
            const double mean =
                std::accumulate(image.begin(), image.end(), 0.0) / static_cast<double>(image.size());
            return each([&](double x) { return (x - mean) * strength + mean; });
        }
        case CorruptionKind::BoxBlur:
            return eachPlane([&](Plane plane) { boxBlur(plane, height, width, pixels); });
        case CorruptionKind::Pixelate:
            return eachPlane(
                [&](Plane plane) { pixelate(plane, height, width, std::max<std::int64_t>(1, pixels)); });
        case CorruptionKind::Translate: {
            const std::int64_t down = random.below(2) ? pixels : -pixels;
            const std::int64_t right = random.below(2) ? pixels : -pixels;
            return eachPlane([&](Plane plane) { translate(plane, height, width, down, right); });
        }
    }
}

Dataset corrupted(const Dataset& dataset, const Corruption& corruption, std::uint64_t seed) {
    const auto* pixels = std::get_if<LargeVector<std::uint8_t>>(&dataset.samples);
    if (!pixels || dataset.sampleShape.size() != 3)
        throw Error(ErrorKind::Usage, "only images can be corrupted, and " + dataset.name + " has none");
    Dataset result = dataset;
    LargeVector<float> values(pixels->size());
    const auto size = static_cast<std::size_t>(dataset.sampleSize());
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>((*pixels)[i]) / static_cast<float>(dataset.pixelMaximum);
    for (std::size_t i = 0; i < static_cast<std::size_t>(dataset.count()); ++i) {
        RandomStream random(seed, "corruption", i);
        corrupt(corruption, random, dataset.sampleShape[0], dataset.sampleShape[1], dataset.sampleShape[2],
                std::span(values).subspan(i * size, size));
    }
    result.samples = std::move(values);
    return result;
}

}  // namespace filigree::data
