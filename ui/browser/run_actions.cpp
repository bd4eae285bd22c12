// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/run_actions.h"

#include <QApplication>
#include <QClipboard>
#include <QColorDialog>
#include <QFileDialog>
#include <QFileInfo>
#include <QInputDialog>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <algorithm>
#include <map>
#include <set>

#include "run/shared_schema.h"
#include "store/annotations.h"
#include "store/commands.h"
#include "ui/base/text.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

using store::RunState;

bool isRunning(const store::RunInfo& run) {
    return run.state == RunState::Running || run.state == RunState::Paused;
}
bool canBePaused(const store::RunInfo& run) {
    return run.state == RunState::Running;
}
bool canGoOn(const store::RunInfo& run) {
    return run.state == RunState::Paused;
}
bool canBeResumed(const store::RunInfo& run) {
    return run.state == RunState::Queued || run.state == RunState::Stopped ||
           run.state == RunState::Interrupted || run.state == RunState::Failed;
}

QList<RunKey> keysOf(const std::vector<RowPointer>& rows) {
    QList<RunKey> keys;
    for (const RowPointer& row : rows) keys << row->key;
    return keys;
}

bool hasTag(const RunRow& row, const QString& tag) {
    return std::binary_search(row.info.tags.begin(), row.info.tags.end(), tag.toStdString());
}

/// A square of a colour, for menus.
QIcon swatch(const QColor& colour) {
    QPixmap pixmap(32, 32);
    pixmap.setDevicePixelRatio(2);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(colour);
    painter.setPen(Qt::NoPen);
    painter.drawRoundedRect(QRectF(2, 2, 12, 12), 3, 3);
    return pixmap;
}

}  // namespace

RunActions& RunActions::of(Workspace& workspace, QWidget* context) {
    auto* there = workspace.findChild<RunActions*>(QString(), Qt::FindDirectChildrenOnly);
    if (!there) return *new RunActions(workspace, context);
    there->addTo(context);
    return *there;
}

RunActions::RunActions(Workspace& workspace, QWidget* context)
    : QObject(&workspace), workspace_(workspace), index_(RunIndex::of(workspace)), window_(context) {
    askText = [](const QString& title, const QString& label, const QString& text, bool multiLine) {
        bool ok = false;
        QWidget* window = QApplication::activeWindow();
        const QString answer =
            multiLine ? QInputDialog::getMultiLineText(window, title, label, text, &ok)
                      : QInputDialog::getText(window, title, label, QLineEdit::Normal, text, &ok);
        if (!ok) return QString();
        return answer.isNull() ? QStringLiteral("") : answer;
    };
    confirm = [](const QString& text, const QString& verb) {
        QMessageBox box(QMessageBox::Warning, {}, text, QMessageBox::Cancel, QApplication::activeWindow());
        QPushButton* yes = box.addButton(verb, QMessageBox::DestructiveRole);
        yes->setProperty("role", "danger");
        box.setDefaultButton(QMessageBox::Cancel);
        box.exec();
        return box.clickedButton() == yes;
    };
    askFile = [](const QString& suggestion) {
        return QFileDialog::getSaveFileName(QApplication::activeWindow(), tr("Export runs"), suggestion,
                                            tr("CSV (*.csv)"));
    };
    addActions(context);
    connect(&workspace_.selection, &Selection::runsChanged, this, &RunActions::refresh);
    connect(&index_, &RunIndex::changed, this, &RunActions::refresh);
    refresh();
}

void RunActions::addActions(QWidget* context) {
    struct Item {
        const char* id;
        MenuId menu;
        int group;
        QString text, tip;
        QKeySequence key;
        void (RunActions::*act)();
    };
    const std::vector<Item> items{
        {"runs.open",
         MenuId::Run,
         30,
         tr("&Open run"),
         tr("Shows the selected run on its page"),
         {},
         &RunActions::open},
        {"runs.compare", MenuId::Analyse, 10, tr("&Compare runs"),
         tr("Shows the selected runs side by side: what differs, curves, results"),
         QKeySequence(tr("Ctrl+Shift+C")), &RunActions::compare},
        {"runs.resume", MenuId::Run, 31, tr("&Resume runs"),
         tr("Goes on with the selected runs that were queued, stopped, interrupted or failed"),
         QKeySequence(tr("Ctrl+Shift+R")), &RunActions::resume},
        {"runs.pause", MenuId::Run, 31, tr("&Pause or continue runs"),
         tr("Pauses the selected runs that run; if none does, continues those that are paused"),
         QKeySequence(tr("Ctrl+;")), &RunActions::pauseOrContinue},
        {"runs.stop", MenuId::Run, 31, tr("&Stop runs after a checkpoint"),
         tr("The selected runs save a checkpoint and end; they can be resumed"), QKeySequence(tr("Ctrl+.")),
         &RunActions::stop},
        {"runs.duplicate", MenuId::Run, 32, tr("&Duplicate in the form…"),
         tr("Opens the experiment form with the configuration of the selected run"),
         QKeySequence(tr("Ctrl+D")), &RunActions::duplicate},
        {"runs.rename", MenuId::Edit, 30, tr("Re&name run"), tr("Edits the name in its place"),
         QKeySequence(Qt::Key_F2), &RunActions::rename},
        {"runs.tag", MenuId::Edit, 30, tr("Add &tag…"), tr("Adds a tag to the selected runs"),
         QKeySequence(tr("Ctrl+T")), &RunActions::tag},
        {"runs.note", MenuId::Edit, 30, tr("Edit n&ote…"),
         tr("Writes a note (Markdown) about the selected runs"), QKeySequence(tr("Ctrl+Shift+N")),
         &RunActions::note},
        {"runs.archive", MenuId::Edit, 31, tr("&Archive runs"),
         tr("Takes the selected runs out of the list, or back into it; nothing is lost"),
         QKeySequence(tr("Ctrl+E")), &RunActions::archive},
        {"runs.delete", MenuId::Edit, 31, tr("&Delete runs"), tr("Moves the selected runs to the bin"),
         QKeySequence(QKeySequence::Delete), &RunActions::moveToBin},
        {"runs.restore",
         MenuId::Edit,
         31,
         tr("Restore runs from the &bin"),
         tr("Takes the selected runs out of the bin"),
         {},
         &RunActions::restore},
        {"runs.emptyBin",
         MenuId::Edit,
         31,
         tr("&Empty bin…"),
         tr("Removes the runs of the bin and their checkpoints for good"),
         {},
         &RunActions::emptyBin},
        {"runs.copy", MenuId::Edit, 32, tr("&Copy rows"),
         tr("Copies the selected rows with all digits, as tab-separated text"),
         QKeySequence(QKeySequence::Copy), &RunActions::copy},
        {"runs.export",
         MenuId::File,
         30,
         tr("&Export table…"),
         tr("Writes the selected rows into a CSV file"),
         {},
         &RunActions::exportCsv},
    };
    for (const Item& item : items) {
        ActionTable::Spec spec;
        spec.id = QString::fromLatin1(item.id);
        spec.menu = item.menu;
        spec.group = item.group;
        spec.text = item.text;
        spec.tip = item.tip;
        if (!item.key.isEmpty()) spec.shortcuts = {item.key};
        QAction* action = workspace_.actions.add(context, spec);
        connect(action, &QAction::triggered, this, [this, act = item.act] { (this->*act)(); });
        ids_ << spec.id;
    }
}

void RunActions::addTo(QWidget* widget) {
    for (const QString& id : ids_) widget->addAction(workspace_.actions.find(id));
}

void RunActions::setTable(const QObject* owner, Table table) {
    tableOwner_ = owner;
    table_ = std::move(table);
}

std::vector<RowPointer> RunActions::selected() const {
    std::vector<RowPointer> rows;
    const auto table = index_.table();
    for (const RunKey& key : workspace_.selection.runs())
        if (RowPointer row = table->find(key)) rows.push_back(std::move(row));
    return rows;
}

void RunActions::refresh() {
    const std::vector<RowPointer> rows = selected();
    const auto any = [&](auto&& holds) {
        return std::any_of(rows.begin(), rows.end(), [&](const RowPointer& row) { return holds(row->info); });
    };
    const auto enable = [&](const char* id, bool on) {
        workspace_.actions.find(QString::fromLatin1(id))->setEnabled(on);
    };
    const bool some = !rows.empty();
    const bool inBin = any([](const store::RunInfo& run) { return run.deleted.has_value(); });
    enable("runs.open", rows.size() == 1);
    enable("runs.compare", rows.size() >= 2);
    enable("runs.resume", any([](const store::RunInfo& run) { return canBeResumed(run) && !run.deleted; }));
    enable("runs.pause", any(isRunning));
    enable("runs.stop", any(isRunning));
    enable("runs.duplicate", rows.size() == 1);
    enable("runs.rename", rows.size() == 1);
    for (const char* id : {"runs.tag", "runs.note", "runs.archive", "runs.copy", "runs.export"})
        enable(id, some);
    enable("runs.delete", some && any([](const store::RunInfo& run) { return !run.deleted; }));
    enable("runs.restore", inBin);
    const bool allArchived = some && std::all_of(rows.begin(), rows.end(),
                                                 [](const RowPointer& row) { return row->info.archived; });
    workspace_.actions.find(QStringLiteral("runs.archive"))
        ->setText(allArchived ? tr("Take out of the &archive") : tr("&Archive runs"));
    const auto table = index_.table();
    const bool binned = std::any_of(table->stores.begin(), table->stores.end(), [](const auto& store) {
        return std::any_of(store->rows.begin(), store->rows.end(),
                           [](const RowPointer& row) { return row->info.deleted.has_value(); });
    });
    enable("runs.emptyBin", binned);
}

void RunActions::fillMenu(QMenu& menu) {
    const auto add = [&](const char* id) {
        QAction* action = workspace_.actions.find(QString::fromLatin1(id));
        if (action->isEnabled()) menu.addAction(action);
    };
    for (const char* id : {"runs.open", "runs.compare"}) add(id);
    menu.addSeparator();
    for (const char* id : {"runs.resume", "runs.pause", "runs.stop", "runs.duplicate"}) add(id);
    menu.addSeparator();
    for (const char* id : {"runs.rename", "runs.note", "runs.tag"}) add(id);

    const std::vector<RowPointer> rows = selected();
    std::set<std::string> tags;
    for (const RowPointer& row : rows) tags.insert(row->info.tags.begin(), row->info.tags.end());
    if (!tags.empty()) {
        QMenu* remove = menu.addMenu(tr("Remove tag"));
        for (const std::string& tag : tags) {
            const QString name = QString::fromStdString(tag);
            remove->addAction(name, this, [this, name] { untag(name); });
        }
    }
    if (!rows.empty()) {
        QMenu* colours = menu.addMenu(tr("Colour"));
        const Palette& palette = workspace_.theme.palette();
        const QStringList names{tr("Blue"), tr("Green"), tr("Pink"), tr("Brown"), tr("Violet"), tr("Navy")};
        for (std::size_t i = 0; i < palette.runs.size(); ++i) {
            const QColor ink = ui::colour(palette.runs[i]);
            colours->addAction(swatch(ink), QStringLiteral("%1  %2").arg(i + 1).arg(ink.name()), this,
                               [this, ink] { colour(ink.name()); });
        }
        colours->addAction(tr("Other…"), this, [this] {
            const QColor chosen = QColorDialog::getColor({}, QApplication::activeWindow());
            if (chosen.isValid()) colour(chosen.name());
        });
        colours->addAction(tr("As given"), this, [this] { colour({}); });
    }
    menu.addSeparator();
    for (const char* id : {"runs.copy", "runs.export"}) add(id);
    menu.addSeparator();
    for (const char* id : {"runs.archive", "runs.restore", "runs.delete"}) add(id);
}

void RunActions::open() {
    const auto rows = selected();
    if (rows.size() == 1) emit workspace_.showRun(rows.front()->key);
}

void RunActions::compare() {
    const auto rows = selected();
    if (rows.size() >= 2) emit workspace_.showComparison(keysOf(rows));
}

void RunActions::resume() {
    QList<RunKey> keys;
    for (const RowPointer& row : selected())
        if (canBeResumed(row->info) && !row->info.deleted) keys << row->key;
    for (const RunKey& key : keys) workspace_.launcher.resume(key);
    if (!keys.isEmpty()) workspace_.say(tr("Resuming %1").arg(runCount(keys.size())));
}

void RunActions::command(const std::string& verb, bool (*applies)(const store::RunInfo&)) {
    std::map<QString, std::vector<std::int64_t>> byStore;
    for (const RowPointer& row : selected())
        if (applies(row->info)) byStore[row->key.store].push_back(row->key.run);
    for (const auto& [path, runs] : byStore) {
        StoreSource* source = workspace_.stores.find(path);
        if (!source) continue;
        source->write(
            this,
            [runs = runs, verb](store::Store& store) {
                for (const std::int64_t run : runs) store::append(store, run, verb);
            },
            [] {}, [this](const Error& error) { emit workspace_.showError(error); });
    }
}

void RunActions::pauseOrContinue() {
    const auto rows = selected();
    const bool pause =
        std::any_of(rows.begin(), rows.end(), [](const RowPointer& row) { return canBePaused(row->info); });
    command(pause ? "pause" : "continue", pause ? canBePaused : canGoOn);
}

void RunActions::stop() {
    command("stop", isRunning);
}

void RunActions::duplicate() {
    const auto rows = selected();
    if (rows.size() != 1) return;
    StoreSource* source = workspace_.stores.find(rows.front()->key.store);
    if (!source) return;
    source->read(
        this,
        [info = rows.front()->info](const store::Reader& reader) {
            // Without a name: a copy is another run.
            config::RunFile file{
                .method = info.method,
                .preset = info.preset,
                .title = {},
                .description = {},
                .name = {},
                .minutes = 0,
                .seed = static_cast<std::uint64_t>(info.seed),
                .config = config::Config::parse(run::schemaOf(info.method), reader.configToml(info.id),
                                                "run " + std::to_string(info.id))};
            return file;
        },
        [this](const config::RunFile& file) { emit workspace_.editExperiment(file); },
        [this](const Error& error) { emit workspace_.showError(error); });
}

void RunActions::rename() {
    const auto rows = selected();
    if (rows.size() != 1) return;
    if (tableOwner_ && table_.rename) return table_.rename();
    const QString before = QString::fromStdString(rows.front()->info.name);
    const QString name = askText(tr("Rename run"), tr("Name:"), before, false);
    if (!name.isNull() && name != before)
        annotation::rename(workspace_, {rows.front()->key, before}, name.trimmed());
}

void RunActions::setTag(const QString& tag, bool on) {
    std::vector<annotation::Tags> runs;
    for (const RowPointer& row : selected()) runs.push_back({row->key, hasTag(*row, tag)});
    annotation::setTag(workspace_, runs, tag, on);
}

void RunActions::tag() {
    const auto rows = selected();
    if (rows.empty()) return;
    const QString tag =
        askText(tr("Add tag"), tr("Tag for %1:").arg(runCount(static_cast<qsizetype>(rows.size()))), {},
                false)
            .trimmed();
    if (!tag.isEmpty()) setTag(tag, true);
}

void RunActions::untag(const QString& tag) {
    setTag(tag, false);
}

void RunActions::note() {
    const auto rows = selected();
    if (rows.empty()) return;
    const QString before = rows.size() == 1 ? QString::fromStdString(rows.front()->info.note) : QString();
    const QString note =
        askText(tr("Note"),
                rows.size() == 1 ? tr("Note (Markdown):")
                                 : tr("Note (Markdown) for %1; it takes the place of theirs:")
                                       .arg(runCount(static_cast<qsizetype>(rows.size()))),
                before, true);
    if (note.isNull()) return;
    std::vector<annotation::Text> runs;
    for (const RowPointer& row : rows) runs.push_back({row->key, QString::fromStdString(row->info.note)});
    annotation::setNote(workspace_, runs, note);
}

void RunActions::colour(const QString& colour) {
    std::vector<annotation::Text> runs;
    for (const RowPointer& row : selected())
        runs.push_back({row->key, QString::fromStdString(row->info.colour)});
    annotation::setColour(workspace_, runs, colour);
}

void RunActions::archive() {
    const auto rows = selected();
    if (rows.empty()) return;
    const bool on =
        !std::all_of(rows.begin(), rows.end(), [](const RowPointer& row) { return row->info.archived; });
    std::vector<annotation::Flag> runs;
    for (const RowPointer& row : rows) runs.push_back({row->key, row->info.archived});
    const QString count = runCount(static_cast<qsizetype>(runs.size()));
    annotation::setArchived(workspace_, runs, on, [this, on, count] {
        workspace_.sayUndoable(on ? tr("Archived %1").arg(count)
                                  : tr("Took %1 out of the archive").arg(count));
    });
}

void RunActions::moveToBin() {
    QList<RunKey> keys;
    qsizetype running = 0;
    for (const RowPointer& row : selected()) {
        if (row->info.deleted) continue;
        if (isRunning(row->info))
            ++running;
        else
            keys << row->key;
    }
    if (running > 0 && keys.isEmpty()) {
        emit workspace_.showError(Error(
            ErrorKind::Usage,
            (running == 1 ? tr("the run is still running") : tr("the runs are still running")).toStdString(),
            {}, tr("Stop it first (Ctrl+.).").toStdString()));
        return;
    }
    annotation::moveToBin(workspace_, keys, [this, keys, running] {
        QString text = tr("Deleted %1").arg(runCount(keys.size()));
        if (running > 0) text += tr("; %1 still running").arg(runCount(running));
        workspace_.sayUndoable(text);
    });
}

void RunActions::restore() {
    QList<RunKey> keys;
    for (const RowPointer& row : selected())
        if (row->info.deleted) keys << row->key;
    annotation::restoreFromBin(workspace_, keys, [this, keys] {
        workspace_.sayUndoable(tr("Restored %1").arg(runCount(keys.size())));
    });
}

void RunActions::emptyBin() {
    struct Total {
        store::BinContents contents;
        QStringList stores;
        std::size_t open = 0;
    };
    auto total = std::make_shared<Total>();
    total->open = workspace_.stores.sources().size();
    const auto ask = [this, total] {
        if (--total->open > 0 || total->contents.runs == 0) return;
        const QString count = runCount(total->contents.runs);
        const QString what = total->contents.checkpointBytes > 0
                                 ? tr("%1 and their checkpoints (%2) will be removed for good.")
                                       .arg(count, formatBytes(total->contents.checkpointBytes))
                                 : tr("%1 will be removed for good.").arg(count);
        if (!confirm(what, tr("Delete %1").arg(count))) return;
        for (const QString& path : total->stores) {
            StoreSource* source = workspace_.stores.find(path);
            if (!source) continue;
            source->write(
                this, [](store::Store& store) { return store::emptyBin(store); },
                [this](const store::BinContents& removed) {
                    // What is gone cannot be brought back: neither can what was done to it.
                    workspace_.undo.clear();
                    workspace_.say(
                        removed.checkpointBytes > 0
                            ? tr("Removed %1, freed %2 of checkpoints")
                                  .arg(runCount(removed.runs), formatBytes(removed.checkpointBytes))
                            : tr("Removed %1").arg(runCount(removed.runs)));
                },
                [this](const Error& error) { emit workspace_.showError(error); });
        }
    };
    for (const auto& source : workspace_.stores.sources())
        source->read(
            this, [](const store::Reader& reader) { return store::binContents(reader.store()); },
            [total, ask, path = source->path()](const store::BinContents& contents) {
                total->contents.runs += contents.runs;
                total->contents.checkpointFiles += contents.checkpointFiles;
                total->contents.checkpointBytes += contents.checkpointBytes;
                if (contents.runs > 0) total->stores << path;
                ask();
            },
            [ask](const Error&) { ask(); });
}

void RunActions::copy() {
    if (tableOwner_ && table_.asTsv)
        QApplication::clipboard()->setText(table_.asTsv(workspace_.selection.runs()));
}

void RunActions::exportCsv() {
    if (!tableOwner_ || !table_.asCsv) return;
    const QString path = askFile(QStringLiteral("runs.csv"));
    if (path.isEmpty()) return;
    QSaveFile file(path);
    const QByteArray text = table_.asCsv(workspace_.selection.runs()).toUtf8();
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.commit()) {
        emit workspace_.showError(Error(ErrorKind::Run,
                                        "the table cannot be written: " + file.errorString().toStdString(),
                                        path.toStdString(), "Choose another folder."));
        return;
    }
    workspace_.say(tr("Wrote %1").arg(QFileInfo(path).fileName()));
}

}  // namespace filigree::ui
