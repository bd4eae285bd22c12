// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "data/endoscopy/scene.h"

namespace filigree::data::endoscopy {

/// One picture of a video of `frames` pictures that passes a polyp.
struct FrameRequest {
    std::uint64_t seed = 2024;
    std::uint64_t polyp = 0;
    std::int64_t frame = 0;
    std::int64_t frames = 10;  ///< of the whole video
    std::int64_t width = 48;   ///< pictures are square
    std::int64_t samples = 2;  ///< rays per pixel along each axis
    SizeMix mix;
};

/// Half-open: xMin <= x < xMax.
struct Box {
    std::int64_t xMin = 0, yMin = 0, xMax = 0, yMax = 0;
    std::int64_t width() const { return xMax - xMin; }
    std::int64_t height() const { return yMax - yMin; }
};

/// A rendered picture with its truth.
struct Frame {
    std::int64_t width = 0;
    std::vector<float> rgb;          ///< [width, width, 3], 0 to 1; black outside the round aperture
    std::vector<float> depthMm;      ///< [width, width], mean length of the rays; 0 outside the aperture
    std::vector<std::uint8_t> mask;  ///< [width, width], 1 where the polyp is
    Box box;                         ///< of the mask
    bool valid = true;               ///< false if the polyp was too small to see in six attempts
    double diameterMm = 0;
    PolypShape shape = PolypShape::Is;
    double cameraDistanceMm = 0;
    int attempt = 0;  ///< camera paths that did not show the polyp well enough before
    double gain = 0;  ///< of the exposure

    std::int64_t maskPixels() const;
};

/// Renders one picture: sphere-traced equidistant fisheye (140 degrees) with two lamps, vessels, pits,
/// residue, glints and sensor noise, in double precision. Threaded over rows; the result does not depend on
/// the number of threads. Throws Error (Usage) for sizes below 1, widths above 4096 and a frame outside the
/// video.
Frame renderFrame(const FrameRequest& request);

}  // namespace filigree::data::endoscopy
