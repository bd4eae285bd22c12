// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/scale.h"

#include <cmath>
#include <limits>

namespace filigree::ui {

double ScaleMap::position(double value) const {
    switch (scale_) {
        case Scale::Linear:
            return value;
        case Scale::Log:
            return value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
        case Scale::Symlog:
            return std::copysign(std::log10(1 + std::abs(value) / threshold_), value);
    }
    return value;
}

double ScaleMap::value(double position) const {
    switch (scale_) {
        case Scale::Linear:
            return position;
        case Scale::Log:
            return std::pow(10, position);
        case Scale::Symlog:
            return std::copysign(threshold_ * (std::pow(10, std::abs(position)) - 1), position);
    }
    return position;
}

double symlogThreshold(double greatestMagnitude) {
    if (!(greatestMagnitude > 0) || !std::isfinite(greatestMagnitude)) return 1;
    return std::pow(10, std::floor(std::log10(greatestMagnitude / 1000) + 1e-9));
}

}  // namespace filigree::ui
