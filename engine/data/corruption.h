// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "data/dataset.h"

/// Images as they come when something goes wrong: how a network does on data unlike those it learnt from.
/// Stands in for the corrupted sets of Hendrycks and Dietterich ("Benchmarking neural network robustness to
/// common corruptions and perturbations", ICLR 2019), computed when needed.
namespace filigree::data {

enum class CorruptionKind { GaussianNoise, ShotNoise, BoxBlur, Contrast, Brightness, Translate, Pixelate };

/// "gaussian_noise", "shot_noise", "box_blur", "contrast", "brightness", "translate", "pixelate".
const std::vector<std::string>& corruptionNames();
/// Throws Error (Usage) for any other word.
CorruptionKind corruptionFrom(std::string_view name);

struct Corruption {
    CorruptionKind kind = CorruptionKind::GaussianNoise;
    /// Noise: standard deviation on the scale 0..1. Shot noise: photons at full brightness. Blur: radius in
    /// pixels (2 r + 1 wide). Contrast: factor on the distance from the mean. Brightness: added. Translate:
    /// pixels, in a random direction along both axes. Pixelate: side of the squares that are averaged.
    double strength = 0;
};
/// Severities 1 to 5, the scale of those sets. Throws Error (Usage) for another one.
Corruption corruption(CorruptionKind kind, int severity);

/// Changes one image [channels, height, width] with values in [0, 1] in place; the result lies in [0, 1].
void corrupt(const Corruption& corruption, RandomStream& random, std::int64_t channels, std::int64_t height,
             std::int64_t width, std::span<float> image);

/// The set with every image corrupted; image i draws from RandomStream(seed, "corruption", i). Throws Error
/// (Usage) if the samples are not images of pixels.
Dataset corrupted(const Dataset& dataset, const Corruption& corruption, std::uint64_t seed);

}  // namespace filigree::data
