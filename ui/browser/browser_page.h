// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/base/page.h"
#include "ui/browser/filter_edit.h"
#include "ui/browser/runs_model.h"
#include "ui/browser/runs_view.h"
#include "ui/model/workspace.h"

class QCheckBox;
class QLabel;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace filigree::ui {

class ErrorBar;
class RunActions;

/// The run browser: every run of the open stores in one table.
class BrowserPage : public Page {
    Q_OBJECT
  public:
    BrowserPage(Workspace& workspace, QWidget* parent);
    ~BrowserPage() override;

    QString title() const override { return tr("Runs"); }
    QString helpTopic() const override { return QStringLiteral("browser"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    void focusSearch() override;

    RunsModel& model() { return model_; }
    RunsView& view() { return *view_; }

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    QWidget* makeBar();
    QWidget* makeFooter();
    void fillViewsMenu();
    void fillColumnsMenu();
    void fillGroupMenu();
    void showMenu(const QPoint& position);
    void saveNamedView();
    void chooseColumns();
    QJsonObject viewState() const;
    void applyViewState(const QJsonObject& state);
    void refresh();
    void refreshFooter();
    void refreshErrors();

    Workspace& workspace_;
    RunIndex& index_;
    RunActions& actions_;
    RunsModel model_;
    ErrorBar* errors_;
    FilterEdit* filter_;
    QLabel* problem_;
    QToolButton* scope_;
    QToolButton* views_;
    QToolButton* columns_;
    QToolButton* group_;
    QCheckBox* onlyDifferences_;
    QStackedWidget* stack_;
    RunsView* view_;
    QLabel* emptyTitle_;
    QLabel* emptyText_;
    QPushButton* emptyButton_;
    QStackedWidget* footer_;
    QLabel* count_;
    QLabel* details_;
    QPushButton* binButton_;
    QLabel* selected_;
    QTimer loading_;
    std::function<void()> emptyAction_;
};

}  // namespace filigree::ui
