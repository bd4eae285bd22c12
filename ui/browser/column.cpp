// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/column.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QFileInfo>
#include <array>
#include <cmath>

#include "ui/base/text.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Column", text);
}

struct KindName {
    ColumnKind kind;
    const char* word;
    int width;
};
constexpr std::array<KindName, 17> kinds{{{ColumnKind::State, "state", 116},
                                          {ColumnKind::Name, "name", 200},
                                          {ColumnKind::Id, "id", 56},
                                          {ColumnKind::Store, "store", 100},
                                          {ColumnKind::Method, "method", 88},
                                          {ColumnKind::Preset, "preset", 140},
                                          {ColumnKind::Seed, "seed", 56},
                                          {ColumnKind::Config, "config", 96},
                                          {ColumnKind::Last, "last", 96},
                                          {ColumnKind::Best, "best", 112},
                                          {ColumnKind::Spark, "spark", 96},
                                          {ColumnKind::Progress, "progress", 128},
                                          {ColumnKind::Duration, "duration", 80},
                                          {ColumnKind::Age, "age", 88},
                                          {ColumnKind::Tags, "tags", 136},
                                          {ColumnKind::Note, "note", 200},
                                          {ColumnKind::Host, "host", 100}}};

const KindName& nameOf(ColumnKind kind) {
    return kinds[static_cast<std::size_t>(kind)];
}

bool needsName(ColumnKind kind) {
    return kind == ColumnKind::Config || kind == ColumnKind::Last || kind == ColumnKind::Best ||
           kind == ColumnKind::Spark;
}

SortValue number(double value) {
    if (std::isnan(value)) return {};
    return {SortValue::Kind::Number, value, {}};
}
SortValue text(std::string_view value) {
    if (value.empty()) return {};
    return {SortValue::Kind::Text, 0, value};
}

QString joined(const std::vector<std::string>& tags) {
    QStringList list;
    for (const std::string& tag : tags) list << QString::fromStdString(tag);
    return list.join(QStringLiteral(", "));
}

double metricOf(const Column& column, const RunRow& row, std::size_t number) {
    return column.kind == ColumnKind::Best ? bestOf(row, number, column.name) : lastOf(row, number);
}

}  // namespace

QString Column::toString() const {
    const QString word = QString::fromLatin1(nameOf(kind).word);
    return needsName(kind) ? word + ':' + QString::fromStdString(name) : word;
}

std::optional<Column> Column::fromString(const QString& text) {
    const qsizetype colon = text.indexOf(':');
    const QString word = colon < 0 ? text : text.left(colon);
    for (const KindName& known : kinds) {
        if (word != QLatin1String(known.word) || needsName(known.kind) != (colon >= 0)) continue;
        return Column{known.kind, colon < 0 ? std::string() : text.mid(colon + 1).toStdString()};
    }
    return std::nullopt;
}

QString Column::title() const {
    const QString own = QString::fromStdString(name);
    switch (kind) {
        case ColumnKind::State:
            return tr("State");
        case ColumnKind::Name:
            return tr("Name");
        case ColumnKind::Id:
            return tr("Run");
        case ColumnKind::Store:
            return tr("Store");
        case ColumnKind::Method:
            return tr("Method");
        case ColumnKind::Preset:
            return tr("Preset");
        case ColumnKind::Seed:
            return tr("Seed");
        case ColumnKind::Config:
            // The last word is what people call it; the tool tip has the rest.
            return own.mid(own.lastIndexOf('.') + 1);
        case ColumnKind::Last:
            return own;
        case ColumnKind::Best:
            return tr("best %1").arg(own);
        case ColumnKind::Spark:
            return tr("curve");
        case ColumnKind::Progress:
            return tr("Progress");
        case ColumnKind::Duration:
            return tr("Time");
        case ColumnKind::Age:
            return tr("Age");
        case ColumnKind::Tags:
            return tr("Tags");
        case ColumnKind::Note:
            return tr("Note");
        case ColumnKind::Host:
            return tr("Host");
    }
    return {};
}

QString Column::help() const {
    const QString own = QString::fromStdString(name);
    switch (kind) {
        case ColumnKind::Config:
            return tr("%1 of the configuration").arg(own);
        case ColumnKind::Last:
            return tr("Newest value of %1").arg(own);
        case ColumnKind::Best:
            return tr("Best value of %1").arg(own);
        case ColumnKind::Spark:
            return tr("How %1 went").arg(own);
        case ColumnKind::Duration:
            return tr("How long it ran, pauses between attempts left out");
        case ColumnKind::Age:
            return tr("When it was made");
        default:
            return title();
    }
}

bool Column::isNumeric() const {
    return kind == ColumnKind::Id || kind == ColumnKind::Seed || kind == ColumnKind::Last ||
           kind == ColumnKind::Best || kind == ColumnKind::Duration || kind == ColumnKind::Age;
}

int Column::defaultWidth() const {
    return nameOf(kind).width;
}

std::size_t numberOf(const Column& column, const RunTable& table) {
    if (!needsName(column.kind)) return RunTable::npos;
    return column.kind == ColumnKind::Config ? table.keyNumber(column.name) : table.metricNumber(column.name);
}

SortValue sortValue(const Column& column, const RunRow& row, std::size_t index) {
    const store::RunInfo& run = row.info;
    switch (column.kind) {
        case ColumnKind::State:
            // Running first, then what needs somebody, then the rest.
            switch (run.state) {
                case store::RunState::Running:
                    return number(0);
                case store::RunState::Paused:
                    return number(1);
                case store::RunState::Interrupted:
                    return number(2);
                case store::RunState::Failed:
                    return number(3);
                case store::RunState::Queued:
                    return number(4);
                case store::RunState::Stopped:
                    return number(5);
                case store::RunState::Finished:
                    return number(6);
            }
            return {};
        case ColumnKind::Name:
            return text(run.name);
        case ColumnKind::Id:
            return number(static_cast<double>(run.id));
        case ColumnKind::Method:
            return text(run.method);
        case ColumnKind::Preset:
            return text(run.preset);
        case ColumnKind::Seed:
            return number(static_cast<double>(run.seed));
        case ColumnKind::Config: {
            const ConfigCell* cell = row.cell(index);
            if (!cell) return {};
            return std::isnan(cell->number) ? text(cell->text) : number(cell->number);
        }
        case ColumnKind::Last:
        case ColumnKind::Best:
        case ColumnKind::Spark:
            return number(metricOf(column, row, index));
        case ColumnKind::Progress:
            return run.progress.totalSteps > 0 ? number(static_cast<double>(run.progress.step) /
                                                        static_cast<double>(run.progress.totalSteps))
                                               : SortValue{};
        case ColumnKind::Duration:
            return number(run.activeSeconds);
        case ColumnKind::Age:
            return number(run.created);
        case ColumnKind::Tags:
            return run.tags.empty() ? SortValue{} : text(run.tags.front());
        case ColumnKind::Note:
            return text(run.note);
        case ColumnKind::Host:
            return text(run.process.host);
        case ColumnKind::Store:
            return {};
    }
    return {};
}

QString cellText(const Column& column, const RunRow& row, std::size_t index, double now) {
    const store::RunInfo& run = row.info;
    switch (column.kind) {
        case ColumnKind::State:
            return stateText(run);
        case ColumnKind::Config: {
            const ConfigCell* cell = row.cell(index);
            if (!cell) return {};
            return std::holds_alternative<double>(cell->value) ? formatNumber(cell->number)
                                                               : QString::fromStdString(cell->text);
        }
        case ColumnKind::Last:
        case ColumnKind::Best:
            return row.metric(index) ? formatNumber(metricOf(column, row, index)) : QString();
        case ColumnKind::Spark:
            return {};
        case ColumnKind::Progress:
            if (run.progress.totalSteps <= 0) return formatCount(run.progress.step);
            return tr("%1 of %2").arg(formatCount(run.progress.step), formatCount(run.progress.totalSteps));
        case ColumnKind::Duration:
            return run.activeSeconds > 0 ? formatDuration(run.activeSeconds) : QString();
        case ColumnKind::Age:
            return formatAge(run.created, now);
        case ColumnKind::Note:
            return QString::fromStdString(run.note).section('\n', 0, 0);
        default:
            return exactText(column, row, index);
    }
}

QString exactText(const Column& column, const RunRow& row, std::size_t index) {
    const store::RunInfo& run = row.info;
    switch (column.kind) {
        case ColumnKind::State:
            return QString::fromLatin1(store::toString(run.state).data());
        case ColumnKind::Name:
            return runName(run);
        case ColumnKind::Id:
            return QString::number(run.id);
        case ColumnKind::Store:
            return QFileInfo(row.key.store).completeBaseName();
        case ColumnKind::Method:
            return QString::fromStdString(run.method);
        case ColumnKind::Preset:
            return QString::fromStdString(run.preset);
        case ColumnKind::Seed:
            return QString::number(run.seed);
        case ColumnKind::Config: {
            const ConfigCell* cell = row.cell(index);
            return cell ? QString::fromStdString(cell->text) : QString();
        }
        case ColumnKind::Last:
        case ColumnKind::Best:
        case ColumnKind::Spark:
            return row.metric(index) ? exactNumber(metricOf(column, row, index)) : QString();
        case ColumnKind::Progress:
            return QString::number(run.progress.step);
        case ColumnKind::Duration:
            return exactNumber(run.activeSeconds);
        case ColumnKind::Age:
            return QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(run.created * 1000))
                .toString(Qt::ISODate);
        case ColumnKind::Tags:
            return joined(run.tags);
        case ColumnKind::Note:
            return QString::fromStdString(run.note);
        case ColumnKind::Host:
            return QString::fromStdString(run.process.host);
    }
    return {};
}

}  // namespace filigree::ui
