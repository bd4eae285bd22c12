// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/frames.h"
#include "store/reader.h"
#include "ui/canvas/picture.h"
#include "ui/views/predictions.h"

namespace filigree::ui {

/// Single frames of a group and what a network does with them, as `filigree analyze frames` keeps them.
struct ShownFrames {
    std::int64_t step = 0;  ///< of the network
    PredictionScale scale;
    analysis::FrameSet set;

    std::size_t count() const { return set.items.size(); }
    /// The frame with that number, or the nearest one.
    std::size_t placeOf(std::int64_t item) const;
    /// Largest absolute value of all maps; 0 without maps.
    double mapLimit() const;
};

/// Those of the newest network: the records "frames/<group>…" that run/frames.h describes, whoever wrote
/// them; none if none were kept. Throws Error (Data) for damaged ones.
std::optional<ShownFrames> loadFrames(const store::Reader& reader, std::int64_t run, std::int64_t group);

/// The frame itself.
Picture imageOf(const analysis::FrameSet& set, std::size_t frame);
/// Depth from near (bright) to far over the known values of the frame; places that are not known are
/// `unknown`.
Picture depthPicture(const analysis::FrameSet& set, std::size_t frame, Appearance appearance, Rgb unknown);
/// Planes of an input: three from `first` as red, green and blue, each from its least to its greatest value,
/// or one as grey.
Picture planesOf(const analysis::FrameStream& stream, std::size_t frame, std::int64_t first,
                 std::int64_t planes);
/// The frame in grey with a stream's map over the part that the stream shows: bilinear, colours from -limit
/// to limit, the stronger the less grey shows through.
Picture mapPicture(const analysis::FrameSet& set, std::size_t stream, std::size_t frame, double limit,
                   Appearance appearance);

}  // namespace filigree::ui
