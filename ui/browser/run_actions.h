// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <functional>

#include "ui/browser/run_index.h"
#include "ui/model/annotation_commands.h"

class QMenu;
class QWidget;

namespace filigree::ui {

class Workspace;

/// Everything that can be done with the selected runs, on one or many: the actions "runs.*" of the
/// workspace's table. Tables of runs add them to themselves, so that their keys work there.
class RunActions : public QObject {
    Q_OBJECT
  public:
    /// The actions of a workspace, made at the first call; `context` is the widget that the table of actions
    /// gets.
    static RunActions& of(Workspace& workspace, QWidget* context);

    /// Their keys work in this widget too.
    void addTo(QWidget* widget);
    /// For a right click.
    void fillMenu(QMenu& menu);

    /// A table that can be edited in place, and knows its columns for copies. The newest caller wins.
    struct Table {
        std::function<void()> rename;
        std::function<QString(const QList<RunKey>&)> asTsv, asCsv;
    };
    void setTable(const QObject* owner, Table table);

    /// What the next question of these actions would ask a person; tests answer themselves.
    std::function<QString(const QString& title, const QString& label, const QString& text, bool multiLine)>
        askText;
    std::function<bool(const QString& text, const QString& verb)> confirm;
    std::function<QString(const QString& suggestion)> askFile;

    void emptyBin();
    /// Of the selected runs: those that the action would change.
    std::vector<RowPointer> selected() const;

  private:
    RunActions(Workspace& workspace, QWidget* context);
    void addActions(QWidget* context);
    void refresh();

    void open();
    void compare();
    void resume();
    void command(const std::string& verb, bool (*applies)(const store::RunInfo&));
    void pauseOrContinue();
    void stop();
    void duplicate();
    void rename();
    void tag();
    void untag(const QString& tag);
    void note();
    void colour(const QString& colour);
    void archive();
    void moveToBin();
    void restore();
    void copy();
    void exportCsv();
    void setTag(const QString& tag, bool on);

    Workspace& workspace_;
    RunIndex& index_;
    QStringList ids_;
    QPointer<const QObject> tableOwner_;
    Table table_;
    QPointer<QWidget> window_;
};

}  // namespace filigree::ui
