// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QMenu>
#include <QMenuBar>
#include <QStatusBar>
#include <QTabBar>
#include <QTabWidget>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "run/shared_schema.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/toast.h"
#include "ui/shell/inspector.h"
#include "ui/shell/menus.h"
#include "ui/shell/pages.h"
#include "ui/shell/status_line.h"

namespace filigree::ui {

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
    tabs_->setCornerWidget(makePagesButton());
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
    // There are nine digits; Ctrl+0 belongs to the charts.
    QList<QKeySequence> keys;
    if (index < 9) keys << QKeySequence(QStringLiteral("Ctrl+%1").arg(index + 1));
    workspace_.actions.add(
        this, {QStringLiteral("view.page.") + id, MenuId::View, 0, name, tr("Shows the page"), keys},
        [this, page] { showPage(page); });
}

QToolButton* MainWindow::makePagesButton() {
    auto* button = new QToolButton(tabs_);
    button->setObjectName(QStringLiteral("pagesMenu"));
    button->setAccessibleName(tr("All pages"));
    button->setToolTip(tr("All pages, those whose tabs have no room too"));
    button->setPopupMode(QToolButton::InstantPopup);
    button->setAutoRaise(true);
    auto* menu = new QMenu(button);
    button->setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, [this, menu] {
        menu->clear();
        for (int i = 0; i < tabs_->count(); ++i) {
            QAction* action = menu->addAction(tabs_->tabIcon(i), tabs_->tabText(i));
            action->setCheckable(true);
            action->setChecked(i == tabs_->currentIndex());
            connect(action, &QAction::triggered, this, [this, i] { tabs_->setCurrentIndex(i); });
        }
    });
    pagesButton_ = button;
    return button;
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
    pagesButton_->setIcon(icon(workspace_.theme, QStringLiteral("down")));
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

}  // namespace filigree::ui
