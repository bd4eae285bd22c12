// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/reader.h"

namespace filigree::ui {

/// A scalar over the run.
struct StepCurve {
    std::string name;  ///< "weights"
    std::string tag;   ///< "train/loss"
    /// Step and value, ascending; of a stretch with many points its least and its greatest.
    std::vector<std::pair<std::int64_t, double>> points;
    /// The value at or before a step; NaN before the first.
    double at(std::int64_t step) const;
};

/// Curves that belong on one pair of axes.
struct StepPanel {
    std::string title;
    bool logarithmic = false;  ///< where all values are above 0
    std::vector<StepCurve> curves;
};

/// What gradient routing records of its two passes: losses, norms of the clipped gradients, factors of
/// clipping, the cosine between the weights' gradients of both, learning rates. Panels and curves of which
/// nothing was recorded are left out. At most about `most` points a curve.
std::vector<StepPanel> loadRoutingPanels(const store::Reader& reader, std::int64_t run,
                                         std::int64_t most = 600);

}  // namespace filigree::ui
