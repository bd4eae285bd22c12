// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/endoscopy/frame.h"

namespace filigree::data::endoscopy {

/// Which pictures a set of procedural videos holds. The default is PROC-210.
struct SetRequest {
    std::uint64_t seed = 2024;
    std::int64_t polyps = 210;
    std::int64_t frames = 10;  ///< of each polyp
    std::int64_t width = 48;
    std::int64_t samples = 2;
    SizeMix mix;
};

/// One picture as it is kept.
struct StoredFrame {
    std::int64_t polyp = 0, frame = 0;
    double diameterMm = 0;
    Box box;
    bool valid = true;
    std::vector<std::uint8_t> rgb;     ///< [width, width, 3], round(255 v)
    std::vector<std::uint16_t> depth;  ///< [width, width], floor(256 mm), 0 outside the aperture
    std::vector<std::uint8_t> mask;    ///< [width, width], 0 or 1
};

/// A whole set, polyp by polyp, frame by frame.
struct VideoSet {
    SetRequest request;
    std::vector<StoredFrame> frames;

    const StoredFrame& at(std::int64_t polyp, std::int64_t frame) const {
        return frames[static_cast<std::size_t>(polyp * request.frames + frame)];
    }
};

/// Called after each picture, from any thread but never from two at once; false stops the work with Error
/// (Run).
using Progress = std::function<bool(std::int64_t done, std::int64_t all)>;

/// Renders all pictures, threaded over pictures. Throws Error (Usage) for requests that renderFrame refuses
/// and sets of more than 2^31 pixels.
VideoSet renderSet(const SetRequest& request, const Progress& progress = {});

/// Name of the set's file in a cache: changes with anything that changes a picture.
std::string cacheKey(const SetRequest& request);

/// The set from `folder`/`cacheKey`.bin if that file is there and whole, else rendered and put there. A cache
/// that cannot be written is no error.
VideoSet cachedSet(const SetRequest& request, const std::filesystem::path& folder,
                   const Progress& progress = {});

/// Where sets are kept unless told otherwise: "endoscopy" in the user's cache folder.
std::filesystem::path cacheFolder();

/// Writes pictures into `folder`: pPPP_fFF.png, pPPP_fFF_depth.png (16 bit, 256 per mm), pPPP_fFF_mask.png
/// and polypsizing_proc.csv in the columns of the intermediate CSV (database PROC); the paths in it are
/// relative to the folder. Pictures whose polyp cannot be seen are left out of the CSV. Throws Error (Run) if
/// it cannot write.
void exportSet(const VideoSet& set, const std::filesystem::path& folder);

}  // namespace filigree::data::endoscopy
