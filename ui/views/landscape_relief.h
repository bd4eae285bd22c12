// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <vector>

#include "ui/views/landscape_model.h"

namespace filigree::ui {

/// From where a relief is seen, without perspective: lengths can be compared all over the picture. The relief
/// stands in the box [-1, 1] x [-1, 1] x [0, 1].
class ReliefCamera {
  public:
    /// Radians. `turn`: of the relief about its vertical axis. `tilt`: of the line of sight above the ground,
    /// from 5 to 90 degrees (seen from above).
    double turn() const { return turn_; }
    double tilt() const { return tilt_; }
    double scale() const { return scale_; }
    void set(double turn, double tilt);
    /// As the pointer is dragged: half a turn for the width of the picture.
    void orbit(double right, double down);
    /// `factor` > 1: closer; 1 to 8 times.
    void zoom(double factor);
    /// As it was at first.
    void reset();

    struct Place {
        double right = 0;  ///< on the picture, in lengths of the box
        double up = 0;
        double depth = 0;  ///< away from the eye
    };
    Place place(double x, double y, double z) const;

  private:
    double turn_ = -0.6;
    double tilt_ = 0.62;
    double scale_ = 1;
};

/// A landscape as a lit mesh in that box. Heights are LandscapeModel::share (so a logarithm where colours
/// are). Every cell of the grid is divided into `parts` x `parts` flat pieces of the bilinear surface.
class Relief {
  public:
    /// A plane with at least 2 x 2 places.
    explicit Relief(const LandscapeModel& model);

    std::size_t columns() const { return columns_; }  ///< of the mesh
    std::size_t rows() const { return rows_; }
    std::size_t parts() const { return parts_; }
    double x(std::size_t column) const { return -1 + 2 * static_cast<double>(column) / double(columns_ - 1); }
    double y(std::size_t row) const { return -1 + 2 * static_cast<double>(row) / double(rows_ - 1); }
    double z(std::size_t column, std::size_t row) const { return heights_[row * columns_ + column]; }
    /// Light that the place gets, 0.5 (in the shade) to 1: Lambert's law, for a light that stands above the
    /// left shoulder of who looks, whatever the turn.
    double light(std::size_t column, std::size_t row, const ReliefCamera& camera) const;

    /// Cells of the grid from the farthest to the nearest: a nearer one never lies behind a farther one, so
    /// that drawing them in this order hides what is hidden.
    struct Cell {
        std::size_t column = 0;
        std::size_t row = 0;
    };
    std::vector<Cell> backToFront(const ReliefCamera& camera) const;

    /// Nothing of the relief stands between the eye and that place (on the relief, or above it).
    bool isSeen(double x, double y, double z, const ReliefCamera& camera) const;

    /// All contour pieces with the height of their level.
    struct Line {
        ContourPiece piece;
        double height = 0;
    };
    const std::vector<Line>& lines() const { return lines_; }
    /// Where a place of the grid (fractional) lies in the box.
    double boxX(double gridColumn) const { return -1 + 2 * gridColumn / double(gridColumns_ - 1); }
    double boxY(double gridRow) const { return -1 + 2 * gridRow / double(gridRows_ - 1); }

  private:
    double heightAt(double x, double y) const;

    std::size_t gridColumns_, gridRows_;
    std::size_t parts_;
    std::size_t columns_, rows_;
    std::vector<double> heights_;
    std::vector<Line> lines_;
};

}  // namespace filigree::ui
