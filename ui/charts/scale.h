// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace filigree::ui {

enum class Scale { Linear, Log, Symlog };

/// From values to positions along an axis and back.
///   linear: t = v;  log: t = log10(v), v > 0;  symlog: t = sign(v) log10(1 + |v| / threshold).
/// Symlog is nearly linear within +-threshold and logarithmic beyond it.
class ScaleMap {
  public:
    explicit ScaleMap(Scale scale = Scale::Linear, double threshold = 1)
        : scale_(scale), threshold_(threshold) {}

    double position(double value) const;  ///< NaN where a logarithm has no value
    double value(double position) const;

    Scale scale() const { return scale_; }
    double threshold() const { return threshold_; }
    bool operator==(const ScaleMap&) const = default;

  private:
    Scale scale_;
    double threshold_;
};

/// A threshold for symlog: the power of ten at or below a thousandth of the greatest magnitude; 1 without
/// any.
double symlogThreshold(double greatestMagnitude);

}  // namespace filigree::ui
