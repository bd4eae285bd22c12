// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/reader.h"
#include "ui/canvas/picture.h"

namespace filigree::ui {

/// A frame of which a run keeps feature maps.
struct MappedFrame {
    std::int64_t group = 0, item = 0;  ///< polyp, and number of the frame among its frames
    std::string words;                 ///< "polyp 3, frame 1"
    bool operator==(const MappedFrame&) const = default;
};
/// All of them, in the order of groups and frames. Throws Error (Data) for damaged records.
std::vector<MappedFrame> mappedFrames(const store::Reader& reader, std::int64_t run);

/// What a gate is given for a frame, and by what it multiplies each channel.
struct GateFeatures {
    std::string gate;
    std::int64_t channels = 0, rows = 0, columns = 0;
    std::vector<float> values;   ///< [channel, y, x]
    std::vector<float> factors;  ///< [channel]

    bool isMap() const { return rows * columns > 1; }
    float factor(std::int64_t channel) const { return factors[static_cast<std::size_t>(channel)]; }
    /// Least and greatest value of a channel.
    std::pair<float, float> range(std::int64_t channel) const;
    double mean(std::int64_t channel) const;
};

/// Feature maps of one frame in front of all gates of a network.
struct FrameFeatures {
    MappedFrame frame;
    std::int64_t step = 0;  ///< of the network
    std::string notice;     ///< "For research, not for diagnosis"
    Picture image;
    std::vector<GateFeatures> gates;
    /// nullptr if there is none of that name.
    const GateFeatures* of(const std::string& gate) const;
};
/// As `filigree analyze frames` keeps them (run/frames.h), of the newest network; none if not kept. Throws
/// Error (Data) for damaged ones.
std::optional<FrameFeatures> loadFeatures(const store::Reader& reader, std::int64_t run,
                                          const MappedFrame& frame);

/// A channel in front of its gate (factor 1) or behind it. Colours stand for values from 0 to the largest of
/// the channel in front of the gate, where all are positive, else from minus to plus the largest absolute
/// one; so both pictures can be compared.
Picture featurePicture(const GateFeatures& gate, std::int64_t channel, double factor, Appearance appearance);

}  // namespace filigree::ui
