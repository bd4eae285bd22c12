// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QTableView>

#include "ui/browser/runs_delegate.h"
#include "ui/browser/runs_model.h"
#include "ui/model/workspace.h"

namespace filigree::ui {

/// The table of a RunsModel. Selection, current line and scroll position belong to runs, not to line numbers:
/// a refresh leaves them where they are. What is selected here is the workspace's selection.
class RunsView : public QTableView {
    Q_OBJECT
  public:
    RunsView(Workspace& workspace, RunsModel& model, QWidget* parent = nullptr);

    /// Selected runs in the order of the table; those of a selected group header too.
    QList<RunKey> selectedRuns() const;
    void renameCurrent();

    /// Width of columns, by Column::toString.
    QHash<QString, int> columnWidths() const { return widths_; }
    void setColumnWidths(const QHash<QString, int>& widths);
    /// A table in a dock: no header, no words for states.
    void setCompact();

    RunsDelegate& delegate() { return *delegate_; }

  signals:
    void opened(const filigree::ui::RunKey& run);
    void widthsChanged();

  protected:
    void keyPressEvent(QKeyEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool edit(const QModelIndex& index, EditTrigger trigger, QEvent* event) override;
    void closeEditor(QWidget* editor, QAbstractItemDelegate::EndEditHint hint) override;

  private:
    QItemSelection linesOf(const QSet<RunKey>& runs) const;
    void keepPlace();
    void restorePlace();
    void applyWidths();
    void publishSelection();
    void adoptSelection();
    void setHovered(int line);

    Workspace& workspace_;
    RunsModel& model_;
    RunsDelegate* delegate_;
    QHash<QString, int> widths_;
    bool compact_ = false;

    struct Place {
        QSet<RunKey> selected;
        RunKey current;
        RunKey top;
        int topOffset = 0;
        int scroll = 0;
        int horizontal = 0;
        bool hasPlace = false;
    } place_;
    bool restoring_ = false;
    bool applyingWidths_ = false;
};

}  // namespace filigree::ui
