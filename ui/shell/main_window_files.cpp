// SPDX-License-Identifier: GPL-3.0-or-later
// The window's files: opening, dropping, saving copies; and what its Edit menu does.
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QMimeData>

#include "run/presets.h"
#include "ui/base/error_bar.h"
#include "ui/shell/main_window.h"
#include "ui/shell/menus.h"
#include "ui/shell/pages.h"

namespace filigree::ui {
namespace {

QString storeFilter() {
    return MainWindow::tr("Filigree stores (*.filigree)");
}

}  // namespace

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

}  // namespace filigree::ui
