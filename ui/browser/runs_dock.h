// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "ui/browser/filter_edit.h"
#include "ui/browser/runs_model.h"
#include "ui/browser/runs_view.h"
#include "ui/model/workspace.h"

class QStackedWidget;
class QLabel;

namespace filigree::ui {

class RunActions;

/// The runs in the left dock: state, name and the main metric, with a filter of its own.
class RunsDock : public QWidget {
    Q_OBJECT
  public:
    RunsDock(Workspace& workspace, QWidget* parent);

    RunsModel& model() { return model_; }
    RunsView& view() { return *view_; }
    void focusSearch();

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    Workspace& workspace_;
    RunActions& actions_;
    RunsModel model_;
    FilterEdit* filter_;
    QStackedWidget* stack_;
    RunsView* view_;
    QLabel* empty_;
};

}  // namespace filigree::ui
