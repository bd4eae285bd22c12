// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/run_page.h"

#include <QAction>
#include <QApplication>
#include <QInputDialog>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "run/shared_schema.h"
#include "store/annotations.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"
#include "ui/run/annotation_command.h"
#include "ui/run/chart_grid.h"
#include "ui/run/config_panel.h"
#include "ui/run/history_panels.h"
#include "ui/run/note_panel.h"
#include "ui/run/run_banner.h"
#include "ui/run/run_commands.h"
#include "ui/run/run_header.h"
#include "ui/run/set_value.h"

namespace filigree::ui {
namespace {

// A process that dies writes nothing: its silence is noticed by looking.
constexpr int look_ms = 2000;
constexpr int startPatience_ms = 15'000;

bool goesOn(const store::RunInfo& run) {
    return run.state == store::RunState::Running || run.state == store::RunState::Paused;
}

}  // namespace

RunPage::RunPage(Workspace& workspace, QWidget* parent)
    : Page(parent), workspace_(workspace), commands_(new RunCommands(workspace, this)) {
    setObjectName(QStringLiteral("runPage"));
    addActions();
    build();
    look_.setInterval(look_ms);
    patience_.setSingleShot(true);
    patience_.setInterval(startPatience_ms);
    connect(&look_, &QTimer::timeout, this, [this] {
        if (known_ && (goesOn(info_) || starting_)) refresh();
    });
    connect(&patience_, &QTimer::timeout, this, [this] {
        starting_ = false;
        allowActions();
    });
    connect(commands_, &RunCommands::answered, this, &RunPage::answered);
    connect(commands_, &RunCommands::slow, this, [this](const RunKey&, const QString& verb) {
        workspace_.say(tr("The run has not answered “%1” yet; it may be in a long step.").arg(verb));
    });
    connect(commands_, &RunCommands::failed, error_, &ErrorBar::show);
    connect(&workspace_.launcher, &Launcher::started, this,
            [this](const RunKey& key) { lastWords_.remove(key); });
    connect(&workspace_.launcher, &Launcher::ended, this, [this](const RunKey& key, const QString& words) {
        lastWords_.insert(key, words);
        if (key != run_) return;
        starting_ = false;
        refresh();
        showState();
    });
    connect(&workspace_.launcher, &Launcher::failed, this, [this](const Error& error) {
        if (!isVisible()) return;
        starting_ = false;
        error_->show(error);
        allowActions();
    });
    connect(&workspace_.selection, &Selection::currentChanged, this,
            [this] { setRun(workspace_.selection.current()); });
    connect(&workspace_.stores, &StoreSet::opened, this, [this](StoreSource* source) {
        if (source->path() == run_.store) {
            const RunKey run = run_;
            run_ = {};
            setRun(run);
        }
    });
    connect(&workspace_.stores, &StoreSet::aboutToClose, this, [this](StoreSource* source) {
        if (source->path() == run_.store) workspace_.selection.setCurrent({});
    });
    setRun(workspace_.selection.current());
    showState();
}

RunPage::~RunPage() {
    request_.cancel();
}

void RunPage::addActions() {
    const auto add = [this](const char* id, int group, const QString& text, const QString& tip,
                            const char* keys, const char* iconName, std::function<void()> act) {
        QList<QKeySequence> shortcuts;
        if (*keys) shortcuts << QKeySequence(QLatin1String(keys));
        QAction* action = workspace_.actions.add(this,
                                                 {.id = QLatin1String(id),
                                                  .menu = MenuId::Run,
                                                  .group = group,
                                                  .text = text,
                                                  .tip = tip,
                                                  .shortcuts = shortcuts},
                                                 std::move(act));
        if (*iconName) action->setIcon(icon(workspace_.theme, QLatin1String(iconName)));
    };
    add("run.pause", 20, tr("&Pause"), tr("Hold the run after its present step, or let it go on"), "Ctrl+;",
        "pause", [this] { pauseOrContinue(); });
    add("run.step", 20, tr("&Step"), tr("Do one step, then pause"), "F10", "step",
        [this] { send(QStringLiteral("step"), QStringLiteral("1")); });
    add("run.stepMany", 20, tr("Step &n…"), tr("Do a number of steps, then pause"), "Shift+F10", "",
        [this] { stepMany(); });
    add("run.checkpoint", 21, tr("&Checkpoint"), tr("Save the state now"), "", "",
        [this] { send(QStringLiteral("checkpoint")); });
    add("run.set", 21, tr("S&et…"), tr("Change a value while the run goes on"), "", "",
        [this] { setValue(); });
    add("run.stop", 22, tr("St&op"), tr("Write a checkpoint and end the run; it can be resumed"), "Ctrl+.",
        "stop", [this] { send(QStringLiteral("stop")); });
    add("run.resume", 22, tr("&Resume"), tr("Go on from the newest checkpoint, in a process of its own"),
        "Ctrl+Shift+R", "resume", [this] { resume(); });
    add("run.bookmark", 23, tr("&Bookmark"), tr("Mark the present step, to find it again"), "Ctrl+B", "",
        [this] { bookmark(); });
    add("run.rename", 23, tr("Re&name"), tr("Give the run another name"), "F2", "edit",
        [this] { header_->editName(); });
    add("run.tag", 23, tr("Add a ta&g"), tr("Write a tag for the run"), "Ctrl+T", "",
        [this] { header_->addTag(); });
    add("run.duplicate", 23, tr("Edit a cop&y…"), tr("Open the form with this run's configuration"), "",
        "copy", [this] { duplicate(); });
    add("run.connectivity", 24, tr("Show connecti&vity"), tr("Look at the run's masks"), "", "connectivity",
        [this] {
            if (!run_.isNull()) emit workspace_.showConnectivity(run_);
        });
    add("run.details", 25, tr("&Details beside the charts"),
        tr("Show or hide configuration, events, log and so on"), "Ctrl+Shift+D", "",
        [this] { tabs_->setVisible(tabs_->isHidden()); });
    addChartActions(workspace_, this);
}

void RunPage::build() {
    stack_ = new QStackedWidget(this);
    error_ = new ErrorBar(this);

    auto* nothing = new QWidget(this);
    message_ = new QLabel(nothing);
    message_->setObjectName(QStringLiteral("runMessage"));
    message_->setAlignment(Qt::AlignCenter);
    message_->setWordWrap(true);
    message_->setProperty("role", "secondary");
    auto* gallery = new QPushButton(tr("Open the gallery"), nothing);
    gallery->setObjectName(QStringLiteral("runOpenGallery"));
    connect(gallery, &QPushButton::clicked, this, [this] { emit workspace_.showGallery(); });
    auto* centred = new QVBoxLayout(nothing);
    centred->addStretch(1);
    centred->addWidget(message_);
    centred->addSpacing(12);
    centred->addWidget(gallery, 0, Qt::AlignCenter);
    centred->addStretch(1);

    auto* content = new QWidget(this);
    header_ = new RunHeader(
        workspace_,
        {QStringLiteral("run.pause"), QStringLiteral("run.step"), QStringLiteral("run.stepMany"),
         QStringLiteral("run.checkpoint"), QStringLiteral("run.set"), QStringLiteral("run.stop"),
         QStringLiteral("run.resume"), QStringLiteral("run.bookmark")},
        content);
    banner_ = new RunBanner(workspace_, content);
    charts_ = new ChartGrid(workspace_, content);
    tabs_ = new QTabWidget(content);
    tabs_->setObjectName(QStringLiteral("runTabs"));
    tabs_->setAccessibleName(tr("Details of the run"));
    tabs_->setDocumentMode(true);
    tabs_->setUsesScrollButtons(true);
    config_ = new ConfigPanel(workspace_, tabs_);
    const auto panel = [this](RunPanel* widget, const QString& name) {
        tabs_->addTab(widget, name);
        panels_.push_back(widget);
        connect(widget, &RunPanel::failed, error_, &ErrorBar::show);
    };
    panel(config_, tr("Config"));
    panel(new EventsPanel(workspace_, tabs_), tr("Events"));
    panel(new LogPanel(workspace_, tabs_), tr("Log"));
    panel(new CheckpointPanel(workspace_, tabs_), tr("Checkpoints"));
    panel(new NotePanel(workspace_, tabs_), tr("Note"));
    panel(new MachinePanel(workspace_, tabs_), tr("Machine"));
    splitter_ = new QSplitter(content);
    splitter_->setObjectName(QStringLiteral("runSplitter"));
    splitter_->setHandleWidth(1);
    splitter_->setChildrenCollapsible(false);
    splitter_->addWidget(charts_);
    splitter_->addWidget(tabs_);
    splitter_->setStretchFactor(0, 1);
    splitter_->setStretchFactor(1, 0);
    tabs_->setMinimumWidth(260);
    tabs_->setStyleSheet(QStringLiteral("QTabBar::tab { padding: 7px 9px; }"));
    splitter_->setSizes({1000, 400});

    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(header_);
    column->addWidget(banner_);
    column->addWidget(splitter_, 1);
    stack_->addWidget(nothing);
    stack_->addWidget(content);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(error_);
    all->addWidget(stack_, 1);

    connect(banner_, &RunBanner::resumeWanted, this, &RunPage::resume);
    connect(header_, &RunHeader::renamed, this, &RunPage::rename);
    connect(header_, &RunHeader::tagAdded, this, [this](const QString& tag) { changeTag(tag, true); });
    connect(header_, &RunHeader::tagRemoved, this, [this](const QString& tag) { changeTag(tag, false); });
    connect(charts_, &ChartGrid::failed, error_, &ErrorBar::show);
}

QString RunPage::title() const {
    return known_ ? runName(info_) : tr("Run");
}

void RunPage::setRun(const RunKey& run) {
    if (run == run_) return;
    request_.cancel();
    disconnect(storeChanged_);
    run_ = run;
    known_ = loading_ = starting_ = false;
    missing_.clear();
    checkpoint_.reset();
    error_->clear();
    if (StoreSource* source = run.isNull() ? nullptr : workspace_.stores.of(run))
        storeChanged_ = connect(source, &StoreSource::changed, this, &RunPage::refresh);
    for (RunPanel* panel : panels_) panel->setRun(run);
    charts_->setRun(run);
    refresh();
    showState();
    QTimer::singleShot(160, this, &RunPage::showState);
    emit titleChanged();
}

RunPage::Loaded RunPage::read(const store::Reader& reader, std::int64_t run) {
    Loaded loaded;
    loaded.run = reader.run(run);
    loaded.tags = reader.scalarTags(run);
    for (const store::CheckpointInfo& file : reader.checkpoints(run)) loaded.checkpoint = file.step;
    for (const store::ConfigEntry& entry : reader.config(run)) {
        if (const auto* real = std::get_if<double>(&entry.value)) loaded.settings[entry.key] = *real;
        if (const auto* whole = std::get_if<std::int64_t>(&entry.value))
            loaded.settings[entry.key] = static_cast<double>(*whole);
    }
    for (const store::EventLine& line : reader.events(run)) {
        if (line.event.kind != "set") continue;
        const QJsonObject change =
            QJsonDocument::fromJson(QByteArray::fromStdString(line.event.detail)).object();
        loaded.settings[change.value(QLatin1String("key")).toString().toStdString()] =
            change.value(QLatin1String("value")).toDouble();
    }
    return loaded;
}

void RunPage::refresh() {
    stale_ = true;
    if (!isVisible() || loading_ || run_.isNull()) return;
    StoreSource* source = workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    loading_ = true;
    request_ = source->read(
        this, [run = run_.run](const store::Reader& reader) { return read(reader, run); },
        [this](const Loaded& loaded) {
            loading_ = false;
            apply(loaded);
            if (stale_) refresh();
        },
        [this](const Error& error) {
            loading_ = false;
            if (error.kind() == ErrorKind::Usage) {
                missing_ = tr("This run is not in the store any more.");
                known_ = false;
            } else {
                error_->show(error);
                if (!known_) missing_ = tr("The run could not be read.");
            }
            showState();
        });
}

void RunPage::apply(const Loaded& loaded) {
    const bool other = !known_ || loaded.run.uuid != info_.uuid;
    const QString before = known_ ? runName(info_) : QString();
    // A new attempt, or an end: the start that was waited for has come about, one way or the other.
    if (starting_ && (goesOn(loaded.run) || loaded.run.attempt != info_.attempt)) starting_ = false;
    info_ = loaded.run;
    settings_ = loaded.settings;
    checkpoint_ = loaded.checkpoint;
    known_ = true;
    missing_.clear();
    header_->showRun(info_);
    charts_->setTags(loaded.tags);
    for (RunPanel* panel : panels_) panel->refresh();
    showState();
    if (other || runName(info_) != before) emit titleChanged();
}

void RunPage::showState() {
    if (known_)
        stack_->setCurrentIndex(1);
    else {
        stack_->setCurrentIndex(0);
        const bool waiting = !run_.isNull() && missing_.isEmpty();
        message_->setText(
            !missing_.isEmpty() ? missing_
            : waiting
                ? (workspace_.stores.of(run_) ? tr("Reading…") : tr("The store of this run is not open."))
                : tr("No run is chosen. Choose one in the list of runs, or start one from "
                     "the gallery."));
        findChild<QPushButton*>(QStringLiteral("runOpenGallery"))->setVisible(run_.isNull());
    }
    if (known_) banner_->showRun(info_, checkpoint_, lastWords_.value(run_));
    allowActions();
}

void RunPage::allowActions() {
    using store::RunState;
    const auto allow = [this](const char* id, bool on) {
        workspace_.actions.find(QLatin1String(id))->setEnabled(on);
    };
    const bool alive = known_ && goesOn(info_) && !info_.noContact;
    const bool paused = alive && info_.state == RunState::Paused;
    const bool resumable = known_ && !starting_ && !info_.noContact &&
                           (info_.state == RunState::Queued || info_.state == RunState::Stopped ||
                            info_.state == RunState::Interrupted || info_.state == RunState::Failed);
    QAction* pause = workspace_.actions.find(QStringLiteral("run.pause"));
    const QString pauseText = paused ? tr("Co&ntinue") : tr("&Pause");
    if (pause->text() != pauseText) {
        pause->setText(pauseText);
        pause->setIcon(icon(workspace_.theme, paused ? QStringLiteral("resume") : QStringLiteral("pause")));
    }
    workspace_.actions.find(QStringLiteral("run.resume"))
        ->setText(known_ && info_.state == RunState::Queued ? tr("Sta&rt") : tr("&Resume"));
    allow("run.pause", alive);
    allow("run.step", alive);
    allow("run.stepMany", alive);
    allow("run.checkpoint", alive);
    allow("run.stop", alive);
    allow("run.resume", resumable);
    bool settable = false;
    if (alive) {
        try {
            settable = SetValuePopover::hasFields(run::schemaOf(info_.method));
        } catch (const Error&) {
            // A method of another version: nothing is known about its values.
        }
    }
    allow("run.set", settable);
    for (const char* id : {"run.bookmark", "run.rename", "run.tag", "run.duplicate", "run.connectivity"})
        allow(id, known_);
    if (QPushButton* button = banner_->findChild<QPushButton*>(QStringLiteral("runBannerResume")))
        button->setEnabled(resumable);
}

void RunPage::send(const QString& verb, const QString& argument) {
    if (!run_.isNull()) commands_->send(run_, verb, argument);
}

void RunPage::answered(const RunKey& run, const QString& verb, const QString& answer) {
    refresh();
    if (answer == QLatin1String("ok")) {
        if (verb == QLatin1String("checkpoint")) workspace_.say(tr("Checkpoint written"));
        return;
    }
    if (run == run_)
        error_->show(
            Error(ErrorKind::Run, tr("The run answered “%1” with: %2").arg(verb, answer).toStdString()));
    else
        workspace_.say(tr("“%1”: %2").arg(verb, answer));
}

void RunPage::pauseOrContinue() {
    send(info_.state == store::RunState::Paused ? QStringLiteral("continue") : QStringLiteral("pause"));
}

void RunPage::resume() {
    if (run_.isNull() || starting_) return;
    starting_ = true;
    patience_.start();
    error_->clear();
    allowActions();
    workspace_.launcher.resume(run_);
}

void RunPage::stepMany() {
    bool accepted = false;
    const int count = QInputDialog::getInt(this, tr("Step"), tr("Steps to do before the run pauses:"), 100, 1,
                                           1'000'000'000, 1, &accepted);
    if (accepted) send(QStringLiteral("step"), QString::number(count));
}

void RunPage::setValue() {
    try {
        auto* popover = new SetValuePopover(run::schemaOf(info_.method), settings_, this);
        connect(popover, &SetValuePopover::chosen, this, [this](const QString& key, const QString& value) {
            send(QStringLiteral("set"), key + ' ' + value);
        });
        const auto* button = findChild<QToolButton*>(QStringLiteral("run_set"));
        popover->adjustSize();
        const QPoint under =
            button ? button->mapToGlobal(QPoint(button->width() - popover->width(), button->height() + 4))
                   : mapToGlobal(QPoint(16, 16));
        popover->move(under);
        popover->show();
    } catch (const Error& error) {
        error_->show(error);
    }
}

void RunPage::bookmark() {
    const qint64 step = workspace_.selection.step().value_or(info_.progress.step);
    const auto run = run_.run;
    workspace_.undo.push(new AnnotationCommand(
        workspace_, run_, tr("Bookmark step %1").arg(formatCount(step)),
        [run, step](store::Store& store) { store::addBookmark(store, run, step, ""); },
        [run, step](store::Store& store) {
            for (const store::Bookmark& mark : store::bookmarks(store, run))
                if (mark.step == step && mark.label.empty()) return store::removeBookmark(store, mark.id);
        }));
    workspace_.sayUndoable(tr("Bookmarked step %1").arg(formatCount(step)));
}

void RunPage::rename(const QString& name) {
    const auto setter = [run = run_.run](const std::string& to) {
        return [run, to](store::Store& store) { store::setName(store, run, to); };
    };
    workspace_.undo.push(new AnnotationCommand(workspace_, run_, tr("Rename to %1").arg(name),
                                               setter(name.toStdString()), setter(info_.name)));
}

void RunPage::changeTag(const QString& tag, bool add) {
    const auto change = [run = run_.run, tag = tag.toStdString()](bool on) {
        return [run, tag, on](store::Store& store) {
            const std::array<std::int64_t, 1> runs{run};
            on ? store::tag(store, runs, tag) : store::untag(store, runs, tag);
        };
    };
    workspace_.undo.push(new AnnotationCommand(workspace_, run_,
                                               add ? tr("Tag %1").arg(tag) : tr("Remove tag %1").arg(tag),
                                               change(add), change(!add)));
}

void RunPage::duplicate() {
    StoreSource* source = workspace_.stores.of(run_);
    if (!source) return;
    source->read(
        this,
        [run = run_.run](const store::Reader& reader) {
            const store::RunInfo info = reader.run(run);
            return config::RunFile{
                info.method,
                info.preset,
                "",
                "",
                info.name,
                0,
                static_cast<std::uint64_t>(info.seed),
                config::Config::parse(run::schemaOf(info.method), reader.configToml(run), "run")};
        },
        [this](const config::RunFile& file) { emit workspace_.editExperiment(file); },
        [this](const Error& error) { error_->show(error); });
}

void RunPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    look_.start();
    if (stale_) refresh();
    // A text field that happens to be the first must not swallow the keys.
    QTimer::singleShot(0, this, [this] {
        const QWidget* focus = QApplication::focusWidget();
        const bool elsewhere = focus && focus->isVisible() && !qobject_cast<const QLineEdit*>(focus);
        if (isVisible() && !elsewhere) charts_->focusCharts();
    });
}

void RunPage::hideEvent(QHideEvent* event) {
    look_.stop();
    Page::hideEvent(event);
}

void RunPage::focusSearch() {
    charts_->focusFilter();
}

QJsonObject RunPage::save() const {
    QJsonArray sizes;
    for (const int size : splitter_->sizes()) sizes << size;
    return {{QStringLiteral("charts"), charts_->save()},
            {QStringLiteral("tab"), tabs_->currentIndex()},
            {QStringLiteral("details"), !tabs_->isHidden()},
            {QStringLiteral("sizes"), sizes}};
}

void RunPage::restore(const QJsonObject& state) {
    charts_->restore(state.value(QLatin1String("charts")).toObject());
    tabs_->setCurrentIndex(std::clamp(state.value(QLatin1String("tab")).toInt(), 0, tabs_->count() - 1));
    tabs_->setVisible(state.value(QLatin1String("details")).toBool(true));
    QList<int> sizes;
    for (const QJsonValue& size : state.value(QLatin1String("sizes")).toArray()) sizes << size.toInt();
    if (sizes.size() == 2 && sizes[0] > 0 && sizes[1] > 0) splitter_->setSizes(sizes);
}

}  // namespace filigree::ui
