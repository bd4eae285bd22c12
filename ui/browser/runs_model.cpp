// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/runs_model.h"

#include <QMetaObject>
#include <QPointer>
#include <algorithm>
#include <cmath>
#include <limits>

#include "store/export_csv.h"
#include "store/state.h"
#include "ui/base/text.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

/// Ages are shown in minutes at the finest.
constexpr int age_ms = 20000;
/// With "only differences" off, a table of thousands of keys would be unusable.
constexpr std::size_t mostKeyColumns = 400;
/// Runs of a store from which on two readers find the values of a metric sooner than one.
constexpr std::size_t worthHalving = 1000;

bool isSameLine(const Arrangement& before, const Line& left, const Arrangement& after, const Line& right) {
    if (!left.row != !right.row || (left.group < 0) != (right.group < 0)) return false;
    if (left.row) return left.row == right.row || left.row->key == right.row->key;
    return before.groups[static_cast<std::size_t>(left.group)].label ==
           after.groups[static_cast<std::size_t>(right.group)].label;
}

}  // namespace

RunsModel::RunsModel(Workspace& workspace, RunIndex& index, QObject* parent)
    : QAbstractTableModel(parent), workspace_(workspace), index_(index), sparklines_(workspace.stores) {
    worker_.setMaxThreadCount(1);
    arrangement_.table = index_.table();
    columns_ = columnsFor(arrangement_, {});
    numbers_.assign(columns_.size(), RunTable::npos);
    connect(&index_, &RunIndex::changed, this, &RunsModel::wish);
    connect(&sparklines_, &Sparklines::loaded, this, [this] {
        for (int column = 0; column < columnCount(); ++column)
            if (columns_[static_cast<std::size_t>(column)].kind == ColumnKind::Spark && rowCount() > 0)
                emit dataChanged(this->index(0, column), this->index(rowCount() - 1, column));
    });
    ageTimer_.setInterval(age_ms);
    connect(&ageTimer_, &QTimer::timeout, this, [this] {
        if (rowCount() > 0)
            emit dataChanged(this->index(0, 0), this->index(rowCount() - 1, columnCount() - 1));
    });
    ageTimer_.start();
    wish();
}

RunsModel::~RunsModel() {
    worker_.waitForDone();
}

void RunsModel::setQuery(const store::Query& query) {
    request_.query = query;
    wish();
}

void RunsModel::setScope(Scope scope) {
    if (request_.scope == scope) return;
    request_.scope = scope;
    wish();
}

void RunsModel::setSort(const Column& column, bool descending) {
    if (request_.sortColumn == column && request_.descending == descending) return;
    request_.sortColumn = column;
    request_.descending = descending;
    wish();
}

void RunsModel::setRunningFirst(bool on) {
    if (request_.runningFirst == on) return;
    request_.runningFirst = on;
    wish();
}

void RunsModel::setGrouping(const Grouping& grouping) {
    if (request_.grouping == grouping) return;
    request_.grouping = grouping;
    wish();
}

void RunsModel::setOnlyDifferences(bool on) {
    if (onlyDifferences_ == on) return;
    onlyDifferences_ = on;
    wish();
}

void RunsModel::setChosenColumns(const std::optional<std::vector<Column>>& columns) {
    if (chosen_ == columns) return;
    chosen_ = columns;
    wish();
}

void RunsModel::setMetric(const std::string& metric) {
    if (chosenMetric_ == metric) return;
    chosenMetric_ = metric;
    wish();
}

void RunsModel::setCollapsed(const QSet<QString>& labels) {
    if (request_.collapsed == labels) return;
    request_.collapsed = labels;
    wish();
}

void RunsModel::toggleGroup(int line) {
    const Group* group = groupAt(line);
    if (!group) return;
    if (!request_.collapsed.remove(group->label)) request_.collapsed.insert(group->label);
    wish();
}

void RunsModel::setHeld(bool held) {
    held_ = held;
    if (held_ || !heldBack_) return;
    Arrangement waiting = std::move(*heldBack_);
    heldBack_.reset();
    apply(std::move(waiting));
}

void RunsModel::setShown(bool shown) {
    if (shown_ == shown) return;
    shown_ = shown;
    if (!shown_) {
        ageTimer_.stop();
        return;
    }
    ageTimer_.start();
    if (dirty_ && !busy_) start();
}

void RunsModel::wish() {
    if (!dirty_) sinceWish_.start();
    dirty_ = true;
    if (!busy_ && shown_) start();
}

void RunsModel::start() {
    busy_ = true;
    if (needMetricAt()) return;
    dirty_ = false;
    request_.table = index_.table();
    request_.now = store::unixNow();
    worker_.start([self = QPointer<RunsModel>(this), request = request_, since = sinceWish_] {
        auto done = std::make_shared<Arrangement>(arrange(request));
        // `self` lives: its destructor waits for this worker.
        QMetaObject::invokeMethod(
            self,
            [self, done, since] {
                self->busy_ = false;
                self->lastArrangement_ms_ = static_cast<double>(since.nsecsElapsed()) / 1e6;
                if (self->held_)
                    self->heldBack_ = std::move(*done);
                else
                    self->apply(std::move(*done));
                if (self->dirty_ && self->shown_ && !self->busy_) self->start();
            },
            Qt::QueuedConnection);
    });
}

/// The values that at(metric, step) asks for come from the stores: reads those that are missing or old, and
/// starts again when they are there.
bool RunsModel::needMetricAt() {
    std::vector<store::MetricTerm> terms;
    for (const store::MetricTerm& term : request_.query.metrics())
        if (term.function == store::MetricFunction::At) terms.push_back(term);
    if (terms.empty() || (metricAtOf_ == index_.table() && metricAtTerms_ == terms)) return false;
    metricAtOf_ = index_.table();
    metricAtTerms_ = terms;
    struct Gathering {
        std::map<std::pair<std::string, qint64>, QHash<RunKey, double>> values;
        std::size_t open = 0;
    };
    auto gathering = std::make_shared<Gathering>();
    const auto finish = [this, gathering] {
        if (--gathering->open > 0) return;
        request_.metricAt.clear();
        for (auto& [term, values] : gathering->values)
            request_.metricAt[term] = std::make_shared<const QHash<RunKey, double>>(std::move(values));
        start();
    };
    // Large stores are read by halves, side by side.
    struct Part {
        StoreSource* source;
        qint64 firstRun, lastRun;
    };
    std::vector<Part> parts;
    for (const auto& source : workspace_.stores.sources()) {
        constexpr qint64 last = std::numeric_limits<qint64>::max();
        qint64 middle = 0;
        for (const auto& store : metricAtOf_->stores)
            if (store->path == source->path() && store->rows.size() >= worthHalving)
                middle = store->rows[store->rows.size() / 2]->info.id;
        if (middle > 0) parts.push_back({source.get(), 0, middle - 1});
        parts.push_back({source.get(), middle, last});
    }
    gathering->open = parts.size();
    if (parts.empty()) return false;
    for (const Part& part : parts) {
        using Found = std::vector<std::unordered_map<std::int64_t, double>>;
        part.source->read(
            this,
            [terms, part](const store::Reader& reader) {
                Found found;
                for (const store::MetricTerm& term : terms)
                    found.push_back(
                        store::metricAt(reader.store(), term.metric, term.step, part.firstRun, part.lastRun));
                return found;
            },
            [gathering, finish, terms, path = part.source->path()](const Found& found) {
                for (std::size_t i = 0; i < terms.size(); ++i) {
                    auto& values = gathering->values[{terms[i].metric, terms[i].step}];
                    for (const auto& [run, value] : found[i]) values.insert({path, run}, value);
                }
                finish();
            },
            [finish](const Error&) { finish(); });
    }
    return true;
}

std::vector<Column> RunsModel::columnsFor(const Arrangement& arrangement, const std::string& metric) const {
    if (chosen_) {
        std::vector<Column> columns{{ColumnKind::State, {}}, {ColumnKind::Name, {}}};
        for (const Column& column : *chosen_)
            if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
        return columns;
    }
    std::vector<Column> columns{{ColumnKind::State, {}}, {ColumnKind::Name, {}}};
    const auto methodsDiffer = [&] {
        const RunRow* first = nullptr;
        for (const Line& line : arrangement.lines) {
            if (!line.row) continue;
            if (!first) first = line.row.get();
            if (line.row->info.method != first->info.method) return true;
        }
        return false;
    };
    if (arrangement.table->stores.size() > 1) columns.push_back({ColumnKind::Store, {}});
    if (!onlyDifferences_ || methodsDiffer()) columns.push_back({ColumnKind::Method, {}});
    const auto& keys = *arrangement.table->keys;
    std::vector<std::size_t> shown = arrangement.differing;
    if (!onlyDifferences_) {
        shown.resize(keys.size());
        for (std::size_t i = 0; i < shown.size(); ++i) shown[i] = i;
        std::sort(shown.begin(), shown.end(),
                  [&](std::size_t left, std::size_t right) { return keys[left].name < keys[right].name; });
    }
    if (shown.size() > mostKeyColumns) shown.resize(mostKeyColumns);
    // What was varied stands in front of what came out, unless so much was varied that the result would be
    // out of sight.
    constexpr std::size_t keysInFront = 3;
    for (std::size_t i = 0; i <= shown.size(); ++i) {
        if (!metric.empty() && i == std::min(keysInFront, shown.size())) {
            columns.push_back({ColumnKind::Last, metric});
            columns.push_back({ColumnKind::Best, metric});
            columns.push_back({ColumnKind::Spark, metric});
        }
        if (i < shown.size()) columns.push_back({ColumnKind::Config, keys[shown[i]].name});
    }
    for (const ColumnKind kind : {ColumnKind::Duration, ColumnKind::Age, ColumnKind::Tags})
        columns.push_back({kind, {}});
    return columns;
}

void RunsModel::apply(Arrangement arrangement) {
    const RunTable& table = *arrangement.table;
    const bool known = !chosenMetric_.empty() && table.metricNumber(chosenMetric_) != RunTable::npos;
    metric_ = known ? chosenMetric_ : mainMetric(*table.metrics);
    sparklines_.setMetric(metric_);
    std::vector<Column> columns = columnsFor(arrangement, metric_);
    std::vector<std::size_t> numbers;
    for (const Column& column : columns) numbers.push_back(numberOf(column, table));

    bool moved = columns != columns_ || arrangement.lines.size() != arrangement_.lines.size();
    for (std::size_t i = 0; !moved && i < arrangement.lines.size(); ++i)
        moved = !isSameLine(arrangement_, arrangement_.lines[i], arrangement, arrangement.lines[i]);
    if (moved) beginResetModel();
    arrangement_ = std::move(arrangement);
    columns_ = std::move(columns);
    numbers_ = std::move(numbers);
    if (moved)
        endResetModel();
    else if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    emit arranged();
}

RowPointer RunsModel::rowAt(int line) const {
    const auto at = static_cast<std::size_t>(line);
    return line >= 0 && at < arrangement_.lines.size() ? arrangement_.lines[at].row : nullptr;
}

const Group* RunsModel::groupAt(int line) const {
    const auto at = static_cast<std::size_t>(line);
    if (line < 0 || at >= arrangement_.lines.size() || arrangement_.lines[at].row) return nullptr;
    return &arrangement_.groups[static_cast<std::size_t>(arrangement_.lines[at].group)];
}

QList<RunKey> RunsModel::runsAt(int line) const {
    QList<RunKey> runs;
    if (const RowPointer row = rowAt(line)) runs << row->key;
    if (const Group* group = groupAt(line))
        for (const RowPointer& row : group->runs) runs << row->key;
    return runs;
}

int RunsModel::lineOf(const RunKey& run) const {
    for (std::size_t i = 0; i < arrangement_.lines.size(); ++i) {
        const RowPointer& row = arrangement_.lines[i].row;
        if (row && row->key.run == run.run && row->key.store == run.store) return static_cast<int>(i);
    }
    return -1;
}

int RunsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(arrangement_.lines.size());
}

int RunsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QString RunsModel::groupText(const Group& group, const Column& column, std::size_t number) const {
    switch (column.kind) {
        case ColumnKind::State:
            return {};
        case ColumnKind::Name:
            return group.label;
        case ColumnKind::Last:
        case ColumnKind::Best:
        case ColumnKind::Duration: {
            std::vector<double> values;
            for (const RowPointer& row : group.runs) {
                const SortValue value = sortValue(column, *row, number);
                if (value.kind == SortValue::Kind::Number) values.push_back(value.number);
            }
            const Spread spread = spreadOf(values);
            if (spread.n == 0) return {};
            if (column.kind == ColumnKind::Duration) return formatDuration(spread.mean);
            QString text = formatNumber(spread.mean);
            if (spread.n > 1) text += QStringLiteral(" ± ") + formatNumber(spread.sd, 2);
            if (spread.n < group.runs.size()) text += tr(" (n %1)").arg(spread.n);
            return text;
        }
        case ColumnKind::Config:
        case ColumnKind::Method:
        case ColumnKind::Preset: {
            // What all of them have.
            const QString text = exactText(column, *group.runs.front(), number);
            for (const RowPointer& row : group.runs)
                if (exactText(column, *row, number) != text) return {};
            return cellText(column, *group.runs.front(), number, 0);
        }
        default:
            return {};
    }
}

QVariant RunsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount()) return {};
    const auto at = static_cast<std::size_t>(index.column());
    const Column& column = columns_[at];
    if (role == Qt::TextAlignmentRole) {
        bool right = column.isNumeric();
        if (column.kind == ColumnKind::Config && numbers_[at] != RunTable::npos)
            right = (*arrangement_.table->keys)[numbers_[at]].isNumber;
        return static_cast<int>((right ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    const RowPointer row = rowAt(index.row());
    if (!row) {
        const Group* group = groupAt(index.row());
        if (role == Qt::DisplayRole) return groupText(*group, column, numbers_[at]);
        if (role == Qt::AccessibleTextRole && column.kind == ColumnKind::Name)
            return tr("Group %1, %n run(s)", nullptr, static_cast<int>(group->runs.size())).arg(group->label);
        if (role == Qt::ToolTipRole)
            return tr("%1: %n run(s)", nullptr, static_cast<int>(group->runs.size())).arg(group->label);
        return {};
    }
    switch (role) {
        case Qt::DisplayRole:
            return cellText(column, *row, numbers_[at], store::unixNow());
        case Qt::EditRole:
            return column.kind == ColumnKind::Name ? QString::fromStdString(row->info.name)
                                                   : exactText(column, *row, numbers_[at]);
        case Qt::ToolTipRole: {
            if (column.kind == ColumnKind::State && !row->info.error.empty())
                return QString::fromStdString(row->info.error);
            if (column.kind == ColumnKind::State) return stateText(row->info);
            if (column.kind == ColumnKind::Name && !row->info.note.empty())
                return exactText(column, *row, numbers_[at]) + '\n' + QString::fromStdString(row->info.note);
            const QString text = exactText(column, *row, numbers_[at]);
            return text.isEmpty() ? QVariant() : QVariant(text);
        }
        case Qt::AccessibleTextRole:
            return QStringLiteral("%1: %2").arg(column.title(), exactText(column, *row, numbers_[at]));
        default:
            return {};
    }
}

bool RunsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    const RowPointer row = rowAt(index.row());
    if (role != Qt::EditRole || !row) return false;
    const QString name = value.toString().trimmed();
    if (name.toStdString() != row->info.name) emit renamed(row->key, name);
    return true;
}

Qt::ItemFlags RunsModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags result = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (rowAt(index.row()) && columns_[static_cast<std::size_t>(index.column())].kind == ColumnKind::Name)
        result |= Qt::ItemIsEditable;
    return result;
}

QVariant RunsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    const Column& column = columns_[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole) return column.title();
    if (role == Qt::ToolTipRole) return column.help();
    if (role == Qt::TextAlignmentRole) return data(index(0, section), role);
    return {};
}

QString RunsModel::table(const QList<RunKey>& runs, QChar separator) const {
    const auto field = [&](QString text) {
        if (separator == ',') return QString::fromStdString(store::csvField(text.toStdString()));
        // A tab or line break inside a field would become another cell.
        return text.replace('\t', ' ').replace('\n', ' ');
    };
    const QString lineEnd = separator == ',' ? QStringLiteral("\r\n") : QStringLiteral("\n");
    QStringList header{QStringLiteral("run")};
    for (const Column& column : columns_)
        if (column.kind != ColumnKind::Spark && column.kind != ColumnKind::Id)
            header << field(column.kind == ColumnKind::Config ? QString::fromStdString(column.name)
                                                              : column.title());
    QString text = header.join(separator) + lineEnd;
    for (const RunKey& key : runs) {
        const RowPointer row = arrangement_.table->find(key);
        if (!row) continue;
        QStringList cells{QString::number(key.run)};
        for (std::size_t i = 0; i < columns_.size(); ++i)
            if (columns_[i].kind != ColumnKind::Spark && columns_[i].kind != ColumnKind::Id)
                cells << field(exactText(columns_[i], *row, numbers_[i]));
        text += cells.join(separator) + lineEnd;
    }
    return text;
}

QString RunsModel::asTsv(const QList<RunKey>& runs) const {
    return table(runs, '\t');
}

QString RunsModel::asCsv(const QList<RunKey>& runs) const {
    return table(runs, ',');
}

}  // namespace filigree::ui
