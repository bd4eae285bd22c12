// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/arrangement.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "store/query_text.h"

namespace filigree::ui {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Arrangement", text);
}

double metricValue(const RunRow& row, const store::MetricTerm& term, std::size_t number,
                   const QHash<RunKey, double>* at) {
    const store::MetricSummary* summary = row.metric(number);
    switch (term.function) {
        case store::MetricFunction::Last:
            return summary ? summary->last : nan;
        case store::MetricFunction::Best:
            return bestOf(row, number, term.metric);
        case store::MetricFunction::Min:
            return summary ? summary->least : nan;
        case store::MetricFunction::Max:
            return summary ? summary->greatest : nan;
        case store::MetricFunction::At:
            return at ? at->value(row.key, nan) : nan;
    }
    return nan;
}

/// Fills in what a query asks of a row.
class Matcher {
  public:
    explicit Matcher(const ArrangeRequest& request) : request_(request) {
        for (const std::string& key : request.query.configKeys())
            keys_.push_back(request.table->keyNumber(key));
        for (const store::MetricTerm& term : request.query.metrics()) {
            metrics_.push_back(request.table->metricNumber(term.metric));
            const auto at = request.metricAt.find({term.metric, term.step});
            at_.push_back(at != request.metricAt.end() ? at->second.get() : nullptr);
        }
        config_.resize(keys_.size());
        values_.resize(metrics_.size());
    }

    bool matches(const RunRow& row) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const ConfigCell* cell = row.cell(keys_[i]);
            config_[i] = cell ? &cell->value : nullptr;
        }
        for (std::size_t i = 0; i < metrics_.size(); ++i)
            values_[i] = metricValue(row, request_.query.metrics()[i], metrics_[i], at_[i]);
        return request_.query.matches({&row.info, config_, values_, request_.now});
    }

  private:
    const ArrangeRequest& request_;
    std::vector<std::size_t> keys_, metrics_;
    std::vector<const QHash<RunKey, double>*> at_;
    std::vector<const store::ConfigValue*> config_;
    std::vector<double> values_;
};

Scope scopeOf(const store::RunInfo& run) {
    if (run.deleted) return Scope::Bin;
    return run.archived ? Scope::Archived : Scope::Current;
}

int compareValues(const SortValue& left, const SortValue& right) {
    if (left.kind != right.kind) return left.kind < right.kind ? -1 : 1;
    if (left.kind == SortValue::Kind::Number)
        return left.number < right.number ? -1 : left.number > right.number ? 1 : 0;
    return store::compareIgnoringCase(left.text, right.text);
}

/// Newer first: the last resort, so that the order never depends on anything else.
bool isNewer(const RunRow& left, const RunRow& right) {
    if (left.info.created != right.info.created) return left.info.created > right.info.created;
    if (left.key.run != right.key.run) return left.key.run > right.key.run;
    return left.key.store < right.key.store;
}

bool isRunning(const RunRow& row) {
    return row.info.state == store::RunState::Running || row.info.state == store::RunState::Paused;
}

/// True if `left` comes first. Nothing is last whichever way is sorted.
bool comesFirst(const SortValue& left, const SortValue& right, bool descending, bool& isEqual) {
    isEqual = false;
    const bool leftNone = left.kind == SortValue::Kind::None, rightNone = right.kind == SortValue::Kind::None;
    if (leftNone || rightNone) {
        isEqual = leftNone && rightNone;
        return !leftNone;
    }
    const int order = compareValues(left, right);
    isEqual = order == 0;
    return descending ? order > 0 : order < 0;
}

void sortRows(const ArrangeRequest& request, std::vector<RowPointer>& rows) {
    const std::size_t number = numberOf(request.sortColumn, *request.table);
    struct Keyed {
        SortValue value;
        RowPointer row;
    };
    std::vector<Keyed> keyed;
    keyed.reserve(rows.size());
    for (RowPointer& row : rows) {
        const SortValue value = sortValue(request.sortColumn, *row, number);
        keyed.push_back({value, std::move(row)});
    }
    std::sort(keyed.begin(), keyed.end(), [&](const Keyed& left, const Keyed& right) {
        if (request.runningFirst) {
            const bool leftRuns = isRunning(*left.row), rightRuns = isRunning(*right.row);
            if (leftRuns != rightRuns) return leftRuns;
        }
        bool isEqual = false;
        const bool first = comesFirst(left.value, right.value, request.descending, isEqual);
        return isEqual ? isNewer(*left.row, *right.row) : first;
    });
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = std::move(keyed[i].row);
}

/// What the runs of one group have in common. For "without seed": method and all values but the seed's.
std::string groupKey(const ArrangeRequest& request, const RunRow& row, std::size_t number,
                     std::size_t seedKey) {
    const Column& column = request.grouping.column;
    if (request.grouping.kind == Grouping::Kind::ByColumn)
        return exactText(column, row, number).toStdString();
    std::string key = row.info.method;
    if (!row.config) return key;
    // Equal values are one object, so their addresses stand for them.
    for (std::size_t i = 0; i < row.config->size(); ++i) {
        if (i == seedKey) continue;
        const ConfigCell* cell = (*row.config)[i];
        if (!cell) continue;
        key.append(reinterpret_cast<const char*>(&i), sizeof i);
        key.append(reinterpret_cast<const char*>(&cell), sizeof cell);
    }
    return key;
}

QString columnLabel(const Column& column, const RunRow& row, std::size_t number) {
    const QString text = exactText(column, row, number);
    const QString title = column.title();
    if (column.kind == ColumnKind::Config)
        return text.isEmpty() ? tr("no %1").arg(title) : QStringLiteral("%1 = %2").arg(title, text);
    return text.isEmpty() ? tr("no %1").arg(title) : text;
}

/// Tells the groups "without seed" apart: the method, and the values of the keys that differ between them.
void nameConfigGroups(const RunTable& table, std::vector<Group>& groups) {
    std::vector<RowPointer> firsts;
    firsts.reserve(groups.size());
    for (const Group& group : groups) firsts.push_back(group.runs.front());
    constexpr std::size_t most = 3;
    std::vector<std::size_t> keys;
    for (const std::size_t key : differingKeys(table, firsts))
        if ((*table.keys)[key].name != "seed") keys.push_back(key);
    QHash<QString, int> used;
    for (Group& group : groups) {
        const RunRow& row = *group.runs.front();
        QStringList parts{QString::fromStdString(row.info.method)};
        for (const std::size_t key : keys) {
            if (static_cast<std::size_t>(parts.size()) > most) break;  // the method and so many keys
            const ConfigCell* cell = row.cell(key);
            if (cell)
                parts << QStringLiteral("%1 %2").arg(
                    Column{ColumnKind::Config, (*table.keys)[key].name}.title(),
                    QString::fromStdString(cell->text));
        }
        group.label = parts.join(QStringLiteral(", "));
        // More keys differ than are named: number them.
        if (const int again = ++used[group.label]; again > 1)
            group.label += QStringLiteral(" (%1)").arg(again);
    }
}

void groupRows(const ArrangeRequest& request, const std::vector<RowPointer>& rows, Arrangement& result) {
    const std::size_t number = numberOf(request.grouping.column, *request.table);
    const std::size_t seedKey = request.table->keyNumber("seed");
    std::unordered_map<std::string, std::size_t> places;
    // Rows are sorted: a group stands where its first run stands.
    for (const RowPointer& row : rows) {
        const auto [place, isNew] =
            places.try_emplace(groupKey(request, *row, number, seedKey), result.groups.size());
        if (isNew) result.groups.emplace_back();
        result.groups[place->second].runs.push_back(row);
    }
    if (request.grouping.kind == Grouping::Kind::WithoutSeed)
        nameConfigGroups(*request.table, result.groups);
    else
        for (Group& group : result.groups)
            group.label = columnLabel(request.grouping.column, *group.runs.front(), number);

    // By the mean where a number is sorted by.
    const std::size_t sortNumber = numberOf(request.sortColumn, *request.table);
    const bool byMean = request.sortColumn.kind == ColumnKind::Last ||
                        request.sortColumn.kind == ColumnKind::Best ||
                        request.sortColumn.kind == ColumnKind::Spark;
    if (byMean) {
        std::vector<std::pair<SortValue, std::size_t>> order;
        for (std::size_t g = 0; g < result.groups.size(); ++g) {
            std::vector<double> values;
            for (const RowPointer& row : result.groups[g].runs) {
                const SortValue value = sortValue(request.sortColumn, *row, sortNumber);
                if (value.kind == SortValue::Kind::Number) values.push_back(value.number);
            }
            const Spread spread = spreadOf(values);
            order.push_back(
                {spread.n > 0 ? SortValue{SortValue::Kind::Number, spread.mean, {}} : SortValue{}, g});
        }
        std::stable_sort(order.begin(), order.end(), [&](const auto& left, const auto& right) {
            bool isEqual = false;
            const bool first = comesFirst(left.first, right.first, request.descending, isEqual);
            return !isEqual && first;
        });
        std::vector<Group> sorted;
        for (const auto& [value, g] : order) sorted.push_back(std::move(result.groups[g]));
        result.groups = std::move(sorted);
    }
    for (std::size_t g = 0; g < result.groups.size(); ++g) {
        Group& group = result.groups[g];
        group.collapsed = request.collapsed.contains(group.label);
        result.lines.push_back({nullptr, static_cast<int>(g)});
        if (group.collapsed) continue;
        for (const RowPointer& row : group.runs) result.lines.push_back({row, static_cast<int>(g)});
    }
}

}  // namespace

QString Grouping::toString() const {
    if (kind == Kind::None) return {};
    return kind == Kind::WithoutSeed ? QStringLiteral("without-seed") : column.toString();
}

Grouping Grouping::fromString(const QString& text) {
    if (text == QLatin1String("without-seed")) return {Kind::WithoutSeed, {}};
    if (const auto column = Column::fromString(text)) return {Kind::ByColumn, *column};
    return {};
}

Spread spreadOf(const std::vector<double>& values) {
    Spread spread;
    spread.mean = spread.sd = nan;
    // Distances from the first value: equal values have a spread of exactly 0.
    double first = 0, sum = 0, squares = 0;
    for (const double value : values) {
        if (!std::isfinite(value)) continue;
        if (spread.n++ == 0) first = value;
        sum += value - first;
    }
    if (spread.n == 0) return spread;
    spread.mean = first + sum / static_cast<double>(spread.n);
    for (const double value : values)
        if (std::isfinite(value)) squares += (value - spread.mean) * (value - spread.mean);
    if (spread.n > 1) spread.sd = std::sqrt(squares / static_cast<double>(spread.n - 1));
    return spread;
}

std::vector<std::size_t> differingKeys(const RunTable& table, const std::vector<RowPointer>& rows,
                                       bool missingCounts) {
    const std::size_t count = table.keys->size();
    std::vector<const ConfigCell*> first(count, nullptr);
    std::vector<std::size_t> present(count, 0);
    std::vector<char> differs(count, 0);
    std::size_t seen = 0;
    for (const RowPointer& row : rows) {
        if (!row->config) continue;  // not read yet: it says nothing
        ++seen;
        const auto& config = *row->config;
        for (std::size_t i = 0; i < config.size() && i < count; ++i) {
            const ConfigCell* cell = config[i];
            if (!cell) continue;
            if (++present[i] == 1)
                first[i] = cell;
            else if (cell != first[i])
                differs[i] = 1;
        }
    }
    for (std::size_t i = 0; missingCounts && i < count; ++i)
        if (present[i] > 0 && present[i] < seen) differs[i] = 1;
    std::vector<std::size_t> keys;
    for (std::size_t i = 0; i < count; ++i)
        if (differs[i]) keys.push_back(i);
    // What makes the network sparse is what is looked for first.
    const auto rank = [&](std::size_t key) {
        const std::string& name = (*table.keys)[key].name;
        return std::pair(!name.starts_with("sparsity."), std::string_view(name));
    };
    std::sort(keys.begin(), keys.end(),
              [&](std::size_t left, std::size_t right) { return rank(left) < rank(right); });
    return keys;
}

Arrangement arrange(const ArrangeRequest& request) {
    Arrangement result;
    result.table = request.table;
    Matcher matcher(request);
    std::vector<RowPointer> rows;
    for (const auto& store : request.table->stores)
        for (const RowPointer& row : store->rows) {
            const Scope scope = scopeOf(row->info);
            ++(scope == Scope::Bin        ? result.binned
               : scope == Scope::Archived ? result.archived
                                          : result.current);
            if (scope == request.scope && (request.query.isEmpty() || matcher.matches(*row)))
                rows.push_back(row);
        }
    result.shown = rows.size();
    result.differing = differingKeys(*request.table, rows);
    sortRows(request, rows);
    if (request.grouping.kind != Grouping::Kind::None) {
        groupRows(request, rows, result);
        return result;
    }
    result.lines.reserve(rows.size());
    for (RowPointer& row : rows) result.lines.push_back({std::move(row), -1});
    return result;
}

}  // namespace filigree::ui
