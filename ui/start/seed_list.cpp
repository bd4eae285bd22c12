// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/seed_list.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>
#include <limits>

namespace filigree::ui {
namespace {

constexpr std::size_t mostRuns = 1000;
constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Form", text);
}

}  // namespace

SeedList readSeeds(const QString& text) {
    if (text.trimmed().isEmpty()) return {{0}, {}};
    static const QRegularExpression part(QStringLiteral("^\\s*(\\d+)\\s*(?:[-–]\\s*(\\d+)\\s*)?$"));
    std::vector<std::uint64_t> seeds;
    for (const QString& piece : text.split(',')) {
        const QRegularExpressionMatch match = part.match(piece);
        if (!match.hasMatch())
            return {{}, tr("Write seeds as “3”, “0-4” or “0, 1, 2”; “%1” is none.").arg(piece.trimmed())};
        bool firstFits = false, lastFits = true;
        const std::uint64_t first = match.captured(1).toULongLong(&firstFits);
        const std::uint64_t last =
            match.captured(2).isEmpty() ? first : match.captured(2).toULongLong(&lastFits);
        if (!firstFits || !lastFits || first > largest || last > largest)
            return {{}, tr("A seed is at most %1.").arg(largest)};
        if (last < first) return {{}, tr("The range “%1” runs backwards.").arg(piece.trimmed())};
        if (last - first >= mostRuns || seeds.size() + (last - first) >= mostRuns)
            return {{}, tr("At most %1 runs can be started at once.").arg(mostRuns)};
        for (std::uint64_t seed = first; seed <= last; ++seed) {
            if (std::find(seeds.begin(), seeds.end(), seed) != seeds.end())
                return {{}, tr("Seed %1 is there twice: both runs would be the same.").arg(seed)};
            seeds.push_back(seed);
        }
    }
    return {seeds, {}};
}

}  // namespace filigree::ui
