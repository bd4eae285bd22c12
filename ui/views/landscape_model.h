// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/record.h"
#include "store/store.h"

namespace filigree::ui {

/// Values at places that were not computed yet, interpolated between those that were: along rows that hold
/// at least one, then along columns. Infinite values count as computed. All NaN if nothing is known.
/// values[row * columns + column].
std::vector<float> fillGaps(std::span<const float> values, std::size_t columns, std::size_t rows);

/// A piece of a contour line in grid coordinates (column, row), fractional.
struct ContourPiece {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};
/// Where bilinear values pass `level`: marching squares; saddles are decided by the mean of the corners.
/// Cells with a corner that is not finite have none.
std::vector<ContourPiece> contour(std::span<const float> values, std::size_t columns, std::size_t rows,
                                  double level);

/// One field of a surface as it is drawn: colours, contour levels, gaps filled.
class LandscapeModel {
  public:
    LandscapeModel() = default;
    /// `field`: "train/loss", "test/acc", ...; empty: the first. Throws Error (Usage) with the fields there
    /// are.
    LandscapeModel(record::Surface surface, std::int64_t run, std::int64_t step, std::string_view field);

    bool empty() const { return values_.empty(); }
    bool isLine() const { return surface_.y.size() == 1; }
    const record::Surface& surface() const { return surface_; }
    const std::string& field() const { return field_; }
    std::int64_t run() const { return run_; }
    std::int64_t step() const { return step_; }
    /// Gaps filled.
    const std::vector<float>& values() const { return values_; }
    std::size_t known() const { return known_; }

    /// Range of the colours: least and greatest finite value.
    double low() const { return low_; }
    double high() const { return high_; }
    /// Losses with greatest / least > 50 are coloured by their logarithm.
    bool isLogarithmic() const { return logarithmic_; }
    /// 0 at low, 1 at high; beyond both ends clipped, 1 for what is not finite.
    double share(double value) const;
    /// Values of the contour lines, ascending: 8 to 15 round numbers, or 1, 2, 5 times powers of ten.
    const std::vector<double>& levels() const { return levels_; }
    /// The lines of each level, for a plane.
    const std::vector<std::vector<ContourPiece>>& contours() const { return contours_; }

    /// Bilinear; none outside.
    std::optional<double> valueAt(double x, double y) const;
    /// What the axes are called: "direction 1", "component 1 (62 %)", ....
    std::string axisName(int axis) const;
    /// All that it takes to make the surface again, in short lines.
    std::vector<std::string> recipeLines() const;
    std::string summary() const;

  private:
    void chooseLevels();

    record::Surface surface_;
    std::int64_t run_ = 0;
    std::int64_t step_ = 0;
    std::string field_;
    std::vector<float> values_;
    std::size_t known_ = 0;
    double low_ = 0;
    double high_ = 1;
    bool logarithmic_ = false;
    std::vector<double> levels_;
    std::vector<std::vector<ContourPiece>> contours_;
};

/// The surface with that tag, or the one that was added last. Throws Error (Usage) with the tags that there
/// are, or with what to do if the run has none.
LandscapeModel loadLandscape(const store::Store& store, std::int64_t run, std::string_view tag,
                             std::string_view field);

}  // namespace filigree::ui
