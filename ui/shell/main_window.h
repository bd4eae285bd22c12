// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QMainWindow>
#include <QTimer>

#include "ui/base/page.h"
#include "ui/model/workspace.h"

class QDockWidget;
class QTabWidget;
class QToolButton;

namespace filigree::ui {

class ErrorBar;
class Menus;
class Toast;
struct Pages;

/// The window: pages as tabs in the centre, docks around them, menus, tool bar, status bar. It fulfils the
/// wishes that pages send to the Workspace, and keeps what survives a restart.
class MainWindow : public QMainWindow {
    Q_OBJECT
  public:
    explicit MainWindow(Workspace& workspace);
    ~MainWindow() override;

    /// Opens stores (*.filigree), folders of stores, run files (*.toml) and presets by name (both in the
    /// form). Anything else is answered by a sentence that says why not. What was opened comes to the front.
    void openFiles(const QStringList& paths);

    /// What a quit would leave behind: the running and paused runs of the open stores.
    enum class QuitChoice { KeepRunning, StopRuns, Cancel };
    /// Tests answer the question about running runs themselves.
    void setQuitQuestion(std::function<QuitChoice(int runs)> question) {
        quitQuestion_ = std::move(question);
    }

  protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    /// Of the layout of docks: raised when docks are added, so that an old layout is not forced on a new
    /// window.
    static constexpr int layoutVersion = 1;

    void addPages();
    QToolButton* makePagesButton();
    void addPage(const QString& id, Page* page, const QString& name);
    void addDocks();
    QDockWidget* addDock(const QString& id, const QString& title, QWidget* widget, Qt::DockWidgetArea area,
                         const QKeySequence& shortcut);
    void addFileActions();
    void addViewActions();
    void addToolBar();
    void connectWishes();
    void showPage(Page* page);
    void refreshTitle();
    void rebuildRecentMenu();
    void recolour();

    void restoreSession();
    void saveSession();
    void resetLayout();
    void showDocksOf(const QString& page);
    QString pageId() const;
    void countActive(std::function<void(std::vector<RunKey>)> then);
    QuitChoice askAboutRuns(int runs);

    Workspace& workspace_;
    Menus* menus_;
    QTabWidget* tabs_;
    QToolButton* pagesButton_ = nullptr;
    ErrorBar* errors_;
    Toast* toast_;
    QMenu* recentMenu_;
    std::unique_ptr<Pages> pages_;
    std::vector<std::pair<QString, Page*>> pageIds_;
    std::vector<QDockWidget*> docks_;
    std::vector<std::pair<QAction*, QString>> icons_;
    /// Which panels each page has beside it: what was chosen there last, else what suits it.
    QJsonObject docksOfPages_;
    bool switchingPage_ = false;
    QByteArray defaultState_;
    std::function<QuitChoice(int)> quitQuestion_;
    QTimer saving_;
    bool quitDecided_ = false;
};

}  // namespace filigree::ui
