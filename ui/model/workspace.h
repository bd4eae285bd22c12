// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>
#include <QUndoStack>
#include <functional>

#include "base/error.h"
#include "config/run_file.h"
#include "ui/base/action_table.h"
#include "ui/base/theme.h"
#include "ui/model/launcher.h"
#include "ui/model/preset_list.h"
#include "ui/model/selection.h"
#include "ui/model/session.h"
#include "ui/model/store_set.h"

namespace filigree::ui {

/// What all pages share, and how they ask for each other: a page never holds another page, it emits a wish
/// here and the main window fulfils it.
class Workspace : public QObject {
    Q_OBJECT
  public:
    struct Options {
        QString sessionPath;   ///< empty: nothing is kept
        QString program;       ///< the command line program; empty: the one beside this one
        QString defaultStore;  ///< opened when a run is started and no store is open
    };
    explicit Workspace(const Options& options, QObject* parent = nullptr);

    Theme theme;
    ActionTable actions;
    Session session;
    StoreSet stores;
    Selection selection;
    Launcher launcher;
    PresetList presets;
    QUndoStack undo;
    const QString defaultStore;

    /// Starts (or only queues) a run in the target store, which is the default one if none is open.
    void start(const config::RunFile& file);
    void queue(const config::RunFile& file);

  signals:
    /// Wishes to the main window.
    void showRun(const filigree::ui::RunKey& run);  ///< the run page
    void showConnectivity(const filigree::ui::RunKey& run);
    void showComparison(const QList<filigree::ui::RunKey>& runs);
    void showGallery();
    void editExperiment(const filigree::config::RunFile& file);  ///< the form, filled in
    /// A panel of the page Figure: the line of `filigree render` that draws it, or a chart as SVG.
    void addToFigure(const QString& command, const QString& svg);
    void showHelp(const QString& topic);                         ///< "connectivity", or "config#sparsity"
    void showToast(const QString& text, const QString& button, std::function<void()> action);
    void showError(const filigree::Error& error);  ///< one that concerns no page: at the top of the window

  public:
    /// Convenience for showToast without a button.
    void say(const QString& text) { emit showToast(text, {}, {}); }
    /// "Deleted 3 runs" with the button Undo, which undoes the command last pushed onto `undo`.
    void sayUndoable(const QString& text);

  private:
    void needTarget();
};

}  // namespace filigree::ui
