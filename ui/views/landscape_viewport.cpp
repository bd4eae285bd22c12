// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/landscape_viewport.h"

#include <algorithm>

namespace filigree::ui {
namespace {

Stretch zoomed(const Stretch& seen, double at, double factor) {
    return {at - (at - seen.from) / factor, at + (seen.to - at) / factor};
}

/// Moved back into `whole`, in which it fits.
Stretch inside(Stretch seen, const Stretch& whole) {
    if (seen.length() >= whole.length()) return whole;
    const double shift = std::max(0.0, whole.from - seen.from) - std::max(0.0, seen.to - whole.to);
    return {seen.from + shift, seen.to + shift};
}

}  // namespace

void LandscapeViewport::setWhole(Stretch x, Stretch y) {
    if (x == wholeX_ && y == wholeY_) return;
    wholeX_ = x;
    wholeY_ = y;
    fit();
}

void LandscapeViewport::fit() {
    see(wholeX_, wholeY_);
}

void LandscapeViewport::zoom(double x, double y, double factor) {
    const double now = wholeX_.length() / x_.length();
    const double allowed = std::clamp(now * factor, 1.0, mostZoom) / now;
    see(inside(zoomed(x_, x, allowed), wholeX_), inside(zoomed(y_, y, allowed), wholeY_));
}

void LandscapeViewport::pan(double dx, double dy) {
    see(inside({x_.from + dx, x_.to + dx}, wholeX_), inside({y_.from + dy, y_.to + dy}, wholeY_));
}

void LandscapeViewport::see(Stretch x, Stretch y) {
    if (x == x_ && y == y_) return;
    x_ = x;
    y_ = y;
    ++version_;
}

}  // namespace filigree::ui
