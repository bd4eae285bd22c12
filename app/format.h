// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

/// Numbers and times as people read them; files and JSON always hold all digits.
namespace filigree::app {

/// Four significant digits: "0.2134", "93.81", "1.2e-05"; "nan", "inf".
std::string shortNumber(double value);
/// "412 B", "1.5 MB" (powers of ten).
std::string shortBytes(double bytes);
/// "0.4 s", "41 s", "2:11", "1:02:03", "3 d 04:00".
std::string duration(double seconds);
/// "now", "41 s", "5 min", "3 h", "2 d".
std::string age(double seconds);
/// UTC, "2026-01-31T12:04:05Z", from Unix seconds.
std::string isoTime(double unixSeconds);

}  // namespace filigree::app
