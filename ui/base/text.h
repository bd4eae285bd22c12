// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

/// Numbers and times as the window shows them: four significant digits, SI units, a thin space between
/// thousands. What is copied or exported has all digits instead.
namespace filigree::ui {

/// "0.8917", "1 204 000", "3.2e-07"; "–" for NaN, "∞" for infinity.
QString formatNumber(double value, int digits = 4);
/// All digits, thousands apart: "1 204 000".
QString formatCount(qint64 value);
/// The fewest digits that read back exactly; for copying.
QString exactNumber(double value);
/// "412 MB", "1.2 GB"; decimal units.
QString formatBytes(qint64 bytes);
/// "0.4 s", "42 s", "2:11", "1:02:11", "3 d 4 h".
QString formatDuration(double seconds);
/// How long ago: "now", "4 min", "3 h", "2 d", then the date.
QString formatAge(double unixSeconds, double now);
/// "2026-03-01 14:02:11" in local time.
QString formatTime(double unixSeconds);

}  // namespace filigree::ui
