// SPDX-License-Identifier: GPL-3.0-or-later
// What survives a restart of the window, and what happens when it is closed.
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QJsonArray>
#include <QMessageBox>
#include <QPushButton>
#include <QTabWidget>

#include "store/commands.h"
#include "ui/shell/main_window.h"

namespace filigree::ui {

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
