// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/base/page.h"
#include "ui/browser/run_index.h"
#include "ui/charts/axis_link.h"
#include "ui/compare/comparison_model.h"
#include "ui/model/workspace.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QSplitter;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace filigree::ui {

class MetricChart;
class SweepPanel;

/// Runs, or groups of runs over seeds. Side by side, two to twelve: curves on top, below them a table of what
/// was set and what came out, with differences to a baseline. As a sweep, any number: what was varied against
/// what came out.
class ComparePage : public Page {
    Q_OBJECT
  public:
    ComparePage(Workspace& workspace, QWidget* parent);
    ~ComparePage() override;

    QString title() const override { return tr("Compare"); }
    QString helpTopic() const override { return QStringLiteral("browser"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;

    void setRuns(const QList<RunKey>& runs);
    const QList<RunKey>& runs() const { return runs_; }
    ComparisonModel& model() { return *model_; }
    SweepPanel& sweep() { return *sweep_; }
    void showSweep(bool on);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void refresh();
    void refreshCharts(const RunTable& table, const std::vector<Compared>& columns);
    void refreshEmpty();
    void fillMetricsMenu();
    QStringList shownMetrics(const RunTable& table) const;

    Workspace& workspace_;
    RunIndex& index_;
    QList<RunKey> runs_;
    QStringList metrics_;  ///< chosen by a person; empty: chosen for him
    std::shared_ptr<AxisLink> link_;
    QComboBox* baseline_;
    QToolButton* sideBySide_;
    QToolButton* asSweep_;
    QLabel* baselineLabel_;
    SweepPanel* sweep_;
    QCheckBox* group_;
    QCheckBox* onlyDifferences_;
    QToolButton* metricsButton_;
    QLabel* notice_;
    QStackedWidget* stack_;
    QSplitter* splitter_;
    QWidget* charts_;
    std::vector<MetricChart*> shown_;
    QTableView* table_;
    ComparisonModel* model_;
    QLabel* emptyTitle_;
    QLabel* emptyText_;
    QPushButton* emptyButton_;
    QTimer delay_;
    RunKey baselineRun_;
    bool filling_ = false;
};

}  // namespace filigree::ui
