// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QJsonArray>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "run/presets.h"
#include "run/shared_schema.h"
#include "store/commands.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/toast.h"
#include "ui/shell/inspector.h"
#include "ui/shell/menus.h"
#include "ui/shell/pages.h"
#include "ui/shell/status_line.h"

namespace filigree::ui {
namespace {

/// Of the layout of docks: raised when docks are added, so that an old layout is not forced on a new window.
constexpr int layoutVersion = 1;

QString storeFilter() {
    return MainWindow::tr("Filigree stores (*.filigree)");
}

}  // namespace

MainWindow::MainWindow(Workspace& workspace)
    : workspace_(workspace),
      menus_(new Menus(workspace.actions, menuBar())),
      tabs_(new QTabWidget(this)),
      errors_(new ErrorBar(this)),
      toast_(new Toast(this)),
      recentMenu_(new QMenu(tr("Open &recent"), this)),
      pages_(std::make_unique<Pages>()),
      quitQuestion_([this](int runs) { return askAboutRuns(runs); }) {
    setObjectName(QStringLiteral("mainWindow"));
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    setMinimumSize(1024, 640);
    resize(1440, 900);

    auto* centre = new QWidget(this);
    auto* column = new QVBoxLayout(centre);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(errors_);
    column->addWidget(tabs_, 1);
    setCentralWidget(centre);
    tabs_->setObjectName(QStringLiteral("pages"));
    tabs_->setDocumentMode(true);
    tabs_->setAccessibleName(tr("Pages"));
    tabs_->tabBar()->setAccessibleName(tr("Pages"));
    connect(tabs_, &QTabWidget::currentChanged, this, [this] {
        refreshTitle();
        if (isVisible()) showDocksOf(pageId());
    });

    addFileActions();
    addPages();
    addDocks();
    addViewActions();
    addToolBar();
    new StatusLine(workspace_, statusBar());
    statusBar()->setSizeGripEnabled(false);
    connectWishes();
    defaultState_ = saveState(layoutVersion);
    restoreSession();
    refreshTitle();
    recolour();
    connect(&workspace_.theme, &Theme::changed, this, &MainWindow::recolour);
}

MainWindow::~MainWindow() = default;

void MainWindow::addPage(const QString& id, Page* page, const QString& name) {
    page->setObjectName(id);
    const int index = tabs_->addTab(page, page->title());
    pageIds_.emplace_back(id, page);
    connect(page, &Page::titleChanged, this, [this, page] {
        tabs_->setTabText(tabs_->indexOf(page), page->title());
        refreshTitle();
    });
    workspace_.actions.add(this,
                           {QStringLiteral("view.page.") + id,
                            MenuId::View,
                            0,
                            name,
                            tr("Shows the page"),
                            {QKeySequence(QStringLiteral("Ctrl+%1").arg(index + 1))}},
                           [this, page] { showPage(page); });
}

void MainWindow::addPages() {
    pages_->make(workspace_, this);
    for (const Pages::Named& named : pages_->all()) addPage(named.id, named.page, named.name);
}

QDockWidget* MainWindow::addDock(const QString& id, const QString& title, QWidget* widget,
                                 Qt::DockWidgetArea area, const QKeySequence& shortcut) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(id);
    dock->setWidget(widget);
    addDockWidget(area, dock);
    docks_.push_back(dock);
    QAction* action = workspace_.actions.add(this, {QStringLiteral("window.") + id,
                                                    MenuId::Window,
                                                    0,
                                                    title,
                                                    tr("Shows or hides the panel"),
                                                    {shortcut},
                                                    true});
    connect(action, &QAction::triggered, dock, [dock](bool on) {
        dock->setVisible(on);
        if (on) dock->raise();
    });
    connect(dock->toggleViewAction(), &QAction::toggled, this, [this, id](bool on) {
        if (switchingPage_ || !isVisible()) return;
        QJsonObject docks = docksOfPages_.value(pageId()).toObject();
        docks.insert(id, on);
        docksOfPages_.insert(pageId(), docks);
    });
    connect(dock, &QDockWidget::visibilityChanged, action,
            [action, dock] { action->setChecked(!dock->isHidden()); });
    action->setChecked(true);
    return dock;
}

void MainWindow::addDocks() {
    // The sides reach from top to bottom.
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    QDockWidget* runs = addDock(QStringLiteral("runsDock"), tr("Runs"), pages_->runsPanel,
                                Qt::LeftDockWidgetArea, QKeySequence(QStringLiteral("Ctrl+Shift+1")));
    QDockWidget* inspector =
        addDock(QStringLiteral("inspectorDock"), tr("Inspector"), new Inspector(workspace_, this),
                Qt::RightDockWidgetArea, QKeySequence(QStringLiteral("Ctrl+Shift+2")));
    QDockWidget* help = addDock(QStringLiteral("helpDock"), tr("Help"), pages_->helpPanel,
                                Qt::RightDockWidgetArea, QKeySequence(QStringLiteral("Ctrl+Shift+3")));
    resizeDocks({runs, inspector}, {280, 300}, Qt::Horizontal);
    tabifyDockWidget(inspector, help);
    inspector->raise();
    help->hide();
}

void MainWindow::addFileActions() {
    ActionTable& actions = workspace_.actions;
    actions.add(this,
                {"file.open",
                 MenuId::File,
                 0,
                 tr("&Open…"),
                 tr("Opens stores of runs or a run file"),
                 {QKeySequence::Open}},
                [this] {
                    openFiles(QFileDialog::getOpenFileNames(this, tr("Open"), {},
                                                            tr("Stores and run files (*.filigree *.toml);;") +
                                                                storeFilter() + tr(";;Run files (*.toml)")));
                });
    actions.add(this,
                {"file.openFolder",
                 MenuId::File,
                 0,
                 tr("Open &folder…"),
                 tr("Opens every store of a folder"),
                 {QKeySequence(QStringLiteral("Ctrl+Shift+O"))}},
                [this] {
                    const QString folder =
                        QFileDialog::getExistingDirectory(this, tr("Open folder of stores"));
                    if (!folder.isEmpty()) openFiles({folder});
                });
    actions.add(this,
                {"file.newStore",
                 MenuId::File,
                 0,
                 tr("New &store…"),
                 tr("Makes an empty store; new runs go there"),
                 {}},
                [this] {
                    QString path = QFileDialog::getSaveFileName(this, tr("New store"), {}, storeFilter());
                    if (path.isEmpty()) return;
                    if (!path.endsWith(QLatin1String(".filigree"))) path += QStringLiteral(".filigree");
                    StoreSource* source = workspace_.stores.open(path);
                    workspace_.stores.setTarget(source->path());
                    source->write(
                        this, [](store::Store&) {}, [] {});
                });
    menus_->addSubmenu(MenuId::File, 0, recentMenu_);
    connect(&workspace_.stores, &StoreSet::recentChanged, this, &MainWindow::rebuildRecentMenu);
    actions.add(
        this,
        {"file.saveCopy",
         MenuId::File,
         1,
         tr("Save a &copy of the store…"),
         tr("Writes all runs of the store, as they are now, into another file"),
         {}},
        [this] {
            StoreSource* source = workspace_.stores.target();
            if (!source) return workspace_.say(tr("No store is open"));
            const QString path = QFileDialog::getSaveFileName(this, tr("Save a copy"), {}, storeFilter());
            if (path.isEmpty()) return;
            source->read(
                this, [path](const store::Reader& reader) { reader.store().saveCopy(path.toStdU16String()); },
                [this, path] { workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName())); },
                [this](const Error& error) { errors_->show(error); });
        });
    actions.add(this,
                {"file.closeStore",
                 MenuId::File,
                 1,
                 tr("Close s&tore"),
                 tr("Takes the store out of the window; its file and its runs stay"),
                 {}},
                [this] {
                    if (StoreSource* source = workspace_.stores.target()) {
                        const QString path = source->path();
                        workspace_.stores.close(path);
                        emit workspace_.showToast(tr("Closed %1").arg(QFileInfo(path).fileName()),
                                                  tr("Open again"),
                                                  [this, path] { workspace_.stores.open(path); });
                    }
                });
    actions.add(this,
                {"file.quit",
                 MenuId::File,
                 9,
                 tr("&Quit"),
                 tr("Closes the window; runs go on"),
                 {QKeySequence::Quit, QKeySequence(QStringLiteral("Ctrl+Q"))},
                 false,
                 QAction::QuitRole},
                [this] { close(); });

    QAction* undo = workspace_.undo.createUndoAction(this, tr("&Undo"));
    QAction* redo = workspace_.undo.createRedoAction(this, tr("&Redo"));
    // Through the table, so that palette and settings know them; enabled and named by the stack.
    const auto follow = [](QAction* shown, QAction* source) {
        const auto take = [shown, source] {
            shown->setEnabled(source->isEnabled());
            shown->setText(source->text());
        };
        QObject::connect(source, &QAction::changed, shown, take);
        take();
    };
    follow(actions.add(this,
                       {"edit.undo",
                        MenuId::Edit,
                        0,
                        tr("&Undo"),
                        tr("Takes the last change back"),
                        {QKeySequence::Undo}},
                       [this] { workspace_.undo.undo(); }),
           undo);
    follow(actions.add(this,
                       {"edit.redo",
                        MenuId::Edit,
                        0,
                        tr("&Redo"),
                        tr("Does it again"),
                        {QKeySequence(QStringLiteral("Ctrl+Shift+Z")), QKeySequence::Redo}},
                       [this] { workspace_.undo.redo(); }),
           redo);
    actions.add(
        this,
        {"edit.find", MenuId::Edit, 1, tr("&Find"), tr("Searches or filters the page"), {QKeySequence::Find}},
        [this] {
            if (auto* page = qobject_cast<Page*>(tabs_->currentWidget())) page->focusSearch();
        });
    actions.add(this,
                {"edit.clearSelection",
                 MenuId::Edit,
                 1,
                 tr("&Clear selection"),
                 tr("Selects nothing: first the connection, then the runs"),
                 {QKeySequence(Qt::Key_Escape)}},
                [this] { workspace_.selection.clear(); });
}

void MainWindow::addViewActions() {
    ActionTable& actions = workspace_.actions;
    const std::array modes{std::tuple{Theme::Mode::System, "view.theme.system", tr("Theme: as the &system")},
                           std::tuple{Theme::Mode::Light, "view.theme.light", tr("Theme: &light")},
                           std::tuple{Theme::Mode::Dark, "view.theme.dark", tr("Theme: &dark")}};
    auto* group = new QActionGroup(this);
    for (const auto& [mode, id, text] : modes) {
        QAction* action = actions.add(this,
                                      {id,
                                       MenuId::View,
                                       1,
                                       text,
                                       tr("Colours of the window; exported figures are light unless asked"),
                                       {},
                                       true},
                                      [this, chosen = mode] { workspace_.theme.setMode(chosen); });
        group->addAction(action);
        const auto follow = [this, action, own = mode] {
            action->setChecked(workspace_.theme.mode() == own);
        };
        connect(&workspace_.theme, &Theme::changed, action, follow);
        follow();
    }
    QAction* full = actions.add(this, {"view.fullScreen",
                                       MenuId::View,
                                       2,
                                       tr("&Full screen"),
                                       tr("The window alone on the screen"),
                                       {QKeySequence(Qt::Key_F11)},
                                       true});
    connect(full, &QAction::triggered, this, [this](bool on) { on ? showFullScreen() : showNormal(); });
    actions.add(this,
                {"window.nextPage",
                 MenuId::Window,
                 1,
                 tr("&Next page"),
                 tr("Goes to the page on the right"),
                 {QKeySequence(QStringLiteral("Ctrl+Tab"))}},
                [this] { tabs_->setCurrentIndex((tabs_->currentIndex() + 1) % tabs_->count()); });
    actions.add(
        this,
        {"window.previousPage",
         MenuId::Window,
         1,
         tr("&Previous page"),
         tr("Goes to the page on the left"),
         {QKeySequence(QStringLiteral("Ctrl+Shift+Tab"))}},
        [this] { tabs_->setCurrentIndex((tabs_->currentIndex() + tabs_->count() - 1) % tabs_->count()); });
    const auto cycle = [this](int direction) {
        std::vector<QWidget*> panes{tabs_->currentWidget()};
        for (QDockWidget* dock : docks_)
            if (dock->isVisible()) panes.push_back(dock->widget());
        QWidget* focus = QApplication::focusWidget();
        int at = 0;
        for (std::size_t i = 0; i < panes.size(); ++i)
            if (focus && (panes[i] == focus || panes[i]->isAncestorOf(focus))) at = static_cast<int>(i);
        const int count = static_cast<int>(panes.size());
        QWidget* pane = panes[static_cast<std::size_t>((at + direction + count) % count)];
        QWidget* first = pane->focusPolicy() & Qt::TabFocus ? pane : nullptr;
        for (QWidget* child : pane->findChildren<QWidget*>()) {
            if (first) break;
            if ((child->focusPolicy() & Qt::TabFocus) && child->isVisibleTo(pane) && child->isEnabled())
                first = child;
        }
        (first ? first : pane)->setFocus(Qt::TabFocusReason);
    };
    actions.add(this,
                {"window.nextPane",
                 MenuId::Window,
                 1,
                 tr("Next p&ane"),
                 tr("Moves the keyboard to the next panel"),
                 {QKeySequence(Qt::Key_F6)}},
                [cycle] { cycle(1); });
    actions.add(this,
                {"window.previousPane",
                 MenuId::Window,
                 1,
                 tr("Pre&vious pane"),
                 tr("Moves the keyboard to the panel before"),
                 {QKeySequence(Qt::SHIFT | Qt::Key_F6)}},
                [cycle] { cycle(-1); });
    actions.add(this,
                {"window.resetLayout",
                 MenuId::Window,
                 2,
                 tr("&Reset layout"),
                 tr("Puts all panels back where they were at first"),
                 {}},
                [this] { resetLayout(); });
    actions.add(this,
                {"help.page",
                 MenuId::Help,
                 0,
                 tr("&Help on this page"),
                 tr("Opens the manual at what has the focus"),
                 {QKeySequence::HelpContents, QKeySequence(Qt::Key_F1)}},
                [this] {
                    const auto* page = qobject_cast<Page*>(tabs_->currentWidget());
                    emit workspace_.showHelp(page ? page->helpTopic() : QStringLiteral("workbench"));
                });
    actions.add(
        this,
        {"help.start", MenuId::Help, 0, tr("&Getting started"), tr("A first experiment, step by step"), {}},
        [this] { emit workspace_.showHelp(QStringLiteral("getting-started")); });
}

void MainWindow::addToolBar() {
    auto* bar = new QToolBar(tr("Tools"), this);
    bar->setObjectName(QStringLiteral("toolBar"));
    bar->setMovable(false);
    bar->setContextMenuPolicy(Qt::PreventContextMenu);
    bar->setIconSize({18, 18});
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    QMainWindow::addToolBar(Qt::TopToolBarArea, bar);
    // Which actions there are is the pages' business: the bar takes those that exist.
    const std::vector<std::vector<std::pair<const char*, const char*>>> groups{
        {{"file.new", "new"}},
        {{"run.pause", "pause"}, {"run.step", "step"}, {"run.stop", "stop"}, {"run.resume", "resume"}}};
    for (const auto& group : groups) {
        for (const auto& [id, name] : group) {
            QAction* action = workspace_.actions.find(QLatin1String(id));
            if (!action) continue;
            bar->addAction(action);
            icons_.emplace_back(action, QLatin1String(name));
        }
        bar->addSeparator();
    }
    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    for (const auto& [id, name] :
         {std::pair{"view.palette", "palette"}, {"help.page", "help"}, {"edit.settings", "settings"}})
        if (QAction* action = workspace_.actions.find(QLatin1String(id))) {
            bar->addAction(action);
            icons_.emplace_back(action, QLatin1String(name));
            if (auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(action));
                button && QLatin1String(name) != "palette")
                button->setToolButtonStyle(Qt::ToolButtonIconOnly);
        }
    for (QToolButton* button : bar->findChildren<QToolButton*>())
        if (button->accessibleName().isEmpty() && button->defaultAction())
            button->setAccessibleName(QString(button->defaultAction()->text()).remove('&'));
}

void MainWindow::recolour() {
    for (const auto& [action, name] : icons_) action->setIcon(icon(workspace_.theme, name));
    for (const Pages::Named& named : pages_->all())
        tabs_->setTabIcon(tabs_->indexOf(named.page), icon(workspace_.theme, named.id));
}

void MainWindow::connectWishes() {
    Workspace& w = workspace_;
    connect(&w, &Workspace::showToast, this,
            [this](const QString& text, const QString& button, std::function<void()> action) {
                toast_->show(text, button, std::move(action));
                statusBar()->showMessage(text, 8000);
            });
    connect(&w, &Workspace::showError, errors_, &ErrorBar::show);
    connect(&w.launcher, &Launcher::failed, errors_, &ErrorBar::show);
    connect(&w.launcher, &Launcher::queued, this, [this](const RunKey& key) {
        errors_->clear();
        workspace_.selection.setRuns({key});
        emit workspace_.showRun(key);
    });
    connect(&w.launcher, &Launcher::ended, this, [this](const RunKey& key, const QString&) {
        // What became of it is in the store; a process that was killed wrote nothing.
        if (StoreSource* source = workspace_.stores.of(key))
            source->read(
                this, [run = key.run](const store::Reader& reader) { return reader.run(run); },
                [this, key](const store::RunInfo& run) {
                    const bool silent =
                        !store::hasEnded(run.storedState) || run.state == store::RunState::Interrupted;
                    if (silent && !store::mayBeAlive(run.process) && run.process.pid != 0)
                        emit workspace_.showToast(
                            tr("The process of %1 is gone without a word: it was killed or crashed")
                                .arg(run.name.empty() ? tr("run %1").arg(run.id)
                                                      : QString::fromStdString(run.name)),
                            tr("Resume"), [this, key] { workspace_.launcher.resume(key); });
                },
                [](const Error&) {});
    });
    connect(&w.stores, &StoreSet::opened, this,
            [this](StoreSource* source) { connect(source, &StoreSource::failed, errors_, &ErrorBar::show); });
    connect(&w.undo, &QUndoStack::indexChanged, this, [this] { workspace_.session.saveNow(); });
    pages_->connectWishes(
        w, [this](Page* page) { showPage(page); },
        [this](const QString& dockId) {
            for (QDockWidget* dock : docks_)
                if (dock->objectName() == dockId) {
                    dock->show();
                    dock->raise();
                }
        });
}

void MainWindow::showPage(Page* page) {
    tabs_->setCurrentWidget(page);
    page->setFocus(Qt::OtherFocusReason);
}

QString MainWindow::pageId() const {
    const QWidget* page = tabs_->currentWidget();
    return page ? page->objectName() : QString();
}

void MainWindow::showDocksOf(const QString& page) {
    // Runs beside what shows one run; the inspector beside what has parts to point at. Help stays as it is.
    const bool aboutOneRun = page == QLatin1String("run") || page == QLatin1String("connectivity");
    const QJsonObject defaults{{QStringLiteral("runsDock"), aboutOneRun},
                               {QStringLiteral("inspectorDock"), page == QLatin1String("connectivity")}};
    const QJsonObject chosen = docksOfPages_.value(page).toObject();
    switchingPage_ = true;
    for (QDockWidget* dock : docks_) {
        const QString id = dock->objectName();
        if (defaults.contains(id)) dock->setVisible(chosen.value(id).toBool(defaults.value(id).toBool()));
    }
    switchingPage_ = false;
}

void MainWindow::refreshTitle() {
    const auto* page = qobject_cast<Page*>(tabs_->currentWidget());
    setWindowTitle(page ? tr("%1 – Filigree").arg(page->title()) : tr("Filigree"));
}

void MainWindow::rebuildRecentMenu() {
    recentMenu_->clear();
    for (const QString& path : workspace_.stores.recent())
        recentMenu_->addAction(QDir::toNativeSeparators(path), this, [this, path] { openFiles({path}); });
    recentMenu_->setEnabled(!recentMenu_->isEmpty());
}

void MainWindow::openFiles(const QStringList& paths) {
    StoreSource* newest = nullptr;
    for (const QString& path : paths) {
        const QFileInfo info(path);
        if (info.isDir()) {
            if (workspace_.stores.openFolder(path) == 0)
                errors_->show(Error(ErrorKind::Usage, "there is no store in this folder", path.toStdString(),
                                    "stores end in .filigree; choose the folder that holds them"));
            else
                newest = workspace_.stores.sources().back().get();
        } else if (path.endsWith(QLatin1String(".toml"), Qt::CaseInsensitive) ||
                   (!info.exists() && info.suffix().isEmpty())) {
            try {
                emit workspace_.editExperiment(run::openRunFile(path.toStdString()));
            } catch (const Error& error) {
                errors_->show(error);
            }
        } else if (!info.exists()) {
            errors_->show(Error(ErrorKind::Usage, "there is no such file", path.toStdString(),
                                "it may have been moved or renamed"));
        } else if (path.endsWith(QLatin1String(".filigree"), Qt::CaseInsensitive)) {
            newest = workspace_.stores.open(path);
        } else {
            errors_->show(Error(ErrorKind::Usage,
                                "Filigree opens stores (.filigree), folders of stores and run files (.toml)",
                                path.toStdString(), "this file is none of these"));
        }
    }
    if (!newest) return;
    workspace_.stores.setTarget(newest->path());
    showPage(pages_->browserPage());
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    QStringList paths;
    for (const QUrl& url : event->mimeData()->urls())
        if (url.isLocalFile()) paths << url.toLocalFile();
    event->acceptProposedAction();
    if (paths.isEmpty()) {
        errors_->show(Error(ErrorKind::Usage, "only files of this computer can be opened", "",
                            "save it here first, then drop it on the window"));
        return;
    }
    openFiles(paths);
}

void MainWindow::restoreSession() {
    Session& session = workspace_.session;
    if (!session.problem().isEmpty())
        workspace_.say(
            tr("The last session could not be read (%1); it was laid aside").arg(session.problem()));
    const QString mode = session.value("theme").toString();
    workspace_.theme.setMode(mode == "dark"    ? Theme::Mode::Dark
                             : mode == "light" ? Theme::Mode::Light
                                               : Theme::Mode::System);
    workspace_.theme.setBaseSize(session.value("baseSize").toInt());
    workspace_.theme.setReducedMotion(session.value("reducedMotion").toBool());
    QStringList recent;
    for (const QJsonValue& path : session.value("recent").toArray()) recent << path.toString();
    workspace_.stores.setRecent(recent);
    if (session.value("restore").toBool(true)) {
        for (const QJsonValue& path : session.value("stores").toArray())
            if (QFileInfo::exists(path.toString())) workspace_.stores.open(path.toString());
        if (const QString target = session.value("target").toString(); !target.isEmpty())
            workspace_.stores.setTarget(target);
        const QJsonObject states = session.value("pages").toObject();
        for (const auto& [id, page] : pageIds_) page->restore(states.value(id).toObject());
        const QJsonObject current = session.value("current").toObject();
        const RunKey key{current.value("store").toString(), current.value("run").toInteger()};
        if (!key.isNull() && workspace_.stores.of(key)) workspace_.selection.setCurrent(key);
        workspace_.selection.setLayer(session.value("layer").toString());
        restoreGeometry(QByteArray::fromBase64(session.value("geometry").toString().toLatin1()));
        restoreState(QByteArray::fromBase64(session.value("layout").toString().toLatin1()), layoutVersion);
        docksOfPages_ = session.value("docks").toObject();
        const QString shown = session.value("page").toString();
        for (const auto& [id, page] : pageIds_)
            if (id == shown) tabs_->setCurrentWidget(page);
    }
    showDocksOf(pageId());
    rebuildRecentMenu();
    // Written a moment after any of it changes: a crash loses nothing that was seen for a second.
    saving_.setSingleShot(true);
    saving_.setInterval(200);
    connect(&saving_, &QTimer::timeout, this, &MainWindow::saveSession);
    const auto save = [this] {
        if (!saving_.isActive()) saving_.start();
    };
    connect(&workspace_.theme, &Theme::changed, this, save);
    connect(&workspace_.stores, &StoreSet::recentChanged, this, save);
    connect(&workspace_.stores, &StoreSet::opened, this, save);
    connect(&workspace_.stores, &StoreSet::targetChanged, this, save);
    connect(&workspace_.selection, &Selection::currentChanged, this, save);
    connect(&workspace_.selection, &Selection::layerChanged, this, save);
    connect(tabs_, &QTabWidget::currentChanged, this, save);
}

void MainWindow::saveSession() {
    Session& session = workspace_.session;
    const Theme& theme = workspace_.theme;
    session.setValue("theme", theme.mode() == Theme::Mode::Dark    ? "dark"
                              : theme.mode() == Theme::Mode::Light ? "light"
                                                                   : "system");
    session.setValue("baseSize", theme.baseSize());
    session.setValue("reducedMotion", theme.reducedMotion());
    session.setValue("recent", QJsonArray::fromStringList(workspace_.stores.recent()));
    QJsonArray open;
    for (const auto& source : workspace_.stores.sources()) open.append(source->path());
    session.setValue("stores", open);
    session.setValue("target", workspace_.stores.target() ? workspace_.stores.target()->path() : QString());
    const RunKey& current = workspace_.selection.current();
    session.setValue("current", QJsonObject{{"store", current.store}, {"run", current.run}});
    session.setValue("layer", workspace_.selection.layer());
    QJsonObject states;
    for (const auto& [id, page] : pageIds_) states.insert(id, page->save());
    session.setValue("pages", states);
    session.setValue("docks", docksOfPages_);
    session.setValue("geometry", QString::fromLatin1(saveGeometry().toBase64()));
    session.setValue("layout", QString::fromLatin1(saveState(layoutVersion).toBase64()));
    for (const auto& [id, page] : pageIds_)
        if (page == tabs_->currentWidget()) session.setValue("page", id);
}

void MainWindow::resetLayout() {
    class Reset : public QUndoCommand {
      public:
        Reset(MainWindow* window, QByteArray to)
            : window_(window),
              docks_(window->docksOfPages_),
              from_(window->saveState(layoutVersion)),
              to_(std::move(to)) {
            setText(MainWindow::tr("reset of the layout"));
        }
        void redo() override { put(to_, {}); }
        void undo() override { put(from_, docks_); }

      private:
        void put(const QByteArray& layout, const QJsonObject& docks) {
            window_->restoreState(layout, layoutVersion);
            window_->docksOfPages_ = docks;
            window_->showDocksOf(window_->pageId());
        }
        MainWindow* window_;
        QJsonObject docks_;
        QByteArray from_, to_;
    };
    workspace_.undo.push(new Reset(this, defaultState_));
    workspace_.sayUndoable(tr("The panels are back where they were at first"));
}

void MainWindow::countActive(std::function<void(std::vector<RunKey>)> then) {
    struct Count {
        int waiting = 0;
        std::vector<RunKey> active;
        std::function<void(std::vector<RunKey>)> then;
        void done() {
            if (--waiting == 0) then(active);
        }
    };
    auto count = std::make_shared<Count>();
    count->then = std::move(then);
    count->waiting = 1;
    for (const auto& source : workspace_.stores.sources()) {
        ++count->waiting;
        source->read(
            this,
            [](const store::Reader& reader) {
                store::RunFilter filter;
                filter.states = {store::RunState::Running, store::RunState::Paused};
                return reader.runs(filter);
            },
            [count, path = source->path()](const std::vector<store::RunInfo>& runs) {
                for (const store::RunInfo& run : runs)
                    if (!run.noContact) count->active.push_back({path, run.id});
                count->done();
            },
            [count](const Error&) { count->done(); });
    }
    count->done();
}

MainWindow::QuitChoice MainWindow::askAboutRuns(int runs) {
    QMessageBox box(QMessageBox::Question, tr("Quit"), tr("%n run(s) are going on.", nullptr, runs),
                    QMessageBox::NoButton, this);
    box.setInformativeText(tr("They are processes of their own and go on without the window."));
    QPushButton* keep = box.addButton(tr("Keep running"), QMessageBox::AcceptRole);
    QPushButton* stop = box.addButton(tr("Stop after checkpoint"), QMessageBox::DestructiveRole);
    box.addButton(tr("Cancel"), QMessageBox::RejectRole);
    box.setDefaultButton(keep);
    box.exec();
    if (box.clickedButton() == keep) return QuitChoice::KeepRunning;
    if (box.clickedButton() == stop) return QuitChoice::StopRuns;
    return QuitChoice::Cancel;
}

void MainWindow::closeEvent(QCloseEvent* event) {
    saveSession();
    workspace_.session.saveNow();
    if (quitDecided_) {
        event->accept();
        return;
    }
    event->ignore();
    countActive([this](const std::vector<RunKey>& active) {
        const QuitChoice choice =
            active.empty() ? QuitChoice::KeepRunning : quitQuestion_(static_cast<int>(active.size()));
        if (choice == QuitChoice::Cancel) return;
        if (choice == QuitChoice::StopRuns)
            for (const RunKey& key : active)
                if (StoreSource* source = workspace_.stores.of(key))
                    source->write(
                        this, [run = key.run](store::Store& store) { store::append(store, run, "stop"); },
                        [] {}, [](const Error&) {});  // it ended by itself meanwhile
        quitDecided_ = true;
        close();
    });
}

}  // namespace filigree::ui
