// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "store/reader.h"

namespace filigree::ui {

inline constexpr const char* wholeNetwork = "all layers";

/// Density of one layer over a run.
struct DensityCurve {
    std::string layer;  ///< "fc1"; or wholeNetwork
    std::vector<std::int64_t> steps;
    std::vector<double> density;  ///< in [0, 1]
};

/// How dense each layer of a run has been.
struct DensityHistory {
    std::int64_t run = 0;
    std::string runName;
    std::vector<DensityCurve> curves;  ///< all layers together first, then each as the store names them

    bool empty() const { return curves.empty(); }
    std::pair<std::int64_t, std::int64_t> steps() const;  ///< first and last of all curves
    /// Least and greatest positive density, {1, 1} if there is none.
    std::pair<double, double> range() const;
    /// True if densities lie so far apart that only a logarithmic axis tells small ones from each other.
    bool isWide() const;
    /// A line per step and layer.
    std::string csv() const;
};

/// From the scalars sparsity/density and layers/density/<layer>; of long series at most about 2 000 points.
/// Empty if there is none.
DensityHistory loadDensities(const store::Reader& reader, std::int64_t run);

}  // namespace filigree::ui
