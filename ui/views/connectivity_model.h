// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ui/views/connectivity_levels.h"
#include "ui/views/connectivity_raster.h"

namespace filigree::ui {

/// A place of the matrix as it is shown, connected or not.
struct MatrixCell {
    std::int64_t row = 0;
    std::int64_t column = 0;
    bool operator==(const MatrixCell&) const = default;
};

/// A point of the matrix as it is shown, in places: the middle of the first one is (0.5, 0.5).
struct MatrixPoint {
    double column = 0;
    double row = 0;
    bool operator==(const MatrixPoint&) const = default;
};

/// What the connectivity view shows: the pattern, the part of it that is seen, the range of values, what is
/// selected. Knows nothing of windows; coordinates are pixels of the matrix area.
class ConnectivityModel {
  public:
    /// Shows another pattern. Zoom, range and selection stay while layer and size do.
    void show(std::shared_ptr<const ConnectivityData> data);
    const ConnectivityData* data() const { return data_.get(); }
    const std::shared_ptr<const ConnectivityData>& shared() const { return data_; }

    /// The size of the matrix area. What is fitted stays fitted.
    void resize(int width, int height);
    const Viewport& viewport() const { return viewport_; }
    /// All of the matrix. Cells are square unless that would leave a side empty; then up to 12 times as long
    /// as wide.
    void fit();
    bool isFitted() const { return fitted_; }
    /// The selected position (or the hovered one) in the middle, large enough to read.
    void fitSelection();
    /// `factor` > 1 enlarges; the position under (x, y) stays there.
    void zoom(double x, double y, double factor, bool horizontal = true, bool vertical = true);
    void zoomTo(double left, double top, double right, double bottom);
    void pan(double dx, double dy);

    /// The position under a pixel; none outside the matrix.
    std::optional<MatrixCell> cellAt(double x, double y) const;
    /// The same, or the one at the edge that is nearest.
    MatrixCell nearestCell(double x, double y) const;
    /// The connection nearest to a pixel, at most `reach` pixels away along either axis.
    std::optional<std::size_t> connectionAt(double x, double y, double reach) const;
    /// Left, top, right and bottom of a position in pixels.
    struct Box {
        double left = 0, top = 0, right = 0, bottom = 0;
    };
    Box boxOf(MatrixCell cell) const;

    std::optional<MatrixCell> hovered() const { return hovered_; }
    void hover(std::optional<MatrixCell> cell);
    std::optional<MatrixCell> selected() const { return selected_; }
    void select(std::optional<MatrixCell> cell);
    /// To the next connection of the row (dx) or column (dy); to the nearest of all if none is selected.
    void moveSelection(int dx, int dy);

    /// Of the colours: chosen by hand, or what the values suggest.
    std::pair<double, double> range() const;
    bool rangeIsAutomatic() const { return !range_; }
    void setRange(double low, double high);
    void setAutomaticRange();

    /// Connections to be marked as taken away: row * columns + column in the layer's numbers, ascending.
    void setCut(std::vector<std::uint32_t> positions);
    bool isCut(std::int64_t row, std::int64_t place) const;
    bool hasCut() const { return !cut_.empty(); }

    bool showsChanges() const { return changes_; }
    void setShowChanges(bool on);

    /// Grows with every change of what the matrix looks like (not with hovering and selecting).
    std::uint64_t version() const { return version_; }

    /// "fc1: 1 204 of 100 352 connections, density 1.2 %, 61 grown, 61 dropped at step 4000".
    std::string summary() const;
    /// Everything known of a position, one fact per line.
    std::string describe(MatrixCell cell) const;
    /// The same in a line, without what is told elsewhere.
    std::string brief(MatrixCell cell) const;

    std::function<void()> onSelect;
    /// A rectangle was drawn: two opposite corners of it.
    std::function<void(MatrixCell, MatrixCell)> onBrush;
    /// An outline was drawn by hand; it closes itself.
    std::function<void(const std::vector<MatrixPoint>&)> onLasso;
    std::function<void()> onChange;  ///< anything that is drawn

  private:
    void clampViewport();
    void changed(bool picture);
    double fittedScale(double& vertical) const;

    std::shared_ptr<const ConnectivityData> data_;
    Viewport viewport_;
    bool fitted_ = true;
    std::optional<MatrixCell> hovered_;
    std::optional<MatrixCell> selected_;
    std::optional<std::pair<double, double>> range_;
    bool changes_ = true;
    std::vector<std::uint32_t> cut_;
    std::uint64_t version_ = 1;
};

/// "run 3, step 4000", or "step 4000" of the same run: what B is.
std::string nameOf(const Comparison& against);
/// "12 only in A, 8 only in B, 30 in both, Jaccard 0.600 (0.111 by chance)"
std::string countsText(const Comparison& against);

/// "1 204 000", with thin spaces; four digits stay together.
std::string countText(std::int64_t count);
/// A real minus sign; a dash if it is not a number.
std::string numberText(double value, int significantDigits = 4);

}  // namespace filigree::ui
