// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

#include "ui/charts/scale.h"

namespace filigree::ui {

struct Ticks {
    std::vector<double> major;  ///< values, ascending
    std::vector<double> minor;
    /// Distance between the values that labels must tell apart; 0: each label stands for itself (decades).
    double distance = 0;
};

/// Ticks between two values of a linear axis, 1, 2 or 5 times a power of ten apart.
Ticks linearTicks(double from, double to, int wanted);
/// Ticks of an axis from position `from` to `to` (see ScaleMap): decades where enough of them are seen, 1-2-5
/// below that, and equal distances when zoomed into a part of a decade.
Ticks scaleTicks(const ScaleMap& scale, double from, double to, int wanted);
/// Seconds: 1, 2, 5, 10, 15, 30 s, the same in minutes, 1, 2, 3, 6, 12 h, days.
Ticks durationTicks(double from, double to, int wanted);

/// As many decimals as tell values `distance` apart; thin spaces between thousands.
QString tickText(double value, double distance);
/// "0", "30 s", "2:00", "1:30:00", "2 d 4 h".
QString durationTickText(double seconds, double distance);

}  // namespace filigree::ui
