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
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QSplitter>
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
#include "ui/start/command_panel.h"
#include "ui/start/form_fields.h"
#include "ui/start/form_footer.h"
#include "ui/start/preview_panel.h"
#include "ui/start/seed_list.h"
#include "ui/start/toml_panel.h"

namespace filigree::ui {
namespace {

constexpr int refresh_ms = 60;
constexpr int keep_ms = 300;
constexpr int wideEnoughForSide = 780;

QString shortName(const std::string& preset) {
    return QString::fromStdString(preset.substr(preset.find('/') + 1));
}

config::RunFile defaultsOf(const std::string& method) {
    return {method, {}, {}, {}, {}, 0, {}, config::Config::defaults(run::schemaOf(method))};
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
    footer_ = new FormFooter(workspace_.theme, this);
    column->addWidget(footer_);
    connect(footer_, &FormFooter::copyWanted, this, &FormPage::copyCommand);
    connect(footer_, &FormFooter::saveWanted, this, &FormPage::savePreset);
    connect(footer_, &FormFooter::queueWanted, this, &FormPage::queue);
    connect(footer_, &FormFooter::startWanted, this, &FormPage::start);
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
    connect(search_, &QLineEdit::textChanged, this, &FormPage::filter);
    onlyChanged_ = new QCheckBox(tr("Only changed"), bar);
    onlyChanged_->setObjectName(QStringLiteral("onlyChanged"));
    onlyChanged_->setToolTip(tr("Hide what is as in the preset"));
    connect(onlyChanged_, &QCheckBox::toggled, this, &FormPage::filter);

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

    fields_ = new FormFields(workspace_, draft_, splitter_);
    connect(fields_, &FormFields::ready, this, [this] {
        refreshSummary();
        emit ready();
    });
    connect(fields_, &FormFields::helpWanted, this, [this] { emit workspace_.showHelp(helpTopic()); });

    side_ = new QTabWidget(splitter_);
    side_->setObjectName(QStringLiteral("formSide"));
    side_->setAccessibleName(tr("What the experiment means"));
    side_->setMinimumWidth(280);
    side_->setDocumentMode(true);
    preview_ = new PreviewPanel(workspace_, side_);
    toml_ = new TomlPanel(workspace_.theme, draft_, side_);
    command_ = new CommandPanel(workspace_.theme, side_);
    side_->addTab(preview_, tr("Preview"));
    side_->addTab(toml_, tr("TOML"));
    side_->addTab(command_, tr("Command"));
    connect(preview_, &PreviewPanel::timeChanged, this, &FormPage::refreshSummary);
    connect(toml_, &TomlPanel::problemChanged, this, &FormPage::refreshSummary);

    splitter_->addWidget(fields_);
    splitter_->addWidget(side_);
    splitter_->setStretchFactor(0, 1);
    splitter_->setStretchFactor(1, 0);
    splitter_->setSizes({900, 360});
    static_cast<QVBoxLayout*>(layout())->addWidget(splitter_, 1);
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
    const QString key = fields_->activeKey();
    if (!key.contains('.')) return QStringLiteral("config");
    return QStringLiteral("config#") + key.section('.', 0, -2);
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
    fields_->verticalScrollBar()->setValue(0);
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
    fields_->verticalScrollBar()->setValue(0);
    if (QAction* show = workspace_.actions.find(QStringLiteral("view.page.new"))) show->trigger();
}

void FormPage::draftReplaced() {
    fields_->showDraft();
    fillPresets();
    refreshSummary();
    keepPause_.start();
    emit titleChanged();
}

void FormPage::fieldChanged(const QString& key) {
    fields_->refresh(key);
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
    const bool possible = why.isEmpty();
    const QString commands = commandText();
    footer_->setState({text, !possible, runs.size(), possible, file.has_value(), !commands.isEmpty()});
    startAction_->setEnabled(possible);
    queueAction_->setEnabled(possible);
    command_->setCommands(commands, file.has_value());
    fields_->refreshChangedCounts();
    // Rows that were shown stay until the toggle is used again: a field must not vanish while it is edited.
}

bool FormPage::isReady() const {
    return fields_->isReady();
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

void FormPage::filter() {
    fields_->setFilter(search_->text(), onlyChanged_->isChecked());
}

void FormPage::focusMoved(QWidget* now) {
    if (watched_) watched_->removeEventFilter(this);
    watched_ = nullptr;
    if (!now || !isAncestorOf(now)) return;
    if (now != toml_->editor()) {
        watched_ = now;
        now->installEventFilter(this);
    }
    fields_->activate(now);
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
            {QStringLiteral("scroll"), fields_->verticalScrollBar()->value()}};
}

void FormPage::restore(const QJsonObject& state) {
    side_->setCurrentIndex(state.value(QLatin1String("tab")).toInt());
    sideWanted_ = state.value(QLatin1String("side")).toBool(true);
    QList<int> sizes;
    for (const QJsonValue& size : state.value(QLatin1String("sizes")).toArray()) sizes.append(size.toInt());
    if (sizes.size() == 2 && sizes[0] > 0 && sizes[1] > 0) splitter_->setSizes(sizes);
    const int scroll = state.value(QLatin1String("scroll")).toInt();
    const auto apply = [this, scroll] { fields_->verticalScrollBar()->setValue(scroll); };
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
