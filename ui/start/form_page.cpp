// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/form_page.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QJsonArray>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStyle>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "run/method_names.h"
#include "run/shared_schema.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/model/run_preferences.h"
#include "ui/start/command_line.h"
#include "ui/start/field_group.h"
#include "ui/start/field_row.h"
#include "ui/start/preview_panel.h"
#include "ui/start/seed_list.h"
#include "ui/start/toml_panel.h"

namespace filigree::ui {
namespace {

constexpr int refresh_ms = 60;
constexpr int keep_ms = 300;
constexpr int formWidth = 880;
constexpr int wideEnoughForSide = 780;

/// Groups that few people change are folded at first.
bool opensByDefault(const QString& table) {
    return table != QLatin1String("record") && table != QLatin1String("run") &&
           table != QLatin1String("checkpoint");
}

QString groupTitle(const std::string& table) {
    QString title = QString::fromStdString(table).replace('.', QStringLiteral(" › ")).replace('_', ' ');
    if (!title.isEmpty()) title[0] = title[0].toUpper();
    return title.isEmpty() ? FormPage::tr("General") : title;
}

QString shortName(const std::string& preset) {
    return QString::fromStdString(preset.substr(preset.find('/') + 1));
}

config::RunFile defaultsOf(const std::string& method) {
    return {method, {}, {}, {}, {}, 0, {}, config::Config::defaults(run::schemaOf(method))};
}

QPushButton* button(const QString& text, const QString& name, const QString& tip, QWidget* parent) {
    auto* result = new QPushButton(text, parent);
    result->setObjectName(name);
    result->setToolTip(tip);
    return result;
}

}  // namespace

FormPage::FormPage(Workspace& workspace, QWidget* parent)
    : Page(parent), workspace_(workspace), errors_(new ErrorBar(this)) {
    setObjectName(QStringLiteral("formPage"));
    refreshPause_.setSingleShot(true);
    refreshPause_.setInterval(refresh_ms);
    connect(&refreshPause_, &QTimer::timeout, this, &FormPage::refreshSummary);
    keepPause_.setSingleShot(true);
    keepPause_.setInterval(keep_ms);
    connect(&keepPause_, &QTimer::timeout, this, &FormPage::keepDraft);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(errors_);
    buildBar();
    buildBody();
    buildFooter();
    addActions();

    connect(&draft_, &ExperimentDraft::changed, this, &FormPage::fieldChanged);
    connect(&draft_, &ExperimentDraft::replaced, this, &FormPage::draftReplaced);
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { focusMoved(now); });
    connect(&workspace_.presets, &PresetList::loaded, this, &FormPage::fillPresets);
    workspace_.presets.need();
    fillPresets();
    draft_.restore(workspace_.session.value(QStringLiteral("form.draft")).toObject());
    refreshSummary();
}

FormPage::~FormPage() {
    if (keepPause_.isActive()) keepDraft();
    // Rows look at the draft even while they lose the focus: they go before it does.
    qApp->disconnect(this);
    if (watched_) watched_->removeEventFilter(this);
    delete splitter_;
}

void FormPage::buildBar() {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    presets_ = new QComboBox(bar);
    presets_->setObjectName(QStringLiteral("presetChoice"));
    presets_->setAccessibleName(tr("Preset"));
    presets_->setToolTip(tr("Begin with another preset; Undo brings back what is here"));
    presets_->setMinimumWidth(200);
    presets_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    presets_->setMinimumContentsLength(24);
    connect(presets_, &QComboBox::activated, this, &FormPage::choosePreset);
    search_ = new QLineEdit(bar);
    search_->setObjectName(QStringLiteral("fieldSearch"));
    search_->setPlaceholderText(tr("Find a key"));
    search_->setAccessibleName(tr("Find a key"));
    search_->setClearButtonEnabled(true);
    search_->addAction(icon(workspace_.theme, QStringLiteral("search"), Ink::Secondary),
                       QLineEdit::LeadingPosition);
    search_->setMaximumWidth(260);
    connect(search_, &QLineEdit::textChanged, this, &FormPage::applyFilter);
    onlyChanged_ = new QCheckBox(tr("Only changed"), bar);
    onlyChanged_->setObjectName(QStringLiteral("onlyChanged"));
    onlyChanged_->setToolTip(tr("Hide what is as in the preset"));
    connect(onlyChanged_, &QCheckBox::toggled, this, &FormPage::applyFilter);

    const auto tool = [&](const QString& name, const QString& iconName, const QString& text) {
        auto* result = new QToolButton(bar);
        result->setObjectName(name);
        result->setIcon(icon(workspace_.theme, iconName));
        result->setIconSize({18, 18});
        result->setAccessibleName(text);
        result->setToolTip(text);
        return result;
    };
    undo_ = tool(QStringLiteral("formUndo"), QStringLiteral("undo"), tr("Undo the last edit (Ctrl+Z)"));
    redo_ = tool(QStringLiteral("formRedo"), QStringLiteral("redo"), tr("Redo (Ctrl+Shift+Z)"));
    previewToggle_ = tool(QStringLiteral("previewToggle"), QStringLiteral("run"),
                          tr("Show or hide preview, TOML and command"));
    previewToggle_->setCheckable(true);
    previewToggle_->setChecked(true);
    connect(undo_, &QToolButton::clicked, &draft_.edits(), &QUndoStack::undo);
    connect(redo_, &QToolButton::clicked, &draft_.edits(), &QUndoStack::redo);
    connect(&draft_.edits(), &QUndoStack::canUndoChanged, undo_, &QWidget::setEnabled);
    connect(&draft_.edits(), &QUndoStack::canRedoChanged, redo_, &QWidget::setEnabled);
    undo_->setEnabled(false);
    redo_->setEnabled(false);
    connect(previewToggle_, &QToolButton::clicked, this, [this](bool on) {
        sideWanted_ = on;
        side_->setVisible(on);
    });

    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(16, 8, 12, 8);
    row->setSpacing(12);
    auto* label = new QLabel(tr("Preset"), bar);
    label->setProperty("role", "secondary");
    row->addWidget(label);
    row->addWidget(presets_);
    row->addWidget(search_, 1);
    row->addWidget(onlyChanged_);
    row->addStretch(1);
    row->addWidget(undo_);
    row->addWidget(redo_);
    row->addWidget(previewToggle_);
    layout()->addWidget(bar);
}

void FormPage::buildBody() {
    splitter_ = new QSplitter(Qt::Horizontal, this);
    splitter_->setObjectName(QStringLiteral("formSplitter"));
    splitter_->setChildrenCollapsible(false);
    splitter_->setHandleWidth(1);

    scroll_ = new QScrollArea(splitter_);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setMinimumWidth(420);
    auto* body = new QWidget;
    body->setProperty("role", "page");
    auto* inner = new QWidget(body);
    inner->setMaximumWidth(formWidth);
    groupsLayout_ = new QVBoxLayout(inner);
    groupsLayout_->setContentsMargins(0, 0, 0, 0);
    groupsLayout_->setSpacing(8);
    nothing_ = new QLabel(body);
    nothing_->setObjectName(QStringLiteral("noField"));
    static_cast<QLabel*>(nothing_)->setAlignment(Qt::AlignCenter);
    nothing_->hide();
    emptyState_ = new QWidget(body);
    emptyState_->setObjectName(QStringLiteral("emptyForm"));
    auto* sentence = new QLabel(tr("No experiment is open: choose a preset to begin with."), emptyState_);
    auto* open = button(tr("Open the gallery"), QStringLiteral("openGallery"), {}, emptyState_);
    connect(open, &QPushButton::clicked, &workspace_, &Workspace::showGallery);
    auto* emptyLayout = new QVBoxLayout(emptyState_);
    emptyLayout->setContentsMargins(0, 96, 0, 0);
    emptyLayout->setSpacing(12);
    emptyLayout->addWidget(sentence, 0, Qt::AlignHCenter);
    emptyLayout->addWidget(open, 0, Qt::AlignHCenter);
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 8, 16, 24);
    column->addWidget(emptyState_);
    column->addWidget(nothing_);
    column->addWidget(inner);
    column->addStretch(1);
    scroll_->setWidget(body);

    side_ = new QTabWidget(splitter_);
    side_->setObjectName(QStringLiteral("formSide"));
    side_->setAccessibleName(tr("What the experiment means"));
    side_->setMinimumWidth(280);
    side_->setDocumentMode(true);
    preview_ = new PreviewPanel(workspace_, side_);
    toml_ = new TomlPanel(workspace_.theme, draft_, side_);
    auto* commandPage = new QWidget(side_);
    command_ = new QPlainTextEdit(commandPage);
    command_->setObjectName(QStringLiteral("commandText"));
    command_->setAccessibleName(tr("The command that starts the same"));
    command_->setReadOnly(true);
    command_->setTabChangesFocus(true);
    command_->setFont(workspace_.theme.monospaced());
    connect(&workspace_.theme, &Theme::changed, command_,
            [this] { command_->setFont(workspace_.theme.monospaced()); });
    auto* commandNote = new QLabel(tr("Starts the same from a terminal: the same configuration and seed give "
                                      "the same weights, bit for bit, "
                                      "with the same number of threads."),
                                   commandPage);
    commandNote->setProperty("role", "secondary");
    commandNote->setWordWrap(true);
    auto* commandColumn = new QVBoxLayout(commandPage);
    commandColumn->setContentsMargins(12, 12, 12, 12);
    commandColumn->setSpacing(8);
    commandColumn->addWidget(command_, 1);
    commandColumn->addWidget(commandNote);
    side_->addTab(preview_, tr("Preview"));
    side_->addTab(toml_, tr("TOML"));
    side_->addTab(commandPage, tr("Command"));
    connect(preview_, &PreviewPanel::timeChanged, this, &FormPage::refreshSummary);
    connect(toml_, &TomlPanel::problemChanged, this, &FormPage::refreshSummary);

    splitter_->addWidget(scroll_);
    splitter_->addWidget(side_);
    splitter_->setStretchFactor(0, 1);
    splitter_->setStretchFactor(1, 0);
    splitter_->setSizes({900, 360});
    static_cast<QVBoxLayout*>(layout())->addWidget(splitter_, 1);
}

void FormPage::buildFooter() {
    auto* footer = new QWidget(this);
    footer->setObjectName(QStringLiteral("formFooter"));
    footer->setProperty("role", "footer");
    summary_ = new QLabel(footer);
    summary_->setObjectName(QStringLiteral("formSummary"));
    summary_->setWordWrap(true);
    copy_ = button(besideIcon(tr("Copy command")), QStringLiteral("copyCommand"),
                   tr("The command line that starts the same"), footer);
    copy_->setIcon(icon(workspace_.theme, QStringLiteral("copy")));
    save_ = button(tr("Save as preset…"), QStringLiteral("savePreset"),
                   tr("Keep it in the gallery, and as a file that filigree run finds"), footer);
    queue_ = button(besideIcon(tr("Queue")), QStringLiteral("queueRun"),
                    tr("Put it into the store; Resume starts it later"), footer);
    queue_->setIcon(icon(workspace_.theme, QStringLiteral("queue")));
    start_ =
        button(besideIcon(tr("Start")), QStringLiteral("startRun"), tr("Train it now (Ctrl+Enter)"), footer);
    start_->setProperty("role", "primary");
    start_->setIcon(icon(workspace_.theme, QStringLiteral("start"), Ink::OnAccent));
    connect(copy_, &QPushButton::clicked, this, &FormPage::copyCommand);
    connect(save_, &QPushButton::clicked, this, &FormPage::savePreset);
    connect(queue_, &QPushButton::clicked, this, &FormPage::queue);
    connect(start_, &QPushButton::clicked, this, &FormPage::start);
    auto* row = new QHBoxLayout(footer);
    row->setContentsMargins(16, 8, 16, 8);
    row->setSpacing(8);
    row->addWidget(summary_, 1);
    row->addWidget(copy_);
    row->addWidget(save_);
    row->addWidget(queue_);
    row->addWidget(start_);
    layout()->addWidget(footer);
}

void FormPage::addActions() {
    ActionTable& table = workspace_.actions;
    QWidget* window = parentWidget() ? parentWidget()->window() : this;
    table.add(window,
              {QStringLiteral("file.new"),
               MenuId::File,
               0,
               tr("&New run"),
               tr("Opens the form with every value at its default"),
               {QKeySequence::New}},
              [this] { beginNew(); });
    startAction_ =
        table.add(this,
                  {QStringLiteral("form.start"),
                   MenuId::Run,
                   1,
                   tr("&Start experiment"),
                   tr("Trains the experiment of the form"),
                   {QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)}},
                  [this] { start(); });
    queueAction_ = table.add(this,
                             {QStringLiteral("form.queue"),
                              MenuId::Run,
                              1,
                              tr("&Queue experiment"),
                              tr("Puts the experiment of the form into the store without starting it"),
                              {}},
                             [this] { queue(); });
    table.add(this,
              {QStringLiteral("form.copyCommand"),
               MenuId::Run,
               1,
               tr("&Copy experiment as command"),
               tr("Copies the command line that starts what the form shows"),
               {}},
              [this] { copyCommand(); });
    table.add(this,
              {QStringLiteral("form.savePreset"),
               MenuId::Run,
               1,
               tr("Save experiment as &preset…"),
               tr("Keeps what the form shows in the gallery"),
               {}},
              [this] { savePreset(); });
}

QString FormPage::title() const {
    if (draft_.isEmpty() || draft_.base().preset.empty()) return tr("New run");
    return tr("Edit: %1").arg(shortName(draft_.base().preset));
}

QString FormPage::helpTopic() const {
    if (!active_ || !active_->key().contains('.')) return QStringLiteral("config");
    return QStringLiteral("config#") + active_->key().section('.', 0, -2);
}

config::RunFile FormPage::baseOf(const config::RunFile& file) const {
    const PresetEntry* preset = workspace_.presets.find(QString::fromStdString(file.preset));
    // A preset that is gone, or of another method by now, is nothing to compare with.
    if (preset && preset->file.method == file.method) return preset->file;
    if (!file.preset.empty() && !workspace_.presets.isLoaded()) return file;
    config::RunFile base = file;
    base.preset.clear();
    return base;
}

void FormPage::edit(const config::RunFile& file) {
    errors_->clear();
    draft_.begin(file, baseOf(file));
    scroll_->verticalScrollBar()->setValue(0);
    search_->clear();
    onlyChanged_->setChecked(false);
    // The pristine preset is not read yet: compare with it as soon as it is.
    if (!file.preset.empty() && !workspace_.presets.isLoaded())
        connect(
            &workspace_.presets, &PresetList::loaded, this,
            [this, file] {
                if (draft_.edits().isClean() && draft_.edits().count() == 0) draft_.begin(file, baseOf(file));
            },
            Qt::SingleShotConnection);
}

void FormPage::fillPresets() {
    const QSignalBlocker quiet(presets_);
    presets_->clear();
    for (const PresetEntry& entry : workspace_.presets.entries())
        presets_->addItem(entry.title() + QStringLiteral("  (") + shortName(entry.file.preset) + ')',
                          entry.name());
    for (const run::MethodName& method : run::methodNames())
        presets_->addItem(tr("%1: every value at its default").arg(QString::fromStdString(method.title)),
                          QStringLiteral("=") + QString::fromStdString(method.name));
    QString shown = draft_.isEmpty() ? QString() : QString::fromStdString(draft_.base().preset);
    if (!draft_.isEmpty() && shown.isEmpty() &&
        draft_.base().config.differences(config::Config::defaults(draft_.schema())).empty())
        shown = QStringLiteral("=") + QString::fromStdString(draft_.method());
    const int index = presets_->findData(shown);
    presets_->setCurrentIndex(index);
    if (index < 0)
        presets_->setPlaceholderText(draft_.isEmpty() ? tr("Choose a preset") : tr("A file of your own"));
    refreshPause_.start();
}

void FormPage::choosePreset(int index) {
    const QString name = presets_->itemData(index).toString();
    const PresetEntry* preset = workspace_.presets.find(name);
    const config::RunFile file = preset ? preset->file : defaultsOf(name.mid(1).toStdString());
    draft_.endStep();
    if (draft_.isEmpty())
        draft_.begin(file, file);
    else
        draft_.replace(file, file, tr("Choose preset"));
    draft_.endStep();
}

void FormPage::beginNew() {
    const std::string method = draft_.isEmpty() ? run::methodNames().front().name : draft_.method();
    const config::RunFile file = defaultsOf(method);
    draft_.endStep();
    if (draft_.isEmpty())
        draft_.begin(file, file);
    else
        draft_.replace(file, file, tr("New run"));
    draft_.endStep();
    scroll_->verticalScrollBar()->setValue(0);
    if (QAction* show = workspace_.actions.find(QStringLiteral("view.page.new"))) show->trigger();
}

void FormPage::draftReplaced() {
    if (shownMethod_ != draft_.method() || (rows_.isEmpty() && isReady()))
        rebuildRows();
    else
        for (FieldRow* row : std::as_const(rows_)) row->refresh();
    emptyState_->hide();
    fillPresets();
    applyFilter();
    refreshSummary();
    keepPause_.start();
    emit titleChanged();
}

void FormPage::rebuildRows() {
    active_ = nullptr;
    rows_.clear();
    for (FieldGroup* group : groups_) group->deleteLater();
    groups_.clear();
    shownMethod_ = draft_.method();

    FieldGroup* first =
        addGroup(QString(), tr("This run"), tr("What it is called, and how often it is done."));
    auto* name =
        new FieldRow(workspace_.theme, draft_, QStringLiteral("name"), tr("name"),
                     tr("empty: the run's number"), tr("What the run is called in lists and charts."), first);
    auto* seeds = new FieldRow(
        workspace_.theme, draft_, QStringLiteral("seeds"), tr("seeds"), tr("one run each · default 0"),
        tr("Seed of every random stream. Several make several runs: “0-4” or “0, 1, 2”."), first);
    for (FieldRow* row : {name, seeds}) {
        first->add(row);
        connectRow(row);
    }
    nextGroup_ = 0;
    buildNextGroup();
}

FieldGroup* FormPage::addGroup(const QString& table, const QString& title, const QString& help) {
    auto* group = new FieldGroup(workspace_.theme, table, title, help, this);
    const QJsonValue kept = workspace_.session.value(QStringLiteral("form.open"))
                                .toObject()
                                .value(table.isEmpty() ? QStringLiteral("this") : table);
    group->setOpen(kept.isBool() ? kept.toBool() : opensByDefault(table));
    connect(group, &FieldGroup::toggled, this, [this, table](bool open) {
        QJsonObject all = workspace_.session.value(QStringLiteral("form.open")).toObject();
        all.insert(table.isEmpty() ? QStringLiteral("this") : table, open);
        workspace_.session.setValue(QStringLiteral("form.open"), all);
    });
    groupsLayout_->addWidget(group);
    groups_.push_back(group);
    return group;
}

void FormPage::connectRow(FieldRow* row) {
    rows_.insert(row->key(), row);
    connect(row, &FieldRow::helpWanted, this, [this] { emit workspace_.showHelp(helpTopic()); });
}

void FormPage::buildNextGroup() {
    if (nextGroup_ < 0) return;
    const config::Schema& schema = draft_.schema();
    std::vector<std::pair<std::string, std::string>> tables;
    for (const config::Schema::Group& group : schema.groups()) tables.emplace_back(group.table, group.help);
    if (static_cast<std::size_t>(nextGroup_) >= tables.size()) {
        nextGroup_ = -1;
        applyFilter();
        refreshSummary();
        emit ready();
        return;
    }
    const auto& [table, help] = tables[static_cast<std::size_t>(nextGroup_++)];
    FieldGroup* group = nullptr;
    for (const config::Field& field : schema.fields()) {
        if (field.table() != table) continue;
        if (!group)
            group = addGroup(QString::fromStdString(table), groupTitle(table), QString::fromStdString(help));
        auto* row = new FieldRow(workspace_.theme, draft_, field, group);
        group->add(row);
        connectRow(row);
    }
    applyFilter();
    const std::string method = shownMethod_;
    QTimer::singleShot(0, this, [this, method] {
        if (method == shownMethod_) buildNextGroup();
    });
}

void FormPage::fieldChanged(const QString& key) {
    if (FieldRow* row = rows_.value(key)) row->refresh();
    refreshPause_.start();
    keepPause_.start();
}

void FormPage::refreshSummary() {
    refreshPause_.stop();
    const bool empty = draft_.isEmpty();
    const auto file = draft_.file();
    if (!empty) preview_->showFile(file, draft_.base());
    const QString why = objection();
    const std::vector<config::RunFile> runs = draft_.runs();
    QString text = empty ? QString() : why;
    side_->setVisible(!empty && sideWanted_ && width() >= wideEnoughForSide);
    if (why.isEmpty()) {
        text =
            runs.size() == 1 ? tr("1 run") : tr("%1 runs").arg(formatCount(static_cast<qint64>(runs.size())));
        if (const double seconds = preview_->seconds() * static_cast<double>(runs.size()); seconds > 0)
            text += tr(", about %1").arg(formatDuration(seconds));
        if (const auto changed = draft_.changedKeys().size(); changed > 0)
            text += changed == 1 ? tr("  ·  1 key changed") : tr("  ·  %1 keys changed").arg(changed);
    }
    summary_->setText(text);
    const char* role = why.isEmpty() ? "secondary" : "error";
    if (summary_->property("role").toString() != QLatin1String(role)) {
        summary_->setProperty("role", role);
        summary_->style()->unpolish(summary_);
        summary_->style()->polish(summary_);
    }
    const bool possible = why.isEmpty();
    start_->setEnabled(possible);
    queue_->setEnabled(possible);
    startAction_->setEnabled(possible);
    queueAction_->setEnabled(possible);
    save_->setEnabled(file.has_value());
    start_->setText(besideIcon(runs.size() > 1 ? tr("Start %1 runs").arg(runs.size()) : tr("Start")));
    queue_->setText(besideIcon(runs.size() > 1 ? tr("Queue %1 runs").arg(runs.size()) : tr("Queue")));
    const QString commands = commandText();
    copy_->setEnabled(!commands.isEmpty());
    // Room between the runs, since long lines wrap; what is copied has none.
    const QString shown = QString(commands).replace('\n', QLatin1String("\n\n"));
    if (shown != command_->toPlainText()) command_->setPlainText(shown);
    command_->setEnabled(file.has_value());
    for (FieldGroup* group : groups_) {
        int changed = 0;
        for (const FieldRow* row : group->rows()) changed += draft_.isChanged(row->key());
        group->setChangedCount(changed);
    }
    // Rows that were shown stay until the toggle is used again: a field must not vanish while it is edited.
}

QString FormPage::objection() const {
    if (draft_.isEmpty()) return tr("No experiment is open.");
    if (!toml_->problem().isEmpty()) return tr("The TOML text cannot be read: %1").arg(toml_->problem());
    if (const QString key = draft_.firstProblemKey(); !key.isEmpty())
        return QStringLiteral("%1: %2").arg(key, draft_.problem(key));
    if (const auto& shown = preview_->shown(); shown && !shown->problem.empty())
        return tr("It cannot be run: %1.").arg(QString::fromStdString(shown->problem));
    return {};
}

const PresetEntry* FormPage::commandPreset() const {
    if (const PresetEntry* preset = workspace_.presets.find(QString::fromStdString(draft_.base().preset));
        preset && preset->file.method == draft_.method())
        return preset;
    for (const PresetEntry& entry : workspace_.presets.entries())
        if (entry.file.method == draft_.method()) return &entry;
    return nullptr;
}

QString FormPage::commandText() const {
    if (draft_.isEmpty()) return {};
    const PresetEntry* preset = commandPreset();
    if (!preset) return {};
    QStringList lines;
    for (const config::RunFile& run : draft_.runs())
        lines.append(commandLine(preset->file, withPreferences(workspace_.session, run), usualShell()));
    return lines.join('\n');
}

void FormPage::applyFilter() {
    const QStringList words = search_->text().toLower().split(' ', Qt::SkipEmptyParts);
    const bool onlyChanged = onlyChanged_->isChecked();
    bool any = false;
    for (FieldGroup* group : groups_) {
        bool anyHere = false;
        for (FieldRow* row : group->rows()) {
            const QString text = row->searchedText();
            bool fits = !onlyChanged || draft_.isChanged(row->key());
            for (const QString& word : words) fits = fits && text.contains(word);
            row->setVisible(fits);
            anyHere |= fits;
        }
        group->setForcedOpen(!words.isEmpty() || onlyChanged);
        group->setVisible(anyHere);
        any |= anyHere;
    }
    nothing_->setVisible(!any && !draft_.isEmpty() && isReady());
    static_cast<QLabel*>(nothing_)->setText(
        words.isEmpty() ? tr("Nothing was changed.") : tr("No key matches “%1”.").arg(search_->text()));
}

void FormPage::focusMoved(QWidget* now) {
    if (watched_) watched_->removeEventFilter(this);
    watched_ = nullptr;
    if (!now || !isAncestorOf(now)) return;
    if (now != toml_->editor()) {
        watched_ = now;
        now->installEventFilter(this);
    }
    FieldRow* row = nullptr;
    for (QWidget* widget = now; widget && widget != this && !row; widget = widget->parentWidget())
        row = qobject_cast<FieldRow*>(widget);
    if (!row || row == active_) return;
    FieldRow* before = active_;
    active_ = row;
    row->setActive(true);
    scroll_->ensureWidgetVisible(row, 0, 32);
    if (!before) return;
    // Folding the line above while the button is down would move the control away under the pointer.
    const auto fold = [this, before = QPointer<FieldRow>(before)] {
        if (before && before != active_) before->setActive(false);
    };
    if (QGuiApplication::mouseButtons() == Qt::NoButton)
        fold();
    else
        QTimer::singleShot(250, this, fold);
}

bool FormPage::eventFilter(QObject* watched, QEvent* event) {
    // Undo belongs to the form as a whole, not to the one line that has the focus.
    if (watched == watched_ &&
        (event->type() == QEvent::ShortcutOverride || event->type() == QEvent::KeyPress)) {
        auto* key = static_cast<QKeyEvent*>(event);
        const bool isUndo = key->matches(QKeySequence::Undo);
        if (isUndo || key->matches(QKeySequence::Redo)) {
            if (event->type() == QEvent::KeyPress) {
                draft_.endStep();
                if (isUndo)
                    draft_.edits().undo();
                else
                    draft_.edits().redo();
            }
            event->accept();
            return true;
        }
    }
    return Page::eventFilter(watched, event);
}

void FormPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    const bool room = width() >= wideEnoughForSide;
    side_->setVisible(room && sideWanted_ && !draft_.isEmpty());
    previewToggle_->setChecked(room && sideWanted_);
}

void FormPage::start() {
    toml_->flush();
    if (!objection().isEmpty()) return;
    for (const config::RunFile& run : draft_.runs())
        workspace_.start(withPreferences(workspace_.session, run));
}

void FormPage::queue() {
    toml_->flush();
    if (!objection().isEmpty()) return;
    const auto runs = draft_.runs();
    for (const config::RunFile& run : runs) workspace_.queue(withPreferences(workspace_.session, run));
    workspace_.say(runs.size() == 1 ? tr("Queued: Resume starts it") : tr("Queued %1 runs").arg(runs.size()));
}

void FormPage::copyCommand() {
    const QString commands = commandText();
    if (commands.isEmpty()) return;
    QGuiApplication::clipboard()->setText(commands);
    workspace_.say(tr("Copied the command"));
}

void FormPage::savePreset() {
    const auto file = draft_.file();
    if (!file) return;
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setObjectName(QStringLiteral("presetName"));
    dialog->setWindowTitle(tr("Save as preset"));
    dialog->setLabelText(tr("Name of the preset (letters, digits, - and _):"));
    dialog->setOkButtonText(tr("Save preset"));
    dialog->setTextValue(draft_.base().preset.empty()
                             ? QStringLiteral("mine")
                             : shortName(draft_.base().preset) + QStringLiteral("-mine"));
    connect(dialog, &QInputDialog::textValueSelected, this, [this, file](const QString& name) {
        try {
            config::RunFile saved = *file;
            saved.title =
                saved.title.empty() ? name.toStdString() : saved.title + " (" + name.toStdString() + ")";
            const auto& estimate = preview_->shown();
            saved.minutes = preview_->seconds() > 0 && estimate ? preview_->seconds() / 60 : 0;
            const QString path = workspace_.presets.save(saved, name.trimmed());
            workspace_.say(tr("Saved as %1").arg(path));
        } catch (const Error& error) {
            errors_->show(error);
        }
    });
    dialog->open();
}

void FormPage::keepDraft() {
    keepPause_.stop();
    workspace_.session.setValue(QStringLiteral("form.draft"), draft_.save());
}

QJsonObject FormPage::save() const {
    QJsonArray sizes;
    for (const int size : splitter_->sizes()) sizes.append(size);
    return {{QStringLiteral("tab"), side_->currentIndex()},
            {QStringLiteral("side"), sideWanted_},
            {QStringLiteral("sizes"), sizes},
            {QStringLiteral("scroll"), scroll_->verticalScrollBar()->value()}};
}

void FormPage::restore(const QJsonObject& state) {
    side_->setCurrentIndex(state.value(QLatin1String("tab")).toInt());
    sideWanted_ = state.value(QLatin1String("side")).toBool(true);
    QList<int> sizes;
    for (const QJsonValue& size : state.value(QLatin1String("sizes")).toArray()) sizes.append(size.toInt());
    if (sizes.size() == 2 && sizes[0] > 0 && sizes[1] > 0) splitter_->setSizes(sizes);
    const int scroll = state.value(QLatin1String("scroll")).toInt();
    const auto apply = [this, scroll] { scroll_->verticalScrollBar()->setValue(scroll); };
    if (isReady())
        QTimer::singleShot(0, this, apply);
    else
        connect(this, &FormPage::ready, this, apply, Qt::SingleShotConnection);
}

void FormPage::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

}  // namespace filigree::ui
