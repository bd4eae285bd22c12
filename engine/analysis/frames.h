// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace filigree::analysis {

/// One stream of a network's input, for n frames.
struct FrameStream {
    std::string name;
    std::int64_t channels = 0, size = 0;
    std::vector<float> input;    ///< [n, channels, size, size], as the network gets it
    std::vector<float> windows;  ///< [n, 4]: left, top, right, bottom of what it shows, shares of the frame
    std::int64_t rows = 0, columns = 0;  ///< of a map; 0: there is none
    std::vector<float> maps;             ///< [n, rows, columns]
};

/// What a gate is given for the first m frames; it gives on each channel times its factor.
struct GateMaps {
    std::string gate;
    std::int64_t channels = 0, rows = 0, columns = 0;  ///< one place where it weighs single numbers
    std::vector<float> values;                         ///< [m, channels, rows, columns]
    std::vector<float> factors;                        ///< channels
};

/// Frames of one group, and what a network does with them.
struct FrameSet {
    std::string
        scale;  ///< JSON as of the text "predictions/<set>": item, group, unit, notice, classes, bounds
    std::int64_t group = 0;
    std::int64_t all = 0;                  ///< frames of the group; those here are evenly spread over them
    std::int64_t width = 0;                ///< frames are square
    std::vector<std::int64_t> items;       ///< n: number of the frame among those of its group, from 1
    std::vector<double> truth, predicted;  ///< n: numbers in the unit, or classes
    /// n: the prediction less the means of all its maps, in their unit (before a limit to possible values);
    /// empty without maps.
    std::vector<double> offsets;
    std::string mapUnit;             ///< "mm", or empty for a logit
    std::vector<std::uint8_t> rgb;   ///< [n, width, width, 3]
    std::vector<std::uint8_t> mask;  ///< [n, width, width], 0 or 255; empty where the data have none
    std::vector<float> depthMm;      ///< [n, width, width], 0 where not known; empty where the data have none
    std::vector<float> boxes;        ///< [n, 4]: left, top, right, bottom, shares of the frame
    std::vector<FrameStream> streams;
    std::int64_t mapped = 0;  ///< m: frames with feature maps
    std::vector<GateMaps> gates;
};

/// What predicts something of frames that belong to groups.
class FrameOwner {
  public:
    virtual ~FrameOwner() = default;
    /// At most `most` test frames of a group; none: the first group. Of at most `features` of them also what
    /// gates are given; of fewer where that would be more than mostFeatureValues numbers. Throws Error
    /// (Usage) for a group that is not tested and for tasks without frames.
    virtual FrameSet exploreFrames(std::optional<std::int64_t> group, std::int64_t most,
                                   std::int64_t features) = 0;
    static constexpr std::int64_t mostFeatureValues = std::int64_t{1} << 23;
};

}  // namespace filigree::analysis
