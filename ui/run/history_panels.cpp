// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/history_panels.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/base/text.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

// As many rows as are made within a frame.
constexpr std::size_t mostRows = 5000;
constexpr std::array levels{"debug", "info", "warning", "error"};

QVBoxLayout* columnOf(QWidget* panel) {
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    return column;
}

QString plainDetail(const std::string& detail) {
    const QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(detail)).object();
    if (object.isEmpty()) return QString::fromStdString(detail);
    if (object.contains(QLatin1String("message"))) return object.value(QLatin1String("message")).toString();
    QStringList parts;
    for (auto at = object.begin(); at != object.end(); ++at)
        parts << QStringLiteral("%1 %2").arg(at.key(), at.value().isDouble()
                                                           ? formatNumber(at.value().toDouble())
                                                           : at.value().toVariant().toString());
    return parts.join(QStringLiteral(", "));
}

RowsModel::Tone toneOf(const std::string& kind) {
    if (kind == "warning") return RowsModel::Tone::Warning;
    if (kind == "checkpoint") return RowsModel::Tone::Success;
    if (kind == "rewire") return RowsModel::Tone::Secondary;
    if (kind == "bookmark") return RowsModel::Tone::Accent;
    return RowsModel::Tone::Plain;
}

}  // namespace

EventsPanel::EventsPanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      model_(new RowsModel(workspace.theme, {tr("Step"), tr("Event"), tr("What")}, this)),
      kind_(new QComboBox(this)),
      table_(makeTable(model_, QStringLiteral("eventsTable"), tr("Events"), this)) {
    model_->setNumeric({0});
    kind_->setObjectName(QStringLiteral("eventsKind"));
    kind_->setAccessibleName(tr("Kind of event"));
    kind_->addItem(tr("All events"));
    table_->setColumnWidth(0, 72);
    table_->setColumnWidth(1, 92);
    QVBoxLayout* column = columnOf(this);
    column->addWidget(kind_);
    column->addWidget(table_, 1);
    connect(kind_, &QComboBox::currentIndexChanged, this, &EventsPanel::fill);
    const auto choose = [this](const QModelIndex& index) {
        const QVariant step = index.data(Qt::UserRole);
        if (!step.isValid()) return;
        workspace_.selection.setCurrent(run_);
        workspace_.selection.setStep(step.toLongLong());
    };
    connect(table_, &QTableView::clicked, this, choose);
    connect(table_, &QTableView::activated, this, choose);
}

void EventsPanel::reset() {
    entries_.clear();
    model_->setRows({});
}

std::vector<EventsPanel::Entry> EventsPanel::read(const store::Reader& reader, std::int64_t run) {
    std::vector<Entry> entries;
    for (const store::EventLine& line : reader.events(run))
        entries.push_back(
            {line.step, line.event.kind, plainDetail(line.event.detail).toStdString(), line.time});
    struct Round {
        std::int64_t added = 0, removed = 0;
        double time = 0;
    };
    std::map<std::int64_t, Round> rounds;
    for (const store::MaskLayer& layer : reader.maskLayers(run))
        for (const store::MaskFrameInfo& frame : reader.maskSteps(run, layer.layer)) {
            if (frame.added == 0 && frame.removed == 0) continue;
            Round& round = rounds[frame.step];
            round.added += frame.added;
            round.removed += frame.removed;
            round.time = frame.time;
        }
    for (const auto& [step, round] : rounds)
        entries.push_back({step, "rewire",
                           tr("%1 grown, %2 dropped")
                               .arg(formatCount(round.added), formatCount(round.removed))
                               .toStdString(),
                           round.time});
    std::map<std::int64_t, std::pair<QStringList, double>> evaluations;
    for (const std::string& tag : reader.scalarTags(run)) {
        if (!tag.starts_with("test/") || tag.find('/', 5) != std::string::npos) continue;
        for (const store::ScalarPoint& point : reader.scalars(run, tag)) {
            evaluations[point.step].first
                << QString::fromStdString(tag.substr(5)) + ' ' + formatNumber(point.value);
            evaluations[point.step].second = point.time;
        }
    }
    for (const auto& [step, values] : evaluations)
        entries.push_back(
            {step, "evaluate", values.first.join(QStringLiteral(", ")).toStdString(), values.second});
    for (const store::Bookmark& mark : store::bookmarks(reader.store(), run))
        entries.push_back({mark.step, "bookmark", mark.label, mark.created});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.step < b.step; });
    return entries;
}

void EventsPanel::load(StoreSource& source) {
    request_ = source.read(
        this, [run = run_.run](const store::Reader& reader) { return read(reader, run); },
        [this](std::vector<Entry> entries) {
            entries_ = std::move(entries);
            QStringList kinds{tr("All events")};
            for (const Entry& entry : entries_)
                if (const QString kind = QString::fromStdString(entry.kind); !kinds.contains(kind))
                    kinds << kind;
            QStringList shown;
            for (int i = 0; i < kind_->count(); ++i) shown << kind_->itemText(i);
            if (shown != kinds) {
                const QSignalBlocker block(kind_);
                const QString now = kind_->currentText();
                kind_->clear();
                kind_->addItems(kinds);
                kind_->setCurrentIndex(std::max<int>(0, static_cast<int>(kinds.indexOf(now))));
            }
            fill();
            done();
        },
        onError());
}

void EventsPanel::fill() {
    const std::string kind = kind_->currentIndex() > 0 ? kind_->currentText().toStdString() : std::string();
    std::vector<RowsModel::Row> rows;
    for (const Entry& entry : entries_) {
        if (!kind.empty() && entry.kind != kind) continue;
        RowsModel::Row row;
        row.cells = {formatCount(entry.step), QString::fromStdString(entry.kind),
                     QString::fromStdString(entry.text)};
        row.tips = {formatTime(entry.time)};
        row.tone = toneOf(entry.kind);
        row.key = QVariant::fromValue<qlonglong>(entry.step);
        rows.push_back(std::move(row));
    }
    if (rows.size() > mostRows) {
        const std::size_t left = rows.size() - mostRows;
        rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(left));
        RowsModel::Row note;
        note.cells = {
            QString(), tr("earlier"),
            tr("%1 older events are left out; choose a kind").arg(formatCount(static_cast<qint64>(left)))};
        rows.insert(rows.begin(), std::move(note));
    }
    model_->setRows(std::move(rows));
}

LogPanel::LogPanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      model_(new RowsModel(workspace.theme, {tr("Level"), tr("Step"), tr("Message")}, this)),
      level_(new QComboBox(this)),
      filter_(new QLineEdit(this)),
      follow_(new QCheckBox(tr("Follow"), this)),
      earlier_(new QLabel(tr("Only the last %1 lines; filigree log shows all.")
                              .arg(formatCount(static_cast<qint64>(mostRows))),
                          this)),
      table_(makeTable(model_, QStringLiteral("logTable"), tr("Log"), this)) {
    earlier_->setProperty("role", "secondary");
    earlier_->hide();
    model_->setNumeric({1});
    level_->setObjectName(QStringLiteral("logLevel"));
    level_->setAccessibleName(tr("Least level"));
    level_->addItems({tr("Debug and above"), tr("Info and above"), tr("Warnings and errors"), tr("Errors")});
    level_->setCurrentIndex(1);
    filter_->setObjectName(QStringLiteral("logFilter"));
    filter_->setAccessibleName(tr("Filter the log"));
    filter_->setPlaceholderText(tr("Filter"));
    filter_->setClearButtonEnabled(true);
    follow_->setObjectName(QStringLiteral("logFollow"));
    follow_->setChecked(true);
    table_->setColumnWidth(0, 72);
    table_->setColumnWidth(1, 64);
    auto* tools = new QHBoxLayout;
    tools->setSpacing(8);
    tools->addWidget(level_);
    tools->addWidget(filter_, 1);
    tools->addWidget(follow_);
    QVBoxLayout* column = columnOf(this);
    column->addLayout(tools);
    column->addWidget(earlier_);
    column->addWidget(table_, 1);
    const auto again = [this] { add(lines_, true); };
    connect(level_, &QComboBox::currentIndexChanged, this, again);
    connect(filter_, &QLineEdit::textChanged, this, again);
    connect(follow_, &QCheckBox::toggled, this, [this](bool on) {
        if (on) table_->scrollToBottom();
    });
    // Whoever scrolls up reads: new lines must not pull him away.
    connect(table_->verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] {
        QTimer::singleShot(0, this, [this] {
            const QScrollBar* bar = table_->verticalScrollBar();
            follow_->setChecked(bar->value() == bar->maximum());
        });
    });
}

void LogPanel::reset() {
    lines_.clear();
    model_->setRows({});
}

void LogPanel::load(StoreSource& source) {
    request_ = source.read(
        this,
        [run = run_.run, after = lines_.empty() ? 0 : lines_.back().id](const store::Reader& reader) {
            return reader.log(run, after);
        },
        [this](std::vector<store::LogLine> lines) {
            if (lines.size() > mostRows)
                lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(mostRows));
            add(lines, false);
            lines_.insert(lines_.end(), lines.begin(), lines.end());
            if (lines_.size() > mostRows)
                lines_.erase(lines_.begin(), lines_.end() - static_cast<std::ptrdiff_t>(mostRows));
            earlier_->setVisible(lines_.size() == mostRows);
            done();
        },
        onError());
}

bool LogPanel::matches(const store::LogLine& line) const {
    if (static_cast<int>(line.level) < level_->currentIndex()) return false;
    const QString filter = filter_->text();
    return filter.isEmpty() || QString::fromStdString(line.message).contains(filter, Qt::CaseInsensitive);
}

RowsModel::Row LogPanel::rowOf(const store::LogLine& line) const {
    RowsModel::Row row;
    QString message = QString::fromStdString(line.message);
    row.cells = {QLatin1String(levels[static_cast<std::size_t>(line.level)]), formatCount(line.step),
                 QString(message).replace('\n', QStringLiteral("  "))};
    row.tips = {tr("%1, attempt %2").arg(formatTime(line.time)).arg(line.attempt), {}, message};
    row.tone = line.level == record::LogLevel::Error     ? RowsModel::Tone::Error
               : line.level == record::LogLevel::Warning ? RowsModel::Tone::Warning
                                                         : RowsModel::Tone::Secondary;
    if (row.tone == RowsModel::Tone::Secondary) row.tone = RowsModel::Tone::Plain;
    return row;
}

void LogPanel::add(const std::vector<store::LogLine>& lines, bool anew) {
    std::vector<RowsModel::Row> rows;
    for (const store::LogLine& line : lines)
        if (matches(line)) rows.push_back(rowOf(line));
    if (anew)
        model_->setRows(std::move(rows));
    else
        model_->append(std::move(rows));
    model_->keepLast(static_cast<int>(mostRows));
    if (follow_->isChecked()) table_->scrollToBottom();
}

CheckpointPanel::CheckpointPanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      model_(new RowsModel(workspace.theme, {tr("Step"), tr("Size"), tr("Written"), tr("Digest")}, this)),
      table_(makeTable(model_, QStringLiteral("checkpointTable"), tr("Checkpoints"), this)),
      copy_(new QPushButton(tr("Copy path"), this)),
      export_(new QPushButton(tr("Export…"), this)),
      empty_(new QLabel(tr("No checkpoint yet."), this)) {
    model_->setNumeric({0, 1});
    model_->setMonospaced({3});
    copy_->setObjectName(QStringLiteral("checkpointCopy"));
    export_->setObjectName(QStringLiteral("checkpointExport"));
    export_->setToolTip(tr("Copy the safetensors file to another place; PyTorch reads it as it is"));
    empty_->setProperty("role", "secondary");
    empty_->setAlignment(Qt::AlignCenter);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setColumnWidth(0, 72);
    table_->setColumnWidth(1, 80);
    table_->setColumnWidth(2, 72);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(copy_);
    buttons->addWidget(export_);
    buttons->addStretch(1);
    QVBoxLayout* column = columnOf(this);
    column->addWidget(empty_, 1);
    column->addWidget(table_, 1);
    column->addLayout(buttons);
    connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &CheckpointPanel::showButtons);
    connect(copy_, &QPushButton::clicked, this, [this] {
        QApplication::clipboard()->setText(model_->index(chosenRow(), 0).data(Qt::UserRole).toString());
    });
    connect(export_, &QPushButton::clicked, this, [this] {
        const int row = chosenRow();
        const QString from = model_->index(row, 0).data(Qt::UserRole).toString();
        const QString to = QFileDialog::getSaveFileName(
            this, tr("Export checkpoint"), QFileInfo(from).fileName(), tr("safetensors (*.safetensors)"));
        if (!to.isEmpty()) exportTo(row, to);
    });
    showButtons();
}

void CheckpointPanel::reset() {
    model_->setRows({});
    showButtons();
}

int CheckpointPanel::chosenRow() const {
    const QModelIndexList rows = table_->selectionModel()->selectedRows();
    return rows.isEmpty() ? model_->rowCount() - 1 : rows.first().row();
}

void CheckpointPanel::showButtons() {
    const bool any = model_->rowCount() > 0;
    empty_->setVisible(!any);
    table_->setVisible(any);
    copy_->setEnabled(any);
    export_->setEnabled(any);
}

void CheckpointPanel::load(StoreSource& source) {
    request_ = source.read(
        this, [run = run_.run](const store::Reader& reader) { return reader.checkpoints(run); },
        [this](const std::vector<store::CheckpointInfo>& files) {
            const QDir folder(
                QString::fromStdU16String(store::Store::folderOf(run_.store.toStdU16String()).u16string()));
            std::vector<RowsModel::Row> rows;
            for (const store::CheckpointInfo& file : files) {
                const QString path = folder.filePath(QString::fromStdString(file.path));
                RowsModel::Row row;
                row.cells = {formatCount(file.step), formatBytes(file.bytes),
                             formatTime(file.time).section(' ', 1), QString::fromStdString(file.digest)};
                row.tips = {path, tr("%1 bytes").arg(formatCount(file.bytes)), formatTime(file.time)};
                row.key = path;
                rows.push_back(std::move(row));
            }
            model_->setRows(std::move(rows));
            showButtons();
            done();
        },
        onError());
}

void CheckpointPanel::exportTo(int row, const QString& path) {
    StoreSource* source = workspace_.stores.of(run_);
    if (!source) return;
    const QString from = model_->index(row, 0).data(Qt::UserRole).toString();
    source->read(
        this,
        [from, path](const store::Reader&) {
            // Written aside and renamed: a copy that fails half-way leaves what was there.
            const QString part = path + QStringLiteral(".part");
            QFile::remove(part);
            QFile file(from);
            if (!file.copy(part))
                throw Error(ErrorKind::Run,
                            "the checkpoint could not be copied: " + file.errorString().toStdString(),
                            from.toStdString(), "choose another folder");
            QFile::remove(path);
            if (!QFile::rename(part, path))
                throw Error(ErrorKind::Run, "the checkpoint could not be written", path.toStdString(),
                            "choose another folder");
            return path;
        },
        [this](const QString& done) {
            workspace_.say(tr("Wrote %1").arg(QFileInfo(done).fileName()));
            emit exported(done);
        },
        [this](const Error& error) { emit failed(error); });
}

MachinePanel::MachinePanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      facts_(new RowsModel(workspace.theme, {tr("Machine"), QString()}, this)),
      attempts_(new RowsModel(workspace.theme, {tr("Attempt"), tr("From step"), tr("Started"), tr("Lasted")},
                              this)) {
    attempts_->setNumeric({0, 1});
    QTableView* facts = makeTable(facts_, QStringLiteral("machineTable"), tr("Machine"), this);
    QTableView* attempts = makeTable(attempts_, QStringLiteral("attemptTable"), tr("Attempts"), this);
    facts->setColumnWidth(0, 112);
    attempts->setColumnWidth(0, 76);
    attempts->setColumnWidth(1, 84);
    attempts->setColumnWidth(2, 152);
    QVBoxLayout* column = columnOf(this);
    column->addWidget(facts, 3);
    column->addWidget(attempts, 2);
}

void MachinePanel::reset() {
    facts_->setRows({});
    attempts_->setRows({});
}

void MachinePanel::load(StoreSource& source) {
    struct Loaded {
        store::RunInfo run;
        std::vector<store::AttemptInfo> attempts;
    };
    request_ = source.read(
        this,
        [run = run_.run](const store::Reader& reader) {
            return Loaded{reader.run(run), reader.attempts(run)};
        },
        [this](const Loaded& loaded) {
            const QJsonObject machine =
                QJsonDocument::fromJson(QByteArray::fromStdString(loaded.run.machineJson)).object();
            std::vector<RowsModel::Row> rows;
            const auto fact = [&](const QString& name, const QString& value) {
                if (value.isEmpty()) return;
                RowsModel::Row row;
                row.cells = {name, value};
                row.tone = RowsModel::Tone::Plain;
                rows.push_back(std::move(row));
            };
            const auto text = [&](const char* key) {
                return machine.value(QLatin1String(key)).toVariant().toString();
            };
            fact(tr("Host"), text("host"));
            fact(tr("Processor"), text("processor"));
            fact(tr("Processors"), text("processors"));
            fact(tr("Threads used"), text("threads"));
            if (const double bytes = machine.value(QLatin1String("memory_bytes")).toDouble(); bytes > 0)
                fact(tr("Memory"), formatBytes(static_cast<qint64>(bytes)));
            fact(tr("System"), text("system"));
            fact(tr("Filigree"), text("version"));
            if (loaded.run.process.pid > 0)
                fact(tr("Process"), tr("%1 on %2")
                                        .arg(loaded.run.process.pid)
                                        .arg(QString::fromStdString(loaded.run.process.host)));
            fact(tr("Run"), QString::fromStdString(loaded.run.uuid));
            fact(tr("Weights"), QString::fromStdString(loaded.run.weightsDigest));
            facts_->setRows(std::move(rows));

            std::vector<RowsModel::Row> attempts;
            for (const store::AttemptInfo& attempt : loaded.attempts) {
                const double until = attempt.ended.value_or(loaded.run.process.heartbeat);
                RowsModel::Row row;
                row.cells = {QString::number(attempt.attempt), formatCount(attempt.fromStep),
                             formatTime(attempt.started),
                             formatDuration(std::max(0.0, until - attempt.started))};
                if (attempt.untilStep)
                    row.tips = {tr("Superseded from step %1 on").arg(formatCount(*attempt.untilStep))};
                row.tone = attempt.untilStep ? RowsModel::Tone::Secondary : RowsModel::Tone::Plain;
                attempts.push_back(std::move(row));
            }
            attempts_->setRows(std::move(attempts));
            done();
        },
        onError());
}

}  // namespace filigree::ui
