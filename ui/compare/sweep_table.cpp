// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/sweep_table.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ui/base/text.h"
#include "ui/browser/arrangement.h"

namespace filigree::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double logFrom = 30;
constexpr std::size_t mostSingleTicks = 10;
constexpr double shortestRange = 0.01;

/// The cell that all runs of an entry have, or nullptr.
const ConfigCell* commonCell(const Compared& entry, std::size_t key) {
    const ConfigCell* first = entry.runs.front()->cell(key);
    const bool same = std::all_of(entry.runs.begin(), entry.runs.end(),
                                  [&](const RowPointer& row) { return row->cell(key) == first; });
    return same ? first : nullptr;
}

void findRange(SweepAxis& axis) {
    axis.least = std::numeric_limits<double>::infinity();
    axis.greatest = -axis.least;
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
        if (!std::isfinite(axis.values[i])) continue;
        const double deviation =
            i < axis.deviations.size() && std::isfinite(axis.deviations[i]) ? axis.deviations[i] : 0;
        axis.least = std::min(axis.least, axis.values[i] - deviation);
        axis.greatest = std::max(axis.greatest, axis.values[i] + deviation);
    }
    if (axis.least > axis.greatest) axis.least = axis.greatest = nan;
    if (axis.categories.empty() && axis.least > 0 && axis.greatest / axis.least >= logFrom)
        axis.scale = ScaleMap(Scale::Log);
}

SweepAxis configAxis(const RunTable& table, std::size_t key, const std::vector<Compared>& entries) {
    SweepAxis axis;
    axis.title = QString::fromStdString((*table.keys)[key].name);
    std::vector<const ConfigCell*> cells;
    for (const Compared& entry : entries) cells.push_back(commonCell(entry, key));
    const bool numbers = std::all_of(cells.begin(), cells.end(), [](const ConfigCell* cell) {
        return !cell || (!std::isnan(cell->number) && !std::holds_alternative<bool>(cell->value));
    });
    if (numbers) {
        for (const ConfigCell* cell : cells) axis.values.push_back(cell ? cell->number : nan);
    } else {
        std::set<QString> texts;
        for (const ConfigCell* cell : cells)
            if (cell) texts.insert(QString::fromStdString(cell->text));
        axis.categories.assign(texts.begin(), texts.end());
        for (const ConfigCell* cell : cells)
            axis.values.push_back(
                cell ? static_cast<double>(std::lower_bound(axis.categories.begin(), axis.categories.end(),
                                                            QString::fromStdString(cell->text)) -
                                           axis.categories.begin())
                     : nan);
    }
    findRange(axis);
    return axis;
}

SweepAxis metricAxis(const std::string& name, std::size_t metric, const std::vector<Compared>& entries,
                     MetricValue value) {
    SweepAxis axis;
    axis.kind = SweepAxis::Kind::Metric;
    axis.title = QString::fromStdString(name);
    for (const Compared& entry : entries) {
        std::vector<double> all;
        for (const RowPointer& row : entry.runs)
            all.push_back(value == MetricValue::Best ? bestOf(*row, metric, name) : lastOf(*row, metric));
        const Spread spread = spreadOf(all);
        axis.values.push_back(spread.n > 0 ? spread.mean : nan);
        axis.deviations.push_back(spread.n > 1 ? spread.sd : nan);
    }
    findRange(axis);
    return axis;
}

SweepAxis timeAxis(const std::vector<Compared>& entries) {
    SweepAxis axis;
    axis.kind = SweepAxis::Kind::Time;
    axis.title = timeTitle();
    for (const Compared& entry : entries) {
        std::vector<double> all;
        for (const RowPointer& row : entry.runs) all.push_back(row->info.activeSeconds);
        const Spread spread = spreadOf(all);
        axis.values.push_back(spread.mean);
        axis.deviations.push_back(spread.n > 1 ? spread.sd : nan);
    }
    findRange(axis);
    return axis;
}

/// Whether a name speaks of it: "sparsity.density", "perf/training_bytes".
bool endsWith(const QString& title, const char* word) {
    return title.endsWith(QLatin1String(word), Qt::CaseInsensitive);
}

}  // namespace

QString timeTitle() {
    return QCoreApplication::translate("filigree::ui::Comparison", "took (s)");
}

double SweepAxis::position(double value) const {
    if (!std::isfinite(value)) return nan;
    const double from = scale.position(least), to = scale.position(greatest);
    return to > from ? (scale.position(value) - from) / (to - from) : 0.5;
}

QString SweepAxis::text(double value) const {
    if (categories.empty()) return formatNumber(value);
    const auto place = static_cast<std::size_t>(value);
    return std::isnan(value) || place >= categories.size() ? formatNumber(nan) : categories[place];
}

std::vector<SweepAxis::Tick> SweepAxis::ticks(int wanted) const {
    std::vector<Tick> result;
    if (std::isnan(least)) return result;
    std::set<double> distinct;
    for (const double value : values)
        if (std::isfinite(value)) distinct.insert(value);
    if (!categories.empty() || (kind == Kind::Config && distinct.size() <= mostSingleTicks)) {
        for (const double value : distinct) result.push_back({position(value), text(value)});
    } else {
        const Ticks round = scaleTicks(scale, scale.position(least), scale.position(greatest), wanted);
        for (const double value : round.major)
            result.push_back({position(value),
                              round.distance > 0 ? tickText(value, round.distance) : formatNumber(value)});
    }
    return result;
}

std::size_t SweepTable::find(const QString& title) const {
    return static_cast<std::size_t>(
        std::find_if(axes.begin(), axes.end(), [&](const SweepAxis& axis) { return axis.title == title; }) -
        axes.begin());
}

SweepTable sweepOf(const RunTable& table, std::vector<Compared> entries, const QStringList& metrics,
                   MetricValue value) {
    SweepTable sweep;
    std::vector<RowPointer> all;
    bool groups = false;
    for (const Compared& entry : entries) {
        all.insert(all.end(), entry.runs.begin(), entry.runs.end());
        groups = groups || entry.runs.size() > 1;
    }
    for (const std::size_t key : differingKeys(table, all, true)) {
        if (groups && (*table.keys)[key].name == "seed") continue;
        SweepAxis axis = configAxis(table, key, entries);
        if (!std::isnan(axis.least)) sweep.axes.push_back(std::move(axis));
    }
    for (const QString& name : metrics) {
        if (name == timeTitle()) {
            sweep.axes.push_back(timeAxis(entries));
            continue;
        }
        const std::size_t metric = table.metricNumber(name.toStdString());
        if (metric == RunTable::npos) continue;
        SweepAxis axis = metricAxis(name.toStdString(), metric, entries, value);
        if (!std::isnan(axis.least)) sweep.axes.push_back(std::move(axis));
    }
    sweep.entries = std::move(entries);
    return sweep;
}

void SweepFilter::set(const QString& axis, double from, double to) {
    std::erase_if(ranges_, [&](const Range& range) { return range.axis == axis; });
    if (from > to) std::swap(from, to);
    if (to - from >= shortestRange) ranges_.push_back({axis, from, to});
}

const SweepFilter::Range* SweepFilter::find(const QString& axis) const {
    const auto found =
        std::find_if(ranges_.begin(), ranges_.end(), [&](const Range& range) { return range.axis == axis; });
    return found == ranges_.end() ? nullptr : &*found;
}

bool SweepFilter::passes(const SweepTable& table, std::size_t entry) const {
    return std::all_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
        const std::size_t place = table.find(range.axis);
        if (place == table.axes.size()) return true;  // an axis that is not shown says nothing
        const double at = table.axes[place].position(table.axes[place].values[entry]);
        return at >= range.from && at <= range.to;
    });
}

int betterSide(const SweepAxis& axis) {
    if (!axis.categories.empty()) return 0;
    if (axis.kind == SweepAxis::Kind::Time || endsWith(axis.title, "bytes") ||
        endsWith(axis.title, "flops") || endsWith(axis.title, "density"))
        return -1;
    if (endsWith(axis.title, "sparsity") || endsWith(axis.title, "per_second")) return 1;
    return axis.kind == SweepAxis::Kind::Metric ? direction(axis.title.toStdString()) : 0;
}

std::vector<std::size_t> paretoFront(const SweepTable& table, const SweepFilter& filter, std::size_t x,
                                     std::size_t y) {
    if (x >= table.axes.size() || y >= table.axes.size()) return {};
    const int xSide = betterSide(table.axes[x]), ySide = betterSide(table.axes[y]);
    if (xSide == 0 || ySide == 0) return {};
    const std::vector<double>&xs = table.axes[x].values, &ys = table.axes[y].values;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < table.entries.size(); ++i)
        if (std::isfinite(xs[i]) && std::isfinite(ys[i]) && filter.passes(table, i)) order.push_back(i);
    // From the best x on: an entry stays if its y is better than that of all with a better x.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::pair(xSide * xs[a], ySide * ys[a]) > std::pair(xSide * xs[b], ySide * ys[b]);
    });
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        const bool isEqual = !front.empty() && xs[front.back()] == xs[i] && ys[front.back()] == ys[i];
        if (front.empty() || isEqual || ySide * ys[i] > ySide * ys[front.back()]) front.push_back(i);
    }
    if (xSide > 0) std::reverse(front.begin(), front.end());
    return front;
}

std::vector<QStringList> sweepRows(const SweepTable& table, const SweepFilter& filter) {
    const bool groups = std::any_of(table.entries.begin(), table.entries.end(),
                                    [](const Compared& entry) { return entry.runs.size() > 1; });
    const auto deviates = [&](const SweepAxis& axis) {
        return groups && axis.kind == SweepAxis::Kind::Metric;
    };
    std::vector<QStringList> rows{{QStringLiteral("run"), QStringLiteral("n")}};
    for (const SweepAxis& axis : table.axes) {
        rows.front() << axis.title;
        if (deviates(axis)) rows.front() << axis.title + QStringLiteral(" sd");
    }
    const auto number = [](double value) { return std::isnan(value) ? QString() : exactNumber(value); };
    for (std::size_t i = 0; i < table.entries.size(); ++i) {
        if (!filter.passes(table, i)) continue;
        QStringList row{table.entries[i].title, QString::number(table.entries[i].runs.size())};
        for (const SweepAxis& axis : table.axes) {
            const double value = axis.values[i];
            row << (axis.categories.empty() || std::isnan(value) ? number(value) : axis.text(value));
            if (deviates(axis)) row << number(axis.deviations[i]);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace filigree::ui
