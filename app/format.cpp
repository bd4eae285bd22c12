// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/format.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

namespace filigree::app {

std::string shortNumber(double value) {
    return fmt::format("{:.4g}", value);
}

std::string shortBytes(double bytes) {
    const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < std::size(units)) {
        bytes /= 1000;
        ++unit;
    }
    return fmt::format("{:.3g} {}", bytes, units[unit]);
}

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0) return "?";
    if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
    const auto whole = static_cast<std::int64_t>(std::min(std::round(seconds), 1e15));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
    if (whole < 86400) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
    return fmt::format("{} d {:02}:{:02}", whole / 86400, whole / 3600 % 24, whole / 60 % 60);
}

std::string age(double seconds) {
    if (!std::isfinite(seconds)) return "?";
    if (seconds < 5) return "now";
    const auto whole = static_cast<std::int64_t>(std::min(seconds, 1e15));
    if (whole < 60) return fmt::format("{} s", whole);
    if (whole < 3600) return fmt::format("{} min", whole / 60);
    if (whole < 172800) return fmt::format("{} h", whole / 3600);
    return fmt::format("{} d", whole / 86400);
}

std::string isoTime(double unixSeconds) {
    // Beyond the year 9999 it is no time that anyone wrote.
    if (!(unixSeconds >= 0 && unixSeconds < 253402300800.0)) return "?";
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unixSeconds)));
}

}  // namespace filigree::app
