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
};

/// What predicts something of frames that belong to groups.
class FrameOwner {
  public:
    virtual ~FrameOwner() = default;
    /// At most `most` test frames of a group; none: the first group. Throws Error (Usage) for a group that is
    /// not tested and for tasks without frames.
    virtual FrameSet exploreFrames(std::optional<std::int64_t> group, std::int64_t most) = 0;
};

}  // namespace filigree::analysis
