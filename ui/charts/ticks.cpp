// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/ticks.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

void addMultiples(std::vector<double>& out, double from, double to, double distance) {
    // Multiples are counted, not summed up, so that errors do not add; the count is bounded in any case.
    const double first = std::ceil(from / distance - 1e-9);
    const double last = std::floor(to / distance + 1e-9);
    if (!(last - first < 1000)) return;
    for (double n = first; n <= last; ++n) out.push_back(n == 0 ? 0.0 : n * distance);
}

double niceDistance(double rough) {
    const double decade = std::pow(10, std::floor(std::log10(rough)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * decade >= rough * 0.999) return step * decade;
    return 10 * decade;
}

/// Powers of ten with `sign`, seen between the values, at most about `wanted`.
void addDecades(Ticks& ticks, double least, double greatest, double sign, int wanted) {
    if (!(greatest > 0)) return;
    const auto first = static_cast<int>(std::ceil(std::log10(least) - 1e-9));
    const auto last = static_cast<int>(std::floor(std::log10(greatest) + 1e-9));
    const int every = std::max(1, (last - first + 1 + wanted - 1) / std::max(1, wanted));
    for (int power = first - 1; power <= last; ++power) {
        const double decade = std::pow(10, power);
        if (power >= first) {
            auto& kind = power % every == 0 ? ticks.major : ticks.minor;
            kind.push_back(sign * decade);
        }
        if (every > 1) continue;
        for (int digit = 2; digit < 10; ++digit)
            if (digit * decade >= least && digit * decade <= greatest)
                ticks.minor.push_back(sign * digit * decade);
    }
}

}  // namespace

Ticks linearTicks(double from, double to, int wanted) {
    Ticks ticks;
    if (!(to > from) || !std::isfinite(to - from)) return ticks;
    ticks.distance = niceDistance((to - from) / std::max(1, wanted));
    addMultiples(ticks.major, from, to, ticks.distance);
    const bool isTwo =
        std::abs(ticks.distance / std::pow(10, std::floor(std::log10(ticks.distance) + 1e-9)) - 2) < 0.01;
    addMultiples(ticks.minor, from, to, ticks.distance / (isTwo ? 4 : 5));
    return ticks;
}

Ticks scaleTicks(const ScaleMap& scale, double from, double to, int wanted) {
    if (scale.scale() == Scale::Linear) return linearTicks(from, to, wanted);
    if (!(to > from) || !std::isfinite(to - from)) return {};
    const double low = scale.value(from), high = scale.value(to);
    Ticks ticks;
    if (scale.scale() == Scale::Log) {
        addDecades(ticks, low, high, 1, wanted);
    } else {
        const double threshold = scale.threshold();
        if (low < 0) addDecades(ticks, std::max(threshold, -high), -low, -1, std::max(1, wanted / 2));
        if (low <= 0 && high >= 0) ticks.major.push_back(0);
        if (high > 0) addDecades(ticks, std::max(threshold, low), high, 1, std::max(1, wanted / 2));
    }
    std::sort(ticks.major.begin(), ticks.major.end());
    std::sort(ticks.minor.begin(), ticks.minor.end());
    if (ticks.major.size() >= 3 || (ticks.major.size() == 2 && wanted <= 3)) return ticks;
    // Less than three decades: 1, 2 and 5 of each, and if even these are too few, equal distances.
    if (scale.scale() == Scale::Log) {
        Ticks finer;
        for (const double minor : ticks.minor) {
            const auto digit = std::lround(minor / std::pow(10, std::floor(std::log10(minor) + 1e-9)));
            (digit == 2 || digit == 5 ? finer.major : finer.minor).push_back(minor);
        }
        finer.major.insert(finer.major.end(), ticks.major.begin(), ticks.major.end());
        std::sort(finer.major.begin(), finer.major.end());
        if (finer.major.size() >= 3) return finer;
    }
    return linearTicks(low, high, wanted);
}

Ticks durationTicks(double from, double to, int wanted) {
    constexpr double minute = 60, hour = 3600, day = 24 * hour;
    constexpr std::array distances{1.0,    2.0,        5.0,        10.0,        15.0,        30.0,
                                   minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
                                   hour,   2 * hour,   3 * hour,   6 * hour,    12 * hour,   day};
    const double rough = (to - from) / std::max(1, wanted);
    if (!(rough > 0) || !std::isfinite(rough)) return {};
    Ticks ticks;
    if (rough < 1) return linearTicks(from, to, wanted);
    ticks.distance = day * niceDistance(rough / day);
    for (const double distance : distances)
        if (distance >= rough) {
            ticks.distance = distance;
            break;
        }
    addMultiples(ticks.major, from, to, ticks.distance);
    addMultiples(ticks.minor, from, to, ticks.distance / 5);
    return ticks;
}

QString tickText(double value, double distance) {
    if (value == 0) return QStringLiteral("0");
    const double size = std::abs(value);
    if (size < 1e-4 || size >= 1e7) {
        const int digits = distance > 0
                               ? std::clamp(static_cast<int>(std::floor(std::log10(size) + 1e-9) -
                                                             std::floor(std::log10(distance) + 1e-9)),
                                            0, 12)
                               : 0;
        QString text = QString::number(value, 'e', digits);
        // "2e-05" is read more easily as "2e-5".
        text.replace(QLatin1String("e-0"), QLatin1String("e-"));
        text.replace(QLatin1String("e+0"), QLatin1String("e"));
        text.replace(QLatin1String("e+"), QLatin1String("e"));
        return text;
    }
    if (!(distance > 0)) return formatNumber(value);
    const int decimals = std::clamp(-static_cast<int>(std::floor(std::log10(distance) + 1e-9)), 0, 12);
    if (decimals == 0) return formatNumber(std::round(value));
    QString text = QString::number(value, 'f', decimals);
    return text;
}

QString durationTickText(double seconds, double distance) {
    if (seconds == 0) return QStringLiteral("0");
    if (distance < 1) return tickText(seconds, distance) + QStringLiteral(" s");
    return formatDuration(std::round(seconds)).remove(QStringLiteral(".0"));
}

}  // namespace filigree::ui
