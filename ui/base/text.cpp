// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <array>
#include <charconv>
#include <cmath>

namespace filigree::ui {
namespace {

constexpr QChar thinSpace(0x2009);

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Text", text);
}

/// Thin spaces between groups of three digits in front of the point.
QString grouped(QString digits) {
    const qsizetype start = digits.startsWith('-') ? 1 : 0;
    qsizetype end = digits.indexOf('.');
    if (end < 0) end = digits.size();
    if (end - start < 5) return digits;
    for (qsizetype at = end - 3; at > start; at -= 3) digits.insert(at, thinSpace);
    return digits;
}

}  // namespace

QString formatNumber(double value, int digits) {
    if (std::isnan(value)) return QStringLiteral("–");
    if (std::isinf(value)) return value > 0 ? QStringLiteral("∞") : QStringLiteral("-∞");
    const double size = std::abs(value);
    if (value == std::round(value) && size < 1e15) return grouped(QString::number(value, 'f', 0));
    if (size >= 1e-4 && size < 1e7) {
        const int whole = size < 1 ? 0 : static_cast<int>(std::floor(std::log10(size))) + 1;
        const int leading = size < 1 ? -static_cast<int>(std::floor(std::log10(size))) - 1 : 0;
        QString text = QString::number(value, 'f', std::max(0, digits - whole + leading));
        if (text.contains('.')) {
            while (text.endsWith('0')) text.chop(1);
            if (text.endsWith('.')) text.chop(1);
        }
        return grouped(text);
    }
    return QString::number(value, 'g', digits);
}

QString formatCount(qint64 value) {
    return grouped(QString::number(value));
}

QString exactNumber(double value) {
    if (std::isnan(value)) return QStringLiteral("nan");
    std::array<char, 40> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return QString::fromLatin1(buffer.data(), end - buffer.data());
}

QString formatBytes(qint64 bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    const int decimals = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return QString::number(value, 'f', decimals) + QChar(0xA0) + QLatin1String(units[unit]);
}

QString formatDuration(double seconds) {
    if (!(seconds >= 0)) return QStringLiteral("–");
    if (seconds < 10) return QString::number(seconds, 'f', 1) + QStringLiteral(" s");
    const auto whole = static_cast<qint64>(std::llround(seconds));
    if (whole < 60) return QString::number(whole) + QStringLiteral(" s");
    const qint64 hours = whole / 3600;
    if (hours >= 24) return tr("%1 d %2 h").arg(hours / 24).arg(hours % 24);
    const auto two = [](qint64 n) { return QStringLiteral("%1").arg(n, 2, 10, QLatin1Char('0')); };
    if (hours > 0) return QString::number(hours) + ':' + two(whole / 60 % 60) + ':' + two(whole % 60);
    return QString::number(whole / 60) + ':' + two(whole % 60);
}

QString formatAge(double unixSeconds, double now) {
    const double seconds = now - unixSeconds;
    if (seconds < 45) return tr("now");
    if (seconds < 3600) return tr("%1 min").arg(std::max(1, static_cast<int>(seconds / 60)));
    if (seconds < 24 * 3600.0) return tr("%1 h").arg(static_cast<int>(seconds / 3600));
    if (seconds < 30 * 24 * 3600.0) return tr("%1 d").arg(static_cast<int>(seconds / (24 * 3600)));
    return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(unixSeconds)).date().toString(Qt::ISODate);
}

QString formatTime(double unixSeconds) {
    return QDateTime::fromSecsSinceEpoch(static_cast<qint64>(unixSeconds))
        .toString(QStringLiteral("yyyy-MM-dd hh:mm:ss"));
}

}  // namespace filigree::ui
