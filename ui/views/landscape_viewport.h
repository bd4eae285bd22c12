// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace filigree::ui {

/// A stretch of an axis.
struct Stretch {
    double from = 0;
    double to = 1;
    double length() const { return to - from; }
    bool operator==(const Stretch&) const = default;
};

/// The part of a landscape that is seen, in its coordinates. It never leaves the whole, and both axes have
/// one scale.
class LandscapeViewport {
  public:
    static constexpr double mostZoom = 200;

    /// Another landscape: all of it is seen. The same whole again changes nothing.
    void setWhole(Stretch x, Stretch y);
    /// All of it.
    void fit();
    /// `factor` > 1: closer, at most `mostZoom`; the place (x, y) stays where it is seen.
    void zoom(double x, double y, double factor);
    /// By so much, in coordinates.
    void pan(double dx, double dy);

    const Stretch& x() const { return x_; }
    const Stretch& y() const { return y_; }
    bool isWhole() const { return x_ == wholeX_ && y_ == wholeY_; }
    /// Grows with every change.
    unsigned version() const { return version_; }

  private:
    void see(Stretch x, Stretch y);

    Stretch wholeX_, wholeY_;
    Stretch x_, y_;
    unsigned version_ = 0;
};

}  // namespace filigree::ui
