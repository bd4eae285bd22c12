// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/comparison.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "store/query.h"
#include "store/query_text.h"
#include "ui/base/text.h"
#include "ui/browser/arrangement.h"
#include "ui/charts/group_statistics.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Comparison", text);
}

QString signedNumber(double value, int digits = 4) {
    return (value > 0 ? QStringLiteral("+") : QString()) + formatNumber(value, digits);
}

ComparisonLine section(const QString& title) {
    return {ComparisonLine::Kind::Section, title, {}};
}

/// The value that all runs of a column have, or nullptr and whether they have several.
const ConfigCell* commonCell(const Compared& column, std::size_t key, bool& several) {
    const ConfigCell* first = column.runs.front()->cell(key);
    several = std::any_of(column.runs.begin(), column.runs.end(),
                          [&](const RowPointer& row) { return row->cell(key) != first; });
    return several ? nullptr : first;
}

ComparisonLine configLine(const std::string& name, std::size_t key, const std::vector<Compared>& columns,
                          std::size_t baseline) {
    ComparisonLine line{ComparisonLine::Kind::Config, QString::fromStdString(name), {}};
    bool baseSeveral = false;
    const ConfigCell* base = commonCell(columns[baseline], key, baseSeveral);
    for (const Compared& column : columns) {
        bool several = false;
        const ConfigCell* value = commonCell(column, key, several);
        ComparisonCell cell;
        if (several) {
            cell.text = tr("several");
        } else if (value) {
            const bool isReal = std::holds_alternative<double>(value->value);
            cell.exact = QString::fromStdString(value->text);
            cell.text = isReal ? formatNumber(value->number) : cell.exact;
        }
        cell.differs = value != base || several != baseSeveral;
        const bool numbers = value && base && !std::isnan(value->number) && !std::isnan(base->number) &&
                             !std::holds_alternative<bool>(value->value);
        if (cell.differs && numbers) cell.delta = signedNumber(value->number - base->number);
        line.cells.push_back(std::move(cell));
    }
    return line;
}

using ValueOf = double (*)(const RunRow&, std::size_t, const std::string&);

double lastValue(const RunRow& row, std::size_t metric, const std::string&) {
    return lastOf(row, metric);
}

/// Mean difference to the baseline over the seeds that both have, and half of its 95 % interval.
struct Paired {
    std::size_t n = 0;
    double mean = 0, half = 0;
};
Paired pairedDifference(const std::map<std::int64_t, double>& values,
                        const std::map<std::int64_t, double>& base) {
    std::vector<double> differences;
    for (const auto& [seed, value] : values)
        if (const auto other = base.find(seed); other != base.end())
            differences.push_back(value - other->second);
    const Spread spread = spreadOf(differences);
    Paired paired{spread.n, spread.mean, 0};
    if (spread.n >= 2)
        paired.half = studentQuantile975(spread.n - 1) * spread.sd / std::sqrt(static_cast<double>(spread.n));
    return paired;
}

ComparisonLine metricLine(const std::string& name, std::size_t metric, const std::vector<Compared>& columns,
                          std::size_t baseline, ValueOf valueOf) {
    ComparisonLine line{ComparisonLine::Kind::Metric, QString::fromStdString(name), {}};
    struct Values {
        std::vector<double> all;
        std::map<std::int64_t, double> bySeed;
        Spread spread;
    };
    std::vector<Values> values;
    for (const Compared& column : columns) {
        Values own;
        for (const RowPointer& row : column.runs) {
            const double value = valueOf(*row, metric, name);
            own.all.push_back(value);
            if (std::isfinite(value)) own.bySeed[row->info.seed] = value;
        }
        own.spread = spreadOf(own.all);
        values.push_back(std::move(own));
    }
    const Values& base = values[baseline];
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const Values& own = values[i];
        ComparisonCell cell;
        if (own.spread.n == 0) {
            if (columns[i].runs.front()->metric(metric)) cell.text = formatNumber(own.all.front());
            line.cells.push_back(std::move(cell));
            continue;
        }
        cell.exact = exactNumber(own.spread.mean);
        cell.text = formatNumber(own.spread.mean);
        if (columns[i].runs.size() > 1) {
            if (own.spread.n > 1) cell.text += QStringLiteral(" ± ") + formatNumber(own.spread.sd, 2);
            cell.text += tr("  n %1").arg(own.spread.n);
        }
        const double difference = own.spread.mean - base.spread.mean;
        if (i != baseline && base.spread.n > 0 && difference != 0) {
            cell.differs = true;
            const Paired paired = pairedDifference(own.bySeed, base.bySeed);
            const bool interval = columns[i].runs.size() > 1 && paired.n >= 2;
            cell.delta = interval ? tr("%1 ± %2 (95 %, %3 pairs)")
                                        .arg(signedNumber(paired.mean), formatNumber(paired.half, 2))
                                        .arg(paired.n)
                                  : signedNumber(difference);
            // With an interval that holds zero nobody is better.
            const double sure =
                interval ? (std::abs(paired.mean) > paired.half ? paired.mean : 0) : difference;
            cell.better = sure == 0 ? 0 : sure > 0 ? direction(name) : -direction(name);
        }
        line.cells.push_back(std::move(cell));
    }
    return line;
}

bool differs(const ComparisonLine& line) {
    return std::any_of(line.cells.begin(), line.cells.end(), [](const auto& cell) { return cell.differs; });
}

}  // namespace

int direction(const std::string& metric) {
    if (store::lessIsBetter(metric)) return -1;
    static constexpr std::array<std::string_view, 12> good{"acc",       "accuracy", "auc",    "f1",
                                                           "score",     "return",   "iou",    "dice",
                                                           "precision", "recall",   "reward", "r2"};
    const std::string_view last = std::string_view(metric).substr(metric.rfind('/') + 1);
    for (const std::string_view word : good)
        for (std::size_t at = last.find(word); at != std::string_view::npos; at = last.find(word, at + 1)) {
            const bool begins = at == 0 || !store::isLetter(last[at - 1]);
            const std::size_t end = at + word.size();
            if (begins && (end == last.size() || !store::isLetter(last[end]))) return 1;
        }
    return 0;
}

std::vector<ComparisonLine> compare(const RunTable& table, const std::vector<Compared>& columns,
                                    const ComparisonOptions& options) {
    if (columns.empty()) return {};
    const std::size_t baseline = std::min(options.baseline, columns.size() - 1);
    std::vector<ComparisonLine> lines{section(tr("Configuration"))};
    std::vector<RowPointer> all;
    for (const Compared& column : columns) all.insert(all.end(), column.runs.begin(), column.runs.end());

    const auto information = [&](const QString& title, std::string store::RunInfo::*member) {
        ComparisonLine line{ComparisonLine::Kind::Config, title, {}};
        for (const Compared& column : columns) {
            const QString text = QString::fromStdString(column.runs.front()->info.*member);
            const QString base = QString::fromStdString(columns[baseline].runs.front()->info.*member);
            line.cells.push_back({text, text, {}, 0, text != base});
        }
        if (!options.onlyDifferences || differs(line)) lines.push_back(std::move(line));
    };
    information(tr("method"), &store::RunInfo::method);
    information(tr("preset"), &store::RunInfo::preset);
    std::vector<std::size_t> keys;
    if (options.onlyDifferences) {
        keys = differingKeys(table, all, true);
    } else {
        for (std::size_t key = 0; key < table.keys->size(); ++key)
            if (std::any_of(all.begin(), all.end(), [&](const RowPointer& row) { return row->cell(key); }))
                keys.push_back(key);
        std::sort(keys.begin(), keys.end(), [&](auto left, auto right) {
            return (*table.keys)[left].name < (*table.keys)[right].name;
        });
    }
    for (const std::size_t key : keys) {
        ComparisonLine line = configLine((*table.keys)[key].name, key, columns, baseline);
        // Seeds inside of groups differ by intention.
        const bool told = differs(line) || !options.onlyDifferences;
        if (told) lines.push_back(std::move(line));
    }

    const QStringList metrics = metricsByRank(table, all);
    struct Part {
        QString title;
        ValueOf valueOf;
    };
    for (const Part& part : {Part{tr("Best values"), bestOf}, Part{tr("Last values"), lastValue}}) {
        std::vector<ComparisonLine> found;
        for (const QString& name : metrics) {
            const std::string metric = name.toStdString();
            ComparisonLine line =
                metricLine(metric, table.metricNumber(metric), columns, baseline, part.valueOf);
            if (!options.onlyDifferences || differs(line)) found.push_back(std::move(line));
        }
        if (found.empty()) continue;
        lines.push_back(section(part.title));
        std::move(found.begin(), found.end(), std::back_inserter(lines));
    }
    // A section of which nothing is left says so by being absent.
    if (lines.size() > 1 && lines[1].kind == ComparisonLine::Kind::Section) lines.erase(lines.begin());
    if (lines.size() == 1) lines.clear();
    return lines;
}

QStringList metricsByRank(const RunTable& table, const std::vector<RowPointer>& runs) {
    std::vector<std::string> metrics;
    for (std::size_t metric = 0; metric < table.metrics->size(); ++metric)
        if (std::any_of(runs.begin(), runs.end(), [&](const RowPointer& row) { return row->metric(metric); }))
            metrics.push_back((*table.metrics)[metric]);
    const auto rank = [](const std::string& name) {
        const bool judges = direction(name) != 0 && !name.starts_with("perf/");
        const int about = name.starts_with("layers/") ? 2 : judges ? 0 : 1;
        return std::pair<int, std::string_view>(about, name);
    };
    std::sort(metrics.begin(), metrics.end(),
              [&](const auto& left, const auto& right) { return rank(left) < rank(right); });
    QStringList names;
    for (const std::string& name : metrics) names << QString::fromStdString(name);
    return names;
}

std::vector<Compared> singleRuns(const std::vector<RowPointer>& runs) {
    std::vector<Compared> columns;
    for (const RowPointer& row : runs) columns.push_back({runName(row->info), {row}});
    return columns;
}

std::vector<Compared> groupedBySeed(const RunTable& table, const std::vector<RowPointer>& runs) {
    auto chosen = std::make_shared<RunTable>(table);
    chosen->stores.clear();
    // The same grouping as the browser's, over these runs alone; the order is that of the given runs.
    std::vector<Compared> columns;
    ArrangeRequest request;
    for (const RowPointer& row : runs) {
        auto store = std::make_shared<StoreRows>();
        store->path = row->key.store;
        store->rows = {row};
        chosen->stores.push_back(std::move(store));
    }
    request.table = chosen;
    request.grouping = {Grouping::Kind::WithoutSeed, {}};
    for (const bool archived : {false, true})
        for (const bool binned : {false, true}) {
            if (archived && binned) continue;
            request.scope = binned ? Scope::Bin : archived ? Scope::Archived : Scope::Current;
            for (Group& group : arrange(request).groups)
                columns.push_back({group.label, std::move(group.runs)});
        }
    const auto place = [&](const Compared& column) {
        const auto first = std::find_if(runs.begin(), runs.end(), [&](const RowPointer& row) {
            return std::find(column.runs.begin(), column.runs.end(), row) != column.runs.end();
        });
        return first - runs.begin();
    };
    std::stable_sort(columns.begin(), columns.end(),
                     [&](const Compared& left, const Compared& right) { return place(left) < place(right); });
    return columns;
}

}  // namespace filigree::ui
