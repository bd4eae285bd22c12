// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "data/endoscopy/video_set.h"
#include "data/photo_augmentation.h"

/// What a network sees of a frame with a polyp.
namespace filigree::data::endoscopy {

/// A frame as numbers, planes [·, size, size].
struct PolypPicture {
    std::int64_t size = 0;
    std::vector<float> rgb;      ///< three planes, 0..1
    std::vector<float> depthMm;  ///< 0 where it is not known
    std::vector<float> mask;     ///< 1 inside the polyp's box, else 0
};

/// The numbers of a square frame of that width, resized (bilinear; the mask so too, then cut at 1/2) if
/// `size` is another. A frame without depth has none anywhere.
PolypPicture pictureOf(const StoredFrame& frame, std::int64_t width, std::int64_t size);

/// Rotation and flips of picture, depth and mask together, then colours and noise of the picture.
void augment(const PhotoAugmentation& augmentation, RandomStream& random, PolypPicture& picture);

/// Planes that a network, or one branch of it, gets.
enum class Stream {
    /// normalised picture times mask: apparent size is preserved (3 planes)
    Located,
    /// the box, grown on each side by half of its extent (rounded down) and limited to the frame, resized to
    /// the whole (bilinear, corners aligned): texture and surroundings; all 0 if the mask is empty (3 planes)
    Crop,
    /// depth of that crop inside the inscribed circle: 1/z scaled to 0..1 over the picture, or mm / 30 where
    /// `metricDepth` (1 plane)
    Depth,
    /// Located, and min(depth, 60 mm) / 30 times mask (4 planes)
    LocatedDepth,
    /// normalised picture (3 planes)
    Whole,
};

/// Pixels become (v - mean) / deviation per channel; the defaults are those of the published code.
struct PixelScale {
    std::array<float, 3> mean{.32239652F, .22631808F, .17500061F};
    std::array<float, 3> deviation{.31781745F, .2405859F, .19327126F};
};

struct InputPlan {
    std::vector<Stream> streams{};
    bool metricDepth = false;
    PixelScale pixels{};
    PhotoAugmentation augmentation{};

    std::int64_t channels() const;
};

std::int64_t channelsOf(Stream stream);
/// "loc", "rgb", "dpt", "loc_depth", "whole".
std::string nameOf(Stream stream);
/// Names joined by '+'; streams come in the order rgb, loc, dpt, loc_depth, whole whatever the order of
/// names. Throws Error (Usage) for another name, a name twice, and none.
std::vector<Stream> streamsFrom(std::string_view names);

/// Which part of a picture a stream shows, as shares of its extent.
struct Window {
    double left = 0, top = 0, right = 1, bottom = 1;
};
/// All of it, or the grown box of Crop and Depth; all of it if the mask is empty.
Window windowOf(Stream stream, const PolypPicture& picture);

/// Writes the plan's planes one after another, [channels, size, size]. `to` holds exactly so many values.
void writeInput(const InputPlan& plan, const PolypPicture& picture, std::span<float> to);

}  // namespace filigree::data::endoscopy
