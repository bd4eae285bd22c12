// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"

/// Random changes of photographs. Images are planes [channels, height, width].
namespace filigree::data {

/// How strongly. Zero leaves a property alone.
struct PhotoAugmentation {
    double rotationDegrees = 0;  ///< angle uniform in [-rotation, rotation]
    bool flip = false;           ///< left-right and, by a coin of its own, upside down, each with 1/2
    double jitter = 0;  ///< factors of brightness, contrast and saturation in [1 - jitter, 1 + jitter]
    double hue = 0;     ///< shift in [-hue, hue] turns of the colour circle
    double noise = 0;   ///< standard deviation of normal noise on the scale 0..1

    bool enabled() const { return rotationDegrees > 0 || flip || jitter > 0 || hue > 0 || noise > 0; }
};

/// What was drawn for one photograph: masks and depths are moved as its colours are.
struct PhotoChange {
    double angleDegrees = 0;  ///< counter-clockwise
    bool mirror = false, upsideDown = false;
    double brightness = 1, contrast = 1, saturation = 1, hue = 0;
    std::array<int, 4> order{0, 1, 2, 3};  ///< of brightness, contrast, saturation, hue
};

/// Draws everything, used or not, so that what one setting draws does not depend on the others.
PhotoChange drawPhotoChange(const PhotoAugmentation& augmentation, RandomStream& random);

/// Rotates about the centre (nearest pixel, 0 outside), then mirrors, in place.
void move(const PhotoChange& change, std::int64_t channels, std::int64_t height, std::int64_t width,
          std::span<float> planes);

/// Brightness b: b v. Contrast c: c v + (1 - c) m with the mean m of the grey picture. Saturation s: s v +
/// (1 - s) grey. Hue: the colour circle turned. In the drawn order, each limited to 0..1. `rgb` has three
/// planes.
void recolour(const PhotoChange& change, std::span<float> rgb);

/// Adds normal noise and limits to 0..1.
void addNoise(double deviation, RandomStream& random, std::span<float> values);

/// Bilinear resampling of one plane. With aligned corners the centres of corner pixels map to each other,
/// else pixels are areas: the centre of target pixel j lies at (j + 1/2) from / to - 1/2.
void resizePlane(std::span<const float> from, std::int64_t fromHeight, std::int64_t fromWidth,
                 bool alignCorners, std::span<float> to, std::int64_t toHeight, std::int64_t toWidth);

}  // namespace filigree::data
